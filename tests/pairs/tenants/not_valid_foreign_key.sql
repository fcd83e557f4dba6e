-- A foreign key is added NOT VALID and validated in one version.
-- == libsql
create table audit_events_new (
  id text primary key not null,
  tenant_id text not null references tenants (id) on delete cascade,
  member_id text references members (id) on delete set null,
  kind text not null,
  payload text not null check (json_valid(payload)),
  happened_at text not null default current_timestamp
);
insert into audit_events_new (id, tenant_id, kind, payload, happened_at)
select id, tenant_id, kind, payload, happened_at from audit_events;
drop table audit_events;
alter table audit_events_new rename to audit_events;
-- == postgres
alter table audit_events add column member_id uuid;
alter table audit_events add constraint audit_events_member_id_fkey
  foreign key (member_id) references members (id) on delete set null not valid;
alter table audit_events validate constraint audit_events_member_id_fkey;
