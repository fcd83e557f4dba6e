"""Every operator and call of a statement with its operands, as the dialect's grammar binds them.

A statement is read once, from the left, before it is printed; each operator and each call is shown
to the rules of the direction, which say what has to be printed around an operand, and what cannot
be carried. See https://www.sqlite.org/lang_expr.html and
https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-PRECEDENCE.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from mig_assist.backend import Backend
from mig_assist.draft.derive.nulls import is_outer
from mig_assist.draft.derive.rewrite import COMPARISONS, NO_FUNCTIONS, Span, Writer
from mig_assist.draft.derive.tokens import Sort
from mig_assist.engines.logical_types import LogicalType, logical_type

_NUMBER = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*")


@dataclass(frozen=True, slots=True)
class Operand:
    """What an operator or a call works on.

    Attributes:
        kind: what it is on PostgreSQL, on whichever side it is read; None where it is not known.
        top: its outermost operator, empty where it is one piece.
        branches: those that it yields one of, as CASE and COALESCE do, or the members of a row.
        extracted: whether it is a text taken out of JSON, whatever the JSON holds.
        narrow: whether it is an INTEGER where other whole numbers are BIGINT.
        clock: whether a function of time makes it, in whichever form is asked for.
        parts: what its outermost operator works on.
        within: its outermost operator where that stands in parentheses.
        truth: what a test yields of whatever is no NULL; None where it has to be asked.
    """

    span: Span
    kind: LogicalType | None = None
    top: str = ""
    branches: tuple[Operand, ...] = ()
    extracted: bool = False
    narrow: bool = False
    nullable: bool = False
    row: bool = False
    clock: bool = False
    parts: tuple[Operand, ...] = ()
    truth: bool | None = None
    within: str = ""

    @property
    def operator(self) -> str:
        """Its outermost operator, be it in parentheses."""
        return self.top or self.within


class Rules(Protocol):
    """What one direction makes of operators and calls; each yields what the whole is."""

    def unary(self, k: int, operator: str, right: Operand) -> Operand:
        """``- x``, ``NOT x``."""

    def binary(self, operator: str, left: Operand, right: Operand) -> Operand:
        """``x + y``, ``x AND y``, ``x LIKE y``."""

    def listed(self, left: Operand, members: list[Operand]) -> None:
        """``x IN (…)`` and ``x BETWEEN … AND …``."""

    def call(self, name: str, arguments: list[Operand], whole: Span) -> Operand:
        """``f(x)``."""

    def among(self, left: Operand, chosen: Operand) -> None:
        """``x IN (SELECT y …)``."""

    def branching(self, whole: Span, branches: list[Operand]) -> Operand:
        """What yields one of several values."""

    def cast(self, inner: Operand, kind: LogicalType, whole: Span) -> Operand:
        """``CAST(x AS t)`` and ``x::t``."""

    def condition(self, operand: Operand) -> None:
        """An operand that has to be true or false."""

    def chosen(self, operand: Operand, word: str) -> None:
        """The whole of a condition, and the word before it."""

    def given(self, operand: Operand, wanted: LogicalType) -> None:
        """A value for a column."""

    def ordered(self, operand: Operand, whole: Span, *, falling: bool) -> None:
        """What rows are sorted by, with nothing said of NULLs."""


def _levels(*levels: str) -> Mapping[str, int]:
    return {word: n for n, level in enumerate(levels, 1) for word in level.split()}


_LIKES = "LIKE ILIKE GLOB REGEXP MATCH SIMILAR"
PRECEDENCE = {
    Backend.LIBSQL: _levels(
        "OR",
        "AND",
        "NOT",
        f"= == <> != IS ISNULL NOTNULL IN BETWEEN {_LIKES}",
        "< <= > >=",
        "& | << >>",
        "+ -",
        "* / %",
        "|| -> ->>",
        "COLLATE",
    ),
    Backend.POSTGRES: _levels(
        "OR",
        "AND",
        "NOT",
        "IS ISNULL NOTNULL",
        "< <= > >= = <> !=",
        f"IN BETWEEN {_LIKES}",
        "other",
        "+ -",
        "* / %",
        "^",
        "AT",
        "COLLATE",
        "::",
    ),
}
_CONDITIONS = frozenset("WHERE HAVING".split())
_LISTS = frozenset("SELECT BY RETURNING LIMIT OFFSET".split())
_STATEMENTS = frozenset(
    "SELECT WITH INSERT REPLACE UPDATE DELETE CREATE ALTER VALUES DROP PRAGMA COMMENT".split()
)
_ENDS = frozenset(
    """
    , ) ] ; . FROM WHERE GROUP ORDER LIMIT OFFSET HAVING UNION EXCEPT INTERSECT WINDOW RETURNING AS
    THEN ELSE END WHEN ON JOIN LEFT RIGHT FULL INNER CROSS NATURAL USING SET VALUES ASC DESC NULLS
    SELECT DO FOR ESCAPE AND OR ROWS RANGE GROUPS FETCH DEFAULT PRIMARY UNIQUE CHECK REFERENCES
    CONSTRAINT STORED VIRTUAL FILTER OVER
    """.split()
)

_CLOCKS = {"CURRENT_TIMESTAMP": LogicalType.TIMESTAMP, "CURRENT_DATE": LogicalType.DATE}


class OperandReader:
    """Shows the rules of a direction each operator and call of a statement."""

    def __init__(self, writer: Writer, rules: Rules) -> None:
        self.writer = writer
        self.rules = rules
        self.key = writer.key
        self.levels = PRECEDENCE[writer.source]
        self._first: dict[int, Operand] = {}

    def read(self) -> None:
        """Read the whole statement."""
        size = len(self.writer.tokens)
        if self.key(0) in _STATEMENTS:
            self._statement(0, size)
        else:
            self._list(0, size)

    def _statement(self, start: int, stop: int) -> None:
        k = start
        makes = self.key(start) in ("CREATE", "ALTER")
        while k < stop:
            k = max(self._clause(k, stop, makes), k + 1)

    def _clause(self, k: int, stop: int, makes: bool) -> int:
        key = self.key(k)
        if key in _LISTS:
            k += 1 + (self.key(k + 1) in ("DISTINCT", "ALL"))
            if self.key(k - 1) == "DISTINCT" and self.key(k) == "ON":
                k = self.writer.close(k + 1) + 1
            return self._list(k, stop)
        if key in _CONDITIONS or (key == "ON" and not makes and self._is_join(k)):
            return self._condition(k + 1, stop, key)
        if key == "CHECK" and self.key(k + 1) == "(":
            return self._condition(k + 2, self.writer.close(k + 1), key)
        if key == "VALUES":
            return self._rows(k + 1)
        if key == "SET" and (not makes or self.key(k + 2) == "="):
            return self._assignments(k + 1, stop)
        opens = makes and key == "("
        if opens and (self.key(k - 1) in ("AS", "DEFAULT", "USING") or self._is_index(k)):
            return self._list(k + 1, self.writer.close(k))
        table = self.key(k - 1) in ("FROM", "JOIN", ",", "LATERAL") and not makes
        if table and self.writer.is_name(k) and self.writer.is_call(k):
            self._primary(k, stop)
        return k + 1

    def _is_index(self, k: int) -> bool:
        """Whether the parts of an index stand in the parentheses at a place."""
        indexes = self.key(0) == "CREATE" and "INDEX" in (self.key(1), self.key(2))
        return indexes and "ON" in (self.key(k - 2), self.key(k - 4))

    def _is_join(self, k: int) -> bool:
        return self.key(k + 1) not in ("CONFLICT", "DELETE", "UPDATE", "CONSTRAINT", "COMMIT")

    def _condition(self, k: int, stop: int, word: str) -> int:
        operand = self._expression(k, stop)
        if operand is None:
            return k
        self.rules.condition(operand)
        self.rules.chosen(operand, word)
        return operand.span.stop

    def _rows(self, k: int) -> int:
        while self.key(k) == "(":
            close = self.writer.close(k)
            self._list(k + 1, close)
            k = close + 1
            if self.key(k) != ",":
                break
            k += 1
        return k

    def _assignments(self, k: int, stop: int) -> int:
        while k < stop:
            equals = self.writer.find(k, stop, "=", ",", "WHERE", "FROM")
            if self.key(equals) != "=":
                return k
            operand = self._given(equals + 1, stop)
            if operand is None:
                return equals
            k = operand.span.stop
            if self.key(k) != ",":
                return k
            k += 1
        return k

    def _given(self, k: int, stop: int) -> Operand | None:
        operand = self._expression(k, stop)
        wanted = self.writer.wanted_of(operand.span) if operand else None
        if operand is not None and wanted is not None:
            self.rules.given(operand, wanted)
        return operand

    def _list(self, k: int, stop: int) -> int:
        sorts = self.key(k - 1) == "BY" and self.key(k - 2) == "ORDER"
        start = k
        while k < stop:
            operand = self._given(k, stop)
            if operand is None:
                return k
            self._first.setdefault(start, operand)
            k = operand.span.stop
            falling = self.key(k) == "DESC"
            if self.key(k) in ("ASC", "DESC"):
                k += 1
            if sorts and self.key(k) != "NULLS":
                self.rules.ordered(operand, Span(operand.span.start, k), falling=falling)
            k += 2 if self.key(k) == "NULLS" else 0
            if self.key(k) == "AS":
                k += 2
            elif self.writer.is_name(k) and self.key(k) not in _ENDS:
                k += 1
            if self.key(k) != ",":
                return k
            k += 1
        return k

    # Expressions

    def _expression(self, k: int, stop: int, floor: int = 0) -> Operand | None:
        left = self._prefixed(k, stop)
        while left is not None and left.span.stop < stop:
            found = self._continued(left, stop, floor)
            if found is None:
                break
            left = found
        return left

    def _level(self, key: str, k: int) -> int:
        level = self.levels.get(key, 0)
        if not level and self.writer.sort(k) is Sort.SYMBOL and key not in _ENDS | {"(", "[", ":"}:
            return self.levels.get("other", 0)
        return level

    def _prefixed(self, k: int, stop: int) -> Operand | None:
        key = self.key(k)
        if k >= stop or (key in _ENDS and self.key(k + 1) != "("):
            return None
        symbol = self.writer.sort(k) is Sort.SYMBOL and key not in ("(", "[")
        if key != "NOT" and not symbol:
            return self._primary(k, stop)
        signs = [k]
        while self.key(signs[-1] + 1) in ("-", "+", "~", "NOT") and self.key(k) == key:
            signs.append(signs[-1] + 1)
        first = self.key(signs[-1])
        level = self.levels["NOT"] if first == "NOT" else self._sign_level(first)
        right = self._expression(signs[-1] + 1, stop, level)
        for sign in reversed(signs):
            if right is None:
                return None
            right = self.rules.unary(sign, self.key(sign), right)
        return right

    def _sign_level(self, sign: str) -> int:
        if sign in ("-", "+"):
            return self.levels.get("^", self.levels["COLLATE"] - 1)
        return self.levels.get("other", self.levels["COLLATE"] - 1)

    def _continued(self, left: Operand, stop: int, floor: int) -> Operand | None:
        k = left.span.stop
        key = self.key(k)
        if key == "[":
            return Operand(Span(left.span.start, self.writer.close(k) + 1))
        inverse = key == "NOT" and self.key(k + 1) in (*_LIKES.split(), "IN", "BETWEEN", "NULL")
        if inverse:
            k, key = k + 1, self.key(k + 1)
            if key == "NULL":
                return self._tested(left, k + 1)
        level = self._level(key, k)
        if not level or level <= floor or (key == "NOT" and not inverse):
            return None
        match key:
            case "ISNULL" | "NOTNULL":
                return self._tested(left, k + 1)
            case "::":
                end, kind = self._type(k + 1)
                return self.rules.cast(left, kind, Span(left.span.start, end))
            case "COLLATE":
                return replace(left, span=Span(left.span.start, k + 2))
            case "AT":
                return Operand(Span(left.span.start, k + 4), LogicalType.TIMESTAMP)
            case "IS":
                return self._is(left, k, stop, level)
            case "IN":
                return self._in(left, k)
            case "BETWEEN":
                k += self.key(k + 1) in ("SYMMETRIC", "ASYMMETRIC")
                low = self._expression(k + 1, stop, level)
                if low is None or self.key(low.span.stop) != "AND":
                    return None
                high = self._expression(low.span.stop + 1, stop, level)
                if high is None:
                    return None
                self.rules.listed(left, [low, high])
                return self._truth(left, high.span.stop)
        if self.key(k + 1) in ("ANY", "ALL", "SOME") and self.key(k + 2) == "(":
            self._inside(k + 2)
            return self._truth(left, self.writer.close(k + 2) + 1)
        right = self._expression(k + 1 + (key == "SIMILAR"), stop, level)
        if right is None:
            return None
        made = self.rules.binary(key, left, right)
        if key in _LIKES.split() and self.key(right.span.stop) == "ESCAPE":
            return replace(made, span=Span(made.span.start, right.span.stop + 2))
        return made

    def _tested(self, left: Operand, stop: int) -> Operand:
        return Operand(Span(left.span.start, stop), LogicalType.BOOLEAN, "IS")

    def _truth(self, left: Operand, stop: int) -> Operand:
        whole = Span(left.span.start, stop)
        return Operand(whole, LogicalType.BOOLEAN, "IN", nullable=left.nullable)

    def _is(self, left: Operand, k: int, stop: int, level: int) -> Operand | None:
        k += 1 + (self.key(k + 1) == "NOT")
        if self.key(k) in ("NULL", "UNKNOWN"):
            return self._tested(left, k + 1)
        if self.key(k) in ("TRUE", "FALSE"):
            self.rules.condition(left)
            return self._tested(left, k + 1)
        if self.key(k) == "JSON":
            k += 1 + (self.key(k + 1) in ("VALUE", "OBJECT", "ARRAY", "SCALAR"))
            return self._tested(left, k)
        if self.key(k) == "DISTINCT":
            k += 2
        right = self._expression(k, stop, level)
        if right is None:
            return None
        self.rules.binary("IS", left, right)
        return self._tested(left, right.span.stop)

    def _in(self, left: Operand, k: int) -> Operand | None:
        if self.key(k + 1) != "(":
            return self._truth(left, k + 2)
        members = self._inside(k + 1)
        chosen = self._first.get(k + 3 + (self.key(k + 3) == "DISTINCT"))
        if not members and chosen is not None:
            self.rules.among(left, chosen)
        self.rules.listed(left, members)
        return self._truth(left, self.writer.close(k + 1) + 1)

    def _inside(self, k: int) -> list[Operand]:
        """What the parentheses at a place hold; nothing where that is a query."""
        stop = self.writer.close(k)
        if self.key(k + 1) in ("SELECT", "WITH", "VALUES"):
            self._statement(k + 1, stop)
            return []
        found = []
        for span in self.writer.split(k + 1, stop):
            start = span.start + (self.key(span.start) in ("DISTINCT", "VARIADIC"))
            operand = self._expression(start, span.stop)
            if operand is None:
                operand = Operand(Span(start, span.stop))
            elif operand.span.stop < span.stop:
                self._statement(operand.span.stop, span.stop)  # ORDER BY, FROM, FOR
            found.append(operand)
        return found

    def _primary(self, k: int, stop: int) -> Operand | None:
        key, sort = self.key(k), self.writer.sort(k)
        if key == "(":
            return self._group(k)
        if key == "CASE":
            return self._case(k, stop)
        if key == "EXISTS" and self.key(k + 1) == "(":
            self._inside(k + 1)
            return Operand(Span(k, self.writer.close(k + 1) + 1), LogicalType.BOOLEAN)
        if key in ("ARRAY", "ROW") and self.key(k + 1) in ("[", "("):
            if key == "ROW":
                self.writer.doubt("ROW has no counterpart on libsql: leave the word out.")
            return Operand(Span(k, self.writer.close(k + 1) + 1), LogicalType.ARRAY)
        if sort is Sort.NUMBER:
            return self._number(k)
        if sort is Sort.STRING:
            return Operand(Span(k, k + 1), None)
        if sort is Sort.BLOB:
            return Operand(Span(k, k + 1), LogicalType.BYTES)
        if key in ("TRUE", "FALSE"):
            return Operand(Span(k, k + 1), LogicalType.BOOLEAN)
        if key == "NULL":
            return Operand(Span(k, k + 1), nullable=True)
        if not self.writer.is_name(k):
            return Operand(Span(k, k + 1))
        if self.writer.sort(k + 1) is Sort.STRING and self.writer.source is Backend.POSTGRES:
            return self._typed(k)
        return self._named(k)

    def _typed(self, k: int) -> Operand:
        kind = logical_type(self.writer.tokens[k].text, self.writer.source)
        return Operand(Span(k, k + 2), kind)

    def _number(self, k: int) -> Operand:
        whole = self.writer.tokens[k].text.isdecimal()
        kind = LogicalType.INTEGER if whole else LogicalType.REAL
        return Operand(Span(k, k + 1), kind, narrow=whole)

    def _named(self, k: int) -> Operand:
        stop = k + 1
        while self.key(stop) == "." and (
            self.writer.is_name(stop + 1) or self.key(stop + 1) == "*"
        ):
            stop += 2
        called = self.key(stop - 1) not in NO_FUNCTIONS or self.key(k) in ("LIKE", "GLOB")
        if self.key(stop) == "(" and called:
            return self._call(k, stop)
        column = self.writer.column(Span(k, stop))
        if column is None:
            kind = _CLOCKS.get(self.key(k))
            return Operand(Span(k, stop), kind, clock=kind is not None)
        meant = self.writer.known.meant(column, Backend.POSTGRES)
        narrow = column.postgres.lower() in ("integer", "smallint", "int", "int4", "int2")
        return Operand(
            Span(k, stop),
            meant,
            extracted=column.extracted,
            narrow=narrow,
            nullable=column.nullable or is_outer(self.writer, Span(k, stop)),
        )

    def _call(self, k: int, opening: int) -> Operand:
        name = self.key(opening - 1)
        close = self.writer.close(opening)
        if name == "CAST":
            place = self.writer.find(opening + 1, close, "AS")
            inner = self._expression(opening + 1, place)
            _, kind = self._type(place + 1)
            whole = Span(k, close + 1)
            return self.rules.cast(inner, kind, whole) if inner else Operand(whole, kind)
        arguments = self._inside(opening)
        if self.key(opening + 1) == "*":
            arguments = []
        stop = close + 1
        while self.key(stop) in ("FILTER", "OVER"):
            if self.key(stop + 1) != "(":
                stop += 2
                break
            self._statement(stop + 2, self.writer.close(stop + 1))
            stop = self.writer.close(stop + 1) + 1
        made = self.rules.call(name, arguments, Span(k, close + 1))
        return replace(made, span=Span(k, stop))

    def _group(self, k: int) -> Operand:
        stop = self.writer.close(k) + 1
        members = self._inside(k)
        if len(members) == 1:
            only = members[0]
            return replace(only, span=Span(k, stop), top="", within=only.operator)
        if not members:
            first = self._first.get(k + 2 + (self.key(k + 2) == "DISTINCT"))
            return Operand(Span(k, stop), first.kind if first else None, nullable=True)
        return Operand(Span(k, stop), branches=tuple(members), row=True)

    def _case(self, k: int, stop: int) -> Operand | None:
        start = k
        k += 1
        subject = None if self.key(k) == "WHEN" else self._expression(k, stop)
        k = subject.span.stop if subject else k
        branches: list[Operand] = []
        while self.key(k) in ("WHEN", "ELSE"):
            if self.key(k) == "WHEN":
                test = self._expression(k + 1, stop)
                if test is None:
                    return None
                if subject is not None:
                    self.rules.listed(subject, [test])
                else:
                    self.rules.condition(test)
                    self.rules.chosen(test, "WHEN")
                k = test.span.stop
            branch = self._expression(k + 1, stop)
            if branch is None:
                return None
            branches.append(branch)
            k = branch.span.stop
        made = self.rules.branching(Span(start, k + 1), branches)
        otherwise = self.key(branches[-1].span.start - 1) == "ELSE" if branches else False
        return replace(made, nullable=made.nullable or not otherwise)

    def _type(self, k: int) -> tuple[int, LogicalType]:
        """Where a type ends, and what it means on PostgreSQL."""
        stop = k + 1
        while self.key(stop) == "." and self.writer.is_name(stop + 1):
            stop += 2
        if self.key(stop) in ("PRECISION", "VARYING"):
            stop += 1
        if self.key(stop) == "(":
            stop = self.writer.close(stop) + 1
        if self.key(stop) in ("WITH", "WITHOUT") and self.key(stop + 1) == "TIME":
            stop += 3
        while self.key(stop) == "[":
            stop = self.writer.close(stop) + 1
        enums = tuple(self.writer.known.enums)
        text = self.writer.source_text(Span(k, stop))
        return stop, logical_type(text, self.writer.source, enums=enums)


def is_comparison(operator: str) -> bool:
    """Whether an operator asks how two values stand to each other."""
    return operator in COMPARISONS or operator == "IS"


def is_number(text: str) -> bool:
    """Whether a text is written as a number."""
    return _NUMBER.fullmatch(text) is not None
