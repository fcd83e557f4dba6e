"""Statements of libsql tried on an empty in-memory database that has the schema before them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, cast

from mig_assist.backend import Backend
from mig_assist.draft.derive.libsql_text import index_sql, table_sql, trigger_sql, view_sql
from mig_assist.engines.database import HISTORY_TABLE
from mig_assist.engines.libsql_catalog import read_schema
from mig_assist.engines.schema import Schema, Table, View
from mig_assist.engines.sqlite_tokens import fold

if TYPE_CHECKING:
    from mig_assist.engines.database import Database


class Rehearsal:
    """An in-memory libsql: what a statement makes of a schema, without rows and without files."""

    backend = Backend.LIBSQL

    def __init__(self, schema: Schema, definitions: Mapping[str, str] | None = None) -> None:
        import libsql

        self._connection = libsql.connect(":memory:", isolation_level=None)
        self.run("PRAGMA foreign_keys = ON")
        self.run("BEGIN")
        for statement in _creating(schema, definitions or {}):
            self.run(statement)

    def run(self, sql: str) -> bool:
        """Run one statement; whether libsql accepts it."""
        return not self.attempt(sql)

    def follow(self, sql: str) -> None:
        """Run one statement, and a rename also where a view or trigger is in its way.

        https://www.sqlite.org/pragma.html#pragma_legacy_alter_table
        """
        if self.run(sql) or "RENAME" not in sql.upper():
            return
        was = self.query("PRAGMA legacy_alter_table")
        self.run("PRAGMA legacy_alter_table = ON")
        self.run(sql)
        self.run(f"PRAGMA legacy_alter_table = {was[0][0]}")

    def attempt(self, sql: str) -> str:
        """Run one statement; what libsql says against it, or nothing."""
        try:
            self._connection.execute(sql).fetchall()
        except ValueError as error:  # libsql raises nothing finer
            return str(error)
        return ""

    def texts(self) -> dict[str, str]:
        """The CREATE statement of each object, by its folded name."""
        rows = self.query("SELECT name, sql FROM main.sqlite_schema WHERE sql IS NOT NULL")
        return {fold(str(name)): str(sql) for name, sql in rows}

    def sql_of(self, name: str) -> str:
        """The CREATE statement of an object."""
        return self.texts().get(fold(name), "")

    def schema(self, tables: Collection[str] | None = None) -> Schema:
        """What the database holds now."""
        return read_schema(cast("Database", self), tables)

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """Rows, as the catalog's reader asks for them."""
        from mig_assist.engines.database import DatabaseError

        try:
            return self._connection.execute(sql, tuple(parameters)).fetchall() or []
        except ValueError as error:
            raise DatabaseError("The rehearsal failed", str(error)) from None

    def application_tables(self) -> tuple[str, ...]:
        """All tables of the application, as the catalog's reader asks for them."""
        rows = self.query(
            "SELECT name FROM main.sqlite_schema WHERE type = 'table'"
            " AND name <> ? COLLATE NOCASE AND name NOT GLOB 'sqlite_*' ORDER BY name",
            (HISTORY_TABLE,),
        )
        return tuple(str(name) for (name,) in rows)

    def close(self) -> None:
        """End it."""
        self._connection.close()


_REFUSALS = (
    (re.compile(r"no such table: (?:main\.)?(.+)"), "libsql has no table {} here."),
    (re.compile(r'no such column: "?([^"]+)"?'), "libsql has no column {} here."),
    (
        re.compile(r'unknown column "(.+)" in foreign key definition'),
        "libsql has no column {} for this foreign key.",
    ),
    (re.compile(r"duplicate column name: (.+)"), "libsql has a column {} already."),
    (
        re.compile(r'foreign key mismatch - "(.+)" referencing "(.+)"'),
        "{0} refers to columns of {1} that no PRIMARY KEY and no UNIQUE has.",
    ),
    (re.compile(r"(table|index|view) (.+) already exists"), "libsql has the {} {} already."),
)


def refusal(error: str) -> str:
    """What libsql says against a statement, in a sentence."""
    for pattern, sentence in _REFUSALS:
        if match := pattern.fullmatch(error.strip()):
            return sentence.format(*match.groups())
    return f"libsql does not accept this: {error}"


def _creating(schema: Schema, definitions: Mapping[str, str]) -> Iterator[str]:
    for table in schema.tables:
        yield definitions.get(fold(table.name)) or table_sql(table)
        for index in table.indexes:
            yield definitions.get(fold(index.name)) or index_sql(index, table.name)
    for view in schema.views:
        yield definitions.get(fold(view.name)) or view_sql(view)
    owners: tuple[Table | View, ...] = (*schema.tables, *schema.views)
    for owner in owners:
        for trigger in owner.triggers:
            yield definitions.get(fold(trigger.name)) or trigger_sql(trigger, owner.name)
