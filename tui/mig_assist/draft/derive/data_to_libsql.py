"""PostgreSQL's INSERT, UPDATE and DELETE for libsql."""

from __future__ import annotations

from mig_assist.draft.derive.data_to_postgres import (
    conflict_at,
    expect_assignments,
    expect_rows,
)
from mig_assist.draft.derive.known import KnownColumn, KnownTable
from mig_assist.draft.derive.outcome import Outcome
from mig_assist.draft.derive.queries import name_tables
from mig_assist.draft.derive.rewrite import Span
from mig_assist.draft.derive.to_libsql import ToLibsql


def insert(writer: ToLibsql, start: int) -> Outcome:
    """An INSERT whose first word stands at a place."""
    name_tables(writer)
    size = len(writer.tokens)
    table_at = start + 2
    while writer.key(table_at + 1) == ".":
        table_at += 2
    table = writer.known.table(writer.tokens[table_at].name) if table_at < size else None
    k = table_at + 1
    if writer.key(k) == "AS":
        k += 2
    columns: list[KnownColumn | None] = []
    if writer.key(k) == "(" and writer.key(k + 1) != "SELECT":
        for span in writer.arguments(k):
            name = writer.tokens[span.start].folded
            columns.append(table.columns.get(name) if table else None)
        k = writer.close(k) + 1
    elif table is not None:
        columns = list(table.columns.values())
    expect_rows(writer, k, columns)
    conflict = conflict_at(writer, k, size)
    if conflict < size:
        _upsert(writer, conflict, table)
        # SQLite takes the ON of an upsert behind a SELECT for that of a join.
        selects = writer.key(k) in ("SELECT", "WITH", "(")
        if selects and writer.find(k, conflict, "WHERE") == conflict:
            text = writer.render(Span(0, conflict)) + " WHERE true"
            rest = writer.tokens[conflict].before + _conflict_text(writer, conflict, size, table)
            return Outcome(text + rest, writer.doubts)
        text = writer.render(Span(0, conflict)) + writer.tokens[conflict].before
        return Outcome(text + _conflict_text(writer, conflict, size, table), writer.doubts)
    return Outcome(writer.render(Span(0, size)), writer.doubts)


def _upsert(writer: ToLibsql, start: int, table: KnownTable | None) -> None:
    size = len(writer.tokens)
    setting = writer.find(start, size, "SET")
    stop = writer.find(setting, size, "WHERE", "RETURNING")
    expect_assignments(writer, setting + 1, stop, table)


def _conflict_text(writer: ToLibsql, start: int, stop: int, table: KnownTable | None) -> str:
    if not writer.at(start + 2, "ON", "CONSTRAINT"):
        return writer.render(Span(start, stop))
    name = writer.tokens[start + 4].name
    there = writer.known.schema_table(table.postgres_name, writer.source) if table else None
    for key in (there.primary_key, *there.uniques) if there else ():
        if key is not None and key.name == name:
            columns = ", ".join(writer.spelled(column) for column in key.columns)
            head = writer.source_text(Span(start, start + 2))
            rest = Span(start + 5, stop)
            return f"{head} ({columns}){writer.tokens[start + 5].before}{writer.render(rest)}"
    writer.doubt(f"ON CONSTRAINT {name}: libsql wants the columns of the key.")
    return writer.render(Span(start, stop))


def update(writer: ToLibsql, start: int) -> Outcome:
    """An UPDATE whose first word stands at a place."""
    name_tables(writer)
    size = len(writer.tokens)
    table_at = start + 1 + (writer.key(start + 1) == "ONLY")
    while writer.key(table_at + 1) == ".":
        table_at += 2
    table = writer.known.table(writer.tokens[table_at].name) if table_at < size else None
    setting = writer.find(start, size, "SET")
    stop = writer.find(setting, size, "FROM", "WHERE", "RETURNING")
    expect_assignments(writer, setting + 1, stop, table)
    return Outcome(_target(writer, table_at, setting) + _rest(writer, setting), writer.doubts)


def delete(writer: ToLibsql, start: int) -> Outcome:
    """A DELETE whose first word stands at a place."""
    name_tables(writer)
    size = len(writer.tokens)
    table_at = start + 2 + (writer.key(start + 2) == "ONLY")
    while writer.key(table_at + 1) == ".":
        table_at += 2
    using = writer.find(start, size, "USING")
    where = writer.find(start, size, "WHERE")
    if using > where or using == size:
        stop = min(where, writer.find(start, size, "RETURNING"))
        return Outcome(_target(writer, table_at, stop) + _rest(writer, stop), writer.doubts)
    end = writer.find(using, size, "RETURNING")
    others = writer.render(Span(using + 1, min(where, end)))
    text = f"{_target(writer, table_at, using)}{writer.tokens[using].before}"
    upper = writer.tokens[start].text.isupper()
    exists, chosen = (
        ("WHERE EXISTS", "SELECT 1 FROM") if upper else ("where exists", "select 1 from")
    )
    text += (
        f"{exists} ({chosen}{writer.tokens[using + 1].before}{others}{_rest(writer, where, end)})"
    )
    return Outcome(text + _rest(writer, end), writer.doubts)


def _target(writer: ToLibsql, table_at: int, stop: int) -> str:
    """What stands up to a place; before the table's other name SQLite wants AS."""
    alias = table_at + 1
    if alias >= stop or writer.key(alias) == "AS" or not writer.is_name(alias):
        return writer.render(Span(0, stop))
    word = "AS" if writer.tokens[0].text.isupper() else "as"
    head = writer.render(Span(0, alias))
    return f"{head} {word}{writer.tokens[alias].before}{writer.render(Span(alias, stop))}"


def _rest(writer: ToLibsql, start: int, stop: int | None = None) -> str:
    """What stands behind a place, with the space before it."""
    end = len(writer.tokens) if stop is None else stop
    return writer.tokens[start].before + writer.render(Span(start, end)) if start < end else ""
