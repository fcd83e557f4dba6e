"""PostgreSQL's statements for libsql."""

from __future__ import annotations

from collections.abc import Sequence

from mig_assist.draft.derive import data_to_libsql as data
from mig_assist.draft.derive.alter_to_libsql import alter_table
from mig_assist.draft.derive.constraints_to_libsql import accepts, equal_nulls
from mig_assist.draft.derive.internals import withheld
from mig_assist.draft.derive.known import Known, KnownTable
from mig_assist.draft.derive.left_out import left_out
from mig_assist.draft.derive.outcome import Outcome, nothing, without_counterpart
from mig_assist.draft.derive.queries import name_tables
from mig_assist.draft.derive.rewrite import Span
from mig_assist.draft.derive.tables_to_libsql import create_table
from mig_assist.draft.derive.to_libsql import ToLibsql
from mig_assist.draft.derive.tokens import Sort, Token
from mig_assist.engines.spelling import quoted

_METHODS = frozenset(("BTREE", "HASH", "BRIN", "BLOOM"))


def carry(tokens: tuple[Token, ...], known: Known) -> Outcome:
    """What a statement of PostgreSQL is on libsql."""
    writer = ToLibsql(tokens, known)
    return withheld(_carry(writer), writer)


def _carry(writer: ToLibsql) -> Outcome:
    tokens = writer.tokens
    out = left_out([token.key or token.folded for token in tokens])
    if out is not None:
        return out
    match [token.key for token in tokens[:4]]:
        case ["CREATE", *_]:
            return _create(writer)
        case ["ALTER", "TABLE", *_]:
            return alter_table(writer)
        case ["ALTER", "INDEX", *_]:
            return _alter_index(writer)
        case ["ALTER", "TYPE", *_]:
            return _alter_type()
        case ["ALTER", kind, *_]:
            return without_counterpart(f"libsql has no ALTER {kind}.")
        case ["DROP", *_]:
            return _drop(writer)
        case ["TRUNCATE", *_]:
            return _truncate(writer)
        case ["INSERT", *_]:
            return data.insert(writer, 0)
        case ["UPDATE", *_]:
            return data.update(writer, 0)
        case ["DELETE", *_]:
            return data.delete(writer, 0)
        case ["SELECT" | "VALUES" | "TABLE", *_]:
            return _select(writer)
        case ["WITH", *_]:
            return _with(writer)
        case ["BEGIN" | "START", *_]:
            return Outcome("BEGIN" if tokens[0].text.isupper() else "begin")
        case ["COMMIT" | "END" | "ROLLBACK" | "SAVEPOINT" | "RELEASE", *_]:
            return Outcome(writer.source_text(Span(0, len(tokens))))
        case ["ANALYZE" | "ANALYSE" | "REINDEX" as word, *_]:
            return _upkeep(writer, word)
    return without_counterpart("This statement was not understood.")


def _upkeep(writer: ToLibsql, word: str) -> Outcome:
    """ANALYZE and REINDEX of a table or index, or of everything."""
    size = len(writer.tokens)
    k = writer.close(1) + 1 if writer.key(1) == "(" else 1
    while writer.key(k) in ("VERBOSE", "TABLE", "INDEX", "CONCURRENTLY") and k < size - 1:
        k += 1
    upper = writer.tokens[0].text.isupper()
    head = "ANALYZE" if word != "REINDEX" else word
    head = head if upper else head.lower()
    names = []
    if writer.key(k) not in ("SCHEMA", "DATABASE", "SYSTEM", "VERBOSE"):
        for span in writer.split(k, size):
            p = span.start
            while writer.key(p + 1) == ".":
                p += 2
            names.append(writer.name_text(p))
    return Outcome(";\n".join(f"{head} {name}" for name in names) or head)


def _create(writer: ToLibsql) -> Outcome:
    k = 1
    replaces = writer.at(k, "OR", "REPLACE")
    k += 2 * replaces
    while writer.key(k) in ("UNIQUE", "TEMP", "TEMPORARY", "UNLOGGED", "LOCAL", "GLOBAL"):
        k += 1
    kind = writer.key(k)
    name = k + 1
    if kind == "INDEX":
        return _index(writer, k)
    if writer.at(name, "IF", "NOT", "EXISTS"):
        name += 3
    match kind:
        case "TABLE":
            return create_table(writer, name)
        case "VIEW":
            return _view(writer, k, replaces=replaces)
        case "RECURSIVE":
            return without_counterpart("A recursive view: write WITH RECURSIVE on libsql.")
        case "MATERIALIZED":
            return without_counterpart("libsql has no materialized views.")
        case "TYPE":
            return _type(writer, name)
        case "DOMAIN":
            return _domain(writer, name)
        case "SEQUENCE":
            return without_counterpart(
                "libsql has no sequences: INTEGER PRIMARY KEY numbers the rows."
            )
        case "FUNCTION" | "PROCEDURE":
            return without_counterpart("libsql has no stored functions.")
        case "TRIGGER" | "CONSTRAINT":
            return without_counterpart("This trigger was not carried.")
    return without_counterpart(f"CREATE {kind} has no counterpart on libsql.")


