"""A DROP TABLE of libsql where other tables refer to the table: PostgreSQL refuses it.

https://www.postgresql.org/docs/current/sql-droptable.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from mig_assist.backend import Backend
from mig_assist.draft.derive.model import Context
from mig_assist.draft.derive.postgres_side import named
from mig_assist.draft.derive.reader import Reader, mentioned
from mig_assist.draft.derive.rehearsal import Rehearsal
from mig_assist.engines.schema import ForeignKey, Schema, Table
from mig_assist.engines.sqlite_tokens import fold


@dataclass(frozen=True, slots=True)
class ParentDrop:
    """A table is dropped to which others refer.

    Attributes:
        doubt: what a person has to decide; empty where those others go in the same file, so that
            CASCADE ends only what would end anyhow.
    """

    doubt: str


def parent_drops(
    statements: Sequence[str], context: Context, apart: Collection[int]
) -> dict[int, ParentDrop]:
    """The DROP TABLE that PostgreSQL refuses, by their numbers.

    Args:
        statements: of the whole file, in order.
        context: both sides before the file.
        apart: statements that are carried otherwise.
    """
    drops = {
        number: name
        for number, sql in enumerate(statements)
        if number not in apart and (name := _dropped(sql))
    }
    sides = (context.libsql, context.postgres)
    refer = any("REFERENCES" in sql.upper() for sql in statements) or any(
        table.foreign_keys for schema in sides for table in schema.tables
    )
    if not drops or not refer:
        return {}
    found: dict[int, ParentDrop] = {}
    rehearsal = Rehearsal(context.libsql, context.definitions)
    try:
        for number, sql in enumerate(statements):
            if number in drops:
                later = {fold(name) for each, name in drops.items() if each > number}
                drop = _parent_drop(drops[number], later, rehearsal.schema(), context)
                if drop is not None:
                    found[number] = drop
            rehearsal.run(sql)
    finally:
        rehearsal.close()
    return found


def _dropped(sql: str) -> str:
    reader = Reader(sql, Backend.LIBSQL)
    if not reader.accept("DROP", "TABLE"):
        return ""
    reader.accept("IF", "EXISTS")
    return reader.name()


def _parent_drop(
    name: str, later: Collection[str], libsql: Schema, context: Context
) -> ParentDrop | None:
    if named(libsql, name) is None and named(context.postgres, name) is None:
        return None
    children = {
        fold(table.name): f"{table.name} ({', '.join(key.columns)})"
        for table, key in (*_references(libsql, name), *_only_there(libsql, context, name))
    }
    if not children:
        return None
    staying = [child for child in children if child not in later]
    views = [
        view.name
        for view in context.postgres.views
        if fold(name) in mentioned(view.definition, Backend.POSTGRES)
    ]
    if not staying and not views:
        return ParentDrop("")
    who = ", ".join([*(children[child] for child in staying), *views])
    verb = "refers" if len(staying) + len(views) == 1 else "refer"
    return ParentDrop(
        f"{who} {verb} to {name}, so that PostgreSQL refuses this: end that before, or say CASCADE."
    )


def _references(schema: Schema, name: str) -> Iterator[tuple[Table, ForeignKey]]:
    for table in schema.tables:
        for key in table.foreign_keys:
            if fold(key.target) == fold(name) != fold(table.name):
                yield table, key


def _only_there(libsql: Schema, context: Context, name: str) -> Iterator[tuple[Table, ForeignKey]]:
    """References that PostgreSQL alone has."""
    mine = {fold(table.name) for table, _ in _references(context.libsql, name)}
    for table, key in _references(context.postgres, name):
        if fold(table.name) not in mine and named(libsql, table.name) is not None:
            yield table, key
