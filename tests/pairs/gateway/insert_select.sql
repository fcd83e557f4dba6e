-- Rows made from other rows.
-- == libsql
CREATE TABLE model_aliases (
    alias TEXT PRIMARY KEY NOT NULL,
    model_id TEXT NOT NULL REFERENCES models (id) ON DELETE CASCADE
) STRICT;
INSERT INTO model_aliases (alias, model_id)
SELECT provider || '/' || name, id FROM models WHERE is_public = 1;
INSERT INTO model_aliases (alias, model_id)
SELECT upper(substr(name, 1, 1)) || substr(name, 2), id FROM models WHERE provider = 'north' ORDER BY name;
-- == postgres
CREATE TABLE model_aliases (
    alias TEXT PRIMARY KEY,
    model_id TEXT NOT NULL REFERENCES models (id) ON DELETE CASCADE
);
INSERT INTO model_aliases (alias, model_id)
SELECT provider || '/' || name, id FROM models WHERE is_public = 1;
INSERT INTO model_aliases (alias, model_id)
SELECT upper(substr(name, 1, 1)) || substr(name, 2), id FROM models WHERE provider = 'north' ORDER BY name;
