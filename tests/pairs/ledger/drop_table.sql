-- A table and an index go, in lower case.
-- == libsql
drop index if exists ix_posting_account;
drop table rate; -- rates come from outside now
-- == postgres
drop index if exists ix_posting_account;
drop table rate; -- rates come from outside now
