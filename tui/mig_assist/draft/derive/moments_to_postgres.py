"""SQLite's date and time functions for PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mig_assist.draft.derive.moments import instant, layout_of, printed
from mig_assist.draft.derive.rewrite import Span
from mig_assist.draft.derive.tokens import Sort
from mig_assist.draft.derive.words import string_value
from mig_assist.engines.logical_types import LogicalType
from mig_assist.engines.spelling import literal

if TYPE_CHECKING:
    from mig_assist.draft.derive.to_postgres import ToPostgres


def now_word(writer: ToPostgres, k: int) -> str:
    """CURRENT_TIMESTAMP and its like as what is wanted there."""
    key = writer.key(k)
    wanted = writer.expected(Span(k, k + 1))
    kept = {
        "CURRENT_TIMESTAMP": LogicalType.TIMESTAMP,
        "CURRENT_DATE": LogicalType.DATE,
        "CURRENT_TIME": LogicalType.TIME,
    }
    if wanted is kept[key]:
        return writer.tokens[k].text
    return printed("now()", True, layout_of(key), wanted) or writer.tokens[k].text


def moment(writer: ToPostgres, k: int, arguments: list[Span]) -> str | None:
    """A call of SQLite's date and time functions; None where it is not understood."""
    key = writer.key(k)
    spans = list(arguments)
    if key == "STRFTIME":
        if not spans or writer.sort(spans[0].start) is not Sort.STRING:
            return None
        layout = string_value(writer.tokens[spans.pop(0).start].text)
    else:
        layout = layout_of(key)
    base, zoned = "now()", True
    modifiers: list[str] = []
    if spans:
        first = writer.plain_text(spans[0])
        if first is None or first.lower() not in ("now", "subsec", "subsecond"):
            found = _moment_base(writer, spans)
            if found is None:
                return None
            base, zoned = found
        elif first.lower() != "now":
            modifiers.append(first)
        spans = spans[1:]
    for span in spans:
        text = writer.plain_text(span)
        if text is None:
            base = f"{base} + CAST({writer.argument(span)} AS INTERVAL)"
        elif text.lower() not in ("unixepoch", "auto"):
            modifiers.append(text)
    changed = instant(base, modifiers, zoned=zoned)
    if changed is None:
        return None
    end = writer.close(k + 1) + 1
    wanted = writer.expected(Span(k, end))
    if "subsec" in modifiers and layout == "%s":
        return f"extract(epoch FROM {changed[0]})"
    return printed(*changed, layout, wanted)


def _moment_base(writer: ToPostgres, spans: list[Span]) -> tuple[str, bool] | None:
    span = spans[0]
    text = writer.plain_text(span)
    rest = [(writer.plain_text(s) or "").lower() for s in spans[1:]]
    held = writer.kind(span)
    if span.start in writer.settled:
        return writer.argument(span), True
    if "unixepoch" in rest or ("auto" in rest and held is LogicalType.INTEGER):
        return f"to_timestamp({writer.argument(span)})", True
    if text is not None:
        return f"TIMESTAMP {literal(text)}", False
    if held is LogicalType.TIMESTAMP:
        column = writer.column(span)
        zoned = column is None or "without" not in column.postgres
        return writer.argument(span), zoned
    if held in (LogicalType.TEXT, LogicalType.DATE):
        return f"CAST({writer.argument(span)} AS TIMESTAMP)", False
    return None
