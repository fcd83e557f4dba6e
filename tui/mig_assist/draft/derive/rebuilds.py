"""Table rebuilds of libsql, recognised for what they do.

SQLite has few words for changing a table (https://www.sqlite.org/lang_altertable.html, section 7):
a new one is created, the rows are copied, the old one is dropped, and names, indexes and triggers
are put back. Which table becomes which is followed by identity, never by the look of a name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mig_assist.backend import Backend
from mig_assist.draft.derive.copies import Copy, read_copy, renamed_columns
from mig_assist.draft.derive.libsql_text import quoted
from mig_assist.draft.derive.reader import Reader, mentioned, spaced, with_names
from mig_assist.draft.derive.rehearsal import Rehearsal
from mig_assist.engines.schema import Index, Schema, Table, Trigger, View
from mig_assist.engines.sqlite_tokens import fold

_PRAGMAS = frozenset(
    "FOREIGN_KEYS LEGACY_ALTER_TABLE DEFER_FOREIGN_KEYS FOREIGN_KEY_CHECK "
    "IGNORE_CHECK_CONSTRAINTS RECURSIVE_TRIGGERS WRITABLE_SCHEMA".split()
)


@dataclass(frozen=True, slots=True)
class Rebuild:
    """A rebuild of one table.

    Attributes:
        before: the table before the file's first statement of the rebuild.
        after: what has its name when all rebuilds that are interwoven are done.
        copies: how its rows come from the old table; usually one.
        place: the number of the statement in whose place the changes stand.
        statements: those that are part of it; they yield nothing by themselves.
        later: data statements on the new table under its other name, part of it too.
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
    """

    rebuilds: tuple[Rebuild, ...] = ()
    aside: frozenset[int] = frozenset()
    reworded: Mapping[int, str] = field(default_factory=dict)
    dangling: frozenset[int] = frozenset()


@dataclass(eq=False, slots=True)
class _Identity:
    """A table from its creation to its end, whatever it is called."""

    names: list[str]
    existed: bool = False
    created: int | None = None
    dropped: int | None = None
    renames: list[int] = field(default_factory=list)
    copies: list[tuple[int, Copy, _Identity]] = field(default_factory=list)
    alters: list[int] = field(default_factory=list)
    hanging: list[int] = field(default_factory=list)
    changes: list[int] = field(default_factory=list)
    is_backup_of: _Identity | None = None
    is_part_of: _Identity | None = None

    @property
    def own(self) -> list[int]:
        """The statements that make, rename and drop it."""
        ends = [each for each in (self.created, self.dropped) if each is not None]
        return [*ends, *self.renames]


def recognise_rebuilds(statements: Sequence[str], schema: Schema) -> Recognised:
    """The rebuilds in the statements of a libsql file.

    Args:
        statements: of the whole file, in order.
        schema: libsql's before the file.
    """
    story = _Story(schema)
    for number, sql in enumerate(statements):
        story.tell(number, sql)
    pairs = [(old, new) for new in story.identities for old in _replaced(new)]
    if not pairs:
        return Recognised()
    return _Telling(story, pairs, statements, schema).recognised()


def recognise_rebuild(statements: Sequence[str], schema: Schema) -> Rebuild | None:
    """The rebuild that some statements are; None where they are none, or several."""
    found = recognise_rebuilds(statements, schema).rebuilds
    return found[0] if len(found) == 1 else None


def _replaced(new: _Identity) -> Iterator[_Identity]:
    """The table that another one takes the place of."""
    if new.created is None:
        return
    for _, _, source in new.copies:
        old = source.is_backup_of or source
        if old is not new and old.dropped is not None and new.names[-1] in old.names:
            yield old
            return


class _Story:
    """Which table is which, statement by statement."""

    def __init__(self, schema: Schema) -> None:
        self.identities = [_Identity([fold(t.name)], existed=True) for t in schema.tables]
        self.by_name = {each.names[0]: each for each in self.identities}
        self.owner: dict[tuple[str, str], _Identity] = {}
        for table in schema.tables:
            identity = self.by_name[fold(table.name)]
            for kind, things in (("INDEX", table.indexes), ("TRIGGER", table.triggers)):
                self.owner |= {(kind, fold(thing.name)): identity for thing in things}
        self.pragmas: list[int] = []
        self.views: dict[str, list[int]] = {}
        self.triggers: dict[str, list[int]] = {}
        self.early_drops: dict[str, list[int]] = {}

    def tell(self, number: int, sql: str) -> None:
        """Follow one statement."""
        reader = Reader(sql, Backend.LIBSQL)
        if reader.accept("PRAGMA"):
            if reader.peek() in _PRAGMAS or reader.peek(2) in _PRAGMAS:
                self.pragmas.append(number)
        elif reader.accept("CREATE"):
            self._create(number, sql, reader)
        elif reader.accept("DROP"):
            self._drop(number, reader)
        elif reader.accept("ALTER", "TABLE"):
            self._alter(number, reader)
        elif reader.peek() in ("INSERT", "REPLACE"):
            self._insert(number, sql, reader)
        elif reader.accept("UPDATE"):
            if reader.accept("OR"):
                reader.place += 1
            self._change(number, reader)
        elif reader.accept("DELETE", "FROM"):
            self._change(number, reader)

    def _create(self, number: int, sql: str, reader: Reader) -> None:
        unique = reader.accept("UNIQUE")
        _ = reader.accept("TEMP") or reader.accept("TEMPORARY")
        kind = reader.peek()
        reader.place += 1
        careful = reader.accept("IF", "NOT", "EXISTS")
        name = fold(reader.name())
        if kind == "TABLE":
            if careful and name in self.by_name:
                return
            identity = _Identity([name], created=number)
            copy = read_copy(sql)
            if copy is not None:
                source = self.by_name.get(fold(copy.source))
                if source is not None:
                    self._copied(identity, number, copy, source)
            self.identities.append(identity)
            self.by_name[name] = identity
        elif kind == "INDEX" or (kind == "TRIGGER" and not unique):
            reader.skip_to("ON")
            if kind == "TRIGGER":
                self.triggers.setdefault(name, []).append(number)
            reader.accept("ON")
            owner = self.by_name.get(fold(reader.name()))
            if owner is not None:
                owner.hanging.append(number)
                self.owner[kind, name] = owner
        elif kind == "VIEW":
            self.views.setdefault(name, []).append(number)

    def _drop(self, number: int, reader: Reader) -> None:
        kind = reader.peek()
        reader.place += 1
        reader.accept("IF", "EXISTS")
        name = fold(reader.name())
        if kind == "TABLE":
            identity = self.by_name.pop(name, None)
            if identity is None:
                self.early_drops.setdefault(name, []).append(number)
            else:
                identity.dropped = number
        elif kind in ("INDEX", "TRIGGER"):
            if kind == "TRIGGER":
                self.triggers.setdefault(name, []).append(number)
            owner = self.owner.get((kind, name))
            if owner is not None:
                owner.hanging.append(number)
        elif kind == "VIEW":
            self.views.setdefault(name, []).append(number)

    def _alter(self, number: int, reader: Reader) -> None:
        name = fold(reader.name())
        identity = self.by_name.get(name)
        if identity is None:
            return
        if reader.accept("RENAME", "TO"):
            self.by_name[fold(reader.name())] = self.by_name.pop(name)
            identity.names.append(next(n for n, i in self.by_name.items() if i is identity))
            identity.renames.append(number)
        else:
            identity.alters.append(number)

    def _insert(self, number: int, sql: str, reader: Reader) -> None:
        copy = read_copy(sql)
        if copy is not None:
            target = self.by_name.get(fold(copy.target))
            source = self.by_name.get(fold(copy.source))
            if target is not None and source is not None:
                self._copied(target, number, copy, source)
                return
        reader.place += 1
        if reader.accept("OR"):
            reader.place += 1
        reader.accept("INTO")
        self._change(number, reader)

    def _copied(self, target: _Identity, number: int, copy: Copy, source: _Identity) -> None:
        target.copies.append((number, copy, source))
        first = target.created is not None and len(target.copies) == 1
        if first and not copy.other and all(map(_is_bare, copy.items)):
            target.is_part_of = source.is_part_of or source
            if copy.takes_everything:
                target.is_backup_of = source.is_backup_of or source

    def _change(self, number: int, reader: Reader) -> None:
        identity = self.by_name.get(fold(reader.name()))
        if identity is not None:
            identity.changes.append(number)


def _is_bare(item: str) -> bool:
    """Whether something selected is a column, or all of them."""
    tokens = Reader(item, Backend.LIBSQL).tokens
    return bool(tokens) and (tokens[-1].is_name or tokens[-1].key == "*") and len(tokens) in (1, 3)


class _Telling:
    """What the rebuilds in a story are, with the tables that the engine itself makes of it."""

    def __init__(
        self,
        story: _Story,
        pairs: Sequence[tuple[_Identity, _Identity]],
        statements: Sequence[str],
        schema: Schema,
    ) -> None:
        self.story = story
        self.pairs = pairs
        self.statements = statements
        self.schema = schema
        self.cores = {new: self._core(old, new) for old, new in pairs}
        self.groups = _interwoven(self.cores)
        self.stages = self._stages()

    def _core(self, old: _Identity, new: _Identity) -> frozenset[int]:
        """The statements by which one table takes the place of another."""
        copies = [
            number for number, _, source in new.copies if (source.is_backup_of or source) is old
        ]
        core = {*new.own, *copies}
        last = max(core)
        if old.dropped is not None:
            core.add(old.dropped)
        core |= {
            each for each in old.renames if new.created and each <= max(last, old.dropped or 0)
        }
        for backup in self.story.identities:
            if backup.is_backup_of is old and backup is not new and _serves(backup, new):
                core |= {*backup.own, *(number for number, _, _ in backup.copies)}
        if old.dropped is not None and copies:
            core |= {each for each in old.changes if max(copies) < each < old.dropped}
        for name in {*new.names, *old.names}:
            core |= {n for n in self.story.early_drops.get(name, ()) if n < max(core)}
        return frozenset(core)

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
                rehearsal.run(sql)
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
                if number < rebuild.place and not (
                    mentioned(sql, Backend.LIBSQL) & (rebuild.names - rebuild.former_names)
                ):
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

    def _rebuild(self, old: _Identity, new: _Identity) -> Rebuild | None:
        group = next(each for each in self.groups if new in each.tables)
        first, last = min(group.numbers), max(group.numbers) + 1
        home = new.names[-1]
        before = _named(self.stages[first], old.names[0] if old.existed else home)
        before = before or _named(self.stages[first], home)
        after = _named(self.stages[last], home)
        if before is None or after is None:
            return None
        start, end = self.stages[0], self.stages[len(self.statements)]
        whole = _named(start, before.name) or before
        final = _named(end, home) or after
        before = replace(before, indexes=whole.indexes, triggers=whole.triggers)
        after = replace(after, indexes=final.indexes, triggers=final.triggers)
        place = self._place(old, new)
        core = set(self.cores[new])
        core |= {each for each in (*new.alters, *old.alters) if first <= each < last}
        copies, unclear = self._copies(old, new)
        later = [n for n in new.changes if new.renames and n < place]
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

    def _place(self, old: _Identity, new: _Identity) -> int:
        """Where the new table is what the old one was, and nothing has been done with it yet."""
        if new.renames:
            return max(new.renames)
        copied = max(number for number, _, _ in new.copies)
        ended = max(old.dropped or 0, *(each for each in self.cores[new]))
        return copied if any(copied < number < ended for number in new.changes) else ended

    def _copies(self, old: _Identity, new: _Identity) -> tuple[list[Copy], list[str]]:
        copies: list[Copy] = []
        unclear: list[str] = []
        for _, copy, source in new.copies:
            if (source.is_backup_of or source) is not old:
                unclear.append(f"Rows of {copy.source} are copied in as well.")
                continue
            copies.append(copy)
        for backup in self.story.identities:
            if backup.is_backup_of is old and backup is not new and backup.changes:
                unclear.append(f"Rows are changed in {backup.names[0]} before they come back.")
        return copies, unclear

    def _hanging(
        self, same: frozenset[str], old: _Identity, new: _Identity, place: int
    ) -> _Hanging:
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
            if child is None or child in rebuilt or backup.dropped is None:
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

    def _tables_in(self, backup: _Identity) -> Iterator[str]:
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

    tables: frozenset[_Identity]
    numbers: frozenset[int]


def _interwoven(cores: Mapping[_Identity, frozenset[int]]) -> tuple[_Group, ...]:
    groups: list[_Group] = []
    for table, core in sorted(cores.items(), key=lambda item: min(item[1])):
        if groups and min(core) < max(groups[-1].numbers):
            last = groups.pop()
            groups.append(_Group(last.tables | {table}, last.numbers | core))
        else:
            groups.append(_Group(frozenset({table}), core))
    return tuple(groups)


def _serves(backup: _Identity, new: _Identity) -> bool:
    return any(source is backup for _, _, source in new.copies)


def _named(schema: Schema, name: str) -> Table | None:
    return next((table for table in schema.tables if fold(table.name) == fold(name)), None)


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


def trigger_key(trigger: Trigger, names: Mapping[str, str] | None = None) -> object:
    """A trigger as it is compared with one after columns were renamed."""

    def text(sql: str) -> tuple[str, ...]:
        return spaced(with_names(sql, names or {}, Backend.LIBSQL), Backend.LIBSQL)

    return (
        trigger.timing,
        trigger.events,
        tuple(sorted(text(quoted(column)) for column in trigger.update_of)),
        text(trigger.condition or ""),
        text(trigger.action),
    )


def index_key(index: Index, names: Mapping[str, str] | None = None) -> object:
    """An index as it is compared with one after columns were renamed."""

    def text(sql: str) -> tuple[str, ...]:
        return spaced(with_names(sql, names or {}, Backend.LIBSQL), Backend.LIBSQL)

    return (
        tuple(
            (text(part.text), part.is_expression, part.descending, part.collation)
            for part in index.parts
        ),
        index.unique,
        None if index.predicate is None else text(index.predicate),
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
