"""What libsql rebuilds becomes ALTER TABLE on PostgreSQL, and a safe rebuild again on libsql."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from mig_assist.backend import Backend
from mig_assist.draft.derive import Derived, derive
from mig_assist.draft.derive.model import Context
from mig_assist.draft.house import HouseStyle
from mig_assist.engines.catalog import read_schema
from mig_assist.engines.database import Database, MigrationScript
from mig_assist.engines.house_types import HouseTypes
from mig_assist.engines.schema import Schema
from mig_assist.engines.scratch import scratch_database
from mig_assist.findings import Severity
from mig_assist.verify.parity.compare import column_pairs, compare
from tests.draft.rebuild_histories import LIBSQL, POSTGRES, ROWS, TABLES, History, histories

HISTORIES = list(histories())
Rows = Mapping[str, list[tuple[object, ...]]]


@dataclass(frozen=True)
class Sides:
    """Both engines with the same tables and rows."""

    libsql: Database
    postgres: Database
    context: Context
    house: HouseTypes


@pytest.fixture(scope="module")
def sides(postgres_url: str) -> Iterator[Sides]:
    with (
        scratch_database(Backend.LIBSQL) as libsql,
        scratch_database(Backend.POSTGRES, postgres_url) as postgres,
    ):
        libsql.apply(script(1, LIBSQL + ROWS))
        postgres.apply(script(1, POSTGRES + ROWS))
        one, other = read_schema(libsql), read_schema(postgres)
        texts = libsql.query("SELECT lower(name), sql FROM sqlite_schema WHERE sql IS NOT NULL")
        yield Sides(
            libsql,
            postgres,
            Context(one, other, HouseStyle(), {str(name): str(sql) for name, sql in texts}),
            HouseTypes.learn(column_pairs(one, other)),
        )


def script(version: int, sql: str) -> MigrationScript:
    return MigrationScript(version, "rebuilds", "", sql, f"V{version}.sql")


def outcome(database: Database, sql: str) -> tuple[Schema, Rows]:
    """The schema and the rows that a version leads to; nothing of it stays."""
    with database.transaction(script(2, sql), keep=False):
        if database.backend is Backend.LIBSQL:
            assert database.query("PRAGMA foreign_key_check") == []
        rows = {}
        schema = read_schema(database)
        for table in TABLES:
            columns = sorted(
                column.name
                for column in next(each for each in schema.tables if each.name == table).columns
            )
            found = database.query(f"SELECT {', '.join(columns)} FROM {table}")
            rows[table] = sorted(map(tuple, found), key=repr)
        return schema, rows


def by_hand(sides: Sides, sql: str) -> tuple[Schema, Rows]:
    """What libsql's own version leads to, run as its authors do: with foreign keys off."""
    sides.libsql.execute("PRAGMA foreign_keys = OFF")
    try:
        return outcome(sides.libsql, sql)
    finally:
        sides.libsql.execute("PRAGMA foreign_keys = ON")


def divergences(sides: Sides, libsql: Schema, postgres: Schema) -> list[str]:
    return [
        each.message
        for each in compare(libsql, postgres, sides.house)
        if each.severity is not Severity.NOTE and each.decided
    ]


@pytest.fixture(params=HISTORIES, ids=lambda history: history.name)
def history(request: pytest.FixtureRequest) -> History:
    found: History = request.param
    return found


def to_postgres(sides: Sides, history: History) -> Derived:
    return derive(history.sql, Backend.LIBSQL, sides.context)


def test_a_rebuild_becomes_what_it_does(sides: Sides, history: History) -> None:
    wanted, wanted_rows = by_hand(sides, history.sql)
    derived = to_postgres(sides, history)
    assert "CREATE TABLE" not in derived.sql
    schema, rows = outcome(sides.postgres, derived.sql)
    assert derived.marks == ()
    assert divergences(sides, wanted, schema) == []
    assert rows == wanted_rows


def test_alterations_become_a_rebuild_that_loses_nothing(sides: Sides, history: History) -> None:
    wanted, wanted_rows = by_hand(sides, history.sql)
    postgres = to_postgres(sides, history).sql
    altered, _ = outcome(sides.postgres, postgres)
    back = derive(postgres, Backend.POSTGRES, sides.context)
    schema, rows = outcome(sides.libsql, back.sql)
    assert divergences(sides, schema, altered) == []
    assert rows == wanted_rows
    names = {table.name: table for table in wanted.tables}
    for table in schema.tables:
        assert {i.name for i in table.indexes} == {i.name for i in names[table.name].indexes}
        assert table.triggers == names[table.name].triggers
