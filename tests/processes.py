"""Looking at real processes from outside."""

from __future__ import annotations

import time
from pathlib import Path

import psutil

_PATIENCE_SECONDS = 15.0
_POLL_SECONDS = 0.02


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not yet reaped does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def survivors(*pids: int) -> list[int]:
    """Wait for processes to end; return those that have not."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while remaining := [pid for pid in pids if alive(pid)]:
        if time.monotonic() > deadline:
            break
        time.sleep(_POLL_SECONDS)
    return remaining


def at_work_in(folder: Path) -> list[str]:
    """Command lines of the processes that run in a folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()) == folder:
                found.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return found
