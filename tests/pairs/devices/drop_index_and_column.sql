-- First the index, then the column under it.
-- == libsql
DROP INDEX devices_user_id_idx;
ALTER TABLE devices
    DROP COLUMN last_used_at;
CREATE INDEX devices_user_id_idx ON devices (user_id);
-- == postgres
DROP INDEX devices_user_id_idx;
ALTER TABLE devices
    DROP COLUMN last_used_at;
CREATE INDEX devices_user_id_idx ON devices (user_id);
