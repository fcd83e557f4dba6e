"""What the house says of each column's types: by the version in which they came."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from mig_assist.engines.house_types import HouseTypes, Standing, TypeVerdict, is_wider
from mig_assist.engines.logical_types import postgres_name
from mig_assist.engines.schema import Column, Table
from mig_assist.verify.parity.names import folded
from mig_assist.verify.parity.sides import TablePair

Tables = Callable[[str], Table | None]
"""PostgreSQL's table of a name."""

Houses = tuple[HouseTypes, ...]
"""The house's types when a version came; and as they are at the end, where that is known."""

_Types = tuple[str, str, bool]
"""What libsql and PostgreSQL declare, and whether the latter follows the key it refers to."""


@dataclass
class TypeMemory:
    """What was said of columns when their types came, so that no later habit judges them."""

    known: dict[tuple[str, str], tuple[_Types, TypeVerdict]] = field(default_factory=dict)

    def copy(self) -> TypeMemory:
        """Another memory that knows the same."""
        return TypeMemory(dict(self.known))

    def judge(self, pair: TablePair, houses: Houses, tables: Tables) -> Mapping[str, TypeVerdict]:
        """The verdict on each column that both sides have, by its folded name."""
        return {
            folded(libsql.name): self._verdict(pair, libsql, postgres, houses, tables)
            for libsql, postgres in pair.columns
        }

    def _verdict(
        self, pair: TablePair, libsql: Column, postgres: Column, houses: Houses, tables: Tables
    ) -> TypeVerdict:
        place = folded(pair.name), folded(libsql.name)
        follows = _follows(pair.postgres, postgres, tables)
        types = libsql.type, postgres.type, follows
        before = self.known.get(place)
        if before is not None and before[0] == types:
            return before[1]
        # A type that a version gives to a column that had another one is meant, unless it holds
        # less than the other.
        was = before[0][1] if before is not None else postgres.type
        meant = was != postgres.type and not is_wider(was, postgres.type)
        first, *later = (h.judge(libsql, postgres, chosen=follows or meant) for h in houses)
        # What was rare or odd when it came may have become the custom since.
        breaks = first.standing is Standing.BREAKS_HABIT
        verdict = next((each for each in later if breaks or each.agrees), first)
        self.known[place] = types, verdict
        return verdict


def _follows(table: Table, column: Column, tables: Tables) -> bool:
    """Whether a column has the type of the one that it refers to."""
    for key in table.foreign_keys:
        target = tables(key.target)
        if target is None:
            continue
        names = key.target_columns or (target.primary_key.columns if target.primary_key else ())
        for own, other in zip(key.columns, names, strict=False):
            there = target.column(other)
            if folded(own) == folded(column.name) and there is not None:
                return postgres_name(there.type) == postgres_name(column.type)
    return False
