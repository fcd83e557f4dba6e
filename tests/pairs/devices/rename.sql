-- A table and columns renamed.
-- == libsql
ALTER TABLE logins
    RENAME TO authentication_logs;
ALTER TABLE authentication_logs
    RENAME COLUMN auth_type TO kind;
-- == postgres
ALTER TABLE logins
    RENAME TO authentication_logs;
ALTER TABLE authentication_logs
    RENAME COLUMN auth_type TO kind;
