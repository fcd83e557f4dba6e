-- A column becomes NOT NULL; old rows get a value in the copy.
-- == libsql
CREATE TABLE requests_next (
    id TEXT PRIMARY KEY NOT NULL,
    api_key_id TEXT REFERENCES api_keys (id) ON DELETE SET NULL,
    model_name TEXT NOT NULL,
    status INTEGER NOT NULL CHECK (status BETWEEN 100 AND 599),
    tokens_in INTEGER NOT NULL DEFAULT 0,
    tokens_out INTEGER NOT NULL DEFAULT 0,
    cost_micros INTEGER NOT NULL DEFAULT 0,
    detail_json TEXT,
    created_at INTEGER NOT NULL
) STRICT;

INSERT INTO requests_next (id, api_key_id, model_name, status, tokens_in, tokens_out, cost_micros, detail_json, created_at)
SELECT id, api_key_id, model_name, status, tokens_in, tokens_out, coalesce(cost_micros, 0), detail_json, created_at
  FROM requests;

DROP TABLE requests;
ALTER TABLE requests_next RENAME TO requests;

CREATE INDEX requests_key_time_idx ON requests (api_key_id, created_at DESC);
CREATE INDEX requests_failed_idx ON requests (created_at) WHERE status >= 400;
CREATE TRIGGER requests_count AFTER INSERT ON requests
WHEN NEW.api_key_id IS NOT NULL
BEGIN
    UPDATE api_keys SET request_count = request_count + 1 WHERE id = NEW.api_key_id;
END;
-- == postgres
UPDATE requests SET cost_micros = 0 WHERE cost_micros IS NULL;
ALTER TABLE requests ALTER COLUMN cost_micros SET DEFAULT 0;
ALTER TABLE requests ALTER COLUMN cost_micros SET NOT NULL;
