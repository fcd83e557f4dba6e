-- A text becomes a number.
-- == before libsql
CREATE TABLE limits (id TEXT PRIMARY KEY NOT NULL, workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE, amount TEXT NOT NULL) STRICT;
CREATE INDEX limits_workspace_idx ON limits (workspace_id);
INSERT INTO limits VALUES ('l-1', 'ws-1', '15'), ('l-2', 'ws-2', '-3');
-- == before postgres
CREATE TABLE limits (id TEXT PRIMARY KEY, workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE, amount TEXT NOT NULL);
CREATE INDEX limits_workspace_idx ON limits (workspace_id);
INSERT INTO limits VALUES ('l-1', 'ws-1', '15'), ('l-2', 'ws-2', '-3');
-- == libsql
CREATE TABLE limits_new (
    id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    amount INTEGER NOT NULL
) STRICT;
INSERT INTO limits_new (id, workspace_id, amount) SELECT id, workspace_id, CAST(amount AS INTEGER) FROM limits;
DROP TABLE limits;
ALTER TABLE limits_new RENAME TO limits;
CREATE INDEX limits_workspace_idx ON limits (workspace_id);
-- == postgres
ALTER TABLE limits ALTER COLUMN amount TYPE BIGINT USING amount::bigint;
