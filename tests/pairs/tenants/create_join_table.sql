-- A composite key of two uuids.
-- == libsql
create table project_members (
  project_id text not null references projects (id) on delete cascade,
  member_id text not null references members (id) on delete cascade,
  role text not null default 'reader' check (role in ('reader', 'writer')),
  added_at text not null default current_timestamp,
  primary key (project_id, member_id)
);
create index project_members_member_idx on project_members (member_id);
-- == postgres
create table project_members (
  project_id uuid not null references projects (id) on delete cascade,
  member_id uuid not null references members (id) on delete cascade,
  role text not null default 'reader' check (role in ('reader', 'writer')),
  added_at timestamptz not null default now(),
  primary key (project_id, member_id)
);
create index project_members_member_idx on project_members (member_id);
