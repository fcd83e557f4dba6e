"""What stands in a derived script in place of the statements of libsql's rebuilds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mig_assist.draft.derive.alterations import Alteration, Phase, alter_statements
from mig_assist.draft.derive.internals import keeps_counter
from mig_assist.draft.derive.model import Context
from mig_assist.draft.derive.outcome import MARK, Outcome, nothing, without_counterpart
from mig_assist.draft.derive.rebuilds import Rebuild, recognise_rebuilds
from mig_assist.engines.schema import Table


@dataclass(frozen=True, slots=True)
class Passages:
    """What becomes of the statements of a file, by their numbers.

    Attributes:
        outcomes: of the statements that do not go their usual way.
        reworded: statements to be carried the usual way, in these libsql words instead.
        rebuilds: the rebuilds of libsql, for whoever keeps track of the schema.
        tables: libsql's tables as a statement leaves them, by its number, alike.
    """

    outcomes: Mapping[int, Outcome] = field(default_factory=dict)
    reworded: Mapping[int, str] = field(default_factory=dict)
    rebuilds: tuple[Rebuild, ...] = ()
    tables: Mapping[int, Table] = field(default_factory=dict)


def rebuild_passages(statements: Sequence[str], context: Context) -> Passages:
    """What stands in place of the rebuilds in a libsql file.

    Args:
        statements: of the whole file, in order.
        context: both sides before the file.
    """
    found = recognise_rebuilds(statements, context.libsql)
    if not found.rebuilds:
        return Passages()
    outcomes = {number: nothing() for number in found.aside}
    at: dict[int, list[Alteration]] = {}
    first = min(rebuild.place for rebuild in found.rebuilds)
    last = max(rebuild.place for rebuild in found.rebuilds)
    names = {name: each.after.name for each in found.rebuilds for name in each.names}
    for rebuild in found.rebuilds:
        outcomes |= {number: nothing() for number in rebuild.statements}
        others = {each.before.name for each in found.rebuilds if each is not rebuild}
        for alteration in alter_statements(rebuild, context, names):
            place = rebuild.place
            if any(f" {name}" in alteration.sql for name in others):
                place = {Phase.FOREIGN_KEYS_OFF: first, Phase.FOREIGN_KEYS_ON: last}.get(
                    alteration.phase, place
                )
            at.setdefault(place, []).append(alteration)
    for place, alterations in at.items():
        off = Phase.FOREIGN_KEYS_OFF
        early = [each for each in alterations if each.phase is off and place == first]
        rest = [each for each in alterations if each not in early]
        outcomes[place] = written(_once([*early, *rest]))
    for number in found.dangling:
        outcomes[number] = without_counterpart(
            "This uses the name that a table has while it is rebuilt."
        )
    for number, sql in enumerate(statements):
        if number not in at and keeps_counter(sql, found.rebuilds):
            outcomes[number] = nothing()
    return Passages(outcomes, found.reworded, found.rebuilds)


def _once(alterations: Iterable[Alteration]) -> list[Alteration]:
    return list(dict.fromkeys(alterations))


def written(alterations: Iterable[Alteration]) -> Outcome:
    """Statements as one text, each mark above what it is about; the others above all."""
    doubts: list[str] = []
    parts: list[str] = []
    for each in alterations:
        if each.sql:
            marks = (f"-- {MARK} {' '.join(doubt.split())}" for doubt in each.doubts)
            parts.append("\n".join((*marks, each.sql)))
        else:
            doubts += each.doubts
    return Outcome(";\n\n".join(parts) or None, doubts, shown=bool(doubts))
