"""Points in time: SQLite's functions of texts, and PostgreSQL's types."""

from __future__ import annotations

import re

from mig_assist.engines.logical_types import LogicalType
from mig_assist.engines.spelling import literal

_STEP = re.compile(
    r"\s*([+-]?)\s*(\d+(?:\.\d+)?)\s+(second|minute|hour|day|month|year)s?\s*", re.IGNORECASE
)
_START = re.compile(r"\s*start of (day|month|year)\s*", re.IGNORECASE)
_LAYOUTS = {
    "DATETIME": "%Y-%m-%d %H:%M:%S",
    "CURRENT_TIMESTAMP": "%Y-%m-%d %H:%M:%S",
    "DATE": "%Y-%m-%d",
    "CURRENT_DATE": "%Y-%m-%d",
    "TIME": "%H:%M:%S",
    "CURRENT_TIME": "%H:%M:%S",
    "UNIXEPOCH": "%s",
    "JULIANDAY": "%J",
}
_FIELDS = {
    "Y": "YYYY",
    "m": "MM",
    "d": "DD",
    "H": "HH24",
    "M": "MI",
    "S": "SS",
    "f": "SS.MS",
    "j": "DDD",
    "F": "YYYY-MM-DD",
    "T": "HH24:MI:SS",
    "R": "HH24:MI",
}
_BACK = (
    ("SS.MS", "%f"),
    ("YYYY", "%Y"),
    ("MM", "%m"),
    ("DDD", "%j"),
    ("DD", "%d"),
    ("HH24", "%H"),
    ("MI", "%M"),
    ("SS", "%S"),
)
NUMBERS = frozenset({LogicalType.INTEGER, LogicalType.REAL, LogicalType.DECIMAL})
PRECISE = "subsec"


def layout_of(function: str) -> str:
    """What a function without a layout of its own prints."""
    return _LAYOUTS[function]


def to_char_layout(layout: str) -> str | None:
    """A layout of strftime() for to_char(); None where a field has no counterpart."""
    out, quoted = "", ""
    k = 0
    while k < len(layout):
        letter = layout[k]
        field = None
        if letter == "%":
            k += 1
            name = layout[k : k + 1]
            if name != "%":
                field = _FIELDS.get(name)
                if field is None:
                    return None
        if field is None:
            if letter.isalnum() or letter in '"\\':
                quoted += letter
                k += 1
                continue
            field = letter
        if quoted:
            out += f'"{quoted}"'
            quoted = ""
        out += field
        k += 1
    return out + (f'"{quoted}"' if quoted else "")


def strftime_layout(layout: str) -> str | None:
    """A layout of to_char() for strftime(); None where a field has no counterpart."""
    out = ""
    k = 0
    while k < len(layout):
        if layout[k] == '"':
            stop = layout.find('"', k + 1)
            if stop < 0:
                return None
            out += layout[k + 1 : stop].replace("%", "%%")
            k = stop + 1
            continue
        for field, letter in _BACK:
            if layout.startswith(field, k):
                out += letter
                k += len(field)
                break
        else:
            if layout[k].isalnum():
                return None
            out += layout[k].replace("%", "%%")
            k += 1
    return out


def instant(base: str, modifiers: list[str], *, zoned: bool) -> tuple[str, bool] | None:
    """A point in time with SQLite's modifiers applied, and whether it has a zone.

    Args:
        modifiers: the plain texts of them.
    """
    text = base
    for modifier in modifiers:
        step = _STEP.fullmatch(modifier)
        start = _START.fullmatch(modifier)
        if step:
            sign = "-" if step[1] == "-" else "+"
            number, unit = step[2], step[3].lower()
            plural = "" if number == "1" else "s"
            text = f"{text} {sign} INTERVAL '{number} {unit}{plural}'"
        elif start:
            if zoned:
                text = f"{_grouped(text)} AT TIME ZONE 'UTC'"
            text, zoned = f"date_trunc('{start[1].lower()}', {text})", False
        elif modifier.strip().lower() not in ("utc", PRECISE, "subsecond"):
            return None
    return text, zoned


def printed(text: str, zoned: bool, layout: str, wanted: LogicalType | None) -> str | None:
    """A point in time as the layout prints it, or as the type that is wanted holds it."""
    if layout == "%s":
        if wanted is LogicalType.TIMESTAMP:
            return text
        epoch = f"CAST(floor(extract(epoch FROM {text})) AS BIGINT)"
        return f"CAST({epoch} AS TEXT)" if wanted is LogicalType.TEXT else epoch
    if layout == "%J":
        # Days since noon of November 24th, 4714 before Christ; 1970 began at 2440587.5.
        return f"(extract(epoch FROM {text}) / 86400.0 + 2440587.5)"
    if (wanted is LogicalType.TIMESTAMP and "%Y" in layout) or (
        wanted is LogicalType.TIMESTAMP and "%F" in layout
    ):
        if "%H" in layout or "%T" in layout:
            return "CURRENT_TIMESTAMP" if text == "now()" else text
        return f"date_trunc('day', {text})"
    utc = f"{_grouped(text)} AT TIME ZONE 'UTC'" if zoned else text
    if wanted is LogicalType.DATE and layout == "%Y-%m-%d":
        return f"CAST({utc} AS DATE)"
    if wanted is LogicalType.TIME and layout == "%H:%M:%S":
        return f"CAST({utc} AS TIME)"
    shape = to_char_layout(layout)
    return None if shape is None else f"to_char({utc}, {literal(shape)})"


def _grouped(text: str) -> str:
    return f"({text})" if " " in text else text


_INTERVAL = re.compile(
    r"\s*([+-]?)\s*(\d+(?:\.\d+)?)\s*"
    r"(seconds?|secs?|minutes?|mins?|months?|mons?|hours?|days?|weeks?|years?|[smhdwy])\s*",
    re.IGNORECASE,
)
_UNITS = {"s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week", "y": "year"}


def modifiers_of(interval: str, minus: bool) -> list[str] | None:
    """The modifiers that add an interval, or take it away; None where they are not known."""
    found: list[str] = []
    position = 0
    while position < len(interval):
        match = _INTERVAL.match(interval, position)
        if match is None:
            return None
        sign, number, unit = match.groups()
        unit = unit.lower()
        unit = _UNITS.get(unit, unit)
        unit = {"mon": "month", "mons": "month", "min": "minute", "mins": "minute"}.get(unit, unit)
        unit = {"sec": "second", "secs": "second"}.get(unit, unit).removesuffix("s")
        if unit == "week":
            number, unit = f"{float(number) * 7:g}", "day"
        negative = (sign == "-") is not minus
        plural = "" if number == "1" else "s"
        found.append(f"{'-' if negative else '+'}{number} {unit}{plural}")
        position = match.end()
    return found or None
