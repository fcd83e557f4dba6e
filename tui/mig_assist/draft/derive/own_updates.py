"""Triggers that update the very row they are about, and what that sets off on libsql.

There an AFTER trigger does with an UPDATE what PostgreSQL's BEFORE triggers do by NEW.column := …;
that UPDATE sets off the table's other triggers, once more
(https://www.sqlite.org/pragma.html#pragma_recursive_triggers keeps only itself from it).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from mig_assist.backend import Backend
from mig_assist.draft.derive.reader import Reader
from mig_assist.engines.schema import Trigger
from mig_assist.engines.sqlite_tokens import fold


def assigned(sql: str) -> Iterator[str]:
    """The columns that an UPDATE sets."""
    reader = Reader(sql, Backend.LIBSQL)
    reader.skip_to("SET")
    while reader.accept("SET") or reader.accept(","):
        if reader.peek() == "(":
            yield from reader.names()
        else:
            yield reader.name()
        reader.skip_to(",", "WHERE", "FROM", "RETURNING")


def target_of(sql: str) -> str:
    """The folded name of the table to which an INSERT, UPDATE or DELETE writes."""
    reader = Reader(sql, Backend.LIBSQL)
    if reader.peek() == "UPDATE":
        reader.place += 1 if reader.peek(1) != "OR" else 3
    else:
        reader.skip_to("INTO", "FROM")
        reader.place += 1
    return fold(reader.name())


def set_off_twice(table: str, columns: Collection[str], others: Iterable[Trigger]) -> Iterator[str]:
    """The triggers on a table that write rows, and that an UPDATE of some columns sets off."""
    for trigger in others:
        watched = set(map(fold, trigger.update_of))
        if "UPDATE" not in trigger.events or (watched and not watched & set(map(fold, columns))):
            continue
        if any(target_of(sql) != fold(table) for sql in writes(trigger.action)):
            yield trigger.name


def sets_own_row(table: str, trigger: Trigger) -> tuple[str, ...]:
    """The columns of its own table's rows that libsql's trigger sets."""
    return tuple(
        column
        for sql in writes(trigger.action)
        if sql[:6].upper() == "UPDATE" and target_of(sql) == fold(table)
        for column in assigned(sql)
    )


def writes(action: str) -> Iterator[str]:
    """The statements of a trigger's body that write rows."""
    reader = Reader(action, Backend.LIBSQL)
    while not reader.at_end:
        start = reader.place
        reader.skip_to(";")
        sql = reader.text(start, reader.place)
        reader.place += 1
        if Reader(sql, Backend.LIBSQL).peek() in ("INSERT", "UPDATE", "DELETE", "REPLACE"):
            yield sql
