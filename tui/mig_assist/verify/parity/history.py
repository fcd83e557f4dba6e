"""The history of both schemas: in which version the sides parted, and whether they met again."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from mig_assist.backend import Backend
from mig_assist.engines.house_types import HouseTypes
from mig_assist.engines.replay import Change
from mig_assist.engines.schema import Schema, Table
from mig_assist.findings import Finding, Severity
from mig_assist.verify.parity.compare import column_pairs, compare, table_pairs
from mig_assist.verify.parity.divergence import Divergence
from mig_assist.verify.parity.habits import Habits
from mig_assist.verify.parity.names import folded
from mig_assist.verify.parity.type_verdicts import TypeMemory

_WORD = re.compile(r"\w+")


class Step(NamedTuple):
    """What one version did to both schemas.

    Attributes:
        version: None for everything before the versions that are looked at.
        changes: a side that has no file of this version is absent.
    """

    version: int | None
    changes: Mapping[Backend, Change]


class Parting(NamedTuple):
    """A divergence with its history.

    Attributes:
        since: the version that brought it; None for one before those looked at.
        mended: the version that ended it; None where it is still there.
        called: the object's name when it came; a table may have been renamed since.
    """

    divergence: Divergence
    since: int | None
    mended: int | None = None
    called: str = ""


_Key = tuple[str, str, Backend | None]


class House(NamedTuple):
    """What a workspace does in all its tables.

    Attributes:
        types: those that were paired up to the last step.
        habits: all others, as they are after the last step that is known.
        end: the types that are paired then.
    """

    types: HouseTypes
    habits: Habits
    end: HouseTypes

    def after(self, old: tuple[Schema, Schema], new: tuple[Schema, Schema]) -> House:
        """What the house does when a part of its tables has changed, from old to new."""
        return self._replace(types=self.types.after(column_pairs(*old), column_pairs(*new)))


@dataclass
class History:
    """Both schemas as they are after the steps taken so far, and what set them apart on the way.

    Attributes:
        house: by which each step is judged.
        present: the divergences that are there now.
        ended: those that a later version mended.
        state: both schemas.
        types: what was said of columns' types when they came.
    """

    house: House
    present: dict[_Key, Parting] = field(default_factory=dict)
    ended: list[Parting] = field(default_factory=list)
    state: State = field(default_factory=lambda: State())
    types: TypeMemory = field(default_factory=TypeMemory)

    def take(self, step: Step) -> None:
        """Go on by one version."""
        old = self.state.copy()
        touched = self.state.take(step)
        if touched is not None and not touched:
            return
        schemas = self.state.part(touched)
        types = self.house.types.after(*(column_pairs(*s) for s in (old.part(touched), schemas)))
        self.house = self.house._replace(types=types)
        found_now = compare(
            *schemas,
            (self.house.types, self.house.end),
            self.house.habits,
            memory=self.types,
            tables=self.state.postgres_table,
        )
        now = {_key(found): found for found in found_now}
        before = {
            key: parting
            for key, parting in self.present.items()
            if touched is None or folded(parting.divergence.table) in touched
        }
        for key in before:
            del self.present[key]
        renamed = {
            _beside_table(parting.divergence): parting
            for key, parting in before.items()
            if key not in now and not self.state.has(parting.divergence.table)
        }
        for key, found in now.items():
            known = before.pop(key, None)
            if known is None and (known := renamed.pop(_beside_table(found), None)):
                before.pop(_key(known.divergence))
            self.present[key] = (
                known._replace(divergence=found)
                if known
                else Parting(found, step.version, called=found.object)
            )
        self.ended += [parting._replace(mended=step.version) for parting in before.values()]

    def tried(self, step: Step) -> History | None:
        """What the history would be after one more version; this one stays as it is.

        None where that version makes or ends a habit, by which all others are to be judged anew.
        """
        state = self.state.copy()
        touched = state.take(step)
        parts = self.state.part(touched), state.part(touched)
        habits = self.house.habits.after(*(Habits.learn(table_pairs(*part)) for part in parts))
        if habits.verdicts != self.house.habits.verdicts:
            return None
        end = self.house.types.after(*(column_pairs(*part) for part in parts))
        after = History(
            self.house._replace(habits=habits, end=end),
            dict(self.present),
            list(self.ended),
            self.state.copy(),
            self.types.copy(),
        )
        after.take(step)
        return after

    @property
    def schemas(self) -> tuple[Schema, Schema]:
        """Libsql's and PostgreSQL's schema now."""
        return self.state.part(None)


def history_of(steps: Sequence[Step], stated: Mapping[str, Sequence[str]]) -> History:
    """The history that some steps make; ``stated`` is ``[parity.types]``."""
    end = State()
    for step in steps:
        end.take(step)
    schemas = end.part(None)
    habits, types = Habits.learn(table_pairs(*schemas)), HouseTypes.learn(column_pairs(*schemas))
    house = House(HouseTypes(stated=stated), habits, replace(types, stated=stated))
    history = History(house)
    for step in steps:
        history.take(step)
    return history


def partings_of(
    history: History, versions: Collection[int] | None, begun: int | None = None
) -> tuple[Parting, ...]:
    """What parted in some versions, in their order, with what was mended since in its place.

    With None, in all versions of which it is known.

    Args:
        begun: the version to which all counts that the sides brought along and kept in it.
    """
    found = []
    for parting in (*history.present.values(), *history.ended):
        if begun is not None and (parting.since is None or parting.since < begun):
            if parting.mended is not None and parting.mended <= begun:
                continue
            parting = parting._replace(since=begun)
        if parting.since is not None and (versions is None or parting.since in versions):
            found.append((parting.since, parting))
    found.sort(key=lambda each: (each[0], each[1].divergence.table))
    return tuple(parting for _, parting in found)


def finding_of(parting: Parting) -> Finding | None:
    """The finding about a divergence; None for one that was mended and mattered little.

    One that is still there weighs as it does. One that a later version mended is history: nobody
    can change that version any more, but whoever stopped at it has it.
    """
    finding = parting.divergence.finding(parting.since)
    if parting.mended is None:
        return finding
    if not parting.divergence.decided or parting.divergence.severity is not Severity.ERROR:
        return None
    since = f"V{parting.since}" if parting.since is not None else "an earlier version"
    return replace(
        finding,
        severity=Severity.WARNING,
        message=f"{finding.message} The sides parted in {since} and met again in"
        f" V{parting.mended}.",
        fix="Nothing is left to mend at the newest version; waive it with the reason, or merge the"
        " versions where none of them is merged yet.",
    )


class State:
    """The tables of both sides by their folded names, and everything else."""

    def __init__(self) -> None:
        self._tables: dict[Backend, dict[str, dict[str, Table]]] = {b: {} for b in Backend}
        self._rest = dict.fromkeys(Backend, Schema())
        self._children: dict[str, frozenset[str]] = {}

    def copy(self) -> State:
        """Another state that is the same now."""
        copied = State()
        copied._tables = {backend: dict(tables) for backend, tables in self._tables.items()}
        copied._rest = dict(self._rest)
        copied._children = dict(self._children)
        return copied

    def has(self, name: str) -> bool:
        """Whether a side has a table or view of that name."""
        return any(folded(name) in tables for tables in self._tables.values()) or any(
            folded(view.name) == folded(name) for rest in self._rest.values() for view in rest.views
        )

    def postgres_table(self, name: str) -> Table | None:
        """PostgreSQL's table of a name."""
        return next(iter(self._tables[Backend.POSTGRES].get(folded(name), {}).values()), None)

    def has_any(self, names: frozenset[str]) -> bool:
        """Whether a side has a table of one of some folded names."""
        return any(not names.isdisjoint(tables) for tables in self._tables.values())

    def around(self, names: frozenset[str]) -> tuple[Schema, Schema]:
        """Tables of some folded names with all that they are linked to, and every view.

        Links are foreign keys, in both directions, and what triggers and views mention.
        """
        waiting = {*names}
        for rest in self._rest.values():
            for view in rest.views:
                if folded(view.name) in names:
                    waiting |= {folded(word) for word in _WORD.findall(view.definition)}
        reached: set[str] = set()
        while waiting:
            name = waiting.pop()
            reached.add(name)
            waiting |= self._linked(name) - reached
        return self.part(frozenset(reached))

    def _linked(self, name: str) -> set[str]:
        """What a table refers to or mentions, and what has ever referred to it."""
        linked = set(self._children.get(name, ()))
        for tables in self._tables.values():
            for table in tables.get(name, {}).values():
                linked |= {folded(key.target) for key in table.foreign_keys}
                for trigger in table.triggers:
                    linked |= {folded(word) for word in _WORD.findall(trigger.action)}
        return linked

    def take(self, step: Step) -> frozenset[str] | None:
        """Take up a step; the folded names of what it touched, None for everything."""
        touched: set[str] = set()
        everything = False
        for backend, change in step.changes.items():
            tables, rest = self._tables[backend], replace(change.schema, tables=())
            if change.whole:
                tables.clear()
            for name in change.removed:
                left = {n: t for n, t in tables.pop(folded(name), {}).items() if n != name}
                if left:
                    tables[folded(name)] = left
                touched.add(folded(name))
            for table in change.schema.tables:
                key = folded(table.name)
                tables[key] = {**tables.get(key, {}), table.name: table}
                for target in {folded(each.target) for each in table.foreign_keys}:
                    self._children[target] = self._children.get(target, frozenset()) | {key}
                touched.add(key)
            before = self._rest[backend]
            everything |= (before.enums, before.domains) != (rest.enums, rest.domains)
            if before.views != rest.views:
                touched |= {folded(view.name) for view in (*before.views, *rest.views)}
            self._rest[backend] = rest
            everything |= change.whole
        return None if everything else frozenset(touched)

    def part(self, names: frozenset[str] | None) -> tuple[Schema, Schema]:
        """Both schemas, or the part of them that has some folded names."""
        libsql, postgres = (self._part(backend, names) for backend in Backend)
        return libsql, postgres

    def _part(self, backend: Backend, names: frozenset[str] | None) -> Schema:
        tables, rest = self._tables[backend], self._rest[backend]
        found = tables if names is None else [n for n in names if n in tables]
        chosen = sorted((t for n in found for t in tables[n].values()), key=lambda t: t.name)
        views = tuple(v for v in rest.views if names is None or folded(v.name) in names)
        return replace(rest, tables=tuple(chosen), views=views)


def _key(divergence: Divergence) -> _Key:
    return divergence.rule, divergence.object, divergence.backend


def _beside_table(
    divergence: Divergence,
) -> tuple[str, str, Backend | None, str | None, str | None]:
    """What a divergence is apart from its table's name, which may have changed."""
    rest = divergence.object.replace(divergence.table, "", 1)
    return divergence.rule, rest, divergence.backend, divergence.libsql, divergence.postgres
