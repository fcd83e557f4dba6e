-- The house: PostgreSQL's own types (uuid, jsonb, boolean, enum, timestamptz), lower case.
-- == libsql
create table tenants (
  id text primary key not null,
  name text not null,
  plan text not null default 'free' check (plan in ('free', 'team', 'enterprise')),
  profile text not null default '{}' check (json_valid(profile)),
  suspended integer not null default 0 check (suspended in (0, 1)),
  created_at text not null default current_timestamp,
  renews_at text
);

create table members (
  id text primary key not null,
  tenant_id text not null references tenants (id) on delete cascade,
  email text not null,
  is_owner integer not null default 0 check (is_owner in (0, 1)),
  preferences text check (json_valid(preferences)),
  created_at text not null default current_timestamp
);
create unique index members_tenant_email_key on members (tenant_id, email);
create unique index members_one_owner_key on members (tenant_id) where is_owner = 1;

create table projects (
  id text primary key not null,
  tenant_id text not null references tenants (id) on delete cascade,
  lead_id text references members (id) on delete set null,
  title text not null,
  archived integer not null default 0 check (archived in (0, 1)),
  labels text not null default '[]' check (json_valid(labels)),
  created_at text not null default current_timestamp,
  archived_at text
);
create index projects_tenant_idx on projects (tenant_id, created_at);

create table audit_events (
  id text primary key not null,
  tenant_id text not null references tenants (id) on delete cascade,
  kind text not null,
  payload text not null check (json_valid(payload)),
  happened_at text not null default current_timestamp
);

insert into tenants (id, name, plan, profile, suspended, created_at, renews_at) values
  ('00000000-0000-0000-0000-000000000001', 'Acme', 'team', '{"seats":5}', 0, '2024-01-01 00:00:00', '2025-01-01 00:00:00'),
  ('00000000-0000-0000-0000-000000000002', 'Beta', 'free', '{}', 0, '2024-02-01 00:00:00', null),
  ('00000000-0000-0000-0000-000000000003', 'Gone', 'enterprise', '{"seats":50}', 1, '2020-02-01 00:00:00', '2021-01-01 00:00:00');
insert into members (id, tenant_id, email, is_owner, preferences, created_at) values
  ('00000000-0000-0000-0000-000000000011', '00000000-0000-0000-0000-000000000001', 'ada@acme.test', 1, '{"theme":"dark"}', '2024-01-01 00:00:00'),
  ('00000000-0000-0000-0000-000000000012', '00000000-0000-0000-0000-000000000001', 'bob@acme.test', 0, null, '2024-01-02 00:00:00'),
  ('00000000-0000-0000-0000-000000000013', '00000000-0000-0000-0000-000000000002', 'cy@beta.test', 1, '{}', '2024-02-02 00:00:00');
insert into projects (id, tenant_id, lead_id, title, archived, created_at, archived_at) values
  ('00000000-0000-0000-0000-000000000021', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000011', 'Rocket', 0, '2024-03-01 00:00:00', null),
  ('00000000-0000-0000-0000-000000000022', '00000000-0000-0000-0000-000000000001', null, 'Boat', 1, '2024-03-02 00:00:00', '2024-04-02 00:00:00');
insert into audit_events (id, tenant_id, kind, payload, happened_at) values
  ('00000000-0000-0000-0000-000000000031', '00000000-0000-0000-0000-000000000001', 'member.added', '{"by":"ada"}', '2024-01-02 00:00:00');
-- == postgres
create type tenant_plan as enum ('free', 'team', 'enterprise');

create table tenants (
  id uuid primary key,
  name text not null,
  plan tenant_plan not null default 'free',
  profile jsonb not null default '{}',
  suspended boolean not null default false,
  created_at timestamptz not null default now(),
  renews_at timestamptz
);

create table members (
  id uuid primary key,
  tenant_id uuid not null references tenants (id) on delete cascade,
  email text not null,
  is_owner boolean not null default false,
  preferences jsonb,
  created_at timestamptz not null default now()
);
create unique index members_tenant_email_key on members (tenant_id, email);
create unique index members_one_owner_key on members (tenant_id) where is_owner;

create table projects (
  id uuid primary key,
  tenant_id uuid not null references tenants (id) on delete cascade,
  lead_id uuid references members (id) on delete set null,
  title text not null,
  archived boolean not null default false,
  labels jsonb not null default '[]',
  created_at timestamptz not null default now(),
  archived_at timestamptz
);
create index projects_tenant_idx on projects (tenant_id, created_at);

create table audit_events (
  id uuid primary key,
  tenant_id uuid not null references tenants (id) on delete cascade,
  kind text not null,
  payload jsonb not null,
  happened_at timestamptz not null default now()
);

insert into tenants (id, name, plan, profile, suspended, created_at, renews_at) values
  ('00000000-0000-0000-0000-000000000001', 'Acme', 'team', '{"seats":5}', false, '2024-01-01 00:00:00+00', '2025-01-01 00:00:00+00'),
  ('00000000-0000-0000-0000-000000000002', 'Beta', 'free', '{}', false, '2024-02-01 00:00:00+00', null),
  ('00000000-0000-0000-0000-000000000003', 'Gone', 'enterprise', '{"seats":50}', true, '2020-02-01 00:00:00+00', '2021-01-01 00:00:00+00');
insert into members (id, tenant_id, email, is_owner, preferences, created_at) values
  ('00000000-0000-0000-0000-000000000011', '00000000-0000-0000-0000-000000000001', 'ada@acme.test', true, '{"theme":"dark"}', '2024-01-01 00:00:00+00'),
  ('00000000-0000-0000-0000-000000000012', '00000000-0000-0000-0000-000000000001', 'bob@acme.test', false, null, '2024-01-02 00:00:00+00'),
  ('00000000-0000-0000-0000-000000000013', '00000000-0000-0000-0000-000000000002', 'cy@beta.test', true, '{}', '2024-02-02 00:00:00+00');
insert into projects (id, tenant_id, lead_id, title, archived, created_at, archived_at) values
  ('00000000-0000-0000-0000-000000000021', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000011', 'Rocket', false, '2024-03-01 00:00:00+00', null),
  ('00000000-0000-0000-0000-000000000022', '00000000-0000-0000-0000-000000000001', null, 'Boat', true, '2024-03-02 00:00:00+00', '2024-04-02 00:00:00+00');
insert into audit_events (id, tenant_id, kind, payload, happened_at) values
  ('00000000-0000-0000-0000-000000000031', '00000000-0000-0000-0000-000000000001', 'member.added', '{"by":"ada"}', '2024-01-02 00:00:00+00');
