-- Quoted names in mixed case beside plain ones.
-- == libsql
create table "UserSession" (
  "Id" text primary key not null,
  "memberId" text not null references members (id) on delete cascade,
  "Data" text not null default '{}' check (json_valid("Data")),
  "isRemembered" integer not null default 0 check ("isRemembered" in (0, 1))
);
create index "UserSession_memberId_idx" on "UserSession" ("memberId");
-- == postgres
create table "UserSession" (
  "Id" uuid primary key,
  "memberId" uuid not null references members (id) on delete cascade,
  "Data" jsonb not null default '{}',
  "isRemembered" boolean not null default false
);
create index "UserSession_memberId_idx" on "UserSession" ("memberId");
