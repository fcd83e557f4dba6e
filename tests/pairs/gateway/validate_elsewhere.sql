-- PostgreSQL validates what an earlier version added NOT VALID; libsql has nothing to do.
-- == before libsql
CREATE TABLE gadgets (id TEXT PRIMARY KEY NOT NULL, size INTEGER NOT NULL, CONSTRAINT gadgets_size_check CHECK (size > 0)) STRICT;
-- == before postgres
CREATE TABLE gadgets (id TEXT PRIMARY KEY, size BIGINT NOT NULL);
ALTER TABLE gadgets ADD CONSTRAINT gadgets_size_check CHECK (size > 0) NOT VALID;
-- == libsql
-- Nothing to do: SQLite has no NOT VALID.
SELECT 1;
-- == postgres
ALTER TABLE gadgets VALIDATE CONSTRAINT gadgets_size_check;
