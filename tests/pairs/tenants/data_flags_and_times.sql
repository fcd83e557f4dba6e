-- Flags set by a condition, times copied.
-- == libsql
update projects set archived_at = created_at where archived = 1 and archived_at is null;
update tenants set suspended = 1 where renews_at < '2022-01-01 00:00:00';
update members set is_owner = 0 where email = 'cy@beta.test';
delete from audit_events where kind = 'member.removed';
-- == postgres
update projects set archived_at = created_at where archived and archived_at is null;
update tenants set suspended = true where renews_at < '2022-01-01 00:00:00+00';
update members set is_owner = false where email = 'cy@beta.test';
delete from audit_events where kind = 'member.removed';
