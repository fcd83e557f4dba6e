-- The house: serial ids, lengths, DATETIME and TIMESTAMP WITH TIME ZONE, booleans, bytes, named keys.
-- == libsql
CREATE TABLE IF NOT EXISTS users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    username VARCHAR(100) NOT NULL,
    email VARCHAR(255) NULL DEFAULT NULL,
    disabled BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE UNIQUE INDEX users_username_key ON users (username);

CREATE TABLE IF NOT EXISTS devices (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    last_used_at DATETIME NULL DEFAULT NULL,
    user_id INTEGER NOT NULL,
    description VARCHAR(64) NOT NULL DEFAULT 'Primary',
    kid VARCHAR(100) NOT NULL,
    public_key BLOB NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    discoverable BOOLEAN NOT NULL DEFAULT FALSE,
    CONSTRAINT devices_user_id_fkey
        FOREIGN KEY (user_id) REFERENCES users (id) ON UPDATE RESTRICT ON DELETE CASCADE
);
CREATE UNIQUE INDEX devices_kid_key ON devices (kid);
CREATE INDEX devices_user_id_idx ON devices (user_id, last_used_at);

CREATE TABLE IF NOT EXISTS logins (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    successful BOOLEAN NOT NULL,
    banned BOOLEAN NOT NULL DEFAULT FALSE,
    username VARCHAR(100) NOT NULL,
    auth_type VARCHAR(8) NOT NULL DEFAULT '1FA',
    remote_ip VARCHAR(39) NULL DEFAULT NULL,
    request_uri TEXT NOT NULL
);
CREATE INDEX logins_username_idx ON logins (time, username, auth_type);

CREATE TABLE IF NOT EXISTS encryption (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name VARCHAR(100) NOT NULL,
    value BLOB NOT NULL
);
CREATE UNIQUE INDEX encryption_name_key ON encryption (name);

INSERT INTO users (created_at, username, email, disabled) VALUES
    ('2024-01-01 10:00:00', 'ada', 'Ada@Example.org', FALSE),
    ('2024-01-02 10:00:00', 'bob', NULL, FALSE),
    ('2023-01-02 10:00:00', 'eve', 'eve@example.org', TRUE);
INSERT INTO devices (created_at, last_used_at, user_id, description, kid, public_key, attempts, discoverable) VALUES
    ('2024-02-01 10:00:00', '2024-03-01 00:00:00', 1, 'Primary', 'kid-1', X'0102', 0, TRUE),
    ('2024-02-02 10:00:00', NULL, 1, 'Spare', 'kid-2', X'03', 4, FALSE),
    ('2024-02-03 10:00:00', NULL, 2, 'Primary', 'kid-3', X'FF', 1, FALSE);
INSERT INTO logins (time, successful, banned, username, auth_type, remote_ip, request_uri) VALUES
    ('2024-03-01 08:00:00', TRUE, FALSE, 'ada', '1FA', '127.0.0.1', '/'),
    ('2024-03-01 09:00:00', FALSE, FALSE, 'bob', 'TOTP', NULL, '/login'),
    ('2022-03-01 09:00:00', FALSE, TRUE, 'eve', 'U2F', '::1', '/login');
INSERT INTO encryption (name, value) VALUES ('check', X'AA');
-- == postgres
CREATE TABLE IF NOT EXISTS users (
    id SERIAL CONSTRAINT users_pkey PRIMARY KEY,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT CURRENT_TIMESTAMP,
    username VARCHAR(100) NOT NULL,
    email VARCHAR(255) NULL DEFAULT NULL,
    disabled BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE UNIQUE INDEX users_username_key ON users (username);

CREATE TABLE IF NOT EXISTS devices (
    id SERIAL CONSTRAINT devices_pkey PRIMARY KEY,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT CURRENT_TIMESTAMP,
    last_used_at TIMESTAMP WITH TIME ZONE NULL DEFAULT NULL,
    user_id INTEGER NOT NULL,
    description VARCHAR(64) NOT NULL DEFAULT 'Primary',
    kid VARCHAR(100) NOT NULL,
    public_key BYTEA NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    discoverable BOOLEAN NOT NULL DEFAULT FALSE,
    CONSTRAINT devices_user_id_fkey
        FOREIGN KEY (user_id) REFERENCES users (id) ON UPDATE RESTRICT ON DELETE CASCADE
);
CREATE UNIQUE INDEX devices_kid_key ON devices (kid);
CREATE INDEX devices_user_id_idx ON devices (user_id, last_used_at);

CREATE TABLE IF NOT EXISTS logins (
    id SERIAL CONSTRAINT logins_pkey PRIMARY KEY,
    time TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT CURRENT_TIMESTAMP,
    successful BOOLEAN NOT NULL,
    banned BOOLEAN NOT NULL DEFAULT FALSE,
    username VARCHAR(100) NOT NULL,
    auth_type VARCHAR(8) NOT NULL DEFAULT '1FA',
    remote_ip VARCHAR(39) NULL DEFAULT NULL,
    request_uri TEXT NOT NULL
);
CREATE INDEX logins_username_idx ON logins (time, username, auth_type);

CREATE TABLE IF NOT EXISTS encryption (
    id SERIAL CONSTRAINT encryption_pkey PRIMARY KEY,
    name VARCHAR(100) NOT NULL,
    value BYTEA NOT NULL
);
CREATE UNIQUE INDEX encryption_name_key ON encryption (name);

INSERT INTO users (created_at, username, email, disabled) VALUES
    ('2024-01-01 10:00:00+00', 'ada', 'Ada@Example.org', FALSE),
    ('2024-01-02 10:00:00+00', 'bob', NULL, FALSE),
    ('2023-01-02 10:00:00+00', 'eve', 'eve@example.org', TRUE);
INSERT INTO devices (created_at, last_used_at, user_id, description, kid, public_key, attempts, discoverable) VALUES
    ('2024-02-01 10:00:00+00', '2024-03-01 00:00:00+00', 1, 'Primary', 'kid-1', '\x0102', 0, TRUE),
    ('2024-02-02 10:00:00+00', NULL, 1, 'Spare', 'kid-2', '\x03', 4, FALSE),
    ('2024-02-03 10:00:00+00', NULL, 2, 'Primary', 'kid-3', '\xFF', 1, FALSE);
INSERT INTO logins (time, successful, banned, username, auth_type, remote_ip, request_uri) VALUES
    ('2024-03-01 08:00:00+00', TRUE, FALSE, 'ada', '1FA', '127.0.0.1', '/'),
    ('2024-03-01 09:00:00+00', FALSE, FALSE, 'bob', 'TOTP', NULL, '/login'),
    ('2022-03-01 09:00:00+00', FALSE, TRUE, 'eve', 'U2F', '::1', '/login');
INSERT INTO encryption (name, value) VALUES ('check', '\xAA');
