-- Codes that are compared without case.
-- == libsql
CREATE UNIQUE INDEX uq_account_title ON account (title COLLATE NOCASE);
-- == postgres
CREATE UNIQUE INDEX uq_account_title ON account (lower(title));
