"""Several files written together: all of them or none, also under ``kill -9``.

The new contents are staged in a journal under ``.mig-assist/journal``; the rename of its
manifest is the moment of commitment. A process that dies before it leaves the workspace as it
was; one that dies after it is completed by :func:`recover`, which runs whenever a workspace is
opened. Where a write fails after that moment, a second rename turns the manifest into one that
is undone, here or by :func:`recover`.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from mig_assist.digests import content_digest
from mig_assist.errors import EnvironmentLacks, MigAssistError
from mig_assist.state_folder import JOURNAL, state_folder

_STAGED = "staged.json"
_MANIFEST = "manifest.json"
_UNDO = "undo.json"

_Entry = dict[str, str | bool]


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
    if "\0" in path:
        raise ChangeRefused("Path with a NUL byte", f"{path!r} is no path.")
    real = _real(target)
    if not real.is_relative_to(_real(root)):
        raise ChangeRefused(
            "Path outside the workspace",
            f"{path} leads to {real}.",
            "Use a path inside the workspace, and no symbolic link that leaves it.",
        )
    return target


def write_all(root: Path, changes: Sequence[FileChange]) -> None:
    """Apply every change or none of them.

    Raises:
        ChangeRefused: a target is outside the workspace or changed since it was planned.
        EnvironmentLacks: permission or disk space is missing; nothing was changed.
    """
    for change in changes:
        resolve_inside(root, change.path)
    if not changes:
        return
    state_folder(root)
    try:
        (root / JOURNAL).mkdir(exist_ok=True)
        with _locked(root):
            _settle_all(root)
            for change in changes:
                _require_unchanged(change, resolve_inside(root, change.path))
            failure = _write(root, changes)
    except OSError as error:
        raise _cannot_write(error) from None
    if failure is not None:
        raise _cannot_write(failure)


def recover(root: Path) -> tuple[str, ...]:
    """Complete what a killed process had committed, forget what it had not.

    Returns the paths that were completed now; none while another process is writing.

    Raises:
        EnvironmentLacks: permission or disk space is missing; what was begun stays in the
            journal.
    """
    try:
        with _locked(root, fcntl.LOCK_NB):
            return _settle_all(root)
    except OSError:
        return ()


@contextmanager
def _locked(root: Path, flags: int = 0) -> Iterator[None]:
    """Be the only process that writes or recovers; the lock ends with the process."""
    descriptor = os.open(root / JOURNAL, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | flags)
        yield
    finally:
        os.close(descriptor)


def _write(root: Path, changes: Sequence[FileChange]) -> OSError | None:
    """Stage, commit and apply; return what failed after everything is as it was before."""
    journal = root / JOURNAL / f"{os.getpid()}-{os.urandom(4).hex()}"
    try:
        journal.mkdir()
        entries = _stage(root, journal, changes)
        _require_writable([_place(root, entry) for entry in entries])
        _rename_durably(journal / _STAGED, journal / _MANIFEST)
    except OSError as error:
        _discard(journal)
        return error
    failure = None
    try:
        _apply(root, journal, entries)
    except OSError as error:
        failure = error
        try:
            _rename_durably(journal / _MANIFEST, journal / _UNDO)
            _undo(root, journal, entries)
        except OSError as second:
            raise _interrupted(second) from None
    _discard(journal)
    return failure


def _settle_all(root: Path) -> tuple[str, ...]:
    """Bring dead processes' changes to their end; return the paths that were completed.

    The caller holds the lock: no journal belongs to a living process.
    """
    completed: list[str] = []
    try:
        for journal in sorted((root / JOURNAL).iterdir()):
            if (journal / _UNDO).exists():
                _undo(root, journal, _entries(journal / _UNDO))
            elif (journal / _MANIFEST).exists():
                entries = _entries(journal / _MANIFEST)
                _apply(root, journal, entries)
                completed += [str(entry["path"]) for entry in entries]
            _discard(journal)
    except OSError as error:
        raise _interrupted(error) from None
    return tuple(completed)


def _discard(journal: Path) -> None:
    """Forget a journal; first of all that there is something to complete or to undo."""
    import shutil

    with suppress(OSError):
        for name in (_MANIFEST, _UNDO):
            (journal / name).unlink(missing_ok=True)
    shutil.rmtree(journal, ignore_errors=True)


def _stage(root: Path, journal: Path, changes: Sequence[FileChange]) -> list[_Entry]:
    import shutil

    entries: list[_Entry] = []
    for number, change in enumerate(changes):
        entry: _Entry = {
            "path": change.path,
            "number": str(number),
            "delete": change.content is None,
        }
        target = _place(root, entry)
        entry["existed"] = target.exists()
        if entry["existed"]:
            shutil.copy2(target, journal / f"old-{number}")
        if change.content is not None:
            staged = journal / f"new-{number}"
            _write_durably(staged, change.content)
            if entry["existed"]:
                shutil.copymode(target, staged)
        entries.append(entry)
    _write_durably(journal / _STAGED, json.dumps(entries).encode())
    return entries


def _entries(manifest: Path) -> list[_Entry]:
    entries: list[_Entry] = json.loads(manifest.read_text(encoding="utf-8"))
    return entries


def _place(root: Path, entry: _Entry) -> Path:
    """Where an entry is written: through a symbolic link, which stays."""
    target = resolve_inside(root, str(entry["path"]))
    return target if entry["delete"] else _real(target)


def _apply(root: Path, journal: Path, entries: list[_Entry]) -> None:
    places = [_place(root, entry) for entry in entries]
    for entry, target in zip(entries, places, strict=True):
        staged = journal / f"new-{entry['number']}"
        if entry["delete"]:
            target.unlink(missing_ok=True)
        elif staged.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            _move(staged, target)
    for entry, target in zip(entries, places, strict=True):
        if entry["delete"]:
            _prune(root, target.parent)
    for folder in {target.parent for target in places}:
        if folder.is_dir():
            _sync_folder(folder)


def _prune(root: Path, folder: Path) -> None:
    """Remove folders that are empty now, as git does; a version's folder without files is none."""
    with suppress(OSError):  # not empty, or gone already
        while folder != root and root in folder.parents:
            folder.rmdir()
            folder = folder.parent


