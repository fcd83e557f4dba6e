"""PostgreSQL's rules of tables on libsql: kept in some way, or asked about one by one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mig_assist.backend import Backend
from mig_assist.draft.derive import derive
from mig_assist.draft.derive.layout import laid_out
from mig_assist.draft.derive.model import Context
from mig_assist.draft.house import HouseStyle, SideStyle
from mig_assist.engines.catalog import read_schema
from mig_assist.engines.database import Database, DatabaseError, MigrationScript
from mig_assist.engines.postgres_static import NOTHING, interpret
from mig_assist.engines.schema import Schema
from mig_assist.engines.scratch import scratch_database

BASE = """
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE people (
    id BIGSERIAL PRIMARY KEY,
    name TEXT NOT NULL DEFAULT 'nobody',
    email VARCHAR(40),
    active BOOLEAN NOT NULL DEFAULT TRUE,
    m mood DEFAULT 'ok' -- how they are
);
CREATE TABLE pets (
    id BIGSERIAL PRIMARY KEY,
    owner_id BIGINT REFERENCES people (id) ON DELETE CASCADE,
    m mood
);
CREATE TABLE plain (a TEXT, b BIGINT);
"""
ROWS = """
INSERT INTO people (id, name, m) VALUES (1, 'Ann', 'ok'), (2, 'Bob', 'sad'), (3, 'Cid', NULL);
INSERT INTO pets (id, owner_id, m) VALUES (1, 1, 'ok'), (2, 1, NULL), (3, 2, 'sad');
INSERT INTO plain VALUES ('x', 1), (NULL, 2);
"""


PLAIN = HouseStyle()


def context_of(database: Database, house: HouseStyle = PLAIN) -> Context:
    texts = database.query("SELECT lower(name), sql FROM sqlite_schema WHERE sql IS NOT NULL")
    postgres = interpret(NOTHING, MigrationScript(1, "b", "", BASE, "")).schema
    return Context(
        read_schema(database), postgres, house, {str(name): str(sql) for name, sql in texts}
    )


@pytest.fixture
def libsql() -> Iterator[Database]:
    empty = Context(Schema(), Schema(), HouseStyle())
    with scratch_database(Backend.LIBSQL) as database:
        sql = derive(BASE, Backend.POSTGRES, empty).sql
        database.apply(MigrationScript(1, "base", "", sql + ROWS, "V1.sql"))
        yield database


def carried(database: Database, sql: str, house: HouseStyle = PLAIN) -> str:
    """What is derived without a mark; libsql has taken it, and lost no row."""
    derived = derive(sql, Backend.POSTGRES, context_of(database, house))
    assert derived.marks == ()
    counts = [database.query(f"SELECT count(*) FROM {t}") for t in ("people", "pets", "plain")]
    database.apply(MigrationScript(2, "v", "", derived.sql, "V2.sql"))
    assert database.query("PRAGMA foreign_key_check") == []
    after = [database.query(f"SELECT count(*) FROM {t}") for t in ("people", "pets", "plain")]
    assert after == counts
    return derived.sql


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE plain ADD CONSTRAINT k UNIQUE NULLS NOT DISTINCT (a, b);",
        "CREATE UNIQUE INDEX k ON plain (a, b) NULLS NOT DISTINCT;",
    ],
)
def test_a_null_is_no_more_distinct_than_other_values(libsql: Database, sql: str) -> None:
    derived = carried(libsql, sql)
    assert "CREATE TABLE" not in derived
    libsql.execute("INSERT INTO plain VALUES ('x', NULL), ('', 2), ('0', 2)")
    for row in ("('x', 1)", "(NULL, 2)", "('x', NULL)"):
        with pytest.raises(DatabaseError, match="UNIQUE"):
            libsql.execute(f"INSERT INTO plain VALUES {row}")


def test_what_is_never_null_needs_no_such_index(libsql: Database) -> None:
    sql = "CREATE TABLE t (\n    a TEXT NOT NULL UNIQUE NULLS NOT DISTINCT\n);\n"
    assert carried(libsql, sql) == "CREATE TABLE t (\n    a TEXT NOT NULL UNIQUE\n);\n"


def test_one_rule_that_libsql_refuses_is_left_out_alone(libsql: Database) -> None:
    sql = (
        "CREATE TABLE t (\n"
        "    a TEXT CHECK (a ~ '^(x|y)+$'), -- first\n"
        "    during TSTZRANGE,\n"
        "    EXCLUDE USING gist (during WITH &&),\n"
        "    CHECK (a <> '')\n"
        ");\n"
    )
    derived = derive(sql, Backend.POSTGRES, context_of(libsql))
    lines = derived.sql.splitlines()
    assert [lines[mark.line].split()[0] for mark in derived.marks] == ["a", "during", "CHECK"]
    assert all(line.startswith("    ") for line in lines[1:-1])
    libsql.apply(MigrationScript(2, "v", "", derived.sql, "V2.sql"))
    with pytest.raises(DatabaseError, match="CHECK"):
        libsql.execute("INSERT INTO t (a) VALUES ('')")


def test_one_constraint_of_several_is_left_out_alone(libsql: Database) -> None:
    sql = "ALTER TABLE plain ADD CHECK (a ~ '^(x|y)+$'), ADD CONSTRAINT small CHECK (b > 0);"
    derived = derive(sql, Backend.POSTGRES, context_of(libsql))
    assert len(derived.marks) == 1
    assert "left out: CHECK (a ~ '^(x|y)+$')" in derived.marks[0].message
    assert "    CONSTRAINT small CHECK (b > 0)\n" in derived.sql


def test_a_text_stays_as_short_as_it_was(libsql: Database) -> None:
    with pytest.raises(DatabaseError, match="CHECK"):
        libsql.execute("INSERT INTO people (email) VALUES (?)", ["x" * 41])
    carried(libsql, "ALTER TABLE people ALTER COLUMN email TYPE VARCHAR(80);")
    libsql.execute("INSERT INTO people (email) VALUES (?)", ["x" * 80])
    with pytest.raises(DatabaseError, match="CHECK"):
        libsql.execute("INSERT INTO people (email) VALUES (?)", ["x" * 81])


def test_labels_that_are_added_are_taken_in_every_table(libsql: Database) -> None:
    sql = carried(
        libsql, "ALTER TYPE mood ADD VALUE 'happy';\nALTER TYPE mood ADD VALUE 'mad' BEFORE 'ok';"
    )
    assert sql.count("CHECK (m IN ('sad', 'ok', 'happy', 'mad'))") == 2
    assert "-- how they are" in sql
    libsql.execute("UPDATE people SET m = 'mad'")


def test_labels_that_are_renamed_are_renamed_in_rows_and_defaults(libsql: Database) -> None:
    carried(libsql, "ALTER TYPE mood RENAME VALUE 'ok' TO 'fine';")
    libsql.execute("INSERT INTO people (id) VALUES (4)")
    moods = libsql.query("SELECT m FROM people ORDER BY id")
    assert moods == [("fine",), ("sad",), (None,), ("fine",)]
    assert libsql.query("SELECT m FROM pets ORDER BY id") == [("fine",), (None,), ("sad",)]


def test_an_enum_of_the_file_is_checked_where_a_column_is_added(libsql: Database) -> None:
    sql = carried(
        libsql,
        "CREATE TYPE color AS ENUM ('red', 'blue');\n"
        "ALTER TABLE pets ADD COLUMN c color, ADD COLUMN note TEXT, ALTER COLUMN owner_id SET"
        " NOT NULL;\nALTER TYPE color ADD VALUE 'green';\n",
    )
    assert "CHECK (c IN ('red', 'blue', 'green'))" in sql


def test_a_primary_key_takes_no_null(libsql: Database) -> None:
    libsql.execute("DELETE FROM plain WHERE a IS NULL")
    carried(libsql, "ALTER TABLE plain ADD PRIMARY KEY (a);")
    with pytest.raises(DatabaseError, match="NOT NULL"):
        libsql.execute("INSERT INTO plain (b) VALUES (1)")


def test_a_moment_that_sets_itself_is_added(libsql: Database) -> None:
    carried(libsql, "ALTER TABLE people ADD COLUMN at TIMESTAMPTZ NOT NULL DEFAULT now();")
    assert libsql.query("SELECT count(at) FROM people") == [(3,)]


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE people ALTER COLUMN name SET NOT NULL;",
        "ALTER TABLE people ALTER COLUMN email DROP NOT NULL;",
        "ALTER TABLE people ALTER COLUMN active SET DEFAULT TRUE;",
        "ALTER TABLE people ALTER COLUMN email DROP DEFAULT;",
        "ALTER TABLE people ALTER COLUMN email TYPE VARCHAR(40);",
    ],
)
def test_nothing_is_rebuilt_that_stays_as_it_is(libsql: Database, sql: str) -> None:
    assert "TABLE people_" not in (derived := carried(libsql, sql))
    assert "DROP" not in derived.replace(f"-- {sql}", "")


def test_what_is_undone_at_once_needs_no_rebuild(libsql: Database) -> None:
    sql = carried(
        libsql,
        "ALTER TABLE people ALTER name DROP NOT NULL;\nALTER TABLE people ALTER name SET NOT NULL;",
    )
    assert "DROP" not in sql
    with pytest.raises(DatabaseError, match="NOT NULL"):
        libsql.execute("INSERT INTO people (name) VALUES (NULL)")


def test_a_rebuild_is_written_as_the_house_does(libsql: Database) -> None:
    house = HouseStyle(
        libsql=SideStyle(keywords="lower", indent="  "),
        rebuild="new_{table}",
        rebuild_pragmas="PRAGMA foreign_keys=OFF; PRAGMA foreign_keys=ON",
    )
    assert carried(libsql, "alter table plain alter column b set default 7;\n", house) == (
        "PRAGMA foreign_keys=OFF;\n\n"
        "create table new_plain (\n  a TEXT,\n  b INTEGER default 7\n);\n\n"
        "insert into new_plain (a, b)\nselect a, b\nfrom plain;\n\n"
        "drop table plain;\nalter table new_plain rename to plain;\nPRAGMA foreign_keys=ON;\n"
    )


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        ('CREATE TABLE "t" (a INT, b INT)', "CREATE TABLE t (\n    a INT,\n    b INT\n)"),
        (
            "CREATE TABLE t (\n  a INT, -- first\n  b INT, c INT\n)",
            "CREATE TABLE t (\n  a INT, -- first\n  b INT,\n  c INT\n)",
        ),
        (
            "CREATE TABLE t (\n  a INT, b INT, c INT\n)",
            "CREATE TABLE t (\n  a INT, b INT, c INT\n)",
        ),
    ],
)
def test_each_column_has_a_line(sql: str, wanted: str) -> None:
    assert laid_out(sql, SideStyle()) == wanted


def test_children_of_a_unique_index_come_back_to_it(libsql: Database) -> None:
    libsql.execute("CREATE UNIQUE INDEX people_name ON people (name)")
    libsql.execute(
        "CREATE TABLE notes (who TEXT REFERENCES people (name) ON DELETE SET NULL, t TEXT)"
    )
    libsql.execute("INSERT INTO notes VALUES ('Ann', 'x')")
    carried(libsql, "ALTER TABLE people ALTER COLUMN name DROP DEFAULT;")
    assert libsql.query("SELECT who FROM notes") == [("Ann",)]
