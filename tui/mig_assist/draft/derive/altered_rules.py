"""The keys, CHECKs and foreign keys of a rebuilt table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from mig_assist.backend import Backend
from mig_assist.draft.derive.alter_text import Alteration, Phase
from mig_assist.draft.derive.altered_table import AlteredTable
from mig_assist.draft.derive.libsql_text import actions_sql
from mig_assist.draft.derive.libsql_text import quoted as libsql_name
from mig_assist.draft.derive.outcome import one_line
from mig_assist.draft.derive.postgres_side import (
    PostgresSide,
    check_key,
    named,
    plain,
    same_columns,
    spelled,
)
from mig_assist.draft.derive.reader import mentioned
from mig_assist.draft.derive.tokens import unquoted
from mig_assist.engines.schema import Check, ForeignKey, Key, Table
from mig_assist.engines.sqlite_tokens import fold


def keys(work: AlteredTable) -> Iterator[Alteration]:
    """Primary key and UNIQUE."""
    known = work.side.known
    old, new = work.before.primary_key, work.after.primary_key
    changed = not same_columns(work.now(old.columns if old else ()), new.columns if new else ())
    if changed:
        if old is not None and not work.dies(old.columns):
            name = known.primary_key.name if known and known.primary_key else None
            yield from _drop_key(work, old, name or f"{work.side.name}_pkey")
        elif old is not None and known is not None and known.primary_key is not None:
            work.side.taken.discard(known.primary_key.name or "")
        if new is not None:
            columns = ", ".join(map(work.final, new.columns))
            yield work.alter(Phase.RULES, f"ADD PRIMARY KEY ({columns})")
    left = list(work.after.uniques)
    for unique in work.before.uniques:
        same = next((e for e in left if same_columns(work.now(unique.columns), e.columns)), None)
        if same is not None:
            left.remove(same)
            continue
        if work.dies(unique.columns):
            continue
        there = work.side.unique(unique.columns)
        index = work.side.unique_index(unique.columns)
        if there is not None and there.name:
            yield from _drop_key(work, unique, there.name)
        elif index is not None:
            # The file may drop an index of that name itself, which libsql does not have.
            yield Alteration(Phase.OFF, f"DROP INDEX IF EXISTS {spelled(index.name)}")
        else:
            yield work.mark(
                Phase.OFF,
                f"UNIQUE ({', '.join(unique.columns)}) ends here, which PostgreSQL has not.",
            )
    for unique in left:
        if work.side.unique(work.then(unique.columns)) is not None:
            continue
        columns = ", ".join(map(work.final, unique.columns))
        name = unique.name or work.side.free_name(unique.columns, "key")
        yield work.alter(Phase.RULES, f"ADD CONSTRAINT {spelled(name)} UNIQUE ({columns})")


def _drop_key(work: AlteredTable, key: Key, name: str) -> Iterator[Alteration]:
    """Drop a key, and the foreign keys that need it as long as it is away."""
    for table, reference in work.side.references(key.columns):
        if table.name == work.side.name or reference.name is None:
            continue
        if _ends_by_itself(work, table, reference):
            continue
        still = any(
            same_columns(work.now(key.columns), each.columns)
            for each in (*work.after.uniques, *filter(None, [work.after.primary_key]))
        )
        other = spelled(table.name)
        yield Alteration(
            Phase.FOREIGN_KEYS_OFF,
            table=other,
            change=f"DROP CONSTRAINT {spelled(reference.name)}",
            beside=(fold(table.name),),
        )
        if still:
            text = _reference_text(work, reference, PostgresSide(work.context.postgres, table))
            yield Alteration(
                Phase.FOREIGN_KEYS_ON,
                table=other,
                change=f"ADD CONSTRAINT {spelled(reference.name)} {text}",
                beside=(fold(table.name),),
            )
        else:
            yield work.mark(
                Phase.FOREIGN_KEYS_ON,
                f"{table.name} refers to a key of {work.side.name} that is gone.",
            )
    work.side.taken.discard(name)
    yield work.alter(Phase.OFF, f"DROP CONSTRAINT {spelled(name)}")


def _ends_by_itself(work: AlteredTable, child: Table, reference: ForeignKey) -> bool:
    """Whether a foreign key of another table is dropped by what becomes of that table's rebuild."""
    for rebuild in work.beside:
        if fold(rebuild.before.name) == fold(child.name):
            other = AlteredTable(rebuild, work.context, work.beside)
            return any(
                _staying(other, key, other.after.foreign_keys) is None
                for key in other.before.foreign_keys
                if other.side.foreign_key(key) == reference
            )
    return False


