-- A column may be NULL from now on.
-- == libsql
CREATE TABLE route_hits (
    route_id TEXT NOT NULL REFERENCES routes (id) ON DELETE CASCADE,
    hits INTEGER NOT NULL DEFAULT 0
) STRICT;
ALTER TABLE requests RENAME TO requests_old;
CREATE TABLE requests (
    id TEXT PRIMARY KEY NOT NULL,
    api_key_id TEXT REFERENCES api_keys (id) ON DELETE SET NULL,
    model_name TEXT,
    status INTEGER NOT NULL CHECK (status BETWEEN 100 AND 599),
    tokens_in INTEGER NOT NULL DEFAULT 0,
    tokens_out INTEGER NOT NULL DEFAULT 0,
    cost_micros INTEGER,
    detail_json TEXT,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO requests SELECT * FROM requests_old;
DROP TABLE requests_old;
CREATE INDEX requests_key_time_idx ON requests (api_key_id, created_at DESC);
CREATE INDEX requests_failed_idx ON requests (created_at) WHERE status >= 400;
CREATE TRIGGER requests_count AFTER INSERT ON requests
WHEN NEW.api_key_id IS NOT NULL
BEGIN
    UPDATE api_keys SET request_count = request_count + 1 WHERE id = NEW.api_key_id;
END;
-- == postgres
CREATE TABLE route_hits (
    route_id TEXT NOT NULL REFERENCES routes (id) ON DELETE CASCADE,
    hits BIGINT NOT NULL DEFAULT 0
);
ALTER TABLE requests ALTER COLUMN model_name DROP NOT NULL;
