-- A flag, a length, a time and bytes.
-- == libsql
ALTER TABLE devices
    ADD COLUMN backup BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE devices
    ADD COLUMN attestation_type VARCHAR(32) NOT NULL DEFAULT 'none';
ALTER TABLE devices
    ADD COLUMN revoked_at DATETIME NULL DEFAULT NULL;
ALTER TABLE devices
    ADD COLUMN attestation BLOB NULL DEFAULT NULL;
-- == postgres
ALTER TABLE devices
    ADD COLUMN backup BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE devices
    ADD COLUMN attestation_type VARCHAR(32) NOT NULL DEFAULT 'none';
ALTER TABLE devices
    ADD COLUMN revoked_at TIMESTAMP WITH TIME ZONE NULL DEFAULT NULL;
ALTER TABLE devices
    ADD COLUMN attestation BYTEA NULL DEFAULT NULL;
