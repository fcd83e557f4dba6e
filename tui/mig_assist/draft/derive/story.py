"""Which table is which in a libsql file: each followed by identity from its creation to its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from mig_assist.backend import Backend
from mig_assist.draft.derive.copies import Copy, read_copy
from mig_assist.draft.derive.reader import Reader
from mig_assist.engines.schema import Schema
from mig_assist.engines.sqlite_tokens import fold

_PRAGMAS = frozenset(
    "FOREIGN_KEYS LEGACY_ALTER_TABLE DEFER_FOREIGN_KEYS FOREIGN_KEY_CHECK "
    "IGNORE_CHECK_CONSTRAINTS RECURSIVE_TRIGGERS WRITABLE_SCHEMA".split()
)


@dataclass(eq=False, slots=True)
class Identity:
    """A table from its creation to its end, whatever it is called.

    Attributes:
        existed: before the file.
        known: whether the schema has it; False where only the file speaks of it.
    """

    names: list[str]
    existed: bool = False
    known: bool = True
    created: int | None = None
    dropped: int | None = None
    renames: list[int] = field(default_factory=list)
    copies: list[tuple[int, Copy, Identity]] = field(default_factory=list)
    alters: list[int] = field(default_factory=list)
    hanging: list[int] = field(default_factory=list)
    changes: list[int] = field(default_factory=list)
    is_backup_of: Identity | None = None
    is_part_of: Identity | None = None

    @property
    def own(self) -> list[int]:
        """The statements that make, rename and drop it."""
        ends = [each for each in (self.created, self.dropped) if each is not None]
        return [*ends, *self.renames]


def replaced(new: Identity) -> Iterator[Identity]:
    """The table that another one takes the place of."""
    if new.created is None:
        return
    for _, _, source in new.copies:
        old = source.is_backup_of or source
        if old is not new and old.dropped is not None and new.names[-1] in old.names:
            yield old
            return


class Story:
    """Which table is which, statement by statement."""

    def __init__(self, schema: Schema) -> None:
        self.identities = [Identity([fold(t.name)], existed=True) for t in schema.tables]
        self.by_name = {each.names[0]: each for each in self.identities}
        self.owner: dict[tuple[str, str], Identity] = {}
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

    def core(self, old: Identity, new: Identity) -> frozenset[int]:
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
        for backup in self.identities:
            if backup.is_backup_of is old and backup is not new and _serves(backup, new):
                core |= {*backup.own, *(number for number, _, _ in backup.copies)}
        if old.dropped is not None and copies:
            core |= {each for each in old.changes if max(copies) < each < old.dropped}
        for name in {*new.names, *old.names}:
            core |= {n for n in self.early_drops.get(name, ()) if n < max(core)}
        return frozenset(core)

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
            identity = Identity([name], created=number)
            copy = read_copy(sql)
            if copy is not None:
                self._copied(identity, number, copy, self._table(copy.source))
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
        identity = self._table(name)
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
            if target is not None:
                self._copied(target, number, copy, self._table(copy.source))
                return
        reader.place += 1
        if reader.accept("OR"):
            reader.place += 1
        reader.accept("INTO")
        self._change(number, reader)

    def _table(self, name: str) -> Identity:
        """The table of a name; one that nobody knows is followed, too."""
        if fold(name) not in self.by_name:
            self.by_name[fold(name)] = Identity([fold(name)], existed=True, known=False)
        return self.by_name[fold(name)]

    def _copied(self, target: Identity, number: int, copy: Copy, source: Identity) -> None:
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


def _serves(backup: Identity, new: Identity) -> bool:
    return any(source is backup for _, _, source in new.copies)


def _is_bare(item: str) -> bool:
    """Whether something selected is a column, or all of them."""
    tokens = Reader(item, Backend.LIBSQL).tokens
    return bool(tokens) and (tokens[-1].is_name or tokens[-1].key == "*") and len(tokens) in (1, 3)
