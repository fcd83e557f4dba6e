"""The registry under new numbers, also where it is in conflict."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from mig_assist.backend import Backend
from mig_assist.digests import content_digest
from mig_assist.file_changes import FileChange
from mig_assist.source_text import UnreadableSource
from mig_assist.workspace.files import read_inside
from mig_assist.workspace.model import Workspace
from mig_assist.workspace.numbers import Migration
from mig_assist.workspace.registry import RegistryEntry, RegistryError, open_registry

_HEADER = re.compile(r"^[ \t]*\[\[[ \t]*migration[ \t]*\]\]", re.MULTILINE)
_CONFLICT = re.compile(
    r"^<{7}(?: .*)?\n(?P<one>(?:.*\n)*?)(?:^\|{7}(?: .*)?\n(?:.*\n)*?)?^={7}\n"
    r"(?P<other>(?:.*\n)*?)^>{7}(?: .*)?(?:\n|\Z)",
    re.MULTILINE,
)


def moved_registry(
    workspace: Workspace, moved: Mapping[Migration, RegistryEntry]
) -> FileChange | None:
    """The registry's edit that gives each of our migrations its new entry.

    A conflict is resolved by keeping every entry of both sides. None where there is no registry,
    or it lists none of ours.

    Args:
        moved: our migrations by their old number, with what the registry is to say of each.

    Raises:
        RegistryError: it cannot be read, or what is in conflict is more than entries.
    """
    path = open_registry(workspace).path
    if path is None:
        return None
    try:
        source = read_inside(workspace.root, path)
    except UnreadableSource as error:
        raise RegistryError(error.title, error.message, error.fix) from None
    if workspace.config.registry.kind != "toml":
        raise RegistryError(
            f"{path} cannot be renumbered yet",
            "Only a registry in TOML can.",
            "Change its entries by hand.",
        )
    sides = _sides(source.text)
    listed = [_listed(workspace, path, side) for side in sides]
    ours = _blocks_of(sides, listed, moved)
    keeping = _side_to_keep(path, listed, moved)
    if not ours:
        return None
    text = _rewritten(sides[keeping], listed[keeping], ours, moved)
    expected = [e for e in listed[keeping] if (e.version, e.name) not in moved]
    expected += [moved[migration] for migration in ours]
    if sorted(_listed(workspace, path, text), key=_version) != sorted(expected, key=_version):
        raise _unclear(path)
    return FileChange(path, source.encode(text), content_digest(source.encode(source.text)))


def in_conflict(text: str) -> bool:
    """Whether a text holds git's conflict markers."""
    return _CONFLICT.search(text) is not None


def _sides(text: str) -> tuple[str, ...]:
    """The text as each side of its conflicts would have it; once without any."""
    if not in_conflict(text):
        return (text,)
    return tuple(_CONFLICT.sub(rf"\g<{side}>", text) for side in ("one", "other"))


def _listed(workspace: Workspace, path: str, text: str) -> tuple[RegistryEntry, ...]:
    """What a registry with that text would list."""
    with tempfile.TemporaryDirectory(prefix="mig-assist-") as name:
        place = Path(name) / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8", newline="\n")
        return open_registry(workspace._replace(root=Path(name))).entries()


def _side_to_keep(
    path: str,
    listed: Sequence[tuple[RegistryEntry, ...]],
    moved: Mapping[Migration, RegistryEntry],
) -> int:
    """The side that lists everything beyond our own migrations."""
    others = [{(e.version, e.name) for e in entries} - moved.keys() for entries in listed]
    for number, side in enumerate(others):
        if all(other <= side for other in others):
            return number
    raise _unclear(path)


def _blocks_of(
    sides: Sequence[str],
    listed: Sequence[tuple[RegistryEntry, ...]],
    moved: Mapping[Migration, RegistryEntry],
) -> dict[Migration, str]:
    """The text of each of our entries, already under its new number."""
    found: dict[Migration, str] = {}
    for text, entries in zip(sides, listed, strict=True):
        _, blocks = _split(text)
        for block, entry in zip(blocks, entries, strict=True):
            migration = entry.version, entry.name
            if migration in moved:
                found[migration] = _edited(block, entry, moved[migration])
    return dict(sorted(found.items()))


def _rewritten(
    text: str,
    listed: Sequence[RegistryEntry],
    ours: Mapping[Migration, str],
    moved: Mapping[Migration, RegistryEntry],
) -> str:
    head, blocks = _split(text)
    kept = [
        (entry.version, block)
        for block, entry in zip(blocks, listed, strict=True)
        if (entry.version, entry.name) not in moved
    ]
    for migration, block in ours.items():
        version = moved[migration].version
        place = sum(known < version for known, _ in kept)
        kept.insert(place, (version, block))
    parts = [head.rstrip("\n"), *(block.strip("\n") for _, block in kept)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _split(text: str) -> tuple[str, list[str]]:
    """What stands before the entries, and each entry with the comment right above it."""
    starts = []
    for match in _HEADER.finditer(text):
        start = match.start()
        while start:
            above = text.rfind("\n", 0, start - 1) + 1
            if not text[above:start].lstrip().startswith("#"):
                break
            start = above
        starts.append(start)
    ends = [*starts[1:], len(text)]
    head = text[: starts[0]] if starts else text
    return head, [text[start:end] for start, end in zip(starts, ends, strict=True)]


def _edited(block: str, old: RegistryEntry, new: RegistryEntry) -> str:
    block = re.sub(
        rf"^([ \t]*version[ \t]*=[ \t]*){old.version}\b",
        rf"\g<1>{new.version}",
        block,
        flags=re.MULTILINE,
    )
    for side in Backend:
        block = block.replace(f'"{old.paths[side]}"', f'"{new.paths[side]}"')
        block = re.sub(
            rf'\b({side}[ \t]*=[ \t]*)"{re.escape(old.checksums[side])}"',
            rf'\g<1>"{new.checksums[side]}"',
            block,
        )
    return block


def _version(entry: RegistryEntry) -> int:
    return entry.version


def _unclear(path: str) -> RegistryError:
    return RegistryError(
        f"{path} cannot be renumbered",
        "More is in conflict there than the entries of migrations, or they are not written as"
        " plain [[migration]] tables.",
        "Resolve the conflict, or change the entries, by hand; then renumber again.",
    )
