-- Partial, descending, over an expression, unique, with IF NOT EXISTS.
-- == libsql
CREATE INDEX IF NOT EXISTS requests_model_idx ON requests (model_name, created_at DESC);
CREATE UNIQUE INDEX IF NOT EXISTS routes_one_default_key
    ON routes (workspace_id)
    WHERE mode = 'default' AND fallback_id IS NULL;
CREATE INDEX models_name_lower_idx ON models (lower(name), provider);
create index workspaces_archived_idx on workspaces(archived_at) where archived_at is not null;
CREATE INDEX requests_tokens_idx ON requests ((tokens_in + tokens_out));
-- == postgres
CREATE INDEX IF NOT EXISTS requests_model_idx ON requests (model_name, created_at DESC);
CREATE UNIQUE INDEX IF NOT EXISTS routes_one_default_key
    ON routes (workspace_id)
    WHERE mode = 'default' AND fallback_id IS NULL;
CREATE INDEX models_name_lower_idx ON models (lower(name), provider);
create index workspaces_archived_idx on workspaces(archived_at) where archived_at is not null;
CREATE INDEX requests_tokens_idx ON requests ((tokens_in + tokens_out));
