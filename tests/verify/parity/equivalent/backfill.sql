-- Data moves: an upsert, rows that may exist, an update by a lookup, a delete.
-- == before libsql
CREATE TABLE settings (
    id TEXT PRIMARY KEY NOT NULL,
    key TEXT NOT NULL UNIQUE,
    value TEXT NOT NULL,
    touched INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE flags (name TEXT PRIMARY KEY NOT NULL, setting_key TEXT, enabled INTEGER NOT NULL DEFAULT 0);
-- == before postgres
CREATE TABLE settings (
    id TEXT PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    value TEXT NOT NULL,
    touched BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE flags (name TEXT PRIMARY KEY, setting_key TEXT, enabled BIGINT NOT NULL DEFAULT 0);
-- == libsql
INSERT INTO settings (id, key, value) VALUES ('s-1', 'mode', 'strict'), ('s-2', 'limit', '100')
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, touched = 1;
INSERT OR IGNORE INTO flags (name, setting_key, enabled) VALUES ('beta', 'limit', 1);
UPDATE flags SET enabled = 1 WHERE setting_key IN (SELECT key FROM settings WHERE value = 'strict');
DELETE FROM settings WHERE value = 'obsolete' AND touched = 0;
-- == postgres
INSERT INTO settings (id, key, value) VALUES ('s-1', 'mode', 'strict'), ('s-2', 'limit', '100')
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, touched = 1;
INSERT INTO flags (name, setting_key, enabled) VALUES ('beta', 'limit', 1) ON CONFLICT DO NOTHING;
UPDATE flags SET enabled = 1 FROM settings s WHERE s.key = flags.setting_key AND s.value = 'strict';
DELETE FROM settings WHERE touched = 0 AND value = 'obsolete';
