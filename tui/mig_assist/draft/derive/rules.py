"""What both directions make of operators and calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mig_assist.backend import Backend
from mig_assist.draft.derive.operands import (
    PRECEDENCE,
    Operand,
    OperandReader,
    Rules,
    is_comparison,
)
from mig_assist.draft.derive.rewrite import Span, Writer
from mig_assist.draft.derive.tokens import Sort
from mig_assist.draft.derive.words import string_value
from mig_assist.engines.logical_types import LogicalType

TEXT, INTEGER, BOOLEAN = LogicalType.TEXT, LogicalType.INTEGER, LogicalType.BOOLEAN
FRACTIONS = frozenset((LogicalType.REAL, LogicalType.DECIMAL))
NUMBERS = FRACTIONS | {INTEGER}
ARITHMETIC = frozenset("+ - * / % & | << >>".split())


def _by_kind(kind: LogicalType | None, names: str) -> dict[str, LogicalType | None]:
    return dict.fromkeys(names.split(), kind)


RESULTS = {
    **_by_kind(
        TEXT,
        """
        LOWER UPPER TRIM LTRIM RTRIM BTRIM REPLACE HEX QUOTE PRINTF FORMAT CHAR CHR GROUP_CONCAT
        STRING_AGG STRFTIME DATETIME TIME TO_CHAR CONCAT CONCAT_WS TYPEOF LEFT RIGHT MD5 ENCODE
        REPEAT LPAD RPAD JSON_TYPE JSONB_TYPEOF JSON_TYPEOF SPLIT_PART INITCAP REVERSE TRANSLATE
        REGEXP_REPLACE TO_HEX OVERLAY QUOTE_LITERAL QUOTE_IDENT ARRAY_TO_STRING
        """,
    ),
    **_by_kind(
        INTEGER,
        """
        LENGTH COUNT INSTR STRPOS UNIXEPOCH UNICODE ASCII CHAR_LENGTH CHARACTER_LENGTH POSITION
        OCTET_LENGTH ROW_NUMBER RANK DENSE_RANK NTILE JSON_ARRAY_LENGTH JSONB_ARRAY_LENGTH
        """,
    ),
    **_by_kind(BOOLEAN, "JSON_VALID STARTS_WITH BOOL_OR BOOL_AND EVERY LIKE GLOB REGEXP ISFINITE"),
    **_by_kind(
        LogicalType.JSON,
        """
        JSON JSONB JSONB_BUILD_OBJECT JSON_BUILD_OBJECT JSONB_BUILD_ARRAY JSON_BUILD_ARRAY JSONB_SET
        TO_JSONB TO_JSON JSONB_AGG JSON_AGG JSONB_OBJECT_AGG JSON_OBJECT_AGG JSON_OBJECT JSON_ARRAY
        JSON_SET JSON_REMOVE JSON_GROUP_ARRAY JSON_GROUP_OBJECT JSONB_INSERT JSONB_STRIP_NULLS
        """,
    ),
    **_by_kind(LogicalType.REAL, "PI SQRT EXP LN SIN COS TAN ASIN ACOS ATAN DEGREES RADIANS TOTAL"),
    **_by_kind(LogicalType.DECIMAL, "AVG EXTRACT"),
    **_by_kind(
        LogicalType.TIMESTAMP,
        "NOW TO_TIMESTAMP DATE_TRUNC TRANSACTION_TIMESTAMP STATEMENT_TIMESTAMP CLOCK_TIMESTAMP",
    ),
    **_by_kind(LogicalType.UUID, "GEN_RANDOM_UUID UUID_GENERATE_V4"),
}
"""What a call yields on PostgreSQL; those that are absent yield what their first argument is."""
NARROW = frozenset("LENGTH INSTR STRPOS POSITION CHAR_LENGTH ASCII UNICODE OCTET_LENGTH".split())
_FIRST = frozenset(
    "COALESCE IFNULL NULLIF MIN MAX ABS GREATEST LEAST SUM SIGN CEIL CEILING FLOOR LAG LEAD "
    "FIRST_VALUE LAST_VALUE NTH_VALUE LIKELY UNLIKELY MOD".split()
)
_NEVER_NULL = frozenset(
    "COUNT ROW_NUMBER RANK DENSE_RANK TOTAL JSON_OBJECT JSON_ARRAY JSONB_BUILD_OBJECT"
    " JSON_BUILD_OBJECT JSONB_BUILD_ARRAY JSON_BUILD_ARRAY".split()
)
BRANCHING = frozenset("COALESCE IFNULL GREATEST LEAST".split())


class CommonRules:
    """What is the same in both directions."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.doubt = writer.doubt
        self.wrap = writer.wrap
        self.levels = PRECEDENCE[writer.target]

    def text_of(self, operand: Operand) -> str | None:
        """The text of a string literal; None for anything else."""
        start, stop = operand.span
        if stop - start != 1 or self.writer.sort(start) is not Sort.STRING:
            return None
        token = self.writer.tokens[start].text
        return string_value(token) if token.startswith("'") else None

    def number_of(self, operand: Operand) -> str | None:
        """A number as it is written; None for anything else."""
        start, stop = self.writer.bare(operand.span)
        sign = ""
        if stop - start == 2 and self.writer.key(start) == "-":
            start, sign = start + 1, "-"
        if stop - start != 1 or self.writer.sort(start) is not Sort.NUMBER:
            return None
        return sign + self.writer.tokens[start].text

    def is_constant(self, operand: Operand) -> bool:
        """Whether an operand is a literal."""
        return self.text_of(operand) is not None or self.number_of(operand) is not None

    def settle(self, operand: Operand, make: Callable[[str], str]) -> None:
        """Print something around an operand, and leave its type alone from there on."""
        bare = self.writer.bare(operand.span)
        self.writer.settled.update((operand.span.start, bare.stop - 1))
        self.wrap(operand.span, make)

    def group_looser(self, operator: str, left: Operand, right: Operand) -> None:
        """Put what the other side would bind otherwise into parentheses."""
        own = self.level(operator)
        for operand, enough in ((left, own), (right, own + 1)):
            if operand.top in _GROUPED and self.level(operand.top) < enough:
                self.wrap(operand.span, "({})".format)

    def level(self, operator: str) -> int:
        """How tightly an operator binds on the other side."""
        return self.levels.get(operator) or self.levels.get("other", 0)

    def yielded(self, operator: str, left: Operand, right: Operand) -> Operand:
        """What an operator yields."""
        whole = Span(left.span.start, right.span.stop)
        nullable = left.nullable or right.nullable
        kind: LogicalType | None = None
        if operator in _TESTS or is_comparison(operator):
            kind = BOOLEAN
        elif operator == "||":
            json = LogicalType.JSON in (left.kind, right.kind)
            kind = LogicalType.JSON if json else TEXT
        elif operator in ("->", "#>", "#-"):
            kind = LogicalType.JSON
        elif operator in ("->>", "#>>"):
            return Operand(whole, TEXT, operator, extracted=True, nullable=True)
        elif operator in ARITHMETIC:
            kind = _sum_of(left.kind, right.kind)
            if operator == "-" and left.kind is LogicalType.JSON:
                kind = LogicalType.JSON
        narrow = left.narrow and right.narrow
        parts = (left, right)
        return Operand(whole, kind, operator, nullable=nullable, narrow=narrow, parts=parts)

    def called(self, name: str, arguments: list[Operand], whole: Span) -> Operand:
        """What a call yields."""
        nullable = any(argument.nullable for argument in arguments)
        if name in ("COALESCE", "IFNULL") and arguments:
            nullable = arguments[-1].nullable
        if name in _NEVER_NULL:
            nullable = False
        kind = RESULTS.get(name)
        if name in _FIRST and arguments:
            kind = common_kind(arguments) if name in BRANCHING else arguments[0].kind
        if name in ("MAX", "MIN") and len(arguments) > 1:
            kind = common_kind(arguments)
        extracted = name == "JSON_EXTRACT" or (
            name in _FIRST and any(argument.extracted for argument in arguments)
        )
        branches = tuple(arguments) if name in BRANCHING else ()
        if name == "IIF" and len(arguments) == 3:
            branches = tuple(arguments[1:])
            kind = common_kind(branches)
        return Operand(
            whole,
            TEXT if name == "JSON_EXTRACT" else kind,
            branches=branches,
            extracted=extracted,
            narrow=name in NARROW,
            nullable=nullable or name == "JSON_EXTRACT",
        )


