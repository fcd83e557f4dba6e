-- Row ids, lengths, times with zones, booleans and bytes: a house whose types follow PostgreSQL.
-- == libsql
CREATE TABLE devices (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    last_used_at DATETIME NULL DEFAULT NULL,
    username VARCHAR(100) NOT NULL,
    description VARCHAR(64) NOT NULL DEFAULT 'Primary',
    public_key BLOB NOT NULL,
    attempts INTEGER DEFAULT 0,
    discoverable BOOLEAN NOT NULL DEFAULT FALSE,
    backup BOOLEAN NOT NULL DEFAULT TRUE
);
CREATE UNIQUE INDEX devices_lookup_key ON devices (username, description);
CREATE TABLE device_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    device_id INTEGER NOT NULL,
    kind VARCHAR(10) NOT NULL,
    happened_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT device_events_device_fkey
        FOREIGN KEY (device_id) REFERENCES devices (id) ON UPDATE RESTRICT ON DELETE CASCADE
);
CREATE INDEX device_events_time_idx ON device_events (happened_at, device_id);
-- == postgres
CREATE TABLE devices (
    id SERIAL CONSTRAINT devices_pkey PRIMARY KEY,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT CURRENT_TIMESTAMP,
    last_used_at TIMESTAMP WITH TIME ZONE NULL DEFAULT NULL,
    username VARCHAR(100) NOT NULL,
    description VARCHAR(64) NOT NULL DEFAULT 'Primary',
    public_key BYTEA NOT NULL,
    attempts INTEGER DEFAULT 0,
    discoverable BOOLEAN NOT NULL DEFAULT FALSE,
    backup BOOLEAN NOT NULL DEFAULT TRUE
);
CREATE UNIQUE INDEX devices_lookup_key ON devices (username, description);
CREATE TABLE device_events (
    id SERIAL CONSTRAINT device_events_pkey PRIMARY KEY,
    device_id INTEGER NOT NULL,
    kind VARCHAR(10) NOT NULL,
    happened_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),
    CONSTRAINT device_events_device_fkey
        FOREIGN KEY (device_id) REFERENCES devices (id) ON UPDATE RESTRICT ON DELETE CASCADE
);
CREATE INDEX device_events_time_idx ON device_events (happened_at, device_id);
