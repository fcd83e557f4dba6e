"""libsql's functions as PostgreSQL has them."""

# Every rule takes the same arguments.
# ruff: noqa: ARG001

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from mig_assist.draft.derive.json_paths import json_path, reach
from mig_assist.draft.derive.moments_to_postgres import moment
from mig_assist.draft.derive.nulls import may_be_null
from mig_assist.draft.derive.random_texts import random_digits
from mig_assist.draft.derive.rewrite import Span, Writer
from mig_assist.engines.logical_types import LogicalType
from mig_assist.engines.spelling import literal

if TYPE_CHECKING:
    from mig_assist.draft.derive.to_postgres import ToPostgres

Rule = Callable[["ToPostgres", int, "list[Span]"], "str | None"]


def random(writer: Writer, k: int, arguments: list[Span]) -> str:
    """random(), which only sorts alike in both directions."""
    if writer.key(k - 1) != "BY":
        writer.doubt("random() is a whole number on libsql, and from 0 to 1 on PostgreSQL.")
    return "random()"


def counts_from_the_start(writer: Writer, span: Span) -> bool:
    """Whether a number is never below 0: a place in a text, its length, or behind these."""
    counted, *steps = writer.split(*writer.bare(span), separator="+")
    return writer.called(counted) in ("INSTR", "STRPOS", "POSITION", "LENGTH") and all(
        writer.source_text(step).isdecimal() for step in steps
    )


def _moment(writer: ToPostgres, k: int, arguments: list[Span]) -> str | None:
    text = moment(writer, k, arguments)
    if text is None:
        writer.doubt(f"What {writer.tokens[k].text}() is asked for here was not understood.")
    return text


def _iif(writer: ToPostgres, k: int, arguments: list[Span]) -> str | None:
    if len(arguments) != 3:
        return None
    wanted = writer.expected(_whole(writer, k))
    condition, one, other = arguments
    test = writer.render(condition)
    return (
        f"CASE WHEN {test} THEN {writer.argument(one, wanted)}"
        f" ELSE {writer.argument(other, wanted)} END"
    )


def _extreme(word: str) -> Rule:
    def rule(writer: ToPostgres, k: int, arguments: list[Span]) -> str | None:
        if len(arguments) < 2:
            return writer.tokens[k].text + _in_place(writer, k)
        name = word.upper() if writer.tokens[k].text.isupper() else word
        texts = [writer.argument(argument) for argument in arguments]
        call = f"{name}({', '.join(texts)})"
        # One NULL makes SQLite's result NULL; PostgreSQL leaves it out.
        nullable = [
            text
            for text, argument in zip(texts, arguments, strict=True)
            if may_be_null(writer, argument)
        ]
        if not nullable:
            return call
        test = " AND ".join(f"{text} IS NOT NULL" for text in nullable)
        return f"CASE WHEN {test} THEN {call} END"

    return rule


def _substr(writer: ToPostgres, k: int, arguments: list[Span]) -> str | None:
    if len(arguments) < 2:
        return None
    start = writer.source_text(arguments[1]).replace(" ", "")
    if start.isdecimal() and int(start) >= 1:
        name = writer.tokens[k].text
        return name + _in_place(writer, k)
    if start.startswith("-") and start[1:].isdecimal() and len(arguments) == 2:
        return f"right({writer.argument(arguments[0])}, {start[1:]})"
    if counts_from_the_start(writer, arguments[1]):
        return writer.tokens[k].text + _in_place(writer, k)
    writer.doubt("substr() counts from the end below 1 on libsql, and does not on PostgreSQL.")
    return writer.tokens[k].text + _in_place(writer, k)


def _round(writer: ToPostgres, k: int, arguments: list[Span]) -> str | None:
    name = writer.tokens[k].text
    if len(arguments) == 2 and writer.kind(arguments[0]) is not LogicalType.DECIMAL:
        digits = writer.argument(arguments[1])
        text = writer.argument(arguments[0])
        return f"CAST({name}(CAST({text} AS NUMERIC), {digits}) AS DOUBLE PRECISION)"
    if len(arguments) == 1 and writer.kind(arguments[0]) is not LogicalType.DECIMAL:
        # PostgreSQL rounds halves of floating-point numbers to even.
        return f"{name}(CAST({writer.argument(arguments[0])} AS NUMERIC))"
    return name + _in_place(writer, k)


