"""Table rebuilds of libsql, recognised for what they do.

SQLite has few words for changing a table (https://www.sqlite.org/lang_altertable.html, section 7):
a new one is created, the rows are copied, the old one is dropped, and names, indexes and triggers
are put back. Which table becomes which is followed by identity, never by the look of a name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mig_assist.backend import Backend
from mig_assist.draft.derive.copies import Copy, renamed_columns
from mig_assist.draft.derive.libsql_text import quoted
from mig_assist.draft.derive.likeness import trigger_key, unchanged_things
from mig_assist.draft.derive.postgres_side import named
from mig_assist.draft.derive.reader import Reader, mentioned, spaced, with_names
from mig_assist.draft.derive.rehearsal import Rehearsal
from mig_assist.draft.derive.story import Identity, Story, replaced
from mig_assist.engines.schema import Schema, Table, Trigger, View
from mig_assist.engines.sqlite_tokens import fold


@dataclass(frozen=True, slots=True)
class Rebuild:
    """A rebuild of one table.

    Attributes:
        before: the table before the file's first statement of the rebuild.
        after: what has its name when all rebuilds that are interwoven are done.
        copies: how its rows come from the old table; usually one.
        place: the number of the statement in whose place the changes stand.
        statements: those that are part of it; they yield nothing by themselves.
        later: statements that need the new table before it has its name, part of it too: they
            come when it has.
        kept: the names of indexes and triggers whose own statements stay where they are.
        created: CREATE INDEX and TRIGGER on the new table under its other name.
        names: all names that the old and the new table have in between, folded.
        former_names: those of them that the old table has.
        unclear: what cannot be told, each as a sentence.
    """

    before: Table
    after: Table
    copies: tuple[Copy, ...]
    place: int
    statements: frozenset[int]
    later: tuple[str, ...] = ()
    kept: frozenset[str] = frozenset()
    created: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()
    former_names: frozenset[str] = frozenset()
    unclear: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recognised:
    """All rebuilds of a file.

    Attributes:
        aside: statements that only serve the rebuilds: pragmas, rows of children moved aside and
            back, views and triggers that are put back as they were.
        reworded: statements that read an old table under its other name, with its own one.
        dangling: statements that use a name that a table has in between, and cannot be carried.
        unknown: the statements by which a table is rebuilt that the schema does not have, or in a
            way that libsql does not take.
    """

    rebuilds: tuple[Rebuild, ...] = ()
    aside: frozenset[int] = frozenset()
    reworded: Mapping[int, str] = field(default_factory=dict)
    dangling: frozenset[int] = frozenset()
    unknown: Mapping[str, frozenset[int]] = field(default_factory=dict)


def recognise_rebuilds(statements: Sequence[str], schema: Schema) -> Recognised:
    """The rebuilds in the statements of a libsql file.

    Args:
        statements: of the whole file, in order.
        schema: libsql's before the file.
    """
    story = Story(schema)
    for number, sql in enumerate(statements):
        story.tell(number, sql)
    pairs = [(old, new) for new in story.identities for old in replaced(new)]
    known = [(old, new) for old, new in pairs if old.known]
    found = _Telling(story, known, statements, schema).recognised() if known else Recognised()
    followed = {fold(rebuild.before.name) for rebuild in found.rebuilds}
    unknown = {
        old.names[0]: story.core(old, new) | frozenset(new.hanging)
        for old, new in pairs
        if old.names[0] not in followed and not (old.is_backup_of or not old.existed)
    }
    return replace(found, unknown=unknown)


class _Telling:
    """What the rebuilds in a story are, with the tables that the engine itself makes of it."""

    def __init__(
        self,
        story: Story,
        pairs: Sequence[tuple[Identity, Identity]],
        statements: Sequence[str],
        schema: Schema,
    ) -> None:
        self.story = story
        self.pairs = pairs
        self.statements = statements
        self.schema = schema
        self.cores = {new: story.core(old, new) for old, new in pairs}
        self.groups = _interwoven(self.cores)
        self.stages = self._stages()

    def _stages(self) -> Mapping[int, Schema]:
        """The schema before the statement of each number at which a rebuild begins or ends."""
        wanted = {0, len(self.statements)}
        for group in self.groups:
            wanted |= {min(group.numbers), max(group.numbers) + 1}
        stages: dict[int, Schema] = {}
        rehearsal = Rehearsal(self.schema)
        try:
            for number, sql in enumerate(self.statements):
                if number in wanted:
                    stages[number] = rehearsal.schema()
                rehearsal.follow(sql)
            stages[len(self.statements)] = rehearsal.schema()
        finally:
            rehearsal.close()
        return stages

    def recognised(self) -> Recognised:
        """Everything together."""
        rebuilds = []
        for old, new in self.pairs:
            rebuild = self._rebuild(old, new)
            if rebuild is not None:
                rebuilds.append(rebuild)
        if not rebuilds:
            return Recognised()
        consumed = frozenset().union(*(rebuild.statements for rebuild in rebuilds))
        aside = frozenset(self._aside()) - consumed
        reworded: dict[int, str] = {}
        dangling: set[int] = set()
        for rebuild in rebuilds:
            for number, sql in enumerate(self.statements):
                if number in consumed | aside or not mentioned(sql, Backend.LIBSQL) & rebuild.names:
                    continue
                home = {name: quoted(rebuild.before.name) for name in rebuild.former_names}
                used = mentioned(sql, Backend.LIBSQL) & (rebuild.names - rebuild.former_names)
                if number < rebuild.place and (not used or _only_refers(sql, used, rebuild)):
                    home |= dict.fromkeys(used, quoted(rebuild.before.name))
                    text = reworded.get(number, sql)
                    reworded[number] = with_names(text, home, Backend.LIBSQL)
                else:
                    dangling.add(number)
        return Recognised(
            tuple(sorted(rebuilds, key=lambda rebuild: rebuild.place)),
            aside,
            reworded,
            frozenset(dangling),
        )

    def _rebuild(self, old: Identity, new: Identity) -> Rebuild | None:
        group = next(each for each in self.groups if new in each.tables)
        first, last = min(group.numbers), max(group.numbers) + 1
        home = new.names[-1]
        before = named(self.stages[first], old.names[0] if old.existed else home)
        before = before or named(self.stages[first], home)
        after = named(self.stages[last], home)
        if before is None or after is None:
            return None
        start, end = self.stages[0], self.stages[len(self.statements)]
        whole = named(start, before.name) or before
        final = named(end, home) or after
        before = replace(before, indexes=whole.indexes, triggers=whole.triggers)
        after = replace(after, indexes=final.indexes, triggers=final.triggers)
        place = self._place(old, new)
        core = set(self.cores[new])
        core |= {each for each in (*new.alters, *old.alters) if first <= each < last}
        copies, further, unclear = self._copies(old, new, place)
        unclear += self._astray(old, new)
        later = sorted([n for n in new.changes if new.renames and n < place] + further)
        renames = renamed_columns(copies[0], before, after) if copies else {}
        same = unchanged_things(before, after, renames)
        hanging = self._hanging(same, old, new, place)
        return Rebuild(
            before=before,
            after=after,
            copies=tuple(copies),
            place=place,
            statements=frozenset({*core, *later, *hanging.consumed}),
            later=tuple(self.statements[number] for number in later),
            kept=frozenset(hanging.kept),
            created=tuple(self.statements[number] for number in hanging.created),
            names=frozenset({*old.names, *new.names} - {home}),
            former_names=frozenset({*old.names} - {home}),
            unclear=tuple(unclear),
        )

    def _place(self, old: Identity, new: Identity) -> int:
        """Where the new table is what the old one was, and nothing has been done with it yet."""
        if new.renames:
            return max(new.renames)
        copied = max(number for number, _, _ in new.copies)
        ended = max(old.dropped or 0, *(each for each in self.cores[new]))
        return copied if any(copied < number < ended for number in new.changes) else ended

    def _copies(
        self, old: Identity, new: Identity, place: int
    ) -> tuple[list[Copy], list[int], list[str]]:
        """The copies of the old rows, those of others that may come later, and what is unclear."""
        copies: list[Copy] = []
        further: list[int] = []
        unclear: list[str] = []
        for number, copy, source in new.copies:
            if (source.is_backup_of or source) is old:
                copies.append(copy)
            elif new.renames and number < place and self._can_wait(number, place, new):
                further.append(number)
            else:
                unclear.append(f"Rows of {copy.source} are copied in as well.")
        for backup in self.story.identities:
            if backup.is_backup_of is old and backup is not new and backup.changes:
                unclear.append(f"Rows are changed in {backup.names[0]} before they come back.")
        return copies, further, unclear

    def _can_wait(self, number: int, place: int, new: Identity) -> bool:
        """Whether what a statement reads is still there, as it is, when a rebuild is done."""
        used = mentioned(self.statements[number], Backend.LIBSQL)
        for table in self.story.identities:
            events = (*table.own, *table.alters, *table.changes, *(n for n, _, _ in table.copies))
            changes = any(number < each <= place for each in events)
            if changes and table is not new and used.intersection(table.names):
                return False
        return True

    def _astray(self, old: Identity, new: Identity) -> Iterator[str]:
        """Foreign keys that a rename has turned to a name at which no table is in the end."""
        end = self.stages[len(self.statements)]
        astray = {
            table.name: key.target
            for table in end.tables
            for key in table.foreign_keys
            if fold(key.target) in {*old.names, *new.names} and not named(end, key.target)
        }
        if astray:
            target = next(iter(astray.values()))
            verb = "refer" if len(astray) > 1 else "refers"
            yield (
                f"On libsql {' and '.join(astray)} {verb} to {target} from here on,"
                " which is gone, for a rename takes references along: build the new table beside"
                " the old one there."
            )

    def _hanging(self, same: frozenset[str], old: Identity, new: Identity, place: int) -> _Hanging:
        """What becomes of the statements on indexes and triggers of both tables."""
        found = _Hanging()
        for number in sorted({*old.hanging, *new.hanging}):
            reader = Reader(self.statements[number], Backend.LIBSQL)
            creates = reader.accept("CREATE")
            if not creates:
                reader.accept("DROP")
            reader.skip_to("INDEX", "TRIGGER")
            reader.place += 1
            _ = reader.accept("IF", "NOT", "EXISTS") or reader.accept("IF", "EXISTS")
            name = fold(reader.name())
            if name in same:
                found.consumed.append(number)
            elif not creates:
                found.kept.add(name)
            elif number in new.hanging and number < place:
                found.consumed.append(number)
                found.created.append(number)
        return found

    def _aside(self) -> Iterator[int]:
        """The statements that only keep other things safe while tables are rebuilt."""
        story = self.story
        yield from story.pragmas
        rebuilt = {each for pair in self.pairs for each in pair}
        moving = {name for each in rebuilt for name in each.names}
        for backup in story.identities:
            child = backup.is_part_of
            if child is None or not child.known or child in rebuilt or backup.dropped is None:
                continue
            moving |= {*backup.names, *child.names}
            others = {fold(name) for name in self._tables_in(backup)} - moving
            if others:
                continue
            back = [n for n, c, s in child.copies if s is backup and c.takes_everything]
            updates = [
                n
                for n in child.changes
                if backup.names[0] in mentioned(self.statements[n], Backend.LIBSQL)
            ]
            if not back and not updates:
                continue
            created = min(backup.own)
            yield from (*backup.own, *(n for n, _, _ in backup.copies), *back, *updates)
            for name in backup.names:
                yield from (n for n in story.early_drops.get(name, ()) if n < created)
            for number in child.changes:
                if created < number < max((*back, *updates)) and _empties(self.statements[number]):
                    yield number
        start, end = self.stages[0], self.stages[len(self.statements)]
        triggers = _triggers(start), _triggers(end)
        for name, numbers in story.triggers.items():
            if len(numbers) > 1 and _same(triggers[0].get(name), triggers[1].get(name)):
                yield from numbers
        views = ({fold(view.name): view for view in each.views} for each in (start, end))
        old_views, new_views = views
        for name, numbers in story.views.items():
            one, other = old_views.get(name), new_views.get(name)
            if one and other and one.columns == other.columns:
                texts = (spaced(each.definition, Backend.LIBSQL) for each in (one, other))
                if len(set(texts)) == 1:
                    yield from numbers

    def _tables_in(self, backup: Identity) -> Iterator[str]:
        """The tables from which the rows of a backup are chosen."""
        known = {name for each in self.story.identities for name in each.names}
        for number, _, _ in backup.copies:
            yield from mentioned(self.statements[number], Backend.LIBSQL) & known


@dataclass(slots=True)
class _Hanging:
    consumed: list[int] = field(default_factory=list)
    created: list[int] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Group:
    """Rebuilds whose statements are mixed."""

    tables: frozenset[Identity]
    numbers: frozenset[int]


def _interwoven(cores: Mapping[Identity, frozenset[int]]) -> tuple[_Group, ...]:
    groups: list[_Group] = []
    for table, core in sorted(cores.items(), key=lambda item: min(item[1])):
        if groups and min(core) < max(groups[-1].numbers):
            last = groups.pop()
            groups.append(_Group(last.tables | {table}, last.numbers | core))
        else:
            groups.append(_Group(frozenset({table}), core))
    return tuple(groups)


def _only_refers(sql: str, names: Collection[str], rebuild: Rebuild) -> bool:
    """Whether a CREATE TABLE has names only behind REFERENCES, to a key that the table had before.

    SQLite's RENAME takes such references along to the final name.
    """
    reader = Reader(sql, Backend.LIBSQL)
    if not reader.accept("CREATE", "TABLE"):
        return False
    keys = [key.columns for key in (rebuild.before.primary_key, *rebuild.before.uniques) if key]
    keys = [tuple(map(fold, columns)) for columns in keys]
    for place, token in enumerate(reader.tokens):
        if not (token.is_name and token.folded in names):
            continue
        if reader.tokens[place - 1].key != "REFERENCES":
            return False
        reader.place = place + 1
        columns = tuple(map(fold, reader.names()))
        own = rebuild.after.primary_key
        if (columns or tuple(map(fold, own.columns if own else ()))) not in keys:
            return False
    return True


def _empties(sql: str) -> bool:
    reader = Reader(sql, Backend.LIBSQL)
    if reader.accept("DELETE", "FROM"):
        reader.name()
        return reader.at_end
    # A reference is taken out so that nothing is deleted: UPDATE … SET … = NULL
    return reader.accept("UPDATE") and reader.peek(-1) != "" and sql.upper().endswith("NULL")


def _triggers(schema: Schema) -> dict[str, Trigger]:
    owners: tuple[Table | View, ...] = (*schema.tables, *schema.views)
    return {fold(trigger.name): trigger for owner in owners for trigger in owner.triggers}


def _same(one: Trigger | None, other: Trigger | None) -> bool:
    return one is not None and other is not None and trigger_key(one) == trigger_key(other)
