"""libsql's expressions and queries as PostgreSQL's."""

from __future__ import annotations

import re

from mig_assist.backend import Backend
from mig_assist.draft.derive.casts_to_postgres import cast
from mig_assist.draft.derive.json_paths import json_path, reach, text_of_bytes
from mig_assist.draft.derive.moments import NUMBERS
from mig_assist.draft.derive.moments_to_postgres import now_word
from mig_assist.draft.derive.patterns_to_postgres import collate, glob, like
from mig_assist.draft.derive.rewrite import COMPARISONS, Chunk, Span, Writer
from mig_assist.draft.derive.rows_of_json import print_rows
from mig_assist.draft.derive.tokens import Sort
from mig_assist.draft.derive.words import POSTGRES_ONLY, SOMETIMES_NAMES, string_value
from mig_assist.engines.logical_types import LogicalType
from mig_assist.engines.spelling import literal, quoted

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
SAME = frozenset(
    """
    ABS COALESCE NULLIF UPPER LENGTH REPLACE TRIM LTRIM RTRIM COUNT SUM AVG ROW_NUMBER RANK
    DENSE_RANK NTILE LAG LEAD FIRST_VALUE LAST_VALUE NTH_VALUE PERCENT_RANK CUME_DIST SIGN CEIL
    CEILING FLOOR LN SQRT EXP POWER POW DEGREES RADIANS SIN COS TAN ASIN ACOS ATAN PI CONCAT
    CONCAT_WS OCTET_LENGTH MOD TRUNC
    """.split()
)
_RENAMED = {"IFNULL": "coalesce", "INSTR": "strpos", "CHAR": "chr", "UNICODE": "ascii"}
_NOW_WORDS = frozenset("CURRENT_TIMESTAMP CURRENT_DATE CURRENT_TIME".split())
_BEFORE_COLUMNS = frozenset("( , SELECT SET WHERE AND OR BY COLUMN ADD RENAME TO".split())
_JOIN_ENDS = frozenset(
    "JOIN LEFT INNER CROSS NATURAL WHERE GROUP ORDER LIMIT UNION EXCEPT INTERSECT RETURNING HAVING"
    " ) ,".split()
)
_ARITHMETIC = frozenset("+ - * / %".split())


