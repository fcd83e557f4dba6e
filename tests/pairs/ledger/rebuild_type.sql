-- A wider number, on both sides.
-- == libsql
CREATE TABLE new_rate
(
    currency    TEXT           NOT NULL,
    valid_on    DATE           NOT NULL,
    factor      NUMERIC(18, 9) NOT NULL,
    source      TEXT,
    CONSTRAINT pk_rate PRIMARY KEY (currency, valid_on),
    CONSTRAINT ck_rate_factor CHECK (factor > 0)
);
INSERT INTO new_rate (currency, valid_on, factor) SELECT currency, valid_on, factor FROM rate;
DROP TABLE rate;
ALTER TABLE new_rate RENAME TO rate;
-- == postgres
ALTER TABLE rate ALTER COLUMN factor TYPE NUMERIC(18, 9);
ALTER TABLE rate ADD COLUMN source TEXT;
