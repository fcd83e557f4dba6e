-- REPLACE INTO a table with one key and no children.
-- == libsql
REPLACE INTO rate (currency, valid_on, factor) VALUES ('EUR', '2024-01-01', 1), ('GBP', '2024-01-01', 0.86);
-- == postgres
INSERT INTO rate (currency, valid_on, factor) VALUES ('EUR', '2024-01-01', 1), ('GBP', '2024-01-01', 0.86)
ON CONFLICT (currency, valid_on) DO UPDATE SET factor = excluded.factor;
