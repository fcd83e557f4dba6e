-- V17 baseline (PostgreSQL): the whole schema of the gateway, in one version.
--
-- Its counterpart is ../V17__baseline.sql. Both files hold the same statements in the same
-- order; where a word has to differ, it differs by the house rules:
--
--   libsql              PostgreSQL          holds
--   TEXT                TEXT                ids, names, and JSON (columns that end in _json)
--   INTEGER             BIGINT              counts, flags (is_..., 0 or 1), unix seconds (..._at),
--                                           money in millionths of a dollar (..._micros)
--   REAL                DOUBLE PRECISION    ratios
--   STRICT              (always so)         a value of the wrong type is refused
--   json_valid(x)       x IS JSON           the text is well-formed JSON
--
-- The store supplies every id and every time; a default is always a literal, so that both
-- backends agree on it. A rule over one column stands at the column, a rule over several is a
-- named constraint at the end of its table. An index is <table>_<what>_idx, a unique one
-- <table>_<what>_key. The runner wraps each version in a transaction of its own.

------------------------------------------------------------------------------------------------
-- Ownership and identity
------------------------------------------------------------------------------------------------

-- Who owns routes, keys, budgets and cost. Teams may be nested; a child outlives its parent.
CREATE TABLE teams (
    id TEXT PRIMARY KEY NOT NULL,
    slug TEXT NOT NULL UNIQUE CHECK (length(slug) BETWEEN 2 AND 40),
    name TEXT NOT NULL CHECK (trim(name) <> ''),
    parent_team_id TEXT REFERENCES teams (id) ON DELETE SET NULL,
    is_active BIGINT NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
    settings_json TEXT NOT NULL DEFAULT '{}' CHECK (settings_json IS JSON),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CONSTRAINT teams_not_own_parent CHECK (parent_team_id <> id),
    CONSTRAINT teams_updated_after_created CHECK (updated_at >= created_at)
);

CREATE INDEX teams_parent_team_id_idx ON teams (parent_team_id);

-- People. The store lower-cases addresses: lower() folds only ASCII on libsql, so an index over
-- it would not mean the same on both backends.
CREATE TABLE users (
    id TEXT PRIMARY KEY NOT NULL,
    email TEXT NOT NULL UNIQUE CHECK (email LIKE '%_@_%'),
    display_name TEXT NOT NULL DEFAULT '',
    platform_role TEXT NOT NULL DEFAULT 'member' CHECK (platform_role IN ('admin', 'member')),
    sign_in TEXT NOT NULL DEFAULT 'password' CHECK (sign_in IN ('password', 'oidc')),
    password_hash TEXT,
    oidc_subject TEXT,
    is_active BIGINT NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT,
    CONSTRAINT users_sign_in_has_credential CHECK (
        (sign_in = 'password' AND password_hash IS NOT NULL AND oidc_subject IS NULL)
        OR (sign_in = 'oidc' AND oidc_subject IS NOT NULL AND password_hash IS NULL)
    )
);

CREATE UNIQUE INDEX users_oidc_subject_key ON users (oidc_subject) WHERE oidc_subject IS NOT NULL;

CREATE TABLE memberships (
    team_id TEXT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role TEXT NOT NULL DEFAULT 'member' CHECK (role IN ('owner', 'admin', 'member')),
    invited_by_user_id TEXT REFERENCES users (id) ON DELETE SET NULL,
    joined_at BIGINT NOT NULL,
    PRIMARY KEY (team_id, user_id)
);

CREATE INDEX memberships_user_id_idx ON memberships (user_id);
CREATE INDEX memberships_invited_by_user_id_idx ON memberships (invited_by_user_id);
CREATE UNIQUE INDEX memberships_one_owner_key ON memberships (team_id) WHERE role = 'owner';

-- Programs that call the gateway. (id, team_id) is unique so that a key can refer to both.
CREATE TABLE service_accounts (
    id TEXT PRIMARY KEY NOT NULL,
    team_id TEXT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    name TEXT NOT NULL CHECK (trim(name) <> ''),
    description TEXT NOT NULL DEFAULT '',
    is_active BIGINT NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
    created_at BIGINT NOT NULL,
    UNIQUE (team_id, name),
    UNIQUE (id, team_id)
);

