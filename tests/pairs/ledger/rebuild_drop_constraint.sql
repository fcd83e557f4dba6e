-- A rule dropped by its name.
-- == libsql
CREATE TABLE rate_new
(
    currency    TEXT           NOT NULL,
    valid_on    DATE           NOT NULL,
    factor      NUMERIC(12, 6) NOT NULL,
    CONSTRAINT pk_rate PRIMARY KEY (currency, valid_on)
);
INSERT INTO rate_new SELECT currency, valid_on, factor FROM rate;
DROP TABLE rate;
ALTER TABLE rate_new RENAME TO rate;
-- == postgres
ALTER TABLE rate DROP CONSTRAINT ck_rate_factor;
