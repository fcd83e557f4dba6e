-- Columns added one by one, an index over an expression, a generated column.
-- == before libsql
CREATE TABLE models (id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL) STRICT;
CREATE TABLE vendors (id TEXT PRIMARY KEY NOT NULL) STRICT;
-- == before postgres
CREATE TABLE models (id TEXT PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE vendors (id TEXT PRIMARY KEY);
-- == libsql
ALTER TABLE models ADD COLUMN vendor_id TEXT REFERENCES vendors (id) ON DELETE SET NULL;
ALTER TABLE models ADD COLUMN context_tokens INTEGER NOT NULL DEFAULT 4096 CHECK (context_tokens > 0);
ALTER TABLE models ADD COLUMN price_micros INTEGER CHECK (price_micros BETWEEN 0 AND 1000000000);
ALTER TABLE models ADD COLUMN label TEXT GENERATED ALWAYS AS (name || ' (' || coalesce(vendor_id, 'unknown') || ')') VIRTUAL;
CREATE INDEX models_lower_name_idx ON models (lower(name));
CREATE UNIQUE INDEX models_vendor_name_key ON models (vendor_id, name) WHERE vendor_id IS NOT NULL;
-- == postgres
ALTER TABLE models
    ADD COLUMN vendor_id TEXT REFERENCES vendors (id) ON DELETE SET NULL,
    ADD COLUMN context_tokens BIGINT NOT NULL DEFAULT 4096 CHECK (context_tokens > 0),
    ADD COLUMN price_micros BIGINT CHECK (price_micros >= 0 AND price_micros <= 1000000000);
ALTER TABLE models ADD COLUMN label TEXT GENERATED ALWAYS AS (name || ' (' || coalesce(vendor_id, 'unknown') || ')') STORED;
CREATE INDEX models_lower_name_idx ON models (lower(name));
CREATE UNIQUE INDEX models_vendor_name_key ON models (vendor_id, name) WHERE vendor_id IS NOT NULL;
