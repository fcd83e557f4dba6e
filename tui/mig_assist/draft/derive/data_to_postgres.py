"""libsql's INSERT, UPDATE, DELETE and SELECT for PostgreSQL."""

from __future__ import annotations

from mig_assist.draft.derive.identities import is_same
from mig_assist.draft.derive.known import KnownColumn, KnownTable
from mig_assist.draft.derive.outcome import Outcome, nothing
from mig_assist.draft.derive.queries import name_tables
from mig_assist.draft.derive.rewrite import Span, Writer
from mig_assist.draft.derive.to_postgres import ToPostgres
from mig_assist.draft.derive.words import spelled_name
from mig_assist.engines.spelling import literal


def query(writer: ToPostgres) -> Outcome:
    """A SELECT, or anything that only has to be gone through."""
    name_tables(writer)
    return Outcome(writer.render(Span(0, len(writer.tokens))), writer.doubts)


def insert(writer: ToPostgres, start: int) -> Outcome:
    """An INSERT or REPLACE whose first word stands at a place."""
    name_tables(writer)
    size = len(writer.tokens)
    clause = ""
    k = start + 1
    word = writer.tokens[start].text
    if writer.key(start) == "REPLACE":
        clause, word = "REPLACE", "INSERT" if word.isupper() else "insert"
    elif writer.key(k) == "OR":
        clause = writer.key(k + 1)
        k += 2
    table_at = k + 1
    while writer.key(table_at + 1) == ".":
        table_at += 2
    table = writer.known.table(writer.tokens[table_at].name) if table_at < size else None
    k = table_at + 1
    if writer.key(k) == "AS":
        k += 2
    columns: list[KnownColumn | None] = []
    listed = writer.key(k) == "("
    if listed:
        for span in writer.arguments(k):
            name = writer.tokens[span.start].folded
            columns.append(table.columns.get(name) if table else None)
        body = writer.close(k) + 1
    else:
        columns = list(table.columns.values()) if table else []
        body = k
    expect_rows(writer, body, columns)
    _number_rows(writer, table, body, columns)
    returning = writer.find(body, size, "RETURNING")
    conflict = conflict_at(writer, body, returning)
    setting = writer.find(conflict, returning, "SET")
    stop = writer.find(setting, returning, "WHERE")
    expect_assignments(writer, setting + 1, stop, table)
    head = writer.render(Span(0, start)) if start else ""
    prefix = f"{head}{writer.tokens[start].before if start else ''}{word}"
    into = writer.tokens[table_at - 1] if writer.key(table_at - 1) == "INTO" else None
    first = table_at - 1 if into else table_at
    text = prefix + " " + writer.render(Span(first, min(conflict, returning)))
    if conflict < returning:
        text += writer.tokens[conflict].before + _upsert(writer, conflict, returning, table)
    elif clause in ("IGNORE", "REPLACE"):
        names = [c.postgres_name for c in columns if c is not None]
        told = _on_conflict(writer, clause, table, names, len(names) == len(columns))
        if told:
            text += _joint(text) + (told if word.isupper() else told.lower())
    elif clause in ("FAIL", "ROLLBACK"):
        writer.doubt(f"OR {clause} has no counterpart: PostgreSQL undoes the statement.")
    if returning < size:
        text += writer.tokens[returning].before + writer.render(Span(returning, size))
    after = _sequence(writer, table, columns) if table is not None else ""
    return Outcome(text, writer.doubts, after=after)


def _sequence(writer: ToPostgres, table: KnownTable, columns: list[KnownColumn | None]) -> str:
    """What has a sequence go on behind the numbers that a statement gives itself."""
    there = writer.known.schema_table(table.libsql_name, writer.target)
    for column in columns:
        if column is None or not column.numbered:
            continue
        twin = there.column(column.postgres_name) if there else None
        if there is not None and (twin is None or not twin.numbered):
            continue
        if writer.known.types.numbering == "plain":
            continue
        name, key = writer.spelled(table.postgres_name), writer.spelled(column.postgres_name)
        # A sequence begins at 1, whatever lies below; that of an empty table stays.
        return (  # names and literals are quoted
            f"SELECT setval(pg_get_serial_sequence({literal(name)},"  # noqa: S608
            f" {literal(column.postgres_name)}), greatest(max({key}), 1), max({key}) > 0)"
            f" FROM {name}"
        )
    return ""


