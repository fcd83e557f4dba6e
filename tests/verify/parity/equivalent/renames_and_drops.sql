-- A table and a column renamed, a column and an index dropped, a unique index for a constraint.
-- == before libsql
CREATE TABLE keys (
    id TEXT PRIMARY KEY NOT NULL,
    label TEXT NOT NULL,
    legacy TEXT,
    owner TEXT NOT NULL DEFAULT 'nobody',
    uses INTEGER NOT NULL DEFAULT 0 CHECK (uses >= 0)
);
CREATE INDEX keys_owner_idx ON keys (owner);
CREATE INDEX keys_label_idx ON keys (label);
-- == before postgres
CREATE TABLE keys (
    id TEXT PRIMARY KEY,
    label TEXT NOT NULL,
    legacy TEXT,
    owner TEXT NOT NULL DEFAULT 'nobody',
    uses BIGINT NOT NULL DEFAULT 0 CHECK (uses >= 0)
);
CREATE INDEX keys_owner_idx ON keys (owner);
CREATE INDEX keys_label_idx ON keys (label);
-- == libsql
ALTER TABLE keys RENAME TO api_keys;
ALTER TABLE api_keys RENAME COLUMN label TO name;
ALTER TABLE api_keys DROP COLUMN legacy;
DROP INDEX keys_label_idx;
CREATE UNIQUE INDEX api_keys_owner_name_key ON api_keys (owner, name);
-- == postgres
ALTER TABLE keys RENAME TO api_keys;
ALTER TABLE api_keys RENAME COLUMN label TO name;
ALTER TABLE api_keys DROP COLUMN legacy;
DROP INDEX keys_label_idx;
ALTER TABLE api_keys ADD CONSTRAINT api_keys_owner_name_key UNIQUE (owner, name);
