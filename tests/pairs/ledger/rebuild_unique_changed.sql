-- The uniqueness of a number moves to other columns; the lines are kept aside.
-- == libsql
CREATE TABLE journal_new
(
    id          INTEGER PRIMARY KEY,
    number      INTEGER        NOT NULL,
    year        INTEGER        NOT NULL,
    booked_on   DATE           NOT NULL,
    memo        TEXT,
    posted      BOOLEAN        NOT NULL DEFAULT FALSE,
    CONSTRAINT uq_journal_day UNIQUE (booked_on, number)
);
INSERT INTO journal_new (id, number, year, booked_on, memo, posted)
SELECT id, number, year, booked_on, trim(memo), posted FROM journal;
CREATE TEMP TABLE posting_kept AS SELECT * FROM posting;
DROP TABLE journal;
ALTER TABLE journal_new RENAME TO journal;
INSERT INTO posting SELECT * FROM posting_kept;
DROP TABLE posting_kept;
-- == postgres
UPDATE journal SET memo = btrim(memo, ' ');
ALTER TABLE journal DROP CONSTRAINT uq_journal_number;
ALTER TABLE journal ADD CONSTRAINT uq_journal_day UNIQUE (booked_on, number);