def _undo(root: Path, journal: Path, entries: list[_Entry]) -> None:
    """Take back what :func:`_apply` did; what it did not do is left alone."""
    for entry in entries:
        target = _place(root, entry)
        if target.exists() if entry["delete"] else (journal / f"new-{entry['number']}").exists():
            continue
        old = journal / f"old-{entry['number']}"
        if not entry["existed"]:
            target.unlink(missing_ok=True)
        elif old.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            _move(old, target)


def _move(source: Path, target: Path) -> None:
    import shutil

    try:
        source.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        # The same name each time, so that a killed process leaves nothing behind for good.
        beside = target.with_name(f".{target.name}.mig-assist")
        try:
            shutil.copy2(source, beside)
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)
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
        if not folder.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "Not a folder", str(folder))
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, "Permission denied", str(folder))


def _write_durably(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _rename_durably(source: Path, target: Path) -> None:
    source.replace(target)
    _sync_folder(target.parent)


def _real(path: Path) -> Path:
    # Unlike Path.resolve, which in Python 3.11 refuses a loop of symbolic links.
    return Path(os.path.realpath(path))


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _cannot_write(error: OSError) -> EnvironmentLacks:
    return EnvironmentLacks(
        "Files could not be written", f"{_reason(error)}. Nothing was changed.", _remedy(error)
    )


def _interrupted(error: OSError) -> EnvironmentLacks:
    return EnvironmentLacks(
        "An interrupted change could not be brought to its end",
        f"{_reason(error)}. Some of its files are as before, others are not.",
        f"{_remedy(error)} The next command brings it to its end.",
    )


def _reason(error: OSError) -> str:
    place = f": {error.filename}" if error.filename else ""
    return f"{error.strerror or error}{place}"


def _remedy(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "Free some disk space."
    return "Check the folder's permissions, then try again."