-- A key belongs to a team and to exactly one owner within it: a member, or a service account of
-- that team. The composite keys hold the owner to the key's own team. Only a hash is stored.
CREATE TABLE api_keys (
    id TEXT PRIMARY KEY NOT NULL,
    team_id TEXT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    owner_user_id TEXT,
    owner_service_account_id TEXT,
    name TEXT NOT NULL CHECK (trim(name) <> ''),
    prefix TEXT NOT NULL UNIQUE CHECK (length(prefix) = 8),
    secret_hash TEXT NOT NULL UNIQUE,
    scopes_json TEXT NOT NULL DEFAULT '[]' CHECK (scopes_json IS JSON),
    rotated_from_key_id TEXT REFERENCES api_keys (id) ON DELETE SET NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    last_used_at BIGINT,
    UNIQUE (id, team_id),
    CONSTRAINT api_keys_one_owner CHECK (
        (owner_user_id IS NULL) <> (owner_service_account_id IS NULL)
    ),
    CONSTRAINT api_keys_expires_after_created CHECK (expires_at > created_at),
    CONSTRAINT api_keys_revoked_after_created CHECK (revoked_at >= created_at),
    CONSTRAINT api_keys_owner_user_fk FOREIGN KEY (team_id, owner_user_id)
        REFERENCES memberships (team_id, user_id) ON DELETE CASCADE,
    CONSTRAINT api_keys_owner_service_account_fk FOREIGN KEY (owner_service_account_id, team_id)
        REFERENCES service_accounts (id, team_id) ON DELETE CASCADE
);

CREATE INDEX api_keys_owner_user_idx ON api_keys (team_id, owner_user_id);
CREATE INDEX api_keys_owner_service_account_idx ON api_keys (owner_service_account_id, team_id);
CREATE INDEX api_keys_rotated_from_key_id_idx ON api_keys (rotated_from_key_id);
CREATE UNIQUE INDEX api_keys_live_name_key ON api_keys (team_id, name) WHERE revoked_at IS NULL;

------------------------------------------------------------------------------------------------
-- Providers, models and routes
------------------------------------------------------------------------------------------------

-- Where requests go. The address is not compared with LIKE, which ignores case on libsql only.
CREATE TABLE providers (
    id TEXT PRIMARY KEY NOT NULL,
    slug TEXT NOT NULL UNIQUE CHECK (length(slug) BETWEEN 2 AND 40),
    kind TEXT NOT NULL CHECK (kind IN ('anthropic', 'bedrock', 'openai', 'openai_compatible')),
    base_url TEXT NOT NULL
        CHECK (substr(base_url, 1, 8) = 'https://' OR substr(base_url, 1, 7) = 'http://'),
    config_json TEXT NOT NULL DEFAULT '{}' CHECK (config_json IS JSON),
    is_enabled BIGINT NOT NULL DEFAULT 1 CHECK (is_enabled IN (0, 1)),
    created_at BIGINT NOT NULL
);

-- Prices are per million tokens. A model that anything refers to is retired, never deleted.
CREATE TABLE models (
    id TEXT PRIMARY KEY NOT NULL,
    provider_id TEXT NOT NULL REFERENCES providers (id) ON DELETE RESTRICT,
    upstream_name TEXT NOT NULL,
    context_tokens BIGINT NOT NULL CHECK (context_tokens > 0),
    input_price_micros BIGINT NOT NULL DEFAULT 0 CHECK (input_price_micros >= 0),
    output_price_micros BIGINT NOT NULL DEFAULT 0 CHECK (output_price_micros >= 0),
    successor_model_id TEXT REFERENCES models (id) ON DELETE SET NULL,
    created_at BIGINT NOT NULL,
    retired_at BIGINT,
    UNIQUE (provider_id, upstream_name),
    CONSTRAINT models_not_own_successor CHECK (successor_model_id <> id),
    CONSTRAINT models_retired_after_created CHECK (retired_at >= created_at)
);

CREATE INDEX models_successor_model_id_idx ON models (successor_model_id);

