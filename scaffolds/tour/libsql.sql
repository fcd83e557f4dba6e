-- V18 route_compatibility_profiles (libsql): which dialect of an API a route speaks to its
-- clients, and which parameters it drops or rewrites on the way to a provider.

CREATE TABLE route_compatibility_profiles (
    id TEXT PRIMARY KEY NOT NULL,
    route_id TEXT NOT NULL REFERENCES routes (id) ON DELETE CASCADE,
    provider_id TEXT REFERENCES providers (id) ON DELETE SET NULL,
    api_dialect TEXT NOT NULL DEFAULT 'openai_chat'
        CHECK (api_dialect IN ('openai_chat', 'openai_responses', 'anthropic_messages')),
    dropped_parameters_json TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(dropped_parameters_json)),
    max_output_tokens INTEGER CHECK (max_output_tokens BETWEEN 1 AND 1000000),
    is_default INTEGER NOT NULL DEFAULT 0 CHECK (is_default IN (0, 1)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT route_compatibility_profiles_updated_after_created CHECK (updated_at >= created_at)
) STRICT;

CREATE INDEX route_compatibility_profiles_provider_id_idx
    ON route_compatibility_profiles (provider_id);
CREATE UNIQUE INDEX route_compatibility_profiles_dialect_key
    ON route_compatibility_profiles (route_id, api_dialect);
CREATE UNIQUE INDEX route_compatibility_profiles_one_default_key
    ON route_compatibility_profiles (route_id) WHERE is_default = 1;

-- Every route that exists keeps speaking what it speaks today.
INSERT INTO route_compatibility_profiles (id, route_id, is_default, created_at, updated_at)
SELECT 'profile_' || id, id, 1, created_at, created_at FROM routes;
