"""The house's habits of pairing types, learned from its columns, and columns that break them.

A workspace that keeps INTEGER beside BIGINT in each of its pairs means to; one that keeps INTEGER
beside INTEGER once among thirty of them does not. What is rare, or done in two ways, has no verdict
beyond whether both sides can hold the same values at all. The wider of two types breaks no habit,
and neither does a type of PostgreSQL that libsql has no other place for than a text, but where
columns of the very same name do otherwise.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fnmatch import fnmatchcase

from mig_assist.backend import Backend
from mig_assist.engines.logical_types import (
    LogicalType,
    logical_type,
    postgres_name,
    split_modifier,
)
from mig_assist.engines.schema import Column

__all__ = ["LIMITABLE", "HouseTypes", "LogicalType", "Standing", "TypeVerdict", "logical_type"]

_ENOUGH = 4
"""How many other columns make a habit."""
_FEW = 2
"""How many do, where all agree and a single column is a narrower integer."""
_CLEAR = 9
"""How many of them there must be for each that does something else."""

_OVERWHELMING = 20
"""How many of them make even a few others no practice."""

_PRACTICE = 2
"""How many other columns that do the same make a practice, where no habit is clear against it."""

_ALL = "columns"

_LIMITED = "limits"
"""The group of all columns that says which of them PostgreSQL limits, and libsql does not."""

_WHOLE = 19
"""How many digits every integer of libsql has room in."""

_WORD = re.compile(r"[A-Z][A-Z0-9]*(?![a-z])|[A-Z]?[a-z0-9]+")
_LENGTHS = frozenset({"character varying", "character"})
LIMITABLE = _LENGTHS | {"numeric"}
"""PostgreSQL's types that may have a length or a precision of any size."""

_NUMBERS = frozenset({LogicalType.INTEGER, LogicalType.REAL, LogicalType.DECIMAL})
_MOMENTS = frozenset({LogicalType.TIMESTAMP, LogicalType.DATE, LogicalType.TIME})
_TEXTUAL = _MOMENTS | {
    LogicalType.UUID,
    LogicalType.JSON,
    LogicalType.ENUM,
    LogicalType.INTERVAL,
    LogicalType.DECIMAL,
    LogicalType.ARRAY,
}
"""What a text on libsql may stand for."""
_AS_TEXT = (_TEXTUAL | {LogicalType.ANY}) - {LogicalType.DECIMAL}
"""What PostgreSQL has types for that libsql, having none, holds as texts."""
_WIDTHS = (
    ("smallint", "integer", "bigint", "numeric"),
    ("real", "double precision", "numeric"),
    ("character", "character varying", "text"),
    ("date", "timestamp without time zone", "timestamp with time zone"),
)
"""Types of PostgreSQL that hold more from one to the next."""


class Standing(StrEnum):
    """What is to be said of the types of one column."""

    AGREES = "agrees"
    BREAKS_HABIT = "breaks the habit"
    INCOMPATIBLE = "incompatible"
    """The two types cannot hold the same values, and the house does not pair them as a habit."""
    LENGTHS_DIFFER = "lengths differ"
    """Both sides state a length or precision, and not the same one."""
    LIMITED = "limited"
    """Only PostgreSQL states a length or precision, and the house does not do so as a habit."""


@dataclass(frozen=True, slots=True)
class Pairing:
    """A libsql type beside a PostgreSQL type, without lengths."""

    libsql: str
    postgres: str

    def __str__(self) -> str:
        libsql = self.libsql or "no type"
        return f"{libsql} with {self.postgres}"


