"""Item 4: the registry lists each pair once, in order, with its real names and checksums."""

from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path

from mig_assist.backend import Backend
from mig_assist.file_changes import ChangeRefused, resolve_inside
from mig_assist.findings import Finding, Severity
from mig_assist.verify.numbers import unreadable_registry
from mig_assist.verify.report import Report
from mig_assist.workspace.files import MigrationFile, migration_path, scan
from mig_assist.workspace.model import Workspace
from mig_assist.workspace.registry import (
    EntryText,
    Registry,
    RegistryEntry,
    RegistryError,
    open_registry,
)
from mig_assist.workspace.registry.detect import unlisted_by_hand
from mig_assist.workspace.registry.folders import FolderRegistry
from mig_assist.workspace.registry.places import locator


def check_registry(workspace: Workspace) -> Report:
    """The whole registry against both folders."""
    path = None
    try:
        registry = open_registry(workspace)
        path = registry.path
        if path is None:
            by_hand = registry.by_hand if isinstance(registry, FolderRegistry) else ""
            return _by_hand(workspace, by_hand)
        entries = registry.entries()
    except RegistryError as error:
        return Report("", (unreadable_registry(error, path),))
    return Report(
        f"{path} lists {len(entries)} versions, all as they are",
        tuple(_Check(workspace, registry, path).findings(entries)),
    )


def _by_hand(workspace: Workspace, path: str) -> Report:
    """What a list lacks that is not edited here; the folders are the list where there is none."""
    if not path:
        return Report("the runner needs no registry: it takes what lies in the folders")
    return Report(
        f"{path} names every migration; its list is kept by hand",
        tuple(
            Finding(
                "registry/unlisted-file",
                Severity.ERROR,
                f"{file.path} is not listed: {known.path} names the migrations one by one, in a"
                " form that mig-assist does not edit.",
                f"Add its entry by hand, behind the one in line {known.line}.",
                version=file.version,
                backend=file.backend,
                path=known.path,
                line=known.line,
            )
            for file, known in unlisted_by_hand(workspace)
        ),
    )


