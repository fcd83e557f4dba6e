-- Whole numbers divided, numbers put into texts, a remainder.
-- == libsql
UPDATE requests SET tokens_out = (tokens_in + tokens_out) / 4, tokens_in = tokens_in % 3 WHERE status = 200;
UPDATE routes SET path = path || '/' || priority WHERE mode IS NULL;
UPDATE api_keys SET label = 'key ' || CAST(created_at AS TEXT) WHERE label = '';
-- == postgres
UPDATE requests SET tokens_out = (tokens_in + tokens_out) / 4, tokens_in = tokens_in % 3 WHERE status = 200;
UPDATE routes SET path = path || '/' || priority WHERE mode IS NULL;
UPDATE api_keys SET label = 'key ' || CAST(created_at AS TEXT) WHERE label = '';
