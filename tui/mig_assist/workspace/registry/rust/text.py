"""The text of a Rust registry: its entries, and the same text with other entries."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import NamedTuple

from mig_assist.backend import Backend
from mig_assist.digests import content_digest
from mig_assist.workspace.files import MigrationFile
from mig_assist.workspace.registry import RegistryEntry, RegistryError
from mig_assist.workspace.registry.rust.editing import ListEditor, NewElement, Unwritable, alone
from mig_assist.workspace.registry.rust.formatting import Style
from mig_assist.workspace.registry.rust.pieces import Edit, applied, span
from mig_assist.workspace.registry.rust.reading import (
    DigestSlot,
    ListReading,
    PathSlot,
    Plain,
    SameSlot,
    Slot,
    Surroundings,
    TextSlot,
    facts_of,
    read_lists,
)
from mig_assist.workspace.registry.rust.rules import Facts
from mig_assist.workspace.registry.rust.syntax import (
    Element,
    Kind,
    Leaf,
    RustSource,
    declared_length,
    integer_source,
    string_source,
    string_value,
)


class Manner(NamedTuple):
    """How a Rust registry is read and written.

    Attributes:
        name: the constant, variable or function that holds the list; empty to find it.
    """

    around: Surroundings
    style: Style
    name: str = ""


class RustText:
    """A Rust file's bytes, as a list of migrations."""

    def __init__(self, content: bytes, manner: Manner) -> None:
        self.content = content
        self._manner = manner
        self._around = manner.around

    @cached_property
    def entries(self) -> tuple[RegistryEntry, ...]:
        """All entries in the order of the list.

        Raises:
            RegistryError: it has no list of migrations, or that cannot be read.
        """
        first, *others = (reading.entries for reading in self._lists)
        return _joined(first, others[0]) if others else first

    def checksum(self, file: MigrationFile, content: bytes) -> str:
        """What the registry records for a file; its content's digest where it records nothing.

        Raises:
            RegistryError: as for :attr:`entries`.
        """
        for reading in self._lists:
            for key, backends in reading.recorded.items():
                slot = reading.slots[key]
                if file.backend not in backends:
                    continue
                if isinstance(slot, DigestSlot):
                    return slot.rule.write(file, content)
                if isinstance(slot, TextSlot):
                    paths = {file.backend: file.path}
                    return slot.rule.write(Facts(file.version, file.name, paths))
        return content_digest(content)

    def with_entry(self, entry: RegistryEntry) -> RustText:
        """The text with an entry added, or with the one of its version replaced.

        Raises:
            RegistryError: as for :attr:`entries`, or the change cannot be made.
        """
        if any(known.version == entry.version for known in self.entries):
            return self.renamed(entry.version, entry)
        edits = [edit for reading in self._lists for edit in self._insertion(reading, entry)]
        return self._added(edits, entry)

    def with_entry_of(self, other: RustText, entry: RegistryEntry) -> RustText:
        """The text with an entry of another text added as it is written there.

        Raises:
            RegistryError: as for :attr:`entries`, or the change cannot be made.
        """
        edits: list[Edit] = []
        for reading, theirs in zip(self._lists, other._lists, strict=True):
            place = next((n for n, e in enumerate(theirs.entries) if _is_part(e, entry)), None)
            if place is not None:
                index = _place(reading.entries, entry.version)
                editor, source = self._editor(reading), other._editor(theirs)
                edits += self._edits(partial(editor.insertion_of, index, source, place))
        return self._added(edits, entry)

    def _added(self, edits: list[Edit], entry: RegistryEntry) -> RustText:
        return self._checked(edits, sorted([*map(_identity, self.entries), _identity(entry)]))

    def frame(self) -> bytes:
        """What stands around the list, without the length that it is declared with."""
        edits = []
        for reading in self._lists:
            edits.append(Edit(*span(reading.rust_list.node), ""))
            length = declared_length(reading.rust_list.node)
            edits += [Edit(*span(length), "")] if length is not None else []
        return applied(self.content, edits, self._newline)

    def without_entry(self, version: int) -> RustText:
        """The text without the entry of a version.

        Raises:
            RegistryError: as for :attr:`entries`, the change cannot be made, or several entries
                have that version.
        """
        edits: list[Edit] = []
        for reading in self._lists:
            index = self._index(reading, version, "")
            if index is not None:
                edits += self._edits(partial(self._editor(reading).removal, index))
        if not edits:
            return self
        kept = [_identity(entry) for entry in self.entries if entry.version != version]
        return self._checked(edits, sorted(kept))

    def renamed(self, version: int, new: RegistryEntry) -> RustText:
        """The text in which the entry of a version has become another one, in its right place.

        Raises:
            RegistryError: as for :attr:`entries`, the change cannot be made, or several entries
                have that version and none of them, or several, the new one's name.
        """
        edits: list[Edit] = []
        for reading in self._lists:
            index = self._index(reading, version, new.name)
            if index is not None:
                edits += self._replacement(reading, index, new)
        old = [entry for entry in self.entries if entry.version == version]
        if not old:
            return self
        meant = next((entry for entry in old if entry.name == new.name), old[0])
        kept = [_identity(entry) for entry in self.entries if entry is not meant]
        return self._checked(edits, sorted([*kept, _identity(new)]))._in_order(new)

    @cached_property
    def _source(self) -> RustSource:
        return RustSource(self.content)

    @cached_property
    def _lists(self) -> tuple[ListReading, ...]:
        return read_lists(self._source, self._around, self._manner.name)

    @property
    def _newline(self) -> str:
        return "\r\n" if b"\r\n" in self.content else "\n"

    def _editor(self, reading: ListReading) -> ListEditor:
        return ListEditor(self._source, reading.rust_list, self._manner.style)

    def _edits(self, make: Callable[[], list[Edit]]) -> list[Edit]:
        try:
            return make()
        except Unwritable as problem:
            raise self._cannot(str(problem)) from None

    def _cannot(self, reason: str, line: int | None = None) -> RegistryError:
        return RegistryError(
            f"{self._around.path} cannot be edited",
            f"{reason[0].upper()}{reason[1:]}.",
            "Edit the list by hand; the check of the registry says what is missing.",
            line,
        )

    def _index(self, reading: ListReading, version: int, name: str) -> int | None:
        """The place of an entry; of the one with a name where the version is listed twice."""
        places = [n for n, entry in enumerate(reading.entries) if entry.version == version]
        if len(places) > 1:
            named = [place for place in places if reading.entries[place].name == name]
            if len(named) != 1:
                lines = " and ".join(str(reading.entries[place].line) for place in places)
                raise self._cannot(
                    f"V{version} is listed twice, in lines {lines}", reading.entries[places[0]].line
                )
            places = named
        return places[0] if places else None

    def _insertion(self, reading: ListReading, entry: RegistryEntry) -> list[Edit]:
        index = _place(reading.entries, entry.version)
        template = self._template(reading, index)
        new = self._new_element(reading, template, entry)
        return self._edits(partial(self._editor(reading).insertion, index, new))

    def _template(self, reading: ListReading, index: int) -> Element:
        """The entry to copy: the nearest one before, else after, that has nothing special."""
        if not reading.elements:
            raise self._cannot("the list has no entry whose form could be copied")
        nearest = [*reversed(reading.elements[:index]), *reading.elements[index:]]
        same = {k: slot.source for k, slot in reading.slots.items() if isinstance(slot, SameSlot)}
        for element in nearest:
            if all(
                self._source.text(leaf.origin) == same[key]
                for key, leaf in element.leaves.items()
                if key in same
            ) and self._has_paths(reading, element):
                return element
        return nearest[0]

    def _has_paths(self, reading: ListReading, element: Element) -> bool:
        held = {
            reading.slots[key] for key, leaf in element.leaves.items() if leaf.kind is Kind.PATH
        }
        return all(PathSlot(backend) in held for backend in reading.backends)

    def _new_element(
        self, reading: ListReading, template: Element, entry: RegistryEntry
    ) -> NewElement:
        """The template with the entry's values, in a source of its own without comments."""
        source = alone(self._source, template)
        (element,) = source.list_of(next(source.arrays())).elements
        literals: dict[tuple[int, int], str] = {}
        for key, leaf in element.leaves.items():
            slot = reading.slots.get(key, Plain.UNKNOWN)
            text = self._value(source, slot, leaf, entry, reading)
            if text is None:
                field = key.lstrip(".") or "value"
                raise self._cannot(
                    f"mig-assist cannot tell what `{field}` of V{entry.version} has to be",
                    self._source.line_of(template.node),
                )
            if leaf.literal is not None and not isinstance(slot, SameSlot):
                literals[span(leaf.literal)] = text
            else:
                literals[span(leaf.node)] = text
        return NewElement(source, element, literals)

    def _value(
        self,
        source: RustSource,
        slot: Slot,
        leaf: Leaf,
        entry: RegistryEntry,
        reading: ListReading,
    ) -> str | None:
        """The source of a value in a new entry; None where it cannot be told."""
        match slot:
            case SameSlot(text):
                return text
            case Plain.PROSE:
                spaced = any(
                    " " in str(element.leaves[leaf.key].value)
                    for element in reading.elements
                    if leaf.key in element.leaves
                )
                words = entry.name.replace("_", " ") if spaced else entry.name
                return string_source(words, source.text(leaf.literal)) if leaf.literal else None
        return self._derived(source, slot, leaf, entry)

    def _derived(
        self, source: RustSource, slot: Slot, leaf: Leaf, entry: RegistryEntry
    ) -> str | None:
        """The source of a literal that follows from the entry; None where it does not."""
        if leaf.literal is None:
            return None
        like = source.text(leaf.literal)
        match slot:
            case Plain.VERSION:
                return integer_source(entry.version, like)
            case PathSlot(backend, down):
                path = entry.paths.get(backend)
                if down:
                    side = self._around.layout.of(backend)
                    path = side.down_path(entry.version, entry.name)
                if not path or leaf.kind is not Kind.PATH:
                    return None
                return self._path(source, leaf, path)
            case TextSlot(rule):
                value = rule.write(Facts(entry.version, entry.name, entry.paths))
                return string_source(value, like)
            case DigestSlot(rule):
                digest = entry.checksums.get(rule.backend)
                if digest is None:
                    return None
                if leaf.kind is Kind.INTEGER:
                    return integer_source(int(digest), like)
                return string_source(digest, like)
        return None

    def _path(self, source: RustSource, leaf: Leaf, path: str) -> str | None:
        """An include's literal for another file, with the beginning that it has."""
        old = self._around.resolve(leaf).split("/")
        new = path.split("/")
        shared = 0
        while shared < min(len(old), len(new)) - 1 and old[shared] == new[shared]:
            shared += 1
        literal = source.text(leaf.literal) if leaf.literal else ""
        old_tail, new_tail = "/".join(old[shared:]), "/".join(new[shared:])
        is_raw = not literal.startswith('"')
        if not is_raw:
            old_tail, new_tail = (string_source(each, '"')[1:-1] for each in (old_tail, new_tail))
        ending = literal[literal.rindex('"') :] if '"' in literal else ""
        written = literal.removesuffix(ending)
        closes = not ending or (is_raw and ending in new_tail)
        if written.endswith(old_tail) and not closes:
            return written.removesuffix(old_tail) + new_tail + ending
        if closes or leaf.from_manifest or string_value(literal) != leaf.value:
            return None
        folder = posixpath.dirname(self._around.path) or "."
        return string_source(posixpath.relpath(path, folder), literal)

    def _replacement(self, reading: ListReading, index: int, entry: RegistryEntry) -> list[Edit]:
        literals: dict[tuple[int, int], str] = {}
        element = reading.elements[index]
        known = facts_of(element, self._around)
        for key, leaf in element.leaves.items():
            slot = reading.slots[key]
            if isinstance(slot, PathSlot) and slot.backend not in entry.paths:
                continue
            if isinstance(slot, TextSlot) and slot.rule.is_prose and _reworded(slot, leaf, known):
                continue
            text = self._derived(self._source, slot, leaf, entry)
            if text is None:
                if isinstance(slot, PathSlot) and leaf.kind is Kind.PATH:
                    raise self._cannot(
                        f"the path in line {self._source.line_of(leaf.node)} is made of pieces",
                        self._source.line_of(leaf.node),
                    )
                continue
            if leaf.literal is not None and text != self._source.text(leaf.literal):
                literals[span(leaf.literal)] = text
        return self._edits(partial(self._editor(reading).replacement, index, literals))

    def _in_order(self, moved: RegistryEntry) -> RustText:
        """The text with an entry in its right place among the others."""
        edits: list[Edit] = []
        for reading in self._lists:
            entries = reading.entries
            index = next((n for n, entry in enumerate(entries) if _is_part(entry, moved)), None)
            if index is None:
                continue
            others = [*entries[:index], *entries[index + 1 :]]
            if all(e.version <= moved.version for e in others[:index]) and all(
                e.version >= moved.version for e in others[index:]
            ):
                continue
            place = _place(others, moved.version)
            before = place + (place >= index)
            if before != index:
                edits += self._edits(partial(self._editor(reading).move, index, before))
        return self._checked(edits, sorted(map(_identity, self.entries))) if edits else self

    def _checked(self, edits: list[Edit], expected: Sequence[_Identity]) -> RustText:
        """The text with the edits, if it then says what it should.

        Raises:
            RegistryError: it does not.
        """
        changed = RustText(applied(self.content, edits, self._newline), self._manner)
        if changed.content == self.content:
            return self
        if expected:
            try:
                found = sorted(map(_identity, changed.entries))
            except RegistryError as error:
                raise self._cannot(f"the outcome would not be a registry: {error.title}") from None
            if found != list(expected):
                raise self._cannot("its entries are written in a way that cannot be followed")
        return changed


