-- Lower case, no COLUMN, a comment at the end of the line.
-- == libsql
alter table requests add latency_ms integer; -- null for requests before this version
alter table requests add cached integer not null default 0 check (cached in (0, 1));
-- == postgres
alter table requests add latency_ms bigint; -- null for requests before this version
alter table requests add cached integer not null default 0 check (cached in (0, 1));
