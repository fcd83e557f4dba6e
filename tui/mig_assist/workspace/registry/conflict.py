"""A registry in conflict: a merge or a rebase in which both sides added entries.

Nothing is lost by keeping every entry of both sides; which of them then needs another number is
for renumbering to say, and can be said here at once.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol, Self

from mig_assist.file_changes import FileChange
from mig_assist.workspace.registry import RegistryEntry, RegistryError

_MARKER = re.compile(rb"(<{7}|\|{7}|={7}|>{7})(?: .*)?\r?\n?")
_CONFLICT = re.compile(rb"^<{7} ", re.MULTILINE)

Renumbered = Mapping[tuple[int, str], RegistryEntry]
"""Version and name of an entry that only one side has → what becomes of it."""


class RegistryText(Protocol):
    """A registry file's content, read and changed without writing it."""

    @property
    def content(self) -> bytes:
        """The file's bytes."""

    @property
    def entries(self) -> tuple[RegistryEntry, ...]:
        """All entries in the order of the list."""

    def frame(self) -> bytes:
        """What stands around the list."""

    def renamed(self, version: int, new: RegistryEntry) -> Self:
        """The text in which the entry of a version has become another one."""

    def with_entry_of(self, other: Self, entry: RegistryEntry) -> Self:
        """The text with an entry of another text added as it is written there."""


class EditableRegistry(Protocol):
    """A registry that is a file."""

    def content(self) -> bytes:
        """The file's bytes as they are now."""

    def text_of(self, content: bytes) -> RegistryText:
        """The registry as it would be with another content."""

    def change(self, old: bytes, new: bytes) -> FileChange | None:
        """The edit that leads from one content to the other; None where they are equal."""


@dataclass(frozen=True, slots=True)
class RegistryConflict:
    """The two sides of a registry that git could not merge.

    In a merge the upper side is the branch that is checked out. In a rebase it is the new base,
    and the lower side is the work that is being moved.

    Attributes:
        above: the entries that only the upper side has.
        below: the entries that only the lower side has.
    """

    above: tuple[RegistryEntry, ...]
    below: tuple[RegistryEntry, ...]
    _registry: EditableRegistry
    _upper: RegistryText
    _lower: RegistryText

    def resolved(self, renumbered: Renumbered | None = None) -> FileChange:
        """The edit that keeps every entry of both sides, in the order of their versions.

        Args:
            renumbered: entries of one side that get another version or name at the same time.

        Raises:
            RegistryError: the list cannot be edited.
        """
        moves = renumbered or {}
        upper = _moved(self._upper, self.above, moves)
        lower = _moved(self._lower, self.below, moves)
        for entry in self.below:
            upper = upper.with_entry_of(lower, moves.get((entry.version, entry.name), entry))
        content = self._registry.content()
        change = self._registry.change(content, upper.content)
        if change is None:
            raise ValueError("a file with conflict markers equals one without")
        return change


def registry_conflict(registry: EditableRegistry, path: str) -> RegistryConflict | None:
    """The conflict in a registry; None where it has none.

    Raises:
        RegistryError: it cannot be read, or it is another conflict than one of added entries.
    """
    content = registry.content()
    if not has_conflict(content):
        return None
    upper_content, lower_content = _sides(content, path)
    upper, lower = registry.text_of(upper_content), registry.text_of(lower_content)
    return _between(registry, path, upper, lower, (), lower)


def staged_conflict(
    registry: EditableRegistry,
    path: str,
    stages: tuple[bytes, bytes, bytes],
    placed: Collection[tuple[int, str]] = (),
) -> RegistryConflict:
    """The same from git's index, where each side is whole, whatever the markers tear apart.

    Args:
        stages: the file as the common ancestor, the upper side and the lower side have it.
        placed: version and name of what a rebase has replayed under new numbers. The lower side,
            which is older, knows the old ones; those are left out.

    Raises:
        RegistryError: as above.
    """
    ancestor, upper, lower = map(registry.text_of, stages)
    return _between(registry, path, upper, lower, placed, ancestor)