def _total(writer: ToPostgres, k: int, arguments: list[Span]) -> str | None:
    text = writer.argument(arguments[0]) if arguments else ""
    return f"CAST(coalesce(sum({text}), 0) AS DOUBLE PRECISION)"


def _group_concat(writer: ToPostgres, k: int, arguments: list[Span]) -> str | None:
    if not arguments:
        return None
    first = arguments[0]
    distinct = ""
    if writer.key(first.start) == "DISTINCT":
        distinct = "DISTINCT "
        first = Span(first.start + 1, first.stop)
    order = ""
    last = arguments[-1]
    place = writer.find(last.start, last.stop, "ORDER")
    if place < last.stop:
        order = " " + writer.render(Span(place, last.stop))
        arguments = [*arguments[:-1], Span(last.start, place)]
        if len(arguments) == 1:
            first = Span(first.start, place)
    separator = writer.argument(arguments[1]) if len(arguments) > 1 else "','"
    return f"string_agg({distinct}{writer.as_text(first)}, {separator}{order})"


def _hex(writer: ToPostgres, k: int, arguments: list[Span]) -> str | None:
    if len(arguments) != 1:
        return None
    if writer.called(arguments[0]) == "RANDOMBLOB":
        digits = random_digits(writer, arguments[0])
        return f"upper({digits})" if digits is not None else None
    text = writer.argument(arguments[0])
    if writer.kind(arguments[0]) is not LogicalType.BYTES:
        text = f"convert_to({text}, 'UTF8')"
    text = f"upper(encode({text}, 'hex'))"
    return f"coalesce({text}, '')" if may_be_null(writer, arguments[0]) else text


def _lower(writer: ToPostgres, k: int, arguments: list[Span]) -> str | None:
    if len(arguments) != 1:
        return None
    if writer.called(arguments[0]) == "HEX":
        inner = writer.arguments(writer.bare(arguments[0]).start + 1)
        digits = random_digits(writer, inner[0]) if len(inner) == 1 else None
        if digits is not None:
            return digits
    return writer.tokens[k].text + _in_place(writer, k)


def _random_blob(writer: ToPostgres, k: int, arguments: list[Span]) -> str | None:
    writer.doubt("PostgreSQL has no randomblob(); pgcrypto's gen_random_bytes() is one.")
    return None


def _json_valid(writer: ToPostgres, k: int, arguments: list[Span]) -> str | None:
    if len(arguments) != 1:
        return None
    if writer.kind(arguments[0]) is LogicalType.JSON:
        return "TRUE"
    return (
        f"({writer.argument(arguments[0])} IS JSON)"
        if _is_operand(writer, k)
        else (f"{writer.argument(arguments[0])} IS JSON")
    )


def _is_operand(writer: ToPostgres, k: int) -> bool:
    stop = writer.close(k + 1) + 1
    around = (writer.key(k - 1), writer.key(stop))
    return around[0] in ("NOT", "=", "<>") or around[1] in ("=", "==", "<>", "!=", "IS")


def _stands_for_text(writer: ToPostgres, span: Span) -> bool:
    """Whether an index is made over it, or an argument of COALESCE is a text where it is NULL."""
    if writer.at(0, "CREATE", "INDEX") or writer.at(0, "CREATE", "UNIQUE", "INDEX"):
        return True
    opening = span.start - 1
    if writer.key(opening) != "(" or writer.key(opening - 1) not in ("COALESCE", "IFNULL"):
        return False
    return any(
        writer.kind(other) is LogicalType.TEXT
        for other in writer.arguments(opening)
        if other.start != span.start
    )