def _number_rows(
    writer: ToPostgres, table: KnownTable | None, body: int, columns: list[KnownColumn | None]
) -> None:
    """NULL for a key that numbers itself is its next number on libsql, as DEFAULT says it."""
    there = writer.known.schema_table(table.libsql_name, writer.target) if table else None
    k = body + 1 if writer.key(body) == "VALUES" else len(writer.tokens)
    while writer.key(k) == "(":
        for span, column in zip(writer.arguments(k), columns, strict=False):
            if column is None or not column.numbered or writer.source_text(span).upper() != "NULL":
                continue
            twin = there.column(column.postgres_name) if there else None
            if twin is not None and not twin.numbered and twin.default is None:
                writer.doubt(f"PostgreSQL does not number {column.postgres_name}: say its value.")
            else:
                writer.replace(span, lambda: "DEFAULT")
        k = writer.close(k) + 1
        k += writer.key(k) == ","


def _joint(text: str) -> str:
    return "\n" if "\n" in text else " "


def conflict_at(writer: Writer, start: int, stop: int) -> int:
    """Where an INSERT says what it does in conflict; ``stop`` where it does not."""
    k = start
    while (k := writer.find(k, stop, "ON")) < stop:
        if writer.key(k + 1) == "CONFLICT":
            return k
        k += 1
    return stop


def expect_rows(writer: Writer, body: int, columns: list[KnownColumn | None]) -> None:
    """Say of each value which type its column has."""
    size = len(writer.tokens)
    known = writer.known
    kinds = [
        (known.meant(c, writer.target), known.meant(c, writer.source)) if c else (None, None)
        for c in columns
    ]
    if writer.key(body) == "VALUES":
        k = body + 1
        while writer.key(k) == "(":
            for span, (kind, source) in zip(writer.arguments(k), kinds, strict=False):
                writer.want(span, kind, source)
            k = writer.close(k) + 1
            if writer.key(k) != ",":
                break
            k += 1
        return
    selects = [k for k in _outside(writer, body, size) if writer.key(k) == "SELECT"]
    for k in selects:
        stop = writer.find(
            k + 1, size, "FROM", "UNION", "WHERE", "ORDER", "LIMIT", "ON", "EXCEPT", "RETURNING"
        )
        first = k + 1 + (writer.key(k + 1) in ("DISTINCT", "ALL"))
        for span, (kind, source) in zip(writer.split(first, stop), kinds, strict=False):
            writer.want(_without_alias(writer, span), kind, source)


def _outside(writer: Writer, start: int, stop: int) -> list[int]:
    places = []
    k = start
    while k < stop:
        places.append(k)
        k = writer.close(k) + 1 if writer.key(k) in ("(", "[") else k + 1
    return places


def _without_alias(writer: Writer, span: Span) -> Span:
    place = writer.find(span.start, span.stop, "AS")
    return Span(span.start, place)


def _on_conflict(
    writer: ToPostgres, clause: str, table: KnownTable | None, names: list[str], complete: bool
) -> str:
    if clause == "IGNORE":
        return "ON CONFLICT DO NOTHING"
    if table is None or not table.primary_key or not complete:
        writer.doubt("OR REPLACE: PostgreSQL has to be told which key is in conflict.")
        return ""
    keys = [name.lower() for name in table.primary_key]
    if table.uniques:
        writer.doubt("OR REPLACE looks at every unique key; ON CONFLICT at one: decide which.")
    if table.referred_to:
        writer.doubt("OR REPLACE deletes the old row and what depends on it; ON CONFLICT does not.")
    listed = {name.lower() for name in names}
    if not set(keys) <= listed:
        return ""
    changes = []
    for column in table.columns.values():
        name = spelled_name(column.postgres_name, writer.target)
        if column.postgres_name.lower() in keys:
            continue
        given = column.postgres_name.lower() in listed
        changes.append(f"{name} = excluded.{name}" if given else f"{name} = DEFAULT")
    target = ", ".join(
        spelled_name(table.columns[key].postgres_name, writer.target) for key in keys
    )
    if not changes:
        return f"ON CONFLICT ({target}) DO NOTHING"
    return f"ON CONFLICT ({target}) DO UPDATE SET {', '.join(changes)}"


