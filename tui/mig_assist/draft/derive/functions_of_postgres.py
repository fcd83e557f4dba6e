"""PostgreSQL's functions as libsql has them."""

# Every rule takes the same arguments.
# ruff: noqa: ARG001

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from mig_assist.draft.derive.functions_of_libsql import counts_from_the_start, random
from mig_assist.draft.derive.json_paths import json_way, path_steps
from mig_assist.draft.derive.moments import NUMBERS, strftime_layout
from mig_assist.draft.derive.nulls import may_be_null
from mig_assist.draft.derive.rewrite import Span
from mig_assist.draft.derive.to_libsql import PLAIN_UUID
from mig_assist.draft.derive.tokens import Sort
from mig_assist.draft.derive.words import is_call_of, within
from mig_assist.engines.logical_types import LogicalType
from mig_assist.engines.spelling import literal

if TYPE_CHECKING:
    from mig_assist.draft.derive.to_libsql import ToLibsql

Rule = Callable[["ToLibsql", int, "list[Span]"], "str | None"]


def _extreme(word: str) -> Rule:
    def rule(writer: ToLibsql, k: int, arguments: list[Span]) -> str | None:
        texts = [writer.argument(argument) for argument in arguments]
        if len(texts) < 2:
            return texts[0] if texts else None
        if any(may_be_null(writer, argument) for argument in arguments):
            writer.doubt(f"{word}() of a NULL is NULL on libsql; PostgreSQL leaves NULLs out.")
        name = word.upper() if writer.tokens[k].text.isupper() else word
        return f"{name}({', '.join(texts)})"

    return rule


def _uuid(writer: ToLibsql, k: int, arguments: list[Span]) -> str | None:
    return f"({PLAIN_UUID})"


def _extract(writer: ToLibsql, k: int, arguments: list[Span]) -> str | None:
    stop = writer.close(k + 1)
    if writer.key(k) == "EXTRACT":
        place = writer.find(k + 2, stop, "FROM")
        field = writer.source_text(Span(k + 2, place)).strip("'").lower()
        inner = Span(place + 1, stop)
    else:
        if len(arguments) != 2:
            return None
        field = (writer.string_value(arguments[0].start) or "").lower()
        inner = arguments[1]
    text = writer.render(inner)
    now = text.upper() == "CURRENT_TIMESTAMP" or text == "unixepoch()"
    moment = "'now'" if now else text
    if field == "epoch":
        if now:
            return "unixepoch()"
        if is_call_of(text, "datetime"):
            return f"unixepoch({text.removeprefix('datetime(')}"
        if writer.kind(inner) in NUMBERS:
            return text
        return f"unixepoch({text})"
    letters = {
        "year": "%Y", "month": "%m", "day": "%d", "hour": "%H", "minute": "%M", "dow": "%w",
        "doy": "%j",
    }  # fmt: skip
    if field not in letters:
        writer.doubt(f"extract({field}) has no counterpart on libsql.")
        return None
    layout = letters[field]
    numbered = ", 'unixepoch'" if writer.kind(inner) in NUMBERS and not now else ""
    return f"CAST(strftime('{layout}', {moment}{numbered}) AS INTEGER)"


def _to_char(writer: ToLibsql, k: int, arguments: list[Span]) -> str | None:
    if len(arguments) != 2:
        return None
    layout = writer.string_value(arguments[1].start)
    shape = strftime_layout(layout) if layout is not None else None
    if shape is None:
        writer.doubt("The layout of to_char() was not understood.")
        return None
    text = writer.argument(arguments[0])
    bare = within(text.strip())
    if bare.upper() == "CURRENT_TIMESTAMP":
        text = "'now'"
    elif is_call_of(bare, "datetime"):
        return f"strftime({literal(shape)}, {bare.removeprefix('datetime(')}"
    numbered = ", 'unixepoch'" if writer.kind(arguments[0]) in NUMBERS else ""
    return f"strftime({literal(shape)}, {text}{numbered})"


def _to_timestamp(writer: ToLibsql, k: int, arguments: list[Span]) -> str | None:
    if len(arguments) != 1:
        return None
    wanted = writer.expected(Span(k, writer.close(k + 1) + 1))
    text = writer.argument(arguments[0])
    return text if wanted is LogicalType.INTEGER else f"datetime({text}, 'unixepoch')"


def _date_trunc(writer: ToLibsql, k: int, arguments: list[Span]) -> str | None:
    field = writer.string_value(arguments[0].start) if len(arguments) == 2 else None
    if field not in ("day", "month", "year"):
        writer.doubt("date_trunc() has no counterpart on libsql.")
        return None
    text = writer.argument(arguments[1])
    if text.upper() == "CURRENT_TIMESTAMP":
        text = "'now'"
    return f"datetime({text}, 'start of {field}')"


