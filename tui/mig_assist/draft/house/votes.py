"""Places that show a habit, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import itemgetter

from mig_assist.draft.house.model import Trait, Value


@dataclass(slots=True)
class Votes:
    """For each habit how often each way comes, and where first."""

    counts: dict[str, Counter[Value]] = field(default_factory=dict)
    places: dict[tuple[str, Value], str] = field(default_factory=dict)

    def add(self, key: str, value: Value, place: str, times: int = 1) -> None:
        """A place shows a habit."""
        self.counts.setdefault(key, Counter())[value] += times
        self.places.setdefault((key, value), place)

    def trait(self, key: str) -> Trait | None:
        """What most places do, what came later where two are as many; None without any place."""
        counted = self.counts.get(key)
        if not counted:
            return None
        value, kept = max(reversed(counted.items()), key=itemgetter(1))
        return Trait(key, value, kept, counted.total(), self.places[key, value])

    def traits(self) -> Iterator[Trait]:
        """The habits that there are, in the order in which they were met."""
        return (trait for key in self.counts if (trait := self.trait(key)) is not None)
