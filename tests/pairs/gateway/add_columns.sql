-- Several columns with defaults, flags and a reference.
-- == libsql
ALTER TABLE models ADD COLUMN display_name TEXT;
ALTER TABLE models ADD COLUMN is_deprecated INTEGER NOT NULL DEFAULT 0 CHECK (is_deprecated IN (0, 1));
ALTER TABLE models ADD COLUMN replaced_by_id TEXT REFERENCES models (id) ON DELETE SET NULL;
ALTER TABLE models ADD COLUMN deprecated_at INTEGER;
-- == postgres
ALTER TABLE models ADD COLUMN display_name TEXT;
ALTER TABLE models ADD COLUMN is_deprecated INTEGER NOT NULL DEFAULT 0 CHECK (is_deprecated IN (0, 1));
ALTER TABLE models ADD COLUMN replaced_by_id TEXT REFERENCES models (id) ON DELETE SET NULL;
ALTER TABLE models ADD COLUMN deprecated_at BIGINT;
