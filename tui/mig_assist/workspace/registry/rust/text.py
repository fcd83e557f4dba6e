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
from mig_assist.workspace.registry.rust.arms import ArmsEditor, alone_arm
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
        text = self
        for number in range(len(self._lists)):
            text = text._with_side(number, entry)
        return self._require([*map(_identity, self.entries), _identity(entry)], text)

    def with_entry_of(self, other: RustText, entry: RegistryEntry) -> RustText:
        """The text with an entry of another text added as it is written there.

        Raises:
            RegistryError: as for :attr:`entries`, or the change cannot be made.
        """
        text = self
        for number, theirs in enumerate(other._lists):
            index = next((n for n, e in enumerate(theirs.entries) if _is_part(e, entry)), None)
            if index is not None:
                reading = text._lists[number]
                place = _after(text._counted(reading), entry.version)
                editor, source = text._editor(reading), other._editor(theirs)
                add = partial(editor.insertion_of, place, source, theirs.places[index])
                text = text._with(text._edits(add))
        return self._require([*map(_identity, self.entries), _identity(entry)], text)

    def frame(self) -> bytes:
        """What stands around the list, without the length that it is declared with."""
        edits = []
        for node in dict.fromkeys(reading.rust_list.node for reading in self._lists):
            edits.append(Edit(*span(node), ""))
            length = declared_length(node)
            edits += [Edit(*span(length), "")] if length is not None else []
        return applied(self.content, edits, self._newline)

    def list_lines(self) -> frozenset[int]:
        """The lines, counted from 1, that the lists stand in.

        Raises:
            RegistryError: as for :attr:`entries`.
        """
        nodes = [reading.rust_list.node for reading in self._lists]
        return frozenset(
            row + 1 for node in nodes for row in range(node.start_point.row, node.end_point.row + 1)
        )

    def without_entry(self, version: int) -> RustText:
        """The text without the entry of a version.

        Raises:
            RegistryError: as for :attr:`entries`, the change cannot be made, or several entries
                have that version.
        """
        text = self
        for number in range(len(self._lists)):
            reading = text._lists[number]
            index = text._index(reading, version, "")
            if index is not None:
                editor = text._editor(reading)
                text = text._with(text._edits(partial(editor.removal, reading.places[index])))
                if not reading.entries[1:]:
                    break  # nothing tells any more whose list it was
        kept = [_identity(entry) for entry in self.entries if entry.version != version]
        return self._require(kept, text)

    def renamed(self, version: int, new: RegistryEntry) -> RustText:
        """The text in which the entry of a version has become another one, in its right place.

        Raises:
            RegistryError: as for :attr:`entries`, the change cannot be made, or several entries
                have that version and none of them, or several, the new one's name.
        """
        text = self
        for number in range(len(self._lists)):
            reading = text._lists[number]
            index = text._index(reading, version, new.name)
            if index is not None:
                text = text._with(text._replacement(reading, index, new))
        old = [entry for entry in self.entries if entry.version == version]
        if not old:
            return self
        meant = next((entry for entry in old if entry.name == new.name), old[0])
        kept = [_identity(entry) for entry in self.entries if entry is not meant]
        return self._require([*kept, _identity(new)], text)._in_order(new)

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
        kind = ArmsEditor if reading.rust_list.node.type == "match_block" else ListEditor
        return kind(self._source, reading.rust_list, self._manner.style)

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

    def _with_side(self, number: int, entry: RegistryEntry) -> RustText:
        reading = self._lists[number]
        template = self._template(reading, _place(reading.entries, entry.version))
        new = self._new_element(reading, template, entry)
        place = _after(self._counted(reading), entry.version)
        return self._with(self._edits(partial(self._editor(reading).insertion, place, new)))

    def _counted(
        self, reading: ListReading, left_out: Sequence[int | None] = ()
    ) -> list[tuple[int, int]]:
        """The elements among which a version of a list has its place, with their versions.

        Those of both sides where a list has them side by side; else the reading's own.
        """
        shared = [each for each in self._lists if each.rust_list.node == reading.rust_list.node]
        known = sorted(
            (place, entry.version)
            for each in shared
            for place, entry in zip(each.places, each.entries, strict=True)
            if place not in left_out
        )
        versions = [version for _, version in known]
        if len(shared) > 1 and versions != sorted(versions):
            return [(place, version) for place, version in known if place in reading.places]
        return known

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
        is_arm = template.node.type == "match_arm"
        source = (alone_arm if is_arm else alone)(self._source, template)
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
        return self._edits(
            partial(self._editor(reading).replacement, reading.places[index], literals)
        )

    def _in_order(self, moved: RegistryEntry) -> RustText:
        """The text with an entry in its right place among the others."""
        text = self
        for number in range(len(self._lists)):
            reading = text._lists[number]
            mine = text._place_of(reading, moved)
            # Of a list with both sides' entries, what is moved later does not count yet.
            later = [
                text._place_of(each, moved)
                for each in text._lists[number:]
                if each.rust_list.node == reading.rust_list.node
            ]
            others = text._counted(reading, later)
            if mine is None or all(
                version == moved.version or (version < moved.version) == (place < mine)
                for place, version in others
            ):
                continue
            before = _after(others, moved.version)
            if before != mine:
                move = partial(text._editor(reading).move, mine, before)
                text = text._with(text._edits(move))
        return self._require(map(_identity, self.entries), text)

    def _place_of(self, reading: ListReading, entry: RegistryEntry) -> int | None:
        """Which element of a list an entry is, or its one side."""
        pairs = zip(reading.places, reading.entries, strict=True)
        return next((place for place, each in pairs if _is_part(each, entry)), None)

    def _with(self, edits: list[Edit]) -> RustText:
        if not edits:
            return self
        return RustText(applied(self.content, edits, self._newline), self._manner)

    def _require(self, expected: Iterable[_Identity], text: RustText) -> RustText:
        """Another text, if it says what it should.

        Raises:
            RegistryError: it does not.
        """
        if text.content == self.content:
            return self
        wanted = sorted(expected)
        if wanted:
            try:
                found = sorted(map(_identity, text.entries))
            except RegistryError as error:
                raise self._cannot(f"the outcome would not be a registry: {error.title}") from None
            if found != wanted:
                raise self._cannot("its entries are written in a way that cannot be followed")
        return text


_Identity = tuple[int, tuple[tuple[Backend, str], ...]]


def _identity(entry: RegistryEntry) -> _Identity:
    return entry.version, tuple(sorted(entry.paths.items()))


def _reworded(slot: TextSlot, leaf: Leaf, known: Facts | None) -> bool:
    """Whether a person gave a text words of their own."""
    return known is None or slot.rule.write(known) != leaf.value


def _is_part(entry: RegistryEntry, whole: RegistryEntry) -> bool:
    """Whether an entry is another one, or one side of it."""
    return entry.version == whole.version and entry.paths.items() <= whole.paths.items()


def _after(known: Sequence[tuple[int, int]], version: int) -> int:
    """Before which element a version belongs: behind the last one that is not above it."""
    before = [place for place, number in known if number <= version]
    return max(before) + 1 if before else min((place for place, _ in known), default=0)


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
