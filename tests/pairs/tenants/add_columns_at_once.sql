-- One statement on PostgreSQL, three on libsql.
-- == libsql
alter table projects add column color text not null default 'grey';
alter table projects add column budget integer check (budget > 0);
alter table projects add column pinned integer not null default 0 check (pinned in (0, 1));
-- == postgres
alter table projects
  add column color text not null default 'grey',
  add column budget bigint check (budget > 0),
  add column pinned boolean not null default false;
