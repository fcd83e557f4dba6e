"""Which tables a query speaks of."""

from __future__ import annotations

from mig_assist.draft.derive.internals import doubts_of
from mig_assist.draft.derive.known import KnownTable
from mig_assist.draft.derive.rewrite import Writer

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
    for k in range(len(writer.tokens)):
        key = writer.key(k)
        if key == "(":
            listing.append(False)
        elif key == ")" and len(listing) > 1:
            listing.pop()
        elif key in _BEFORE_TABLES and writer.key(k - 1) != "DISTINCT":
            listing[-1] = key == "FROM"
            _name(writer, k + 1)
        elif key == "," and listing[-1]:
            _name(writer, k + 1)
        elif key in ("WHERE", "SET", "GROUP", "ORDER", "SELECT"):
            listing[-1] = False
    for doubt in doubts_of(writer):
        writer.doubt(doubt)


def _name(writer: Writer, k: int) -> None:
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
