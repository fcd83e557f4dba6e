"""What a house does in all its other tables, where neither way is wrong by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from mig_assist.backend import Backend
from mig_assist.engines.schema import Column
from mig_assist.verify.parity.logical_types import LogicalType
from mig_assist.verify.parity.names import folded
from mig_assist.verify.parity.sides import TablePair

_CLEAR = 3
"""How many tables make a habit, when hardly one breaks it."""


@dataclass(frozen=True, slots=True)
class Habit:
    """How many tables do a thing, and how many do not."""

    keep: int
    break_: int

    @classmethod
    def of(cls, examples: Iterable[bool]) -> Habit:
        """Count examples."""
        counted = list(examples)
        return cls(sum(counted), len(counted) - sum(counted))

    def is_broken_by(self, example: bool) -> bool:
        """Whether a table that is among those counted does what hardly another does."""
        return not example and self.keep >= _CLEAR * max(self.break_, 1)


@dataclass(frozen=True)
class Habits:
    """The habits of all tables that both sides have."""

    pairs: tuple[TablePair, ...]

    @cached_property
    def keys_say_not_null(self) -> Habit:
        """Primary keys other than the row id are NOT NULL on libsql."""
        return Habit.of(
            not libsql.nullable
            for pair in self.pairs
            for libsql, _ in pair.columns
            if not libsql.numbered
            and (key := pair.libsql.primary_key)
            and folded(libsql.name) in map(folded, key.columns)
        )

    @cached_property
    def keys_are_numbered(self) -> Habit:
        """What libsql numbers without being told, PostgreSQL numbers too."""
        return Habit.of(
            postgres.numbered
            for pair in self.pairs
            for libsql, postgres in pair.columns
            if libsql.numbered and not libsql.never_reused
        )

    @cached_property
    def numbers_never_return(self) -> Habit:
        """Where PostgreSQL has a sequence, libsql says AUTOINCREMENT."""
        return Habit.of(
            libsql.never_reused
            for pair in self.pairs
            for libsql, postgres in pair.columns
            if libsql.numbered and postgres.numbered
        )

    @cached_property
    def narrow_types_are_checked(self) -> Habit:
        """What PostgreSQL's type refuses by itself, a CHECK of libsql refuses."""
        return Habit.of(
            is_checked(pair, libsql)
            for pair in self.pairs
            for libsql, _ in pair.columns
            if is_narrow(pair, libsql)
        )


def is_narrow(pair: TablePair, libsql: Column) -> bool:
    """Whether PostgreSQL's type of a column refuses what a simple CHECK on libsql could."""
    return pair.types[folded(libsql.name)] in (LogicalType.BOOLEAN, LogicalType.JSON)


def is_checked(pair: TablePair, libsql: Column) -> bool:
    """Whether a CHECK of libsql is about a column alone."""
    return any(
        pair.mentions(check.expression, Backend.LIBSQL) == {folded(libsql.name)}
        for check in pair.libsql.checks
    )
