-- An update by a join, a delete by a subquery.
-- == libsql
UPDATE routes SET mode = 'open'
FROM models
WHERE models.id = routes.model_id AND models.is_public = 1 AND routes.mode IS NULL;

DELETE FROM requests
WHERE status >= 400
  AND NOT EXISTS (SELECT 1 FROM api_keys k WHERE k.id = requests.api_key_id);
-- == postgres
UPDATE routes SET mode = 'open'
FROM models
WHERE models.id = routes.model_id AND models.is_public = 1 AND routes.mode IS NULL;

DELETE FROM requests
WHERE status >= 400
  AND NOT EXISTS (SELECT 1 FROM api_keys k WHERE k.id = requests.api_key_id);