_TESTS = frozenset(
    "AND OR LIKE ILIKE GLOB REGEXP MATCH SIMILAR ~ ~* !~ !~* ~~ !~~ ~~* !~~* @> <@ ?".split()
)
_GROUPED = ARITHMETIC | {"||", "<", ">", "<=", ">=", "=", "<>", "!=", "==", "IS", "IN", "LIKE"}


def common_kind(operands: Iterable[Operand]) -> LogicalType | None:
    """What values are, one of which is taken; None where they differ or are not known."""
    kinds = {operand.kind for operand in operands if operand.kind is not None}
    if kinds <= NUMBERS and kinds:
        return _sum_of(*kinds) if len(kinds) == 2 else (kinds.pop() if len(kinds) == 1 else None)
    return kinds.pop() if len(kinds) == 1 else None


def _sum_of(left: LogicalType | None, right: LogicalType | None) -> LogicalType | None:
    kinds = {INTEGER if kind is BOOLEAN else kind for kind in (left, right)}
    if kinds == {INTEGER}:
        return INTEGER
    for kind in (LogicalType.REAL, LogicalType.DECIMAL):
        if kind in kinds and kinds <= NUMBERS:
            return kind
    return None


def read_operands(writer: Writer) -> None:
    """Have the rules of its direction see every operator and call of a writer's statement."""
    rules: Rules
    if writer.source is Backend.LIBSQL:
        from mig_assist.draft.derive.rules_to_postgres import PostgresRules

        rules = PostgresRules(writer)
    else:
        from mig_assist.draft.derive.rules_to_libsql import LibsqlRules

        rules = LibsqlRules(writer)
    OperandReader(writer, rules).read()
