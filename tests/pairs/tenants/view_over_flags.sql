-- A view that asks for flags.
-- == libsql
create view open_projects as
select p.id, p.title, t.name as tenant
  from projects p join tenants t on t.id = p.tenant_id
 where p.archived = 0 and t.suspended = 0;
-- == postgres
create view open_projects as
select p.id, p.title, t.name as tenant
  from projects p join tenants t on t.id = p.tenant_id
 where not p.archived and not t.suspended;
