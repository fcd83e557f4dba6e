-- uuid, jsonb, timestamptz, boolean, and an enum that is there already.
-- == libsql
-- invoices are written once a month
create table invoices (
  id text primary key not null,
  tenant_id text not null references tenants (id) on delete restrict,
  plan text not null check (plan in ('free', 'team', 'enterprise')),
  total integer not null check (total >= 0),
  lines text not null default '[]' check (json_valid(lines)),
  paid integer not null default 0 check (paid in (0, 1)),
  issued_at text not null default current_timestamp,
  paid_at text
);
create index invoices_open_idx on invoices (tenant_id, issued_at desc) where paid = 0;
-- == postgres
-- invoices are written once a month
create table invoices (
  id uuid primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  plan tenant_plan not null,
  total bigint not null check (total >= 0),
  lines jsonb not null default '[]',
  paid boolean not null default false,
  issued_at timestamptz not null default now(),
  paid_at timestamptz
);
create index invoices_open_idx on invoices (tenant_id, issued_at desc) where not paid;