class _Check:
    """The examination of one registry."""

    def __init__(self, workspace: Workspace, registry: Registry, path: str) -> None:
        self._workspace = workspace
        self._registry = registry
        self._path = path
        self._locate = locator(workspace.layout)
        self._used: dict[str, RegistryEntry] = {}

    def findings(self, entries: Sequence[RegistryEntry]) -> Iterable[Finding]:
        """Everything that is wrong with a list of entries."""
        yield from self._order(entries)
        for entry in entries:
            for backend in Backend:
                yield from self._file(entry, backend)
            for text in entry.texts:
                yield from self._text(entry, text)
        yield from self._unlisted(entries)

    def _order(self, entries: Sequence[RegistryEntry]) -> Iterable[Finding]:
        baseline = self._workspace.config.baseline
        seen: dict[int, RegistryEntry] = {}
        for entry, before in zip(entries, (None, *entries), strict=False):
            version = entry.version
            if version < baseline:
                yield self._finding(
                    "registry/below-baseline", entry,
                    f"V{version} lies before the baseline V{baseline}, where all history begins.",
                    "Remove its entry.",
                )  # fmt: skip
            if version in seen:
                earlier = seen[version].line
                where = f", first in line {earlier}" if earlier else ""
                yield self._finding(
                    "registry/duplicate", entry,
                    f"V{version} is listed twice{where}.", "Remove one of the entries.",
                )  # fmt: skip
            elif before is not None and before.version > version:
                yield self._finding(
                    "registry/order", entry,
                    f"V{version} is listed after V{before.version}.", "List the lowest first.",
                )  # fmt: skip
            seen.setdefault(version, entry)

    def _file(self, entry: RegistryEntry, backend: Backend) -> Iterable[Finding]:
        listed = entry.paths.get(backend)
        if listed is None:
            yield self._finding(
                "registry/missing-file", entry,
                f"V{entry.version} names no {backend.label} file.",
                "Name both files, so that both databases get the version.", backend,
            )  # fmt: skip
            return
        yield from self._place(entry, backend, posixpath.normpath(listed))
        try:
            place = resolve_inside(self._workspace.root, listed)
        except ChangeRefused as error:
            yield self._finding("registry/missing-file", entry, error.message, error.fix, backend)
            return
        content = _content(place)
        if content is None:
            why = "cannot be read as a file" if os.path.lexists(place) else "does not exist"
            yield self._finding(
                "registry/missing-file", entry,
                f"V{entry.version} names {listed}, which {why}.",
                "Restore the file, or correct its entry.", backend,
            )  # fmt: skip
            return
        recorded = entry.checksums.get(backend)
        if recorded is None or any(text.value == recorded for text in entry.texts):
            return
        file = MigrationFile(entry.version, entry.name, backend, listed)
        if self._registry.checksum(file, content) != recorded:
            yield self._finding(
                "registry/checksum-differs", entry,
                f"{listed} is not the content that V{entry.version} was registered with.",
                "A merged migration is never edited: restore it. While V"
                f"{entry.version} is in work, `mig-assist run registry` records the new content.",
                backend,
            )  # fmt: skip

    def _place(self, entry: RegistryEntry, backend: Backend, path: str) -> Iterable[Finding]:
        """What is wrong with a path by itself; at most one thing."""
        version, label = entry.version, backend.label
        user = self._used.setdefault(path, entry)
        file = self._locate(path)
        if user is not entry and user.version != version:
            yield self._finding(
                "registry/path-twice", entry,
                f"V{version} names {path} as its {label} file, and so does V{user.version}.",
                "Give each version its own files.", backend,
            )  # fmt: skip
        elif file is not None and file.backend is not backend:
            yield self._finding(
                "registry/swapped-files", entry,
                f"V{version} names {path} as its {label} file, but it is the"
                f" {file.backend.label} one.",
                "Put each path where its database reads it.", backend,
            )  # fmt: skip
        elif file is None or not _agrees(file, entry):
            expected = migration_path(self._workspace, backend, version, entry.name)
            yield self._finding(
                "registry/name-differs", entry,
                f"V{version} {entry.name!r} names {path} as its {label} file.",
                f"Version, name and path have to agree: {expected}.", backend,
            )  # fmt: skip

    def _text(self, entry: RegistryEntry, text: EntryText) -> Iterable[Finding]:
        if text.value != text.expected:
            code = "registry/checksum-differs" if text.is_checksum else "registry/name-differs"
            yield Finding(
                code,
                Severity.ERROR,
                f"`{text.field}` of V{entry.version} is {text.value!r}; its files say"
                f" {text.expected!r}.",
                f"Write {text.expected!r}, or correct the files' names.",
                version=entry.version,
                path=self._path,
                line=text.line,
            )

    def _unlisted(self, entries: Sequence[RegistryEntry]) -> Iterable[Finding]:
        listed = {entry.version for entry in entries}
        for file in scan(self._workspace):
            if file.version not in listed and file.version >= self._workspace.config.baseline:
                yield Finding(
                    "registry/unlisted-file",
                    Severity.ERROR,
                    f"{file.path} is not listed, so the runner will not apply it.",
                    f"Run `mig-assist run registry` while V{file.version} is in work, or add it.",
                    version=file.version,
                    backend=file.backend,
                    path=self._path,
                )

    def _finding(
        self,
        code: str,
        entry: RegistryEntry,
        message: str,
        fix: str,
        backend: Backend | None = None,
    ) -> Finding:
        line = entry.path_lines.get(backend, entry.line) if backend else entry.line
        return Finding(
            code,
            Severity.ERROR,
            message,
            fix,
            version=entry.version,
            backend=backend,
            path=self._path,
            line=line,
        )


def _content(place: Path) -> bytes | None:
    """A regular file's bytes; None for anything else, and for one that cannot be read."""
    try:
        return place.read_bytes() if stat.S_ISREG(place.stat().st_mode) else None
    except OSError:
        return None


def _agrees(file: MigrationFile, entry: RegistryEntry) -> bool:
    """Whether a file is of an entry's version and name.

    A name in the entry that differs from its files has a finding of its own.
    """
    told = any(text.expected == file.name != text.value for text in entry.texts)
    return file.version == entry.version and (file.name == entry.name or told)