def _type(writer: ToLibsql, name: int) -> Outcome:
    while writer.key(name + 1) == ".":
        name += 2
    if writer.at(name + 1, "AS", "ENUM", "("):
        labels = tuple(
            writer.string_value(span.start) or ""
            for span in writer.arguments(name + 3)
            if span.start < span.stop
        )
        token = writer.tokens[name]
        writer.known.enums[token.folded] = labels
        return nothing(f"The values of {token.name} are checked where it is used.")
    return without_counterpart("libsql has no types of its own.")


def _alter_type() -> Outcome:
    return without_counterpart(
        "The values of this type stand in the CHECKs of its columns: change them by a rebuild."
    )


def _domain(writer: ToLibsql, name: int) -> Outcome:
    from mig_assist.draft.derive.constraints_to_libsql import check_text
    from mig_assist.draft.derive.definitions import read_column

    while writer.key(name + 1) == ".":
        name += 2
    size = len(writer.tokens)
    start = name + (writer.key(name + 1) == "AS")
    column = read_column(writer, Span(start, size))
    rules = [check_text(writer, clause) for clause in column.clauses if clause.kind == "CHECK"]
    if any(clause.kind in ("DEFAULT", "NOT") for clause in column.clauses):
        writer.doubt("DEFAULT and NOT NULL of a domain: write them at its columns.")
    import re

    rule = " ".join(re.sub(r"\bVALUE\b", "\0", rule, flags=re.IGNORECASE) for rule in rules)
    token = writer.tokens[name]
    writer.known.domains[token.folded] = (writer.source_text(column.type), rule)
    outcome = nothing(f"The rules of {token.name} stand at the columns that use it.")
    outcome.doubts = writer.doubts
    return outcome


def _view(writer: ToLibsql, k: int, *, replaces: bool) -> Outcome:
    name_tables(writer)
    size = len(writer.tokens)
    stop = size
    for word in ("CHECK",):
        if writer.key(size - 2) == word and writer.key(size - 1) == "OPTION":
            stop = writer.find(k, size, "WITH") if writer.key(size - 3) == "WITH" else size - 4
            writer.doubt("WITH CHECK OPTION has no counterpart on libsql.")
    name = k + 1 + 3 * writer.at(k + 1, "IF", "NOT", "EXISTS")
    upper = writer.tokens[0].text.isupper()
    temporary = any(writer.key(p) in ("TEMP", "TEMPORARY") for p in range(1, k))
    head = f"CREATE {'TEMP ' if temporary else ''}VIEW"
    if name > k + 1:
        head += " IF NOT EXISTS"
    rest = writer.tokens[name].before + writer.render(Span(name, stop))
    text = (head if upper else head.lower()) + rest
    if replaces:
        end = name
        while writer.key(end + 1) == ".":
            end += 2
        drop = f"DROP VIEW IF EXISTS {writer.name_text(end)}"
        text = f"{drop if upper else drop.lower()};\n{text}"
    return Outcome(text, writer.doubts)


def _index(writer: ToLibsql, k: int) -> Outcome:
    size = len(writer.tokens)
    unique = any(writer.key(p) == "UNIQUE" for p in range(k))
    name = k + 1
    concurrent = writer.key(name) == "CONCURRENTLY"
    name += concurrent
    guarded = writer.at(name, "IF", "NOT", "EXISTS")
    first = name
    name += 3 * guarded
    on = writer.find(name, size, "ON")
    table_at = on + 1 + (writer.key(on + 1) == "ONLY")
    schema = table_at
    while writer.key(table_at + 1) == ".":
        table_at += 2
    if not writer.is_name(table_at):
        return without_counterpart("This CREATE INDEX was not understood.")
    opening = table_at + 1
    method = "BTREE"
    if writer.key(opening) == "USING":
        method = writer.key(opening + 1)
        opening += 2
    if method not in _METHODS:
        return nothing(f"libsql has no {method} indexes, which only make searches faster.")
    if writer.key(opening) != "(":
        return without_counterpart("This CREATE INDEX was not understood.")
    table = writer.known.table(writer.tokens[table_at].name)
    if table is not None:
        writer.tables[writer.tokens[table_at].folded] = table
    closing = writer.close(opening)
    spans = writer.arguments(opening)
    parts = [
        writer.tokens[span.start].before + _index_part(writer, span, unique=unique)
        for span in spans
    ]
    if any(writer.at(p, "NULLS", "NOT", "DISTINCT") for p in range(closing, size)):
        parts = _equal_nulls(writer, spans, parts, table)
    head = writer.source_text(Span(0, k + 1))
    if guarded:
        head += writer.tokens[first].before + writer.source_text(Span(first, first + 3))
    if name == on:
        label, before = _index_name(writer, table_at, opening, unique=unique), " "
    else:
        label, before = writer.name_text(name), writer.tokens[name].before
    out = f"{head}{before}{label}{writer.tokens[on].before}{writer.tokens[on].text}"
    out += f"{writer.tokens[schema].before}{writer.name_text(table_at)}"
    space = writer.tokens[table_at + 1].before
    out += f"{space}({','.join(parts)}{writer.tokens[closing].before})"
    where = writer.find(closing + 1, size, "WHERE")
    if where < size:
        out += writer.tokens[where].before + writer.render(Span(where, size))
    if writer.doubts and not _is_taken(out, table):
        return Outcome(None, writer.doubts)
    return Outcome(out, writer.doubts)