-- What a model can do.
CREATE TABLE model_capabilities (
    model_id TEXT NOT NULL REFERENCES models (id) ON DELETE CASCADE,
    capability TEXT NOT NULL
        CHECK (capability IN ('audio', 'embeddings', 'json_schema', 'text', 'tools', 'vision')),
    limits_json TEXT CHECK (limits_json IS JSON),
    PRIMARY KEY (model_id, capability)
);

-- The name that a client asks for. A route without a team is shared by all of them. The fallback
-- is looked at only at commit, so that routes can be loaded in any order.
CREATE TABLE routes (
    id TEXT PRIMARY KEY NOT NULL,
    team_id TEXT REFERENCES teams (id) ON DELETE CASCADE,
    name TEXT NOT NULL CHECK (trim(name) <> ''),
    strategy TEXT NOT NULL DEFAULT 'priority'
        CHECK (strategy IN ('priority', 'weighted', 'lowest_latency')),
    fallback_route_id TEXT
        REFERENCES routes (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
    is_enabled BIGINT NOT NULL DEFAULT 1 CHECK (is_enabled IN (0, 1)),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CONSTRAINT routes_not_own_fallback CHECK (fallback_route_id <> id),
    CONSTRAINT routes_updated_after_created CHECK (updated_at >= created_at)
);

CREATE INDEX routes_fallback_route_id_idx ON routes (fallback_route_id);
CREATE UNIQUE INDEX routes_team_name_key ON routes (team_id, name) WHERE team_id IS NOT NULL;
CREATE UNIQUE INDEX routes_shared_name_key ON routes (name) WHERE team_id IS NULL;

-- What a route promises to its clients, whichever target answers.
CREATE TABLE route_capabilities (
    route_id TEXT NOT NULL REFERENCES routes (id) ON DELETE CASCADE,
    capability TEXT NOT NULL
        CHECK (capability IN ('audio', 'embeddings', 'json_schema', 'text', 'tools', 'vision')),
    is_required BIGINT NOT NULL DEFAULT 1 CHECK (is_required IN (0, 1)),
    PRIMARY KEY (route_id, capability)
);

-- The models behind a route; the lowest priority number is tried first.
CREATE TABLE route_targets (
    route_id TEXT NOT NULL REFERENCES routes (id) ON DELETE CASCADE,
    model_id TEXT NOT NULL REFERENCES models (id) ON DELETE RESTRICT,
    priority BIGINT NOT NULL CHECK (priority >= 0),
    weight DOUBLE PRECISION NOT NULL DEFAULT 1.0 CHECK (weight > 0.0 AND weight <= 1.0),
    timeout_ms BIGINT NOT NULL DEFAULT 60000 CHECK (timeout_ms BETWEEN 100 AND 600000),
    is_enabled BIGINT NOT NULL DEFAULT 1 CHECK (is_enabled IN (0, 1)),
    PRIMARY KEY (route_id, model_id),
    UNIQUE (route_id, priority)
);

CREATE INDEX route_targets_model_id_idx ON route_targets (model_id);

------------------------------------------------------------------------------------------------
-- Budgets
------------------------------------------------------------------------------------------------

-- A limit for a whole team, or for one of its keys. A hard one refuses requests beyond it.
CREATE TABLE budgets (
    id TEXT PRIMARY KEY NOT NULL,
    team_id TEXT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    api_key_id TEXT,
    period TEXT NOT NULL CHECK (period IN ('day', 'week', 'month', 'total')),
    limit_micros BIGINT NOT NULL CHECK (limit_micros > 0),
    is_hard BIGINT NOT NULL DEFAULT 1 CHECK (is_hard IN (0, 1)),
    is_enabled BIGINT NOT NULL DEFAULT 1 CHECK (is_enabled IN (0, 1)),
    starts_at BIGINT NOT NULL,
    ends_at BIGINT,
    CONSTRAINT budgets_ends_after_starts CHECK (ends_at > starts_at),
    CONSTRAINT budgets_api_key_fk FOREIGN KEY (api_key_id, team_id)
        REFERENCES api_keys (id, team_id) ON DELETE CASCADE
);

CREATE INDEX budgets_api_key_idx ON budgets (api_key_id, team_id);
CREATE UNIQUE INDEX budgets_enabled_scope_key ON budgets (team_id, coalesce(api_key_id, ''), period)
    WHERE is_enabled = 1;

CREATE TABLE budget_alerts (
    id TEXT PRIMARY KEY NOT NULL,
    budget_id TEXT NOT NULL REFERENCES budgets (id) ON DELETE CASCADE,
    threshold_percent BIGINT NOT NULL CHECK (threshold_percent BETWEEN 1 AND 100),
    channel TEXT NOT NULL CHECK (channel IN ('email', 'webhook')),
    recipient TEXT NOT NULL CHECK (trim(recipient) <> ''),
    last_fired_at BIGINT,
    UNIQUE (budget_id, threshold_percent, channel)
);

------------------------------------------------------------------------------------------------
-- Request log and usage ledger
------------------------------------------------------------------------------------------------

-- One row per request of a client; purged after the retention time.
CREATE TABLE request_logs (
    id TEXT PRIMARY KEY NOT NULL,
    team_id TEXT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    api_key_id TEXT REFERENCES api_keys (id) ON DELETE SET NULL,
    route_id TEXT REFERENCES routes (id) ON DELETE SET NULL,
    requested_name TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'succeeded', 'failed', 'cancelled')),
    http_status BIGINT CHECK (http_status BETWEEN 100 AND 599),
    is_streamed BIGINT NOT NULL DEFAULT 0 CHECK (is_streamed IN (0, 1)),
    input_tokens BIGINT NOT NULL DEFAULT 0 CHECK (input_tokens >= 0),
    output_tokens BIGINT NOT NULL DEFAULT 0 CHECK (output_tokens >= 0),
    tags_json TEXT NOT NULL DEFAULT '{}' CHECK (tags_json IS JSON),
    started_at BIGINT NOT NULL,
    finished_at BIGINT,
    CONSTRAINT request_logs_finished_unless_pending CHECK (
        (status = 'pending') = (finished_at IS NULL)
    ),
    CONSTRAINT request_logs_finished_after_started CHECK (finished_at >= started_at)
);

