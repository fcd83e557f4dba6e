"""What SQLite has no words for becomes a rebuild that loses nothing, with foreign keys on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mig_assist.backend import Backend
from mig_assist.draft.derive import derive
from mig_assist.draft.derive.model import Context
from mig_assist.draft.derive.table_text import Definition
from mig_assist.draft.house import HouseStyle
from mig_assist.engines.catalog import read_schema
from mig_assist.engines.database import Database, MigrationScript
from mig_assist.engines.house_types import HouseTypes
from mig_assist.engines.postgres_static import NOTHING, StaticResult, interpret
from mig_assist.engines.schema import Schema
from mig_assist.engines.scratch import scratch_database
from mig_assist.findings import Severity
from mig_assist.verify.parity.compare import column_pairs, compare
from tests.draft.rebuild_histories import LIBSQL, POSTGRES, ROWS, TABLES

CYCLES = """
CREATE TABLE heads (
  id INTEGER PRIMARY KEY, boss INTEGER REFERENCES heads (id) ON DELETE RESTRICT, age INTEGER
);
CREATE TABLE hands (
  id INTEGER PRIMARY KEY, head INTEGER NOT NULL REFERENCES heads (id) ON DELETE CASCADE,
  twin INTEGER REFERENCES hands (id) ON DELETE SET NULL, doubled AS (id * 2)
);
CREATE TABLE rings (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  hand INTEGER NOT NULL REFERENCES hands (id) ON DELETE RESTRICT
);
CREATE TABLE gloves (id INTEGER PRIMARY KEY, hand INTEGER NOT NULL REFERENCES hands (id));
CREATE TRIGGER hands_guard BEFORE DELETE ON hands BEGIN SELECT RAISE(ABORT, 'never'); END;
CREATE TRIGGER rings_count AFTER INSERT ON rings BEGIN INSERT INTO log VALUES ('ring'); END;
CREATE VIEW elders AS SELECT id FROM heads WHERE age > 60;
INSERT INTO heads VALUES (1, NULL, 70), (2, 1, 30), (3, 2, NULL);
INSERT INTO hands (id, head, twin) VALUES (1, 1, 2), (2, 1, 1), (3, 3, NULL);
INSERT INTO rings (hand) VALUES (1), (1), (3);
DELETE FROM rings WHERE id = 3;
INSERT INTO gloves VALUES (1, 2);
"""
CYCLES_POSTGRES = """
CREATE TABLE heads (
  id BIGSERIAL PRIMARY KEY, boss BIGINT REFERENCES heads (id) ON DELETE RESTRICT, age BIGINT
);
"""
ALL = (*TABLES, "heads", "hands", "rings", "gloves", "sqlite_sequence", "elders")


@pytest.fixture(scope="module")
def libsql() -> Iterator[Database]:
    with scratch_database(Backend.LIBSQL) as database:
        database.apply(MigrationScript(1, "base", "", LIBSQL + CYCLES + ROWS, "V1.sql"))
        yield database


@pytest.fixture(scope="module")
def postgres() -> StaticResult:
    script = MigrationScript(1, "base", "", POSTGRES + CYCLES_POSTGRES, "V1.sql")
    return interpret(NOTHING, script)


@pytest.fixture(scope="module")
def context(libsql: Database, postgres: StaticResult) -> Context:
    texts = libsql.query("SELECT lower(name), sql FROM sqlite_schema WHERE sql IS NOT NULL")
    definitions = {str(name): str(sql) for name, sql in texts}
    return Context(read_schema(libsql), postgres.schema, HouseStyle(), definitions)


def state(database: Database) -> dict[str, list[tuple[object, ...]]]:
    return {table: sorted(database.query(f"SELECT * FROM {table}"), key=repr) for table in ALL}


def after(database: Database, sql: str) -> tuple[Schema, dict[str, list[tuple[object, ...]]]]:
    """The schema and rows that a version of the runner leads to; nothing of it stays."""
    with database.transaction(MigrationScript(2, "v", "", sql, "V2.sql"), keep=False):
        assert database.query("PRAGMA foreign_key_check") == []
        assert database.query("SELECT name FROM sqlite_temp_schema") == []
        return read_schema(database), state(database)


def errors(libsql: Schema, postgres: Schema, context: Context) -> list[str]:
    house = HouseTypes.learn(column_pairs(context.libsql, context.postgres))
    shared = {table.name for table in postgres.tables}
    mine = Schema(tuple(table for table in libsql.tables if table.name in shared))
    return [
        each.message
        for each in compare(mine, postgres, house)
        if each.severity is not Severity.NOTE and each.decided
    ]


ALTERS = (
    "ALTER TABLE items DROP CONSTRAINT items_kind_check;",
    "ALTER TABLE items ADD CONSTRAINT items_size_check CHECK (size IS NULL OR size > 0) NOT VALID;",
    "ALTER TABLE items ADD CHECK (size <> 3), DROP CONSTRAINT items_org_id_kind_size_key;",
    "ALTER TABLE items ALTER COLUMN note SET DEFAULT 'other', ALTER COLUMN kind DROP NOT NULL;",
    "ALTER TABLE items ALTER kind SET DEFAULT 'a';\nALTER TABLE items ALTER note DROP DEFAULT;",
    "ALTER TABLE items DROP CONSTRAINT items_org_id_fkey, ADD CONSTRAINT items_org_id_fkey"
    " FOREIGN KEY (org_id) REFERENCES orgs (id) ON DELETE RESTRICT;",
    "ALTER TABLE ONLY parts ALTER COLUMN label DROP NOT NULL;",
    "ALTER TABLE parts ADD CONSTRAINT parts_label_key UNIQUE (label);",
    "ALTER TABLE stays DROP CONSTRAINT stays_org_id_nr_fkey;",
    "ALTER TABLE heads ADD CONSTRAINT heads_age_check CHECK (age < 150);",
    "ALTER TABLE heads ALTER COLUMN age SET DEFAULT 1;\nALTER TABLE heads ADD COLUMN x TEXT;",
    "ALTER TABLE orgs ALTER COLUMN name SET DEFAULT 'nobody';",
    "ALTER TABLE remarks ADD CONSTRAINT remarks_check CHECK (id > 0);",
)


@pytest.mark.parametrize("sql", ALTERS)
def test_every_row_of_every_table_is_kept(
    libsql: Database, postgres: StaticResult, context: Context, sql: str
) -> None:
    derived = derive(sql, Backend.POSTGRES, context)
    assert derived.marks == ()
    schema, rows = after(libsql, derived.sql)
    wanted = interpret(postgres, MigrationScript(2, "v", "", sql, "V2.sql")).schema
    assert errors(schema, wanted, context) == []
    before = state(libsql)
    if "ADD COLUMN" in sql:
        rows["heads"] = [row[:-1] for row in rows["heads"]]
    assert rows == before
    old = {table.name: table for table in context.libsql.tables}
    for table in schema.tables:
        assert table.triggers == old[table.name].triggers
        assert table.indexes == old[table.name].indexes


class World:
    """What the examples share; short to print."""

    def __init__(self, libsql: Database, postgres: StaticResult, context: Context) -> None:
        self.libsql, self.postgres, self.context = libsql, postgres, context


@pytest.fixture(scope="module")
def world(libsql: Database, postgres: StaticResult, context: Context) -> World:
    return World(libsql, postgres, context)


@settings(max_examples=25)
@given(st.lists(st.sampled_from(ALTERS), min_size=1, max_size=4, unique=True))
def test_any_alterations_together_keep_every_row(world: World, chosen: list[str]) -> None:
    libsql, postgres, context = world.libsql, world.postgres, world.context
    sql = "\n".join(chosen)
    derived = derive(sql, Backend.POSTGRES, context)
    schema, rows = after(libsql, derived.sql)
    wanted = interpret(postgres, MigrationScript(2, "v", "", sql, "V2.sql")).schema
    assert derived.marks == ()
    assert errors(schema, wanted, context) == []
    rows["heads"] = [row[:3] for row in rows["heads"]]
    assert rows == state(libsql)


def test_the_table_keeps_its_layout_and_comments(context: Context) -> None:
    derived = derive(
        "ALTER TABLE items DROP CONSTRAINT items_kind_check;\n"
        "ALTER TABLE items ADD CONSTRAINT items_kind_check CHECK (kind IN ('a', 'b', 'c')),\n"
        "  ALTER COLUMN note SET NOT NULL;\n",
        Backend.POSTGRES,
        context,
    )
    assert derived.sql.count("CREATE TABLE") == 1
    text = context.definitions["items"]
    text = text.replace("('a', 'b')", "('a', 'b', 'c')").replace("note TEXT", "note TEXT NOT NULL")
    assert text in derived.sql


def test_validate_needs_nothing(context: Context) -> None:
    derived = derive(
        "ALTER TABLE items VALIDATE CONSTRAINT items_kind_check;", Backend.POSTGRES, context
    )
    assert derived.marks == ()
    assert "CREATE TABLE" not in derived.sql
    assert "-- libsql checked every row" in derived.sql


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE nowhere ADD CHECK (x > 0);",
        "ALTER TABLE items DROP CONSTRAINT unheard_of;",
        "ALTER TABLE items ALTER COLUMN nothing SET NOT NULL;",
        "ALTER TABLE items ADD CONSTRAINT e EXCLUDE USING gist (note WITH =);",
    ],
)
def test_what_is_not_certain_is_marked(context: Context, sql: str) -> None:
    assert derive(sql, Backend.POSTGRES, context).marks


TABLE = """CREATE TABLE t (
  a TEXT, -- first, of all
  b INTEGER NOT NULL /* second */,
  -- about c
  c TEXT CHECK (c IN ('x,y', ')')), -- third
  UNIQUE (a, b), -- pair
  CHECK (a <> b) -- last
)"""


@given(st.lists(st.integers(0, 4), min_size=1, max_size=4))
def test_items_come_and_go_without_breaking_the_text(places: list[int]) -> None:
    text = Definition(TABLE)
    for number, place in enumerate(places):
        column = text.items[place].column if place < len(text.items) - 1 else None
        if column in ("a", "b", "c"):
            text = text.without(text.items[place])
        text = text.with_item(f"d{number} TEXT", is_column=True)
        text = text.with_item(f"CHECK (d{number} <> 'x')", is_column=False)
    with scratch_database(Backend.LIBSQL) as database:
        columns = [item.column for item in text.items if item.column]
        if {"a", "b"} <= set(columns):
            database.execute(text.sql)


@pytest.mark.parametrize("action", ["", " ON DELETE RESTRICT", " ON DELETE SET NULL"])
def test_children_that_refer_to_each_other_come_back(action: str) -> None:
    base = (
        "CREATE TABLE a (id INTEGER PRIMARY KEY, x TEXT);\n"
        "CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER REFERENCES a (id) ON DELETE SET NULL);\n"
        "CREATE TABLE c (id INTEGER PRIMARY KEY, a INTEGER NOT NULL REFERENCES a (id)"
        f" ON DELETE CASCADE, b INTEGER REFERENCES b (id){action});\n"
        "CREATE TABLE d (a INTEGER NOT NULL REFERENCES a (id) ON DELETE CASCADE,"
        f" c INTEGER REFERENCES c (id){action});\n"
    )
    rows = (
        "INSERT INTO a VALUES (1, 'x');\nINSERT INTO b VALUES (1, 1), (2, NULL);\n"
        "INSERT INTO c VALUES (1, 1, 1), (2, 1, NULL);\nINSERT INTO d VALUES (1, 1), (1, NULL);\n"
    )
    with scratch_database(Backend.LIBSQL) as database:
        database.apply(MigrationScript(1, "base", "", base + rows, "V1.sql"))
        schema = interpret(NOTHING, MigrationScript(1, "base", "", base, "V1.sql")).schema
        context = Context(read_schema(database), schema, HouseStyle())
        derived = derive("ALTER TABLE a ALTER x SET NOT NULL;", Backend.POSTGRES, context)
        assert derived.marks == ()
        before = [database.query(f"SELECT * FROM {table}") for table in "abcd"]
        database.apply(MigrationScript(2, "v", "", derived.sql, "V2.sql"))
        assert [database.query(f"SELECT * FROM {table}") for table in "abcd"] == before
        assert database.query("PRAGMA foreign_key_check") == []
