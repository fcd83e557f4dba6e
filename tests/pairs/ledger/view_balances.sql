-- Sums by account.
-- == libsql
CREATE VIEW trial_balance AS
SELECT a.code, a.title, coalesce(sum(p.amount), 0) AS amount, count(p.line) AS lines
FROM account AS a LEFT OUTER JOIN posting AS p ON p.account_id = a.id
GROUP BY a.code, a.title
HAVING count(p.line) > 0;
-- == postgres
CREATE VIEW trial_balance AS
SELECT a.code, a.title, coalesce(sum(p.amount), 0) AS amount, count(p.line) AS lines
FROM account AS a LEFT OUTER JOIN posting AS p ON p.account_id = a.id
GROUP BY a.code, a.title
HAVING count(p.line) > 0;
