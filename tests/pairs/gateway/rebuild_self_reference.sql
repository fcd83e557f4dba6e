-- A table that refers to itself, with children that would be deleted.
-- == libsql
CREATE TABLE routes_new (
    id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    model_id TEXT NOT NULL REFERENCES models (id) ON DELETE RESTRICT,
    fallback_id TEXT REFERENCES routes_new (id) ON DELETE SET NULL,
    path TEXT NOT NULL,
    priority INTEGER NOT NULL DEFAULT 100 CHECK (priority BETWEEN 0 AND 1000),
    mode TEXT,
    created_at INTEGER NOT NULL,
    CHECK (fallback_id <> id)
) STRICT;
INSERT INTO routes_new (id, workspace_id, model_id, fallback_id, path, priority, mode, created_at)
    SELECT id, workspace_id, model_id, fallback_id, path, priority, mode, created_at FROM routes;
-- route_tags would go with the rows of the old table
CREATE TEMPORARY TABLE route_tags_kept AS SELECT * FROM route_tags;
DROP TABLE routes;
ALTER TABLE routes_new RENAME TO routes;
INSERT INTO route_tags (route_id, tag) SELECT route_id, tag FROM route_tags_kept;
DROP TABLE route_tags_kept;
CREATE INDEX routes_workspace_idx ON routes (workspace_id, priority DESC);
CREATE INDEX routes_path_idx ON routes (lower(path));
-- == postgres
ALTER TABLE routes ADD CHECK (priority BETWEEN 0 AND 1000);
ALTER TABLE routes ADD CHECK (fallback_id <> id);
