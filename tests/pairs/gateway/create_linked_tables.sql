-- Three tables that refer to each other, with a composite foreign key.
-- == libsql
CREATE TABLE pools (
    id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    UNIQUE (workspace_id, name)
) STRICT;
CREATE TABLE pool_members (
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    model_id TEXT NOT NULL REFERENCES models (id) ON DELETE RESTRICT,
    weight REAL NOT NULL DEFAULT 1.0 CHECK (weight > 0),
    PRIMARY KEY (pool_id, model_id)
) STRICT;
CREATE TABLE pool_events (
    id TEXT PRIMARY KEY NOT NULL,
    pool_id TEXT NOT NULL,
    model_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    FOREIGN KEY (pool_id, model_id) REFERENCES pool_members (pool_id, model_id) ON DELETE CASCADE ON UPDATE CASCADE
) STRICT;
CREATE INDEX pool_events_member_idx ON pool_events (pool_id, model_id, created_at);
-- == postgres
CREATE TABLE pools (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    UNIQUE (workspace_id, name)
);
CREATE TABLE pool_members (
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    model_id TEXT NOT NULL REFERENCES models (id) ON DELETE RESTRICT,
    weight DOUBLE PRECISION NOT NULL DEFAULT 1.0 CHECK (weight > 0),
    PRIMARY KEY (pool_id, model_id)
);
CREATE TABLE pool_events (
    id TEXT PRIMARY KEY,
    pool_id TEXT NOT NULL,
    model_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    FOREIGN KEY (pool_id, model_id) REFERENCES pool_members (pool_id, model_id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX pool_events_member_idx ON pool_events (pool_id, model_id, created_at);
