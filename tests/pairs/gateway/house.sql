-- The house: ids are texts, times are unix seconds, flags are integers, tables are strict.
-- == libsql
CREATE TABLE workspaces (
    id TEXT PRIMARY KEY NOT NULL,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL CHECK (length(name) > 0),
    is_active INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
    settings_json TEXT NOT NULL DEFAULT '{}',
    created_at INTEGER NOT NULL,
    archived_at INTEGER
) STRICT;

CREATE TABLE api_keys (
    id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    label TEXT NOT NULL,
    key_hash TEXT NOT NULL,
    scope TEXT NOT NULL DEFAULT 'chat' CHECK (scope IN ('chat', 'admin')),
    is_revoked INTEGER NOT NULL DEFAULT 0 CHECK (is_revoked IN (0, 1)),
    request_count INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    expires_at INTEGER
) STRICT;
CREATE UNIQUE INDEX api_keys_hash_key ON api_keys (key_hash);
CREATE INDEX api_keys_live_idx ON api_keys (workspace_id, created_at DESC) WHERE is_revoked = 0;

CREATE TABLE models (
    id TEXT PRIMARY KEY NOT NULL,
    provider TEXT NOT NULL,
    name TEXT NOT NULL,
    context_tokens INTEGER NOT NULL CHECK (context_tokens > 0),
    price_micros INTEGER NOT NULL DEFAULT 0,
    is_public INTEGER NOT NULL DEFAULT 0 CHECK (is_public IN (0, 1)),
    metadata_json TEXT NOT NULL DEFAULT '{}',
    created_at INTEGER NOT NULL,
    UNIQUE (provider, name)
) STRICT;

