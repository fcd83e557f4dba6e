-- A flag, a document, a time, a reference.
-- == libsql
alter table members add column muted integer not null default 0 check (muted in (0, 1));
alter table members add column badges text not null default '[]' check (json_valid(badges));
alter table members add column seen_at text;
alter table members add column invited_by_id text references members (id) on delete set null;
-- == postgres
alter table members add column muted boolean not null default false;
alter table members add column badges jsonb not null default '[]';
alter table members add column seen_at timestamptz;
alter table members add column invited_by_id uuid references members (id) on delete set null;
