-- A column renamed that an index uses.
-- == libsql
-- "path" was never a path of a file.
ALTER TABLE routes RENAME COLUMN path TO pattern;
-- == postgres
-- "path" was never a path of a file.
ALTER TABLE routes RENAME COLUMN path TO pattern;
