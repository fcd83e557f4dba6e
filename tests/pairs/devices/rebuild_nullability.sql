-- NOT NULL taken away and a default given.
-- == libsql
PRAGMA foreign_keys=off;

CREATE TABLE IF NOT EXISTS _new_logins (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    successful BOOLEAN NOT NULL DEFAULT FALSE,
    banned BOOLEAN NOT NULL DEFAULT FALSE,
    username VARCHAR(100) NOT NULL,
    auth_type VARCHAR(8) NOT NULL DEFAULT '1FA',
    remote_ip VARCHAR(39) NULL DEFAULT NULL,
    request_uri TEXT NULL DEFAULT NULL
);
INSERT INTO _new_logins SELECT * FROM logins;
DROP TABLE logins;
ALTER TABLE _new_logins RENAME TO logins;
CREATE INDEX logins_username_idx ON logins (time, username, auth_type);

PRAGMA foreign_keys=on;
-- == postgres
ALTER TABLE logins
    ALTER COLUMN successful SET DEFAULT FALSE,
    ALTER COLUMN request_uri DROP NOT NULL,
    ALTER COLUMN request_uri SET DEFAULT NULL;
