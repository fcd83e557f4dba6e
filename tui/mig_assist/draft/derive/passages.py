"""What stands in a derived script in place of the statements of libsql's rebuilds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mig_assist.draft.derive.alter_text import Alteration, Phase, written
from mig_assist.draft.derive.alterations import alter_statements
from mig_assist.draft.derive.drops import parent_drops
from mig_assist.draft.derive.internals import keeps_counter
from mig_assist.draft.derive.losses import losses
from mig_assist.draft.derive.model import Context
from mig_assist.draft.derive.outcome import Outcome, nothing, without_counterpart
from mig_assist.draft.derive.rebuilds import Rebuild, Recognised, recognise_rebuilds
from mig_assist.engines.schema import Table
from mig_assist.engines.sqlite_tokens import fold


@dataclass(frozen=True, slots=True)
class Passages:
    """What becomes of the statements of a file, by their numbers.

    Attributes:
        outcomes: of the statements that do not go their usual way.
        reworded: statements to be carried the usual way, in these libsql words instead.
        rebuilds: the rebuilds of libsql, for whoever keeps track of the schema.
        tables: libsql's tables as a statement leaves them, by its number, alike.
        doubts: what a person has to decide about statements that go their usual way.
        after: statements that follow others which go their usual way.
        steps: of statements that rebuild tables, the folded names that those have meanwhile.
    """

    outcomes: Mapping[int, Outcome] = field(default_factory=dict)
    reworded: Mapping[int, str] = field(default_factory=dict)
    rebuilds: tuple[Rebuild, ...] = ()
    tables: Mapping[int, Table] = field(default_factory=dict)
    doubts: Mapping[int, str] = field(default_factory=dict)
    after: Mapping[int, str] = field(default_factory=dict)
    steps: Mapping[int, frozenset[str]] = field(default_factory=dict)


def dropping_passages(statements: Sequence[str], context: Context) -> Passages:
    """What stands in place of the rebuilds in a libsql file, and of what drops tables else.

    Args:
        statements: of the whole file, in order.
        context: both sides before the file.
    """
    found = recognise_rebuilds(statements, context.libsql)
    outcomes = dict(_unknown(found))
    passages = Passages(outcomes)
    if found.rebuilds:
        passages = _rebuilds(found, statements, context)
        outcomes = {**outcomes, **passages.outcomes}
    drops = parent_drops(statements, context, outcomes)
    reworded = {
        number: f"{statements[number]} CASCADE" for number, each in drops.items() if not each.doubt
    }
    return replace(
        passages,
        outcomes=outcomes,
        reworded={**passages.reworded, **reworded},
        doubts={number: each.doubt for number, each in drops.items() if each.doubt},
    )


def _unknown(found: Recognised) -> Iterator[tuple[int, Outcome]]:
    """Rebuilds of tables of which nothing is known: one mark above what they say."""
    for name, numbers in found.unknown.items():
        yield from ((number, Outcome(None)) for number in numbers)
        yield (
            min(numbers),
            without_counterpart(
                f"This rebuilds {name} in a way that could not be followed: say as ALTER TABLE"
                " what changes, for PostgreSQL refuses to drop a table to which others refer."
            ),
        )


def _rebuilds(found: Recognised, statements: Sequence[str], context: Context) -> Passages:
    outcomes = {number: nothing() for number in found.aside}
    at: dict[int, list[Alteration]] = {}
    first = min(rebuild.place for rebuild in found.rebuilds)
    last = max(rebuild.place for rebuild in found.rebuilds)
    lost = losses(statements, found.rebuilds, context)
    for rebuild in found.rebuilds:
        outcomes |= {number: nothing() for number in rebuild.statements}
        if rebuild.place in lost:
            loss = Alteration(Phase.DELETE, "", (lost[rebuild.place],))
            at.setdefault(rebuild.place, []).append(loss)
        others = {fold(each.before.name) for each in found.rebuilds if _changes_keys(each)}
        for alteration in alter_statements(rebuild, context, found.rebuilds):
            place = rebuild.place
            if others.intersection(alteration.beside):
                place = {Phase.FOREIGN_KEYS_OFF: first, Phase.FOREIGN_KEYS_ON: last}.get(
                    alteration.phase, place
                )
            at.setdefault(place, []).append(alteration)
    for place, alterations in at.items():
        off = Phase.FOREIGN_KEYS_OFF
        early = [each for each in alterations if each.phase is off and place == first]
        rest = [each for each in alterations if each not in early]
        outcomes[place] = written(_once([*early, *rest]), context.house)
    for number in found.dangling:
        outcomes[number] = without_counterpart(
            "This uses the name that a table has while it is rebuilt."
        )
    for number, sql in enumerate(statements):
        if number not in at and keeps_counter(sql, found.rebuilds):
            outcomes[number] = nothing()
    steps = {
        number: rebuild.names | {fold(rebuild.before.name)}
        for rebuild in found.rebuilds
        for number in (*rebuild.statements, rebuild.place)
    }
    names = frozenset().union(*steps.values())
    steps |= dict.fromkeys(found.aside, names)
    return Passages(outcomes, found.reworded, found.rebuilds, steps=steps)


def _changes_keys(rebuild: Rebuild) -> bool:
    """Whether foreign keys to a table have to be away while it is altered."""
    return _keys(rebuild.before) != _keys(rebuild.after)


def _keys(table: Table) -> frozenset[tuple[tuple[str, str], ...]]:
    types = {fold(column.name): column.type.upper() for column in table.columns}
    keys = (key for key in (table.primary_key, *table.uniques) if key is not None)
    return frozenset(tuple((fold(c), types.get(fold(c), "")) for c in key.columns) for key in keys)


def _once(alterations: Iterable[Alteration]) -> list[Alteration]:
    return list(dict.fromkeys(alterations))
