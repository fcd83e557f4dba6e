"""Item 4: the registry lists each pair once, in order, with its real names and checksums."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Sequence

from mig_assist.backend import Backend
from mig_assist.digests import file_digest
from mig_assist.file_changes import ChangeRefused, resolve_inside
from mig_assist.findings import Finding, Severity
from mig_assist.verify.numbers import unreadable_registry
from mig_assist.verify.report import Report
from mig_assist.workspace.files import migration_path, scan
from mig_assist.workspace.model import Workspace
from mig_assist.workspace.registry import RegistryEntry, RegistryError, open_registry


def check_registry(workspace: Workspace) -> Report:
    """The whole registry against both folders."""
    registry = open_registry(workspace)
    path = registry.path
    if path is None:
        return Report("the runner needs no registry: it takes what lies in the folders")
    try:
        entries = registry.entries()
    except RegistryError as error:
        return Report("", (unreadable_registry(error, path),))
    findings = (
        *_order(workspace, entries, path),
        *(finding for entry in entries for finding in _entry(workspace, entry, path)),
        *_unlisted(workspace, entries, path),
    )
    return Report(f"{path} lists {len(entries)} versions, all as they are", findings)


def _order(workspace: Workspace, entries: Sequence[RegistryEntry], path: str) -> Iterable[Finding]:
    baseline = workspace.config.baseline
    seen: set[int] = set()
    for entry, before in zip(entries, (None, *entries), strict=False):
        version = entry.version
        if version < baseline:
            yield _finding(
                "registry/below-baseline", version, path,
                f"V{version} lies before the baseline V{baseline}, where all history begins.",
                "Remove its entry.",
            )  # fmt: skip
        if version in seen:
            yield _finding(
                "registry/duplicate", version, path,
                f"V{version} is listed twice.", "Remove one of the entries.",
            )  # fmt: skip
        elif before is not None and before.version > version:
            yield _finding(
                "registry/order", version, path,
                f"V{version} is listed after V{before.version}.", "List the lowest first.",
            )  # fmt: skip
        seen.add(version)


def _entry(workspace: Workspace, entry: RegistryEntry, path: str) -> Iterable[Finding]:
    for backend in Backend:
        listed = entry.paths[backend]
        expected = migration_path(workspace, backend, entry.version, entry.name)
        if posixpath.normpath(listed) != expected:
            yield _finding(
                "registry/name-differs",
                entry.version,
                path,
                f"V{entry.version} {entry.name!r} names {listed} as its {backend.label} file.",
                f"Version, name and path have to agree: {expected}.",
                backend,
            )
        try:
            place = resolve_inside(workspace.root, listed)
        except ChangeRefused as error:
            yield _finding(
                "registry/missing-file", entry.version, path, error.message, error.fix, backend
            )
            continue
        digest = file_digest(place)
        if digest is None:
            why = "cannot be read as a file" if os.path.lexists(place) else "does not exist"
            yield _finding(
                "registry/missing-file",
                entry.version,
                path,
                f"V{entry.version} names {listed}, which {why}.",
                "Restore the file, or correct its entry.",
                backend,
            )
        elif digest != entry.checksums[backend]:
            yield _finding(
                "registry/checksum-differs",
                entry.version,
                path,
                f"{listed} is not the content that V{entry.version} was registered with.",
                "A merged migration is never edited: restore it. While V"
                f"{entry.version} is in work, `mig-assist run registry` records the new content.",
                backend,
            )


def _unlisted(
    workspace: Workspace, entries: Sequence[RegistryEntry], path: str
) -> Iterable[Finding]:
    listed = {entry.version for entry in entries}
    for file in scan(workspace):
        if file.version not in listed and file.version >= workspace.config.baseline:
            yield _finding(
                "registry/unlisted-file",
                file.version,
                path,
                f"{file.path} is not listed, so the runner will not apply it.",
                f"Run `mig-assist run registry` while V{file.version} is in work, or add it.",
                file.backend,
            )


def _finding(
    code: str, version: int, path: str, message: str, fix: str, backend: Backend | None = None
) -> Finding:
    return Finding(code, Severity.ERROR, message, fix, None, version, backend, None, path)