_Identity = tuple[int, tuple[tuple[Backend, str], ...]]


def _identity(entry: RegistryEntry) -> _Identity:
    return entry.version, tuple(sorted(entry.paths.items()))


def _reworded(slot: TextSlot, leaf: Leaf, known: Facts | None) -> bool:
    """Whether a person gave a text words of their own."""
    return known is None or slot.rule.write(known) != leaf.value


def _is_part(entry: RegistryEntry, whole: RegistryEntry) -> bool:
    """Whether an entry is another one, or one side of it."""
    return entry.version == whole.version and entry.paths.items() <= whole.paths.items()


def _place(entries: Sequence[RegistryEntry], version: int) -> int:
    """Where a version belongs: after the last one that is not above it."""
    places = [n for n, entry in enumerate(entries, 1) if entry.version <= version]
    return max(places, default=0)


def _joined(
    first: Iterable[RegistryEntry], second: Iterable[RegistryEntry]
) -> tuple[RegistryEntry, ...]:
    """The entries of two lists, one for each backend, as one list."""
    rest: dict[tuple[int, str], RegistryEntry] = {(e.version, e.name): e for e in second}
    joined: list[RegistryEntry] = []
    for entry in first:
        other = rest.pop((entry.version, entry.name), None)
        joined.append(_with_sides(entry, other) if other else entry)
    for entry in rest.values():
        joined.insert(_place(joined, entry.version), entry)
    return tuple(joined)


def _with_sides(entry: RegistryEntry, other: RegistryEntry) -> RegistryEntry:
    return replace(
        entry,
        checksums={**entry.checksums, **other.checksums},
        paths={**entry.paths, **other.paths},
        path_lines={**entry.path_lines, **other.path_lines},
        texts=(*entry.texts, *other.texts),
    )