CREATE INDEX request_logs_team_id_started_at_idx ON request_logs (team_id, started_at DESC);
CREATE INDEX request_logs_api_key_id_started_at_idx ON request_logs (api_key_id, started_at DESC);
CREATE INDEX request_logs_route_id_idx ON request_logs (route_id);
CREATE INDEX request_logs_failed_idx ON request_logs (started_at) WHERE status = 'failed';
CREATE INDEX request_logs_day_idx ON request_logs ((started_at / 86400));

-- Bodies lie apart from the log, because most teams keep them for a shorter time or not at all.
CREATE TABLE request_payloads (
    request_id TEXT PRIMARY KEY NOT NULL REFERENCES request_logs (id) ON DELETE CASCADE,
    request_json TEXT NOT NULL CHECK (request_json IS JSON),
    response_json TEXT CHECK (response_json IS JSON),
    is_redacted BIGINT NOT NULL DEFAULT 0 CHECK (is_redacted IN (0, 1)),
    expires_at BIGINT NOT NULL
);

CREATE INDEX request_payloads_expires_at_idx ON request_payloads (expires_at);

-- Each try of a model on behalf of a request, numbered from 1.
CREATE TABLE request_attempts (
    request_id TEXT NOT NULL REFERENCES request_logs (id) ON DELETE CASCADE,
    attempt BIGINT NOT NULL CHECK (attempt >= 1),
    model_id TEXT NOT NULL REFERENCES models (id) ON DELETE NO ACTION,
    outcome TEXT NOT NULL CHECK (outcome IN ('succeeded', 'failed', 'timed_out')),
    error_code TEXT,
    started_at BIGINT NOT NULL,
    latency_ms BIGINT NOT NULL CHECK (latency_ms >= 0),
    PRIMARY KEY (request_id, attempt),
    CONSTRAINT request_attempts_error_unless_succeeded CHECK (
        (outcome = 'succeeded') = (error_code IS NULL)
    )
);

CREATE INDEX request_attempts_model_id_idx ON request_attempts (model_id);