def _is_taken(index: str, table: KnownTable | None) -> bool:
    """Whether libsql takes an index about which there are doubts."""
    if table is None:
        return True
    columns = ", ".join(quoted(column.libsql_name) for column in table.columns.values())
    return accepts(f"CREATE TABLE {quoted(table.libsql_name)} ({columns})", index)


def _index_name(writer: ToLibsql, table: int, opening: int, *, unique: bool) -> str:
    """The name that PostgreSQL gives an index without one."""
    columns = [
        writer.tokens[span.start].name if span.stop - span.start == 1 else "expr"
        for span in writer.arguments(opening)
    ]
    suffix = "key" if unique else "idx"
    return writer.spelled(
        "_".join([writer.tokens[table].name, *columns, "idx" if not unique else suffix])
    )


def _equal_nulls(
    writer: ToLibsql, spans: Sequence[Span], parts: Sequence[str], table: KnownTable | None
) -> list[str]:
    """The parts of a unique index that takes one NULL for another."""
    found: list[str] = []
    for span, part in zip(spans, parts, strict=True):
        name = writer.tokens[span.start].folded
        if table is not None and name in table.columns and span.stop - span.start == 1:
            found += equal_nulls(writer, table, [name]) or [part.strip()]
        else:
            text = part.strip()
            found += [f"({text}) IS NULL", f"ifnull({text}, 0)"]
    return [parts[0][: len(parts[0]) - len(parts[0].lstrip())] + found[0]] + [
        f" {each}" for each in found[1:]
    ]


def _index_part(writer: ToLibsql, span: Span, *, unique: bool) -> str:
    """A part of an index, without what only sorts NULLs or names a way of comparing."""
    start, stop = span
    order = ""
    if writer.key(stop - 2) == "NULLS":
        last = writer.key(stop - 1) == "LAST"
        stop -= 2
        descending = writer.key(stop - 1) == "DESC"
        if last is not descending:
            writer.doubt("libsql sorts NULLs first in an index, and last in a descending one.")
    if writer.key(stop - 1) in ("ASC", "DESC"):
        order = writer.tokens[stop - 1].before + writer.tokens[stop - 1].text
        stop -= 1
    p = stop - 1
    if writer.key(stop - 2) == "COLLATE" and not unique:
        stop -= 2  # of what only makes searches faster, the order says nothing
        p = stop - 1
    if stop - start > 1 and writer.sort(p) is Sort.WORD and writer.key(p).endswith("_OPS"):
        stop -= 1
        if writer.key(stop - 1) == ".":
            stop -= 2
    return writer.render(Span(start, stop)) + order


def _alter_index(writer: ToLibsql) -> Outcome:
    size = len(writer.tokens)
    name = 2 + 2 * writer.at(2, "IF", "EXISTS")
    if writer.key(name + 1) != "RENAME" or not writer.is_name(size - 1):
        return without_counterpart("libsql has no ALTER INDEX.")
    from mig_assist.draft.derive.libsql_text import index_sql

    old, new = writer.tokens[name].name, writer.tokens[size - 1].name
    for table in writer.known.libsql.tables:
        for index in table.indexes:
            if index.name.lower() == old.lower():
                from dataclasses import replace

                made = index_sql(replace(index, name=new), table.name).rstrip(";")
                return Outcome(f"DROP INDEX {writer.spelled(index.name)};\n{made}")
    return nothing(f"libsql has no index {old}.")


