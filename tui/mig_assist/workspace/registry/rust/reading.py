"""What a list of migrations in Rust source says, whatever its structs and fields are called.

The files that the entries include tell what the entries are about: their folders give the backend
and their names the version and the name. What the other values mean follows from how they agree
with that over all entries.
"""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

from mig_assist.backend import Backend
from mig_assist.workspace.files import MigrationFile
from mig_assist.workspace.layout import POSTGRES_WORD, SQLITE_WORD, Layout
from mig_assist.workspace.registry import EntryText, RegistryEntry, RegistryError
from mig_assist.workspace.registry.conflict import has_conflict, in_conflict
from mig_assist.workspace.registry.rust.rules import (
    DigestRule,
    Facts,
    TextRule,
    digest_rule,
    looks_like_digest,
    text_rule,
)
from mig_assist.workspace.registry.rust.syntax import (
    Element,
    Kind,
    Leaf,
    RustList,
    RustSource,
    declared_name,
    in_tests,
)

if TYPE_CHECKING:
    from tree_sitter import Node

_SAMPLES = 5
_CHECKSUM_WORD = re.compile(r"checksum|digest|hash|sha[0-9]*|md5|crc", re.IGNORECASE)
_INCLUDE = re.compile(rb"\binclude_(?:str|bytes)!")
_WORDS: Mapping[Backend, re.Pattern[str]] = {
    backend: re.compile(rf"(?:^|[^a-z]){words}(?:[^a-z]|$)", re.IGNORECASE)
    for backend, words in ((Backend.LIBSQL, SQLITE_WORD), (Backend.POSTGRES, POSTGRES_WORD))
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a Rust file lies, and what the workspace knows that the file does not say.

    Attributes:
        path: the Rust file, relative to the workspace.
        crate: the folder of the Cargo.toml it belongs to, relative to the workspace.
        baseline: the first active version.
        locate: the migration that a path of the workspace belongs to; None for any other.
        content_of: the bytes of a workspace file; None where it cannot be read.
    """

    path: str
    crate: str
    layout: Layout
    baseline: int
    locate: Callable[[str], MigrationFile | None]
    content_of: Callable[[str], bytes | None]

    _resolved: dict[tuple[str, bool], str] = field(default_factory=dict, repr=False)

    def resolve(self, leaf: Leaf) -> str:
        """An included file, relative to the workspace; it may leave it."""
        key = str(leaf.value), leaf.from_manifest
        path = self._resolved.get(key)
        if path is None:
            written, from_manifest = key
            folder = self.crate if from_manifest else posixpath.dirname(self.path)
            below = written.lstrip("/") if from_manifest else written
            path = posixpath.normpath(posixpath.join(folder, below))
            self._resolved[key] = path
        return path

    def located(self, leaf: Leaf) -> MigrationFile | None:
        """The migration whose file a value includes."""
        return self.locate(self.resolve(leaf)) if leaf.kind is Kind.PATH else None

    def files_of(self, element: Element) -> list[MigrationFile]:
        """The migration files that an entry includes."""
        paths = (leaf for leaf in element.leaves.values() if leaf.kind is Kind.PATH)
        return [file for leaf in paths if (file := self.locate(self.resolve(leaf)))]


class Plain(Enum):
    """A value that needs no rule."""

    VERSION = auto()
    PROSE = auto()
    """A text that people word freely."""
    UNKNOWN = auto()
    """Only a person can give it to a new entry."""


class PathSlot(NamedTuple):
    """The include of one backend's file, or of the down file beside it."""

    backend: Backend
    down: bool = False


class TextSlot(NamedTuple):
    """A text, or an included path, that follows from the migration."""

    rule: TextRule


class DigestSlot(NamedTuple):
    """A digest of a file."""

    rule: DigestRule


class SameSlot(NamedTuple):
    """What is the same in every entry, or in most."""

    source: str


Slot = Plain | PathSlot | TextSlot | DigestSlot | SameSlot


@dataclass(frozen=True, slots=True)
class ListReading:
    """A list of migrations, and what its entries mean.

    Attributes:
        places: which of the list's elements are read: all, or those of one backend.
        slots: a value's key → what it is.
        recorded: a checksum's key → the backends whose files it is of.
        entries: one for each of those elements.
    """

    rust_list: RustList
    places: tuple[int, ...]
    slots: Mapping[str, Slot]
    recorded: Mapping[str, tuple[Backend, ...]]
    entries: tuple[RegistryEntry, ...]

    @property
    def elements(self) -> tuple[Element, ...]:
        """The entries in the source."""
        return tuple(self.rust_list.elements[place] for place in self.places)

    @property
    def backends(self) -> frozenset[Backend]:
        """The backends whose files the list includes."""
        return frozenset(slot.backend for slot in self.slots.values() if isinstance(slot, PathSlot))


def read_lists(source: RustSource, around: Surroundings, name: str = "") -> tuple[ListReading, ...]:
    """The list of migrations in a file: one for both backends, or one for each.

    Where one list has an entry for each backend, it is read twice.

    Args:
        name: the constant, variable or function that holds it; found by its shape where empty.

    Raises:
        RegistryError: there is none, there are several, or it cannot be read.
    """
    chosen = _chosen(source, around, name)
    for rust_list in chosen:
        error = source.first_error(rust_list.node)
        if error is not None:
            raise _not_rust(source, around, error)
    if len(chosen) == 2 and chosen[0].node == chosen[1].node:
        readings = [_read_side(source, around, chosen[0], backend) for backend in Backend]
        return tuple(sorted(readings, key=lambda reading: reading.places))
    return tuple(_read(source, around, each, tuple(range(len(each.elements)))) for each in chosen)


class _Candidate(NamedTuple):
    rust_list: RustList
    included: Mapping[Backend, frozenset[int]]
    complete: frozenset[int]


def _chosen(source: RustSource, around: Surroundings, name: str) -> tuple[RustList, ...]:
    candidates = list(_candidates(source, around, name))
    with_both = [candidate for candidate in candidates if candidate.complete]
    if with_both:
        return (_best(source, around, with_both, lambda each: each.complete),)
    one_sided = []
    for backend in Backend:
        of_side = [candidate for candidate in candidates if candidate.included[backend]]
        if of_side:
            one_sided.append(_best(source, around, of_side, _included(backend)))
    if len(one_sided) == len(Backend):
        return tuple(one_sided)
    raise _no_list(source, around, name)


def _included(backend: Backend) -> Callable[[_Candidate], frozenset[int]]:
    return lambda candidate: candidate.included[backend]


def _candidates(source: RustSource, around: Surroundings, name: str) -> Iterator[_Candidate]:
    """The lists whose entries include migration files."""
    includes = [match.start() for match in _INCLUDE.finditer(source.content)]
    arrays = list(source.arrays())
    direct = [array for array in arrays if _holds(array, includes)]
    # Where no list includes files itself, its entries may be constants that do.
    for group in (direct, arrays):
        found = list(_usable(source, around, name, group))
        if found:
            yield from found
            return


def _usable(
    source: RustSource, around: Surroundings, name: str, arrays: Iterable[Node]
) -> Iterator[_Candidate]:
    end = 0
    for array in arrays:
        if array.start_byte < end:
            continue
        if name and declared_name(source, array) != name.rpartition("::")[2]:
            continue
        candidate = _candidate(source.list_of(array), around)
        if candidate is None:
            continue
        end = array.end_byte
        if name or not in_tests(source, array):
            yield candidate


def _holds(array: Node, places: Sequence[int]) -> bool:
    first = bisect_left(places, array.start_byte)
    return first < len(places) and places[first] < array.end_byte


def _candidate(rust_list: RustList, around: Surroundings) -> _Candidate | None:
    """A list whose entries include migration files; None where it is not one.

    An element with several versions is no entry, but holds a list of them.
    """
    included: dict[Backend, set[int]] = {backend: set() for backend in Backend}
    complete: set[int] = set()
    for element in rust_list.elements:
        sides: dict[Backend, int] = {}
        for file in around.files_of(element):
            if sides.setdefault(file.backend, file.version) != file.version:
                return None
        for backend, version in sides.items():
            included[backend].add(version)
        if len(sides) == len(Backend):
            complete.add(max(sides.values()))
    if not any(included.values()):
        return None
    versions = {backend: frozenset(held) for backend, held in included.items()}
    return _Candidate(rust_list, versions, frozenset(complete))


def _best(
    source: RustSource,
    around: Surroundings,
    candidates: Sequence[_Candidate],
    versions: Callable[[_Candidate], frozenset[int]],
) -> RustList:
    """The list with the most active versions; where several are equal, the one that goes on."""

    def weight(candidate: _Candidate) -> tuple[int, int]:
        held = versions(candidate)
        return sum(version >= around.baseline for version in held), max(held)

    ranked = sorted(candidates, key=weight, reverse=True)
    if len(ranked) > 1 and weight(ranked[0]) == weight(ranked[1]):
        names = " and ".join(
            f"{declared_name(source, each.rust_list.node) or 'one'} in line"
            f" {source.line(each.rust_list.node.start_byte)}"
            for each in ranked[:2]
        )
        raise RegistryError(
            f"{around.path} has several lists of migrations",
            f"They are {names}.",
            'Name the right one: `name = "…"` under [registry] in mig-assist.toml.',
            source.line(ranked[0].rust_list.node.start_byte),
        )
    return ranked[0].rust_list


def _no_list(source: RustSource, around: Surroundings, name: str) -> RegistryError:
    error = source.first_error(source.tree.root_node)
    if error is not None:
        return _not_rust(source, around, error)
    folders = " or ".join(f"{side.folder or '.'}/" for side in around.layout)
    where = f"Nothing called {name} lists" if name else "No list in it has"
    return RegistryError(
        f"{around.path} lists no migrations",
        f"{where} entries that include files of {folders} for both backends.",
        "Correct `path` or `name` under [registry] in mig-assist.toml.",
    )


def _not_rust(source: RustSource, around: Surroundings, error: Node) -> RegistryError:
    line = source.line(error.start_byte)
    if has_conflict(source.content):
        return in_conflict(around.path, line)
    missing = f": {error.type!r} is missing" if error.is_missing else ""
    return RegistryError(
        f"{around.path} is not valid Rust",
        f"Line {line} cannot be parsed{missing}.",
        "Mend it by hand, or restore it from git.",
        line,
    )


def _read_side(
    source: RustSource, around: Surroundings, rust_list: RustList, backend: Backend
) -> ListReading:
    places = (
        place
        for place, element in enumerate(rust_list.elements)
        if any(file.backend is backend for file in around.files_of(element))
    )
    return _read(source, around, rust_list, tuple(places))


def _read(
    source: RustSource, around: Surroundings, rust_list: RustList, places: tuple[int, ...]
) -> ListReading:
    elements = [rust_list.elements[place] for place in places]
    facts = [facts_of(element, around) for element in elements]
    slots = _Slots(source, around, elements, facts).infer()
    found = {key: _recorded(key, slot) for key, slot in slots.items()}
    recorded = {key: backends for key, backends in found.items() if backends}
    entries = tuple(
        _entry(source, around, element, known, slots, recorded)
        for element, known in zip(elements, facts, strict=True)
    )
    return ListReading(rust_list, places, slots, recorded, entries)


def facts_of(element: Element, around: Surroundings) -> Facts | None:
    """What an entry's files say; None where none of them is a migration."""
    files = around.files_of(element)
    if not files:
        return None
    version, name, *_ = files[0]
    if any(file[:2] != files[0][:2] for file in files):
        ((version, name), _), *_ = Counter(file[:2] for file in files).most_common(1)
    return Facts(version, name, {file.backend: file.path for file in reversed(files)})


class _Slots:
    """Finds out what the values of a list mean."""

    def __init__(
        self,
        source: RustSource,
        around: Surroundings,
        elements: Sequence[Element],
        facts: Sequence[Facts | None],
    ) -> None:
        self._source = source
        self._around = around
        self._leaves: dict[str, list[tuple[Leaf, Facts | None]]] = {}
        for element, known in zip(elements, facts, strict=True):
            for key, leaf in element.leaves.items():
                self._leaves.setdefault(key, []).append((leaf, known))

    def infer(self) -> dict[str, Slot]:
        """A value's key → what it is."""
        slots: dict[str, Slot] = dict(self._path_slots())
        for key in self._leaves:
            if key not in slots:
                slots[key] = self._slot(key)
        return slots

    def _path_slots(self) -> Iterator[tuple[str, Slot]]:
        """Each backend's include: by the field's name where it is plain, else by the folders."""
        votes = {
            key: Counter(file.backend for leaf, _ in leaves if (file := self._around.located(leaf)))
            for key, leaves in self._leaves.items()
            if any(leaf.kind is Kind.PATH for leaf, _ in leaves)
        }
        keys = [key for key, counted in votes.items() if counted]
        named = {_backend_in(key): key for key in keys}
        if len(keys) == len(Backend) and all(backend in named for backend in Backend):
            yield from ((named[backend], PathSlot(backend)) for backend in Backend)
            return
        for backend in Backend:
            ranked = sorted(keys, key=lambda key: votes[key][backend], reverse=True)
            if ranked and votes[ranked[0]][backend] >= votes[ranked[0]][backend.other]:
                yield ranked[0], PathSlot(backend)
                keys.remove(ranked[0])

    def _slot(self, key: str) -> Slot:
        leaves = self._leaves[key]
        kinds = {leaf.kind for leaf, _ in leaves}
        if kinds == {Kind.INTEGER}:
            hits = sum(facts is not None and leaf.value == facts.version for leaf, facts in leaves)
            if hits * 2 > len(leaves):
                return Plain.VERSION
        if kinds <= {Kind.TEXT, Kind.PATH}:
            known = [(str(leaf.value), facts) for leaf, facts in leaves if facts]
            down = self._down_slot(leaves) if kinds == {Kind.PATH} else None
            rule = text_rule(known)
            if down or rule:
                return down or TextSlot(rule)  # type: ignore[arg-type] # one of them is there
        digest = digest_rule(self._digests(leaves)) if self._may_be_digest(key, leaves) else None
        if digest:
            return DigestSlot(digest)
        return self._constant(key, leaves)

    def _down_slot(self, leaves: Sequence[tuple[Leaf, Facts | None]]) -> PathSlot | None:
        for backend in Backend:
            side = self._around.layout.of(backend)
            hits = sum(
                facts is not None
                and self._around.resolve(leaf) == side.down_path(facts.version, facts.name)
                for leaf, facts in leaves
            )
            if hits * 2 > len(leaves):
                return PathSlot(backend, down=True)
        return None

    def _may_be_digest(self, key: str, leaves: Sequence[tuple[Leaf, Facts | None]]) -> bool:
        return all(leaf.kind in (Kind.TEXT, Kind.INTEGER) for leaf, _ in leaves) and (
            _CHECKSUM_WORD.search(key) is not None
            or all(looks_like_digest(str(leaf.value)) for leaf, _ in leaves)
        )

    def _digests(
        self, leaves: Sequence[tuple[Leaf, Facts | None]]
    ) -> Iterator[tuple[str, list[tuple[MigrationFile, bytes]]]]:
        """The newest few values, with the files they may be digests of."""
        samples = 0
        for leaf, facts in reversed(leaves):
            if facts is None or samples == _SAMPLES:
                continue
            files = []
            for backend, path in facts.paths.items():
                content = self._around.content_of(path)
                if content is not None:
                    files.append((MigrationFile(facts.version, facts.name, backend, path), content))
            if files:
                samples += 1
                yield str(leaf.value), files

    def _constant(self, key: str, leaves: Sequence[tuple[Leaf, Facts | None]]) -> Slot:
        texts = Counter(self._source.text(leaf.origin) for leaf, _ in leaves)
        (commonest, count), *_ = texts.most_common(1)
        first = leaves[0][0]
        if _CHECKSUM_WORD.search(key) or looks_like_digest(str(first.value)):
            always = count == len(leaves) > 1
            return SameSlot(commonest) if always else Plain.UNKNOWN
        if first.kind is Kind.TEXT and len(leaves) == 1:
            return Plain.PROSE if " " in str(first.value) else SameSlot(commonest)
        if count * 2 > len(leaves) and (len(leaves) > 1 or first.kind is not Kind.PATH):
            return SameSlot(commonest)
        return Plain.PROSE if first.kind is Kind.TEXT else Plain.UNKNOWN


def _backend_in(key: str) -> Backend | None:
    """The backend that a field's name speaks of, where it speaks of one."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key)
    spoken = [backend for backend in Backend if _WORDS[backend].search(words)]
    return spoken[0] if len(spoken) == 1 else None


def _recorded(key: str, slot: Slot) -> tuple[Backend, ...]:
    """The backends whose files a value is the checksum of."""
    if isinstance(slot, DigestSlot):
        return (slot.rule.backend,)
    if isinstance(slot, TextSlot) and _CHECKSUM_WORD.search(key):
        spoken = _backend_in(key)
        return tuple(Backend) if spoken is None else (spoken,)
    return ()


def _entry(
    source: RustSource,
    around: Surroundings,
    element: Element,
    facts: Facts | None,
    slots: Mapping[str, Slot],
    recorded: Mapping[str, tuple[Backend, ...]],
) -> RegistryEntry:
    paths: dict[Backend, str] = {}
    lines: dict[Backend, int] = {}
    texts: list[EntryText] = []
    checksums: dict[Backend, str] = {}
    version, name = (facts.version, facts.name) if facts else (None, "")
    for key, leaf in element.leaves.items():
        slot, value = slots[key], leaf.value
        if slot is Plain.VERSION:
            version = value if isinstance(value, int) else version
        elif isinstance(slot, PathSlot):
            if leaf.kind is Kind.PATH and not slot.down:
                paths[slot.backend] = around.resolve(leaf)
                lines[slot.backend] = source.line_of(leaf.node)
        elif isinstance(slot, TextSlot) and facts and leaf.kind is Kind.TEXT:
            rule, text = slot.rule, str(value)
            if not rule.is_prose:
                line = source.line_of(leaf.node)
                expected = rule.write(facts)
                texts.append(EntryText(key.lstrip("."), text, expected, line, key in recorded))
                name = text if rule.is_name else name
        if key in recorded and value is not None:
            checksums |= dict.fromkeys(recorded[key], str(value))
    line = source.line_of(element.node)
    if not isinstance(version, int):
        raise RegistryError(
            f"{around.path} cannot be read as a registry",
            f"The entry in line {line} has no version, and includes no file that has one.",
            "Correct the entry, or name the right list under [registry] in mig-assist.toml.",
            line,
        )
    return RegistryEntry(version, name, checksums, paths, line, lines, tuple(texts))
