-- An index gets another shape under the same name.
-- == libsql
DROP INDEX requests_key_time_idx;
CREATE INDEX requests_key_time_idx ON requests (api_key_id, status, created_at DESC) WHERE api_key_id IS NOT NULL;
-- == postgres
DROP INDEX requests_key_time_idx;
CREATE INDEX requests_key_time_idx ON requests (api_key_id, status, created_at DESC) WHERE api_key_id IS NOT NULL;
