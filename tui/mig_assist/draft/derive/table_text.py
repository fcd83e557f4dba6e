"""The text of a libsql CREATE TABLE, edited part by part with everything else left as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from mig_assist.backend import Backend
from mig_assist.draft.derive.reader import Reader, edited
from mig_assist.engines.sqlite_tokens import fold, unquoted

_LINE_COMMENT = re.compile(r"[ \t]*(?:--[^\n]*|/\*(?:[^*\n]|\*(?!/))*\*/[ \t]*(?=\n))")
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_NAME_AND_SPACE = re.compile(r"(\w+)( +)")
_CONSTRAINTS = ("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN")
_CLAUSES = tuple(
    "CONSTRAINT PRIMARY NOT NULL UNIQUE CHECK DEFAULT COLLATE REFERENCES GENERATED AS".split()
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A rule of a column or table.

    Attributes:
        kind: TYPE, PRIMARY, NOT, NULL, UNIQUE, CHECK, DEFAULT, COLLATE, REFERENCES, GENERATED or
            FOREIGN.
        name: of the constraint, if it has one.
        start, end: its places in the text, its name included.
        columns: those that it lists, folded; of a column's own rule that column.
        target: the table that it refers to, folded.
        target_span: where that stands.
        body: the expression of a CHECK.
        body_start: where that begins.
    """

    kind: str
    name: str | None
    start: int
    end: int
    columns: tuple[str, ...] = ()
    target: str = ""
    body: str = ""
    body_start: int = 0
    target_span: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Item:
    """A column, or a constraint of the table, between two commas."""

    start: int
    end: int
    column: str | None
    clauses: tuple[Clause, ...]


class Definition:
    """A CREATE TABLE; every edit yields another one.

    SQLite lets the commas between a table's constraints be left out; here they are put in.
    """

    def __init__(self, sql: str) -> None:
        self._read(sql)
        if missing := list(self._missing_commas()):
            self._read(edited(sql, [(place, place, ",") for place in missing]))

    def _read(self, sql: str) -> None:
        self.sql = sql
        reader = Reader(sql, Backend.LIBSQL)
        reader.skip_to("TABLE")
        reader.place += 1
        reader.accept("IF", "NOT", "EXISTS")
        first = reader.place
        reader.name()
        self.name_span = (reader.start(first), reader.end(reader.place - 1))
        self.items: list[Item] = []
        self.commas: list[int] = []
        self.closing = len(sql)
        if not reader.accept("("):
            return
        while not reader.at_end and reader.peek() != ")":
            if reader.peek() == ",":
                self.commas.append(reader.start(reader.place))
                reader.place += 1
            else:
                self.items.append(_item(reader))
        self.closing = reader.start(reader.place)

    def _missing_commas(self) -> Iterator[int]:
        commas = iter([*self.commas, len(self.sql)])
        comma = next(commas)
        for item, following in pairwise(self.items):
            if comma > following.start:
                yield item.end
            else:
                comma = next(commas)

    def renamed(self, name: str) -> Definition:
        """With another name, by which it refers to itself, too."""
        own = fold(unquoted(self.sql[slice(*self.name_span)]))
        spans = [c.target_span for _, c in self.clauses() if c.target == own]
        return Definition(edited(self.sql, [(*span, name) for span in (self.name_span, *spans)]))

    @property
    def leads_with_commas(self) -> bool:
        """Whether lines begin with the commas instead of ending with them."""
        gaps = [self._bare(i.end, comma) for i, comma in zip(self.items, self.commas, strict=False)]
        return sum("\n" in gap for gap in gaps) * 2 > len(gaps)

    def _bare(self, start: int, end: int) -> str:
        """What stands at a place, its comments away."""
        return _COMMENT.sub("", self.sql[start:end])

    def column(self, name: str) -> Item | None:
        """The item of a column."""
        return next((i for i in self.items if i.column and fold(i.column) == fold(name)), None)

    def clauses(self) -> Iterable[tuple[Item, Clause]]:
        """All rules, each with the item in which it stands."""
        return ((item, clause) for item in self.items for clause in item.clauses)

    def without(self, item: Item, clause: Clause | None = None) -> Definition:
        """Without an item, or without one of its rules."""
        if clause is not None and item.column is not None:
            start = len(self.sql[: clause.start].rstrip())
            return Definition(edited(self.sql, [(start, clause.end, "")]))
        place = self.items.index(item)
        if place < len(self.items) - 1:
            end = self._line_end(self.commas[place] + 1)
            end += len(self.sql[end:]) - len(self.sql[end:].lstrip(" \t\n"))
            return Definition(edited(self.sql, [(item.start, end, "")]))
        end = self._line_end(item.end)
        if place == 0:
            return Definition(edited(self.sql, [(item.start, end, "")]))
        comma = self.commas[place - 1]
        start = len(self.sql[: item.start].rstrip())
        changes = [(comma, comma + 1, "")]
        if start <= comma + 1:
            changes = []
            start = len(self.sql[:comma].rstrip()) if self.leads_with_commas else comma
        return Definition(edited(self.sql, [*changes, (start, end, "")]))

    def _indents(self) -> Iterator[str]:
        """What stands before each item that begins a line."""
        for item in self.items:
            start = self.sql.rfind("\n", 0, item.start) + 1
            if start and not (indent := self.sql[start : item.start]).strip():
                yield indent

    def _line_end(self, place: int) -> int:
        """The place behind a comment that ends the line; the same place where there is none."""
        found = _LINE_COMMENT.match(self.sql, place)
        return found.end() if found else place

    def with_rule(self, item: Item, text: str, after: Clause | None = None) -> Definition:
        """With one more rule at a column, behind another one or at its end."""
        place = after.end if after else item.end
        return Definition(edited(self.sql, [(place, place, f" {text}")]))

    def replaced(self, start: int, end: int, text: str) -> Definition:
        """With other text at a place."""
        return Definition(edited(self.sql, [(start, end, text)]))

    def with_item(self, text: str, *, is_column: bool) -> Definition:
        """With one more column behind the last one, or one more constraint at the end."""
        columns = [item for item in self.items if item.column is not None]
        last = columns[-1] if is_column and columns else self.items[-1]
        if is_column:
            text = _aligned(text, self.sql[last.start : last.end])
        line_start = self.sql.rfind("\n", 0, last.start) + 1
        indent = self.sql[line_start : last.start]
        if line_start > 0 and len(self.items) > 1 and self.leads_with_commas:
            gaps = zip(self.items, self.commas, self.items[1:], strict=False)
            # As the columns are set apart from each other, but for blank lines and comments.
            leads = [self.sql[comma : after.start] for _, comma, after in gaps]
            lead = next((lead for lead in leads if not lead[1:].strip()), ",")
            lines = (self.sql.rfind("\n", 0, comma) for comma in self.commas)
            spaces = [self.sql[n + 1 : c] for n, c in zip(lines, self.commas, strict=True)]
            space = next((space for space in spaces if not space.strip()), "")
            place = self._line_end(last.end)
            return Definition(edited(self.sql, [(place, place, f"\n{space}{lead}{text}")]))
        if line_start == 0:
            return Definition(edited(self.sql, [(last.end, last.end, f", {text}")]))
        indent = next(self._indents(), indent[: len(indent) - len(indent.lstrip())])
        if last is not self.items[-1]:
            place = self._line_end(self.commas[self.items.index(last)] + 1)
            return Definition(edited(self.sql, [(place, place, f"\n{indent}{text},")]))
        tail = self.sql[last.end : self.closing].rstrip()
        place = last.end + len(tail)
        changes = [(last.end, last.end, ","), (place, place, f"\n{indent}{text}")]
        if place == last.end:
            changes = [(place, place, f",\n{indent}{text}")]
        return Definition(edited(self.sql, changes))