def _drop(writer: ToLibsql) -> Outcome:
    size = len(writer.tokens)
    kind = writer.key(1)
    k = 2 + (writer.key(2) == "CONCURRENTLY")
    guard = writer.at(k, "IF", "EXISTS")
    first = k + 2 * guard
    stop = size
    while writer.key(stop - 1) in ("CASCADE", "RESTRICT"):
        stop -= 1
    upper = writer.tokens[0].text.isupper()
    if kind in ("TYPE", "DOMAIN"):
        return nothing("libsql has no types of its own.")
    if kind == "TRIGGER":
        on = writer.find(first, size, "ON")
        return _dropped(writer, "TRIGGER", [Span(first, on)], guard=guard, upper=upper)
    if kind in ("FUNCTION", "SEQUENCE", "PROCEDURE"):
        return nothing(f"libsql has no {kind.lower()}s.")
    if kind == "MATERIALIZED":
        return without_counterpart("libsql has no materialized views.")
    if kind not in ("TABLE", "INDEX", "VIEW"):
        return without_counterpart(f"DROP {kind} has no counterpart on libsql.")
    spans = writer.split(first, stop)
    if len(spans) == 1:
        p = spans[0].start
        before = writer.tokens[p].before
        while writer.key(p + 1) == ".":
            p += 2
        head = writer.source_text(Span(0, 2))
        if guard:
            head += writer.tokens[k].before + writer.source_text(Span(k, k + 2))
        _forget(writer, kind, writer.tokens[p].name)
        if kind == "INDEX" and (made := _dropped_key(writer, writer.tokens[p].name)):
            return made
        return Outcome(head + before + writer.name_text(p), writer.doubts)
    return _dropped(writer, kind, spans, guard=guard, upper=upper)


def _dropped(
    writer: ToLibsql, kind: str, spans: list[Span], *, guard: bool, upper: bool
) -> Outcome:
    texts = []
    for span in spans:
        p = span.start
        while writer.key(p + 1) == ".":
            p += 2
        text = f"DROP {kind} {'IF EXISTS ' if guard else ''}"
        texts.append((text if upper else text.lower()) + writer.name_text(p))
        _forget(writer, kind, writer.tokens[p].name)
    return Outcome(";\n".join(texts), writer.doubts)


def _forget(writer: ToLibsql, kind: str, name: str) -> None:
    if kind == "TABLE":
        for backend in (writer.source, writer.target):
            writer.known.remove(name, backend)


def _dropped_key(writer: ToLibsql, name: str) -> Outcome | None:
    """An index that on libsql belongs to a constraint cannot be dropped alone."""
    for table in writer.known.libsql.tables:
        if any(key.name and key.name.lower() == name.lower() for key in table.uniques):
            return without_counterpart(
                f"{name} is a constraint of {table.name} on libsql: rebuild it."
            )
    return None


def _truncate(writer: ToLibsql) -> Outcome:
    size = len(writer.tokens)
    k = 1 + (writer.key(1) == "TABLE")
    k += writer.key(k) == "ONLY"
    stop = writer.find(k, size, "RESTART", "CONTINUE", "CASCADE", "RESTRICT")
    if writer.key(stop) == "RESTART":
        writer.doubt("TRUNCATE … RESTART IDENTITY: libsql's numbers go on unless told otherwise.")
    if writer.find(k, size, "CASCADE") < size:
        writer.doubt("TRUNCATE … CASCADE: on libsql the foreign keys decide what follows.")
    texts = []
    for span in writer.split(k, stop):
        p = span.start
        while writer.key(p + 1) == ".":
            p += 2
        texts.append(f"DELETE FROM {writer.name_text(p)}")  # noqa: S608 - names are quoted
    return Outcome(";\n".join(texts), writer.doubts)


def _select(writer: ToLibsql) -> Outcome:
    name_tables(writer)
    if writer.key(0) == "SELECT" and "SETVAL" in (writer.key(1), writer.key(3)):
        keys = {token.key for token in writer.tokens}
        if "MAX" in keys:
            return nothing("libsql's numbers follow the rows by themselves.")
        return without_counterpart("libsql has no sequences: INTEGER PRIMARY KEY numbers the rows.")
    if writer.key(0) == "TABLE":
        # What follows TABLE is a name.
        text = writer.render(Span(1, len(writer.tokens)))
        return Outcome(f"SELECT * FROM {text}", writer.doubts)  # noqa: S608
    return Outcome(writer.render(Span(0, len(writer.tokens))), writer.doubts)


def _with(writer: ToLibsql) -> Outcome:
    size = len(writer.tokens)
    start = writer.find(1, size, "INSERT", "UPDATE", "DELETE", "SELECT")
    inner = [writer.key(k) for k in range(start) if writer.key(k - 1) == "("]
    if {"INSERT", "UPDATE", "DELETE"} & set(inner):
        return without_counterpart("libsql changes no rows inside of WITH: write two statements.")
    match writer.key(start):
        case "INSERT":
            return data.insert(writer, start)
        case "UPDATE":
            return data.update(writer, start)
        case "DELETE":
            return data.delete(writer, start)
    return _select(writer)