CREATE TABLE routes (
    id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    model_id TEXT NOT NULL REFERENCES models (id) ON DELETE RESTRICT,
    fallback_id TEXT REFERENCES routes (id) ON DELETE SET NULL,
    path TEXT NOT NULL,
    priority INTEGER NOT NULL DEFAULT 100,
    mode TEXT,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX routes_workspace_idx ON routes (workspace_id, priority DESC);
CREATE INDEX routes_path_idx ON routes (lower(path));

CREATE TABLE route_tags (
    route_id TEXT NOT NULL REFERENCES routes (id) ON DELETE CASCADE,
    tag TEXT NOT NULL,
    PRIMARY KEY (route_id, tag)
) STRICT;

CREATE TABLE requests (
    id TEXT PRIMARY KEY NOT NULL,
    api_key_id TEXT REFERENCES api_keys (id) ON DELETE SET NULL,
    model_name TEXT NOT NULL,
    status INTEGER NOT NULL CHECK (status BETWEEN 100 AND 599),
    tokens_in INTEGER NOT NULL DEFAULT 0,
    tokens_out INTEGER NOT NULL DEFAULT 0,
    cost_micros INTEGER,
    detail_json TEXT,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX requests_key_time_idx ON requests (api_key_id, created_at DESC);
CREATE INDEX requests_failed_idx ON requests (created_at) WHERE status >= 400;

CREATE TRIGGER requests_count AFTER INSERT ON requests
WHEN NEW.api_key_id IS NOT NULL
BEGIN
    UPDATE api_keys SET request_count = request_count + 1 WHERE id = NEW.api_key_id;
END;

INSERT INTO workspaces (id, slug, name, is_active, settings_json, created_at, archived_at) VALUES
    ('ws-1', 'acme', 'Acme', 1, '{"region": "eu", "limit": 10}', 1700000000, NULL),
    ('ws-2', 'beta', 'Beta', 1, '{}', 1700000100, NULL),
    ('ws-3', 'gone', 'Gone', 0, '{"region": "us"}', 1600000000, 1650000000);
INSERT INTO api_keys (id, workspace_id, label, key_hash, scope, is_revoked, created_at, expires_at) VALUES
    ('k-1', 'ws-1', 'ci', 'h1', 'chat', 0, 1700000010, NULL),
    ('k-2', 'ws-1', '', 'h2', 'admin', 0, 1700000020, 1800000000),
    ('k-3', 'ws-2', 'old', 'h3', 'chat', 1, 1600000020, 1650000000);
INSERT INTO models (id, provider, name, context_tokens, price_micros, is_public, metadata_json, created_at) VALUES
    ('m-1', 'north', 'large', 200000, 15, 1, '{"family": "large", "tier": 3}', 1700000000),
    ('m-2', 'north', 'small', 8192, 0, 1, '{"family": "small"}', 1700000001),
    ('m-3', 'south', 'old', 2048, -1, 0, '{}', 1600000000);
INSERT INTO routes (id, workspace_id, model_id, fallback_id, path, priority, mode, created_at) VALUES
    ('r-1', 'ws-1', 'm-1', NULL, '/chat', 100, 'strict', 1700000030),
    ('r-2', 'ws-1', 'm-2', 'r-1', 'Embed', 0, NULL, 1700000040),
    ('r-3', 'ws-2', 'm-2', NULL, '/chat', 50, '', 1700000050);
INSERT INTO route_tags (route_id, tag) VALUES ('r-1', 'prod'), ('r-1', 'Eu'), ('r-3', 'prod');
INSERT INTO requests (id, api_key_id, model_name, status, tokens_in, tokens_out, cost_micros, detail_json, created_at) VALUES
    ('q-1', 'k-1', 'large', 200, 10, 20, 450, '{"client": "cli"}', 1700001000),
    ('q-2', 'k-1', 'small', 429, 5, 0, NULL, NULL, 1700001100),
    ('q-3', NULL, 'old', 500, 7, 0, NULL, '{"client": "web", "retry": 2}', 1600000500),
    ('q-4', 'k-3', 'large', 200, 100, 50, 2250, '{}', 1600001000);
-- == postgres
CREATE TABLE workspaces (
    id TEXT PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL CHECK (length(name) > 0),
    is_active INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
    settings_json TEXT NOT NULL DEFAULT '{}',
    created_at BIGINT NOT NULL,
    archived_at BIGINT
);

CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    label TEXT NOT NULL,
    key_hash TEXT NOT NULL,
    scope TEXT NOT NULL DEFAULT 'chat' CHECK (scope IN ('chat', 'admin')),
    is_revoked INTEGER NOT NULL DEFAULT 0 CHECK (is_revoked IN (0, 1)),
    request_count BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    expires_at BIGINT
);
CREATE UNIQUE INDEX api_keys_hash_key ON api_keys (key_hash);
CREATE INDEX api_keys_live_idx ON api_keys (workspace_id, created_at DESC) WHERE is_revoked = 0;

CREATE TABLE models (
    id TEXT PRIMARY KEY,
    provider TEXT NOT NULL,
    name TEXT NOT NULL,
    context_tokens BIGINT NOT NULL CHECK (context_tokens > 0),
    price_micros BIGINT NOT NULL DEFAULT 0,
    is_public INTEGER NOT NULL DEFAULT 0 CHECK (is_public IN (0, 1)),
    metadata_json TEXT NOT NULL DEFAULT '{}',
    created_at BIGINT NOT NULL,
    UNIQUE (provider, name)
);

CREATE TABLE routes (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    model_id TEXT NOT NULL REFERENCES models (id) ON DELETE RESTRICT,
    fallback_id TEXT REFERENCES routes (id) ON DELETE SET NULL,
    path TEXT NOT NULL,
    priority BIGINT NOT NULL DEFAULT 100,
    mode TEXT,
    created_at BIGINT NOT NULL
);
CREATE INDEX routes_workspace_idx ON routes (workspace_id, priority DESC);
CREATE INDEX routes_path_idx ON routes (lower(path));

CREATE TABLE route_tags (
    route_id TEXT NOT NULL REFERENCES routes (id) ON DELETE CASCADE,
    tag TEXT NOT NULL,
    PRIMARY KEY (route_id, tag)
);

CREATE TABLE requests (
    id TEXT PRIMARY KEY,
    api_key_id TEXT REFERENCES api_keys (id) ON DELETE SET NULL,
    model_name TEXT NOT NULL,
    status BIGINT NOT NULL CHECK (status BETWEEN 100 AND 599),
    tokens_in BIGINT NOT NULL DEFAULT 0,
    tokens_out BIGINT NOT NULL DEFAULT 0,
    cost_micros BIGINT,
    detail_json TEXT,
    created_at BIGINT NOT NULL
);
CREATE INDEX requests_key_time_idx ON requests (api_key_id, created_at DESC);
CREATE INDEX requests_failed_idx ON requests (created_at) WHERE status >= 400;

CREATE FUNCTION requests_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE api_keys SET request_count = request_count + 1 WHERE id = NEW.api_key_id;
    RETURN NULL;
END;
$$;
CREATE TRIGGER requests_count AFTER INSERT ON requests
    FOR EACH ROW WHEN (NEW.api_key_id IS NOT NULL) EXECUTE FUNCTION requests_count();

INSERT INTO workspaces (id, slug, name, is_active, settings_json, created_at, archived_at) VALUES
    ('ws-1', 'acme', 'Acme', 1, '{"region": "eu", "limit": 10}', 1700000000, NULL),
    ('ws-2', 'beta', 'Beta', 1, '{}', 1700000100, NULL),
    ('ws-3', 'gone', 'Gone', 0, '{"region": "us"}', 1600000000, 1650000000);
INSERT INTO api_keys (id, workspace_id, label, key_hash, scope, is_revoked, created_at, expires_at) VALUES
    ('k-1', 'ws-1', 'ci', 'h1', 'chat', 0, 1700000010, NULL),
    ('k-2', 'ws-1', '', 'h2', 'admin', 0, 1700000020, 1800000000),
    ('k-3', 'ws-2', 'old', 'h3', 'chat', 1, 1600000020, 1650000000);
INSERT INTO models (id, provider, name, context_tokens, price_micros, is_public, metadata_json, created_at) VALUES
    ('m-1', 'north', 'large', 200000, 15, 1, '{"family": "large", "tier": 3}', 1700000000),
    ('m-2', 'north', 'small', 8192, 0, 1, '{"family": "small"}', 1700000001),
    ('m-3', 'south', 'old', 2048, -1, 0, '{}', 1600000000);
INSERT INTO routes (id, workspace_id, model_id, fallback_id, path, priority, mode, created_at) VALUES
    ('r-1', 'ws-1', 'm-1', NULL, '/chat', 100, 'strict', 1700000030),
    ('r-2', 'ws-1', 'm-2', 'r-1', 'Embed', 0, NULL, 1700000040),
    ('r-3', 'ws-2', 'm-2', NULL, '/chat', 50, '', 1700000050);
INSERT INTO route_tags (route_id, tag) VALUES ('r-1', 'prod'), ('r-1', 'Eu'), ('r-3', 'prod');
INSERT INTO requests (id, api_key_id, model_name, status, tokens_in, tokens_out, cost_micros, detail_json, created_at) VALUES
    ('q-1', 'k-1', 'large', 200, 10, 20, 450, '{"client": "cli"}', 1700001000),
    ('q-2', 'k-1', 'small', 429, 5, 0, NULL, NULL, 1700001100),
    ('q-3', NULL, 'old', 500, 7, 0, NULL, '{"client": "web", "retry": 2}', 1600000500),
    ('q-4', 'k-3', 'large', 200, 100, 50, 2250, '{}', 1600001000);
