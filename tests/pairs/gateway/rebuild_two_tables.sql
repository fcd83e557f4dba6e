-- Parent and child are both rebuilt, the child first put aside.
-- == before libsql
CREATE TABLE plans (id TEXT PRIMARY KEY NOT NULL, title TEXT NOT NULL, is_open INTEGER NOT NULL DEFAULT 1 CHECK (is_open IN (0, 1))) STRICT;
CREATE TABLE plan_prices (
    id TEXT PRIMARY KEY NOT NULL,
    plan_id TEXT NOT NULL REFERENCES plans (id) ON DELETE CASCADE,
    amount INTEGER NOT NULL
) STRICT;
CREATE INDEX plan_prices_plan_idx ON plan_prices (plan_id);
INSERT INTO plans (id, title) VALUES ('p-1', 'One'), ('p-2', 'Two');
INSERT INTO plan_prices (id, plan_id, amount) VALUES ('pp-1', 'p-1', 5), ('pp-2', 'p-2', 7);
-- == before postgres
CREATE TABLE plans (id TEXT PRIMARY KEY, title TEXT NOT NULL, is_open INTEGER NOT NULL DEFAULT 1 CHECK (is_open IN (0, 1)));
CREATE TABLE plan_prices (
    id TEXT PRIMARY KEY,
    plan_id TEXT NOT NULL REFERENCES plans (id) ON DELETE CASCADE,
    amount BIGINT NOT NULL
);
CREATE INDEX plan_prices_plan_idx ON plan_prices (plan_id);
INSERT INTO plans (id, title) VALUES ('p-1', 'One'), ('p-2', 'Two');
INSERT INTO plan_prices (id, plan_id, amount) VALUES ('pp-1', 'p-1', 5), ('pp-2', 'p-2', 7);
-- == libsql
CREATE TABLE plans_new (
    id TEXT PRIMARY KEY NOT NULL,
    title TEXT NOT NULL UNIQUE,
    is_open INTEGER NOT NULL DEFAULT 1 CHECK (is_open IN (0, 1))
) STRICT;
INSERT INTO plans_new SELECT id, title, is_open FROM plans;
CREATE TABLE plan_prices_new (
    id TEXT PRIMARY KEY NOT NULL,
    plan_id TEXT NOT NULL REFERENCES plans_new (id) ON DELETE CASCADE,
    amount INTEGER NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL DEFAULT 'EUR'
) STRICT;
INSERT INTO plan_prices_new (id, plan_id, amount) SELECT id, plan_id, amount FROM plan_prices;
DROP TABLE plan_prices;
DROP TABLE plans;
ALTER TABLE plans_new RENAME TO plans;
ALTER TABLE plan_prices_new RENAME TO plan_prices;
CREATE INDEX plan_prices_plan_idx ON plan_prices (plan_id);
-- == postgres
ALTER TABLE plans ADD UNIQUE (title);
ALTER TABLE plan_prices ADD CHECK (amount > 0);
ALTER TABLE plan_prices ADD COLUMN currency TEXT NOT NULL DEFAULT 'EUR';