def _substring(writer: ToLibsql, k: int, arguments: list[Span]) -> str | None:
    start, stop = k + 2, writer.close(k + 1)
    place = writer.find(start, stop, "FROM")
    count = writer.find(start, stop, "FOR")
    if writer.sort(place + 1) is Sort.STRING or writer.find(start, stop, "SIMILAR") < stop:
        writer.doubt("substring() with a regular expression has no counterpart on libsql.")
        return None
    if place == stop and count == stop:
        if len(arguments) > 1:
            begin = writer.source_text(arguments[1])
            counted = counts_from_the_start(writer, arguments[1])
            if not counted and (not begin.isdecimal() or begin == "0"):
                writer.doubt("substr() below 1 counts from the end on libsql.")
        texts = [writer.argument(argument) for argument in arguments]
    else:
        first = min(place, count)
        texts = [writer.render(Span(start, first))]
        texts.append(
            writer.render(Span(place + 1, max(count, place + 1) if count > place else stop))
            if place < stop
            else "1"
        )
        if count < stop:
            texts.append(writer.render(Span(count + 1, stop)))
    name = "SUBSTR" if writer.tokens[k].text.isupper() else "substr"
    return f"{name}({', '.join(texts)})"


def _trim(writer: ToLibsql, k: int, arguments: list[Span]) -> str | None:
    start, stop = k + 2, writer.close(k + 1)
    word = {"LEADING": "ltrim", "TRAILING": "rtrim", "BOTH": "trim"}.get(writer.key(start))
    if word:
        start += 1
    place = writer.find(start, stop, "FROM")
    if word is None and place == stop:
        name = writer.tokens[k].text
        if writer.key(k) == "BTRIM":
            name = "trim"
        return f"{name}({', '.join(writer.argument(argument) for argument in arguments)})"
    word = word or "trim"
    if place == stop:
        return f"{word}({', '.join(writer.render(s) for s in writer.split(start, stop))})"
    text = writer.render(Span(place + 1, stop))
    if place == start:
        return f"{word}({text})"
    return f"{word}({text}, {writer.render(Span(start, place))})"


def _position(writer: ToLibsql, k: int, arguments: list[Span]) -> str | None:
    stop = writer.close(k + 1)
    place = writer.find(k + 2, stop, "IN")
    part, text = writer.render(Span(k + 2, place)), writer.render(Span(place + 1, stop))
    return f"instr({text}, {part})"


def _left(writer: ToLibsql, k: int, arguments: list[Span]) -> str | None:
    if len(arguments) != 2:
        return None
    text, length = (writer.argument(argument) for argument in arguments)
    if not length.isdecimal() or (length == "0" and writer.key(k) == "RIGHT"):
        writer.doubt("left() and right() with a length of 0 or below were not carried.")
    return (
        f"substr({text}, 1, {length})" if writer.key(k) == "LEFT" else f"substr({text}, -{length})"
    )


def _encode(writer: ToLibsql, k: int, arguments: list[Span]) -> str | None:
    how = writer.string_value(arguments[1].start) if len(arguments) == 2 else None
    if how != "hex":
        writer.doubt(f"{writer.tokens[k].text}() knows only 'hex' on libsql.")
        return None
    text = writer.argument(arguments[0])
    if writer.key(k) == "ENCODE":
        return f"lower(hex({text}))"
    plain = writer.string_value(arguments[0].start)
    return f"x'{plain}'" if plain is not None else f"unhex({text})"


def _jsonb_set(writer: ToLibsql, k: int, arguments: list[Span]) -> str | None:
    if not 3 <= len(arguments) <= 4:
        return None
    steps = path_steps(writer.string_value(arguments[1].start))
    if steps is None:
        writer.doubt("The path of jsonb_set() was not understood.")
        return None
    creates = writer.source_text(arguments[3]).upper() if len(arguments) == 4 else "TRUE"
    if creates not in ("TRUE", "FALSE"):
        writer.doubt("Whether jsonb_set() may add something was not understood.")
    name = "json_set" if creates == "TRUE" else "json_replace"
    if len(steps) > 1 and creates == "TRUE":
        writer.doubt("json_set() makes what holds the last step where it is missing.")
    value = writer.argument(arguments[2])
    plain = writer.string_value(arguments[2].start)
    if plain is not None and writer.key(arguments[2].start + 1) in ("", ",", ")", "::"):
        value = f"json({literal(plain)})"
    elif is_call_of(value, "json_quote"):
        value = value.removeprefix("json_quote(").removesuffix(")")
    if writer.key(arguments[2].start) == "NULL":
        writer.doubt("jsonb_set() with NULL is NULL on PostgreSQL.")
    return f"{name}({writer.argument(arguments[0])}, {literal(json_way(steps))}, {value})"