def _json_extract(writer: ToPostgres, k: int, arguments: list[Span]) -> str | None:
    if len(arguments) != 2:
        return None
    path = writer.plain_text(arguments[1])
    steps = json_path(path) if path is not None else None
    if not steps:
        writer.doubt("The path of json_extract() was not understood.")
        return None
    whole = _whole(writer, k)
    wanted = writer.expected(whole)
    json = writer.as_json(arguments[0])
    if wanted is LogicalType.JSON:
        return reach(json, steps, "->")
    text = reach(json, steps, "->>")
    if writer.is_wrapped(whole):
        return text
    if wanted is LogicalType.INTEGER:
        beside = [
            writer.tokens[p].text
            for p in (whole.stop + 1, whole.start - 2)
            if p >= 0 and p < len(writer.tokens)
        ]
        if "0" in beside or "1" in beside:
            writer.doubt("A true or false in JSON is 1 or 0 on libsql, and a text on PostgreSQL.")
        return f"CAST({text} AS BIGINT)"
    if wanted in (LogicalType.REAL, LogicalType.DECIMAL):
        return f"CAST({text} AS NUMERIC)"
    if wanted is LogicalType.BOOLEAN:
        return f"CAST({text} AS BOOLEAN)"
    tested = writer.key(whole.stop) in ("IS", "IN", "NOT", "LIKE", "ISNULL", "NOTNULL")
    if wanted is not LogicalType.TEXT and not tested and not _stands_for_text(writer, whole):
        writer.doubt("json_extract() yields a text here, whatever the JSON holds.")
    return text


def _json_made(name: str) -> Rule:
    def rule(writer: ToPostgres, k: int, arguments: list[Span]) -> str | None:
        texts = [writer.argument(argument) for argument in arguments]
        text = name + _laid_out(writer, k, texts)
        wanted = writer.expected(_whole(writer, k))
        if wanted is LogicalType.TEXT:
            writer.doubt(f"{name}() writes blanks into its text, and libsql none.")
            return f"CAST({text} AS TEXT)"
        return text

    return rule


def _json(writer: ToPostgres, k: int, arguments: list[Span]) -> str | None:
    return writer.as_json(arguments[0]) if len(arguments) == 1 else None


def _json_of_json(name: str) -> Rule:
    def rule(writer: ToPostgres, k: int, arguments: list[Span]) -> str | None:
        if len(arguments) != 1:
            return None
        return f"{name}({writer.as_json(arguments[0])})"

    return rule


def _json_type(writer: ToPostgres, k: int, arguments: list[Span]) -> str | None:
    if len(arguments) != 1:
        return None
    stop = writer.close(k + 1) + 1
    compared = writer.tokens[stop + 1].text if stop + 1 < len(writer.tokens) else ""
    if not (writer.key(stop) in ("=", "==", "<>", "!=") and compared in ("'object'", "'array'")):
        writer.doubt("jsonb_typeof() has other names for texts, numbers and booleans.")
    return f"jsonb_typeof({writer.as_json(arguments[0])})"


def _json_set(writer: ToPostgres, k: int, arguments: list[Span]) -> str | None:
    if len(arguments) < 3 or len(arguments) % 2 == 0:
        return None
    text = writer.as_json(arguments[0])
    for path_span, value in zip(arguments[1::2], arguments[2::2], strict=True):
        path = writer.plain_text(path_span)
        steps = json_path(path) if path is not None else None
        if not steps:
            writer.doubt("The path of json_set() was not understood.")
            return None
        if len(steps) > 1:
            writer.doubt("jsonb_set() changes nothing where what holds the last step is missing.")
        listed = literal("{" + ",".join(steps) + "}")
        plain = writer.plain_text(value)
        is_text = plain is None and writer.kind(value) is LogicalType.TEXT
        held = writer.as_text(value) if is_text else writer.argument(value)
        if writer.kind(value) is not LogicalType.JSON:
            held = f"to_jsonb({held})"
        if plain is not None:
            held = f"to_jsonb(CAST({literal(plain)} AS TEXT))"
        single = len(arguments) == 3
        texts = [text, listed, held]
        text = "jsonb_set" + (_laid_out(writer, k, texts) if single else f"({', '.join(texts)})")
    if writer.expected(_whole(writer, k)) is LogicalType.TEXT:
        writer.doubt("jsonb_set() writes JSON with other blanks and order than libsql.")
        return f"CAST({text} AS TEXT)"
    return text


def _json_remove(writer: ToPostgres, k: int, arguments: list[Span]) -> str | None:
    if len(arguments) < 2:
        return None
    text = writer.as_json(arguments[0])
    for span in arguments[1:]:
        path = writer.plain_text(span)
        steps = json_path(path) if path is not None else None
        if not steps:
            return None
        text = f"{text} #- {literal('{' + ','.join(steps) + '}')}"
    if writer.expected(_whole(writer, k)) is LogicalType.TEXT:
        writer.doubt("PostgreSQL writes JSON with other blanks and order than libsql.")
        return f"CAST({text} AS TEXT)"
    return f"({text})"


