-- A view stands on the table and has to step aside.
-- == before libsql
CREATE VIEW tagged AS SELECT r.path, t.tag FROM route_tags t JOIN routes r ON r.id = t.route_id;
-- == before postgres
CREATE VIEW tagged AS SELECT r.path, t.tag FROM route_tags t JOIN routes r ON r.id = t.route_id;
-- == libsql
DROP VIEW tagged;
CREATE TABLE route_tags_new (
    route_id TEXT NOT NULL REFERENCES routes (id) ON DELETE CASCADE,
    tag TEXT NOT NULL CHECK (length(tag) <= 40),
    PRIMARY KEY (route_id, tag)
) STRICT;
INSERT INTO route_tags_new SELECT route_id, tag FROM route_tags;
DROP TABLE route_tags;
ALTER TABLE route_tags_new RENAME TO route_tags;
CREATE VIEW tagged AS SELECT r.path, t.tag FROM route_tags t JOIN routes r ON r.id = t.route_id;
-- == postgres
ALTER TABLE route_tags ADD CHECK (length(tag) <= 40);
