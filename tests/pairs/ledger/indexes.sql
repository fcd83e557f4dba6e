-- Over several columns, descending, over a computed value.
-- == libsql
CREATE INDEX ix_journal_booked ON journal (booked_on DESC, number);
CREATE INDEX ix_posting_large ON posting (abs(amount)) WHERE tax_rate IS NOT NULL;
CREATE UNIQUE INDEX uq_account_title ON account (lower(title));
-- == postgres
CREATE INDEX ix_journal_booked ON journal (booked_on DESC, number);
CREATE INDEX ix_posting_large ON posting (abs(amount)) WHERE tax_rate IS NOT NULL;
CREATE UNIQUE INDEX uq_account_title ON account (lower(title));
