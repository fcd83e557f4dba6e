-- A house that uses PostgreSQL's own types: UUID, JSONB, BOOLEAN, an enum, TIMESTAMPTZ.
-- == libsql
CREATE TABLE tenants (
    id TEXT PRIMARY KEY NOT NULL,
    plan TEXT NOT NULL DEFAULT 'free' CHECK (plan IN ('free', 'team', 'enterprise')),
    profile TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(profile)),
    suspended INTEGER NOT NULL DEFAULT 0 CHECK (suspended IN (0, 1)),
    created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    renews_at TEXT
);
CREATE TABLE tenant_domains (
    id TEXT PRIMARY KEY NOT NULL,
    tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    domain TEXT NOT NULL,
    verified INTEGER NOT NULL DEFAULT 0 CHECK (verified IN (0, 1)),
    extra TEXT CHECK (extra IS NULL OR json_valid(extra)),
    created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE UNIQUE INDEX tenant_domains_domain_key ON tenant_domains (domain) WHERE verified = 1;
CREATE INDEX tenants_renews_idx ON tenants (renews_at) WHERE renews_at IS NOT NULL AND suspended = 0;
-- == postgres
CREATE TYPE tenant_plan AS ENUM ('free', 'team', 'enterprise');
CREATE TABLE tenants (
    id UUID PRIMARY KEY,
    plan tenant_plan NOT NULL DEFAULT 'free',
    profile JSONB NOT NULL DEFAULT '{}'::jsonb,
    suspended BOOLEAN NOT NULL DEFAULT FALSE,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    renews_at TIMESTAMPTZ
);
CREATE TABLE tenant_domains (
    id UUID PRIMARY KEY,
    tenant_id UUID NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    domain TEXT NOT NULL,
    verified BOOLEAN NOT NULL DEFAULT FALSE,
    extra JSONB,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX tenant_domains_domain_key ON tenant_domains (domain) WHERE verified;
CREATE INDEX tenants_renews_idx ON tenants (renews_at) WHERE renews_at IS NOT NULL AND NOT suspended;
