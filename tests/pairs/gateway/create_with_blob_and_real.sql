-- Bytes, floating numbers, a check over two columns, a generated column.
-- == libsql
CREATE TABLE embeddings (
    id TEXT PRIMARY KEY NOT NULL,
    model_id TEXT NOT NULL REFERENCES models (id) ON DELETE CASCADE,
    vector BLOB NOT NULL,          -- little-endian float32
    norm REAL,
    first_used_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    /* seconds between the two */
    age INTEGER GENERATED ALWAYS AS (last_used_at - first_used_at) STORED,
    CHECK (last_used_at >= first_used_at)
) STRICT;
-- == postgres
CREATE TABLE embeddings (
    id TEXT PRIMARY KEY,
    model_id TEXT NOT NULL REFERENCES models (id) ON DELETE CASCADE,
    vector BYTEA NOT NULL,         -- little-endian float32
    norm DOUBLE PRECISION,
    first_used_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    /* seconds between the two */
    age BIGINT GENERATED ALWAYS AS (last_used_at - first_used_at) STORED,
    CHECK (last_used_at >= first_used_at)
);
