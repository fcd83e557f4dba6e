"""The members of a JSON value as rows: SQLite's json_each(), and PostgreSQL's functions.

See https://www.sqlite.org/json1.html#jeach and
https://www.postgresql.org/docs/current/functions-json.html#FUNCTIONS-JSON-PROCESSING.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from mig_assist.backend import Backend
from mig_assist.draft.derive.json_paths import json_path, reach
from mig_assist.draft.derive.known import KnownColumn, KnownTable
from mig_assist.draft.derive.rewrite import Chunk, Span, Writer
from mig_assist.draft.derive.tokens import Sort
from mig_assist.draft.derive.words import string_value, within
from mig_assist.engines.logical_types import LogicalType

_ELEMENTS = frozenset(("JSONB_ARRAY_ELEMENTS", "JSON_ARRAY_ELEMENTS"))
_ELEMENT_TEXTS = frozenset(("JSONB_ARRAY_ELEMENTS_TEXT", "JSON_ARRAY_ELEMENTS_TEXT"))
_PAIRS = frozenset(("JSONB_EACH", "JSON_EACH", "JSONB_EACH_TEXT", "JSON_EACH_TEXT"))
_KEYS = frozenset(("JSONB_OBJECT_KEYS", "JSON_OBJECT_KEYS"))
OF_POSTGRES = _ELEMENTS | _ELEMENT_TEXTS | _PAIRS | _KEYS | {"GENERATE_SERIES"}
_AFTER = frozenset(
    """
    ON WHERE JOIN LEFT RIGHT FULL INNER CROSS NATURAL GROUP ORDER LIMIT UNION EXCEPT INTERSECT
    HAVING RETURNING USING WINDOW SET
    """.split()
)
_JSON_FUNCTIONS = frozenset(
    "JSON_EXTRACT JSON_EACH JSON JSON_VALID JSON_TYPE JSON_ARRAY_LENGTH JSON_SET".split()
)


@dataclass(frozen=True, slots=True)
class Rows:
    """A function in FROM that yields rows.

    Attributes:
        place: where its name stands.
        stop: where what says its names ends.
        alias: what the rows are called.
        columns: the names that are given to its columns.
        counted: whether its rows are numbered.
        documents: whether its values are JSON, and no texts.
    """

    place: int
    stop: int
    alias: str
    columns: tuple[str, ...]
    counted: bool
    documents: bool = False


def rows_at(writer: Writer, k: int) -> Rows:
    """The function of rows whose name stands at a place."""
    stop = writer.close(k + 1) + 1
    counted = writer.at(stop, "WITH", "ORDINALITY")
    stop += 2 * counted
    alias, columns = "", tuple[str, ...]()
    named = stop + (writer.key(stop) == "AS")
    if writer.is_name(named) and writer.key(named) not in _AFTER:
        alias, stop = writer.tokens[named].folded, named + 1
        if writer.key(stop) == "(":
            spans = writer.arguments(stop)
            columns = tuple(writer.tokens[span.start].folded for span in spans)
            stop = writer.close(stop) + 1
    return Rows(k, stop, alias, columns, counted)


def name_rows(writer: Writer, k: int) -> None:
    """Have a writer know the columns of a function of rows, and print what they are called."""
    name = writer.key(k)
    if writer.source is Backend.LIBSQL:
        if name == "JSON_EACH":
            _name_each(writer, rows_at(writer, k))
    elif name in OF_POSTGRES:
        _name_members(writer, rows_at(writer, k))


def _query(writer: Writer, k: int) -> Span | None:
    """The SELECT in whose FROM a place is."""
    start, depth = k, 0
    while start >= 0:
        key = writer.key(start)
        depth += {")": 1, "(": -1}.get(key, 0)
        if depth < 0:
            return None
        if not depth and key == "SELECT":
            break
        start -= 1
    if start < 0:
        return None
    stop = k
    while stop < len(writer.tokens) and writer.key(stop) not in (")", "UNION", "RETURNING"):
        if writer.at(stop, "ON", "CONFLICT"):
            break
        stop = writer.close(stop) + 1 if writer.key(stop) == "(" else stop + 1
    return Span(start, stop)


def _uses(writer: Writer, rows: Rows, column: str) -> list[Span]:
    """Where a column of the rows is used, with their name or without it."""
    query = _query(writer, rows.place)
    found: list[Span] = []
    if query is None:
        return found
    alias = rows.alias or writer.tokens[rows.place].folded
    shared = any(column in table.columns for name, table in writer.tables.items() if name != alias)
    for k in range(*query):
        if rows.place <= k < rows.stop or not writer.is_name(k):
            continue
        token = writer.tokens[k]
        if token.folded == alias and writer.key(k + 1) == "." and writer.is_name(k + 2):
            if writer.tokens[k + 2].folded == column:
                found.append(Span(k, k + 3))
        elif token.folded == column and not shared and _is_bare(writer, k):
            found.append(Span(k, k + 1))
    return found


def _is_bare(writer: Writer, k: int) -> bool:
    return writer.key(k - 1) not in (".", "AS") and writer.key(k + 1) not in (".", "(")


def _stand(writer: Writer, span: Span, text: str) -> None:
    """Have a text stand for a span."""
    writer.replace(span, lambda: text)


# From libsql


def _name_each(writer: Writer, rows: Rows) -> None:
    alias = rows.alias or "json_each"
    values, keys = _uses(writer, rows, "value"), _uses(writer, rows, "key")
    is_json = any(_is_read(writer, span) for span in values)
    kind = "jsonb" if is_json else "text"
    table = KnownTable(alias, alias)
    table.columns["value"] = KnownColumn("value", "value", "", kind, extracted=not is_json)
    table.columns["key"] = KnownColumn("key", "key", "INTEGER", "bigint", nullable=False)
    writer.tables[alias] = table
    for span in keys:
        head = f"{writer.tokens[span.start].text}." if span.stop - span.start > 1 else ""
        _stand(writer, span, f"({head}ord - 1)")
    if is_json:
        for span in values:
            if not _is_read(writer, span):
                text = writer.source_text(span)
                _stand(writer, span, f"({text} #>> '{{}}')")
    writer.rows[rows.place] = replace(rows, documents=is_json, counted=bool(keys))


def _is_read(writer: Writer, span: Span) -> bool:
    """Whether a value is taken for JSON."""
    if writer.key(span.stop) in ("->", "->>"):
        return True
    return writer.key(span.start - 1) == "(" and writer.key(span.start - 2) in _JSON_FUNCTIONS


# From PostgreSQL


def _name_members(writer: Writer, rows: Rows) -> None:
    name = writer.key(rows.place)
    alias = rows.alias or writer.tokens[rows.place].folded
    own = ["key", "value"] if name in _PAIRS else ["key"] if name in _KEYS else ["value"]
    scalar = [alias] if name in _KEYS or name == "GENERATE_SERIES" else own
    given = list(rows.columns) or [*scalar, "ordinality"]
    names = dict(zip(given, [*own, "ordinality"], strict=False))
    if rows.alias and name not in _PAIRS:
        names.setdefault(rows.alias, own[0])
    table = KnownTable(alias, alias)
    writer.tables[alias] = table
    if name == "GENERATE_SERIES":
        table.columns[given[0]] = KnownColumn(given[0], given[0], "INTEGER", "bigint")
        writer.rows[rows.place] = replace(rows, columns=(given[0],))
        return
    jsonb = name in _ELEMENTS or name in ("JSONB_EACH", "JSON_EACH")
    for column, real in names.items():
        kind = "jsonb" if real == "value" and jsonb else "text"
        kind = "bigint" if real == "ordinality" else kind
        table.columns[column] = KnownColumn(column, column, "TEXT", kind)
        for span in _uses(writer, rows, column):
            if kind == "jsonb" and not _is_read(writer, span):
                writer.doubt("A text among the members is no JSON on libsql: quote it if need be.")
            holder = rows.alias or "json_each"
            text = f"({holder}.key + 1)" if real == "ordinality" else f"{holder}.{real}"
            if span.stop - span.start > 1 or column != real:
                _stand(writer, span, text)
    writer.rows[rows.place] = rows


# Printing


def print_rows(writer: Writer, k: int, chunks: list[Chunk]) -> int:
    """Print a function of rows with its names; the place that follows."""
    rows = writer.rows[k]
    arguments = [writer.argument(span) for span in writer.arguments(k + 1)]
    if writer.source is Backend.LIBSQL:
        text = _members(writer, rows, arguments)
    elif writer.key(k) == "GENERATE_SERIES":
        text = _series(writer, rows, arguments)
    else:
        named = f" AS {rows.alias}" if rows.alias else ""
        text = f"json_each({', '.join(arguments)}){named}"
    chunks.append(Chunk(k, text, whole=True))
    return rows.stop


def _members(writer: Writer, rows: Rows, arguments: list[str]) -> str:
    span, *paths = writer.arguments(rows.place + 1)
    text = arguments[0]
    if writer.kind(span) is not LogicalType.JSON:
        text = f"CAST({within(text)} AS JSONB)"
    if paths:
        token = writer.tokens[paths[0].start]
        steps = json_path(string_value(token.text)) if token.sort is Sort.STRING else None
        if steps is None:
            writer.doubt("The path of json_each() was not understood.")
        elif steps:
            text = within(reach(text, steps, "->"))
    name = "jsonb_array_elements" if rows.documents else "jsonb_array_elements_text"
    numbers = (" WITH ORDINALITY", ", ord") if rows.counted else ("", "")
    alias = rows.alias or "json_each"
    return f"{name}({text}){numbers[0]} AS {alias}(value{numbers[1]})"


def _series(writer: Writer, rows: Rows, arguments: list[str]) -> str:
    if not 2 <= len(arguments) <= 3 or rows.counted or "-" in arguments[-1]:
        writer.doubt("This generate_series() has no counterpart on libsql.")
    first, last, *steps = arguments if len(arguments) > 1 else (*arguments, "0")
    column = rows.columns[0]
    step = steps[0] if steps else "1"
    some = "" if first.isdecimal() and last.isdecimal() else f" WHERE {first} <= {last}"
    return (
        f"(WITH RECURSIVE series({column}) AS (SELECT {first}{some} UNION ALL"  # noqa: S608
        f" SELECT {column} + {step} FROM series WHERE {column} + {step} <= {last})"
        f" SELECT {column} FROM series) AS {rows.alias or 'generate_series'}"
    )
