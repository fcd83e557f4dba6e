-- Only some rows come along, and the table gets a rule that they keep.
-- == libsql
CREATE TABLE route_tags_new (
    route_id TEXT NOT NULL REFERENCES routes (id) ON DELETE CASCADE,
    tag TEXT NOT NULL CHECK (tag = lower(tag)),
    PRIMARY KEY (route_id, tag)
) STRICT;
INSERT INTO route_tags_new (route_id, tag) SELECT route_id, tag FROM route_tags WHERE tag = lower(tag);
DROP TABLE route_tags;
ALTER TABLE route_tags_new RENAME TO route_tags;
-- == postgres
DELETE FROM route_tags WHERE tag <> lower(tag);
ALTER TABLE route_tags ADD CHECK (tag = lower(tag));
