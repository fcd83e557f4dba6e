-- What is too old goes, by the clock.
-- == libsql
DELETE FROM logins WHERE time < datetime('now', '-3 years');
UPDATE devices SET last_used_at = CURRENT_TIMESTAMP WHERE last_used_at IS NULL AND discoverable = FALSE;
-- == postgres
DELETE FROM logins WHERE time < now() - interval '3 years';
UPDATE devices SET last_used_at = CURRENT_TIMESTAMP WHERE last_used_at IS NULL AND discoverable = FALSE;
