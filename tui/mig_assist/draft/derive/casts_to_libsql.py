"""PostgreSQL's casts for libsql."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mig_assist.draft.derive.moments import NUMBERS
from mig_assist.draft.derive.rewrite import Chunk, Span
from mig_assist.draft.derive.tokens import Sort
from mig_assist.draft.derive.words import is_call_of
from mig_assist.engines.logical_types import (
    LogicalType,
    logical_type,
    postgres_name,
    split_modifier,
)

if TYPE_CHECKING:
    from mig_assist.draft.derive.to_libsql import ToLibsql


def double_colon(writer: ToLibsql, k: int, span: Span, chunks: list[Chunk]) -> int:
    """A cast that is written behind its operand."""
    stop, declared = _type_after(writer, k + 1)
    left = writer.operand_before(k)
    start, before, text = writer.take_operand(k, span, chunks)
    chunks.append(Chunk(start.start, before + _cast_text(writer, left, text, declared), whole=True))
    return stop


def _type_after(writer: ToLibsql, k: int) -> tuple[int, str]:
    """Where a type that begins at a place ends, and what it is."""
    start = k
    while writer.key(k + 1) == ".":
        k += 2
    first = writer.key(k)
    k += 1
    follow = {
        "DOUBLE": "PRECISION",
        "CHARACTER": "VARYING",
        "CHAR": "VARYING",
        "BIT": "VARYING",
    }
    if writer.key(k) == follow.get(first, "·"):
        k += 1
    if writer.key(k) == "(":
        k = writer.close(k) + 1
    if first in ("TIMESTAMP", "TIME") and writer.key(k) in ("WITH", "WITHOUT"):
        k += 3
    while writer.key(k) == "[":
        k = writer.close(k) + 1
    return k, writer.source_text(Span(start, k))


def cast(writer: ToLibsql, k: int, chunks: list[Chunk]) -> int:
    """A cast that is written as a call."""
    stop = writer.close(k + 1)
    place = writer.find(k + 2, stop, "AS")
    declared = writer.source_text(Span(place + 1, stop))
    inner = Span(k + 2, place)
    text = writer.argument(inner)
    chunks.append(Chunk(k, _cast_text(writer, inner, text, declared), whole=True))
    return stop + 1


def _cast_text(writer: ToLibsql, span: Span, text: str, declared: str) -> str:
    """A cast, left out where libsql's values are what they should be anyway."""
    meant = logical_type(declared, writer.source, enums=tuple(writer.known.enums))
    plain = writer.string_value(span.start) if span.stop - span.start == 1 else None
    held = writer.kind(span)
    match meant:
        case LogicalType.INTEGER:
            if writer.sort(span.start) is Sort.NUMBER and span.stop - span.start == 1:
                return text
            if is_call_of(text, "unixepoch"):
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
        case LogicalType.DECIMAL if modifier := split_modifier(declared)[1]:
            return _rounded(writer, text, modifier)
        case LogicalType.REAL | LogicalType.DECIMAL:
            return f"CAST({text} AS {'REAL' if meant is LogicalType.REAL else 'NUMERIC'})"
        case LogicalType.BOOLEAN:
            if plain is not None:
                return "TRUE" if plain.lower() in ("t", "true", "1", "yes", "on") else "FALSE"
            if held in NUMBERS:
                return f"({text} <> 0)"
            if held is not LogicalType.BOOLEAN:
                writer.doubt("This cast to boolean was left out.")
            return text
        case LogicalType.DATE:
            return text if plain is not None else f"date({text})"
        case LogicalType.TIMESTAMP if split_modifier(declared)[1] and plain is None:
            writer.doubt(f"The cast to {declared} rounds the seconds; on libsql it was left out.")
            return text
        case LogicalType.TIMESTAMP | LogicalType.JSON | LogicalType.UUID | LogicalType.ENUM:
            return text
        case LogicalType.BYTES if plain is not None and plain.startswith("\\x"):
            return f"x'{plain[2:]}'"
        case LogicalType.BYTES:
            return f"CAST({text} AS BLOB)"
        case LogicalType.ARRAY if is_call_of(text, "json_array"):
            return text
    if declared.lower().rpartition(".")[2] in ("regclass", "citext"):
        return text
    writer.doubt(f"The cast to {declared} was left out.")
    return text


def _rounded(writer: ToLibsql, text: str, modifier: str) -> str:
    """A number with so many digits behind the point, rounded as PostgreSQL rounds a numeric."""
    _, _, scale = modifier.partition(",")
    if scale.startswith("-"):
        writer.doubt("round() of libsql leaves no digits out before the point.")
    return f"round({text}, {scale})" if scale.strip("0") else f"round({text})"


def typed_literal(writer: ToLibsql, k: int, chunks: list[Chunk]) -> int:
    """A constant behind the name of its type."""
    if writer.key(k) == "INTERVAL":
        writer.doubt("An INTERVAL by itself has no counterpart on libsql.")
        chunks.append(Chunk(k, writer.string(k + 1)))
        return k + 2
    text = _cast_text(writer, Span(k + 1, k + 2), writer.string(k + 1), writer.tokens[k].text)
    chunks.append(Chunk(k, text, whole=True))
    return k + 2
