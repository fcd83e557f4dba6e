"""PostgreSQL's expressions and queries as libsql's."""

from __future__ import annotations

import re

from mig_assist.backend import Backend
from mig_assist.draft.derive.moments import NUMBERS, modifiers_of
from mig_assist.draft.derive.rewrite import COMPARISONS, Chunk, Span, Writer
from mig_assist.draft.derive.tokens import Sort
from mig_assist.draft.derive.words import LIBSQL_ONLY
from mig_assist.engines.logical_types import (
    LogicalType,
    logical_type,
    postgres_name,
    split_modifier,
)
from mig_assist.engines.spelling import literal, quoted

SAME = frozenset(
    """
    ABS COALESCE NULLIF LENGTH REPLACE LTRIM RTRIM COUNT SUM MIN MAX ROW_NUMBER RANK DENSE_RANK
    NTILE LAG LEAD FIRST_VALUE LAST_VALUE NTH_VALUE PERCENT_RANK CUME_DIST SIGN CEIL CEILING FLOOR
    LN SQRT EXP POWER POW DEGREES RADIANS SIN COS TAN PI CONCAT CONCAT_WS OCTET_LENGTH MOD TRUNC
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
NOWS = frozenset("NOW TRANSACTION_TIMESTAMP STATEMENT_TIMESTAMP CLOCK_TIMESTAMP".split())
_NOW_WORDS = frozenset("CURRENT_TIMESTAMP LOCALTIMESTAMP".split())
_DOLLAR = re.compile(r"\$([^$]*)\$(.*)\$\1\$", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_ZONE = re.compile(r"[+-]00(?::?00)?$")
_ZERO = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d(?:\.\d+)?)?[+-]00(?::?00)?")
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
    """Prints PostgreSQL's expressions for libsql."""

    source = Backend.POSTGRES

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
            if wanted in (LogicalType.TIMESTAMP, LogicalType.TEXT) and _ZERO.fullmatch(value):
                return self._without_zone(k, value)
            if wanted is LogicalType.BYTES and value.startswith("\\x"):
                return f"x'{value[2:]}'"
            return text
        return literal(value)

    def _without_zone(self, k: int, value: str) -> str:
        """A moment in UTC, as libsql's own functions write it, where the column is one of time."""
        if self.wanted_source(k) is not LogicalType.TIMESTAMP:
            return self.tokens[k].text
        return literal(_ZONE.sub("", value))

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
            return self._array(k, chunks)
        if key in ("ANY", "SOME", "ALL") and self.key(k + 1) == "(":
            return self._quantified(k, chunks)
        if self.sort(k + 1) is Sort.STRING and key in _TYPE_WORDS:
            return self._typed_literal(k, chunks)
        if self.is_call(k):
            if key == "CAST":
                return self._cast(k, chunks)
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
                return self._is_json(k, span, chunks)
            case "ILIKE":
                chunks.append(Chunk(k, "LIKE" if self.tokens[k].text.isupper() else "like"))
                return k + 1
            case "LIKE":
                return self._like(k, chunks)
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
            case _ if key in _NOW_WORDS:
                return self._now(k, k + 1, chunks)
            case "CURRENT_USER" | "SESSION_USER" | "USER" if self.column(Span(k, k + 1)) is None:
                self.doubt(f"{key} has no counterpart on libsql.")
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
        if name not in ("c", "posix", "ucs_basic", "default", "binary"):
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

    def _like(self, k: int, chunks: list[Chunk]) -> int:
        """LIKE, which minds the case of letters on PostgreSQL alone."""
        pattern = self.string_value(k + 1)
        lettered = pattern is None or any(letter.isalpha() for letter in pattern)
        escaped = pattern is not None and "\\" in pattern
        if not lettered and not escaped:
            chunks.append(Chunk(k, self.tokens[k].text))
            return k + 1
        if pattern is None or escaped or set(pattern) & set("*?[") or self.key(k + 2) == "ESCAPE":
            if pattern is not None and not lettered:
                chunks.append(Chunk(k, f"{self.tokens[k].text} {self.string(k + 1)} ESCAPE '\\'"))
                return k + 2
            self.doubt("LIKE takes no notice of the case of letters on libsql.")
            chunks.append(Chunk(k, self.tokens[k].text))
            return k + 1
        word = "GLOB" if self.tokens[k].text.isupper() else "glob"
        shape = literal(pattern.replace("%", "*").replace("_", "?"))
        chunks.append(Chunk(k, f"{word}{self.tokens[k + 1].before}{shape}"))
        return k + 2

    def _is_json(self, k: int, span: Span, chunks: list[Chunk]) -> int:
        inverse = self.key(k + 1) == "NOT"
        start, before, text = self.take_operand(k, span, chunks)
        stop = k + 2 + inverse
        kind = self.key(stop)
        if kind in ("VALUE", "OBJECT", "ARRAY", "SCALAR"):
            stop += 1
        valid = f"json_valid({text})"
        if kind in ("OBJECT", "ARRAY"):
            valid = f"({valid} AND json_type({text}) = '{kind.lower()}')"
        elif kind in ("SCALAR", "WITH", "WITHOUT"):
            self.doubt("IS JSON with more words has no counterpart on libsql.")
        chunks.append(Chunk(start.start, f"{before}{'NOT ' if inverse else ''}{valid}", whole=True))
        return stop

    # Arrays

    def _array(self, k: int, chunks: list[Chunk]) -> int:
        stop = self.close(k + 1)
        self.doubt("libsql has no arrays: keep the values as JSON or in a table.")
        inner = self.render(Span(k + 2, stop)) if k + 2 < stop else ""
        chunks.append(Chunk(k, f"json_array({inner})", whole=True))
        return stop + 1

    def _quantified(self, k: int, chunks: list[Chunk]) -> int:
        """``= ANY (ARRAY[…])`` as IN, ``<> ALL (…)`` as NOT IN."""
        operator, quantifier = self.key(k - 1), self.key(k)
        inner = self.bare(Span(k + 1, self.close(k + 1) + 1))
        members = self._members(inner)
        if (operator, quantifier) in (("=", "ANY"), ("=", "SOME")):
            word = "IN"
        elif operator in ("<>", "!=") and quantifier == "ALL":
            word = "NOT IN"
        else:
            word = ""
        if not word or members is None:
            self.doubt(f"{quantifier} over an array has no counterpart on libsql.")
            chunks.append(Chunk(k, self.tokens[k].text))
            return k + 1
        while chunks and chunks[-1].start >= k - 1:
            chunks.pop()
        before = self.tokens[k - 1].before
        chunks.append(Chunk(k - 1, f"{before}{word} ({members})"))
        return self.close(k + 1) + 1

    def _members(self, span: Span) -> str | None:
        start = span.start
        if self.key(start) == "SELECT":
            return self.render(span)
        if self.key(start) == "(":
            return self._members(self.bare(Span(start, self.close(start) + 1)))
        if self.key(start) == "ARRAY" and self.key(start + 1) == "[":
            inside = Span(start + 2, self.close(start + 1))
            return ", ".join(self._uncast(part) for part in self.split(*inside))
        text = self.string_value(start)
        if text is not None and text[:1] + text[-1:] == "{}" and self.key(start + 1) in ("::", ""):
            members = text[1:-1].split(",")
            if members and not set(text[1:-1]) & set('{}"\\'):
                return ", ".join(literal(member.strip()) for member in members)
        return None

    def _uncast(self, span: Span) -> str:
        if self.sort(span.start) is Sort.STRING and self.key(span.start + 1) == "::":
            return self.string(span.start)
        return self.render(span)

    # Signs

    def _symbol(self, k: int, span: Span, chunks: list[Chunk]) -> int:
        key = self.key(k)
        match key:
            case "::":
                return self._double_colon(k, span, chunks)
            case "+" | "-" if self._interval_at(k + 1) is not None:
                return self._shift(k, span, chunks)
            case "+" | "-" if self._is_day_shift(k, chunks):
                return self._shift_days(k, span, chunks)
            case "+" | "-" if self._moments_beside(k):
                self.doubt("Times are not added and taken away as numbers on libsql.")
            case "~" | "~*" | "!~" | "!~*" | "~~" | "!~~" | "~~*" | "!~~*":
                return self._match(k, chunks)
            case "^":
                self.doubt("^ is power() on libsql.")
            case "@>" | "<@" | "?" | "?|" | "?&" | "#-" | "&&" | "@?" | "@@":
                self.doubt(f"The operator {key} has no counterpart on libsql.")
            case "#>" | "#>>":
                return self._reach(k, span, chunks)
            case "->>":
                self._check_arrow(k)
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

    def _check_arrow(self, k: int) -> None:
        """``->>`` yields numbers on libsql where the JSON holds numbers."""
        left = self.operand_before(k).start
        while self.key(left - 1) in ("->", "->>"):
            left = self.operand_before(left - 1).start
        stop = self.operand_after(k + 1).stop
        beside = self.key(stop) in COMPARISONS or self.key(left - 1) in COMPARISONS
        if beside and self.key(stop) not in ("IS", "::"):
            other = (
                self.operand_after(stop + 1)
                if self.key(stop) in COMPARISONS
                else (self.operand_before(left - 1))
            )
            value = self.string_value(other.start) if other.stop - other.start == 1 else None
            if value is None or re.fullmatch(r"[-+.0-9eE]+|true|false", value):
                self.doubt("->> yields a number or 1 and 0 on libsql where JSON holds no text.")

    def _double_colon(self, k: int, span: Span, chunks: list[Chunk]) -> int:
        stop, declared = self._type_after(k + 1)
        left = self.operand_before(k)
        start, before, text = self.take_operand(k, span, chunks)
        chunks.append(
            Chunk(start.start, before + self._cast_text(left, text, declared), whole=True)
        )
        return stop

    def _type_after(self, k: int) -> tuple[int, str]:
        """Where a type that begins at a place ends, and what it is."""
        start = k
        while self.key(k + 1) == ".":
            k += 2
        first = self.key(k)
        k += 1
        follow = {
            "DOUBLE": "PRECISION",
            "CHARACTER": "VARYING",
            "CHAR": "VARYING",
            "BIT": "VARYING",
        }
        if self.key(k) == follow.get(first, "·"):
            k += 1
        if self.key(k) == "(":
            k = self.close(k) + 1
        if first in ("TIMESTAMP", "TIME") and self.key(k) in ("WITH", "WITHOUT"):
            k += 3
        while self.key(k) == "[":
            k = self.close(k) + 1
        return k, self.source_text(Span(start, k))

    def _cast(self, k: int, chunks: list[Chunk]) -> int:
        stop = self.close(k + 1)
        place = self.find(k + 2, stop, "AS")
        declared = self.source_text(Span(place + 1, stop))
        inner = Span(k + 2, place)
        text = self.argument(inner)
        chunks.append(Chunk(k, self._cast_text(inner, text, declared), whole=True))
        return stop + 1

    def _cast_text(self, span: Span, text: str, declared: str) -> str:
        """A cast, left out where libsql's values are what they should be anyway."""
        meant = logical_type(declared, self.source, enums=tuple(self.known.enums))
        plain = self.string_value(span.start) if span.stop - span.start == 1 else None
        held = self.kind(span)
        match meant:
            case LogicalType.INTEGER:
                if self.sort(span.start) is Sort.NUMBER and span.stop - span.start == 1:
                    return text
                if text.startswith(("unixepoch(", "CAST(unixepoch(")):
                    return text
                if held in (LogicalType.REAL, LogicalType.DECIMAL):
                    return f"CAST(round({text}) AS INTEGER)"
                return f"CAST({text} AS INTEGER)"
            case LogicalType.TEXT:
                kind, length = postgres_name(declared), split_modifier(declared)[1]
                length = length or ("1" if kind == "character" else "")
                if plain is not None and (not length or len(plain) <= int(length)):
                    return text
                text = text if plain is not None else f"CAST({text} AS TEXT)"
                text = f"substr({text}, 1, {length})" if length else text
                return f"rtrim({text}, ' ')" if kind == "character" else text
            case LogicalType.REAL | LogicalType.DECIMAL:
                return f"CAST({text} AS {'REAL' if meant is LogicalType.REAL else 'NUMERIC'})"
            case LogicalType.BOOLEAN:
                if plain is not None:
                    return "TRUE" if plain.lower() in ("t", "true", "1", "yes", "on") else "FALSE"
                if held in NUMBERS:
                    return f"({text} <> 0)"
                if held is not LogicalType.BOOLEAN:
                    self.doubt("This cast to boolean was left out.")
                return text
            case LogicalType.DATE:
                return text if plain is not None else f"date({text})"
            case LogicalType.TIMESTAMP | LogicalType.JSON | LogicalType.UUID | LogicalType.ENUM:
                return text
            case LogicalType.BYTES if plain is not None and plain.startswith("\\x"):
                return f"x'{plain[2:]}'"
            case LogicalType.BYTES:
                return f"CAST({text} AS BLOB)"
            case LogicalType.ARRAY if text.startswith("json_array("):
                return text
        if declared.lower().rpartition(".")[2] in ("regclass", "citext"):
            return text
        self.doubt(f"The cast to {declared} was left out.")
        return text

    def _typed_literal(self, k: int, chunks: list[Chunk]) -> int:
        if self.key(k) == "INTERVAL":
            self.doubt("An INTERVAL by itself has no counterpart on libsql.")
            chunks.append(Chunk(k, self.string(k + 1)))
            return k + 2
        text = self._cast_text(Span(k + 1, k + 2), self.string(k + 1), self.tokens[k].text)
        chunks.append(Chunk(k, text, whole=True))
        return k + 2

    def _interval_at(self, k: int) -> tuple[int, str] | None:
        """The interval that is written at a place: where it ends, and its text."""
        if self.key(k) == "INTERVAL" and self.sort(k + 1) is Sort.STRING:
            return k + 2, self.string_value(k + 1) or ""
        if self.sort(k) is Sort.STRING and self.at(k + 1, "::", "INTERVAL"):
            return k + 3, self.string_value(k) or ""
        return None

    def _shift(self, k: int, span: Span, chunks: list[Chunk]) -> int:
        found = self._interval_at(k + 1)
        assert found is not None  # noqa: S101 - the caller has looked
        stop, interval = found
        modifiers = modifiers_of(interval, self.key(k) == "-")
        left = self.operand_before(k)
        start, before, text = self.take_operand(k, span, chunks)
        if modifiers is None:
            self.doubt(f"The interval {interval!r} was not understood.")
            modifiers = []
        listed = "".join(f", {literal(modifier)}" for modifier in modifiers)
        if text.upper() == "CURRENT_TIMESTAMP":
            shifted = f"datetime('now'{listed})"
        elif text == "unixepoch()":
            shifted = f"unixepoch('now'{listed})"
        elif text.startswith(("datetime(", "unixepoch('now'")) and text.endswith(")"):
            shifted = f"{text[:-1]}{listed})"
        else:
            number = self.kind(left) in NUMBERS
            shifted = (
                f"unixepoch({text}, 'unixepoch'{listed})" if number else f"datetime({text}{listed})"
            )
        chunks.append(Chunk(start.start, before + shifted, whole=True))
        return stop

    def _is_day_shift(self, k: int, chunks: list[Chunk]) -> bool:
        made = bool(chunks) and chunks[-1].whole and chunks[-1].text.lstrip().startswith("date(")
        whole = self.sort(k + 1) is Sort.NUMBER and self.tokens[k + 1].text.isdecimal()
        held = self.source_kind(self.operand_before(k)) is LogicalType.DATE
        return whole and (made or held or self.key(k - 1) == "CURRENT_DATE")

    def _shift_days(self, k: int, span: Span, chunks: list[Chunk]) -> int:
        """A day so many days later or earlier."""
        number = self.tokens[k + 1].text
        start, before, text = self.take_operand(k, span, chunks)
        unit = "day" if number == "1" else "days"
        if text.upper() in ("CURRENT_DATE", "DATE(CURRENT_TIMESTAMP)"):
            text = "'now'"
        shifted = f"date({text}, '{self.key(k)}{number} {unit}')"
        chunks.append(Chunk(start.start, before + shifted, whole=True))
        return k + 2

    def _moments_beside(self, k: int) -> bool:
        beside = (self.operand_before(k), self.operand_after(k + 1))
        kinds = {self.source_kind(span) for span in beside}
        if any(self.key(span.start) in NOWS | _NOW_WORDS | {"CURRENT_DATE"} for span in beside):
            return True
        stored = {self.kind(span) for span in beside}
        moments = {LogicalType.TIMESTAMP, LogicalType.DATE, LogicalType.TIME}
        return bool(kinds & moments) and not stored <= NUMBERS

    def _match(self, k: int, chunks: list[Chunk]) -> int:
        key = self.key(k)
        if "~~" in key:
            inverse = "NOT " if key.startswith("!") else ""
            if not key.endswith("*"):
                self.doubt("LIKE takes no notice of the case of letters on libsql.")
            chunks.append(Chunk(k, f"{inverse}LIKE"))
            return k + 1
        pattern = self.string_value(k + 1)
        shape = glob_of(pattern) if pattern is not None and "*" not in key else None
        negated = key.startswith("!")
        if shape is None:
            self.doubt(f"The regular expression of {key} has no counterpart on libsql.")
            chunks.append(Chunk(k, self.tokens[k].text))
            return k + 1
        turned, text = shape
        word = "NOT GLOB" if negated is not turned else "GLOB"
        chunks.append(Chunk(k, f"{word} {literal(text)}"))
        return k + 2

    def _reach(self, k: int, span: Span, chunks: list[Chunk]) -> int:
        path = self.string_value(k + 1)
        start, before, text = self.take_operand(k, span, chunks)
        if path is None or not re.fullmatch(r"\{[\w\-, ]+\}", path):
            self.doubt(f"The path of {self.key(k)} was not understood.")
            chunks.append(Chunk(start.start, f"{before}{text} {self.key(k)}"))
            return k + 1
        steps = [step.strip() for step in path[1:-1].split(",")]
        way = "$" + "".join(
            f"[{step}]" if step.isdecimal() else f'."{step}"' if "-" in step else f".{step}"
            for step in steps
        )
        arrow = "->>" if self.key(k) == "#>>" else "->"
        stop = k + 4 if self.at(k + 2, "::") else k + 2
        chunks.append(Chunk(start.start, f"{before}({text} {arrow} {literal(way)})", whole=True))
        return min(stop, k + 2)

    # Functions

    def _call(self, k: int, chunks: list[Chunk]) -> int:
        key = self.key(k)
        stop = self.close(k + 1) + 1
        if key in NOWS:
            return self._now(k, stop, chunks)
        if key in SAME:
            chunks.append(Chunk(k, self.tokens[k].text))
            return k + 1
        from mig_assist.draft.derive.functions_of_postgres import CALLS

        rule = CALLS.get(key)
        text = rule(self, k, self.arguments(k + 1)) if rule else None
        if text is not None:
            chunks.append(Chunk(k, text, whole=True))
            return stop
        if key in RENAMED:
            upper = self.tokens[k].text.isupper()
            chunks.append(Chunk(k, RENAMED[key].upper() if upper else RENAMED[key]))
            return k + 1
        if rule is None:
            self.doubt(f"{self.tokens[k].text}() is not known on libsql.")
        chunks.append(Chunk(k, self.tokens[k].text))
        return k + 1


def glob_of(expression: str) -> tuple[bool, str] | None:
    """A regular expression as a GLOB, and whether that says the opposite; None without one."""
    if match := re.fullmatch(r"\^\[([^\]^\\]+)\]\*\$", expression):
        return True, f"*[^{match[1]}]*"
    if match := re.fullmatch(r"(\^?)([\w \-:/@,]*)(\$?)", expression):
        head = "" if match[1] else "*"
        return False, head + match[2] + ("" if match[3] else "*")
    return None


def _unescaped(match: re.Match[str]) -> str:
    octal, short, four, plain = match.groups()
    if plain is not None:
        return _CONTROL.get(plain, plain)
    return chr(int(octal, 8) if octal else int(short or four, 16))
