-- A table with children gets a rule; the children are put aside and back.
-- == libsql
CREATE TABLE IF NOT EXISTS users_new (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    username VARCHAR(100) NOT NULL,
    email VARCHAR(255) NULL DEFAULT NULL,
    disabled BOOLEAN NOT NULL DEFAULT FALSE,
    CONSTRAINT users_username_check CHECK (username <> '')
);
INSERT INTO users_new (id, created_at, username, email, disabled)
SELECT id, created_at, username, email, disabled FROM users;
CREATE TEMP TABLE _bkp_devices AS SELECT * FROM devices;
DROP TABLE users;
ALTER TABLE users_new RENAME TO users;
INSERT INTO devices (id, created_at, last_used_at, user_id, description, kid, public_key, attempts, discoverable)
SELECT id, created_at, last_used_at, user_id, description, kid, public_key, attempts, discoverable FROM _bkp_devices;
DROP TABLE _bkp_devices;
CREATE UNIQUE INDEX users_username_key ON users (username);
-- == postgres
ALTER TABLE users
    ADD CONSTRAINT users_username_check CHECK (username <> '');
