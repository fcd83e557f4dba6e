"""Values of a column: which to try, how SQL writes them, and when two of them are one."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from uuid import UUID

from mig_assist.backend import Backend
from mig_assist.engines import spelling
from mig_assist.engines.logical_types import LogicalType, logical_type
from mig_assist.verify.parity.probes.texts import Literal, literals, samples, says

Value = None | bool | int | float | str | bytes | datetime


_OTHER = {
    "inet": "127.0.0.1",
    "cidr": "10.0.0.0/8",
    "interval": "1 day",
    "macaddr": "08:00:2b:01:02:03",
    "tsvector": "a",
    "xml": "<a/>",
    "point": "(1,2)",
    "bit": "1",
    "oid": "1",
}
START = datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)
_NUMERIC = (LogicalType.INTEGER, LogicalType.REAL, LogicalType.DECIMAL)
_MOST_CHARACTERS = 5000
_MOST_LITERALS = 24
_SMALL = 10**4
_TEXTS = (
    *("a", "aa", "aaaaaaaa", "a" * 32, "a" * 40, "a" * 64, "1", "0", "A", "a-a", "{}", "[]"),
    *("a@example.org", "https://example.org/a", "/a", "2024-01-02", "2024-01-02 03:04:05"),
    *("2024-01-02T03:04:05Z", "03:04:05", "00000000-0000-4000-8000-000000000001", "127.0.0.1"),
    *("1.0.0", "v1.0.0", "#aaaaaa", "en", "USD", "a.a", "a/a", "a:a", "+15550100", "sha256:a"),
)


def affinity(declared: str) -> str:
    """The affinity of a declared type (https://www.sqlite.org/datatype3.html, section 3.1)."""
    upper = declared.upper()
    for words, result in (
        (("INT",), "INTEGER"),
        (("CHAR", "CLOB", "TEXT"), "TEXT"),
        (("BLOB",), "BLOB"),
        (("REAL", "FLOA", "DOUB"), "REAL"),
    ):
        if any(word in upper for word in words):
            return result
    return "NUMERIC" if upper and upper != "ANY" else "BLOB"


def fresh(kind: LogicalType, index: int, postgres_type: str = "") -> Value:
    """A plain value of a kind, another one for each index."""
    match kind:
        case LogicalType.INTEGER | LogicalType.DECIMAL:
            return 1001 + index
        case LogicalType.REAL:
            return 1001.5 + index
        case LogicalType.BOOLEAN:
            return index % 2 == 0
        case LogicalType.JSON:
            return "{}" if index == 0 else json.dumps({"a": index})
        case LogicalType.TIMESTAMP:
            return START + timedelta(days=index)
        case LogicalType.DATE:
            return (START + timedelta(days=index)).date().isoformat()
        case LogicalType.TIME:
            return f"{(3 + index) % 24:02}:04:05"
        case LogicalType.UUID:
            return str(UUID(int=0x40008000000000000001 + index))
        case LogicalType.BYTES:
            return bytes([97 + index % 26])
        case LogicalType.TEXT:
            return f"a{index + 1}"
    return _other(postgres_type)


def plain(kind: LogicalType, postgres_type: str = "") -> Value:
    """A plain value for a column that need not differ from row to row."""
    match kind:
        case LogicalType.INTEGER | LogicalType.DECIMAL:
            return 1
        case LogicalType.REAL:
            return 1.0
        case LogicalType.TEXT:
            return "a"
    return fresh(kind, 0, postgres_type)


def edges(
    kind: LogicalType,
    texts: Sequence[str],
    *,
    labels: Sequence[str] = (),
    limit: int | None = None,
    postgres_type: str = "",
) -> tuple[Value, ...]:
    """The values at which rules may change their mind, the likeliest first; NULL is not among them.

    Args:
        texts: the rules that mention the column.
        labels: all that an enum holds.
        limit: the most characters or the greatest number that PostgreSQL's type takes.
    """
    if labels:
        return tuple(labels)
    found = [value for text in texts for value in literals(text)]
    match kind:
        case LogicalType.INTEGER:
            values: Iterator[Value] = _integers(found, limit or 2**63 - 1)
        case LogicalType.REAL | LogicalType.DECIMAL:
            values = _reals(found)
        case LogicalType.BOOLEAN:
            values = iter((True, False))
        case LogicalType.TEXT:
            values = _strings(found, texts, limit)
        case LogicalType.JSON:
            values = _documents(found, invalid=says(texts, r"json_valid|is json"))
        case LogicalType.TIMESTAMP | LogicalType.DATE | LogicalType.TIME:
            values = _instants(kind, found)
        case LogicalType.UUID:
            values = _uuids(found)
        case LogicalType.BYTES:
            values = _bytes(found)
        case _:
            values = iter((_other(postgres_type),))
    return tuple(dict.fromkeys(values))


def plausible(kind: LogicalType, limit: int | None = None) -> tuple[Value, ...]:
    """Further values among which one may please a rule that cannot be read."""
    if kind is LogicalType.TEXT:
        return tuple(text for text in _TEXTS if limit is None or len(text) <= limit)
    if kind is LogicalType.INTEGER:
        numbers = (2, 3, 10, 100, 1000, 1_700_000_000, 1_700_000_000_000)
        return tuple(number for number in numbers if number <= (limit or number))
    if kind in (LogicalType.REAL, LogicalType.DECIMAL):
        return (0.25, 2, 10, 100)
    return ()


def literal(value: Value, kind: LogicalType, backend: Backend, type_: str) -> str:
    """A value as SQL of one side writes it for a column of a type."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        if backend is Backend.POSTGRES and type_ == "boolean":
            return "true" if value else "false"
        value = int(value)
    if isinstance(value, datetime):
        value = _instant(value, backend, type_)
    if isinstance(value, bytes):
        return f"'\\x{value.hex()}'" if backend is Backend.POSTGRES else f"X'{value.hex()}'"
    if (
        kind is LogicalType.UUID
        and backend is Backend.LIBSQL
        and affinity(type_) == "BLOB"
        and type_
    ):
        return f"X'{UUID(str(value)).hex}'"
    if isinstance(value, int | float):
        number = repr(value)
        textual = logical_type(type_, backend) not in _NUMERIC and backend is Backend.POSTGRES
        return f"'{number}'" if textual else number
    return spelling.literal(value)


def canonical(raw: object, kind: LogicalType) -> object:
    """What an engine returned, so that equal values of a kind are equal objects."""
    if raw is None:
        return None
    with suppress(ValueError, InvalidOperation, OverflowError, TypeError):
        return _CANONICAL.get(kind, _text)(raw)
    return _text(raw)


def alike(left: object, right: object, *, chance: bool = False, any_numbers: bool = False) -> bool:
    """Whether two values can come from one clock, though they differ: in one unit, and near.

    Args:
        chance: they can come from random generators, of which texts of one form tell enough.
        any_numbers: two numbers are alike, whatever they are.
    """
    if left == right:
        return True
    if left is None or right is None:
        return False
    if isinstance(left, str) and isinstance(right, str):
        return _texts_alike(left, right, chance=chance)
    one, two = _number(left), _number(right)
    return one is not None and two is not None and (any_numbers or _near(one, two))


def shown(value: object) -> str:
    """A value for people."""
    if value is None:
        return "NULL"
    text = value if isinstance(value, str) else str(value)
    return repr(text if len(text) <= 80 else text[:79] + "…") if isinstance(value, str) else text


def _integers(found: Sequence[Literal], limit: int) -> Iterator[Value]:
    numbers = [n for n in found if not isinstance(n, str)][:_MOST_LITERALS]
    numbers += [int(n) for n in found if isinstance(n, str) and re.fullmatch(r"-?\d{1,18}", n)]
    candidates = [m for n in numbers for m in (int(n), math.floor(n) - 1, math.ceil(n) + 1)]
    candidates += [n * m for n, m in pairwise(map(int, numbers)) if max(abs(n), abs(m)) < _SMALL]
    yield from (n for n in (1, 0, *candidates, 2, -1) if abs(n) <= limit)


def _reals(found: Sequence[Literal]) -> Iterator[Value]:
    numbers = [float(n) for n in found if not isinstance(n, str)][:_MOST_LITERALS]
    near = [v for n in numbers for v in (n, n - 0.5, n + 0.5, n - 1, n + 1)]
    yield from (1.0, 0.0, *near, 2.0, -1.0)


def _strings(found: Sequence[Literal], texts: Sequence[str], limit: int | None) -> Iterator[Value]:
    words = [text for text in found if isinstance(text, str)][:_MOST_LITERALS]
    sizes: list[int] = []
    if says(texts, r"len"):
        sizes = [n for n in found if isinstance(n, int) and 0 <= n <= _MOST_CHARACTERS]
    if limit is not None and limit <= _MOST_CHARACTERS:
        sizes.append(limit)
    candidates: list[str] = [*words, *(s for word in words for s in samples(word))]
    candidates.append("a")
    candidates += ["a" * n for size in sizes for n in (size, size + 1, size - 1) if n >= 0]
    candidates += ["", " ", "A", "b"]
    if says(texts, r"trim|like|glob|~|regexp|upper|lower|collate|citext"):
        candidates += ["\t", "\n", " a ", "  "]
        for word in words[:8]:
            candidates += [word.upper(), word.lower(), f" {word}", f"{word} "]
    candidates += [t for word in words[:12] for t in (f"{word}a", f"a{word}", word[:-1])]
    if says(texts, r"like|glob|~|regexp"):
        for word in words[:8]:
            for sample in samples(word):
                candidates += [sample.upper(), sample + "a", "a" + sample, sample[:-1], sample[1:]]
                candidates += [sample + "\n", sample + " ", sample.replace("a", "1")]
    candidates += ["é", "É"] if says(texts, r"len|upper|lower|like|substr|~|glob") else []
    if says(texts, r"json"):
        candidates += [str(value) for value in _documents(found, invalid=True)]
    if says(texts, r"date|time|julian"):
        candidates += ["2024-01-02", "2024-02-30", "2024-01-02 03:04:05", "2024-01-02T03:04:05Z"]
    candidates += [str(n) for n in found if not isinstance(n, str)][:8]
    candidates += ["disallowed"]
    yield from (
        text
        for text in candidates
        if "\0" not in text and (limit is None or len(text) <= limit + 1)
    )


def _documents(found: Sequence[Literal], *, invalid: bool) -> Iterator[Value]:
    yield from ("{}", "[]")
    keys = [k.removeprefix("$.") for k in found if isinstance(k, str)]
    keys = [key for key in keys if re.fullmatch(r"[A-Za-z_]\w*", key)][:6]
    for key in keys:
        for content in (1, "a", None, *keys[:4]):
            yield json.dumps({key: content})
    yield from ("1", '"a"', "null", "true", '{"a": 1}', "[1]", '[{"a": [1, null]}]')
    if invalid:
        yield from ("{", "", "a", "{'a': 1}", "[1,]")


def _instants(kind: LogicalType, found: Sequence[Literal]) -> Iterator[Value]:
    days = (0, 1, -1, 400)
    if kind is LogicalType.TIMESTAMP:
        instants = [_parsed(text) for text in found if isinstance(text, str)]
        for instant in instants:
            if instant is not None:
                second = timedelta(seconds=1)
                yield from (instant, instant - second, instant + second)
        yield from (START + timedelta(days=day) for day in days)
        return
    form = r"\d{4}-\d\d-\d\d" if kind is LogicalType.DATE else r"\d\d:\d\d(?::\d\d)?"
    yield from (t for t in found if isinstance(t, str) and re.fullmatch(form, t))
    if kind is LogicalType.DATE:
        yield from ((START + timedelta(days=day)).date().isoformat() for day in days)
    else:
        yield from ("03:04:05", "00:00:00", "23:59:59")


def _uuids(found: Sequence[Literal]) -> Iterator[Value]:
    for text in found:
        with suppress(ValueError, AttributeError):
            yield str(UUID(str(text)))
    yield from (fresh(LogicalType.UUID, 0), fresh(LogicalType.UUID, 1), str(UUID(int=0)))


def _bytes(found: Sequence[Literal]) -> Iterator[Value]:
    yield from (b"a", b"")
    for number in found:
        if isinstance(number, int) and 0 < number <= _MOST_CHARACTERS:
            yield from (b"a" * number, b"a" * (number + 1), b"a" * (number - 1))


def _other(postgres_type: str) -> Value:
    if postgres_type.endswith("[]"):
        return "{}"
    if postgres_type.endswith("range"):
        return "empty"
    return _OTHER.get(re.sub(r"\W.*", "", postgres_type), "1")


def _instant(value: datetime, backend: Backend, type_: str) -> str | int:
    if backend is Backend.LIBSQL and affinity(type_) in ("INTEGER", "REAL"):
        return int(value.timestamp())
    if backend is Backend.POSTGRES and "with time zone" in type_:
        return value.strftime("%Y-%m-%d %H:%M:%S+00")
    return value.strftime("%Y-%m-%d %H:%M:%S")


def _parsed(text: object) -> datetime | None:
    with suppress(ValueError):
        when = datetime.fromisoformat(str(text).strip())
        return when if when.tzinfo else when.replace(tzinfo=UTC)
    return None


_MILLISECONDS = 100_000_000_000


def _timestamp(raw: object) -> object:
    if isinstance(raw, int | float | Decimal):
        number = float(raw)
        return round(number / 1000 if abs(number) >= _MILLISECONDS else number, 6)
    when = _parsed(raw)
    return round(when.timestamp(), 6) if when else _text(raw)


_CLOCK_UNITS = (1, 1e3, 1e6, 1e9)
"""Of seconds, milliseconds, microseconds and nanoseconds since 1970, in a second."""
_HOUR = 3600
_DAY = 86_400


def _texts_alike(left: str, right: str, *, chance: bool) -> bool:
    if left.isdecimal() and right.isdecimal() and _near(int(left), int(right)):
        return True
    one, two = _parsed(left), _parsed(right)
    if one is not None and two is not None:
        days = len(left.strip()) == len(right.strip()) == len("2024-01-02")
        return abs((one - two).total_seconds()) <= (_DAY if days else _HOUR)
    signs = r"[0-9a-fA-F]" if chance else r"[0-9]"
    shape, other = (re.sub(signs, "0", _FRACTION.sub("", text)) for text in (left, right))
    if shape != other or (one is None) is not (two is None):
        return False
    return len(shape) >= _SHORTEST if chance else re.search(r"00:00|0{4}-00", shape) is not None


_FRACTION = re.compile(r"(?<=:\d\d)\.\d+")
_SHORTEST = 8
"""The fewest signs of a text of which its form tells that a generator made it."""


def _near(left: float, right: float) -> bool:
    """Whether two numbers are of one clock and one unit; days and minutes count as numbers."""
    units = [
        next((unit for unit in _CLOCK_UNITS if 1e9 <= number / unit <= 4.1e9), None)
        for number in (left, right)
    ]
    if units[0] is None and units[1] is None:
        return abs(left - right) <= 1e-7 * max(abs(left), abs(right))
    return units[0] == units[1] and abs(left - right) <= _HOUR * (units[0] or 1)


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _integer(raw: object) -> object:
    if isinstance(raw, str | int | Decimal) or (isinstance(raw, float) and raw.is_integer()):
        return int(raw)
    return raw


def _real(raw: object) -> object:
    return float(f"{float(str(raw)):.14g}") + 0.0


def _boolean(raw: object) -> object:
    if isinstance(raw, str):
        return {"t": True, "true": True, "1": True, "f": False, "false": False, "0": False}.get(
            raw.lower(), raw
        )
    return bool(raw) if raw in (0, 1) else raw


def _json(raw: object) -> object:
    document = json.loads(raw) if isinstance(raw, str | bytes) else raw
    return json.dumps(document, sort_keys=True, default=float)


def _uuid(raw: object) -> object:
    return str(UUID(bytes=raw) if isinstance(raw, bytes) and len(raw) == 16 else UUID(_text(raw)))


def _blob(raw: object) -> object:
    if isinstance(raw, bytes):
        return raw.hex()
    text = str(raw)
    return text[2:] if text.startswith("\\x") else text.encode().hex()


def _text(raw: object) -> str:
    if isinstance(raw, bytes):
        return raw.decode(errors="backslashreplace")
    if isinstance(raw, bool):
        return str(int(raw))
    return str(raw)


def _anything(raw: object) -> object:
    """What a view or a column without a type yields: numbers, times and documents as such."""
    if isinstance(raw, bool | int | float | Decimal):
        return _real(int(raw) if isinstance(raw, bool) else raw)
    if not isinstance(raw, str):
        return _json(raw) if isinstance(raw, dict | list) else _text(raw)
    for read in (_real, _json if raw[:1] in ("{", "[") else _timestamp):
        with suppress(ValueError, InvalidOperation, OverflowError, TypeError):
            return read(raw)
    return raw


_CANONICAL = {
    LogicalType.ANY: _anything,
    LogicalType.INTEGER: _integer,
    LogicalType.REAL: _real,
    LogicalType.DECIMAL: _real,
    LogicalType.TEXT: _text,
    LogicalType.BOOLEAN: _boolean,
    LogicalType.JSON: _json,
    LogicalType.TIMESTAMP: _timestamp,
    LogicalType.DATE: _text,
    LogicalType.TIME: _text,
    LogicalType.UUID: _uuid,
    LogicalType.BYTES: _blob,
}
