-- A rule of uniqueness goes, an index that is not unique comes.
-- == before libsql
CREATE TABLE webhooks (
    id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    url TEXT NOT NULL UNIQUE,
    secret TEXT,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO webhooks VALUES ('wh-1', 'ws-1', 'https://a.test', NULL, 1700000000), ('wh-2', 'ws-2', 'https://b.test', 's', 1700000001);
-- == before postgres
CREATE TABLE webhooks (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    url TEXT NOT NULL UNIQUE,
    secret TEXT,
    created_at BIGINT NOT NULL
);
INSERT INTO webhooks VALUES ('wh-1', 'ws-1', 'https://a.test', NULL, 1700000000), ('wh-2', 'ws-2', 'https://b.test', 's', 1700000001);
-- == libsql
-- One URL may serve several workspaces.
CREATE TABLE webhooks_new (
    id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    url TEXT NOT NULL,
    secret TEXT,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO webhooks_new (id, workspace_id, url, secret, created_at)
SELECT id, workspace_id, url, secret, created_at FROM webhooks;
DROP TABLE webhooks;
ALTER TABLE webhooks_new RENAME TO webhooks;
CREATE INDEX webhooks_url_idx ON webhooks (url, workspace_id);
-- == postgres
-- One URL may serve several workspaces.
ALTER TABLE webhooks DROP CONSTRAINT webhooks_url_key;
CREATE INDEX webhooks_url_idx ON webhooks (url, workspace_id);
