"""Rows in groups: what SQLite takes from any row of a group, and PostgreSQL refuses."""

from __future__ import annotations

from collections.abc import Iterator

from mig_assist.draft.derive.rewrite import Span, Writer

_AGGREGATES = frozenset(
    "SUM COUNT AVG TOTAL GROUP_CONCAT STRING_AGG JSON_GROUP_ARRAY JSON_GROUP_OBJECT".split()
)
_ENDS = ("GROUP", "HAVING", "ORDER", "LIMIT", "UNION", "EXCEPT", "INTERSECT", "RETURNING", "WINDOW")


def check_groups(writer: Writer) -> None:
    """Doubt columns that are neither grouped by nor aggregated, and aliases in HAVING."""
    for k in range(len(writer.tokens)):
        if writer.key(k) == "SELECT":
            _check(writer, k)


def _check(writer: Writer, k: int) -> None:
    opening = k - 1 if writer.key(k - 1) == "(" else None
    end = writer.close(opening) if opening is not None else len(writer.tokens)
    start = k + 1 + (writer.key(k + 1) in ("DISTINCT", "ALL"))
    source = writer.find(start, end, "FROM", *_ENDS)
    stop = writer.find(source, end, "UNION", "EXCEPT", "INTERSECT", "RETURNING")
    group = writer.find(source, stop, "GROUP")
    having = writer.find(source, stop, "HAVING")
    items = writer.split(start, source)
    if group == stop and not any(_is_aggregated(writer, item) for item in items):
        return
    keys: list[str] = []
    for span in writer.split(group + 2, writer.find(group, stop, *_ENDS[1:])):
        text = _folded(writer, span)
        if text.isdecimal() and 0 < int(text) <= len(items):
            text = _folded(writer, _without_alias(writer, items[int(text) - 1]))
        keys.append(text)
    _check_having(writer, Span(having, writer.find(having, stop, *_ENDS[2:])), items)
    keyed = _grouped_by_key(writer, keys)
    for item in items:
        value = _without_alias(writer, item)
        alias = writer.tokens[item.stop - 1].folded if value != item else ""
        if _folded(writer, value) in keys or (alias and alias in keys):
            continue
        for column in _free_columns(writer, value):
            name = _folded(writer, column)
            if any(_is_of(writer, name, table) for table in keyed):
                continue
            if not {name, name.rpartition(".")[2]} & {key.rpartition(".")[2] for key in keys}:
                writer.doubt(
                    f"{name} is of any row of its group on libsql: PostgreSQL wants it in GROUP BY"
                    " or in an aggregate."
                )


def _check_having(writer: Writer, span: Span, items: list[Span]) -> None:
    aliases = {
        writer.tokens[item.stop - 1].folded
        for item in items
        if _without_alias(writer, item) != item
    }
    for k in range(*span):
        name = writer.tokens[k].folded if writer.is_name(k) else ""
        if name in aliases and writer.column(Span(k, k + 1)) is None and writer.key(k + 1) != "(":
            writer.doubt(f"PostgreSQL's HAVING does not know {name}: repeat what it stands for.")


def _grouped_by_key(writer: Writer, keys: list[str]) -> list[str]:
    """The tables, as they are called, by whose primary key rows are grouped: all of a row of
    theirs depends on it."""
    return [
        called
        for called, table in writer.tables.items()
        if table.primary_key
        and all({c.lower(), f"{called}.{c.lower()}"} & set(keys) for c in table.primary_key)
    ]


def _is_of(writer: Writer, name: str, called: str) -> bool:
    """Whether a column, be it behind the name of its table, is one of a table."""
    table, _, column = name.rpartition(".")
    return table == called if table else column in writer.tables[called].columns


def _is_aggregated(writer: Writer, span: Span) -> bool:
    return any(_is_aggregate(writer, k) for k in _outside_queries(writer, span))


def _is_aggregate(writer: Writer, k: int) -> bool:
    if writer.key(k + 1) != "(" or writer.key(writer.close(k + 1) + 1) == "OVER":
        return False
    single = writer.key(k) in ("MIN", "MAX") and len(writer.arguments(k + 1)) == 1
    return single or writer.key(k) in _AGGREGATES


def _outside_queries(writer: Writer, span: Span) -> Iterator[int]:
    k = span.start
    while k < span.stop:
        yield k
        query = writer.key(k) == "(" and writer.key(k + 1) in ("SELECT", "WITH")
        k = writer.close(k) + 1 if query else k + 1


def _free_columns(writer: Writer, span: Span) -> Iterator[Span]:
    """The columns of an expression that stand outside of aggregates."""
    covered = span.start
    for k in _outside_queries(writer, span):
        if k < covered:
            continue
        if writer.key(k + 1) == "(" and (
            _is_aggregate(writer, k) or writer.key(writer.close(k + 1) + 1) == "OVER"
        ):
            covered = writer.close(k + 1) + 1
        elif writer.is_name(k) and writer.key(k + 1) == "." and writer.is_name(k + 2):
            covered = k + 3
            if writer.column(Span(k, k + 3)) is not None:
                yield Span(k, k + 3)
        elif (
            writer.is_name(k)
            and writer.key(k + 1) != "("
            and writer.column(Span(k, k + 1)) is not None
        ):
            yield Span(k, k + 1)


def _without_alias(writer: Writer, span: Span) -> Span:
    if span.stop - span.start > 2 and writer.key(span.stop - 2) == "AS":
        return Span(span.start, span.stop - 2)
    before = span.stop - 2
    named = span.stop - span.start > 1 and writer.is_name(span.stop - 1)
    if (
        named
        and writer.key(span.stop - 1) != "END"
        and (writer.key(before) in (")", "END") or writer.is_name(before))
    ):
        return Span(span.start, span.stop - 1)
    return span


def _folded(writer: Writer, span: Span) -> str:
    return "".join(
        token.folded if token.is_name else token.text
        for token in writer.tokens[span.start : span.stop]
    )
