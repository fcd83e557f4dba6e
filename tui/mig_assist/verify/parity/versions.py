"""The versions of a workspace as both backends' runners would get them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mig_assist.backend import Backend
from mig_assist.digests import content_digest
from mig_assist.engines.database import USUAL_MANNER, MigrationScript
from mig_assist.engines.manner import manner_of
from mig_assist.engines.sections import up_part
from mig_assist.workspace.files import MigrationFile, Pair, pairs, read_inside, scan
from mig_assist.workspace.model import Workspace
from mig_assist.workspace.registry import open_registry


@dataclass(frozen=True, slots=True)
class Version:
    """One version, or one of the pairs that share its number.

    A backend without a file has nothing to do in it.
    """

    number: int
    scripts: Mapping[Backend, MigrationScript]


def versions_of(workspace: Workspace) -> tuple[Version, ...]:
    """Every version that the runners apply, lowest first, as the files lie in the folders.

    Where the folders are the registry, that includes what lies below the baseline: the two sides
    may have begun apart. What a registry file says of the versions is for item 4: while a file is
    edited it is always behind.

    Raises:
        UnreadableSource: a file is no text.
        EnvironmentLacks: a folder cannot be listed.
    """
    every = pairs(scan(workspace))
    if open_registry(workspace).path is not None:
        every = _since_baseline(workspace, every)
    return _run_as_here(workspace, tuple(_versions(workspace, every)))


def _run_as_here(workspace: Workspace, versions: tuple[Version, ...]) -> tuple[Version, ...]:
    """The versions with how the application runs each side's files."""
    files = {b: [v.scripts[b] for v in versions if b in v.scripts] for b in Backend}
    manners = {b: manner_of(workspace, b, [(s.path, s.sql) for s in files[b]]) for b in Backend}
    if set(manners.values()) == {USUAL_MANNER}:
        return versions
    return tuple(
        Version(v.number, {b: replace(s, manner=manners[b]) for b, s in v.scripts.items()})
        for v in versions
    )


def _versions(workspace: Workspace, every: Iterable[Pair]) -> Iterator[Version]:
    """The pairs with what their files hold now."""
    parts: Counter[tuple[int, Backend]] = Counter()
    for pair in every:
        scripts = {}
        for file in filter(None, map(pair.of, Backend)):
            place = file.version, file.backend
            scripts[file.backend] = _script(workspace, file, parts[place])
            parts[place] += 1
        yield Version(pair.version, scripts)


def begun_in(
    workspace: Workspace, versions: Iterable[Version], wanted: Sequence[int]
) -> int | None:
    """The version in which both sides have begun, where it is wanted, and one began before it.

    A side that came later begins with what the other one had come to.
    """
    earlier = [version.number for version in versions if version.number < wanted[0]]
    return wanted[0] if earlier and earlier[-1] < workspace.config.baseline else None


def numbers_of(workspace: Workspace) -> tuple[int, ...]:
    """The numbers of the versions from the baseline on.

    Raises:
        EnvironmentLacks: a folder cannot be listed.
    """
    every = _since_baseline(workspace, pairs(scan(workspace)))
    return tuple(dict.fromkeys(pair.version for pair in every))


def _since_baseline(workspace: Workspace, every: Iterable[Pair]) -> tuple[Pair, ...]:
    return tuple(pair for pair in every if pair.version >= workspace.config.baseline)


def read_again(
    workspace: Workspace, versions: tuple[Version, ...], changed: Collection[str]
) -> tuple[Version, ...] | None:
    """The versions after some of their files were saved; None where others are concerned too.

    Raises:
        UnreadableSource: a file is no text.
    """
    paths = {s.path for version in versions[-1:] for s in version.scripts.values()}
    if not versions or not changed or not paths.issuperset(changed):
        return None
    newest = versions[-1]
    scripts = {
        backend: replace(
            _script(workspace, MigrationFile(newest.number, old.name, backend, old.path), old.part),
            manner=old.manner,
        )
        for backend, old in newest.scripts.items()
    }
    return (*versions[:-1], Version(newest.number, scripts))


def _script(workspace: Workspace, file: MigrationFile, part: int) -> MigrationScript:
    text = read_inside(workspace.root, file.path).text
    digest = content_digest(text.encode())
    return MigrationScript(file.version, file.name, digest, up_part(text), file.path, part)
