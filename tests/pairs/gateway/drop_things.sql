-- A view, an index, a trigger and a table go.
-- == before libsql
CREATE TABLE scratch_notes (id TEXT PRIMARY KEY NOT NULL, body TEXT) STRICT;
CREATE INDEX scratch_notes_body_idx ON scratch_notes (body);
CREATE VIEW active_keys AS SELECT id, label FROM api_keys WHERE is_revoked = 0;
-- == before postgres
CREATE TABLE scratch_notes (id TEXT PRIMARY KEY, body TEXT);
CREATE INDEX scratch_notes_body_idx ON scratch_notes (body);
CREATE VIEW active_keys AS SELECT id, label FROM api_keys WHERE is_revoked = 0;
-- == libsql
DROP VIEW IF EXISTS active_keys;
DROP INDEX IF EXISTS requests_failed_idx;
DROP TRIGGER IF EXISTS requests_count;
DROP TABLE IF EXISTS scratch_notes;
-- == postgres
DROP VIEW IF EXISTS active_keys;
DROP INDEX IF EXISTS requests_failed_idx;
DROP TRIGGER IF EXISTS requests_count ON requests;
DROP FUNCTION IF EXISTS requests_count();
DROP TABLE IF EXISTS scratch_notes;
