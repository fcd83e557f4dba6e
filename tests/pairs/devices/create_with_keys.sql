-- Two tables, a foreign key with a name, bytes, a unique index.
-- == libsql
CREATE TABLE IF NOT EXISTS sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    challenge_id CHAR(36) NOT NULL,
    user_id INTEGER NOT NULL,
    device_id INTEGER NULL DEFAULT NULL,
    requested_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    active BOOLEAN NOT NULL DEFAULT TRUE,
    session_data BLOB NOT NULL,
    CONSTRAINT sessions_user_id_fkey
        FOREIGN KEY (user_id) REFERENCES users (id) ON UPDATE RESTRICT ON DELETE CASCADE,
    CONSTRAINT sessions_device_id_fkey
        FOREIGN KEY (device_id) REFERENCES devices (id) ON UPDATE RESTRICT ON DELETE SET NULL
);
CREATE UNIQUE INDEX sessions_challenge_id_key ON sessions (challenge_id);
CREATE INDEX sessions_user_id_idx ON sessions (user_id) WHERE active = TRUE;
-- == postgres
CREATE TABLE IF NOT EXISTS sessions (
    id SERIAL CONSTRAINT sessions_pkey PRIMARY KEY,
    challenge_id CHAR(36) NOT NULL,
    user_id INTEGER NOT NULL,
    device_id INTEGER NULL DEFAULT NULL,
    requested_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT CURRENT_TIMESTAMP,
    active BOOLEAN NOT NULL DEFAULT TRUE,
    session_data BYTEA NOT NULL,
    CONSTRAINT sessions_user_id_fkey
        FOREIGN KEY (user_id) REFERENCES users (id) ON UPDATE RESTRICT ON DELETE CASCADE,
    CONSTRAINT sessions_device_id_fkey
        FOREIGN KEY (device_id) REFERENCES devices (id) ON UPDATE RESTRICT ON DELETE SET NULL
);
CREATE UNIQUE INDEX sessions_challenge_id_key ON sessions (challenge_id);
CREATE INDEX sessions_user_id_idx ON sessions (user_id) WHERE active = TRUE;
