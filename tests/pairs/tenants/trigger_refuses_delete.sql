-- What must not be deleted.
-- == libsql
create trigger tenants_keep_enterprise before delete on tenants
when old.plan = 'enterprise'
begin
  select raise(abort, 'enterprise tenants are kept');
end;
-- == postgres
create function tenants_keep_enterprise() returns trigger language plpgsql as $$
begin
  raise exception 'enterprise tenants are kept';
end;
$$;
create trigger tenants_keep_enterprise before delete on tenants
  for each row when (old.plan = 'enterprise') execute function tenants_keep_enterprise();
