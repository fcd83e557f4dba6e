-- A view dropped and made anew.
-- == before libsql
CREATE VIEW live_routes AS SELECT id, path FROM routes WHERE priority > 0;
-- == before postgres
CREATE VIEW live_routes AS SELECT id, path FROM routes WHERE priority > 0;
-- == libsql
DROP VIEW live_routes;
CREATE VIEW live_routes AS
SELECT r.id, r.path, m.name AS model
  FROM routes AS r
  JOIN models AS m ON m.id = r.model_id
 WHERE r.priority > 0 AND m.is_public = 1;
-- == postgres
DROP VIEW live_routes;
CREATE VIEW live_routes AS
SELECT r.id, r.path, m.name AS model
  FROM routes AS r
  JOIN models AS m ON m.id = r.model_id
 WHERE r.priority > 0 AND m.is_public = 1;
