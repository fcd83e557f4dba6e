-- Booleans set and read, times compared.
-- == libsql
UPDATE users SET disabled = TRUE WHERE username = 'bob';
UPDATE logins SET banned = 1 WHERE successful = 0 AND auth_type IN ('TOTP', 'U2F');
DELETE FROM logins WHERE time < '2023-01-01 00:00:00';
INSERT INTO users (created_at, username, disabled) VALUES ('2024-05-01 00:00:00', 'service', 0);
-- == postgres
UPDATE users SET disabled = TRUE WHERE username = 'bob';
UPDATE logins SET banned = TRUE WHERE successful = FALSE AND auth_type IN ('TOTP', 'U2F');
DELETE FROM logins WHERE time < '2023-01-01 00:00:00+00';
INSERT INTO users (created_at, username, disabled) VALUES ('2024-05-01 00:00:00+00', 'service', FALSE);
