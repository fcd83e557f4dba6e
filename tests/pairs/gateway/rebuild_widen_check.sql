-- A list of allowed values grows; children are parked meanwhile.
-- == libsql
-- 'embed' is a scope now. Requests point here with ON DELETE SET NULL, so they are kept aside.
DROP TRIGGER requests_count;
CREATE TEMP TABLE requests_keys AS SELECT id, api_key_id FROM requests WHERE api_key_id IS NOT NULL;
CREATE TABLE api_keys_v2 (
    id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    label TEXT NOT NULL,
    key_hash TEXT NOT NULL,
    scope TEXT NOT NULL DEFAULT 'chat' CHECK (scope IN ('chat', 'admin', 'embed')),
    is_revoked INTEGER NOT NULL DEFAULT 0 CHECK (is_revoked IN (0, 1)),
    request_count INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    expires_at INTEGER
) STRICT;
INSERT INTO api_keys_v2 SELECT * FROM api_keys;
DROP TABLE api_keys;
ALTER TABLE api_keys_v2 RENAME TO api_keys;
UPDATE requests SET api_key_id = (SELECT api_key_id FROM requests_keys k WHERE k.id = requests.id)
 WHERE id IN (SELECT id FROM requests_keys);
DROP TABLE requests_keys;
CREATE UNIQUE INDEX api_keys_hash_key ON api_keys (key_hash);
CREATE INDEX api_keys_live_idx ON api_keys (workspace_id, created_at DESC) WHERE is_revoked = 0;
CREATE TRIGGER requests_count AFTER INSERT ON requests
WHEN NEW.api_key_id IS NOT NULL
BEGIN
    UPDATE api_keys SET request_count = request_count + 1 WHERE id = NEW.api_key_id;
END;
-- == postgres
-- 'embed' is a scope now.
ALTER TABLE api_keys DROP CONSTRAINT api_keys_scope_check;
ALTER TABLE api_keys ADD CONSTRAINT api_keys_scope_check CHECK (scope IN ('chat', 'admin', 'embed'));
