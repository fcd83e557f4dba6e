-- The reference goes, the user's name comes by a join.
-- == libsql
CREATE TABLE IF NOT EXISTS devices_new (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    last_used_at DATETIME NULL DEFAULT NULL,
    username VARCHAR(100) NOT NULL DEFAULT '',
    description VARCHAR(64) NOT NULL DEFAULT 'Primary',
    kid VARCHAR(100) NOT NULL,
    public_key BLOB NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    discoverable BOOLEAN NOT NULL DEFAULT FALSE
);
INSERT INTO devices_new (id, created_at, last_used_at, username, description, kid, public_key, attempts, discoverable)
SELECT d.id, d.created_at, d.last_used_at, u.username, d.description, d.kid, d.public_key, d.attempts, d.discoverable
FROM devices d INNER JOIN users u ON u.id = d.user_id;
DROP TABLE devices;
ALTER TABLE devices_new RENAME TO devices;
CREATE UNIQUE INDEX devices_kid_key ON devices (kid);
CREATE UNIQUE INDEX devices_lookup_key ON devices (username, description);
-- == postgres
ALTER TABLE devices ADD COLUMN username VARCHAR(100) NOT NULL DEFAULT '';
UPDATE devices SET username = users.username FROM users WHERE users.id = devices.user_id;
DROP INDEX devices_user_id_idx;
ALTER TABLE devices DROP CONSTRAINT devices_user_id_fkey;
ALTER TABLE devices DROP COLUMN user_id;
CREATE UNIQUE INDEX devices_lookup_key ON devices (username, description);
