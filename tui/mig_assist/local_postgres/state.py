"""What is remembered about a server that mig-assist started, and who may change it."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from mig_assist.errors import EnvironmentLacks
from mig_assist.local_postgres.settings import OnEvent

_PATIENCE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class State:
    """One server of ours, running or not.

    Attributes:
        port: where it last listened.
        password: of the superuser ``postgres``; 128 random bits in hexadecimal.
        workspace: the root of the workspace that it serves.
        data: its data folder, or the name of its volume.
        pid: of the postmaster that was started last; None for a container.
    """

    port: int
    password: str = field(repr=False)
    workspace: str
    data: str
    pid: int | None = None


def new_password() -> str:
    """A password that needs no quoting anywhere."""
    return os.urandom(16).hex()


def load_state(path: Path) -> State | None:
    """Read a state file; None where there is none or it is damaged."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        state = State(**{item.name: values[item.name] for item in fields(State)})
    except (OSError, ValueError, TypeError, KeyError):
        return None
    sound = (
        isinstance(state.port, int)
        and isinstance(state.password, str)
        and bool(state.password)
        and isinstance(state.workspace, str)
        and isinstance(state.data, str)
    )
    return state if sound else None


def save_state(path: Path, state: State) -> None:
    """Write a state file that only its owner can read, all or none.

    Raises:
        OSError: it cannot be written.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump({"schema": 1, **asdict(state)}, file, indent=1)
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


@contextmanager
def locked(folder: Path, on_event: OnEvent) -> Iterator[None]:
    """Hold the lock of a server folder; a second mig-assist waits for the first.

    The lock ends with its process, so it can never be stale.

    Raises:
        EnvironmentLacks: somebody has held it for two minutes.
    """
    descriptor = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        told = False
        while not _try_lock(descriptor):
            if not told:
                on_event("Another mig-assist is at work on this PostgreSQL; waiting for it")
                told = True
            if time.monotonic() > deadline:
                raise EnvironmentLacks(
                    "Another mig-assist holds this PostgreSQL",
                    f"It has held {folder / 'lock'} for two minutes.",
                    "Look for another `mig-assist postgres` that hangs, and end it.",
                )
            time.sleep(0.05)
        yield
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
