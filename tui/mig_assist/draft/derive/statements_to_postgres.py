"""libsql's statements for PostgreSQL."""

from __future__ import annotations

from dataclasses import replace

from mig_assist.draft.derive import data_to_postgres as data
from mig_assist.draft.derive.immutability import check_immutable
from mig_assist.draft.derive.internals import withheld
from mig_assist.draft.derive.known import Known
from mig_assist.draft.derive.outcome import Outcome, nothing, without_counterpart
from mig_assist.draft.derive.queries import name_tables
from mig_assist.draft.derive.reader import unwrapped
from mig_assist.draft.derive.rewrite import Span
from mig_assist.draft.derive.tables_to_postgres import add_column, create_table
from mig_assist.draft.derive.to_postgres import ToPostgres
from mig_assist.draft.derive.tokens import Token


def carry(tokens: tuple[Token, ...], known: Known) -> Outcome:
    """What a statement of libsql is on PostgreSQL."""
    writer = ToPostgres(tokens, known)
    return withheld(_carry(writer), writer)


def _carry(writer: ToPostgres) -> Outcome:
    tokens = writer.tokens
    match [token.key for token in tokens[:4]]:
        case ["CREATE", *_]:
            return _create(writer)
        case ["ALTER", "TABLE", *_]:
            return _alter(writer)
        case ["DROP", *_]:
            return _drop(writer)
        case ["INSERT" | "REPLACE", *_]:
            return data.insert(writer, 0)
        case ["UPDATE", *_]:
            return data.update(writer, 0)
        case ["DELETE", *_]:
            return data.delete(writer)
        case ["SELECT" | "VALUES", *_]:
            return data.query(writer)
        case ["WITH", *_]:
            return _with(writer)
        case ["PRAGMA", *_]:
            return nothing()  # it is about SQLite's engine, or about one connection to it
        case ["BEGIN", *_]:
            return Outcome(tokens[0].text)
        case ["COMMIT" | "END" | "ROLLBACK" | "SAVEPOINT" | "RELEASE", *_]:
            return Outcome(writer.source_text(Span(0, len(tokens))))
        case ["ANALYZE", *_]:
            return Outcome(writer.render(Span(0, len(tokens))))
        case ["VACUUM" | "REINDEX" | "ATTACH" | "DETACH" | "EXPLAIN", *_]:
            return without_counterpart(f"{tokens[0].key} was not carried.")
    return without_counterpart("This statement was not understood.")


def _create(writer: ToPostgres) -> Outcome:
    k = 1
    temporary = writer.key(k) in ("TEMP", "TEMPORARY")
    k += temporary
    unique = writer.key(k) == "UNIQUE"
    k += unique
    kind = writer.key(k)
    name = k + 1
    if writer.at(name, "IF", "NOT", "EXISTS"):
        name += 3
    match kind:
        case "TABLE":
            return create_table(writer, name)
        case "INDEX":
            return _index(writer, name)
        case "VIEW":
            return _view(writer, k, name)
        case "TRIGGER":
            return without_counterpart("This trigger was not carried.")
        case "VIRTUAL":
            return without_counterpart(
                "PostgreSQL has no virtual tables: choose what takes its place."
            )
    return without_counterpart("This statement was not understood.")


def _index(writer: ToPostgres, name: int) -> Outcome:
    size = len(writer.tokens)
    out = "".join(
        (writer.tokens[k].before if k else "") + writer.tokens[k].text for k in range(name)
    )
    before = writer.tokens[name].before
    while writer.key(name + 1) == ".":
        name += 2
    on = writer.find(name, size, "ON")
    if not writer.is_name(on + 1) or writer.key(on + 2) != "(":
        return without_counterpart("This CREATE INDEX was not understood.")
    table = writer.known.table(writer.tokens[on + 1].name)
    if table is not None:
        writer.tables[writer.tokens[on + 1].folded] = table
    out += before + writer.name_text(name)
    out += writer.tokens[on].before + writer.tokens[on].text
    out += writer.tokens[on + 1].before + writer.name_text(on + 1)
    opening = on + 2
    closing = writer.close(opening)
    if closing == size - 1 and _is_there(writer, name, on + 1):
        return nothing()
    parts = [
        writer.tokens[span.start].before + _index_part(writer, span)
        for span in writer.arguments(opening)
        if span.start < span.stop
    ]
    out += f"{writer.tokens[opening].before}({','.join(parts)}{writer.tokens[closing].before})"
    if writer.key(closing + 1) == "WHERE":
        where = writer.tokens[closing + 1]
        predicate = Span(closing + 1, size)
        parts.append(writer.render(predicate))
        out += where.before + parts[-1]
    check_immutable(writer, " ".join(parts), "an index")
    return Outcome(out, writer.doubts)


