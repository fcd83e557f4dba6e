-- Texts trimmed, empty ones made NULL, with a common table expression.
-- == libsql
UPDATE routes SET mode = NULL WHERE trim(mode) = '';
UPDATE routes SET path = '/' || lower(path) WHERE substr(path, 1, 1) <> '/';
WITH stale AS (
    SELECT id FROM api_keys WHERE is_revoked = 1
)
DELETE FROM requests WHERE api_key_id IN (SELECT id FROM stale);
UPDATE models SET price_micros = max(price_micros, 0), metadata_json = ifnull(metadata_json, '{}');
-- == postgres
UPDATE routes SET mode = NULL WHERE btrim(mode, ' ') = '';
UPDATE routes SET path = '/' || lower(path) WHERE substr(path, 1, 1) <> '/';
WITH stale AS (
    SELECT id FROM api_keys WHERE is_revoked = 1
)
DELETE FROM requests WHERE api_key_id IN (SELECT id FROM stale);
UPDATE models SET price_micros = greatest(price_micros, 0), metadata_json = coalesce(metadata_json, '{}');
