"""What each check looks at, as digests of the files as they are now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path

from mig_assist.backend import Backend
from mig_assist.checklist.state import CONFIGURATION
from mig_assist.digest_cache import remembered_digest
from mig_assist.digests import combined_digest, file_digest
from mig_assist.workspace.config import DocsConfig
from mig_assist.workspace.files import MigrationFile, migration_folder, migration_path, scan
from mig_assist.workspace.git import base_position
from mig_assist.workspace.model import Workspace

ABSENT = "absent"


class InputReader:
    """Digests for one migration of one workspace; each file is read once at most.

    Make a new one whenever the content may have changed.
    """

    def __init__(self, workspace: Workspace, version: int, name: str) -> None:
        self.workspace = workspace
        self.version = version
        self.name = name
        self._known: dict[str, str] = {}

    @cached_property
    def files(self) -> tuple[MigrationFile, ...]:
        """The migration files of both folders."""
        return scan(self.workspace)

    def numbers(self) -> dict[str, str]:
        """Who holds this version and the ones below it, here and on the base branch."""
        held = [file.path for file in self.files if file.version <= self.version]
        base = base_position(self.workspace)
        return {
            f"the list of versions up to V{self.version}": combined_digest(held),
            **({"the base branch": combined_digest([base])} if base else {}),
        }

    def names(self) -> dict[str, str]:
        """The file names of this version."""
        held = [file.path for file in self.files if file.version == self.version]
        return {f"the file names of V{self.version}": combined_digest([self.name, *held])}

    def side(self, backend: Backend) -> dict[str, str]:
        """This version's file of one backend, and the one that undoes it."""
        up = migration_path(self.workspace, backend, self.version, self.name)
        down = self.workspace.layout.of(backend).down_path(self.version, self.name)
        return self.digests([up, down] if down else [up])

    def pair(self) -> dict[str, str]:
        """This version's files of both backends."""
        return {**self.side(Backend.LIBSQL), **self.side(Backend.POSTGRES)}

    def registry(self) -> dict[str, str]:
        """The registry file, hand-kept lists of tables, and the two files that both follow."""
        config = self.workspace.config
        registry = config.registry
        if not registry.kind:
            # Deferred: most workspaces say where it is, and `mig-assist status` has to be quick.
            from mig_assist.workspace.registry_search import known_registry

            registry = known_registry(self.workspace)
        paths = [registry.path, *config.lists.paths]
        said = self._said("lists", config.lists.tables)
        return {**said, **self.digests(filter(None, paths)), **self.pair()}

    def history(self, backend: Backend) -> dict[str, str]:
        """One backend's files up to this version: the ones below it as one input."""
        below = [
            file.path
            for file in self.files
            if file.backend is backend and file.version < self.version
        ]
        digest = remembered_digest(
            self.workspace.root,
            f"{backend} below V{self.version}",
            below,
            lambda: combined_digest(p for path in below for p in (path, self._digest(path))),
        )
        folder = migration_folder(self.workspace, backend)
        return {
            f"versions below V{self.version} in {folder}": digest,
            **self.side(backend),
        }

    def parity(self) -> dict[str, str]:
        """What mig-assist.toml says about differences that are meant."""
        stated = self.workspace.config.parity
        return {"[parity] in mig-assist.toml": combined_digest([repr(stated)])}

    def absence(self, task: str) -> dict[str, str]:
        """The configuration's word that a task is absent here, where it has one."""
        return self._said(f"absent {task}", filter(None, [self.workspace.config.absent.get(task)]))

    def tests(self) -> dict[str, str]:
        """The store tests and what they run against: both files of this version."""
        return {**self.store_tests(), **self.pair()}

    def store_tests(self) -> dict[str, str]:
        """The store tests alone."""
        paths = self.workspace.config.tests.paths
        return {**self._said("tests", paths), **self.tree(paths)}

    def documents(self, kind: str) -> dict[str, str]:
        """The documents of one kind: ``data``, ``user`` or ``adr``."""
        paths: tuple[str, ...] = getattr(self.workspace.config.docs, kind)
        return {**self._said(f"docs {kind}", paths), **self.tree(paths)}

    def everything(self) -> dict[str, str]:
        """All that the hand-off covers: migrations, registry, tests and documents."""
        return {
            **self.history(Backend.LIBSQL),
            **self.history(Backend.POSTGRES),
            **self.registry(),
            **self.tests(),
            **{name: d for kind in DocsConfig._fields for name, d in self.documents(kind).items()},
        }

    def tree(self, paths: Iterable[str]) -> dict[str, str]:
        """Every file at or below the given workspace paths, generated ones left out."""
        return self.digests(
            file for path in paths for file in files_below(self.workspace.root, path)
        )

    def digests(self, paths: Iterable[str]) -> dict[str, str]:
        """Path → digest of its content, ``"absent"`` where there is no file."""
        return {path: self._digest(path) for path in paths}

    def _said(self, what: str, values: Iterable[str]) -> dict[str, str]:
        """A part of mig-assist.toml as an input of its own, where it says anything."""
        said = tuple(values)
        return {f"{CONFIGURATION} ({what})": combined_digest(said)} if said else {}

    def _digest(self, path: str) -> str:
        if path not in self._known:
            self._known[path] = file_digest(self.workspace.root / path) or ABSENT
        return self._known[path]


def files_below(root: Path, path: str) -> Iterable[str]:
    """The files at or below a workspace path, generated and hidden ones left out."""
    place = root / path
    if not place.is_dir():
        yield path
        return
    for file in sorted(place.rglob("*")):
        relative = file.relative_to(root)
        hidden = any(part.startswith((".", "__pycache__")) for part in relative.parts)
        if file.is_file() and not hidden and file.suffix != ".pyc":
            yield relative.as_posix()


def snapshot(workspace: Workspace) -> Mapping[str, str]:
    """Digests of all documents and tests, taken when a migration is opened."""
    docs, tests = workspace.config.docs, workspace.config.tests
    return InputReader(workspace, 0, "").tree((*docs.data, *docs.user, *docs.adr, *tests.paths))