def _is_there(writer: ToPostgres, name: int, table: int) -> bool:
    """Whether PostgreSQL has the index that is made over plain columns.

    libsql loses its indexes with a table that is dropped, which PostgreSQL alters.
    """
    there = writer.known.schema_table(writer.tokens[table].name, writer.target)
    parts = writer.arguments(table + 1)
    if any(part.stop - part.start != 1 for part in parts):
        return False
    columns = [writer.tokens[part.start].folded for part in parts]
    unique = writer.key(1) == "UNIQUE"
    return any(
        index.name.lower() == writer.tokens[name].folded
        and index.unique is unique
        and index.predicate is None
        and [part.text.lower() for part in index.parts] == columns
        for index in (there.indexes if there else ())
    )


def _index_part(writer: ToPostgres, span: Span) -> str:
    start, stop = span
    order = ""
    if writer.key(stop - 1) in ("ASC", "DESC") and stop - start > 1:
        order = writer.tokens[stop - 1].before + writer.tokens[stop - 1].text
        stop -= 1
    lowered = False
    if writer.key(stop - 2) == "COLLATE" and stop - start > 2:
        collation = writer.tokens[stop - 1].folded
        lowered = collation == "nocase"
        if collation not in ("nocase", "binary"):
            writer.doubt(f"COLLATE {collation.upper()} has no counterpart on PostgreSQL.")
        stop -= 2
    inner = Span(start, stop)
    if stop - start == 1 and writer.is_name(start):
        text = writer.name_text(start)
        return (f"lower({text})" if lowered else text) + order
    text = writer.render(inner)
    if lowered:
        return f"lower({text})" + order
    called = (
        writer.is_name(start)
        and writer.key(start + 1) == "("
        and writer.close(start + 1) == stop - 1
        and writer.key(start) not in ("CAST", "COALESCE", "NULLIF")
        and text.endswith(")")
        and not text.startswith(("CAST", "CASE", "("))
    )
    enclosed = writer.key(start) == "(" and writer.close(start) == stop - 1
    if enclosed:
        return text + order if text.startswith("(") else f"({text}){order}"
    # COALESCE and its like are no functions to the grammar, but stand without parentheses too.
    plain = called or (writer.key(start) in ("COALESCE", "NULLIF") and text.endswith(")"))
    if plain and writer.close(start + 1) == stop - 1:
        return text + order
    return f"({unwrapped(text, writer.target)}){order}"


def _view(writer: ToPostgres, k: int, name: int) -> Outcome:
    name_tables(writer)
    size = len(writer.tokens)
    head = writer.source_text(Span(0, k + 1))
    if name > k + 1:
        upper = head.isupper()
        head = "CREATE OR REPLACE" + head[len("CREATE") :]
        head = head if upper else head.lower()
    return Outcome(
        head + writer.tokens[name].before + writer.render(Span(name, size)), writer.doubts
    )


