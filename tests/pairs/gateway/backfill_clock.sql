-- Times from the clock, in whole seconds.
-- == libsql
UPDATE workspaces SET archived_at = unixepoch() WHERE is_active = 0 AND archived_at IS NULL;
UPDATE api_keys SET is_revoked = 1 WHERE expires_at IS NOT NULL AND expires_at < unixepoch();
DELETE FROM requests WHERE created_at < CAST(strftime('%s', 'now') AS INTEGER) - 86400 * 365 * 5;
-- == postgres
UPDATE workspaces SET archived_at = extract(epoch FROM now())::bigint WHERE is_active = 0 AND archived_at IS NULL;
UPDATE api_keys SET is_revoked = 1 WHERE expires_at IS NOT NULL AND expires_at < extract(epoch FROM now())::bigint;
DELETE FROM requests WHERE created_at < extract(epoch FROM now())::bigint - 86400 * 365 * 5;
