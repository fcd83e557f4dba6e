"""libsql's CAST for PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mig_assist.backend import Backend
from mig_assist.draft.derive.rewrite import Chunk, Span
from mig_assist.draft.derive.tokens import Sort
from mig_assist.draft.derive.types_of import to_postgres
from mig_assist.draft.derive.words import is_call_of
from mig_assist.engines.logical_types import LogicalType, logical_type, split_modifier

if TYPE_CHECKING:
    from mig_assist.draft.derive.to_postgres import ToPostgres

_MOMENTS = frozenset("DATETIME DATE TIME STRFTIME UNIXEPOCH JULIANDAY".split())


def cast(writer: ToPostgres, k: int, chunks: list[Chunk]) -> int:
    """A CAST at a place; the place behind it."""
    stop = writer.close(k + 1)
    place = writer.find(k + 2, stop, "AS")
    declared = writer.source_text(Span(place + 1, stop))
    inner = Span(k + 2, place)
    name = split_modifier(declared)[0].upper()
    kind = {"INTEGER": "BIGINT", "INT": "BIGINT", "REAL": "DOUBLE PRECISION"}.get(name)
    if kind is None:
        if name == "NUMERIC":
            kind = declared
        elif name == "TEXT":
            kind = writer.source_text(Span(place + 1, stop))
        else:
            kind = to_postgres("", declared, type(writer.known.types)()).text
            if logical_type(kind, Backend.POSTGRES) is LogicalType.TEXT:
                kind = "TEXT"  # libsql cuts nothing off
    held = writer.kind(inner)
    if kind == "BIGINT":
        text = _as_integer(writer, inner, held)
        chunks.append(Chunk(k, text, whole=True))
        return stop + 1
    operand = writer.argument(inner)
    if kind == "BYTEA" and held is not LogicalType.BYTES:
        operand, kind = f"convert_to({operand}, 'UTF8')", ""
    if held is LogicalType.BOOLEAN and kind.upper() == "TEXT":
        operand = f"CAST({operand} AS INTEGER)"
    text = f"{writer.tokens[k].text}({operand} AS {kind})" if kind else operand
    chunks.append(Chunk(k, text, whole=True))
    return stop + 1


def _as_integer(writer: ToPostgres, inner: Span, held: LogicalType | None) -> str:
    operand = writer.argument(inner, LogicalType.INTEGER)
    if operand.startswith("CAST(floor(extract(epoch") and is_call_of(operand, "CAST"):
        return operand
    if held is LogicalType.BOOLEAN:
        return f"CAST(CAST({operand} AS INTEGER) AS BIGINT)"
    if held is LogicalType.TEXT and writer.sort(writer.bare(inner).start) is not Sort.STRING:
        call = writer.key(writer.bare(inner).start)
        if call not in _MOMENTS and call != "JSON_EXTRACT" and "->>" not in operand:
            writer.doubt("CAST of a text that is no number is 0 on libsql; PostgreSQL refuses it.")
    if held in (LogicalType.REAL, LogicalType.DECIMAL):
        return f"CAST(trunc({operand}) AS BIGINT)"
    return f"CAST({operand} AS BIGINT)"
