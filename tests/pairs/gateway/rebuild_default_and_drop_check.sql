-- A default changes, a rule goes.
-- == libsql
pragma foreign_keys=off; -- no effect inside the runner's transaction, and none needed: no children
create table tags_tmp (
    route_id text not null references routes (id) on delete cascade,
    tag text not null default 'none',
    primary key (route_id, tag)
) strict;
insert into tags_tmp(route_id, tag) select route_id, lower(tag) from route_tags;
drop table route_tags;
alter table tags_tmp rename to route_tags;
pragma foreign_keys=on;
-- == postgres
update route_tags set tag = lower(tag);
alter table route_tags alter column tag set default 'none';