def _to_jsonb(writer: ToLibsql, k: int, arguments: list[Span]) -> str | None:
    if len(arguments) != 1:
        return None
    kind = writer.source_kind(arguments[0])
    text = writer.argument(arguments[0])
    if kind is LogicalType.JSON or is_call_of(text, "json"):
        return text
    if may_be_null(writer, arguments[0]):
        writer.doubt("to_jsonb() of NULL is NULL on PostgreSQL, and a null of JSON on libsql.")
    if kind in (LogicalType.TIMESTAMP, LogicalType.ARRAY, LogicalType.BYTES):
        writer.doubt(f"{kind} is written otherwise into JSON on libsql.")
    return f"json_quote({text})"


def _typeof(writer: ToLibsql, k: int, arguments: list[Span]) -> str | None:
    stop = writer.close(k + 1) + 1
    compared = writer.tokens[stop + 1].text if stop + 1 < len(writer.tokens) else ""
    if compared not in ("'object'", "'array'"):
        writer.doubt("json_type() has other names for texts, numbers and booleans.")
    return f"json_type({writer.argument(arguments[0])})" if arguments else None


def _nonnulls(word: str) -> Rule:
    def rule(writer: ToLibsql, k: int, arguments: list[Span]) -> str | None:
        terms = [f"({writer.argument(argument)} {word})" for argument in arguments]
        return f"({' + '.join(terms)})"

    return rule


def _format(writer: ToLibsql, k: int, arguments: list[Span]) -> str | None:
    layout = writer.string_value(arguments[0].start) if arguments else None
    if layout is None or "%" in layout.replace("%s", "").replace("%%", ""):
        writer.doubt("format() with other kinds than %s was not carried.")
    texts = ", ".join(writer.argument(argument) for argument in arguments)
    return f"printf({texts})"


def _mod(writer: ToLibsql, k: int, arguments: list[Span]) -> str | None:
    if len(arguments) != 2 or {writer.kind(argument) for argument in arguments} != {
        LogicalType.INTEGER
    }:
        writer.doubt("mod() leaves fractions out on libsql.")
        return None
    left, right = (_operand(writer, argument) for argument in arguments)
    return f"({left} % {right})"


def _operand(writer: ToLibsql, span: Span) -> str:
    text = writer.argument(span)
    return text if span.stop - span.start == 1 else f"({text})"


def _trunc(writer: ToLibsql, k: int, arguments: list[Span]) -> str | None:
    if len(arguments) != 1:
        writer.doubt("trunc() to some digits has no counterpart on libsql.")
        return None
    return f"CAST({writer.argument(arguments[0])} AS INTEGER)"


def _nextval(writer: ToLibsql, k: int, arguments: list[Span]) -> str | None:
    writer.doubt("libsql has no sequences: let INTEGER PRIMARY KEY number the rows.")
    return None


CALLS: Mapping[str, Rule] = {
    "GREATEST": _extreme("max"),
    "LEAST": _extreme("min"),
    "GEN_RANDOM_UUID": _uuid,
    "UUID_GENERATE_V4": _uuid,
    "EXTRACT": _extract,
    "DATE_PART": _extract,
    "TO_CHAR": _to_char,
    "TO_TIMESTAMP": _to_timestamp,
    "DATE_TRUNC": _date_trunc,
    "SUBSTRING": _substring,
    "SUBSTR": _substring,
    "TRIM": _trim,
    "BTRIM": _trim,
    "POSITION": _position,
    "LEFT": _left,
    "RIGHT": _left,
    "ENCODE": _encode,
    "DECODE": _encode,
    "JSONB_SET": _jsonb_set,
    "TO_JSONB": _to_jsonb,
    "TO_JSON": _to_jsonb,
    "JSONB_TYPEOF": _typeof,
    "JSON_TYPEOF": _typeof,
    "NUM_NONNULLS": _nonnulls("IS NOT NULL"),
    "NUM_NULLS": _nonnulls("IS NULL"),
    "FORMAT": _format,
    "RANDOM": random,
    "MOD": _mod,
    "TRUNC": _trunc,
    "NEXTVAL": _nextval,
    "CURRVAL": _nextval,
    "SETVAL": _nextval,
}