class ToPostgres(Writer):
    """Prints libsql's expressions for PostgreSQL."""

    source = Backend.LIBSQL

    def step(self, k: int, span: Span, chunks: list[Chunk]) -> int:
        """See :meth:`Writer.step`."""
        token = self.tokens[k]
        match token.sort:
            case Sort.NUMBER:
                chunks.append(Chunk(k, self._number(k)))
                return k + 1
            case Sort.BLOB:
                chunks.append(Chunk(k, f"'\\x{token.text[2:-1].lower()}'::bytea"))
                return k + 1
            case Sort.NAME:
                chunks.append(Chunk(k, self.name_text(k)))
                return k + 1
            case Sort.WORD:
                return self._word(k, span, chunks)
            case Sort.SYMBOL:
                return self._symbol(k, span, chunks)
        chunks.append(Chunk(k, token.text))
        return k + 1

    # Constants

    def constant(self, span: Span, wanted: LogicalType | None) -> str | None:
        """See :meth:`Writer.constant`."""
        if span.stop - span.start != 1:
            return None
        token = self.tokens[span.start]
        if wanted is LogicalType.BOOLEAN:
            if token.sort is Sort.NUMBER and token.text in ("0", "1"):
                return self._flag(token.text == "1")
            if token.sort is Sort.STRING and token.text in ("'0'", "'1'"):
                return self._flag(token.text == "'1'")
            if token.sort is Sort.NUMBER:
                self.doubt(f"{token.text} stands where PostgreSQL wants a boolean.")
        if wanted in NUMBERS and token.key in ("TRUE", "FALSE"):
            return "1" if token.key == "TRUE" else "0"
        if wanted is LogicalType.TIMESTAMP and token.sort is Sort.NUMBER:
            return f"to_timestamp({token.text})"
        if wanted is LogicalType.JSON and token.sort is Sort.NUMBER:
            return f"'{token.text}'"
        if wanted is LogicalType.JSON and token.sort is Sort.BLOB:
            text = text_of_bytes(token.text)
            if text is not None:
                return literal(text)
            self.doubt("These bytes hold no JSON.")
        return None

    def _flag(self, value: bool) -> str:
        return "TRUE" if value else "FALSE"

    def _number(self, k: int) -> str:
        text = self.tokens[k].text
        if text in ("0", "1") and self._beside_flag(k):
            return self._flag(text == "1")
        return text

    def _beside_flag(self, k: int) -> bool:
        """Whether a number is compared with a column that is a boolean."""
        before = self.key(k - 1)
        if self.key(k + 1) in _ARITHMETIC or before in _ARITHMETIC:
            return False
        if before == "WHEN" and self.key(k + 1) == "THEN":
            return self._is_flag(self._case_operand(k - 1))
        if before in COMPARISONS and k in self._wanted:  # an assignment
            return False
        if before in COMPARISONS or before in ("IS", "NOT"):
            p = k - 1
            if before == "NOT":
                if self.key(p - 1) != "IS":
                    return False
                p -= 1
            if before in ("<", ">", "<=", ">="):
                return False
            return self._is_flag(self.operand_before(p))
        if self.key(k + 1) in ("=", "==", "<>", "!="):
            return self._is_flag(self.operand_after(k + 2))
        p = k - 1
        while self.key(p) == "," or (self.sort(p) is Sort.NUMBER and p > 0):
            p -= 1
        if self.key(p) == "(" and self.key(p - 1) == "IN" and self.key(k + 1) in (",", ")"):
            p -= 2
            if self.key(p) == "NOT":
                p -= 1
            return self._is_flag(self.operand_before(p + 1))
        call = self._coalesced(k)
        return call is not None and self._is_flag(call)

    def _case_operand(self, k: int) -> Span:
        """What stands between the CASE of a WHEN and its first WHEN."""
        depth, first = 0, k
        for p in range(k - 1, max(k - 500, -1), -1):
            key = self.key(p)
            if key == "END":
                depth += 1
            elif key == "CASE" and depth:
                depth -= 1
            elif key == "CASE":
                return Span(p + 1, first)
            elif key == "WHEN" and not depth:
                first = p
        return Span(k, k)

    def _coalesced(self, k: int) -> Span | None:
        """The first argument of a COALESCE of which a number is the last."""
        if self.key(k + 1) != ")" or self.key(k - 1) != ",":
            return None
        opening = self.partners.get(k + 1, 0)
        if self.key(opening - 1) not in ("COALESCE", "IFNULL"):
            return None
        return self.arguments(opening)[0]

    def _is_flag(self, span: Span) -> bool:
        bare = self.bare(span)
        if self.column(bare) is None and self.key(bare.start) not in ("COALESCE", "IFNULL"):
            return False
        return self.kind(bare) is LogicalType.BOOLEAN

    # Words

    def _word(self, k: int, span: Span, chunks: list[Chunk]) -> int:
        key = self.key(k)
        if self.is_call(k):
            if key == "CAST":
                return cast(self, k, chunks)
            return self._call(k, chunks)
        if key in _NOW_WORDS and self.key(k - 1) != ".":
            chunks.append(Chunk(k, now_word(self, k), whole=True))
            return k + 1
        match key:
            case "IS":
                return self._is(k, chunks)
            case "NOT" if self.key(k + 1) == "NULL" and self._after_operand(k):
                chunks.append(Chunk(k, "IS NOT NULL"))
                return k + 2
            case "NOT" if self.at(k, "NOT", "INDEXED"):
                chunks.append(Chunk(k, ""))
                return k + 2
            case "INDEXED" if self.key(k + 1) == "BY":
                chunks.append(Chunk(k, ""))
                return k + 3
            case "LIKE":
                chunks.append(Chunk(k, like(self, k)))
                return k + 1
            case "GLOB":
                return glob(self, k, chunks)
            case "REGEXP":
                chunks.append(Chunk(k, "~"))
                return k + 1
            case "MATCH" if self._after_operand(k):
                self.doubt("MATCH has no counterpart on PostgreSQL.")
            case "JOIN" if self._joins_everything(k):
                chunks.append(Chunk(k, _cased("cross join", self.tokens[k].text)))
                return k + 1
            case "COLLATE":
                return collate(self, k, chunks)
            case "LIMIT":
                return self._limit(k, span, chunks)
            case "ROWID" | "OID" | "_ROWID_" if self._is_rowid(k):
                chunks.append(Chunk(k, self._rowid(k)))
                return k + 1
            case "ISNULL":
                chunks.append(Chunk(k, "IS NULL"))
                return k + 1
            case "NOTNULL":
                chunks.append(Chunk(k, "IS NOT NULL"))
                return k + 1
            case "TRUE" | "FALSE" if self._beside_number(k):
                chunks.append(Chunk(k, "1" if key == "TRUE" else "0"))
                return k + 1
        text = self.name_text(k)
        chunks.append(Chunk(k, text))
        return k + 1

    def _joins_everything(self, k: int) -> bool:
        """Whether a JOIN has no condition, which only PostgreSQL asks for."""
        if self.key(k - 1) in ("LEFT", "OUTER", "INNER", "CROSS", "NATURAL", "RIGHT", "FULL"):
            return False
        stop = self.find(k + 1, len(self.tokens), "ON", "USING", *_JOIN_ENDS)
        return self.key(stop) not in ("ON", "USING") or self.key(stop + 1) == "CONFLICT"

    def _beside_number(self, k: int) -> bool:
        if self.key(k - 1) in COMPARISONS:
            return self.kind(self.operand_before(k - 1)) in NUMBERS
        return self.key(k + 1) in COMPARISONS and self.kind(self.operand_after(k + 2)) in NUMBERS

    def _after_operand(self, k: int) -> bool:
        if k == 0:
            return False
        token = self.tokens[k - 1]
        if token.key in (")", "END", "NULL"):
            return True
        return token.sort in (Sort.NAME, Sort.STRING, Sort.NUMBER) or (
            token.sort is Sort.WORD and self.column(self.operand_before(k)) is not None
        )

    def name_text(self, k: int) -> str:
        """See :meth:`Writer.name_text`."""
        token = self.tokens[k]
        real = self.real_name(k)
        if token.sort is Sort.NAME:
            name = real or token.name
            if token.text[0] == '"' and name == token.name:
                return token.text
            return self.spelled(name) if _PLAIN.fullmatch(name) else quoted(name)
        if real is not None and real.lower() == token.folded and real != token.folded:
            return quoted(real)
        if token.key in POSTGRES_ONLY and self._stands_for_name(k):
            return quoted(token.folded)
        if token.key in SOMETIMES_NAMES and self._is_in_place_of_name(k):
            return quoted(token.folded)
        return token.text

    def _is_in_place_of_name(self, k: int) -> bool:
        """Whether no keyword can stand here, and the word is a column's name."""
        if self.key(k - 1) == ".":
            return True
        before = self.key(k - 1) in _BEFORE_COLUMNS
        return before and self.column(Span(k, k + 1)) is not None

    def _stands_for_name(self, k: int) -> bool:
        """Whether a word that PostgreSQL reserves is a name here: it always is one to SQLite."""
        return not (self.key(k) == "ANY" and self.key(k + 1) == "(")

    def _is_rowid(self, k: int) -> bool:
        return self.column(Span(k, k + 1)) is None

    def _rowid(self, k: int) -> str:
        tables = list({id(t): t for t in self.tables.values()}.values())
        qualifier = self.tokens[k - 2].folded if self.key(k - 1) == "." else ""
        table = (
            self.tables.get(qualifier) if qualifier else (tables[0] if len(tables) == 1 else None)
        )
        for column in table.columns.values() if table else ():
            if column.numbered:
                return self.spelled(column.postgres_name)
        if self.key(k) == "ROWID" or qualifier:
            self.doubt("PostgreSQL has no row id: name a column instead.")
        return self.tokens[k].text

    def _is(self, k: int, chunks: list[Chunk]) -> int:
        inverse = self.key(k + 1) == "NOT"
        after = k + 2 if inverse else k + 1
        if self.key(after) in ("NULL", "DISTINCT", "TRUE", "FALSE", "UNKNOWN"):
            chunks.append(Chunk(k, self.tokens[k].text))
            return k + 1
        if self.sort(after) is Sort.NUMBER and self._beside_flag(after):
            kept = self.source_text(Span(k, after))
            chunks.append(Chunk(k, kept))
            return after
        chunks.append(Chunk(k, "IS DISTINCT FROM" if inverse else "IS NOT DISTINCT FROM"))
        return after

    def _limit(self, k: int, span: Span, chunks: list[Chunk]) -> int:
        stop = self.find(k + 1, span.stop, "OFFSET", ",", ")", "RETURNING")
        word = self.tokens[k].text
        if self.key(stop) == ",":
            end = self.find(stop + 1, span.stop, ")", "RETURNING")
            offset = self.argument(Span(k + 1, stop))
            chunks.append(Chunk(k, f"{word} {self.argument(Span(stop + 1, end))} OFFSET {offset}"))
            return end
        if self.at(k + 1, "-") and self.tokens[k + 2].text == "1":
            chunks.append(Chunk(k, f"{word} ALL"))
            return k + 3
        chunks.append(Chunk(k, word))
        return k + 1

    # Signs

    def _symbol(self, k: int, span: Span, chunks: list[Chunk]) -> int:
        key = self.key(k)
        if key in COMPARISONS:
            self._check_compared(k)
        if key == "==":
            chunks.append(Chunk(k, "="))
            return k + 1
        if key in ("->", "->>"):
            return self._arrow(k, span, chunks)
        if key == "||":
            self._check_joined(k)
        if key == "/":
            self._check_division(k)
        chunks.append(Chunk(k, self.tokens[k].text))
        return k + 1

    def _check_compared(self, k: int) -> None:
        """Doubt a comparison of what PostgreSQL does not compare, or not in the same way."""
        if k + 1 in self._wanted:  # an assignment
            return
        spans = self.operand_before(k), self.operand_after(k + 1)
        for column in map(self.column, spans):
            if column is not None and column.without_case:
                self.doubt(f"{column.libsql_name} is compared without case on libsql only.")

    def value(self, span: Span, wanted: LogicalType | None) -> str:
        """See :meth:`Writer.value`; conditions and numbers are no longer one."""
        text = super().value(span, wanted)
        if wanted is None or self.wanted_of(span) or self.key(self.bare(span).start) == "CASE":
            return text
        held = self.kind(span)
        if wanted in NUMBERS and held is LogicalType.BOOLEAN and not text.isdecimal():
            return f"CAST({text} AS INTEGER)"
        single = span.stop - span.start == 1
        if wanted is LogicalType.BOOLEAN and held in NUMBERS and not single:
            return f"{text} <> 0" if text.startswith("CAST(") else f"({text}) <> 0"
        return text

    def _check_joined(self, k: int) -> None:
        left, right = self.kind(self.operand_before(k)), self.kind(self.operand_after(k + 1))
        texts = {LogicalType.TEXT, None}
        if left not in texts and right not in texts and self.key(k - 1) != "||":
            self.doubt("|| joins values that are no texts: cast one of them to TEXT.")

    def _check_division(self, k: int) -> None:
        left, right = self.operand_before(k), self.operand_after(k + 1)
        kinds = {self.kind(left), self.kind(right)}
        sums = {self.key(left.start), self.key(right.start)} & {"SUM", "AVG"}
        if LogicalType.DECIMAL in kinds or ("SUM" in sums and LogicalType.REAL not in kinds):
            self.doubt("This division yields a fraction on PostgreSQL and may be whole on libsql.")

    def _arrow(self, k: int, span: Span, chunks: list[Chunk]) -> int:
        right = self.operand_after(k + 1)
        start, before, text = self.take_operand(k, span, chunks)
        if self.kind(start) is not LogicalType.JSON and "::jsonb" not in text and "->" not in text:
            text = f"CAST({text} AS JSONB)"
        path = None
        if right.stop - right.start == 1 and self.sort(right.start) is Sort.STRING:
            value = string_value(self.tokens[right.start].text)
            path = json_path(value) if value.startswith("$") else [value]
        key = self.key(k)
        if path is None and self.sort(right.start) is not Sort.NUMBER:
            self.doubt(f"The path of {key} was not understood.")
        if path is not None:
            chunks.append(Chunk(start.start, before + reach(text, path, key), whole=True))
            return right.stop
        chunks.append(Chunk(start.start, f"{before}{text} {key} {self.render(right)}", whole=True))
        return right.stop

    # Functions

    def _call(self, k: int, chunks: list[Chunk]) -> int:
        if k in self.rows:
            return print_rows(self, k, chunks)
        key = self.key(k)
        stop = self.close(k + 1) + 1
        if key in SAME:
            chunks.append(Chunk(k, self.tokens[k].text))
            return k + 1
        if key in _RENAMED:
            chunks.append(Chunk(k, _cased(_RENAMED[key], self.tokens[k].text)))
            return k + 1
        arguments = self.arguments(k + 1)
        if self.key(stop) == "OVER" and key not in ("SUM", "MIN", "MAX"):
            arguments = arguments or []
        from mig_assist.draft.derive.functions_of_libsql import CALLS

        rule, told = CALLS.get(key), len(self.doubts)
        text = rule(self, k, arguments) if rule is not None else None
        if text is not None:
            chunks.append(Chunk(k, text, whole=True))
            return stop
        if len(self.doubts) == told:
            self.doubt(f"{self.tokens[k].text}() is not known on PostgreSQL as it is called here.")
        chunks.append(Chunk(k, self.tokens[k].text))
        return k + 1

    def plain_text(self, span: Span) -> str | None:
        """The text that a span is, where it is a string literal alone."""
        if span.stop - span.start != 1 or self.sort(span.start) is not Sort.STRING:
            return None
        return string_value(self.tokens[span.start].text)

    def as_json(self, span: Span) -> str:
        """An argument as JSONB."""
        text = self.argument(span)
        if self.kind(span) is LogicalType.JSON:
            return text
        return f"CAST({text} AS JSONB)"

    def as_text(self, span: Span) -> str:
        """An argument as a text."""
        text = self.argument(span)
        return text if self.kind(span) is LogicalType.TEXT else f"CAST({text} AS TEXT)"


def _cased(name: str, like: str) -> str:
    return name.upper() if like.isupper() else name
