"""Several files written together: all of them or none, also under ``kill -9``.

The new contents are staged in a journal under ``.mig-assist/journal``; the rename of its
manifest is the moment of commitment. A process that dies before it leaves the workspace as it
was; one that dies after it is completed by :func:`recover`, which runs whenever a workspace is
opened.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mig_assist.digests import content_digest
from mig_assist.errors import EnvironmentLacks, MigAssistError
from mig_assist.state_folder import JOURNAL, state_folder

_MANIFEST = "manifest.json"


class ChangeRefused(MigAssistError):
    """The files are not as the plan assumed, or lie where nothing may be written."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """The intended content of one file.

    Attributes:
        path: relative to the workspace root, with forward slashes.
        content: the new bytes, or None to delete the file.
        before: digest of the content that the plan was made from, None where no file existed;
            a file that differs from it by the time of writing is not overwritten.
    """

    path: str
    content: bytes | None
    before: str | None = None


def resolve_inside(root: Path, path: str) -> Path:
    """The absolute place of a workspace path.

    Raises:
        ChangeRefused: it would lie outside the workspace, also by way of a symbolic link.
    """
    target = root / path
    if not target.resolve().is_relative_to(root.resolve()):
        raise ChangeRefused(
            "Path outside the workspace",
            f"{path} leads to {target.resolve()}.",
            "Use a path inside the workspace, and no symbolic link that leaves it.",
        )
    return target


def write_all(root: Path, changes: Sequence[FileChange]) -> None:
    """Apply every change or none of them.

    Raises:
        ChangeRefused: a target is outside the workspace or changed since it was planned.
        EnvironmentLacks: permission or disk space is missing; nothing was changed.
    """
    if not changes:
        return
    targets = [resolve_inside(root, change.path) for change in changes]
    for change, target in zip(changes, targets, strict=True):
        _require_unchanged(change, target)
    with _journal(root) as journal:
        try:
            entries = _stage(journal, changes, targets)
            _require_writable(targets)
        except OSError as error:
            raise _cannot_write(error) from None
        try:
            _apply(root, journal, entries)
        except OSError as error:
            _restore(root, journal, entries)
            raise _cannot_write(error) from None


def recover(root: Path) -> tuple[str, ...]:
    """Complete what a killed process had committed, forget what it had not.

    Returns the paths that were completed now.
    """
    journals = root / JOURNAL
    if not journals.is_dir():
        return ()
    completed: list[str] = []
    for journal in sorted(journals.iterdir()):
        with _owned(journal) as owned:
            if not owned:
                continue
            manifest = journal / _MANIFEST
            if manifest.exists():
                entries = json.loads(manifest.read_text(encoding="utf-8"))
                _apply(root, journal, entries)
                completed += [entry["path"] for entry in entries]
            shutil.rmtree(journal, ignore_errors=True)
    return tuple(completed)


@contextmanager
def _journal(root: Path) -> Iterator[Path]:
    state_folder(root)
    journal = root / JOURNAL / f"{os.getpid()}-{secrets.token_hex(4)}"
    try:
        journal.mkdir(parents=True)
    except OSError as error:
        raise _cannot_write(error) from None
    with _owned(journal):
        try:
            yield journal
        finally:
            shutil.rmtree(journal, ignore_errors=True)


@contextmanager
def _owned(journal: Path) -> Iterator[bool]:
    """Hold the journal's lock; false where a living process holds it."""
    try:
        descriptor = os.open(journal / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    except OSError:
        yield False
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(descriptor)


def _stage(
    journal: Path, changes: Sequence[FileChange], targets: Sequence[Path]
) -> list[dict[str, str | bool]]:
    entries: list[dict[str, str | bool]] = []
    for number, (change, target) in enumerate(zip(changes, targets, strict=True)):
        if target.exists():
            shutil.copy2(target, journal / f"old-{number}")
        if change.content is not None:
            staged = journal / f"new-{number}"
            _write_durably(staged, change.content)
            if target.exists():
                shutil.copymode(target, staged)
        entries.append(
            {"path": change.path, "number": str(number), "delete": change.content is None}
        )
    _write_durably(journal / "manifest.tmp", json.dumps(entries).encode())
    return entries


def _apply(root: Path, journal: Path, entries: list[dict[str, str | bool]]) -> None:
    if not (journal / _MANIFEST).exists():
        (journal / "manifest.tmp").replace(journal / _MANIFEST)
        _sync_folder(journal)
    for entry in entries:
        target = root / str(entry["path"])
        staged = journal / f"new-{entry['number']}"
        if entry["delete"]:
            target.unlink(missing_ok=True)
        elif staged.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            _move(staged, target)
    for folder in {(root / str(entry["path"])).parent for entry in entries}:
        if folder.is_dir():
            _sync_folder(folder)


def _restore(root: Path, journal: Path, entries: list[dict[str, str | bool]]) -> None:
    for entry in entries:
        target = root / str(entry["path"])
        old = journal / f"old-{entry['number']}"
        if old.exists():
            _move(old, target)
        elif not (journal / f"new-{entry['number']}").exists():
            target.unlink(missing_ok=True)


def _move(source: Path, target: Path) -> None:
    try:
        source.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
        shutil.copy2(source, beside)
        beside.replace(target)
        source.unlink()


def _require_unchanged(change: FileChange, target: Path) -> None:
    try:
        now = content_digest(target.read_bytes()) if target.exists() else None
    except OSError as error:
        raise _cannot_write(error) from None
    if now != change.before:
        happened = "appeared" if change.before is None else "changed"
        raise ChangeRefused(
            f"{change.path} {happened} meanwhile",
            "It is not as it was when this change was prepared, so nothing was written.",
            "Look at the file, then start the step again.",
        )


def _require_writable(targets: Sequence[Path]) -> None:
    for target in targets:
        folder = next(parent for parent in target.parents if parent.exists())
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, "Permission denied", str(folder))


def _write_durably(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _cannot_write(error: OSError) -> EnvironmentLacks:
    place = f": {error.filename}" if error.filename else ""
    return EnvironmentLacks(
        "Files could not be written",
        f"{error.strerror or error}{place}. Nothing was changed.",
        "Free some disk space."
        if error.errno in (errno.ENOSPC, errno.EDQUOT)
        else "Check the folder's permissions, then try again.",
    )
