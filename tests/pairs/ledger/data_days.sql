-- Days compared and moved.
-- == libsql
UPDATE account SET closed_on = '2024-12-31' WHERE closed_on IS NULL AND opened_on < '2021-01-01';
UPDATE journal SET booked_on = date(booked_on, '+1 day') WHERE posted = FALSE;
DELETE FROM rate WHERE valid_on < '2024-02-01' AND currency = 'USD';
-- == postgres
UPDATE account SET closed_on = '2024-12-31' WHERE closed_on IS NULL AND opened_on < '2021-01-01';
UPDATE journal SET booked_on = booked_on + 1 WHERE posted = FALSE;
DELETE FROM rate WHERE valid_on < '2024-02-01' AND currency = 'USD';
