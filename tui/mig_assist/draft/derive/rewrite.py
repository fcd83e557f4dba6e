"""A statement printed again token by token, changed only where a rule of the dialect says so.

What no rule touches keeps its place, its spelling and the comments around it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from mig_assist.backend import Backend
from mig_assist.draft.derive.known import Known, KnownColumn, KnownTable, find_column
from mig_assist.draft.derive.places import bounds_of, partners_of, referred_of
from mig_assist.draft.derive.tokens import Sort, Token
from mig_assist.draft.derive.words import spelled_name
from mig_assist.engines.logical_types import LogicalType

if TYPE_CHECKING:
    from mig_assist.draft.derive.rows_of_json import Rows

COMPARISONS = frozenset(("=", "==", "<>", "!=", "<", "<=", ">", ">="))
_CONDITION_WORDS = frozenset(
    "AND OR NOT IS IN LIKE ILIKE GLOB BETWEEN EXISTS ISNULL NOTNULL REGEXP".split()
)
NO_FUNCTIONS = frozenset(
    """
    IN VALUES AND OR NOT WHERE ON SELECT FROM WHEN THEN ELSE CASE AS SET BY HAVING USING INTO UNION
    ALL EXCEPT INTERSECT DISTINCT EXISTS ANY SOME BETWEEN LIKE ILIKE IS LIMIT OFFSET KEY CHECK
    UNIQUE REFERENCES DEFAULT CONFLICT OVER FILTER WITHIN JOIN RETURNING ROW ARRAY LATERAL TABLE
    MATERIALIZED INTERVAL END PARTITION ORDER GROUP COLLATE ESCAPE GLOB REGEXP MATCH
    """.split()
)
_TEXTS = frozenset(
    """
    LOWER UPPER TRIM LTRIM RTRIM BTRIM REPLACE SUBSTR SUBSTRING HEX QUOTE PRINTF FORMAT CHAR CHR
    GROUP_CONCAT STRING_AGG STRFTIME DATETIME DATE TIME TO_CHAR CONCAT CONCAT_WS TYPEOF LEFT RIGHT
    MD5 ENCODE REPEAT LPAD RPAD
    """.split()
)
_INTEGERS = frozenset(
    "LENGTH COUNT INSTR STRPOS UNIXEPOCH RANDOM UNICODE ASCII CHAR_LENGTH OCTET_LENGTH ROW_NUMBER "
    "RANK DENSE_RANK JSON_ARRAY_LENGTH".split()
)
_DOCUMENTS = frozenset(
    "JSON JSONB JSONB_BUILD_OBJECT JSONB_SET TO_JSONB JSON_OBJECT JSON_ARRAY".split()
)
_FIRST_ARGUMENT = frozenset("COALESCE IFNULL NULLIF MIN MAX ABS GREATEST LEAST".split())
_BEFORE_NAMES = frozenset("REFERENCES INTO WITH RECURSIVE TABLE VIEW INDEX UPDATE".split())


class Span(NamedTuple):
    """Tokens from one to before another."""

    start: int
    stop: int


Wrap = Callable[[str], str]
"""What is made of the printed text of a span."""


@dataclass(slots=True)
class Chunk:
    """Printed text that stands for some tokens; ``whole`` where it is one operand by itself."""

    start: int
    text: str
    whole: bool = False


class Writer:
    """Prints the expressions and queries of one statement in the other dialect.

    Attributes:
        doubts: what was not carried with certainty.
        tables: those that the statement speaks of, by what they are called in it.
        settled: the places of operands whose type is seen to.
        rows: functions that yield rows, by their places.
        held: what operands yield that are printed as something else.
        never: the places of conditions that are true of no row.
        outer: what the tables are called that a row may have none of; ``*`` for all of them.
    """

    source: Backend

    def __init__(self, tokens: tuple[Token, ...], known: Known) -> None:
        self.tokens = tokens
        self._keys = [token.key for token in tokens]
        self._size = len(tokens)
        self.known = known
        self.target = self.source.other
        self.doubts: list[str] = []
        self.tables: dict[str, KnownTable] = {}
        self.partners = partners_of(tokens)
        self._expected: dict[Span, LogicalType | None] = {}
        self._wanted: dict[int, tuple[Span, LogicalType]] = {}
        self._qualified: dict[int, str] = {}
        self._from: dict[int, LogicalType] = {}
        self._wraps: dict[int, list[tuple[Span, Wrap]]] = {}
        self._instead: dict[Span, Callable[[], str]] = {}
        self._open: set[tuple[int, int]] = set()
        self._read = False
        self.settled: set[int] = set()
        self.rows: dict[int, Rows] = {}
        self.held: dict[Span, LogicalType] = {}
        self.never: set[int] = set()
        self.outer: set[str] = set()
        self._bounds = bounds_of(tokens)
        self._referred = referred_of(tokens, self.partners)

    # Reading

    def key(self, k: int) -> str:
        """The keyword or sign at a place; empty for what is quoted, or beyond the ends."""
        return self._keys[k] if 0 <= k < self._size else ""

    def at(self, k: int, *keys: str) -> bool:
        """Whether these words stand at a place."""
        return all(self.key(k + n) == key for n, key in enumerate(keys))

    def is_name(self, k: int) -> bool:
        """Whether a name may stand at a place."""
        return 0 <= k < len(self.tokens) and self.tokens[k].is_name

    def close(self, k: int) -> int:
        """The place of the bracket that closes one; the end where none does."""
        return self.partners.get(k, len(self.tokens) - 1)

    def source_text(self, span: Span) -> str:
        """What stands there, without what stands before its first token."""
        if span.start >= span.stop:
            return ""
        first, *rest = self.tokens[span.start : span.stop]
        return first.text + "".join(token.before + token.text for token in rest)

    def split(self, start: int, stop: int, separator: str = ",") -> list[Span]:
        """The spans between separators outside of brackets."""
        spans: list[Span] = []
        begin = k = start
        while k < stop:
            key = self.key(k)
            if key == separator:
                spans.append(Span(begin, k))
                begin = k + 1
            elif key in ("(", "["):
                k = self.close(k)
            k += 1
        if begin < stop or spans:
            spans.append(Span(begin, stop))
        return spans

    def arguments(self, k: int) -> list[Span]:
        """The arguments in the parentheses that open at a place."""
        return self.split(k + 1, self.close(k))

    def find(self, start: int, stop: int, *keys: str) -> int:
        """The first of some words outside of brackets; ``stop`` where there is none."""
        k = start
        while k < stop:
            if self.key(k) in keys:
                return k
            if self.key(k) in ("(", "["):
                k = self.close(k)
            k += 1
        return stop

    def bare(self, span: Span) -> Span:
        """A span without the parentheses around all of it."""
        start, stop = span
        while stop - start >= 2 and self.key(start) == "(" and self.close(start) == stop - 1:
            start, stop = start + 1, stop - 1
        return Span(start, stop)

    def operand_before(self, k: int) -> Span:
        """The operand that ends before a place."""
        p = k - 1
        if p < 0:
            return Span(k, k)
        if self.key(p) == "END":
            depth = 0
            while p >= 0:
                depth += {"END": 1, "CASE": -1}.get(self.key(p), 0)
                if depth == 0:
                    break
                p -= 1
            return Span(max(p, 0), k)
        while self.key(p) == "]":
            p = self.partners.get(p, p) - 1
        if self.key(p) == ")":
            p = self.partners.get(p, p)
            if self.is_name(p - 1) and self.key(p - 1) not in NO_FUNCTIONS:
                p -= 1
        while self.key(p - 1) == "." and p >= 2:
            p -= 2
        if self.key(p - 1) in ("INTERVAL", "DATE", "TIMESTAMP") and self._is_string(p):
            p -= 1
        return Span(max(p, 0), k)

    def operand_after(self, k: int) -> Span:
        """The operand that begins at a place."""
        p = k
        while self.key(p) in ("-", "+", "~", "NOT"):
            p += 1
        if self.key(p) == "CASE":
            depth = 0
            while p < len(self.tokens):
                depth += {"CASE": 1, "END": -1}.get(self.key(p), 0)
                if depth == 0:
                    break
                p += 1
            return Span(k, p + 1)
        if self.key(p) == "(":
            return Span(k, self.close(p) + 1)
        if self.key(p) == "INTERVAL":
            return Span(k, p + 2)
        p += 1
        while self.key(p) == "." and self.is_name(p + 1):
            p += 2
        if self.key(p) == "(" and self.is_name(p - 1) and self.key(p - 1) not in NO_FUNCTIONS:
            p = self.close(p) + 1
        return Span(k, min(p, len(self.tokens)))

    def _is_string(self, k: int) -> bool:
        return 0 <= k < len(self.tokens) and self.tokens[k].sort is Sort.STRING

    def sort(self, k: int) -> Sort | None:
        """The kind of token at a place."""
        return self.tokens[k].sort if 0 <= k < len(self.tokens) else None

    def is_call(self, k: int) -> bool:
        """Whether a function is called at a place, and no table named with its columns."""
        if self.key(k + 1) != "(" or self.key(k) in NO_FUNCTIONS:
            return False
        if self.key(k - 1) in _BEFORE_NAMES:
            return False
        stop = self.close(k + 1)
        makes_query = self.key(stop + 1) == "AS" and self.key(stop + 2) in (
            "(",
            "MATERIALIZED",
            "NOT",
        )
        return not makes_query

    def called(self, span: Span) -> str:
        """The function of which a span is a call, and nothing else; empty where it is none."""
        start, stop = self.bare(span)
        if self.key(start + 1) != "(" or self.close(start + 1) != stop - 1:
            return ""
        return self.key(start) if self.is_call(start) else ""

    def is_bound(self, k: int) -> bool:
        """Whether an AND is the one of a BETWEEN."""
        return k in self._bounds

    # Types

    def column(self, span: Span) -> KnownColumn | None:
        """The column that a span names; None where it names none that is known."""
        start, stop = self.bare(span)
        if stop - start == 1 and self.is_name(start):
            return find_column(self._scope(), self.tokens[start].folded)
        if stop - start == 3 and self.key(start + 1) == "." and self.is_name(start + 2):
            qualifier = self.tokens[start].folded
            table = self.tables.get(qualifier)
            if table is None and qualifier in ("excluded", "new", "old"):
                return find_column(self._scope(), self.tokens[start + 2].folded)
            return table.columns.get(self.tokens[start + 2].folded) if table else None
        return None

    def column_named(self, name: str) -> KnownColumn | None:
        """The column of a name in the tables of the statement."""
        return find_column(self._scope(), name.lower())

    def _scope(self) -> Iterable[KnownTable]:
        return {id(table): table for table in self.tables.values()}.values()

    def source_kind(self, span: Span) -> LogicalType | None:
        """What a column holds on the side that is derived from; None for anything else."""
        column = self.column(span)
        return self.known.meant(column, self.source) if column else None

    def kind(self, span: Span) -> LogicalType | None:
        """What an expression yields on the other side; None where it is not known."""
        start, stop = bare = self.bare(span)
        if stop <= start or self.key(start) in ("SELECT", "WITH", "VALUES"):
            return None
        if bare in self.held:
            return self.held[bare]
        if self.key(start) in ("-", "+") and stop - start > 1:
            start += 1
        if stop - start == 1:
            match self.tokens[start].sort:
                case Sort.STRING:
                    return LogicalType.TEXT
                case Sort.BLOB:
                    return LogicalType.BYTES
                case Sort.NUMBER:
                    whole = self.tokens[start].text.isdecimal()
                    return LogicalType.INTEGER if whole else LogicalType.REAL
            if self.key(start) in ("TRUE", "FALSE"):
                return LogicalType.BOOLEAN
        column = self.column(Span(start, stop))
        if column is not None:
            return self.known.meant(column, self.target)
        if self.key(start + 1) == "(" and self.close(start + 1) == stop - 1:
            return self._kind_of_call(start)
        if self.key(start) == "CASE" and self.key(stop - 1) == "END":
            then = self.find(start, stop, "THEN")
            after = self.find(then, stop, "WHEN", "ELSE", "END")
            return self.kind(Span(then + 1, after)) if then < stop else None
        return self._kind_of_operators(start, stop)

    def _kind_of_call(self, k: int) -> LogicalType | None:
        name = self.key(k)
        if name in _TEXTS:
            return LogicalType.TEXT
        if name in _INTEGERS:
            return LogicalType.INTEGER
        if name == "CAST":
            return self.kind_of_cast(k)
        if name in _FIRST_ARGUMENT and (arguments := self.arguments(k + 1)):
            return self.kind(arguments[0])
        if name in ("JSON_VALID", "EXISTS", "STARTS_WITH"):
            return LogicalType.BOOLEAN
        if name in _DOCUMENTS:
            return LogicalType.JSON
        if name in ("NOW", "TO_TIMESTAMP"):
            return LogicalType.TIMESTAMP
        return None

    def kind_of_cast(self, k: int) -> LogicalType | None:
        """What a CAST yields."""
        from mig_assist.engines.logical_types import logical_type

        place = self.find(k + 2, self.close(k + 1), "AS")
        return logical_type(self.source_text(Span(place + 1, self.close(k + 1))), self.source)

    def _kind_of_operators(self, start: int, stop: int) -> LogicalType | None:
        arithmetic = joined = False
        k = start
        while k < stop:
            key = self.key(k)
            if key in COMPARISONS or (key in _CONDITION_WORDS and not self.is_bound(k)):
                return LogicalType.BOOLEAN
            joined = joined or key in ("||", "->>")
            arithmetic = arithmetic or key in ("+", "-", "*", "/", "%", "&", "|", "<<", ">>")
            if key in ("(", "["):
                k = self.close(k)
            k += 1
        if joined:
            return LogicalType.TEXT
        if arithmetic:
            kinds = {
                self.kind(self.operand_before(p))
                for p in range(start + 1, stop)
                if self.key(p) in ("+", "-", "*", "/", "%")
            }
            if kinds == {LogicalType.BOOLEAN}:
                return LogicalType.INTEGER
            return kinds.pop() if len(kinds) == 1 else None
        return None

    def expected(self, span: Span) -> LogicalType | None:
        """What is wanted of an expression where it stands."""
        if span in self._expected:
            return self._expected[span]
        if self.is_compared(span.start):
            return self.kind(self.operand_before(span.start - 1))
        if self.key(span.stop) in COMPARISONS:
            return self.kind(self.operand_after(span.stop + 1))
        between = self._between(span.start - 1)
        return self.kind(self.operand_before(between)) if between is not None else None

    def is_compared(self, k: int) -> bool:
        """Whether what begins at a place is compared with what stands before, and not assigned."""
        return self.key(k - 1) in COMPARISONS and k not in self._wanted

    def _between(self, k: int) -> int | None:
        """The BETWEEN whose bound follows the word at a place."""
        if self.key(k) == "BETWEEN":
            return k
        if not self.is_bound(k):
            return None
        return next((p for p in range(k, -1, -1) if self.key(p) == "BETWEEN"), None)

    # Printing

    def doubt(self, message: str) -> None:
        """Something a person has to decide."""
        if message not in self.doubts:
            self.doubts.append(message)

    def want(
        self, span: Span, wanted: LogicalType | None, source: LogicalType | None = None
    ) -> None:
        """Have an expression printed as a value of a certain type, wherever it is printed."""
        if source is not None:
            self._from[span.start] = source
        if span.start < span.stop and wanted is not None:
            self._wanted[span.start] = (span, wanted)

    def wanted_of(self, span: Span) -> LogicalType | None:
        """The type that a value is printed as; None where none is asked for."""
        found = self._wanted.get(span.start)
        return found[1] if found is not None and found[0] == span else None

    def wrap(self, span: Span, make: Wrap) -> None:
        """Have what is printed of a span made into something else, wherever it is printed."""
        self._wraps.setdefault(span.start, []).append((span, make))

    def replace(self, span: Span, make: Callable[[], str]) -> None:
        """Have something else stand for a span, which is not printed itself."""
        self._instead[span] = make
        self.wrap(span, _kept)

    def is_replaced(self, span: Span) -> bool:
        """Whether something else stands for a span, as far as it is read."""
        return span in self._instead

    def is_wrapped(self, span: Span) -> bool:
        """Whether something is made of what is printed of a span."""
        self._read_operands()
        return span in self._instead or any(
            found == span for found, _ in self._wraps.get(span.start, ())
        )

    def _read_operands(self) -> None:
        if not self._read:
            from mig_assist.draft.derive.rules import read_operands

            self._read = True
            read_operands(self)

    def wanted_source(self, k: int) -> LogicalType | None:
        """What the column of a value, or one that it is compared with, holds on this side."""
        if k in self._from:
            return self._from[k]
        if self.is_compared(k):
            return self.source_kind(self.operand_before(k - 1))
        between = self._between(k - 1)
        return self.source_kind(self.operand_before(between)) if between is not None else None

    def qualify(self, k: int, table: str) -> None:
        """Have the name at a place stand behind its table's."""
        self._qualified[k] = table

    def value(self, span: Span, wanted: LogicalType | None) -> str:
        """An expression of which a certain type is wanted."""
        inner = span
        while True:
            self._expected[inner] = wanted
            bare = Span(inner.start + 1, inner.stop - 1)
            if self.key(inner.start) != "(" or self.close(inner.start) != inner.stop - 1:
                break
            inner = bare
        self._expect_in_case(inner, wanted)
        constant = self.constant(inner, wanted)
        if constant is not None:
            return constant if inner == span else f"({constant})"
        return self.render(span)

    def _expect_in_case(self, span: Span, wanted: LogicalType | None) -> None:
        if self.key(span.start) != "CASE":
            return
        k = span.start + 1
        while (k := self.find(k, span.stop, "THEN", "ELSE")) < span.stop:
            stop = self.find(k + 1, span.stop, "WHEN", "ELSE", "END")
            self._expected[Span(k + 1, stop)] = wanted
            k = max(stop - 1, k) + 1 if self.key(stop) != "ELSE" else stop

    def constant(self, span: Span, wanted: LogicalType | None) -> str | None:
        """A constant of the wanted type; None where the expression is none that has to change."""
        raise NotImplementedError

    def render(self, span: Span) -> str:
        """An expression or query in the other dialect, without what stands before it."""
        self._read_operands()
        chunks: list[Chunk] = []
        k = span.start
        while k < span.stop:
            before = self.tokens[k].before if k > span.start else ""
            count = len(chunks)
            wanted = self._wanted_value(k, span, chunks) or self._wrapped(k, span, chunks)
            following = wanted or self.step(k, span, chunks)
            if len(chunks) > count:
                chunk = chunks[-1]
                if wanted is None and k in self._qualified and chunk.start == k:
                    chunk.text = f"{self._qualified[k]}.{chunk.text}"
                if chunk.start == k:
                    chunk.text = before + chunk.text if chunk.text else comments_of(before)
            k = following
        return "".join(chunk.text for chunk in chunks)

    def _wanted_value(self, k: int, span: Span, chunks: list[Chunk]) -> int | None:
        found = self._wanted.get(k)
        if found is None or found[0] == span or found[0].stop > span.stop:
            return None
        chunks.append(Chunk(k, self.value(*found)))
        return found[0].stop

    def _wrapped(self, k: int, span: Span, chunks: list[Chunk]) -> int | None:
        wraps = self._wraps.get(k, ())
        for n in range(len(wraps) - 1, -1, -1):
            inner, make = wraps[n]
            if (k, n) not in self._open and inner.stop <= span.stop:
                self._open.add((k, n))
                instead = self._instead.get(inner)
                text = instead() if instead and make is _kept else self.render(inner)
                chunks.append(Chunk(k, make(text), whole=True))
                self._open.discard((k, n))
                return inner.stop
        return None

    def step(self, k: int, span: Span, chunks: list[Chunk]) -> int:
        """Print what begins at a place; the place that follows."""
        raise NotImplementedError

    def take_operand(self, k: int, span: Span, chunks: list[Chunk]) -> tuple[Span, str, str]:
        """Take back the operand that was printed before a place: its span, space and text."""
        if chunks and chunks[-1].whole:
            start = chunks[-1].start
        else:
            start = max(self.operand_before(k).start, span.start)
        text = ""
        while chunks and chunks[-1].start >= start:
            text = chunks.pop().text + text
        before = self.tokens[start].before if start > span.start else ""
        return Span(start, k), before, text.removeprefix(before)

    def argument(self, span: Span, wanted: LogicalType | None = None) -> str:
        """An argument, with the comments before it."""
        text = self.value(span, wanted) if wanted is not None else self.render(span)
        if span.start >= span.stop:
            return text
        return comments_of(self.tokens[span.start].before) + text

    # Names

    def name_text(self, k: int) -> str:
        """The name at a place as the other side takes it."""
        raise NotImplementedError

    def real_name(self, k: int) -> str | None:
        """What the other side's catalog calls the table or column of a place, if it is known."""
        token = self.tokens[k]
        if k in self._referred:
            there = self.known.table(self._referred[k]) or self.tables.get(
                self._referred[k].lower()
            )
            column = there.columns.get(token.folded) if there else None
            return column.name(self.target) if column else None
        table = self.known.table(token.name) if self.key(k - 1) != "." else None
        if table is not None and table.columns.get(token.folded) is None:
            return table.name(self.target)
        if self.key(k - 1) == ".":
            qualifier = self.tables.get(self.tokens[k - 2].folded) if k >= 2 else None
            column = qualifier.columns.get(token.folded) if qualifier else None
        else:
            column = find_column(self._scope(), token.folded)
        return column.name(self.target) if column else None

    def spelled(self, name: str) -> str:
        """A name as the other side takes it."""
        return spelled_name(name, self.target)


def _kept(text: str) -> str:
    return text


def comments_of(before: str) -> str:
    """What stands before a token where there is a comment in it."""
    return before if "--" in before or "/*" in before else ""
