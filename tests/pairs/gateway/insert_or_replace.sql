-- A row replaced as a whole in a table with one key.
-- == before libsql
CREATE TABLE counters (name TEXT PRIMARY KEY NOT NULL, value INTEGER NOT NULL DEFAULT 0, note TEXT) STRICT;
INSERT INTO counters (name, value, note) VALUES ('boots', 7, 'kept'), ('jobs', 1, NULL);
-- == before postgres
CREATE TABLE counters (name TEXT PRIMARY KEY, value BIGINT NOT NULL DEFAULT 0, note TEXT);
INSERT INTO counters (name, value, note) VALUES ('boots', 7, 'kept'), ('jobs', 1, NULL);
-- == libsql
INSERT OR REPLACE INTO counters (name, value) VALUES ('boots', 0), ('errors', 0);
-- == postgres
INSERT INTO counters (name, value) VALUES ('boots', 0), ('errors', 0)
ON CONFLICT (name) DO UPDATE SET value = excluded.value, note = NULL;