def checks(work: AlteredTable) -> Iterator[Alteration]:
    """The CHECKs that end and that come."""
    names = {old: libsql_name(new) for old, new in work.fate.renamed.items()}
    old = {repr(check_key(check, names)): check for check in work.before.checks}
    new = {repr(check_key(check, {})): check for check in work.after.checks}
    free: dict[frozenset[str], list[str]] = {}
    for key, check in old.items():
        if key in new:
            continue
        used = frozenset(mentioned(check.expression, Backend.LIBSQL) & work.old.keys())
        if work.dies(used):
            continue
        there = work.side.check(check)
        if there is None or not there.name:
            yield work.mark(Phase.OFF, f"CHECK ({one_line(check.expression)}) ends: find it here.")
            continue
        work.side.taken.discard(there.name)
        then = frozenset(fold(work.fate.renamed.get(name, name)) for name in used)
        free.setdefault(then, []).append(there.name)
        yield work.alter(Phase.OFF, f"DROP CONSTRAINT {spelled(there.name)}")
    for key, check in new.items():
        if key in old:
            continue
        used = frozenset(mentioned(check.expression, Backend.LIBSQL) & work.new.keys())
        yield _add_check(work, check, used, free)


def _add_check(
    work: AlteredTable, check: Check, used: frozenset[str], free: dict[frozenset[str], list[str]]
) -> Alteration:
    name = check.name
    if name is None and free.get(used):
        name = free[used].pop(0)
        work.side.taken.add(name)
    if name is None:
        name = work.side.free_name(tuple(used) if len(used) == 1 else (), "check")
    text = work.new_expression(check.expression)
    return work.alter(
        Phase.RULES, f"ADD CONSTRAINT {spelled(name)} CHECK ({text.text})", *text.doubts
    )


def foreign_keys(work: AlteredTable) -> Iterator[Alteration]:
    """The foreign keys that end, come, or change."""
    left = list(work.after.foreign_keys)
    for key in work.before.foreign_keys:
        same = _staying(work, key, left)
        if same is not None:
            left.remove(same)
            continue
        if work.dies(key.columns):
            continue
        there = work.side.foreign_key(key)
        if there is None or not there.name:
            yield work.mark(
                Phase.FOREIGN_KEYS_OFF,
                f"The foreign key ({', '.join(key.columns)}) to {key.target} ends.",
            )
            continue
        work.side.taken.discard(there.name)
        drop = work.alter(Phase.FOREIGN_KEYS_OFF, f"DROP CONSTRAINT {spelled(there.name)}")
        yield replace(drop, beside=(fold(key.target),))
    for key in left:
        there = work.side.foreign_key(replace(key, columns=work.then(key.columns)))
        if there is not None and there.name in work.side.taken:  # PostgreSQL alone had it so far
            if _acts_alike(there, key):
                continue
            work.side.taken.discard(there.name or "")
            yield work.alter(Phase.FOREIGN_KEYS_OFF, f"DROP CONSTRAINT {spelled(there.name or '')}")
        name = key.name or work.side.free_name(key.columns, "fkey")
        text = _reference_text(work, key, work.side, after=True)
        add = work.alter(Phase.FOREIGN_KEYS_ON, f"ADD CONSTRAINT {spelled(name)} {text}")
        yield replace(add, beside=(fold(key.target),))


def _staying(work: AlteredTable, key: ForeignKey, new: Sequence[ForeignKey]) -> ForeignKey | None:
    """What a foreign key is in the new table, where it need not be said anew."""
    if any(fold(column) in work.retyped for column in work.now(key.columns)):
        return None
    return next((each for each in new if _is_same(work, key, each)), None)


def _is_same(work: AlteredTable, old: ForeignKey, new: ForeignKey) -> bool:
    # Renaming a table away takes the references to it along, on libsql alone.
    home = work.names.get(fold(old.target))
    old = replace(old, target=unquoted(home) if home[:1] == '"' else home) if home else old
    own = fold(old.target) == fold(work.before.name)
    targets = work.now(old.target_columns) if own else old.target_columns
    return (
        same_columns(work.now(old.columns), new.columns)
        and fold(old.target) == fold(new.target)
        and same_columns(targets, new.target_columns)
        and _acts_alike(old, new)
    )


def _acts_alike(old: ForeignKey, new: ForeignKey) -> bool:
    return (old.on_delete, old.on_update, old.deferrable, old.deferred) == (
        new.on_delete,
        new.on_update,
        new.deferrable,
        new.deferred,
    )


def _reference_text(
    work: AlteredTable, key: ForeignKey, side: PostgresSide, *, after: bool = False
) -> str:
    target = named(work.context.postgres, key.target)
    name = target.name if target else plain(key.target)
    there = {fold(column.name): column.name for column in side.columns_of(target)}
    columns = ", ".join(map(work.final, key.columns)) if after else side.list(key.columns)
    targets = ", ".join(spelled(there.get(fold(c), plain(c))) for c in key.target_columns)
    return f"FOREIGN KEY ({columns}) REFERENCES {spelled(name)} ({targets}){actions_sql(key)}"
