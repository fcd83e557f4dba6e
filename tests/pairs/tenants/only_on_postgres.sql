-- Statistics and storage of PostgreSQL; libsql has nothing to do.
-- == libsql
-- no-op: storage is PostgreSQL's alone
select 1;
-- == postgres
alter table audit_events alter column payload set storage external;
analyze audit_events;
