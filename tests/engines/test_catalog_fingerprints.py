"""Fingerprints change where the schema that is read changes, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

import pytest

from mig_assist.backend import Backend
from mig_assist.engines.catalog import fingerprints, read_schema
from mig_assist.engines.database import Database
from mig_assist.engines.scratch import scratch_database

LIBSQL = """
CREATE TABLE parent (id INTEGER PRIMARY KEY, slug TEXT, other TEXT);
CREATE TABLE child (id INTEGER PRIMARY KEY, Parent_id INT REFERENCES PARENT, a TEXT);
CREATE TABLE late (id INTEGER PRIMARY KEY, up INT REFERENCES Later);
CREATE TABLE later (id INTEGER PRIMARY KEY);
CREATE UNIQUE INDEX parent_slug ON parent (slug);
CREATE TABLE by_slug (slug TEXT REFERENCES parent (SLUG));
ALTER TABLE parent RENAME COLUMN slug TO handle;
ALTER TABLE parent RENAME COLUMN id TO number;
ALTER TABLE parent RENAME TO "The parent";
ALTER TABLE child ADD COLUMN b TEXT NOT NULL DEFAULT 'x' CHECK (b <> '');
CREATE VIEW everything AS SELECT * FROM child;
ALTER TABLE child ADD COLUMN c TEXT;
ALTER TABLE child DROP COLUMN a;
CREATE TRIGGER t AFTER INSERT ON Child BEGIN SELECT 1; END;
DROP TRIGGER t;
CREATE TRIGGER t AFTER INSERT ON CHILD BEGIN SELECT 2; END;
CREATE INDEX i ON child (b);
DROP INDEX i;
CREATE INDEX i ON child (b DESC);
CREATE TRIGGER down INSTEAD OF INSERT ON everything BEGIN SELECT 1; END;
DROP VIEW everything;
CREATE VIEW everything AS SELECT b FROM child;
CREATE TABLE child_new (id INTEGER PRIMARY KEY, b TEXT);
INSERT INTO child_new SELECT id, b FROM child;
DROP VIEW everything;
DROP TABLE child;
ALTER TABLE child_new RENAME TO child;
INSERT INTO child VALUES (1, 'x');
ANALYZE;
PRAGMA user_version = 7;
PRAGMA foreign_keys = OFF;
DROP TABLE later;
CREATE TABLE LATER (nr INTEGER PRIMARY KEY);
CREATE VIRTUAL TABLE notes USING fts5(body);
DROP TABLE notes;
"""

POSTGRES = """
CREATE TABLE parent (id serial PRIMARY KEY, slug text UNIQUE, other text);
CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent, a text);
CREATE TABLE by_slug (slug text REFERENCES parent (slug));
ALTER TABLE parent RENAME COLUMN slug TO handle;
ALTER TABLE parent RENAME COLUMN other TO another;
ALTER TABLE parent RENAME TO "The parent";
ALTER TABLE child ADD COLUMN b text NOT NULL DEFAULT 'x' CHECK (b <> '');
ALTER TABLE child ALTER COLUMN b DROP NOT NULL;
ALTER TABLE child ALTER COLUMN b SET DEFAULT 'y';
ALTER TABLE child ALTER COLUMN b DROP DEFAULT;
ALTER TABLE child ALTER COLUMN b TYPE varchar(10);
ALTER TABLE child ALTER COLUMN b TYPE varchar(11);
ALTER TABLE child ALTER COLUMN b TYPE varchar(11) COLLATE "C";
ALTER TABLE child ALTER COLUMN b SET STATISTICS 10;
ALTER TABLE child ALTER COLUMN b SET STORAGE EXTERNAL;
ALTER TABLE child ADD CONSTRAINT k CHECK (id > 0) NOT VALID;
ALTER TABLE child VALIDATE CONSTRAINT k;
ALTER TABLE child RENAME CONSTRAINT k TO kk;
ALTER TABLE child DROP CONSTRAINT kk;
ALTER TABLE child DROP CONSTRAINT child_parent_id_fkey;
ALTER TABLE child ADD CONSTRAINT f FOREIGN KEY (parent_id) REFERENCES "The parent" MATCH FULL;
ALTER TABLE child ALTER CONSTRAINT f DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE child ADD COLUMN c text;
ALTER TABLE child DROP COLUMN c;
CREATE INDEX i ON child (b);
ALTER INDEX i RENAME TO j;
DROP INDEX j;
CREATE INDEX j ON child (b DESC);
CREATE UNIQUE INDEX u ON child (a) INCLUDE (b) WHERE a > '';
ALTER TABLE child ADD CONSTRAINT x EXCLUDE USING btree (a WITH =);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TRIGGER t BEFORE INSERT ON child FOR EACH ROW EXECUTE FUNCTION f();
CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN old; END';
ALTER FUNCTION f RENAME TO g;
ALTER TABLE child DISABLE TRIGGER t;
ALTER TABLE child ENABLE TRIGGER t;
ALTER TRIGGER t ON child RENAME TO tt;
DROP TRIGGER tt ON child;
CREATE VIEW v AS SELECT a, b FROM child;
ALTER VIEW v RENAME COLUMN a TO aa;
CREATE OR REPLACE VIEW v AS SELECT a AS aa, b, id FROM child;
ALTER TABLE child RENAME COLUMN a TO a2;
ALTER TABLE child RENAME TO kid;
CREATE MATERIALIZED VIEW m AS SELECT 1 AS one;
CREATE INDEX m_one ON m (one);
CREATE TYPE mood AS ENUM ('a', 'b');
ALTER TABLE kid ADD COLUMN m mood;
ALTER TABLE kid ADD COLUMN ms mood[];
ALTER TYPE mood ADD VALUE 'c';
ALTER TYPE mood RENAME TO feeling;
ALTER TABLE kid ALTER COLUMN m SET DEFAULT 'a';
ALTER TYPE feeling RENAME VALUE 'a' TO 'z';
CREATE DOMAIN positive AS int;
ALTER TABLE kid ADD COLUMN p positive;
ALTER DOMAIN positive ADD CONSTRAINT above CHECK (VALUE > 0);
ALTER DOMAIN positive SET DEFAULT 4;
ALTER DOMAIN positive RENAME TO above_zero;
CREATE FUNCTION good(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 > 0';
ALTER TABLE kid ADD CONSTRAINT fine CHECK (good(id));
ALTER FUNCTION good RENAME TO fair;
ALTER TABLE kid ADD COLUMN n int GENERATED ALWAYS AS IDENTITY;
ALTER TABLE kid ALTER COLUMN n DROP IDENTITY;
ALTER TABLE kid ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON kid USING (id > 1);
ALTER POLICY mine ON kid USING (id > 2);
CREATE RULE r AS ON DELETE TO kid DO INSTEAD NOTHING;
ALTER TABLE kid SET UNLOGGED;
CREATE TABLE heir () INHERITS (kid);
ALTER TABLE kid RENAME TO kiddo;
ALTER TABLE heir NO INHERIT kiddo;
CREATE TABLE parts (a int) PARTITION BY RANGE (a);
CREATE TABLE part PARTITION OF parts FOR VALUES FROM (1) TO (2);
ALTER TABLE parts DETACH PARTITION part;
COMMENT ON TABLE heir IS 'nothing that matters';
GRANT SELECT ON heir TO PUBLIC;
INSERT INTO parts SELECT 1 WHERE false;
ANALYZE;
CREATE SCHEMA elsewhere;
CREATE TABLE elsewhere.heir (a int);
ALTER TABLE part SET SCHEMA elsewhere;
DROP VIEW v;
DROP TABLE heir;
"""


@pytest.fixture
def in_transaction(database: Database) -> Iterator[Database]:
    database.execute("BEGIN")
    yield database
    database.execute("ROLLBACK")


def said(database: Database) -> dict[str, str]:
    """Everything that is read, by the key of its fingerprint."""
    schema = read_schema(database)
    return {
        **{table.name: repr(table) for table in schema.tables},
        **{f"view:{view.name}": repr(view) for view in schema.views},
        **{f"enum:{enum.name}": repr(enum) for enum in schema.enums},
        **{f"domain:{domain.name}": repr(domain) for domain in schema.domains},
    }


def differing(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    return {key for key in {*before, *after} if before.get(key) != after.get(key)}


def statements(database: Database) -> Sequence[str]:
    text = LIBSQL if database.backend is Backend.LIBSQL else POSTGRES
    return [line.removesuffix(";") for line in text.strip().splitlines()]


def follow(database: Database) -> None:
    """Run all statements, and look after each of them."""
    schema, marks = said(database), fingerprints(database)
    for statement in statements(database):
        database.execute(statement)
        schema_now, marks_now = said(database), fingerprints(database)
        assert marks_now.keys() == schema_now.keys()
        assert differing(marks, marks_now) == differing(schema, schema_now), statement
        schema, marks = schema_now, marks_now


def test_fingerprints_change_with_the_schema(database: Database) -> None:
    follow(database)


def test_fingerprints_change_with_the_schema_within_one_transaction(
    in_transaction: Database,
) -> None:
    follow(in_transaction)


def test_fingerprints_return_when_a_transaction_is_rolled_back(database: Database) -> None:
    first, *rest = statements(database)[:8]
    database.execute(first)
    before = fingerprints(database)
    database.execute("BEGIN")
    for statement in rest:
        database.execute(statement)
    assert fingerprints(database) != before
    database.execute("ROLLBACK")
    assert fingerprints(database) == before


class Counted:
    """A database that counts what it is asked."""

    def __init__(self, database: Database) -> None:
        self.backend = database.backend
        self.count = 0
        self._database = database

    def engine_version(self) -> str:
        return self._database.engine_version()

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
        self.count += 1
        return self._database.query(sql, parameters)

    def application_tables(self) -> tuple[str, ...]:
        self.count += 1
        return self._database.application_tables()


def queries(database: Database) -> tuple[int, int]:
    """How many queries reading takes, and taking fingerprints."""
    reading, marking = Counted(database), Counted(database)
    read_schema(cast("Database", reading))
    fingerprints(cast("Database", marking))
    return reading.count, marking.count


def test_five_hundred_tables_take_no_more_queries_than_two(database: Database) -> None:
    definition = (
        "CREATE TABLE t{n} (id int PRIMARY KEY, up int REFERENCES t{up} (id),"
        " a text NOT NULL DEFAULT 'x' CHECK (a <> ''), b text, UNIQUE (a, b))"
    )
    database.execute("BEGIN")
    for number in range(500):
        database.execute(definition.format(n=number, up=max(number - 1, 0)))
        database.execute(f"CREATE INDEX i{number} ON t{number} (b, lower(a)) WHERE b > ''")
        if number == 1:
            database.execute("CREATE VIEW v AS SELECT * FROM t1")
            few = queries(database)
    database.execute("COMMIT")
    assert queries(database) == few
    schema = read_schema(database)
    assert len(schema.tables) == len(fingerprints(database)) - 1 == 500
    assert [table.name for table in read_schema(database, ["t7", "t499"]).tables] == ["t499", "t7"]
    one = read_schema(database, ["t7"]).tables[0]
    assert one == schema.table("t7")
    assert one.foreign_keys[0].target == "t6"


def test_the_history_table_is_not_part_of_the_schema(database: Database) -> None:
    database.execute("CREATE TABLE refinery_schema_history (version int)")
    database.execute("CREATE TABLE mine (a int)")
    assert [table.name for table in read_schema(database).tables] == ["mine"]
    assert set(fingerprints(database)) == {"mine"} == set(database.application_tables())


def test_an_empty_database(database: Database) -> None:
    assert read_schema(database) == read_schema(database, [])
    assert fingerprints(database) == {}


def test_what_an_extension_owns_is_not_part_of_the_schema(postgres_url: str) -> None:
    with scratch_database(Backend.POSTGRES, postgres_url) as database:
        database.execute("CREATE TABLE theirs (a int)")
        database.execute("CREATE TYPE their_mood AS ENUM ('a')")
        database.execute("CREATE VIEW their_view AS SELECT 1 AS one")
        database.execute("CREATE TABLE mine (a int)")
        for owned in ("TABLE theirs", "TYPE their_mood", "VIEW their_view"):
            database.execute(f"ALTER EXTENSION plpgsql ADD {owned}")
        assert set(said(database)) == set(fingerprints(database)) == {"mine"}