def _upsert(writer: ToPostgres, start: int, stop: int, table: KnownTable | None) -> str:
    """ON CONFLICT … DO …, in which PostgreSQL wants columns to be qualified."""
    place = writer.find(start, stop, "DO")
    if writer.key(place + 1) != "UPDATE" or table is None:
        return writer.render(Span(start, stop))
    setting = place + 2
    where = writer.find(setting, stop, "WHERE")
    name = spelled_name(table.postgres_name, writer.target)
    for k in range(setting + 1, stop):
        token = writer.tokens[k]
        if not token.is_name or token.folded not in table.columns:
            continue
        if writer.key(k - 1) == "." or writer.key(k + 1) in (".", "("):
            continue
        assigned = k < where and writer.key(k + 1) == "=" and writer.key(k - 1) in (",", "SET", "(")
        if not assigned or (writer.key(k - 1) == "(" and not _is_target_list(writer, k)):
            writer.qualify(k, name)
    return writer.render(Span(start, stop))


def _is_target_list(writer: ToPostgres, k: int) -> bool:
    return writer.key(k - 2) in ("SET", ",")


def expect_assignments(writer: Writer, start: int, stop: int, table: KnownTable | None) -> None:
    """Say of each assigned value which type its column has."""
    if table is None:
        return
    for span in writer.split(start, stop):
        if writer.key(span.start + 1) == "=" and writer.is_name(span.start):
            column = table.columns.get(writer.tokens[span.start].folded)
            if column is not None:
                kinds = (writer.known.meant(column, b) for b in (writer.target, writer.source))
                writer.want(Span(span.start + 2, span.stop), *kinds)


def update(writer: ToPostgres, start: int) -> Outcome:
    """An UPDATE whose first word stands at a place."""
    name_tables(writer)
    size = len(writer.tokens)
    k = start + 1
    if writer.key(k) == "OR":
        writer.doubt(f"UPDATE OR {writer.key(k + 1)} has no counterpart on PostgreSQL.")
        k += 2
    table_at = k
    while writer.key(table_at + 1) == ".":
        table_at += 2
    table = writer.known.table(writer.tokens[table_at].name) if table_at < size else None
    setting = writer.find(k, size, "SET")
    stop = writer.find(setting, size, "FROM", "WHERE", "RETURNING", "ORDER", "LIMIT")
    expect_assignments(writer, setting + 1, stop, table)
    if writer.key(stop) in ("ORDER", "LIMIT"):
        writer.doubt("UPDATE with LIMIT has no counterpart on PostgreSQL.")
    if _touches_nothing(writer, start):
        return nothing()
    changed = _changed(writer, setting + 1, stop, table)
    if changed == "":
        return nothing()
    text = writer.render(Span(0, start + 1))
    if changed is not None:
        text += writer.tokens[k].before + writer.render(Span(k, setting + 1)) + changed
        k = stop
    if k < size:
        text += writer.tokens[k].before + writer.render(Span(k, size))
    return Outcome(text, writer.doubts)


def _changed(writer: ToPostgres, start: int, stop: int, table: KnownTable | None) -> str | None:
    """The assignments without those that say the same value here; None where there are none."""
    kept, count = [], 0
    for span in writer.split(start, stop):
        count += 1
        column = table.columns.get(writer.tokens[span.start].folded) if table else None
        value = Span(span.start + 2, span.stop)
        if column is None or writer.key(span.start + 1) != "=" or value.stop - value.start == 1:
            kept.append(span)
            continue
        text = writer.value(value, writer.wanted_of(value))
        if not is_same(text, column.postgres_name, nullable=column.nullable):
            kept.append(span)
    if len(kept) == count:
        return None
    return ",".join(writer.tokens[span.start].before + writer.render(span) for span in kept)


def _touches_nothing(writer: ToPostgres, start: int) -> bool:
    """Whether no row can be as a statement wants it."""
    size = len(writer.tokens)
    where = writer.find(start, size, "WHERE")
    writer.render(Span(where, size))
    return where + 1 in writer.never


def delete(writer: ToPostgres) -> Outcome:
    """A DELETE."""
    name_tables(writer)
    size = len(writer.tokens)
    if writer.find(0, size, "LIMIT") < size:
        writer.doubt("DELETE with LIMIT has no counterpart on PostgreSQL.")
    if _touches_nothing(writer, writer.find(0, size, "DELETE")):
        return nothing()
    return Outcome(writer.render(Span(0, size)), writer.doubts)
