-- A composite key loses a column's place to a new rule; data is rounded in the copy.
-- == libsql
CREATE TABLE posting_new
(
    journal_id  INTEGER        NOT NULL,
    line        INTEGER        NOT NULL,
    account_id  INTEGER        NOT NULL,
    amount      NUMERIC(14, 2) NOT NULL,
    tax_rate    NUMERIC(5, 2)  NOT NULL DEFAULT 0,
    note        TEXT,
    CONSTRAINT pk_posting PRIMARY KEY (journal_id, line),
    CONSTRAINT fk_posting_journal FOREIGN KEY (journal_id) REFERENCES journal (id) ON DELETE CASCADE,
    CONSTRAINT fk_posting_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE RESTRICT,
    CONSTRAINT ck_posting_amount CHECK (amount <> 0),
    CONSTRAINT ck_posting_tax CHECK (tax_rate BETWEEN 0 AND 100)
);
INSERT INTO posting_new (journal_id, line, account_id, amount, tax_rate, note)
SELECT journal_id, line, account_id, amount, COALESCE(tax_rate, 0), NULLIF(note, '')
FROM posting;
DROP TABLE posting;
ALTER TABLE posting_new RENAME TO posting;
CREATE INDEX ix_posting_account ON posting (account_id, journal_id);
-- == postgres
UPDATE posting SET tax_rate = COALESCE(tax_rate, 0), note = NULLIF(note, '');
ALTER TABLE posting ALTER COLUMN tax_rate SET DEFAULT 0;
ALTER TABLE posting ALTER COLUMN tax_rate SET NOT NULL;
ALTER TABLE posting ADD CONSTRAINT ck_posting_tax CHECK (tax_rate BETWEEN 0 AND 100);
