-- An allowed value more, in a table without children but with itself as parent.
-- == libsql
CREATE TABLE account_new
(
    id          INTEGER PRIMARY KEY,
    code        TEXT           NOT NULL,
    title       TEXT           NOT NULL,
    kind        TEXT           NOT NULL,
    parent_id   INTEGER,
    balance     NUMERIC(14, 2) NOT NULL DEFAULT 0,
    opened_on   DATE           NOT NULL,
    closed_on   DATE,
    CONSTRAINT uq_account_code UNIQUE (code),
    CONSTRAINT fk_account_parent FOREIGN KEY (parent_id) REFERENCES account_new (id),
    CONSTRAINT ck_account_kind CHECK (kind IN ('asset', 'debt', 'income', 'expense', 'equity'))
);
INSERT INTO account_new (id, code, title, kind, parent_id, balance, opened_on, closed_on)
SELECT id, code, title, kind, parent_id, balance, opened_on, closed_on FROM account ORDER BY id;
-- posting refuses to lose its accounts: empty it meanwhile
CREATE TEMP TABLE posting_kept AS SELECT * FROM posting;
DELETE FROM posting;
UPDATE account SET parent_id = NULL;
DROP TABLE account;
ALTER TABLE account_new RENAME TO account;
INSERT INTO posting SELECT * FROM posting_kept;
DROP TABLE posting_kept;
-- == postgres
ALTER TABLE account DROP CONSTRAINT ck_account_kind;
ALTER TABLE account ADD CONSTRAINT ck_account_kind CHECK (kind IN ('asset', 'debt', 'income', 'expense', 'equity'));
