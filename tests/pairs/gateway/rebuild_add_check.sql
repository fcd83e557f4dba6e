-- A rule over a table without children: rebuilt with its index and its trigger.
-- == libsql
CREATE TABLE requests_new (
    id TEXT PRIMARY KEY NOT NULL,
    api_key_id TEXT REFERENCES api_keys (id) ON DELETE SET NULL,
    model_name TEXT NOT NULL,
    status INTEGER NOT NULL CHECK (status BETWEEN 100 AND 599),
    tokens_in INTEGER NOT NULL DEFAULT 0,
    tokens_out INTEGER NOT NULL DEFAULT 0,
    cost_micros INTEGER,
    detail_json TEXT,
    created_at INTEGER NOT NULL,
    CHECK (tokens_in >= 0 AND tokens_out >= 0)
) STRICT;
INSERT INTO requests_new (id, api_key_id, model_name, status, tokens_in, tokens_out, cost_micros, detail_json, created_at)
SELECT id, api_key_id, model_name, status, tokens_in, tokens_out, cost_micros, detail_json, created_at FROM requests;
DROP TABLE requests;
ALTER TABLE requests_new RENAME TO requests;
CREATE INDEX requests_key_time_idx ON requests (api_key_id, created_at DESC);
CREATE INDEX requests_failed_idx ON requests (created_at) WHERE status >= 400;
CREATE TRIGGER requests_count AFTER INSERT ON requests
WHEN NEW.api_key_id IS NOT NULL
BEGIN
    UPDATE api_keys SET request_count = request_count + 1 WHERE id = NEW.api_key_id;
END;
-- == postgres
ALTER TABLE requests ADD CHECK (tokens_in >= 0 AND tokens_out >= 0);
