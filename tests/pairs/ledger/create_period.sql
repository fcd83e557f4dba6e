-- Days with defaults, a rule between them, a unique pair.
-- == libsql
CREATE TABLE period
(
    year        INTEGER NOT NULL,
    month       INTEGER NOT NULL,
    starts_on   DATE    NOT NULL,
    ends_on     DATE    NOT NULL,
    locked      BOOLEAN NOT NULL DEFAULT FALSE,
    opened_on   DATE    NOT NULL DEFAULT CURRENT_DATE,
    CONSTRAINT pk_period PRIMARY KEY (year, month),
    CONSTRAINT uq_period_start UNIQUE (starts_on),
    CONSTRAINT ck_period_month CHECK (month BETWEEN 1 AND 12),
    CONSTRAINT ck_period_days CHECK (starts_on < ends_on)
);
-- == postgres
CREATE TABLE period
(
    year        BIGINT  NOT NULL,
    month       BIGINT  NOT NULL,
    starts_on   DATE    NOT NULL,
    ends_on     DATE    NOT NULL,
    locked      BOOLEAN NOT NULL DEFAULT FALSE,
    opened_on   DATE    NOT NULL DEFAULT CURRENT_DATE,
    CONSTRAINT pk_period PRIMARY KEY (year, month),
    CONSTRAINT uq_period_start UNIQUE (starts_on),
    CONSTRAINT ck_period_month CHECK (month BETWEEN 1 AND 12),
    CONSTRAINT ck_period_days CHECK (starts_on < ends_on)
);
