-- A column renamed in the copy, another dropped, an index left out.
-- == libsql
CREATE TABLE requests_new (
    id TEXT PRIMARY KEY NOT NULL,
    api_key_id TEXT REFERENCES api_keys (id) ON DELETE SET NULL,
    model TEXT NOT NULL,
    status INTEGER NOT NULL CHECK (status BETWEEN 100 AND 599),
    tokens_in INTEGER NOT NULL DEFAULT 0,
    tokens_out INTEGER NOT NULL DEFAULT 0,
    cost_micros INTEGER,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO requests_new (id, api_key_id, model, status, tokens_in, tokens_out, cost_micros, created_at)
SELECT id, api_key_id, model_name, status, tokens_in, tokens_out, cost_micros, created_at FROM requests;
DROP TABLE requests;
ALTER TABLE requests_new RENAME TO requests;
CREATE INDEX requests_key_time_idx ON requests (api_key_id, created_at DESC);
CREATE TRIGGER requests_count AFTER INSERT ON requests
WHEN NEW.api_key_id IS NOT NULL
BEGIN
    UPDATE api_keys SET request_count = request_count + 1 WHERE id = NEW.api_key_id;
END;
-- == postgres
ALTER TABLE requests RENAME COLUMN model_name TO model;
ALTER TABLE requests DROP COLUMN detail_json;
DROP INDEX requests_failed_idx;
