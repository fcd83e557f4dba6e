-- A column renamed, another dropped with its index.
-- == libsql
alter table projects rename column title to name;
drop index projects_tenant_idx;
alter table audit_events drop column happened_at;
-- == postgres
alter table projects rename column title to name;
drop index projects_tenant_idx;
alter table audit_events drop column happened_at;
