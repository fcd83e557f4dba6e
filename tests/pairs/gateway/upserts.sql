-- Settings written over, rows that may be there already.
-- == libsql
INSERT INTO models (id, provider, name, context_tokens, created_at)
VALUES ('m-9', 'north', 'large', 400000, 1710000000)
ON CONFLICT (provider, name) DO UPDATE SET context_tokens = excluded.context_tokens;

INSERT OR IGNORE INTO route_tags (route_id, tag) VALUES ('r-1', 'prod'), ('r-2', 'beta');
-- == postgres
INSERT INTO models (id, provider, name, context_tokens, created_at)
VALUES ('m-9', 'north', 'large', 400000, 1710000000)
ON CONFLICT (provider, name) DO UPDATE SET context_tokens = excluded.context_tokens;

INSERT INTO route_tags (route_id, tag) VALUES ('r-1', 'prod'), ('r-2', 'beta') ON CONFLICT DO NOTHING;
