"""A column's relatives in the house, and what their types say of its own.

The declared type decides the family of the other side's, the house which of the family it is, and
a name only where relatives of that name agree.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from mig_assist.backend import Backend
from mig_assist.draft.derive.type_hints import TypeHint
from mig_assist.engines.logical_types import LogicalType, logical_type

_WORD = re.compile(r"[A-Z][A-Z0-9]*(?![a-z])|[A-Z]?[a-z0-9]+")
_FEW = 2
_CLEAR = 0.75
"""How many relatives by a part of their names are followed, and how many of them must agree."""

_ASKS = frozenset("is has had can may should must was use uses allow allows enable enables".split())
"""First words of what is true or false."""
_TIMES = frozenset(
    "at on time date timestamp created updated modified started stopped finished ended expires"
    " expiry until".split()
)
"""Last words of moments, which one table keeps in one way."""

_AMOUNTS = frozenset("size bytes amount total balance quota ms".split())
"""Last words of numbers that soon have no room in 32 bits, as moments have none."""
BIG = frozenset({"BIGINT", "INT8", "INT64", "UNSIGNED BIG INT", "BIGINT UNSIGNED"})
SMALL = frozenset({"SMALLINT", "INT2", "TINYINT"})
NARROW = frozenset({"integer", "smallint"})
"""PostgreSQL's integers that have less room than libsql's."""
_SPECIAL_TEXTS = frozenset({"character varying", "character", "citext"})

_NUMBERS = frozenset({LogicalType.INTEGER, LogicalType.DECIMAL, LogicalType.REAL})
_MOMENTS = frozenset({LogicalType.TIMESTAMP, LogicalType.DATE, LogicalType.TIME})
_PLAIN = frozenset({LogicalType.INTEGER, LogicalType.DECIMAL, LogicalType.REAL, LogicalType.TEXT})
"""What a libsql type says that stands for others, too."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The type that relatives have; ``doubt`` says where they do not agree.

    Attributes:
        near: whether they are called alike, or are told by a rule, and not just all columns.
    """

    type: str
    doubt: str = ""
    near: bool = True


@lru_cache(maxsize=4096)
def groups_of(name: str, hint: TypeHint) -> tuple[str, ...]:
    """The groups of a column's relatives, the nearest first."""
    return tuple(_groups(name, hint))


def _groups(name: str, hint: TypeHint) -> Iterator[str]:
    rules = {
        "numbered": hint.numbered,
        "flags": hint.flag,
        "json": hint.json,
        "json default": hint.json_default,
    }
    if hint.numbered:
        yield "numbered"
    yield f"name {name.lower()}"
    yield from (rule for rule, holds in rules.items() if holds and rule != "numbered")
    words = [word.lower() for word in _WORD.findall(name)]
    if words:
        yield f"part …_{words[-1]}"
        if words[0] in _ASKS:
            yield f"part {words[0]}_…"
    if not any(rules.values()):
        yield "plain"
    yield "all"


def is_time(name: str) -> bool:
    """Whether a column is called as a moment is."""
    return _last_word(name) in _TIMES


def is_large(name: str) -> bool:
    """Whether a column is called as numbers are that soon have no room in 32 bits."""
    return _last_word(name) in _AMOUNTS or is_time(name)


def _last_word(name: str) -> str:
    words = _WORD.findall(name)
    return words[-1].lower() if words else ""


def are_akin(kind: str, other: str, backend: Backend) -> bool:
    """Whether columns of one type may follow those of another, as DATETIME may TIMESTAMP.

    Texts differ in their lengths, and integers that say their size mean it.
    """
    meant = logical_type(kind, backend)
    if kind == other or meant in (LogicalType.TEXT, LogicalType.ANY) or kind in SMALL:
        return False
    return logical_type(other, backend) is meant


def same_family(counted: Counter[str], like: Counter[str], backend: Backend) -> Counter[str]:
    """Those types that mean what one of some others does."""
    wanted = {logical_type(each, backend) for each in like}
    return Counter({k: n for k, n in counted.items() if logical_type(k, backend) in wanted})


def moments_among(counted: Counter[str]) -> bool:
    """Whether relatives are moments on PostgreSQL, most of them at least."""
    often = sum(n for each, n in counted.items() if _family(each, Backend.POSTGRES) in _MOMENTS)
    return often >= _FEW and often >= _CLEAR * counted.total()


