-- Columns nobody reads any more.
-- == libsql
ALTER TABLE requests DROP COLUMN detail_json;
ALTER TABLE routes DROP COLUMN mode;
-- == postgres
ALTER TABLE requests DROP COLUMN detail_json;
ALTER TABLE routes DROP COLUMN mode;
