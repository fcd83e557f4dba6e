"""What becomes of libsql's operators and calls on PostgreSQL, which knows a type of each value."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from mig_assist.draft.derive.documents_to_postgres import Documents
from mig_assist.draft.derive.operands import Operand, is_comparison, is_number
from mig_assist.draft.derive.random_texts import random_uuid
from mig_assist.draft.derive.rewrite import Span, Writer
from mig_assist.draft.derive.rules import (
    ARITHMETIC,
    BOOLEAN,
    BRANCHING,
    FRACTIONS,
    INTEGER,
    NUMBERS,
    TEXT,
    CommonRules,
    common_kind,
)
from mig_assist.draft.derive.times_to_postgres import MOMENTS, Times
from mig_assist.draft.derive.words import within
from mig_assist.engines.logical_types import LogicalType

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?)?(Z|[+-]\d\d(:?\d\d)?)?")
_TYPES = {
    INTEGER: "BIGINT",
    LogicalType.REAL: "DOUBLE PRECISION",
    LogicalType.DECIMAL: "NUMERIC",
    BOOLEAN: "BOOLEAN",
    LogicalType.TIMESTAMP: "TIMESTAMPTZ",
    LogicalType.DATE: "DATE",
    LogicalType.UUID: "UUID",
    LogicalType.JSON: "JSONB",
}
_FROM_TEXT = NUMBERS | {LogicalType.UUID}
SIGNATURES = {
    "ABS": "N", "LOWER": "T", "UPPER": "T", "LENGTH": "L", "REPLACE": "TTT", "TRIM": "Tt",
    "LTRIM": "Tt", "RTRIM": "Tt", "SUBSTR": "SIi", "SUBSTRING": "SIi", "INSTR": "TT",
    "SUM": "N", "AVG": "N", "TOTAL": "N", "COUNT": "a", "SIGN": "N", "CEIL": "N", "CEILING": "N",
    "FLOOR": "N", "LN": "N", "SQRT": "N", "EXP": "N", "POWER": "NN", "POW": "NN", "DEGREES": "N",
    "RADIANS": "N", "SIN": "N", "COS": "N", "TAN": "N", "ASIN": "N", "ACOS": "N", "ATAN": "N",
    "PI": "", "ROUND": "Nn", "CHAR": "I", "UNICODE": "T", "OCTET_LENGTH": "L", "MOD": "II",
    "TRUNC": "N", "ROW_NUMBER": "", "RANK": "", "DENSE_RANK": "", "NTILE": "I", "LAG": "Aia",
    "LEAD": "Aia", "FIRST_VALUE": "A", "LAST_VALUE": "A", "NTH_VALUE": "AI", "PERCENT_RANK": "",
    "CUME_DIST": "", "QUOTE": "T", "HEX": "B", "NULLIF": "AA", "GROUP_CONCAT": "Gt",
    "STRING_AGG": "GT",
}  # fmt: skip
"""What the arguments are, those in small letters may be absent: any, blob or text, group, integer,
length of, number, part of, text."""
_MOMENTS_OF = frozenset("DATE DATETIME TIME STRFTIME UNIXEPOCH JULIANDAY".split())


class PostgresRules(CommonRules):
    """Gives each operand the type that PostgreSQL wants of it, or says that it has another."""

    def __init__(self, writer: Writer) -> None:
        super().__init__(writer)
        self.times = Times(self)
        self.documents = Documents(self)
        self.never = writer.never

    def unary(self, k: int, operator: str, right: Operand) -> Operand:
        """See :class:`Rules`."""
        whole = Span(k, right.span.stop)
        if operator == "NOT":
            self.condition(right)
            made = Operand(whole, BOOLEAN, "NOT", nullable=right.nullable)
            if right.truth is not None:
                return self.documents.dead(made, right.parts[0], not right.truth)
            return made
        self.number(right)
        kind = INTEGER if right.kind is BOOLEAN else right.kind
        return Operand(whole, kind, nullable=right.nullable, narrow=right.narrow)

    def binary(self, operator: str, left: Operand, right: Operand) -> Operand:
        """See :class:`Rules`."""
        if operator in ("AND", "OR"):
            self.condition(left)
            self.condition(right)
        elif operator == "%" and self._is_any_number(left):
            whole = Span(left.span.start, right.span.stop)
            self.writer.replace(
                whole, lambda: f"floor(random() * {self.writer.render(right.span)})::bigint"
            )
            return Operand(whole, INTEGER)
        elif operator in ARITHMETIC:
            time = self.times.counted(operator, left, right)
            if time is not None:
                return time
            self._reckon(operator, left, right)
        elif operator == "||":
            whole = Span(left.span.start, right.span.stop)
            if self.writer.key(whole.stop) != "||" and self._is_uuid(whole):
                return Operand(whole, TEXT, "")
            self.joined(left, "||")
            self.joined(right, "||")
        elif is_comparison(operator):
            self._compare(operator, left, right)
        elif operator in ("LIKE", "GLOB", "REGEXP"):
            self._match(operator, left, right)
        self.group_looser(operator, left, right)
        return self._tested(operator, left, right)

    def _tested(self, operator: str, left: Operand, right: Operand) -> Operand:
        """What an operator yields, be it the same for every row."""
        whole = self.yielded(operator, left, right)
        if not is_comparison(operator):
            return whole
        for one, other in ((left, right), (right, left)):
            number = self.number_of(other)
            if one.truth is not None and number in ("0", "1") and operator not in ("<", ">"):
                same = (number == "1") is (operator in ("=", "==", "IS"))
                return self.documents.dead(whole, one.parts[0], one.truth is same)
            whole = self.documents.test_of_text(operator, one, other, whole)
        return whole

    def listed(self, left: Operand, members: list[Operand]) -> None:
        """See :class:`Rules`."""
        if left.row:
            for member in members:
                self._compare("=", left, member)
            return
        for member in members:
            self._compare("=", left, member, among=True)

    def among(self, left: Operand, chosen: Operand) -> None:
        """See :class:`Rules`."""
        if {left.kind, chosen.kind} == {BOOLEAN, INTEGER}:
            for operand in (left, chosen):
                self.number(operand)
        elif left.kind in MOMENTS and chosen.kind in NUMBERS:
            self.times.as_time(chosen, LogicalType.TIMESTAMP)
        elif TEXT in (left.kind, chosen.kind) and {left.kind, chosen.kind} & NUMBERS:
            self.doubt("PostgreSQL does not compare a text with a number.")

    def branching(self, whole: Span, branches: list[Operand]) -> Operand:
        """See :class:`Rules`."""
        if len(branches) == 2 and self.writer.bare(whole).start + 2 in self.never:
            only = branches[1]
            self.writer.replace(whole, lambda: self.writer.render(only.span))
            return Operand(whole, only.kind, branches=(only,), nullable=only.nullable)
        kind = self._unified(branches)
        nullable = any(branch.nullable for branch in branches)
        extracted = any(branch.extracted for branch in branches)
        return Operand(whole, kind, "", tuple(branches), extracted=extracted, nullable=nullable)

    def cast(self, inner: Operand, kind: LogicalType, whole: Span) -> Operand:
        """See :class:`Rules`."""
        text = self.text_of(inner)
        held = inner.kind
        if kind in NUMBERS:
            number = inner.extracted or text is None or is_number(text)
            if kind is INTEGER and text is not None and number:
                number = text.strip().lstrip("+-").isdecimal()
            if not number or (kind is not INTEGER and held is TEXT and not inner.extracted):
                self.doubt(
                    "CAST of a text that is no number is 0 on libsql; PostgreSQL refuses it."
                )
            seen = self.writer.kind(inner.span) in FRACTIONS
            if kind is INTEGER and held in FRACTIONS and not seen:
                self.wrap(inner.span, "trunc({})".format)
            if self.times.is_stored(inner):
                self.times.as_seconds(inner)
            elif held is LogicalType.TIMESTAMP:
                self.doubt("CAST of a time to a number is its year on libsql.")
            if inner.extracted and kind is INTEGER:
                self.wrap(inner.span, lambda text: f"trunc(CAST({text} AS NUMERIC))")
            return Operand(whole, kind, "CAST", nullable=inner.nullable, parts=(inner,))
        if held is LogicalType.JSON and kind in (TEXT, LogicalType.BYTES):
            return self._cast_json(inner, kind, whole)
        if kind is TEXT:
            self._written(inner, "CAST")
        elif kind is BOOLEAN and held is not BOOLEAN:
            self.doubt("CAST to BOOLEAN keeps any number on libsql.")
        elif kind is LogicalType.BYTES and held in NUMBERS:
            self.wrap(inner.span, "CAST({} AS TEXT)".format)
        return Operand(whole, kind, "CAST", nullable=inner.nullable, parts=(inner,))

    def _cast_json(self, inner: Operand, kind: LogicalType, whole: Span) -> Operand:
        """JSON as a text or as bytes, which libsql keeps it as anyway."""
        made = Operand(whole, kind, "CAST", nullable=inner.nullable, parts=(inner,))
        if self.documents.is_read(made):
            self.writer.replace(whole, lambda: self.writer.render(inner.span))
            self.writer.held[whole] = LogicalType.JSON
            return replace(inner, span=whole)

        def text() -> str:
            document = self.writer.render(inner.span)
            if self.writer.expected(whole) is LogicalType.JSON:
                return document
            self._written(inner, "CAST")
            text = f"CAST({document} AS TEXT)"
            return text if kind is TEXT else f"convert_to({text}, 'UTF8')"

        self.writer.replace(whole, text)
        return made

    def condition(self, operand: Operand) -> None:
        """See :class:`Rules`."""
        number = self.number_of(operand)
        if number is not None:
            self.wrap(operand.span, lambda _: "TRUE" if float(number) else "FALSE")
        elif operand.extracted:
            self.doubt("A true or false in JSON is 1 or 0 on libsql, and a text on PostgreSQL.")
        elif operand.branches and common_kind(operand.branches) is not BOOLEAN:
            self._as_booleans(operand)
        elif operand.kind in NUMBERS:
            plain = "{} <> 0" if not operand.top else "({}) <> 0"
            self.settle(operand, plain.format)
        elif operand.kind is not None and operand.kind is not BOOLEAN:
            self.doubt(f"{operand.kind} stands where PostgreSQL wants a boolean.")

    def chosen(self, operand: Operand, word: str) -> None:
        """See :class:`Rules`."""
        always = self.documents.folded(operand, checks=word == "CHECK")
        if always is False and word in ("WHEN", "WHERE"):
            self.never.add(operand.span.start)
        if always is not None:
            self.writer.replace(operand.span, lambda: "TRUE" if always else "FALSE")

    def given(self, operand: Operand, wanted: LogicalType) -> None:
        """See :class:`Rules`."""
        kind = operand.kind
        if wanted in MOMENTS and not operand.extracted:
            self.times.as_time(operand, wanted)
        elif wanted in NUMBERS and self.times.is_stored(operand):
            self.times.as_seconds(operand)
        elif wanted is BOOLEAN and operand.branches:
            self._as_booleans(operand)
        elif wanted is BOOLEAN and kind in NUMBERS and self.number_of(operand) is None:
            self.condition(operand)
        elif wanted in NUMBERS and kind is BOOLEAN and not self._is_truth(operand):
            self.settle(operand, "CAST({} AS INTEGER)".format)
        elif operand.extracted and self.writer.key(operand.span.start) != "JSON_EXTRACT":
            if wanted in _TYPES and wanted is not LogicalType.JSON:
                self._taken(operand, _TYPES[wanted])
        elif wanted is TEXT and kind is BOOLEAN:
            self.settle(operand, "CAST({} AS INTEGER)".format)
        elif wanted is TEXT and not operand.clock and operand.operator != "CAST":
            if kind is not LogicalType.JSON or self.writer.column(operand.span) is not None:
                self._written(operand, "A text")
        elif wanted in _FROM_TEXT and kind is TEXT and not self.is_constant(operand):
            if wanted in NUMBERS:
                self.doubt("A text that is no number stays one on libsql; PostgreSQL refuses it.")
            self.wrap(operand.span, lambda text: f"CAST({within(text)} AS {_TYPES[wanted]})")
        elif wanted is LogicalType.JSON:
            self.documents.as_json(operand)

    def _is_truth(self, operand: Operand) -> bool:
        """Whether it is TRUE or FALSE itself."""
        start, stop = self.writer.bare(operand.span)
        return stop - start == 1 and self.writer.key(start) in ("TRUE", "FALSE")

    def ordered(self, operand: Operand, whole: Span, *, falling: bool) -> None:
        """See :class:`Rules`."""
        if operand.nullable:
            place = "LAST" if falling else "FIRST"
            self.wrap(whole, lambda text: f"{text} NULLS {place}")

    def call(self, name: str, arguments: list[Operand], whole: Span) -> Operand:
        """See :class:`Rules`."""
        if name in ("LOWER", "UPPER") and self._is_uuid(whole):
            return Operand(whole, TEXT)
        signature = SIGNATURES.get(name)
        single = name in ("MIN", "MAX") and len(arguments) == 1
        if single:
            signature = "M"
        one_kind: LogicalType | None = None
        if signature is not None:
            self._fit(name, signature, arguments)
        elif name in BRANCHING or name in ("MIN", "MAX"):
            one_kind = self._unified(arguments)
        elif name == "IIF" and len(arguments) == 3:
            self.condition(arguments[0])
            self.chosen(arguments[0], "WHEN")
            one_kind = self._unified(arguments[1:])
        elif name in ("CONCAT", "CONCAT_WS"):
            for argument in arguments:
                self.joined(argument, name.lower() + "()")
            if name == "CONCAT_WS":
                self.doubt("concat_ws() leaves empty texts out on libsql.")
        elif name in ("PRINTF", "FORMAT"):
            self._formatted(arguments)
        elif name in ("JSON_OBJECT", "JSON_ARRAY", "JSON_GROUP_ARRAY", "JSON_GROUP_OBJECT"):
            for argument in arguments:
                self._in_json(argument)
        elif name in ("JSON_SET", "JSON_INSERT", "JSON_REPLACE"):
            for argument in arguments[2::2]:
                self._in_json(argument)
                if argument.nullable:
                    self.doubt(f"{name.lower()}() of NULL is NULL on PostgreSQL.")
        elif name in _MOMENTS_OF:
            return self._moment(name, arguments, whole)
        elif name in ("LIKE", "GLOB"):
            self.doubt(f"{name.lower()}() has no counterpart: write it as an operator.")
        if name == "NULLIF" and len(arguments) == 2:
            document = arguments[0]
            if self.documents.is_empty("=", *arguments):
                self.writer.replace(whole, lambda: self.writer.render(document.span))
                return replace(document, span=whole)
            self._compare("=", *arguments, among=True)
        made = self.called(name, arguments, whole)
        if one_kind is not None:
            made = replace(made, kind=one_kind)
        if name == "JSON_VALID" and arguments and arguments[0].kind is LogicalType.JSON:
            return self.documents.dead(made, arguments[0], True)
        if single or name in ("SUM", "AVG", "ABS"):
            kind = INTEGER if made.kind is BOOLEAN else made.kind
            return Operand(whole, kind, nullable=made.nullable)
        return made

    def _is_any_number(self, operand: Operand) -> bool:
        """Whether it is random(), without its sign."""
        text = "".join(self.writer.source_text(self.writer.bare(operand.span)).lower().split())
        return text == "abs(random())"

    def _is_uuid(self, whole: Span) -> bool:
        """Whether a text is made as a UUID is, which PostgreSQL makes by itself."""
        recipe = random_uuid(self.writer, whole)
        if recipe is None:
            return False

        def made() -> str:
            if "-" in recipe.shape and self.writer.expected(whole) is LogicalType.UUID:
                return "gen_random_uuid()"
            text = "gen_random_uuid()::text"
            if "-" not in recipe.shape:
                text = f"replace({text}, '-', '')"
            return text if recipe.lower else f"upper({text})"

        self.writer.replace(whole, made)
        return True

    # Types

    def number(self, operand: Operand) -> None:
        """Have an operand be a number, as it is on libsql."""
        text = self.text_of(operand)
        if operand.kind is BOOLEAN:
            self.settle(operand, "CAST({} AS INTEGER)".format)
        elif operand.extracted:
            self._taken(operand, "NUMERIC")
        elif operand.kind is TEXT or (text is not None and not is_number(text)):
            self.doubt("A text is reckoned with as a number on libsql only: cast it.")

    def joined(self, operand: Operand, by: str) -> None:
        """Have an operand be written as it is on libsql."""
        if operand.kind is BOOLEAN:
            self.settle(operand, "CAST({} AS INTEGER)".format)
        elif not self.is_constant(operand):
            self._written(operand, by)

    def _written(self, operand: Operand, by: str) -> None:
        kind = operand.kind
        if operand.extracted:
            return
        if kind in FRACTIONS:
            self.doubt(f"{by}: a number with a fraction is written otherwise on PostgreSQL.")
        elif kind in (LogicalType.TIMESTAMP, LogicalType.JSON, LogicalType.BYTES):
            self.doubt(f"{by}: {kind} is written otherwise on PostgreSQL.")

    def _taken(self, operand: Operand, kind: str) -> None:
        """Cast what was taken out of JSON."""
        if not self.writer.is_wrapped(operand.span):
            self.wrap(operand.span, lambda text: f"CAST({within(text)} AS {kind})")

    def _as_booleans(self, operand: Operand) -> None:
        for branch in operand.branches:
            if branch.branches:
                self._as_booleans(branch)
            elif branch.kind is not BOOLEAN:
                self.condition(branch)

    def _unified(self, branches: Iterable[Operand]) -> LogicalType | None:
        """Have values be of one kind, one of which is taken."""
        known = [branch for branch in branches if branch.kind is not None]
        kinds = {branch.kind for branch in known}
        flags = [branch for branch in known if branch.kind is BOOLEAN]
        numbers = [branch for branch in known if branch.kind in NUMBERS]
        if flags and numbers:
            if all(self.number_of(number) in ("0", "1") for number in numbers):
                for number in numbers:
                    self.condition(number)
                return BOOLEAN
            for flag in flags:
                self.number(flag)
            return common_kind(numbers)
        taken = [branch for branch in known if branch.extracted]
        if taken and numbers:
            for branch in taken:
                self.number(branch)
            return LogicalType.DECIMAL
        texts = [text for branch in branches if (text := self.text_of(branch)) is not None]
        if kinds and kinds <= NUMBERS | {BOOLEAN} and any(not is_number(text) for text in texts):
            self.doubt("One value cannot be a number here and a text there on PostgreSQL.")
        elif TEXT in kinds and len(kinds) > 1:
            self.doubt("One value cannot be a text here and no text there on PostgreSQL.")
        return common_kind(known)

    # Operators

    def _reckon(self, operator: str, left: Operand, right: Operand) -> None:
        if {left.kind, right.kind} & MOMENTS:
            self.doubt("Times are not added and taken away as numbers on PostgreSQL.")
        self.number(left)
        self.number(right)
        if operator == "%" and {left.kind, right.kind} & FRACTIONS:
            self.doubt("% leaves fractions out on libsql, and PostgreSQL keeps them or refuses.")
        if operator in ("/", "%"):
            self._divide(right)
        if operator in ("<<", ">>") and self.number_of(right) is None:
            self.doubt("A shift by less than 0 or more than 63 differs on PostgreSQL.")

    def _divide(self, right: Operand) -> None:
        """A division by 0 yields NULL on libsql, and an error on PostgreSQL."""
        number = self.number_of(right)
        guarded = self.writer.key(right.span.start) == "NULLIF"
        if guarded or (number is not None and is_number(number) and float(number)):
            return
        self.wrap(right.span, lambda text: f"nullif({within(text)}, 0)")

    def _compare(
        self, operator: str, left: Operand, right: Operand, *, among: bool = False
    ) -> None:
        if left.row or right.row:
            if left.row and right.row:
                for one, other in zip(left.branches, right.branches, strict=False):
                    self._compare(operator, one, other, among=True)
            return
        for one, other in ((left, right), (right, left)):
            self._against(operator, one, other, among)

    def _against(self, operator: str, one: Operand, other: Operand, among: bool) -> None:
        number, text = self.number_of(other), self.text_of(other)
        if not among and self.documents.is_empty(operator, one, other):
            return
        if self.times.is_stored(one) and not self.times.is_stored(other) and text is None:
            self.times.as_time(other, LogicalType.TIMESTAMP)
            return
        if one.kind is BOOLEAN and number is not None:
            if operator in ("<", ">", "<=", ">="):
                self.number(one)
            elif number in ("0", "1") and (among or self.writer.column(one.span) is None):
                self.condition(other)
        elif one.kind is BOOLEAN and other.kind in NUMBERS:
            self.number(one)
        elif one.kind is BOOLEAN and text is not None and text not in ("0", "1"):
            self.doubt(f"PostgreSQL does not compare a boolean with {text!r}.")
        elif one.extracted and (other.kind in NUMBERS or other.kind is BOOLEAN):
            if number in ("0", "1") or other.kind is BOOLEAN:
                self.doubt("A true or false in JSON is 1 or 0 on libsql, and a text on PostgreSQL.")
            if other.kind is not BOOLEAN:
                self._taken(one, "NUMERIC")
        elif one.kind in NUMBERS and text is not None and not is_number(text):
            self.doubt(f"PostgreSQL does not compare a number with {text!r}.")
        elif one.kind is TEXT and not one.extracted and number is not None:
            if self.writer.column(one.span) is not None:
                self.wrap(other.span, lambda text: f"'{text}'")
            else:
                self.doubt("PostgreSQL does not compare a text with a number.")
        elif one.kind is TEXT and not one.extracted and other.kind in NUMBERS and number is None:
            self.doubt("PostgreSQL does not compare a text with a number.")
        elif one.kind in MOMENTS and not one.clock and other.kind in NUMBERS:
            self.doubt(f"PostgreSQL does not compare {one.kind} with {other.kind}.")
        elif one.kind in MOMENTS and text is not None and not _MOMENT.fullmatch(text):
            self.doubt(f"PostgreSQL does not compare a time with {text!r}.")

    def _match(self, operator: str, left: Operand, right: Operand) -> None:
        if left.kind is INTEGER:
            self.wrap(left.span, "CAST({} AS TEXT)".format)
        elif left.kind is not None and left.kind is not TEXT:
            self.doubt(f"{operator} wants a text on PostgreSQL.")
        text = self.text_of(right)
        plain = operator == "LIKE" and self.writer.key(right.span.stop) != "ESCAPE"
        if plain and text is not None and "\\" in text and any(map(str.isalpha, text)):
            self.wrap(right.span, "{} ESCAPE ''".format)

    # Calls

    def _fit(self, name: str, signature: str, arguments: list[Operand]) -> None:
        least = sum(letter.isupper() for letter in signature)
        if not least <= len(arguments) <= len(signature):
            self.doubt(f"{name.lower()}() takes other arguments on PostgreSQL.")
            return
        for letter, argument in zip(signature.upper(), arguments, strict=False):
            self._fit_one(name, letter, argument)
        if name in ("SUBSTR", "SUBSTRING") and len(arguments) == 3:
            self._length(*arguments[1:])
        if name == "UNICODE":
            self.wrap(arguments[0].span, lambda text: f"nullif({within(text)}, '')")

    def _fit_one(self, name: str, letter: str, argument: Operand) -> None:
        kind = argument.kind
        if letter in "NI":
            self.number(argument)
            if letter == "I" and kind is INTEGER and not argument.narrow:
                self.wrap(argument.span, lambda text: f"CAST({within(text)} AS INTEGER)")
        elif letter == "M" and kind is BOOLEAN:
            self.number(argument)
        elif letter in "TLSBG":
            if kind is BOOLEAN and letter != "G":
                self.settle(argument, "CAST(CAST({} AS INTEGER) AS TEXT)".format)
            elif kind is BOOLEAN:
                self.number(argument)
            elif kind is INTEGER and letter != "G":
                self.wrap(argument.span, "CAST({} AS TEXT)".format)
            elif kind in (LogicalType.BYTES,):
                if letter in "TG":
                    self.doubt(f"{name.lower()}() of bytes has no counterpart on PostgreSQL.")
            elif kind in (LogicalType.DATE, LogicalType.UUID) or argument.extracted:
                if not argument.extracted:
                    self.wrap(argument.span, "CAST({} AS TEXT)".format)
            else:
                self._written(argument, name.lower() + "()")

    def _length(self, start: Operand, length: Operand) -> None:
        """A length below 0 takes what stands before, on libsql; PostgreSQL refuses it."""
        number = self.number_of(length)
        if (number is not None and not number.startswith("-")) or (
            length.narrow and not length.top and number is None
        ):
            return
        if self.number_of(start) == "1":
            self.wrap(length.span, lambda text: f"greatest({within(text)}, 0)")
        else:
            self.doubt("substr() with a length below 0 takes what stands before, on libsql.")

    def _formatted(self, arguments: list[Operand]) -> None:
        layout = self.text_of(arguments[0]) if arguments else None
        kinds = re.findall(r"%(.)", (layout or "").replace("%%", ""))
        for letter, argument in zip(kinds, arguments[1:], strict=False):
            self.joined(argument, "printf()")
            if letter in "di" and argument.nullable:
                self.wrap(argument.span, lambda text: f"coalesce({within(text)}, 0)")

    def _moment(self, name: str, arguments: list[Operand], whole: Span) -> Operand:
        """A function of time, whose form is the one that is asked for."""
        self._shifted(arguments)
        texts = [(self.text_of(argument) or "").lower() for argument in arguments]
        seconds = name == "UNIXEPOCH" or (name == "STRFTIME" and texts[:1] == ["%s"])
        base = arguments[1:2] if name == "STRFTIME" else arguments[:1]
        if base and {"unixepoch", "auto"} & set(texts) and self.times.is_time(base[0]):
            self.times.as_time(base[0], LogicalType.TIMESTAMP)
            self.writer.settled.add(base[0].span.start)
        elif base and base[0].branches and any(b.kind in MOMENTS for b in base[0].branches):
            self.times.as_time(base[0], LogicalType.TIMESTAMP)
        nullable = any(argument.nullable for argument in arguments)
        kind = INTEGER if seconds else TEXT
        if name == "JULIANDAY":
            return Operand(whole, LogicalType.DECIMAL, nullable=nullable)
        return Operand(whole, kind, nullable=nullable, clock=True)

    def _shifted(self, arguments: list[Operand]) -> None:
        """A month behind January 31st ends in March on libsql, and in February on PostgreSQL."""
        firm = len(arguments) == 1
        for argument in arguments:
            text = (self.text_of(argument) or "").lower()
            # The present moment is another one on each side anyway.
            firm = firm or text == "now" or text.startswith("start of ")
            if not firm and re.search(r"\d\s*(month|year)", text):
                self.doubt("A month later than its last days is another day on PostgreSQL.")

    def _in_json(self, argument: Operand) -> None:
        if argument.kind is BOOLEAN:
            self.settle(argument, "CAST({} AS INTEGER)".format)
        elif argument.kind in MOMENTS or argument.kind is LogicalType.BYTES:
            self.doubt(f"{argument.kind} is written otherwise into JSON on PostgreSQL.")
        elif argument.kind is LogicalType.JSON and self.writer.column(argument.span) is not None:
            self.doubt("JSON in a column is a text within JSON on libsql, unless json() is asked.")
