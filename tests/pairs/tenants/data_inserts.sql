-- Seeds with uuids, flags and documents; one may be there already.
-- == libsql
insert into members (id, tenant_id, email, is_owner, preferences) values
  ('00000000-0000-0000-0000-0000000000a1', '00000000-0000-0000-0000-000000000003', 'root@gone.test', 1, '{"theme":"light"}')
on conflict (tenant_id, email) do update set is_owner = excluded.is_owner;
insert or ignore into audit_events (id, tenant_id, kind, payload)
values ('00000000-0000-0000-0000-000000000031', '00000000-0000-0000-0000-000000000001', 'seeded', '{}');
-- == postgres
insert into members (id, tenant_id, email, is_owner, preferences) values
  ('00000000-0000-0000-0000-0000000000a1', '00000000-0000-0000-0000-000000000003', 'root@gone.test', true, '{"theme":"light"}')
on conflict (tenant_id, email) do update set is_owner = excluded.is_owner;
insert into audit_events (id, tenant_id, kind, payload)
values ('00000000-0000-0000-0000-000000000031', '00000000-0000-0000-0000-000000000001', 'seeded', '{}')
on conflict do nothing;
