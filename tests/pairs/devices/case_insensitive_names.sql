-- Names compared without case.
-- == libsql
DROP INDEX users_username_key;
CREATE UNIQUE INDEX users_username_key ON users (lower(username));
CREATE INDEX users_email_idx ON users (lower(email)) WHERE email IS NOT NULL;
-- == postgres
DROP INDEX users_username_key;
CREATE UNIQUE INDEX users_username_key ON users (lower(username));
CREATE INDEX users_email_idx ON users (lower(email)) WHERE email IS NOT NULL;
