"""Where the parts of a CREATE TABLE and of a column's definition stand, in either dialect."""

from __future__ import annotations

from dataclasses import dataclass, field

from mig_assist.draft.derive.rewrite import Span, Writer

_TABLE_CONSTRAINTS = frozenset(("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "EXCLUDE"))
_CLAUSES = frozenset(
    """
    CONSTRAINT PRIMARY NOT NULL UNIQUE CHECK DEFAULT COLLATE REFERENCES GENERATED AS DEFERRABLE
    INITIALLY ON STORAGE COMPRESSION
    """.split()
)
_ENDS_DEFAULT = frozenset(
    """
    CONSTRAINT PRIMARY NOT NULL UNIQUE CHECK DEFAULT COLLATE REFERENCES GENERATED AS DEFERRABLE
    INITIALLY
    """.split()
)


@dataclass(slots=True)
class Clause:
    """One clause of a column or one constraint of a table.

    Attributes:
        kind: PRIMARY, NOT (NULL), NULL, UNIQUE, CHECK, DEFAULT, COLLATE, REFERENCES, GENERATED,
            FOREIGN, or the word that nobody expected.
        span: all of it, with the name that it may have.
        body: the place of ``kind``.
    """

    kind: str
    span: Span
    body: int


@dataclass(slots=True)
class ColumnDefinition:
    """A column as it is written."""

    name: int
    type: Span
    clauses: list[Clause] = field(default_factory=list)

    def clause(self, kind: str) -> Clause | None:
        """The first clause of a kind."""
        return next((clause for clause in self.clauses if clause.kind == kind), None)


@dataclass(slots=True)
class TableDefinition:
    """A CREATE TABLE as it is written.

    Attributes:
        name: the place of its name, behind any schema.
        opening: the parenthesis before the columns.
        items: each column and constraint, in order.
    """

    name: int
    opening: int
    closing: int
    items: list[ColumnDefinition | Clause] = field(default_factory=list)

    @property
    def columns(self) -> list[ColumnDefinition]:
        """The columns alone."""
        return [item for item in self.items if isinstance(item, ColumnDefinition)]

    @property
    def constraints(self) -> list[Clause]:
        """The constraints alone."""
        return [item for item in self.items if isinstance(item, Clause)]


def read_table(writer: Writer, name: int) -> TableDefinition | None:
    """The parts of a CREATE TABLE whose name stands at a place; None where it has no columns."""
    while writer.key(name + 1) == ".":
        name += 2
    opening = name + 1
    if writer.key(opening) != "(":
        return None
    closing = writer.close(opening)
    table = TableDefinition(name, opening, closing)
    for span in _items(writer, opening, closing):
        if span.start >= span.stop:
            continue
        if writer.key(span.start) in _TABLE_CONSTRAINTS:
            table.items.append(read_constraint(writer, span))
        else:
            table.items.append(read_column(writer, span))
    return table


def _items(writer: Writer, opening: int, closing: int) -> list[Span]:
    """Columns and constraints; SQLite lets the commas between constraints be left out."""
    spans: list[Span] = []
    for span in writer.split(opening + 1, closing):
        start = span.start
        if writer.key(start) in _TABLE_CONSTRAINTS:
            while (stop := _end_of_constraint(writer, start, span.stop)) < span.stop:
                spans.append(Span(start, stop))
                start = stop
        spans.append(Span(start, span.stop))
    return spans


def _end_of_constraint(writer: Writer, k: int, stop: int) -> int:
    """Where the next constraint of a table begins, if no comma stands before it."""
    k += 2 if writer.key(k) == "CONSTRAINT" else 0
    p = k + 1
    while p < stop and writer.key(p) not in _TABLE_CONSTRAINTS:
        p = writer.close(p) + 1 if writer.key(p) in ("(", "[") else p + 1
    return min(p, stop)


def read_constraint(writer: Writer, span: Span) -> Clause:
    """A constraint of a table."""
    body = span.start
    if writer.key(body) == "CONSTRAINT":
        body += 2
    return Clause(writer.key(body), span, body)


def read_column(writer: Writer, span: Span) -> ColumnDefinition:
    """The parts of a column's definition."""
    k = span.start + 1
    while k < span.stop and writer.key(k) not in _CLAUSES:
        k = writer.close(k) + 1 if writer.key(k) in ("(", "[") else k + 1
    column = ColumnDefinition(span.start, Span(span.start + 1, k))
    while k < span.stop:
        start = k
        if writer.key(k) == "CONSTRAINT":
            k += 2
        body = k
        stop = _end_of_clause(writer, body, span.stop)
        column.clauses.append(Clause(writer.key(body), Span(start, stop), body))
        k = stop
    return column


def _end_of_clause(writer: Writer, k: int, stop: int) -> int:
    key = writer.key(k)
    if key == "DEFAULT":
        p = k + 1
        if writer.key(p) in ("-", "+"):
            p += 1
        p = writer.close(p) + 1 if writer.key(p) in ("(", "[") else p + 1
        while p < stop and writer.key(p) not in _ENDS_DEFAULT:
            p = writer.close(p) + 1 if writer.key(p) in ("(", "[") else p + 1
        return min(p, stop)
    p = k + 1
    if key == "NOT" and writer.key(p) == "NULL":
        p += 1
    elif key == "UNIQUE" and writer.key(p) == "NULLS":
        p += 2 + (writer.key(p + 1) == "NOT")
    elif key == "PRIMARY":
        p += 1
        while p < stop and writer.key(p) in ("KEY", "ASC", "DESC", "AUTOINCREMENT"):
            p += 1
    elif key == "GENERATED":
        while p < stop and writer.key(p) not in ("(", "IDENTITY"):
            p += 1
        if writer.key(p) == "IDENTITY":
            p += 1
    while p < stop:
        word = writer.key(p)
        if word in ("(", "["):
            p = writer.close(p) + 1
        elif word == "ON" and writer.key(p + 1) in ("DELETE", "UPDATE"):
            p += 3 + (writer.key(p + 2) in ("SET", "NO"))
        elif word == "ON" and writer.key(p + 1) == "CONFLICT":
            p += 3
        elif word == "NOT" and writer.key(p + 1) == "DEFERRABLE":
            p += 2
        elif word in ("DEFERRABLE",):
            p += 1
        elif word == "INITIALLY":
            p += 2
        elif word in _CLAUSES:
            break
        else:
            p += 1
    return min(p, stop)
