-- A rule over two columns; the table has no children.
-- == libsql
create table projects_new (
  id text primary key not null,
  tenant_id text not null references tenants (id) on delete cascade,
  lead_id text references members (id) on delete set null,
  title text not null,
  archived integer not null default 0 check (archived in (0, 1)),
  labels text not null default '[]' check (json_valid(labels)),
  created_at text not null default current_timestamp,
  archived_at text,
  constraint projects_archived_has_time check (archived = 0 or archived_at is not null)
);
insert into projects_new select id, tenant_id, lead_id, title, archived, labels, created_at, archived_at from projects;
drop table projects;
alter table projects_new rename to projects;
create index projects_tenant_idx on projects (tenant_id, created_at);
-- == postgres
alter table projects add constraint projects_archived_has_time check (not archived or archived_at is not null);
