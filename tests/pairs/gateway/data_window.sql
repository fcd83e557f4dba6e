-- Ranks from a window, a value by a common table expression.
-- == libsql
WITH ranked AS (
    SELECT id, row_number() OVER (PARTITION BY workspace_id ORDER BY created_at DESC, id) AS place
    FROM routes
)
UPDATE routes SET priority = (SELECT place * 10 FROM ranked WHERE ranked.id = routes.id)
WHERE id IN (SELECT id FROM ranked WHERE place > 1);
-- == postgres
WITH ranked AS (
    SELECT id, row_number() OVER (PARTITION BY workspace_id ORDER BY created_at DESC, id) AS place
    FROM routes
)
UPDATE routes SET priority = (SELECT place * 10 FROM ranked WHERE ranked.id = routes.id)
WHERE id IN (SELECT id FROM ranked WHERE place > 1);
