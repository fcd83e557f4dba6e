-- A composite key grows by a column, with data for it.
-- == libsql
CREATE TABLE route_tags_new (
    route_id TEXT NOT NULL REFERENCES routes (id) ON DELETE CASCADE,
    namespace TEXT NOT NULL DEFAULT 'user',
    tag TEXT NOT NULL,
    PRIMARY KEY (route_id, namespace, tag)
) STRICT;
INSERT INTO route_tags_new (route_id, tag) SELECT route_id, tag FROM route_tags;
DROP TABLE route_tags;
ALTER TABLE route_tags_new RENAME TO route_tags;
-- == postgres
ALTER TABLE route_tags ADD COLUMN namespace TEXT NOT NULL DEFAULT 'user';
ALTER TABLE route_tags DROP CONSTRAINT route_tags_pkey;
ALTER TABLE route_tags ADD PRIMARY KEY (route_id, namespace, tag);
