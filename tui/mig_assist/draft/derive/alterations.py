"""What a libsql rebuild does, as the ALTER TABLE statements that PostgreSQL has for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mig_assist.draft.derive.alter_text import Alteration, Phase
from mig_assist.draft.derive.altered_columns import columns
from mig_assist.draft.derive.altered_rows import deletes, doubtful_copies
from mig_assist.draft.derive.altered_rules import checks, foreign_keys, keys
from mig_assist.draft.derive.altered_table import AlteredTable
from mig_assist.draft.derive.libsql_text import quoted as libsql_name
from mig_assist.draft.derive.likeness import index_key, trigger_key
from mig_assist.draft.derive.model import Context
from mig_assist.draft.derive.postgres_side import spelled
from mig_assist.draft.derive.rebuilds import Rebuild
from mig_assist.engines.sqlite_tokens import fold


def alter_statements(
    rebuild: Rebuild, context: Context, beside: Sequence[Rebuild] = ()
) -> tuple[Alteration, ...]:
    """What PostgreSQL has to do where libsql rebuilds a table, in order.

    Args:
        context: both sides just before the rebuild.
        beside: the rebuilds of the same file.
    """
    work = AlteredTable(rebuild, context, beside)
    return tuple(sorted(_all(work), key=lambda alteration: alteration.phase))


def _all(work: AlteredTable) -> Iterator[Alteration]:
    """Everything, in no order."""
    if work.side.known is None and work.context.postgres.tables:
        work.unclear.append(f"PostgreSQL has no table {work.before.name} so far.")
    yield from (Alteration(Phase.DELETE, "", (message,)) for message in doubtful_copies(work))
    yield from deletes(work)
    yield from columns(work)
    yield from keys(work)
    yield from checks(work)
    yield from foreign_keys(work)
    yield from _hanging(work)
    for sql in work.rebuild.later:
        yield work.translated(Phase.REST, sql)


def _hanging(work: AlteredTable) -> Iterator[Alteration]:
    new_indexes = {fold(index.name): index_key(index) for index in work.after.indexes}
    renames = {old: libsql_name(new) for old, new in work.fate.renamed.items()}
    for index in work.before.indexes:
        name = fold(index.name)
        changed = new_indexes.get(name) != index_key(index, renames)
        there = work.side.index(index.name)
        used = {fold(part.text) for part in index.parts}
        if not changed or name in work.rebuild.kept or there is None or work.dies(used):
            continue
        yield Alteration(Phase.OFF, f"DROP INDEX {spelled(there.name)}")
    new_triggers = {fold(each.name): trigger_key(each) for each in work.after.triggers}
    for trigger in work.before.triggers:
        name = fold(trigger.name)
        if new_triggers.get(name) == trigger_key(trigger, renames) or name in work.rebuild.kept:
            continue
        known = work.side.known.triggers if work.side.known else ()
        found = [each for each in known if fold(each.name) == name]
        yield from (
            Alteration(Phase.OFF, f"DROP TRIGGER {spelled(each.name)} ON {work.side.table}")
            for each in found
        )
    for sql in work.rebuild.created:
        yield work.translated(Phase.REST, sql)
