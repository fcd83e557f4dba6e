"""libsql's tables on PostgreSQL: laid out as they are, with what SQLite takes and it does not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mig_assist.backend import Backend
from mig_assist.draft.derive import derive
from mig_assist.draft.derive.model import Context
from mig_assist.draft.house import HouseStyle
from mig_assist.engines.catalog import read_schema
from mig_assist.engines.database import Database, MigrationScript
from mig_assist.engines.schema import Action, Schema, Table
from mig_assist.engines.scratch import scratch_database

NOTHING = Context(Schema(), Schema(), HouseStyle())


@pytest.fixture(scope="module")
def postgres(postgres_url: str) -> Iterator[Database]:
    with scratch_database(Backend.POSTGRES, postgres_url) as database:
        yield database


def unmarked(sql: str) -> str:
    derived = derive(sql, Backend.LIBSQL, NOTHING)
    assert derived.marks == ()
    return derived.sql


def made(database: Database, sql: str) -> dict[str, Table]:
    with database.transaction(MigrationScript(1, "x", "", sql, "x.sql"), keep=False):
        return {table.name: table for table in read_schema(database).tables}


def test_a_foreign_key_that_matches_as_all_do_is_carried(postgres: Database) -> None:
    sql = """CREATE TABLE a (id TEXT PRIMARY KEY);
CREATE TABLE b (
    x TEXT REFERENCES a (id) MATCH SIMPLE ON DELETE CASCADE,
    y TEXT REFERENCES a MATCH FULL ON DELETE SET NULL,
    z TEXT REFERENCES a ON DELETE SET NULL MATCH SIMPLE,
    CONSTRAINT b_z FOREIGN KEY (z) REFERENCES a (id) MATCH PARTIAL DEFERRABLE INITIALLY DEFERRED
);
ALTER TABLE b ADD COLUMN w TEXT REFERENCES a (id) MATCH SIMPLE ON DELETE CASCADE;
"""
    derived = unmarked(sql)
    assert derived == sql.replace(" MATCH FULL", "").replace(" MATCH PARTIAL", "").replace(
        "SET NULL MATCH SIMPLE", "SET NULL"
    )
    keys = {(key.columns, key.on_delete) for key in made(postgres, derived)["b"].foreign_keys}
    assert keys >= {(("y",), Action.SET_NULL), (("w",), Action.CASCADE)}


def test_commas_and_blank_lines_stay_where_the_house_puts_them() -> None:
    sql = """CREATE TABLE t (
 t_id TEXT PRIMARY KEY
,t_name   TEXT   NOT   NULL -- its name

,t_on BOOLEAN NOT NULL CHECK (t_on IN (0, 1)) -- a flag
,CHECK (t_on IN (0, 1)) -- said twice

,UNIQUE(t_name)
);
"""
    assert unmarked(sql) == sql.replace(" CHECK (t_on IN (0, 1)) -- a flag", " -- a flag").replace(
        ",CHECK (t_on IN (0, 1)) -- said twice\n", "-- said twice\n"
    )


def test_a_comment_of_what_is_left_out_swallows_nothing(postgres: Database) -> None:
    sql = "CREATE TABLE t (a BOOLEAN, b TEXT, -- yes or no\n CHECK (a IN (0, 1)), UNIQUE (b));\n"
    derived = unmarked(sql)
    assert "-- yes or no" in derived
    assert len(made(postgres, derived)["t"].uniques) == 1


def test_commas_that_sqlite_does_not_ask_for_are_put_in(postgres: Database) -> None:
    sql = """CREATE TABLE a (id TEXT PRIMARY KEY);
CREATE TABLE b (
    x TEXT,
    y TEXT,
    UNIQUE (x, y)
    CONSTRAINT b_x FOREIGN KEY (x) REFERENCES a (id) ON DELETE CASCADE -- gone with it
    CHECK (x <> y)
);
"""
    derived = unmarked(sql)
    assert "-- gone with it" in derived
    table = made(postgres, derived)["b"]
    assert [len(e) for e in (table.uniques, table.foreign_keys, table.checks)] == [1, 1, 1]


def test_a_foreign_key_waits_for_a_table_that_is_made_later(postgres: Database) -> None:
    sql = """CREATE TABLE a (
    id TEXT PRIMARY KEY,
    b_id TEXT REFERENCES b (id) ON DELETE SET NULL,
    c TEXT,
    CONSTRAINT a_c FOREIGN KEY (c)
        REFERENCES c (id)
);

CREATE TABLE b (id TEXT PRIMARY KEY, b_id TEXT REFERENCES b (id), a_id TEXT REFERENCES a (id));
CREATE TABLE IF NOT EXISTS c (id TEXT PRIMARY KEY);
"""
    derived = unmarked(sql)
    assert (
        derived
        == """CREATE TABLE a (
    id TEXT PRIMARY KEY,
    b_id TEXT,
    c TEXT
);

CREATE TABLE b (id TEXT PRIMARY KEY, b_id TEXT REFERENCES b (id), a_id TEXT REFERENCES a (id));

ALTER TABLE a ADD FOREIGN KEY (b_id) REFERENCES b (id) ON DELETE SET NULL;

CREATE TABLE IF NOT EXISTS c (id TEXT PRIMARY KEY);

ALTER TABLE a ADD CONSTRAINT a_c FOREIGN KEY (c) REFERENCES c (id);
"""
    )
    keys = made(postgres, derived)["a"].foreign_keys
    assert {(key.target, key.on_delete) for key in keys} == {
        ("b", Action.SET_NULL),
        ("c", Action.NO_ACTION),
    }
