-- Money with a default, a day, a rule in the line.
-- == libsql
ALTER TABLE journal ADD COLUMN approved_on DATE;
ALTER TABLE journal ADD COLUMN total NUMERIC(14, 2) NOT NULL DEFAULT 0;
ALTER TABLE journal ADD COLUMN reversal_of INTEGER CONSTRAINT fk_journal_reversal REFERENCES journal (id);
-- == postgres
ALTER TABLE journal ADD COLUMN approved_on DATE;
ALTER TABLE journal ADD COLUMN total NUMERIC(14, 2) NOT NULL DEFAULT 0;
ALTER TABLE journal ADD COLUMN reversal_of BIGINT CONSTRAINT fk_journal_reversal REFERENCES journal (id);
