-- Data moves into a new table and the old one goes.
-- == libsql
CREATE TABLE labels (
    route_id TEXT NOT NULL REFERENCES routes (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    value TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (route_id, key)
) STRICT;
INSERT INTO labels (route_id, key, value) SELECT route_id, 'tag:' || lower(tag), tag FROM route_tags;
DROP TABLE route_tags;
-- == postgres
CREATE TABLE labels (
    route_id TEXT NOT NULL REFERENCES routes (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    value TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (route_id, key)
);
INSERT INTO labels (route_id, key, value) SELECT route_id, 'tag:' || lower(tag), tag FROM route_tags;
DROP TABLE route_tags;