def _alter(writer: ToPostgres) -> Outcome:
    size = len(writer.tokens)
    name = 2
    while writer.key(name + 1) == ".":
        name += 2
    if not writer.is_name(name):
        return without_counterpart("This ALTER TABLE was not understood.")
    table = writer.known.table(writer.tokens[name].name)
    if table is not None:
        writer.tables[writer.tokens[name].folded] = table
    head = writer.source_text(Span(0, 2)) + writer.tokens[name].before + writer.name_text(name)
    k = name + 1
    match writer.key(k), writer.key(k + 1):
        case "ADD", following:
            column = k + 1 + (following == "COLUMN" and writer.is_name(k + 2))
            if table is None:
                from mig_assist.draft.derive.known import KnownTable

                plain = writer.tokens[name].name
                table = KnownTable(plain, plain)
                writer.tables[plain.lower()] = table
            text = add_column(writer, table, column)
            middle = _between(writer, k, column)
            writer.known.add_column(table, writer.tokens[column].folded)
            return Outcome(f"{head}{middle}{writer.tokens[column].before}{text}", writer.doubts)
        case "RENAME", "TO":
            writer.known.rename(writer.tokens[name].name, writer.tokens[k + 2].name)
            return Outcome(
                head
                + _between(writer, k, k + 2)
                + writer.tokens[k + 2].before
                + writer.name_text(k + 2)
            )
        case "RENAME", _:
            old = k + 1 + (writer.key(k + 1) == "COLUMN")
            new = size - 1
            text = head + _between(writer, k, old) + writer.tokens[old].before
            text += writer.name_text(old) + _between(writer, old + 1, new)
            text += writer.tokens[new].before + writer.name_text(new)
            if table is not None:
                writer.known.rename_column(table, writer.tokens[old].name, writer.tokens[new].name)
            return Outcome(text)
        case "DROP", _:
            column = size - 1
            text = head + _between(writer, k, column) + writer.tokens[column].before
            text += writer.name_text(column)
            if table is not None:
                writer.known.drop_column(table, writer.tokens[column].name)
            return Outcome(text)
    return without_counterpart("This ALTER TABLE was not understood.")


def _between(writer: ToPostgres, start: int, stop: int) -> str:
    return "".join(token.before + token.text for token in writer.tokens[start:stop])


def _drop(writer: ToPostgres) -> Outcome:
    size = len(writer.tokens)
    kind = writer.key(1)
    name = 2 + 2 * writer.at(2, "IF", "EXISTS")
    head = writer.source_text(Span(0, name))
    before = writer.tokens[name].before if name < size else " "
    while writer.key(name + 1) == ".":
        name += 2
    if not writer.is_name(name):
        return without_counterpart("This DROP was not understood.")
    plain = writer.tokens[name].name
    if kind == "TABLE":
        text = head + before + writer.name_text(name)
        if writer.key(name + 1) == "CASCADE":  # libsql has none; see drops.py
            text += " CASCADE" if head.isupper() else " cascade"
        for backend in (writer.source, writer.target):
            writer.known.remove(plain, backend)
        return Outcome(text)
    if kind == "INDEX":
        return _drop_index(writer, plain, head + before + writer.name_text(name))
    if kind == "TRIGGER":
        return _drop_trigger(writer, plain, head + before)
    return Outcome(head + before + writer.name_text(name))


def _drop_index(writer: ToPostgres, name: str, text: str) -> Outcome:
    for table in writer.known.postgres.tables:
        for key in (table.primary_key, *table.uniques):
            if key is not None and key.name is not None and key.name.lower() == name.lower():
                word = "ALTER TABLE {} DROP CONSTRAINT {}"
                return Outcome(word.format(writer.spelled(table.name), writer.spelled(key.name)))
        left = tuple(index for index in table.indexes if index.name.lower() != name.lower())
        if len(left) < len(table.indexes):
            writer.known.put(replace(table, indexes=left), writer.target)
    return Outcome(text)


def _drop_trigger(writer: ToPostgres, name: str, head: str) -> Outcome:
    for table in writer.known.postgres.tables:
        for trigger in table.triggers:
            if trigger.name.lower() == name.lower():
                spelled = writer.spelled(trigger.name)
                return Outcome(f"{head}{spelled} ON {writer.spelled(table.name)}")
    return without_counterpart(f"PostgreSQL has no trigger {name}: what keeps its rule there?")


def _with(writer: ToPostgres) -> Outcome:
    size = len(writer.tokens)
    start = writer.find(1, size, "INSERT", "REPLACE", "UPDATE", "DELETE", "SELECT")
    match writer.key(start):
        case "INSERT" | "REPLACE":
            return data.insert(writer, start)
        case "UPDATE":
            return data.update(writer, start)
        case "DELETE":
            return data.delete(writer)
    return data.query(writer)
