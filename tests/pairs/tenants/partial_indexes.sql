-- Predicates over flags and times.
-- == libsql
create unique index projects_live_title_key on projects (tenant_id, lower(title)) where archived = 0;
create index tenants_renewal_idx on tenants (renews_at) where renews_at is not null and suspended = 0;
create index members_lower_email_idx on members (lower(email));
-- == postgres
create unique index projects_live_title_key on projects (tenant_id, lower(title)) where not archived;
create index tenants_renewal_idx on tenants (renews_at) where renews_at is not null and not suspended;
create index members_lower_email_idx on members (lower(email));
