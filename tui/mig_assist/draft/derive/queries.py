"""Which tables a query speaks of."""

from __future__ import annotations

from mig_assist.backend import Backend
from mig_assist.draft.derive.grouping import check_groups
from mig_assist.draft.derive.internals import doubts_of
from mig_assist.draft.derive.known import KnownTable
from mig_assist.draft.derive.rewrite import Writer
from mig_assist.draft.derive.rows_of_json import name_rows

_BEFORE_TABLES = frozenset(("FROM", "JOIN", "UPDATE", "INTO", "ONLY"))
_NO_ALIAS = frozenset(
    """
    WHERE SET ON USING JOIN LEFT RIGHT FULL INNER OUTER CROSS NATURAL GROUP ORDER LIMIT UNION
    EXCEPT INTERSECT RETURNING VALUES SELECT DEFAULT HAVING WINDOW INDEXED NOT AS WITH FROM FOR
    """.split()
)


def name_tables(writer: Writer) -> None:
    """Have a writer know the tables of its statement, by their names and aliases."""
    listing: list[bool] = [False]
    called: list[int] = []
    for k in range(len(writer.tokens)):
        key = writer.key(k)
        if key == "(":
            listing.append(False)
        elif key == ")" and len(listing) > 1:
            listing.pop()
        elif key in _BEFORE_TABLES and writer.key(k - 1) != "DISTINCT":
            listing[-1] = key == "FROM"
            _name(writer, k + 1, called)
            if key == "JOIN":
                _note_outer(writer, k)
        elif key == "," and listing[-1]:
            _name(writer, k + 1, called)
        elif key in ("WHERE", "SET", "GROUP", "ORDER", "SELECT"):
            listing[-1] = False
    for place in called:
        name_rows(writer, place)
    if writer.source is Backend.LIBSQL:
        check_groups(writer)
    for doubt in doubts_of(writer):
        writer.doubt(doubt)


def _note_outer(writer: Writer, k: int) -> None:
    """Know the tables whose columns are all NULL where the JOIN at a place finds no row."""
    word = writer.key(k - 1 - (writer.key(k - 1) == "OUTER"))
    if word in ("RIGHT", "FULL") or (word == "LEFT" and writer.key(k + 1) == "("):
        writer.outer.add("*")
    elif word == "LEFT":
        k += 1
        while writer.key(k + 1) == ".":
            k += 2
        alias = k + 1 + (writer.key(k + 1) == "AS")
        named = writer.is_name(alias) and writer.key(alias) not in _NO_ALIAS
        writer.outer.add(writer.tokens[alias if named else k].folded)


def _name(writer: Writer, k: int, called: list[int]) -> None:
    k += writer.key(k) == "LATERAL"
    if writer.is_name(k) and writer.key(k + 1) == "(" and writer.key(k - 1) != "INTO":
        called.append(k)
        return
    if writer.key(k - 1) == "UPDATE" and writer.key(k) == "OR":
        k += 2
    if writer.key(k) == "ONLY":
        k += 1
    if not writer.is_name(k):
        return
    while writer.key(k + 1) == "." and writer.is_name(k + 2):
        k += 2
    table: KnownTable | None = writer.known.table(writer.tokens[k].name)
    if table is None:
        return
    writer.tables.setdefault(writer.tokens[k].folded, table)
    after = k + 1
    if writer.key(after) == "AS":
        after += 1
    elif writer.key(after) in _NO_ALIAS:
        return
    if writer.is_name(after):
        writer.tables[writer.tokens[after].folded] = table
