-- A document that may no longer be missing.
-- == libsql
create table kept_projects as select id, lead_id from projects where lead_id is not null;
create table members_new (
  id text primary key not null,
  tenant_id text not null references tenants (id) on delete cascade,
  email text not null,
  is_owner integer not null default 0 check (is_owner in (0, 1)),
  preferences text not null default '{}' check (json_valid(preferences)),
  created_at text not null default current_timestamp
);
insert into members_new select id, tenant_id, email, is_owner, coalesce(preferences, '{}'), created_at from members;
drop table members;
alter table members_new rename to members;
update projects set lead_id = (select k.lead_id from kept_projects k where k.id = projects.id);
drop table kept_projects;
create unique index members_tenant_email_key on members (tenant_id, email);
create unique index members_one_owner_key on members (tenant_id) where is_owner = 1;
-- == postgres
update members set preferences = '{}' where preferences is null;
alter table members alter column preferences set default '{}';
alter table members alter column preferences set not null;
