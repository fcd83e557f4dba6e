-- A column added and filled by CASE and by a lookup.
-- == libsql
ALTER TABLE api_keys ADD COLUMN tier TEXT NOT NULL DEFAULT 'basic';
UPDATE api_keys SET tier = CASE
    WHEN scope = 'admin' THEN 'root'
    WHEN is_revoked = 1 OR expires_at < created_at THEN 'none'
    ELSE 'basic'
END;
UPDATE requests
   SET cost_micros = (SELECT m.price_micros * (requests.tokens_in + requests.tokens_out)
                        FROM models m WHERE m.name = requests.model_name)
 WHERE cost_micros IS NULL;
-- == postgres
ALTER TABLE api_keys ADD COLUMN tier TEXT NOT NULL DEFAULT 'basic';
UPDATE api_keys SET tier = CASE
    WHEN scope = 'admin' THEN 'root'
    WHEN is_revoked = 1 OR expires_at < created_at THEN 'none'
    ELSE 'basic'
END;
UPDATE requests
   SET cost_micros = (SELECT m.price_micros * (requests.tokens_in + requests.tokens_out)
                        FROM models m WHERE m.name = requests.model_name)
 WHERE cost_micros IS NULL;
