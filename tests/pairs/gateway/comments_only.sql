-- Words on tables, which SQLite cannot keep.
-- == libsql
-- no-op: comments live in PostgreSQL only
SELECT 1;
-- == postgres
COMMENT ON TABLE models IS 'What may be asked; see docs/models.md';
COMMENT ON COLUMN models.price_micros IS 'per 1,000 tokens';
