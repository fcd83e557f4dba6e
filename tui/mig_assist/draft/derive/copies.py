"""INSERT … SELECT as a copy of rows from one libsql table into another."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from mig_assist.backend import Backend
from mig_assist.draft.derive.libsql_text import quoted
from mig_assist.draft.derive.reader import Reader, edited, without_qualifiers
from mig_assist.engines.schema import Table
from mig_assist.engines.sqlite_tokens import fold

_FROM_ENDS = tuple(
    "WHERE GROUP ORDER LIMIT HAVING WINDOW UNION EXCEPT INTERSECT ON RETURNING".split()
)
_NOT_ALIASES = frozenset({"JOIN", "LEFT", "INNER", "CROSS", "NATURAL", "FULL", "RIGHT", ",", "ON"})


@dataclass(frozen=True, slots=True)
class Copy:
    """What an INSERT … SELECT says.

    Attributes:
        target: the table that is filled.
        columns: those that are named behind it; empty where none are.
        items: what is selected, each without its alias.
        source: the first table of FROM.
        alias: by which name its columns are qualified, if not by the table's own.
        sources: the whole FROM clause.
        joined: whether FROM has more than one table.
        where: the condition, if there is one.
        conflict: the word behind INSERT OR; empty for none.
        other: the first word of a clause that no copy of rows as they are has, as GROUP.
    """

    target: str
    columns: tuple[str, ...]
    items: tuple[str, ...]
    source: str
    alias: str
    sources: str
    joined: bool
    where: str | None
    conflict: str
    other: str

    @property
    def qualifiers(self) -> tuple[str, ...]:
        """The names by which a column of the source may be qualified."""
        return (self.alias,) if self.alias else (self.source,)

    @property
    def takes_everything(self) -> bool:
        """Whether each row is copied, as it is."""
        return not (self.joined or self.where or self.other)


def read_copy(sql: str) -> Copy | None:
    """An INSERT … SELECT … FROM a table, or CREATE TABLE … AS SELECT; None for all else."""
    reader = Reader(sql, Backend.LIBSQL)
    target, conflict = "", ""
    columns: tuple[str, ...] = ()
    if reader.accept("CREATE"):
        _ = reader.accept("TEMP") or reader.accept("TEMPORARY")
        if not reader.accept("TABLE"):
            return None
        reader.accept("IF", "NOT", "EXISTS")
        target = reader.name()
        if not reader.accept("AS"):
            return None
    elif reader.accept("REPLACE", "INTO"):
        conflict = "REPLACE"
        target, columns = _target(reader)
    elif reader.accept("INSERT"):
        if reader.accept("OR"):
            conflict = reader.peek()
            reader.place += 1
        reader.accept("INTO")
        target, columns = _target(reader)
    if not target or not reader.accept("SELECT"):
        return None
    other = ""
    if reader.accept("DISTINCT"):
        other = "DISTINCT"
    reader.accept("ALL")
    items = tuple(_without_alias(part) for part in reader.parts(lambda: reader.peek() == "FROM"))
    if not reader.accept("FROM"):
        return None
    start = reader.place
    if reader.peek() == "(":
        return None
    source = reader.name()
    alias = ""
    if reader.accept("AS") or (
        not reader.at_end
        and reader.tokens[reader.place].is_name
        and reader.peek() not in (*_FROM_ENDS, *_NOT_ALIASES)
    ):
        alias = reader.name()
    joined = not reader.at_end and reader.peek() not in _FROM_ENDS
    _skip_from(reader)
    sources = reader.text(start, reader.place)
    where = None
    if reader.accept("WHERE"):
        start = reader.place
        reader.skip_to(*_FROM_ENDS[1:])
        where = reader.text(start, reader.place)
    if reader.peek() == "ORDER":
        reader.skip_to("LIMIT", "ON", "RETURNING", "UNION")
    other = other or reader.peek()
    if where is not None and where.upper() in ("TRUE", "1"):
        where = None
    return Copy(target, columns, items, source, alias, sources, joined, where, conflict, other)


def _target(reader: Reader) -> tuple[str, tuple[str, ...]]:
    target = reader.name()
    if reader.accept("AS"):
        reader.name()
    return target, reader.names()


def _skip_from(reader: Reader) -> None:
    """Pass the joins; their ON is none of ON CONFLICT."""
    while not reader.at_end:
        reader.skip_to(*_FROM_ENDS)
        if reader.peek() != "ON" or reader.peek(1) == "CONFLICT":
            return
        reader.place += 1


def _without_alias(item: str) -> str:
    reader = Reader(item, Backend.LIBSQL)
    tokens = reader.tokens
    if len(tokens) > 2 and tokens[-2].key == "AS":
        return reader.text(0, len(tokens) - 2)
    if len(tokens) > 1 and tokens[-1].is_name and tokens[-1].key != "END":
        before = tokens[-2]
        if before.key == ")" or (not before.key and before.text[:1] in "'\"") or before.is_name:
            return reader.text(0, len(tokens) - 1)
        if before.text[:1].isdigit():
            return reader.text(0, len(tokens) - 1)
    return item


def selected(copy: Copy, before: Table) -> tuple[str, ...]:
    """What a copy selects from a table, stars resolved and columns without their table."""
    items: list[str] = []
    for item in copy.items:
        tokens = Reader(item, Backend.LIBSQL).tokens
        if tokens and tokens[-1].key == "*" and len(tokens) in (1, 3):
            items += (quoted(column.name) for column in before.columns)
        elif copy.joined:
            items.append(item)
        else:
            items.append(of_table(item, copy, before))
    return tuple(items)


def of_table(sql: str, copy: Copy, table: Table) -> str:
    """An expression of a copy over the table itself, which a subquery calls by its own name."""
    if "SELECT" not in sql.upper():
        return without_qualifiers(sql, copy.qualifiers, Backend.LIBSQL)
    tokens = Reader(sql, Backend.LIBSQL).tokens
    names = set(map(fold, copy.qualifiers))
    return edited(
        sql,
        (
            (token.start, token.start + len(token.text), quoted(table.name))
            for token, after in pairwise(tokens)
            if token.is_name and token.folded in names and after.key == "."
        ),
    )


def filled(copy: Copy, before: Table, after: Table) -> dict[str, str] | None:
    """What each column of the new table is filled with, by folded name; None where unclear."""
    items = selected(copy, before)
    names = copy.columns or [c.name for c in after.columns if c.generated is None]
    if len(names) != len(items):
        return None
    return {fold(name): item for name, item in zip(names, items, strict=True)}


def column_of(item: str, copy: Copy, before: Table) -> str | None:
    """The folded column of the old table that something selected is, and nothing else."""
    tokens = Reader(item, Backend.LIBSQL).tokens
    qualified = (
        len(tokens) == 3 and tokens[1].key == "." and tokens[0].folded in map(fold, copy.qualifiers)
    )
    if not tokens or not (len(tokens) == 1 or qualified) or not tokens[-1].is_name:
        return None
    known = {fold(column.name) for column in before.columns}
    return tokens[-1].folded if tokens[-1].folded in known else None


def renamed_columns(copy: Copy, before: Table, after: Table) -> dict[str, str]:
    """The new names of columns that are copied under another one, by the old folded name."""
    old = {fold(column.name) for column in before.columns}
    new = {fold(column.name): column.name for column in after.columns}
    found: dict[str, str] = {}
    for name, item in (filled(copy, before, after) or {}).items():
        column = column_of(item, copy, before)
        if column is None or column in new or column in found:
            continue
        if name in new and name not in old:
            found[column] = new[name]
    return found
