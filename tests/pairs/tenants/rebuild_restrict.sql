-- CASCADE becomes RESTRICT.
-- == libsql
create table audit_events_new (
  id text primary key not null,
  tenant_id text not null references tenants (id) on delete restrict,
  kind text not null check (kind <> ''),
  payload text not null check (json_valid(payload)),
  happened_at text not null default current_timestamp
);
insert into audit_events_new select * from audit_events;
drop table audit_events;
alter table audit_events_new rename to audit_events;
-- == postgres
alter table audit_events drop constraint audit_events_tenant_id_fkey;
alter table audit_events add constraint audit_events_tenant_id_fkey
  foreign key (tenant_id) references tenants (id) on delete restrict;
alter table audit_events add check (kind <> '');
