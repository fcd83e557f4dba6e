"""What was made of many files, remembered while none of the files was touched.

A thousand merged versions do not change, and reading them all for each `mig-assist status` would
take longer than everything else. What is remembered may be lost at any time.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from mig_assist.digests import combined_digest
from mig_assist.state_folder import NAME, is_hidden

CACHE_NAME = "digests.json"

SETTLED_SECONDS = 2.0
"""Younger files may change again within the clock tick of their file system, unseen."""


def remembered_digest(
    root: Path, key: str, paths: Sequence[str], compute: Callable[[], str]
) -> str:
    """What ``compute`` makes of the files, or made of them when they were the same.

    The same are files with the same path, size, times and inode. Nothing is remembered of files
    that were just written, nor in a workspace without a state folder.
    """
    stamps, newest = _stamps(root, paths)
    place = root / NAME / CACHE_NAME
    known = _read(place)
    if stamps is not None and known.get(key, ("", ""))[0] == stamps:
        return known[key][1]
    began = time.time()
    digest = compute()
    if stamps is not None and newest < began - SETTLED_SECONDS and is_hidden(root):
        _write(place, {**known, key: (stamps, digest)})
    return digest


def last_remembered(root: Path, key: str) -> str | None:
    """What was remembered last under a key, whatever has become of the files since."""
    return _read(root / NAME / CACHE_NAME).get(key, ("", None))[1]


def _stamps(root: Path, paths: Sequence[str]) -> tuple[str | None, float]:
    """One digest for what the file system says of the files, and the newest of their times."""
    parts, newest = [], 0.0
    start = str(root) + os.sep
    for path in paths:
        try:
            found = os.stat(start + path)  # noqa: PTH116 - a third of the time of Path.stat
        except (OSError, ValueError):
            return None, newest
        newest = max(newest, found.st_mtime, found.st_ctime)
        parts.append(
            f"{path}\0{found.st_size}\0{found.st_mtime_ns}\0{found.st_ctime_ns}\0{found.st_ino}"
        )
    return combined_digest(parts), newest


def _read(place: Path) -> dict[str, tuple[str, str]]:
    try:
        known = json.loads(place.read_bytes())
        return {str(key): (str(stamps), str(digest)) for key, (stamps, digest) in known.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _write(place: Path, known: dict[str, tuple[str, str]]) -> None:
    beside = place.with_name(f"{CACHE_NAME}.{os.getpid()}")
    try:
        beside.write_text(json.dumps(known), encoding="utf-8")
        beside.replace(place)
    except OSError:  # it is remembered another time
        beside.unlink(missing_ok=True)
