-- A number out of a document becomes a column.
-- == libsql
alter table tenants add column seats integer not null default 1 check (seats > 0);
update tenants set seats = json_extract(profile, '$.seats') where json_extract(profile, '$.seats') is not null;
-- == postgres
alter table tenants add column seats bigint not null default 1 check (seats > 0);
update tenants set seats = (profile ->> 'seats')::bigint where profile ->> 'seats' is not null;