@dataclass(frozen=True, slots=True)
class TypeVerdict:
    """What is to be said of the types of one column.

    Attributes:
        narrower: whether PostgreSQL refuses values that libsql takes, by the types alone.
        habit: what the house does instead, where it breaks the habit.
        kept_by: how many other columns keep that habit.
        among: the columns that the habit is about, as ``columns named …_at``.
        broken_by: how many other columns among them break it in the same way.
        customary: whether the house says that the pair is right, or has it in several columns.
        wider: whether the column takes all that those which keep the habit take, and more.
    """

    standing: Standing
    narrower: bool = False
    habit: Pairing | None = None
    kept_by: int = 0
    among: str = ""
    broken_by: int = 0
    customary: bool = False
    wider: bool = False

    @property
    def certain(self) -> bool:
        """Whether it is no habit, or one that many columns keep and hardly another breaks."""
        if self.standing is Standing.LIMITED:
            return self.kept_by >= _CLEAR * (self.broken_by + 1)
        if self.standing is not Standing.BREAKS_HABIT or not self.kept_by:
            return True
        hardly = self.kept_by >= _OVERWHELMING * (self.broken_by + 1)
        return self.kept_by >= _ENOUGH and (self.broken_by < _PRACTICE or hardly)

    @property
    def agrees(self) -> bool:
        """Whether nothing is to be said."""
        return self.standing is Standing.AGREES


@dataclass(frozen=True)
class HouseTypes:
    """Which types a workspace pairs, overall and by the columns' names.

    Attributes:
        counts: for each group of columns how often each pairing comes.
        stated: what mig-assist.toml says under ``[parity.types]``: for a libsql type, or for a
            pattern of column names such as ``*_json``, the PostgreSQL types that are right.
    """

    counts: Mapping[str, Counter[Pairing]] = field(default_factory=dict)
    stated: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @classmethod
    def learn(
        cls,
        pairs: Iterable[tuple[Column, Column]],
        stated: Mapping[str, Sequence[str]] | None = None,
    ) -> HouseTypes:
        """The habits that columns of both sides show, libsql's first in each pair."""
        counts: dict[str, Counter[Pairing]] = {}
        for libsql, postgres in pairs:
            paired = _pairing(libsql, postgres)
            for group in _groups(libsql):
                counts.setdefault(group, Counter())[paired] += 1
            counts.setdefault(_LIMITED, Counter())[_limited(libsql, postgres)] += 1
        return cls(counts, stated or {})

    def after(
        self, fewer: Iterable[tuple[Column, Column]], more: Iterable[tuple[Column, Column]]
    ) -> HouseTypes:
        """The habits when some columns are gone and others are there."""
        gone, came = (HouseTypes.learn(columns).counts for columns in (fewer, more))
        counts = dict(self.counts)
        for group in {*gone, *came}:
            count = Counter(counts.get(group, Counter()))
            count.subtract(gone.get(group, Counter()))
            count.update(came.get(group, Counter()))
            counts[group] = +count
        return replace(self, counts=counts)

    def judge(self, libsql: Column, postgres: Column, *, chosen: bool = False) -> TypeVerdict:
        """What is to be said of a column, which may be one of those that were learned from.

        Args:
            chosen: whether its type has a reason of its own, as that of the column it refers to:
                no habit is held against it.
        """
        paired = _pairing(libsql, postgres)
        fit = _fit(libsql, postgres)
        stated = self._stated(libsql)
        if stated is not None:
            if paired.postgres in stated:
                return replace(self._lengths(libsql, postgres, fit, stated=True), customary=True)
            habit = Pairing(paired.libsql, " or ".join(stated))
            return TypeVerdict(
                Standing.BREAKS_HABIT, fit is not _Fit.SAME, habit, 0, "mig-assist.toml"
            )
        for group in () if chosen else _groups(libsql):
            others = self._others(group, paired)
            alike = others.pop(paired, 0)
            habit, kept_by = others.most_common(1)[0] if others else (paired, 0)
            if alike >= _PRACTICE and kept_by < _CLEAR * alike:
                # A practice of its own, or one of two.
                return self._lengths(libsql, postgres, fit)
            if not kept_by or _excuses(libsql, postgres, habit, group):
                continue
            against = others.total() - kept_by + alike
            lone = not against and fit is _Fit.NARROWER and _are_integers(libsql, postgres)
            if kept_by >= (_FEW if lone else _ENOUGH) and kept_by >= _CLEAR * against:
                wider = fit is _Fit.SAME and _fit_of(libsql, habit) is not _Fit.SAME
                return TypeVerdict(
                    Standing.BREAKS_HABIT,
                    fit is not _Fit.SAME,
                    habit,
                    kept_by,
                    group,
                    alike,
                    wider=wider,
                )
        if fit is _Fit.NEVER:
            return TypeVerdict(Standing.INCOMPATIBLE, True)
        return self._lengths(libsql, postgres, fit)

    def _stated(self, libsql: Column) -> tuple[str, ...] | None:
        name, kind = libsql.name.lower(), _libsql_name(libsql.type)
        patterns = [key for key in self.stated if "*" in key and fnmatchcase(name, key.lower())]
        keys = patterns or [key for key in self.stated if key.upper() == kind]
        return tuple(postgres_name(p) for p in self.stated[keys[0]]) if keys else None

    def _is_custom(self, group: str, paired: Pairing) -> bool:
        """Whether others do the same: two of them, or all that there are."""
        others = self._others(group, paired)
        return others[paired] >= _PRACTICE or 0 < others[paired] == others.total()

    def _is_where_it_goes(self, libsql: Column, postgres: Column) -> bool:
        """Whether all others of a PostgreSQL type that libsql lacks are texts there, as this is."""
        paired = _pairing(libsql, postgres)
        same = {p: n for p, n in self.counts.get(_ALL, {}).items() if p.postgres == paired.postgres}
        return is_held_as_text(libsql, postgres) and same.keys() == {paired} and same[paired] > 1

    def _others(self, group: str, paired: Pairing) -> Counter[Pairing]:
        """The pairings of the group's other columns that have the same type on libsql."""
        others = Counter(
            {
                pairing: count
                for pairing, count in self.counts.get(group, Counter()).items()
                if pairing.libsql == paired.libsql
            }
        )
        if others[paired]:
            others[paired] -= 1
        return +others

    def _lengths(
        self, libsql: Column, postgres: Column, fit: _Fit, *, stated: bool = False
    ) -> TypeVerdict:
        mine, theirs = split_modifier(libsql.type)[1], split_modifier(postgres.type)[1]
        lengthy = postgres_name(postgres.type) in LIMITABLE
        if lengthy and mine and theirs and _precision(mine) != _precision(theirs):
            return TypeVerdict(Standing.LENGTHS_DIFFER, True)
        limited = _limited(libsql, postgres)
        unusual = limited != _pairing(libsql, postgres) and not _holds_integers(libsql, theirs)
        if unusual and not stated and not self._is_custom(_LIMITED, limited):
            others = self._others(_LIMITED, limited)
            alike = others.pop(limited, 0)
            return TypeVerdict(Standing.LIMITED, True, None, others.total(), _ALL, alike)
        paired = _pairing(libsql, postgres)
        customary = self._is_custom(_ALL, paired) or self._is_where_it_goes(libsql, postgres)
        return TypeVerdict(Standing.AGREES, fit is not _Fit.SAME, customary=customary)