-- What was spent. A team with entries cannot be deleted. The log and the keys may go before the
-- ledger does, which clears the reference and leaves the entry. Money that was booked wrongly is
-- corrected by an adjustment, a new entry that names the old one.
CREATE TABLE usage_ledger (
    id TEXT PRIMARY KEY NOT NULL,
    team_id TEXT NOT NULL REFERENCES teams (id) ON DELETE RESTRICT,
    api_key_id TEXT REFERENCES api_keys (id) ON DELETE SET NULL,
    request_id TEXT REFERENCES request_logs (id) ON DELETE SET NULL,
    model_id TEXT NOT NULL REFERENCES models (id) ON DELETE NO ACTION,
    kind TEXT NOT NULL DEFAULT 'charge' CHECK (kind IN ('charge', 'adjustment')),
    corrects_entry_id TEXT REFERENCES usage_ledger (id) ON DELETE NO ACTION,
    input_tokens BIGINT NOT NULL DEFAULT 0 CHECK (input_tokens >= 0),
    output_tokens BIGINT NOT NULL DEFAULT 0 CHECK (output_tokens >= 0),
    cost_micros BIGINT NOT NULL,
    occurred_at BIGINT NOT NULL,
    CONSTRAINT usage_ledger_charge_not_negative CHECK (kind = 'adjustment' OR cost_micros >= 0),
    CONSTRAINT usage_ledger_adjustment_corrects CHECK (
        (kind = 'adjustment') = (corrects_entry_id IS NOT NULL)
    )
);

CREATE INDEX usage_ledger_team_id_occurred_at_idx ON usage_ledger (team_id, occurred_at DESC);
CREATE INDEX usage_ledger_api_key_id_occurred_at_idx ON usage_ledger (api_key_id, occurred_at DESC);
CREATE INDEX usage_ledger_model_id_idx ON usage_ledger (model_id);
CREATE INDEX usage_ledger_corrects_entry_id_idx ON usage_ledger (corrects_entry_id);
CREATE UNIQUE INDEX usage_ledger_request_id_key ON usage_ledger (request_id)
    WHERE request_id IS NOT NULL;

-- Booked facts never change. The two references that ON DELETE SET NULL may clear are not listed.
CREATE FUNCTION usage_ledger_refuse_update() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION 'usage_ledger entries are never updated'
        USING ERRCODE = 'integrity_constraint_violation';
END;
$$;

CREATE TRIGGER usage_ledger_refuse_update
BEFORE UPDATE OF id, team_id, model_id, kind, corrects_entry_id, input_tokens, output_tokens,
    cost_micros, occurred_at
ON usage_ledger
FOR EACH ROW
EXECUTE FUNCTION usage_ledger_refuse_update();

-- What each team spent on each day (UTC).
CREATE VIEW team_daily_spend AS
SELECT
    team_id,
    occurred_at / 86400 * 86400 AS day_starts_at,
    count(*) AS entries,
    CAST(sum(cost_micros) AS BIGINT) AS cost_micros
FROM usage_ledger
GROUP BY team_id, occurred_at / 86400;

------------------------------------------------------------------------------------------------
-- Administration
------------------------------------------------------------------------------------------------

-- Who changed what. The label keeps the actor readable after the account is gone.
CREATE TABLE admin_audit (
    id TEXT PRIMARY KEY NOT NULL,
    actor_user_id TEXT REFERENCES users (id) ON DELETE SET NULL,
    actor_label TEXT NOT NULL CHECK (trim(actor_label) <> ''),
    action TEXT NOT NULL CHECK (action IN ('create', 'update', 'delete', 'sign_in', 'rotate')),
    object_kind TEXT NOT NULL,
    object_id TEXT NOT NULL,
    before_json TEXT CHECK (before_json IS JSON),
    after_json TEXT CHECK (after_json IS JSON),
    occurred_at BIGINT NOT NULL
);

CREATE INDEX admin_audit_actor_user_id_idx ON admin_audit (actor_user_id);
CREATE INDEX admin_audit_object_idx ON admin_audit (object_kind, object_id, occurred_at DESC);
CREATE INDEX admin_audit_occurred_at_idx ON admin_audit (occurred_at DESC);
