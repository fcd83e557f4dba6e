-- Duplicates are dropped, then a pair of columns is unique.
-- == libsql
DELETE FROM routes WHERE priority < 10;
CREATE TEMP TABLE tags AS SELECT route_id, tag FROM route_tags;
CREATE TABLE routes_new (
    id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    model_id TEXT NOT NULL REFERENCES models (id) ON DELETE RESTRICT,
    fallback_id TEXT REFERENCES routes_new (id) ON DELETE SET NULL,
    path TEXT NOT NULL,
    priority INTEGER NOT NULL DEFAULT 100,
    mode TEXT,
    created_at INTEGER NOT NULL,
    UNIQUE (workspace_id, path)
) STRICT;
INSERT INTO routes_new SELECT id, workspace_id, model_id, fallback_id, path, priority, mode, created_at FROM routes;
DROP TABLE routes;
ALTER TABLE routes_new RENAME TO routes;
INSERT INTO route_tags SELECT route_id, tag FROM tags;
DROP TABLE tags;
CREATE INDEX routes_workspace_idx ON routes (workspace_id, priority DESC);
CREATE INDEX routes_path_idx ON routes (lower(path));
-- == postgres
DELETE FROM routes WHERE priority < 10;
ALTER TABLE routes ADD UNIQUE (workspace_id, path);