class _Fit(StrEnum):
    SAME = "same"
    NARROWER = "narrower"
    NEVER = "never"


def _pairing(libsql: Column, postgres: Column) -> Pairing:
    return Pairing(_libsql_name(libsql.type), _postgres_name(postgres.type))


def _limited(libsql: Column, postgres: Column) -> Pairing:
    """The pairing, with a sign where PostgreSQL alone states a length or precision."""
    paired = _pairing(libsql, postgres)
    if paired.postgres not in LIMITABLE or split_modifier(libsql.type)[1]:
        return paired
    limit = split_modifier(postgres.type)[1]
    return replace(paired, postgres=f"{paired.postgres}(…)") if limit else paired


def _holds_integers(libsql: Column, modifier: str) -> bool:
    """Whether a precision has room for every integer of libsql."""
    whole, _, fraction = modifier.partition(",")
    if logical_type(libsql.type, Backend.LIBSQL) is not LogicalType.INTEGER:
        return False
    return whole.strip().isdigit() and int(whole) - int(fraction or 0) >= _WHOLE


def _libsql_name(declared: str) -> str:
    return split_modifier(declared)[0].upper()


def _postgres_name(declared: str) -> str:
    return postgres_name(declared)


def _precision(modifier: str) -> str:
    return modifier.removesuffix(",0")


