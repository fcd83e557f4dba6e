-- Bytes written as a literal, a row ignored where its name is taken.
-- == libsql
INSERT INTO encryption (name, value) VALUES ('salt', X'00FF10');
INSERT OR IGNORE INTO encryption (name, value) VALUES ('check', X'BB');
UPDATE devices SET public_key = x'' WHERE attempts > 3;
-- == postgres
INSERT INTO encryption (name, value) VALUES ('salt', '\x00FF10');
INSERT INTO encryption (name, value) VALUES ('check', '\xBB') ON CONFLICT DO NOTHING;
UPDATE devices SET public_key = '\x' WHERE attempts > 3;
