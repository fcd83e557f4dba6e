"""Indexes and triggers of libsql as they are compared with those after columns were renamed."""

from __future__ import annotations

from collections.abc import Mapping

from mig_assist.backend import Backend
from mig_assist.draft.derive.libsql_text import quoted
from mig_assist.draft.derive.reader import spaced, with_names
from mig_assist.engines.schema import Index, Table, Trigger
from mig_assist.engines.sqlite_tokens import fold


def _text(sql: str, names: Mapping[str, str] | None) -> tuple[str, ...]:
    return spaced(with_names(sql, names or {}, Backend.LIBSQL), Backend.LIBSQL)


def trigger_key(trigger: Trigger, names: Mapping[str, str] | None = None) -> object:
    """A trigger as it is compared with one after columns were renamed."""

    return (
        trigger.timing,
        trigger.events,
        tuple(sorted(_text(quoted(column), names) for column in trigger.update_of)),
        _text(trigger.condition or "", names),
        _text(trigger.action, names),
    )


def index_key(index: Index, names: Mapping[str, str] | None = None) -> object:
    """An index as it is compared with one after columns were renamed."""

    return (
        tuple(
            (_text(part.text, names), part.is_expression, part.descending, part.collation)
            for part in index.parts
        ),
        index.unique,
        None if index.predicate is None else _text(index.predicate, names),
    )


def unchanged_things(before: Table, after: Table, renames: Mapping[str, str]) -> frozenset[str]:
    """The folded names of the indexes and triggers that are after it as they were before it."""
    names = {old: quoted(new) for old, new in renames.items()}
    indexes = {fold(index.name): index_key(index, names) for index in before.indexes}
    triggers = {fold(trigger.name): trigger_key(trigger, names) for trigger in before.triggers}
    return frozenset(
        [fold(i.name) for i in after.indexes if indexes.get(fold(i.name)) == index_key(i)]
        + [fold(t.name) for t in after.triggers if triggers.get(fold(t.name)) == trigger_key(t)]
    )
