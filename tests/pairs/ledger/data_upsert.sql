-- Rates written over by their composite key.
-- == libsql
INSERT INTO rate (currency, valid_on, factor)
VALUES ('USD', '2024-01-01', 1.2),
       ('CHF', '2024-01-01', 0.95)
ON CONFLICT (currency, valid_on) DO UPDATE
    SET factor = excluded.factor
    WHERE rate.factor <> excluded.factor;
INSERT INTO account (code, title, kind, parent_id, opened_on)
SELECT '5000', 'Costs', 'expense', id, '2024-01-01' FROM account WHERE code = '1000';
-- == postgres
INSERT INTO rate (currency, valid_on, factor)
VALUES ('USD', '2024-01-01', 1.2),
       ('CHF', '2024-01-01', 0.95)
ON CONFLICT (currency, valid_on) DO UPDATE
    SET factor = excluded.factor
    WHERE rate.factor <> excluded.factor;
INSERT INTO account (code, title, kind, parent_id, opened_on)
SELECT '5000', 'Costs', 'expense', id, '2024-01-01' FROM account WHERE code = '1000';
