-- Keys, flags, JSON as text, composite keys, partial and unique indexes: the house of the gateway.
-- == libsql
CREATE TABLE accounts (
    id TEXT PRIMARY KEY NOT NULL,
    slug TEXT NOT NULL UNIQUE CHECK (length(slug) BETWEEN 2 AND 40),
    kind TEXT NOT NULL DEFAULT 'person' CHECK (kind IN ('person', 'service', 'robot')),
    parent_id TEXT REFERENCES accounts (id) ON DELETE SET NULL,
    quota INTEGER NOT NULL DEFAULT 0 CHECK (quota >= 0),
    is_active INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
    settings_json TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(settings_json)),
    created_at INTEGER NOT NULL,
    closed_at INTEGER,
    CONSTRAINT accounts_closed_after_created CHECK (closed_at >= created_at),
    CONSTRAINT accounts_not_own_parent CHECK (parent_id <> id)
) STRICT;
CREATE TABLE memberships (
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE ON UPDATE CASCADE,
    member_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    role TEXT NOT NULL CHECK (role IN ('owner', 'member')),
    PRIMARY KEY (account_id, member_id)
) STRICT;
CREATE TABLE grants (
    id TEXT PRIMARY KEY NOT NULL,
    account_id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    weight REAL NOT NULL DEFAULT 1.5,
    CONSTRAINT grants_membership_fk FOREIGN KEY (account_id, member_id)
        REFERENCES memberships (account_id, member_id) ON DELETE RESTRICT
) STRICT;
CREATE INDEX accounts_parent_idx ON accounts (parent_id);
CREATE INDEX accounts_created_idx ON accounts (kind, created_at DESC);
CREATE UNIQUE INDEX memberships_one_owner_key ON memberships (account_id) WHERE role = 'owner';
-- == postgres
CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE CHECK (char_length(slug) >= 2 AND char_length(slug) <= 40),
    kind TEXT NOT NULL DEFAULT 'person' CHECK (kind IN ('robot', 'person', 'service')),
    parent_id TEXT REFERENCES accounts (id) ON DELETE SET NULL,
    quota BIGINT NOT NULL DEFAULT 0 CHECK (0 <= quota),
    is_active BIGINT NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
    settings_json TEXT NOT NULL DEFAULT '{}' CHECK (settings_json IS JSON),
    created_at BIGINT NOT NULL,
    closed_at BIGINT,
    CONSTRAINT accounts_closed_after_created CHECK (created_at <= closed_at),
    CONSTRAINT accounts_not_own_parent CHECK (id <> parent_id)
);
CREATE TABLE memberships (
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE ON UPDATE CASCADE,
    member_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    role TEXT NOT NULL CHECK (role = 'owner' OR role = 'member'),
    PRIMARY KEY (account_id, member_id)
);
CREATE TABLE grants (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    weight DOUBLE PRECISION NOT NULL DEFAULT 1.5,
    CONSTRAINT grants_membership_fk FOREIGN KEY (account_id, member_id)
        REFERENCES memberships (account_id, member_id) ON DELETE RESTRICT
);
CREATE INDEX accounts_parent_idx ON accounts (parent_id);
CREATE INDEX accounts_created_idx ON accounts (kind, created_at DESC);
CREATE UNIQUE INDEX memberships_one_owner_key ON memberships (account_id) WHERE role = 'owner';
