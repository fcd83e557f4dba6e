-- A table that others refer to gets another name.
-- == libsql
ALTER TABLE account RENAME TO ledger_account;
ALTER TABLE ledger_account RENAME COLUMN title TO name;
-- == postgres
ALTER TABLE account RENAME TO ledger_account;
ALTER TABLE ledger_account RENAME COLUMN title TO name;