def choose(
    name: str,
    group: str,
    counted: Counter[str],
    kind: str,
    source: Backend,
    hint: TypeHint,
) -> Choice | None:
    """What relatives of one group say; None where they say nothing.

    Args:
        kind: the column's type on its own side, as a key of the house's pairs.
    """
    everywhere = len(counted) == 1
    possible = Counter(
        {
            each: count
            for each, count in counted.items()
            if _may_be(each, group, kind, source, hint, everywhere)
        }
    )
    bytes_of_libsql = source is Backend.LIBSQL and _family(kind, source) is LogicalType.BYTES
    if bytes_of_libsql and len(possible) < len(counted):
        return Choice("bytea", _doubt(name, counted, source.other))
    if not possible:
        return None
    families = Counter[LogicalType]()
    for each, count in possible.items():
        families[_kept_as(each, source.other)] += count
    family, often = families.most_common(1)[0]
    clear = often >= _CLEAR * possible.total()
    if group.startswith("part ") and (possible.total() < _FEW or not clear):
        return None
    within = Counter(
        {each: n for each, n in possible.items() if _kept_as(each, source.other) is family}
    )
    doubt = "" if clear else _doubt(name, possible, source.other)
    return Choice(_one_of(within, name, group, kind, source), doubt, group not in ("plain", "all"))


def _one_of(within: Counter[str], name: str, group: str, kind: str, source: Backend) -> str:
    """The type among those of one family."""
    best = within.most_common(1)[0][0]
    if source is Backend.POSTGRES or group == "numbered":
        return best
    clear = within[best] >= _CLEAR * within.total() and not is_large(name)
    if best in NARROW and "bigint" in within and not clear:
        return "bigint"  # libsql's INTEGER has 64 bits
    if kind == "TEXT" and best in _SPECIAL_TEXTS and len(within) > 1:
        return "text"
    return best


def _doubt(name: str, counted: Counter[str], target: Backend) -> str:
    engine = "libsql" if target is Backend.LIBSQL else "PostgreSQL"
    return f"Columns like {name} are {told(counted)} on {engine}: choose its type"


def told(counted: Counter[str]) -> str:
    """Types and how many relatives have them."""
    return " and ".join(f"{each} ({count})" for each, count in counted.most_common())


def _family(kind: str, backend: Backend) -> LogicalType:
    return logical_type(kind, backend)


def _kept_as(kind: str, backend: Backend) -> LogicalType:
    """The family of a type; on libsql what only another name keeps apart is one."""
    meant = _family(kind, backend)
    if backend is Backend.LIBSQL and meant in (*_NUMBERS, LogicalType.BOOLEAN):
        return LogicalType.INTEGER
    if backend is Backend.LIBSQL and meant in (LogicalType.JSON, LogicalType.UUID):
        return LogicalType.TEXT
    return meant


def _may_be(
    other: str, group: str, kind: str, source: Backend, hint: TypeHint, everywhere: bool
) -> bool:
    """Whether relatives may say that a column of a type is another type on the other side."""
    mine, theirs = _family(kind, source), _family(other, source.other)
    by_all = group in ("plain", "all")
    if LogicalType.BYTES in (mine, theirs) and mine is not theirs:
        # What is bytes, no name makes a text; JSON and UUIDs are stored as bytes on purpose.
        if source is Backend.POSTGRES:
            return mine in (LogicalType.UUID, LogicalType.JSON)
        return theirs is LogicalType.JSON and hint.json_default
    if source is Backend.POSTGRES:
        if mine is LogicalType.INTEGER:
            return theirs in _NUMBERS or (theirs is LogicalType.BOOLEAN and not by_all)
        return mine is not LogicalType.TEXT or theirs is LogicalType.TEXT or not by_all
    if mine is theirs:
        small = kind in BIG or hint.wide
        return not (small and other in NARROW)
    if mine not in _PLAIN:
        return True
    if by_all:
        return mine in _NUMBERS and theirs in _NUMBERS
    if mine is LogicalType.TEXT:
        if theirs is LogicalType.UUID:
            return hint.key or (group.startswith("name ") and everywhere)
        return theirs is not LogicalType.BOOLEAN
    if theirs is LogicalType.BOOLEAN:
        return not (hint.number or hint.wide or hint.numbered)
    return theirs in _NUMBERS or (theirs in _MOMENTS and not hint.numbered)