def _groups(column: Column) -> Iterator[str]:
    """The groups of columns that a column belongs to, the narrowest first."""
    words = [word.lower() for word in _WORD.findall(column.name)]
    yield f"columns named {column.name.lower()}"
    if words:  # a column called id belongs with those called team_id
        yield f"columns named …_{words[-1]}"
    yield _ALL


def is_wider(postgres: str, than: str) -> bool:
    """Whether a type of PostgreSQL holds all that another one of its kind does, and more."""
    one, other = _postgres_name(postgres), _postgres_name(than)
    return any(
        one in kinds and other in kinds and kinds.index(one) > kinds.index(other)
        for kinds in _WIDTHS
    )


def is_held_as_text(libsql: Column, postgres: Column) -> bool:
    """Whether a column is a text only since libsql has no type like PostgreSQL's."""
    return (
        logical_type(libsql.type, Backend.LIBSQL) is LogicalType.TEXT
        and logical_type(postgres.type, Backend.POSTGRES) in _AS_TEXT
    )


def _excuses(libsql: Column, postgres: Column, habit: Pairing, group: str) -> bool:
    """Whether a habit of a group says nothing against a column."""
    kinds = (
        logical_type(postgres.type, Backend.POSTGRES),
        logical_type(habit.postgres, Backend.POSTGRES),
    )
    if is_wider(postgres.type, habit.postgres):
        return True
    # What is plainly right is not wrong because others are special, but for its namesakes.
    special = _fit_of(libsql, habit) is not _Fit.SAME
    own = group == next(_groups(libsql))
    if special and _fit(libsql, postgres) is _Fit.SAME and not own:
        return True
    if group != _ALL and LogicalType.BOOLEAN in kinds and kinds[0] is not kinds[1]:
        return True  # a flag and a number may be called alike
    return is_held_as_text(libsql, postgres) and not own


def _fit_of(libsql: Column, habit: Pairing) -> _Fit:
    return _fit(libsql, replace(libsql, type=habit.postgres))


def _are_integers(libsql: Column, postgres: Column) -> bool:
    kinds = logical_type(libsql.type, Backend.LIBSQL), logical_type(postgres.type, Backend.POSTGRES)
    return kinds == (LogicalType.INTEGER, LogicalType.INTEGER)


def _fit(libsql: Column, postgres: Column) -> _Fit:
    """Whether two types can hold the same values."""
    mine = logical_type(libsql.type, Backend.LIBSQL)
    theirs = logical_type(postgres.type, Backend.POSTGRES)
    if LogicalType.ANY in (mine, theirs):
        return _Fit.SAME
    if mine is theirs:
        small = theirs is LogicalType.INTEGER and postgres_name(postgres.type) != "bigint"
        short = postgres_name(postgres.type) in _LENGTHS and not split_modifier(libsql.type)[1]
        return _Fit.NARROWER if small or short else _Fit.SAME
    if mine is LogicalType.TEXT:
        return _Fit.NARROWER if theirs in _TEXTUAL else _Fit.NEVER
    if mine in _NUMBERS and theirs in _NUMBERS:
        return _Fit.NARROWER if theirs is LogicalType.INTEGER else _Fit.SAME
    if {mine, theirs} == {LogicalType.INTEGER, LogicalType.BOOLEAN}:
        return _Fit.NARROWER
    if mine is LogicalType.BYTES:
        return _Fit.NARROWER if theirs is LogicalType.UUID else _Fit.NEVER
    if mine in _MOMENTS and theirs in _MOMENTS:
        return _Fit.NARROWER
    # What libsql only calls a UUID, JSON, or a timestamp it keeps as text.
    if mine in _TEXTUAL and theirs is LogicalType.TEXT:
        return _Fit.SAME
    return _Fit.NEVER
