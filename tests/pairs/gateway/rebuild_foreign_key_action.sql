-- Another ON DELETE, and a foreign key where there was none.
-- == libsql
PRAGMA defer_foreign_keys = ON;
CREATE TABLE requests_new (
    id TEXT PRIMARY KEY NOT NULL,
    api_key_id TEXT REFERENCES api_keys (id) ON DELETE CASCADE,
    model_name TEXT NOT NULL,
    status INTEGER NOT NULL CHECK (status BETWEEN 100 AND 599),
    tokens_in INTEGER NOT NULL DEFAULT 0,
    tokens_out INTEGER NOT NULL DEFAULT 0,
    cost_micros INTEGER,
    detail_json TEXT,
    created_at INTEGER NOT NULL,
    route_id TEXT REFERENCES routes (id) ON DELETE SET NULL
) STRICT;
INSERT INTO requests_new (id, api_key_id, model_name, status, tokens_in, tokens_out, cost_micros, detail_json, created_at)
SELECT id, api_key_id, model_name, status, tokens_in, tokens_out, cost_micros, detail_json, created_at FROM requests;
DROP TABLE requests;
ALTER TABLE requests_new RENAME TO requests;
CREATE INDEX requests_key_time_idx ON requests (api_key_id, created_at DESC);
CREATE INDEX requests_failed_idx ON requests (created_at) WHERE status >= 400;
CREATE INDEX requests_route_idx ON requests (route_id);
CREATE TRIGGER requests_count AFTER INSERT ON requests
WHEN NEW.api_key_id IS NOT NULL
BEGIN
    UPDATE api_keys SET request_count = request_count + 1 WHERE id = NEW.api_key_id;
END;
-- == postgres
ALTER TABLE requests DROP CONSTRAINT requests_api_key_id_fkey;
ALTER TABLE requests ADD CONSTRAINT requests_api_key_id_fkey
    FOREIGN KEY (api_key_id) REFERENCES api_keys (id) ON DELETE CASCADE;
ALTER TABLE requests ADD COLUMN route_id TEXT REFERENCES routes (id) ON DELETE SET NULL;
CREATE INDEX requests_route_idx ON requests (route_id);