def _between(
    registry: EditableRegistry,
    path: str,
    upper: RegistryText,
    lower: RegistryText,
    placed: Collection[tuple[int, str]],
    ancestor: RegistryText,
) -> RegistryConflict:
    try:
        above, below = upper.entries, lower.entries
    except RegistryError as error:
        raise _other(path, f"One of its sides is no registry: {error.title}.") from None
    # What the lower side did not change around the list, the upper side may have.
    if lower.frame() != upper.frame() and (ancestor is lower or lower.frame() != ancestor.frame()):
        raise _other(path, "The sides differ in more than the list of migrations.")
    known = _migrations(above)
    settled = {name for version, name in placed if (version, name) in known}
    below = tuple(
        entry
        for entry in below
        if entry.name not in settled or (entry.version, entry.name) in known
    )
    _require_additions(above, below, path)
    return RegistryConflict(_only_in(above, below), _only_in(below, above), registry, upper, lower)


def has_conflict(content: bytes) -> bool:
    """Whether git's conflict markers stand in a file."""
    return _CONFLICT.search(content) is not None


def in_conflict(path: str, line: int | None) -> RegistryError:
    """The error about a registry that cannot be read because of git's markers."""
    return RegistryError(
        f"{path} is in conflict",
        "Git's conflict markers stand in it.",
        "Resolve the conflict, or let `mig-assist renumber` keep the entries of both sides.",
        line,
    )


def conflict_lines(text: str) -> frozenset[int]:
    """The lines, counted from 1, of git's conflicts and their markers."""
    inside, found = False, set()
    for number, line in enumerate(text.split("\n"), 1):
        inside = inside or line.startswith("<<<<<<< ")
        if inside:
            found.add(number)
        inside = inside and not line.startswith(">>>>>>> ")
    return frozenset(found)


def upper_side(content: bytes, path: str) -> bytes:
    """The file as the upper side of its conflicts has it; as it is where it has none.

    Raises:
        RegistryError: the markers stand in no order.
    """
    return _sides(content, path)[0] if has_conflict(content) else content


def _moved(text: RegistryText, own: tuple[RegistryEntry, ...], moves: Renumbered) -> RegistryText:
    """The text with a side's own entries renumbered, the highest first so that none collide."""
    for entry in sorted(own, key=lambda each: each.version, reverse=True):
        new = moves.get((entry.version, entry.name))
        if new is not None:
            text = text.renamed(entry.version, new)
    return text


def _sides(content: bytes, path: str) -> tuple[bytes, bytes]:
    """The file as each side has it.

    https://git-scm.com/docs/git-merge#_how_conflicts_are_presented
    """
    upper: list[bytes] = []
    lower: list[bytes] = []
    takers: tuple[list[bytes], ...] = (upper, lower)
    expected = b"<"
    for number, line in enumerate(content.splitlines(keepends=True), 1):
        marker = _MARKER.fullmatch(line)
        sign = marker[1][:1] if marker else b""
        if not sign or (expected == b"<" and sign != b"<"):
            for taker in takers:
                taker.append(line)
        elif sign == b"<" == expected:
            takers, expected = (upper,), b"="
        elif sign == b"|" and takers == (upper,):
            takers = ()
        elif sign == b"=" == expected:
            takers, expected = (lower,), b">"
        elif sign == b">" == expected:
            takers, expected = (upper, lower), b"<"
        else:
            raise _other(path, f"The marker in line {number} stands in no order.", number)
    if expected != b"<":
        raise _other(path, "The last conflict has no end.")
    return b"".join(upper), b"".join(lower)


def _migrations(entries: tuple[RegistryEntry, ...]) -> set[tuple[int, str]]:
    return {(entry.version, entry.name) for entry in entries}


def _only_in(
    entries: tuple[RegistryEntry, ...], others: tuple[RegistryEntry, ...]
) -> tuple[RegistryEntry, ...]:
    known = _migrations(others)
    return tuple(entry for entry in entries if (entry.version, entry.name) not in known)


def _require_additions(
    above: tuple[RegistryEntry, ...], below: tuple[RegistryEntry, ...], path: str
) -> None:
    """Refuse a conflict in which an entry that both sides have was changed."""
    known = {(entry.version, entry.name): entry for entry in above}
    for entry in below:
        other = known.get((entry.version, entry.name), entry)
        if other != entry:
            raise _other(
                path, f"V{entry.version} {entry.name} differs between the sides.", entry.line
            )
    versions = {entry.name: entry.version for entry in _only_in(above, below)}
    for entry in _only_in(below, above):
        if entry.name in versions:
            raise _other(
                path,
                f"{entry.name} is V{versions[entry.name]} on one side and V{entry.version} on the"
                " other.",
            )


def _other(path: str, reason: str, line: int | None = None) -> RegistryError:
    return RegistryError(
        f"{path} is in a conflict that only a person can resolve",
        reason,
        "Resolve it by hand, keeping the entries of both sides.",
        line,
    )
