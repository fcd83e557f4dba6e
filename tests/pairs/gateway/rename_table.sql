-- A table renamed, with the names of its indexes.
-- == libsql
ALTER TABLE route_tags RENAME TO route_labels;
ALTER TABLE route_labels RENAME COLUMN tag TO label;
-- == postgres
ALTER TABLE route_tags RENAME TO route_labels;
ALTER TABLE route_labels RENAME COLUMN tag TO label;
