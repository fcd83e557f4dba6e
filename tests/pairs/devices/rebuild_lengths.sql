-- A longer VARCHAR, which is a rebuild on SQLite.
-- == libsql
DROP INDEX logins_username_idx;
ALTER TABLE logins
    RENAME TO _bkp_logins;
CREATE TABLE IF NOT EXISTS logins (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    successful BOOLEAN NOT NULL,
    banned BOOLEAN NOT NULL DEFAULT FALSE,
    username VARCHAR(255) NOT NULL,
    auth_type VARCHAR(8) NOT NULL DEFAULT '1FA',
    remote_ip VARCHAR(47) NULL DEFAULT NULL,
    request_uri TEXT NOT NULL
);
INSERT INTO logins (id, time, successful, banned, username, auth_type, remote_ip, request_uri)
SELECT id, time, successful, banned, username, auth_type, remote_ip, request_uri
FROM _bkp_logins
ORDER BY id;
DROP TABLE IF EXISTS _bkp_logins;
CREATE INDEX logins_username_idx ON logins (time, username, auth_type);
-- == postgres
ALTER TABLE logins
    ALTER COLUMN username TYPE VARCHAR(255),
    ALTER COLUMN remote_ip TYPE VARCHAR(47);
