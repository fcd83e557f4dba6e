"""PostgreSQL's expressions and queries as libsql's."""

from __future__ import annotations

import re

from mig_assist.backend import Backend
from mig_assist.draft.derive import casts_to_libsql as casts
from mig_assist.draft.derive import moments_to_libsql as moments
from mig_assist.draft.derive import operators_to_libsql as operators
from mig_assist.draft.derive.known import Known
from mig_assist.draft.derive.moments import NUMBERS
from mig_assist.draft.derive.moments_to_libsql import NOW_WORDS, NOWS
from mig_assist.draft.derive.postgres_alters import BY_BYTES
from mig_assist.draft.derive.rewrite import COMPARISONS, Chunk, Span, Writer
from mig_assist.draft.derive.rows_of_json import print_rows
from mig_assist.draft.derive.tokens import Sort, Token
from mig_assist.draft.derive.words import LIBSQL_ONLY
from mig_assist.engines.logical_types import (
    LogicalType,
)
from mig_assist.engines.spelling import literal, quoted

SAME = frozenset(
    """
    ABS COALESCE NULLIF LENGTH REPLACE LTRIM RTRIM COUNT SUM MIN MAX ROW_NUMBER RANK DENSE_RANK
    NTILE LAG LEAD FIRST_VALUE LAST_VALUE NTH_VALUE PERCENT_RANK CUME_DIST SIGN CEIL CEILING FLOOR
    LN SQRT EXP POWER DEGREES RADIANS SIN COS TAN PI CONCAT CONCAT_WS OCTET_LENGTH
    ROUND STRING_AGG LOWER UPPER AVG
    """.split()
)
RENAMED = {
    "CHAR_LENGTH": "length",
    "CHARACTER_LENGTH": "length",
    "STRPOS": "instr",
    "BTRIM": "trim",
    "CHR": "char",
    "ASCII": "unicode",
    "JSON_BUILD_OBJECT": "json_object",
    "JSONB_BUILD_OBJECT": "json_object",
    "JSON_BUILD_ARRAY": "json_array",
    "JSONB_BUILD_ARRAY": "json_array",
    "JSONB_AGG": "json_group_array",
    "JSON_AGG": "json_group_array",
    "JSONB_OBJECT_AGG": "json_group_object",
    "JSON_OBJECT_AGG": "json_group_object",
    "JSONB_ARRAY_LENGTH": "json_array_length",
    "JSON_ARRAY_LENGTH": "json_array_length",
    "TO_JSONB": "json_quote",
    "TO_JSON": "json_quote",
    "BOOL_OR": "max",
    "BOOL_AND": "min",
    "EVERY": "min",
    "STATEMENT_TIMESTAMP": "now",
}
_DOLLAR = re.compile(r"\$([^$]*)\$(.*)\$\1\$", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_CONTROL = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_TYPE_WORDS = frozenset(
    """
    INTEGER INT BIGINT SMALLINT TEXT VARCHAR CHARACTER CHAR BOOLEAN BOOL TIMESTAMP TIMESTAMPTZ DATE
    TIME TIMETZ INTERVAL UUID JSON JSONB BYTEA NUMERIC DECIMAL REAL DOUBLE FLOAT REGCLASS INT4 INT8
    INT2 FLOAT8 FLOAT4 CITEXT INET
    """.split()
)
PLAIN_UUID = (
    "lower(hex(randomblob(4))) || '-' || lower(hex(randomblob(2))) || '-4' ||"
    " substr(lower(hex(randomblob(2))), 2) || '-' ||"
    " substr('89ab', 1 + (abs(random()) % 4), 1) ||"
    " substr(lower(hex(randomblob(2))), 2) || '-' || lower(hex(randomblob(6)))"
)


class ToLibsql(Writer):
    """Prints PostgreSQL's expressions for libsql.

    Attributes:
        following: statements that have to stand behind the one in hand.
    """

    source = Backend.POSTGRES

    def __init__(self, tokens: tuple[Token, ...], known: Known) -> None:
        super().__init__(tokens, known)
        self.following: list[str] = []

    def step(self, k: int, span: Span, chunks: list[Chunk]) -> int:
        """See :meth:`Writer.step`."""
        token = self.tokens[k]
        match token.sort:
            case Sort.STRING:
                chunks.append(Chunk(k, self.string(k)))
                return k + 1
            case Sort.NAME:
                if self._is_schema(k):
                    return self._without_schema(k, span, chunks)
                chunks.append(Chunk(k, self.name_text(k)))
                return k + 1
            case Sort.WORD:
                return self._word(k, span, chunks)
            case Sort.SYMBOL:
                return self._symbol(k, span, chunks)
            case Sort.NUMBER:
                chunks.append(Chunk(k, token.text.replace("_", "")))
                return k + 1
        if token.sort is Sort.BLOB:
            self.doubt("A bit string has no counterpart on libsql.")
        chunks.append(Chunk(k, token.text))
        return k + 1

    # Constants

    def string(self, k: int) -> str:
        """A string literal as SQLite writes it."""
        value = self.string_value(k)
        text = self.tokens[k].text
        if value is None:
            self.doubt("This kind of string has no counterpart on libsql.")
            return text
        if text.startswith("'"):
            wanted = self.expected(Span(k, k + 1))
            if wanted is LogicalType.BYTES and value.startswith("\\x"):
                return f"x'{value[2:]}'"
            return text
        return literal(value)

    def string_value(self, k: int) -> str | None:
        """The text that a string literal stands for; None where it is not known."""
        if self.sort(k) is not Sort.STRING:
            return None
        text = self.tokens[k].text
        if text.startswith("'"):
            return text[1:].removesuffix("'").replace("''", "'")
        if match := _DOLLAR.fullmatch(text):
            return match[2]
        if text[0] in "eE":
            return _ESCAPE.sub(_unescaped, text[2:].removesuffix("'").replace("''", "'"))
        return None

    def constant(self, span: Span, wanted: LogicalType | None) -> str | None:
        """See :meth:`Writer.constant`."""
        if span.stop - span.start != 1:
            return None
        token = self.tokens[span.start]
        if wanted in NUMBERS and token.key in ("TRUE", "FALSE"):
            return "1" if token.key == "TRUE" else "0"
        if wanted in NUMBERS and token.sort is Sort.STRING:
            value = (self.string_value(span.start) or "").lower()
            if value in ("t", "true", "yes", "on", "f", "false", "no", "off"):
                return "1" if value in ("t", "true", "yes", "on") else "0"
        if token.key == "DEFAULT":
            self.doubt("DEFAULT as a value has no counterpart on libsql: leave the column out.")
        return None

    # Words

    def _word(self, k: int, span: Span, chunks: list[Chunk]) -> int:
        key = self.key(k)
        if self._is_schema(k):
            return self._without_schema(k, span, chunks)
        if key == "ARRAY" and self.key(k + 1) == "[":
            return operators.array(self, k, chunks)
        if key in ("ANY", "SOME", "ALL") and self.key(k + 1) == "(":
            return operators.quantified(self, k, chunks)
        if self.sort(k + 1) is Sort.STRING and key in _TYPE_WORDS:
            return casts.typed_literal(self, k, chunks)
        if self.is_call(k):
            if key == "CAST":
                return casts.cast(self, k, chunks)
            if self.key(k - 1) == "AS":
                return self._columns_named(k, chunks)
            return self._call(k, chunks)
        match key:
            case "TRUE" | "FALSE" if self.key(k - 1) not in ("IS", "NOT"):
                if self._beside_number(k):
                    chunks.append(Chunk(k, "1" if key == "TRUE" else "0"))
                    return k + 1
            case "IS" if self.key(k + 1) == "UNKNOWN":
                chunks.append(Chunk(k, "IS NULL"))
                return k + 2
            case "IS" if "JSON" in (self.key(k + 1), self.key(k + 2)):
                return operators.is_json(self, k, span, chunks)
            case "ILIKE":
                chunks.append(Chunk(k, "LIKE" if self.tokens[k].text.isupper() else "like"))
                return k + 1
            case "LIKE":
                return operators.like(self, k, chunks)
            case "SIMILAR":
                self.doubt("SIMILAR TO has no counterpart on libsql.")
            case "AT" if self.at(k, "AT", "TIME", "ZONE"):
                zone = (self.string_value(k + 3) or "").upper()
                if zone not in ("UTC", "GMT", "Z"):
                    self.doubt("AT TIME ZONE has no counterpart on libsql, which keeps UTC.")
                chunks.append(Chunk(k, ""))
                return k + 4
            case "COLLATE":
                self.check_collation(k + 1)
                chunks.append(Chunk(k, ""))
                return k + 2
            case "FOR" if self.key(k + 1) in ("UPDATE", "SHARE") and self.key(k - 1) != "ON":
                stop = self.find(k, span.stop, ")")
                chunks.append(Chunk(k, ""))
                return stop
            case "DISTINCT" if self.key(k + 1) == "ON":
                self.doubt("DISTINCT ON has no counterpart on libsql.")
            case "LATERAL" if k + 1 in self.rows:
                chunks.append(Chunk(k, ""))
                return k + 1
            case "LATERAL":
                self.doubt("LATERAL has no counterpart on libsql.")
            case "ONLY" if self.key(k - 1) in ("FROM", "UPDATE", "TABLE"):
                chunks.append(Chunk(k, ""))
                return k + 1
            case "LIMIT" if self.key(k + 1) == "ALL":
                chunks.append(Chunk(k, f"{self.tokens[k].text} -1"))
                return k + 2
            case "OFFSET" if self.key(k - 2) != "LIMIT" and not self._has_limit(k):
                chunks.append(Chunk(k, f"LIMIT -1 {self.tokens[k].text}"))
                return k + 1
            case "FETCH" if self.key(k + 1) in ("FIRST", "NEXT"):
                self.doubt("FETCH FIRST: write LIMIT on libsql.")
            case "INTERVAL":
                self.doubt("An INTERVAL by itself has no counterpart on libsql.")
            case "OVERRIDING":
                chunks.append(Chunk(k, ""))
                return k + 3
            case _ if key in NOW_WORDS:
                return self._now(k, k + 1, chunks)
            case "CURRENT_USER" | "SESSION_USER" | "USER" if self.column(Span(k, k + 1)) is None:
                self.doubt(f"{key} has no counterpart on libsql.")
        chunks.append(Chunk(k, self.name_text(k)))
        return k + 1

    def _columns_named(self, k: int, chunks: list[Chunk]) -> int:
        """The other name of a table, with names for its columns."""
        if self.key(k - 3) != "INTO":
            self.doubt(f"libsql gives the columns of {self.tokens[k].text} no other names.")
        chunks.append(Chunk(k, self.name_text(k)))
        return k + 1

    def _has_limit(self, k: int) -> bool:
        depth = 0
        for p in range(k - 1, max(k - 60, -1), -1):
            key = self.key(p)
            depth += {")": 1, "(": -1}.get(key, 0)
            if depth < 0:
                return False
            if depth == 0 and key == "LIMIT":
                return True
        return False

    def check_collation(self, k: int) -> None:
        """Doubt a collation that does not compare by bytes."""
        name = self.tokens[k].folded if self.is_name(k) else ""
        if name == "pg_catalog":
            name = self.tokens[k + 2].folded if self.is_name(k + 2) else ""
        if name not in BY_BYTES:
            self.doubt(f"COLLATE {name} has no counterpart on libsql, which compares by bytes.")

    def _beside_number(self, k: int) -> bool:
        left = self.key(k - 1) in COMPARISONS and self.operand_before(k - 1)
        if left:
            return self.kind(left) in NUMBERS
        return self.key(k + 1) in COMPARISONS and self.kind(self.operand_after(k + 2)) in NUMBERS

    def name_text(self, k: int) -> str:
        """See :meth:`Writer.name_text`."""
        token = self.tokens[k]
        if token.sort is Sort.NAME:
            return token.text
        if token.key in LIBSQL_ONLY and self._is_column_name(k):
            return quoted(token.text)
        return token.text

    def _is_column_name(self, k: int) -> bool:
        if self.key(k - 1) == ".":
            return True
        around = self.key(k - 1) in ("(", ",", "BY", "SELECT", "WHERE", "AND", "OR", "ON", "COLUMN")
        return around and self.column(Span(k, k + 1)) is not None

    def _is_schema(self, k: int) -> bool:
        """Whether a name is a schema's before a table, type or function."""
        if self.key(k + 1) != "." or not self.is_name(k + 2) or self.key(k - 1) == ".":
            return False
        folded = self.tokens[k].folded
        if folded in ("public", "pg_catalog"):
            return folded not in self.tables
        if self.key(k + 3) == "." and folded not in self.tables:
            self.doubt(f"libsql has no schemas: {folded} was left out.")
            return True
        named = self.key(k - 1) in ("FROM", "JOIN", "INTO", "UPDATE", "REFERENCES", "TABLE", "ONLY")
        named = named and self.key(k - 2) != "DISTINCT"  # IS DISTINCT FROM an operand
        if named:
            self.doubt(f"libsql has no schemas: {folded} was left out.")
        return named

    def _without_schema(self, k: int, span: Span, chunks: list[Chunk]) -> int:
        # What stands before the schema stands before the name.
        self.tokens[k + 2].before = self.tokens[k].before
        if k == span.start:
            count = len(chunks)
            following = self.step(k + 2, Span(k + 2, span.stop), chunks)
            for chunk in chunks[count:]:
                chunk.start = k
            return following
        return k + 2

    def _now(self, k: int, stop: int, chunks: list[Chunk]) -> int:
        chunks.append(Chunk(k, self.now(Span(k, stop)), whole=True))
        return stop

    def now(self, span: Span) -> str:
        """The present moment, as what is wanted holds it."""
        wanted = self.expected(span)
        if wanted is LogicalType.INTEGER:
            return "unixepoch()"
        text = self.tokens[span.start].text
        lower = text.islower() and self.key(span.start) == "CURRENT_TIMESTAMP"
        return "current_timestamp" if lower else "CURRENT_TIMESTAMP"

    # Signs

    def _symbol(self, k: int, span: Span, chunks: list[Chunk]) -> int:
        key = self.key(k)
        match key:
            case "::":
                return casts.double_colon(self, k, span, chunks)
            case "+" | "-" if moments.interval_at(self, k + 1) is not None:
                return moments.shift(self, k, span, chunks)
            case "+" | "-" if moments.is_day_shift(self, k, chunks):
                return moments.shift_days(self, k, span, chunks)
            case "+" | "-" if moments.moments_beside(self, k):
                self.doubt("Times are not added and taken away as numbers on libsql.")
            case "~" | "~*" | "!~" | "!~*" | "~~" | "!~~" | "~~*" | "!~~*":
                return operators.match_pattern(self, k, chunks)
            case "^":
                self.doubt("^ is power() on libsql.")
            case "@>" | "<@" | "?" | "?|" | "?&" | "#-" | "&&" | "@?" | "@@":
                self.doubt(f"The operator {key} has no counterpart on libsql.")
            case "#>" | "#>>":
                return operators.reach(self, k, span, chunks)
            case "->>":
                operators.check_arrow(self, k)
            case "[":
                self.doubt("libsql has no arrays: keep the values as JSON or in a table.")
            case "/":
                kinds = {self.kind(self.operand_before(k)), self.kind(self.operand_after(k + 1))}
                if LogicalType.DECIMAL in kinds:
                    self.doubt(
                        "This division yields a fraction on PostgreSQL, and may be whole on libsql."
                    )
        chunks.append(Chunk(k, self.tokens[k].text))
        return k + 1

    # Functions

    def _call(self, k: int, chunks: list[Chunk]) -> int:
        if k in self.rows:
            return print_rows(self, k, chunks)
        key = self.key(k)
        stop = self.close(k + 1) + 1
        if key in NOWS:
            return self._now(k, stop, chunks)
        if key in SAME:
            chunks.append(Chunk(k, self.tokens[k].text))
            return k + 1
        from mig_assist.draft.derive.functions_of_postgres import CALLS

        rule = CALLS.get(key)
        told = len(self.doubts)
        text = rule(self, k, self.arguments(k + 1)) if rule else None
        if text is not None:
            chunks.append(Chunk(k, text, whole=True))
            return stop
        if key in RENAMED:
            upper = self.tokens[k].text.isupper()
            chunks.append(Chunk(k, RENAMED[key].upper() if upper else RENAMED[key]))
            return k + 1
        if len(self.doubts) == told:
            self.doubt(f"{self.tokens[k].text}() is not known on libsql as it is called here.")
        chunks.append(Chunk(k, self.tokens[k].text))
        return k + 1


def _unescaped(match: re.Match[str]) -> str:
    octal, short, four, plain = match.groups()
    if plain is not None:
        return _CONTROL.get(plain, plain)
    return chr(int(octal, 8) if octal else int(short or four, 16))
