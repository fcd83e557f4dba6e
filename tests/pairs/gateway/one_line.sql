-- Everything on one line, and a semicolon in a text.
-- == libsql
CREATE TABLE hints(id TEXT PRIMARY KEY NOT NULL,body TEXT NOT NULL DEFAULT 'a;b--c') STRICT;INSERT INTO hints(id,body)VALUES('h;1','-- no comment');
-- == postgres
CREATE TABLE hints(id TEXT PRIMARY KEY,body TEXT NOT NULL DEFAULT 'a;b--c');INSERT INTO hints(id,body)VALUES('h;1','-- no comment');