def _aligned(text: str, beside: str) -> str:
    """A column whose type stands below the one of another column, where those are in line."""
    mine, theirs = (_NAME_AND_SPACE.match(each) for each in (text, beside))
    if mine is None or theirs is None or len(theirs[2]) < len("  "):
        return text
    return mine[1].ljust(len(theirs[0]) - 1) + " " + text[mine.end() :]


def _item(reader: Reader) -> Item:
    first = reader.place
    column: str | None = None
    clauses: list[Clause] = []
    if reader.peek() in _CONSTRAINTS:
        clauses.append(_clause(reader, None))
    else:
        column = reader.name()
        start = reader.place
        while not reader.at_end and reader.peek() not in (*_CLAUSES, ",", ")"):
            reader.skip_one()
        if reader.place > start:
            clauses.append(Clause("TYPE", None, reader.start(start), reader.end(reader.place - 1)))
        while not reader.at_end and reader.peek() not in (",", ")"):
            clauses.append(_clause(reader, column))
    if column is not None:
        reader.skip_to(",", ")")
    else:
        reader.skip_to(",", ")", *_CONSTRAINTS)
    return Item(reader.start(first), reader.end(reader.place - 1), column, tuple(clauses))


def _clause(reader: Reader, column: str | None) -> Clause:
    first = reader.place
    name = reader.name() if reader.accept("CONSTRAINT") else None
    kind = reader.peek()
    own: tuple[str, ...] = (fold(column),) if column is not None else ()
    target, body, body_start, target_span = "", "", 0, (0, 0)
    reader.place += 1
    if kind in ("PRIMARY", "UNIQUE"):
        reader.accept("KEY")
        _ = reader.accept("ASC") or reader.accept("DESC")
        if column is None:
            own = tuple(map(fold, reader.names()))
        _conflict(reader)
        reader.accept("AUTOINCREMENT")
    elif kind == "NOT":
        reader.accept("NULL")
        _conflict(reader)
    elif kind == "CHECK":
        body_start = reader.start(reader.place + 1)
        body = reader.group()
        _conflict(reader)
    elif kind == "DEFAULT":
        if reader.peek() in ("+", "-"):
            reader.place += 1
        reader.skip_one()
    elif kind == "COLLATE":
        reader.name()
    elif kind in ("GENERATED", "AS"):
        kind = "GENERATED"
        reader.skip_to("(")
        reader.skip_group()
        _ = reader.accept("STORED") or reader.accept("VIRTUAL")
    elif kind == "FOREIGN":
        reader.accept("KEY")
        own = tuple(map(fold, reader.names()))
        reader.accept("REFERENCES")
        target, target_span = _reference(reader)
    elif kind == "REFERENCES":
        target, target_span = _reference(reader)
    end = reader.end(reader.place - 1)
    return Clause(kind, name, reader.start(first), end, own, target, body, body_start, target_span)


def _conflict(reader: Reader) -> None:
    if reader.accept("ON", "CONFLICT"):
        reader.place += 1


def _reference(reader: Reader) -> tuple[str, tuple[int, int]]:
    place = reader.place
    target = fold(reader.name())
    span = (reader.start(place), reader.end(reader.place - 1))
    reader.names()
    while True:
        if reader.accept("ON"):
            reader.place += 1
            _ = reader.accept("SET") or reader.accept("NO")
            reader.place += 1
        elif reader.accept("MATCH"):
            reader.place += 1
        elif reader.accept("DEFERRABLE") or reader.accept("NOT", "DEFERRABLE"):
            if reader.accept("INITIALLY"):
                reader.place += 1
        else:
            return target, span
