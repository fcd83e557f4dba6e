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
    return Outcome(writer.render(Span(0, size)), writer.doubts)


def delete(writer: ToLibsql, start: int) -> Outcome:
    """A DELETE whose first word stands at a place."""
    name_tables(writer)
    size = len(writer.tokens)
    if writer.find(start, size, "USING") < size:
        writer.doubt("DELETE … USING has no counterpart on libsql: write WHERE … IN (SELECT …).")
    return Outcome(writer.render(Span(0, size)), writer.doubts)
