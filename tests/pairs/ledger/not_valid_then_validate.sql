-- A rule added NOT VALID here; what libsql does with it is a rebuild.
-- == libsql
CREATE TABLE rate_new
(
    currency    TEXT           NOT NULL,
    valid_on    DATE           NOT NULL,
    factor      NUMERIC(12, 6) NOT NULL,
    CONSTRAINT pk_rate PRIMARY KEY (currency, valid_on),
    CONSTRAINT ck_rate_factor CHECK (factor > 0),
    CONSTRAINT ck_rate_currency CHECK (length(currency) = 3)
);
INSERT INTO rate_new SELECT * FROM rate;
DROP TABLE rate;
ALTER TABLE rate_new RENAME TO rate;
-- == postgres
ALTER TABLE rate ADD CONSTRAINT ck_rate_currency CHECK (length(currency) = 3) NOT VALID;
ALTER TABLE rate VALIDATE CONSTRAINT ck_rate_currency;
