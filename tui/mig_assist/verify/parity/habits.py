"""What a house does in all its other tables, where neither way is wrong by itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mig_assist.backend import Backend
from mig_assist.engines.logical_types import LogicalType
from mig_assist.engines.schema import Column
from mig_assist.verify.parity.names import folded
from mig_assist.verify.parity.sides import TablePair

_CLEAR = 3
"""How many tables make a habit, when hardly one breaks it."""
_YES_OR_NO = frozenset(("0", "1", "TRUE", "FALSE"))
_NUMBER = re.compile(r"(?<![\w.'])[\d.]+")
_FLAG = re.compile(
    r"^(?:is|has|had|can|was|should|needs?|allows?|use|show|send|no)(?:_|(?=[A-Z]))"
    r"|(?:ed|able|ible|ive|success|ok|flag|done|vip|admin|public|private|default|hidden)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Habit:
    """How many tables do a thing, and how many do not."""

    keep: int = 0
    break_: int = 0

    @classmethod
    def of(cls, examples: Iterable[bool]) -> Habit:
        """Count examples."""
        counted = list(examples)
        return cls(sum(counted), len(counted) - sum(counted))

    def is_broken_by(self, example: bool) -> bool:
        """Whether a table that is among those counted does what hardly another does."""
        return not example and self.keep >= _CLEAR * max(self.break_, 1)

    def after(self, old: Habit, new: Habit) -> Habit:
        """The habit when some of its examples have changed, from old to new."""
        return Habit(self.keep - old.keep + new.keep, self.break_ - old.break_ + new.break_)


@dataclass(frozen=True, slots=True)
class Habits:
    """The habits of all tables that both sides have.

    Attributes:
        keys_say_not_null: primary keys other than the row id are NOT NULL on libsql.
        keys_are_numbered: what libsql numbers without being told, PostgreSQL numbers too.
        numbers_never_return: where PostgreSQL has a sequence, libsql says AUTOINCREMENT.
        narrow_types_are_checked: what PostgreSQL's type refuses by itself, a CHECK of libsql
            refuses.
    """

    keys_say_not_null: Habit = Habit()
    keys_are_numbered: Habit = Habit()
    numbers_never_return: Habit = Habit()
    narrow_types_are_checked: Habit = Habit()

    @classmethod
    def learn(cls, pairs: Iterable[TablePair]) -> Habits:
        """The habits that some tables show."""
        columns = [(pair, *column) for pair in pairs for column in pair.columns]
        return cls(
            Habit.of(
                not libsql.nullable
                for pair, libsql, _ in columns
                if not libsql.numbered
                and (key := pair.libsql.primary_key)
                and folded(libsql.name) in map(folded, key.columns)
            ),
            Habit.of(
                postgres.numbered
                for _, libsql, postgres in columns
                if libsql.numbered and not libsql.never_reused
            ),
            Habit.of(
                libsql.never_reused
                for _, libsql, postgres in columns
                if libsql.numbered and postgres.numbered
            ),
            Habit.of(
                is_checked(pair, libsql) for pair, libsql, _ in columns if is_narrow(pair, libsql)
            ),
        )

    def after(self, old: Habits, new: Habits) -> Habits:
        """The habits when some of the tables have changed, from old to new."""
        return Habits(
            self.keys_say_not_null.after(old.keys_say_not_null, new.keys_say_not_null),
            self.keys_are_numbered.after(old.keys_are_numbered, new.keys_are_numbered),
            self.numbers_never_return.after(old.numbers_never_return, new.numbers_never_return),
            self.narrow_types_are_checked.after(
                old.narrow_types_are_checked, new.narrow_types_are_checked
            ),
        )

    @property
    def verdicts(self) -> tuple[bool, ...]:
        """All that a comparison asks of them, but for how many there are."""
        numbered = self.keys_are_numbered
        return (
            self.keys_say_not_null.is_broken_by(False),
            numbered.is_broken_by(False),
            numbered.keep == 0 < numbered.break_,
            self.numbers_never_return.is_broken_by(False),
            self.narrow_types_are_checked.is_broken_by(False),
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


def is_flag(pair: TablePair, libsql: Column) -> bool:
    """Whether a column of libsql holds yes or no, by its name, its default or its CHECK."""
    if _FLAG.search(libsql.name) or (libsql.default or "").strip("() '").upper() in _YES_OR_NO:
        return True
    return any(
        pair.mentions(check.expression, Backend.LIBSQL) == {folded(libsql.name)}
        and set(_NUMBER.findall(check.expression)) == {"0", "1"}
        for check in pair.libsql.checks
    )
