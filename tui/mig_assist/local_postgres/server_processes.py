"""The processes of a PostgreSQL server, known by the folder they work in.

Every process of a server has its data folder as working folder, also after the folder was
moved, and no process of another server has.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil

_NAME = "postgres"
_END_SECONDS = 10.0


def is_running(pid: int) -> bool:
    """Whether a process has this number; a dead one that waits for its parent has it still."""
    if pid == os.getpid():
        return True
    import psutil

    return psutil.pid_exists(pid)


def works_in(pid: int, data: Path) -> bool:
    """Whether this is a living PostgreSQL process of the server on ``data``."""
    import psutil

    try:
        return _is_of(psutil.Process(pid), data)
    except psutil.NoSuchProcess:
        return False


def ends_after(number: signal.Signals, pid: int, data: Path, seconds: float) -> bool:
    """Send a signal to a server's process; whether it is gone in time."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)
    return _wait_until(lambda: not works_in(pid, data), seconds)


def end_processes_in(data: Path) -> None:
    """Kill every PostgreSQL process that works in ``data``, and wait until they are gone."""
    import psutil

    processes = list(_processes_in(data))
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    _wait_until(lambda: not any(_is_of(process, data) for process in processes), _END_SECONDS)


def _wait_until(done: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _processes_in(data: Path) -> Iterator[psutil.Process]:
    import psutil

    return (process for process in psutil.process_iter() if _is_of(process, data))


def _is_of(process: psutil.Process, data: Path) -> bool:
    import psutil

    try:
        return (
            process.name().startswith(_NAME)
            and process.status() != psutil.STATUS_ZOMBIE
            and Path(process.cwd()).samefile(data)
        )
    except (psutil.Error, OSError):
        return False
