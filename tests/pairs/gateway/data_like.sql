-- LIKE minds no case on libsql; a comparison that minds NULL.
-- == libsql
UPDATE routes SET priority = priority + 1 WHERE path LIKE '/CHAT%' OR path LIKE 'em_ed';
UPDATE routes SET mode = 'none' WHERE mode IS NOT 'strict' AND mode IS NOT '';
-- == postgres
UPDATE routes SET priority = priority + 1 WHERE path ILIKE '/CHAT%' OR path ILIKE 'em_ed';
UPDATE routes SET mode = 'none' WHERE mode IS DISTINCT FROM 'strict' AND mode IS DISTINCT FROM '';
