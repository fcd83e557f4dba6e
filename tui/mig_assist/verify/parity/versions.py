"""The versions of a workspace as both backends' runners would get them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from mig_assist.backend import Backend
from mig_assist.digests import content_digest
from mig_assist.engines.database import MigrationScript
from mig_assist.engines.statements import SqlSyntaxError, Statement, split_statements
from mig_assist.workspace.files import MigrationFile, Pair, pairs, read_inside, scan
from mig_assist.workspace.model import Workspace
from mig_assist.workspace.registry import open_registry


@dataclass(frozen=True, slots=True)
class Version:
    """One version; a backend without a file has nothing to do in it."""

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
    return tuple(version_of(workspace, pair) for pair in every)


def numbers_of(workspace: Workspace) -> tuple[int, ...]:
    """The numbers of the versions from the baseline on.

    Raises:
        EnvironmentLacks: a folder cannot be listed.
    """
    return tuple(pair.version for pair in _since_baseline(workspace, pairs(scan(workspace))))


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
        backend: _script(workspace, MigrationFile(newest.number, old.name, backend, old.path))
        for backend, old in newest.scripts.items()
    }
    return (*versions[:-1], Version(newest.number, scripts))


def version_of(workspace: Workspace, pair: Pair) -> Version:
    """One version with what its files hold now."""
    files = (pair.of(backend) for backend in Backend)
    return Version(
        pair.version,
        {file.backend: _script(workspace, file) for file in files if file is not None},
    )


def _script(workspace: Workspace, file: MigrationFile) -> MigrationScript:
    text = read_inside(workspace.root, file.path).text
    return MigrationScript(file.version, file.name, content_digest(text.encode()), text, file.path)


@lru_cache(maxsize=256)
def statements_of(sql: str, backend: Backend) -> tuple[Statement, ...]:
    """The statements of a file; none where it cannot be taken apart."""
    try:
        return split_statements(sql, backend)
    except SqlSyntaxError:
        return ()
