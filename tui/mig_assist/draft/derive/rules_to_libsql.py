"""What becomes of PostgreSQL's operators and calls on libsql, which knows few types."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace

from mig_assist.draft.derive.json_paths import json_way, path_steps
from mig_assist.draft.derive.moments_to_libsql import stored_moment
from mig_assist.draft.derive.operands import Operand, is_comparison
from mig_assist.draft.derive.rewrite import Span
from mig_assist.draft.derive.rules import (
    ARITHMETIC,
    BOOLEAN,
    FRACTIONS,
    INTEGER,
    NUMBERS,
    CommonRules,
    common_kind,
)
from mig_assist.draft.derive.times_to_postgres import MOMENTS
from mig_assist.draft.derive.tokens import Sort
from mig_assist.engines.logical_types import LogicalType, logical_type, postgres_name
from mig_assist.engines.spelling import literal

_KNOWN = (
    ARITHMETIC
    | frozenset("AND OR || -> ->> #> #>> #- = <> != < <= > >= IS LIKE ILIKE SIMILAR".split())
    | frozenset("~ ~* !~ !~* ~~ !~~ ~~* !~~*".split())
    | frozenset("^ @> <@ ? ?| ?& && @? @@".split())
)
"""Those that are carried, and those that the writer doubts itself."""
_ZONED = re.compile(r":\S* ?[+-](?!00(?::?00)?$)\d")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_ORDERS = frozenset(("<", "<=", ">", ">="))
_DAYS = (LogicalType.TIMESTAMP, LogicalType.DATE)
_FIRM = frozenset("DATE_TRUNC NOW CURRENT_TIMESTAMP CURRENT_DATE LOCALTIMESTAMP".split())
_CLOCKS = frozenset(
    "NOW TRANSACTION_TIMESTAMP STATEMENT_TIMESTAMP CLOCK_TIMESTAMP TO_TIMESTAMP".split()
)
_WORD, _LETTER = ("true", "false"), ("t", "f")
_COUNTS = {
    "ABS": (1, 1), "LOWER": (1, 1), "UPPER": (1, 1), "LENGTH": (1, 1), "REPLACE": (3, 3),
    "LTRIM": (1, 2), "RTRIM": (1, 2), "COUNT": (0, 1), "SUM": (1, 1), "AVG": (1, 1),
    "MIN": (1, 1), "MAX": (1, 1), "ROUND": (1, 2), "POWER": (2, 2), "STRING_AGG": (2, 2),
    "TRUNC": (1, 1), "STRPOS": (2, 2),
}  # fmt: skip


class LibsqlRules(CommonRules):
    """Marks what libsql takes for something else, and prints what says the same there."""

    def unary(self, k: int, operator: str, right: Operand) -> Operand:
        """See :class:`Rules`."""
        whole = Span(k, right.span.stop)
        if operator == "NOT":
            return Operand(whole, BOOLEAN, "NOT", nullable=right.nullable)
        if operator not in ("-", "+", "~"):
            self.doubt(f"The operator {operator} has no counterpart on libsql.")
        return Operand(whole, right.kind, nullable=right.nullable)

    def binary(self, operator: str, left: Operand, right: Operand) -> Operand:
        """See :class:`Rules`."""
        if operator not in _KNOWN:
            self.doubt(f"The operator {operator} has no counterpart on libsql.")
        whole = Span(left.span.start, right.span.stop)
        if operator in ("+", "-") and right.kind is LogicalType.INTERVAL:
            self._shift(left, right)
        if operator == "||":
            self._join(whole, left, right)
        elif operator == "-" and left.kind is LogicalType.JSON:
            self._without(whole, left, right)
        elif operator in ("+", "*", "/") and LogicalType.JSON in (left.kind, right.kind):
            self.doubt(f"{operator} has no counterpart for JSON on libsql.")
        elif operator == "/":
            self._divide(left, right)
        elif operator == "#-":
            self._without_path(whole, left, right)
        elif operator in ("->", "->>"):
            self._from_the_end(right)
        elif is_comparison(operator):
            self._compare(left, right)
            if operator in _ORDERS:
                self._check_labels(left, right)
        if operator not in ("-", "||") or left.kind is not LogicalType.JSON:
            self.group_looser(operator, left, right)
        made = self.yielded(operator, left, right)
        times = operator in ("*", "/") and left.kind is LogicalType.INTERVAL
        return replace(made, kind=LogicalType.INTERVAL) if times else made

    def listed(self, left: Operand, members: list[Operand]) -> None:
        """See :class:`Rules`."""
        for member in members:
            self._compare(left, member)
        stop = left.span.stop
        if self.writer.key(stop + (self.writer.key(stop) == "NOT")) == "BETWEEN":
            self._check_labels(left)

    def among(self, left: Operand, chosen: Operand) -> None:
        """See :class:`Rules`."""

    def branching(self, whole: Span, branches: list[Operand]) -> Operand:
        """See :class:`Rules`."""
        nullable = any(branch.nullable for branch in branches)
        return Operand(whole, common_kind(branches), "", tuple(branches), nullable=nullable)

    def cast(self, inner: Operand, kind: LogicalType, whole: Span) -> Operand:
        """See :class:`Rules`."""
        held = inner.kind
        if kind is LogicalType.TEXT:
            if held is BOOLEAN:
                self._spell(inner, _WORD)
            else:
                self._check_written(inner, "A cast to text")
        elif kind is INTEGER and held is LogicalType.REAL:
            self.doubt("PostgreSQL rounds halves of a double to even numbers; libsql rounds up.")
        elif kind is LogicalType.TIMESTAMP and held is LogicalType.DATE:
            self.wrap(inner.span, "datetime({})".format)
        return Operand(whole, kind, nullable=inner.nullable)

    def condition(self, operand: Operand) -> None:
        """See :class:`Rules`."""

    def chosen(self, operand: Operand, word: str) -> None:
        """See :class:`Rules`."""

    def given(self, operand: Operand, wanted: LogicalType) -> None:
        """See :class:`Rules`."""
        held = operand.kind
        kind = self.writer.wanted_source(operand.span.start)
        if kind in _DAYS:
            self._as_stored(operand, kind, seconds=wanted in NUMBERS)
        if kind is LogicalType.TEXT and held is BOOLEAN:
            self._spell(operand, _WORD)
        elif wanted is INTEGER and kind in MOMENTS:
            self._as_seconds(operand)
        elif wanted is not LogicalType.TEXT or self.constant_of(operand) is not None:
            return
        elif kind is LogicalType.DATE and held is LogicalType.TIMESTAMP:
            self.wrap(operand.span, "date({})".format)
        elif kind is LogicalType.TIMESTAMP and held is LogicalType.DATE:
            self.wrap(operand.span, "datetime({})".format)

    def _as_seconds(self, operand: Operand) -> None:
        """Have a time be the number of seconds that libsql's column holds."""
        for branch in operand.branches:
            self._as_seconds(branch)
        called = self.writer.called(operand.span)
        if operand.operator in ("+", "-"):
            self._as_seconds(operand.parts[0])
        elif called == "DATE_TRUNC":
            self.wrap(operand.span, "unixepoch({})".format)
        elif operand.clock or called in _CLOCKS:
            self._replace(operand.span, lambda: self.writer.value(operand.span, INTEGER))

    def ordered(self, operand: Operand, whole: Span, *, falling: bool) -> None:
        """See :class:`Rules`."""
        self._check_labels(operand)
        if operand.nullable:
            place = "FIRST" if falling else "LAST"
            self.wrap(whole, lambda text: f"{text} NULLS {place}")

    def call(self, name: str, arguments: list[Operand], whole: Span) -> Operand:
        """See :class:`Rules`."""
        made = self.called(name, arguments, whole)
        if name in ("MIN", "MAX", "GREATEST", "LEAST"):
            self._check_labels(*arguments)
        least, most = _COUNTS.get(name, (0, len(arguments)))
        if not least <= len(arguments) <= most:
            self.doubt(f"{name.lower()}() takes other arguments on libsql.")
        if name in ("CONCAT", "CONCAT_WS", "FORMAT"):
            for argument in arguments:
                if argument.kind is BOOLEAN:
                    self._spell(argument, _LETTER)
                else:
                    self._check_written(argument, f"{name.lower()}()")
            if name == "CONCAT_WS":
                self.doubt("concat_ws() leaves empty texts out on libsql.")
        elif name in _INTO_JSON:
            for argument in arguments:
                self._put_into_json(argument)
        elif name in ("JSONB_AGG", "JSON_AGG", "JSONB_OBJECT_AGG", "JSON_OBJECT_AGG"):
            self._gathered(name, arguments, whole)
        elif name == "ROUND" and len(arguments) == 1 and arguments[0].kind is LogicalType.REAL:
            self.doubt("PostgreSQL rounds halves of a double to even numbers; libsql rounds up.")
        elif name == "ENCODE" and made.nullable:
            self._unless_null(arguments[0], whole)
        elif name == "ASCII":
            self._ascii(arguments[0], whole)
        return made

    # Values

    def _spell(self, operand: Operand, words: tuple[str, str]) -> None:
        """A boolean is 1 or 0 on libsql."""
        yes, no = words

        def spelled(text: str) -> str:
            return f"CASE {text} WHEN 1 THEN '{yes}' WHEN 0 THEN '{no}' END"

        self.wrap(operand.span, spelled)

    def _check_written(self, operand: Operand, by: str) -> None:
        if operand.extracted or self.is_constant(operand):
            return
        if operand.kind in FRACTIONS:
            self.doubt(f"{by}: a number with a fraction is written otherwise on libsql.")
        elif operand.kind in (LogicalType.TIMESTAMP, LogicalType.JSON, LogicalType.ARRAY):
            self.doubt(f"{by}: {operand.kind} is written otherwise on libsql.")

    def _unless_null(self, operand: Operand, whole: Span) -> None:
        tested = self.writer.render(operand.span)
        self.wrap(whole, lambda text: f"CASE WHEN {tested} IS NOT NULL THEN {text} END")

    def _ascii(self, operand: Operand, whole: Span) -> None:
        tested = self.writer.render(operand.span)
        self.wrap(whole, lambda text: f"CASE {tested} WHEN '' THEN 0 ELSE {text} END")

    def _shift(self, left: Operand, right: Operand) -> None:
        """A month behind January 31st ends in March on libsql, and in February on PostgreSQL."""
        # The present moment is another one on each side anyway.
        firm = self.writer.key(left.span.start) in _FIRM
        text = self.writer.source_text(right.span).lower()
        if not firm and re.search(r"mon|year|\dy", text):
            self.doubt("A month later than its last days is another day on libsql.")

    def _divide(self, left: Operand, right: Operand) -> None:
        real = any(
            operand.kind is LogicalType.REAL or self.writer.key(operand.span.start) == "AVG"
            for operand in (left, right)
        )
        if not real and LogicalType.DECIMAL in (left.kind, right.kind):
            self.doubt("This division yields a fraction on PostgreSQL, and may be whole on libsql.")

    # JSON

    def _join(self, whole: Span, left: Operand, right: Operand) -> None:
        kinds = {left.kind, right.kind}
        if LogicalType.JSON in kinds:
            self._merge(whole, left, right)
            return
        for operand in (left, right):
            if operand.kind is BOOLEAN:
                self._spell(operand, _WORD)
            else:
                self._check_written(operand, "||")
        if kinds & {LogicalType.BYTES, LogicalType.ARRAY}:
            self.doubt("|| joins texts alone on libsql.")

    def _merge(self, whole: Span, left: Operand, right: Operand) -> None:
        """``jsonb || jsonb`` says the same as json_patch() where both are objects, and the second
        holds neither objects nor nulls."""
        if not (self._is_object(left) and self._is_flat(right)):
            self.doubt(
                "jsonb || jsonb: json_patch() does so for objects alone, and takes objects and"
                " nulls within them for something else."
            )
        self._replace(whole, lambda: f"json_patch({self._shown(left)}, {self._shown(right)})")

    def _is_object(self, operand: Operand) -> bool:
        if operand.top == "||":
            return self.writer.is_wrapped(operand.span)
        key = self.writer.key(operand.span.start)
        text = self.writer.tokens[operand.span.start].text
        return key in ("JSONB_BUILD_OBJECT", "JSON_BUILD_OBJECT") or text.startswith("'{")

    def _is_flat(self, operand: Operand) -> bool:
        bare = self.writer.bare(operand.span)
        if self.writer.key(bare.start) in ("JSONB_BUILD_OBJECT", "JSON_BUILD_OBJECT"):
            values = self.writer.arguments(bare.start + 1)[1::2]
            return all(self._is_plain(value) for value in values)
        token = self.writer.tokens[bare.start].text
        try:
            value = json.loads(token[1:-1].replace("''", "'"))
        except ValueError:
            return False
        return isinstance(value, dict) and not any(
            isinstance(part, dict) or part is None for part in value.values()
        )

    def _is_plain(self, span: Span) -> bool:
        if span.stop - span.start != 1:
            return False
        operand = Operand(span)
        column = self.writer.column(span)
        if column is not None:
            return not column.nullable and self.writer.source_kind(span) is not LogicalType.JSON
        return self.is_constant(operand) or self.writer.key(span.start) in ("TRUE", "FALSE")

    def _without(self, whole: Span, left: Operand, right: Operand) -> None:
        text, number = self.text_of(right), self.number_of(right)
        if text is not None:
            way = json_way([text], keys=True)
        elif number is not None:
            way = f"$[#{number}]" if number.startswith("-") else f"$[{number}]"
        else:
            self.doubt("What is taken out of the JSON was not understood.")
            return
        self._replace(whole, lambda: f"json_remove({self._shown(left)}, {literal(way)})")

    def _without_path(self, whole: Span, left: Operand, right: Operand) -> None:
        steps = path_steps(self.text_of(right))
        if steps is None:
            self.doubt("The path of #- was not understood.")
            return
        way = literal(json_way(steps))
        self._replace(whole, lambda: f"json_remove({self._shown(left)}, {way})")

    def _from_the_end(self, right: Operand) -> None:
        number = self.number_of(right)
        if number is not None and number.startswith("-"):
            self.wrap(right.span, lambda _: f"'$[#{number}]'")

    def _put_into_json(self, operand: Operand) -> None:
        if operand.kind is BOOLEAN:
            self._spell(operand, _WORD)
            self.wrap(operand.span, "json({})".format)
        elif operand.kind is LogicalType.JSON and (
            self.writer.column(operand.span) is not None
            or self.text_of(Operand(Span(operand.span.start, operand.span.start + 1))) is not None
            or operand.top in ("->", "#>")
        ):
            self.wrap(operand.span, "json({})".format)
        elif operand.kind is LogicalType.TIMESTAMP:
            self.doubt("A time is written otherwise into JSON on libsql.")

    def _gathered(self, name: str, arguments: list[Operand], whole: Span) -> None:
        """Of no rows, NULL comes; an empty array or object on libsql."""
        for argument in arguments:
            self._put_into_json(argument)
        empty = "{}" if "OBJECT" in name else "[]"
        before = self.writer.key(whole.start - 2), self.writer.key(whole.start - 1)
        if before == ("COALESCE", "("):
            return
        if self.writer.key(whole.stop) in ("FILTER", "OVER"):
            self.doubt(f"{name.lower()}() of no rows is NULL, and {empty} on libsql.")
        else:
            self.wrap(whole, lambda text: f"nullif({text}, '{empty}')")

    def _replace(self, whole: Span, make: Callable[[], str]) -> None:
        self.writer.replace(whole, make)

    def _shown(self, operand: Operand) -> str:
        return self.writer.render(self.writer.bare(operand.span))

    # Comparisons

    def _compare(self, left: Operand, right: Operand) -> None:
        if left.row and right.row:
            for one, other in zip(left.branches, right.branches, strict=False):
                self._compare(one, other)
        if LogicalType.JSON in (left.kind, right.kind) and not (
            left.top == "->>" or right.top == "->>"
        ):
            texts = {self._start_text(left), self._start_text(right)}
            scalar = any(
                text and re.fullmatch(r"'(\{\}|\[\]|null|[-\d.]+)'", text) for text in texts
            )
            if not scalar and left.kind is not None and right.kind is not None:
                self.doubt("JSON is compared letter by letter on libsql.")
        moments = {left.kind, right.kind}
        if LogicalType.INTERVAL in moments and moments & (MOMENTS | {LogicalType.INTERVAL}):
            self.doubt("Spans of time are no values on libsql.")
        for one, other in ((left, right), (right, left)):
            if other.kind in _DAYS and self.constant_of(other) is None:
                seconds = self.writer.kind(other.span) in NUMBERS
                self._as_stored(one, other.kind, seconds=seconds, beside=other.span)

    def _check_labels(self, *operands: Operand) -> None:
        """An enum's labels stand in their own order on PostgreSQL, and in that of texts here."""
        enums = self.writer.known.enums
        for operand in operands:
            if operand.kind is not LogicalType.ENUM:
                continue
            column = self.writer.column(operand.span)
            labels = enums.get(postgres_name(column.postgres).lower()) if column else None
            if any(list(each) != sorted(each) for each in ([labels] if labels else enums.values())):
                self.doubt("libsql sorts an enum's labels by the alphabet, not in their order.")

    def constant_of(self, operand: Operand) -> tuple[str, str] | None:
        """The text of a constant and the type it says of itself, if any; None for anything else."""
        start, stop = self.writer.bare(operand.span)
        if self.writer.key(start) == "CAST" and self.writer.close(start + 1) == stop - 1:
            start, stop = start + 2, stop - 1
        if self.writer.sort(start) is not Sort.STRING:
            typed = stop - start == 2 and self.writer.sort(start + 1) is Sort.STRING
            text = self.text_of(Operand(Span(start + 1, stop))) if typed else None
            return None if text is None else (text, self.writer.tokens[start].text)
        text = self.text_of(Operand(Span(start, start + 1)))
        plain = stop - start == 1
        if text is None or not (plain or self.writer.key(start + 1) in ("::", "AS")):
            return None
        if self.writer.find(start + 2, stop, "::", "AT", "+", "-", "||") < stop:
            return None
        return text, self.writer.source_text(Span(start + 2, stop))

    def _as_stored(
        self, operand: Operand, kind: LogicalType, *, seconds: bool, beside: Span | None = None
    ) -> None:
        """Have a constant be the moment as libsql's column keeps it.

        Args:
            beside: what it is compared with; None where it is a value for a column.
        """
        for branch in operand.branches:
            self._as_stored(branch, kind, seconds=seconds, beside=beside)
        constant = self.constant_of(operand)
        if constant is None:
            return
        text, declared = constant
        told = logical_type(declared, self.writer.source) if declared else kind
        zoned = self._minds_zone(declared, operand.span.start, beside)
        made = None
        if told in _DAYS and not (beside and (kind, told) == _DAYS[::-1]):
            day = _DAY.match(text) if told is LogicalType.DATE else None
            known = zoned is not None or not _ZONED.search(text)
            made = (
                stored_moment(day[0] if day else text, kind, seconds=seconds, zoned=bool(zoned))
                if known
                else None
            )
        iso = self._writes_iso() and not seconds and kind is LogicalType.TIMESTAMP
        if iso and text.endswith("Z"):
            return
        if made is None or iso:
            self.doubt(f"How libsql keeps the time {text!r} was not understood.")
            return
        if made != self.writer.source_text(operand.span):
            self.writer.replace(operand.span, lambda: made)

    def _minds_zone(self, declared: str, k: int, beside: Span | None) -> bool | None:
        """Whether the zone in a text counts, as TIMESTAMPTZ has it; None where it is not known."""
        if declared:
            return postgres_name(declared) != "timestamp without time zone"
        if beside is None and self.writer.key(k - 1) == "=":
            beside = self.writer.operand_before(k - 1)
        column = self.writer.column(beside) if beside else None
        if column is not None:
            return postgres_name(column.postgres) != "timestamp without time zone"
        columns = [c for table in self.writer.tables.values() for c in table.columns.values()]
        names = {postgres_name(column.postgres) for column in columns}
        return None if "timestamp without time zone" in names else True

    def _writes_iso(self) -> bool:
        """Whether libsql's tables keep times with a T before the hour."""
        tables = self.writer.known.libsql.tables
        return any("T%H" in (column.default or "") for t in tables for column in t.columns)

    def _start_text(self, operand: Operand) -> str:
        return self.writer.tokens[self.writer.bare(operand.span).start].text


_INTO_JSON = frozenset(
    "TO_JSONB TO_JSON JSONB_BUILD_OBJECT JSON_BUILD_OBJECT JSONB_BUILD_ARRAY JSON_BUILD_ARRAY"
    "".split()
)
