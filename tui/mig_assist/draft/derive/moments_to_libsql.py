"""PostgreSQL's reckoning with times and intervals for libsql."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mig_assist.draft.derive.moments import NUMBERS, modifiers_of
from mig_assist.draft.derive.rewrite import Chunk, Span
from mig_assist.draft.derive.tokens import Sort
from mig_assist.draft.derive.words import is_call_of
from mig_assist.engines.logical_types import LogicalType
from mig_assist.engines.spelling import literal

if TYPE_CHECKING:
    from mig_assist.draft.derive.to_libsql import ToLibsql

NOWS = frozenset("NOW TRANSACTION_TIMESTAMP STATEMENT_TIMESTAMP CLOCK_TIMESTAMP".split())
NOW_WORDS = frozenset("CURRENT_TIMESTAMP LOCALTIMESTAMP".split())

_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d)(:\d\d)?(\.\d+)?)? ?(Z|[+-]\d\d(?::?\d\d)?)?",
    re.IGNORECASE,
)


def stored_moment(text: str, kind: LogicalType, *, seconds: bool, zoned: bool) -> str | None:
    """A constant of time as libsql keeps it, in UTC; None where it was not understood.

    Args:
        seconds: whether it is kept as the number of seconds since 1970.
        zoned: whether PostgreSQL minds the zone in the text; elsewhere it leaves that out.
    """
    match = _MOMENT.fullmatch(text.strip())
    if match is None:
        return None
    day, minute, second, fraction, zone = match.groups()
    whole = kind is LogicalType.TIMESTAMP
    zone = (zone or "Z") if zoned and whole else "Z"
    clock = f"{minute or '00:00'}{second or ':00'}" if whole else "00:00:00"
    try:
        moment = datetime.fromisoformat(f"{day} {clock}{zone}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    fraction = (fraction or "").rstrip("0") if whole else ""
    if seconds:
        return None if len(fraction) > 1 else str(int(moment.timestamp()))
    if not whole:
        return literal(day)
    return literal(f"{moment:%Y-%m-%d %H:%M:%S}{fraction if len(fraction) > 1 else ''}")


def interval_at(writer: ToLibsql, k: int) -> tuple[int, str] | None:
    """The interval that is written at a place: where it ends, and its text."""
    if writer.key(k) == "INTERVAL" and writer.sort(k + 1) is Sort.STRING:
        return k + 2, writer.string_value(k + 1) or ""
    if writer.sort(k) is Sort.STRING and writer.at(k + 1, "::", "INTERVAL"):
        return k + 3, writer.string_value(k) or ""
    return None


def shift(writer: ToLibsql, k: int, span: Span, chunks: list[Chunk]) -> int:
    """A time so much later or earlier."""
    found = interval_at(writer, k + 1)
    assert found is not None  # noqa: S101 - the caller has looked
    stop, interval = found
    modifiers = modifiers_of(interval, writer.key(k) == "-")
    while writer.key(stop) in ("*", "/"):
        modifiers = _multiplied(writer, stop, modifiers)
        interval = f"{interval} {writer.key(stop)} …"
        stop = writer.operand_after(stop + 1).stop
    left = writer.operand_before(k)
    start, before, text = writer.take_operand(k, span, chunks)
    if modifiers is None:
        writer.doubt(f"The interval {interval!r} was not understood.")
        modifiers = []
    listed = "".join(f", {literal(modifier)}" for modifier in modifiers)
    if text.upper() == "CURRENT_TIMESTAMP":
        shifted = f"datetime('now'{listed})"
    elif text == "unixepoch()":
        shifted = f"unixepoch('now'{listed})"
    elif is_call_of(text, "datetime") or is_call_of(text, "unixepoch"):
        shifted = f"{text[:-1]}{listed})"
    else:
        number = writer.kind(left) in NUMBERS
        shifted = (
            f"unixepoch({text}, 'unixepoch'{listed})" if number else f"datetime({text}{listed})"
        )
    chunks.append(Chunk(start.start, before + shifted, whole=True))
    return stop


def _multiplied(writer: ToLibsql, k: int, modifiers: list[str] | None) -> list[str] | None:
    """An interval so many times; None where that is no whole number."""
    factor = writer.operand_after(k + 1)
    text = writer.source_text(factor)
    if modifiers is None or writer.key(k) != "*" or not text.isdecimal():
        return None
    found = []
    for modifier in modifiers:
        number, unit = modifier[1:].split()
        count = f"{float(number) * int(text):g}" if "." in number else str(int(number) * int(text))
        found.append(f"{modifier[0]}{count} {unit.removesuffix('s')}{'' if count == '1' else 's'}")
    return found


def is_day_shift(writer: ToLibsql, k: int, chunks: list[Chunk]) -> bool:
    """Whether days are added to or taken from a date."""
    made = bool(chunks) and chunks[-1].whole and chunks[-1].text.lstrip().startswith("date(")
    whole = writer.sort(k + 1) is Sort.NUMBER and writer.tokens[k + 1].text.isdecimal()
    held = writer.source_kind(writer.operand_before(k)) is LogicalType.DATE
    return whole and (made or held or writer.key(k - 1) == "CURRENT_DATE")


def shift_days(writer: ToLibsql, k: int, span: Span, chunks: list[Chunk]) -> int:
    """A day so many days later or earlier."""
    number = writer.tokens[k + 1].text
    start, before, text = writer.take_operand(k, span, chunks)
    unit = "day" if number == "1" else "days"
    if text.upper() in ("CURRENT_DATE", "DATE(CURRENT_TIMESTAMP)"):
        text = "'now'"
    shifted = f"date({text}, '{writer.key(k)}{number} {unit}')"
    chunks.append(Chunk(start.start, before + shifted, whole=True))
    return k + 2


def moments_beside(writer: ToLibsql, k: int) -> bool:
    """Whether a sign stands between times."""
    beside = (writer.operand_before(k), writer.operand_after(k + 1))
    kinds = {writer.source_kind(span) for span in beside}
    if any(writer.key(span.start) in NOWS | NOW_WORDS | {"CURRENT_DATE"} for span in beside):
        return True
    stored = {writer.kind(span) for span in beside}
    moments = {LogicalType.TIMESTAMP, LogicalType.DATE, LogicalType.TIME}
    return bool(kinds & moments) and not stored <= NUMBERS