def _printf(writer: ToPostgres, k: int, arguments: list[Span]) -> str | None:
    layout = writer.plain_text(arguments[0]) if arguments else None
    if layout is None:
        writer.doubt("A format that is not a constant was not carried.")
        return None
    plain = layout.replace("%%", "").replace("%s", "").replace("%d", "").replace("%i", "")
    if "%" in plain:
        writer.doubt("PostgreSQL's format() knows neither widths nor other kinds than %s.")
    texts = [writer.argument(argument) for argument in arguments[1:]]
    shape = literal(layout.replace("%d", "%s").replace("%i", "%s"))
    return f"format({', '.join([shape, *texts])})"


def _typeof(writer: ToPostgres, k: int, arguments: list[Span]) -> str | None:
    writer.doubt("typeof() asks how libsql stores a value; PostgreSQL's column has one type.")
    return f"pg_typeof({writer.argument(arguments[0])})" if arguments else None


def _inner(writer: ToPostgres, k: int, arguments: list[Span]) -> str | None:
    return writer.argument(arguments[0]) if arguments else None


def _quote(writer: ToPostgres, k: int, arguments: list[Span]) -> str | None:
    if arguments and writer.kind(arguments[0]) is not LogicalType.TEXT:
        writer.doubt("quote() of what is no text is written otherwise on PostgreSQL.")
    return f"quote_nullable({writer.argument(arguments[0])})" if arguments else None


def _whole(writer: ToPostgres, k: int) -> Span:
    return Span(k, writer.close(k + 1) + 1)


def _laid_out(writer: ToPostgres, k: int, texts: list[str]) -> str:
    """Arguments in parentheses, on the lines on which those of a call stand."""
    out = ""
    for n, (span, text) in enumerate(zip(writer.arguments(k + 1), texts, strict=True)):
        before = writer.tokens[span.start].before
        new_line = "\n" in before and not text.startswith(before)
        out += "," * (n > 0)
        out += before + text if new_line else text if text.startswith(before) else f" {text}"
    closing = writer.tokens[writer.close(k + 1)].before
    return f"({out.removeprefix(' ')}{closing if chr(10) in closing else ''})"


def _in_place(writer: ToPostgres, k: int) -> str:
    """The arguments of a call that keeps its name, in their parentheses."""
    return writer.tokens[k + 1].before + writer.render(Span(k + 1, writer.close(k + 1) + 1))


CALLS: Mapping[str, Rule] = {
    **dict.fromkeys(("DATETIME", "DATE", "TIME", "STRFTIME", "UNIXEPOCH", "JULIANDAY"), _moment),
    "IIF": _iif,
    "MIN": _extreme("least"),
    "MAX": _extreme("greatest"),
    "SUBSTR": _substr,
    "SUBSTRING": _substr,
    "ROUND": _round,
    "TOTAL": _total,
    "GROUP_CONCAT": _group_concat,
    "STRING_AGG": _group_concat,
    "HEX": _hex,
    "LOWER": _lower,
    "RANDOM": random,
    "RANDOMBLOB": _random_blob,
    "JSON_VALID": _json_valid,
    "JSON_EXTRACT": _json_extract,
    "JSON_OBJECT": _json_made("jsonb_build_object"),
    "JSON_ARRAY": _json_made("jsonb_build_array"),
    "JSON_GROUP_ARRAY": _json_made("jsonb_agg"),
    "JSON_GROUP_OBJECT": _json_made("jsonb_object_agg"),
    "JSON": _json,
    "JSON_ARRAY_LENGTH": _json_of_json("jsonb_array_length"),
    "JSON_TYPE": _json_type,
    "JSON_SET": _json_set,
    "JSON_REMOVE": _json_remove,
    "PRINTF": _printf,
    "FORMAT": _printf,
    "TYPEOF": _typeof,
    "LIKELY": _inner,
    "UNLIKELY": _inner,
    "LIKELIHOOD": _inner,
    "QUOTE": _quote,
}
