-- Rows with ids of their own, and one that takes the next: the sequence has to follow.
-- == libsql
INSERT INTO account (id, code, title, kind, opened_on) VALUES (100, '6000', 'Rent', 'expense', '2024-01-01');
INSERT INTO account (code, title, kind, opened_on) VALUES ('6010', 'Water', 'expense', '2024-01-01');
-- == postgres
INSERT INTO account (id, code, title, kind, opened_on) VALUES (100, '6000', 'Rent', 'expense', '2024-01-01');
SELECT setval(pg_get_serial_sequence('account', 'id'), max(id)) FROM account;
INSERT INTO account (code, title, kind, opened_on) VALUES ('6010', 'Water', 'expense', '2024-01-01');
