"""Running a command with live output, cancellation, and nothing left behind."""

from __future__ import annotations

import io
import os
import re
import secrets
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_GUARD = Path(__file__).with_name("process_guard.py")
# ECMA-48: control sequences, control strings up to their terminator, other escape sequences.
_ANSI = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-Z\\-~])"
)
_DRAIN_SECONDS = 5.0
"""How long a listener may take over one line after the command's end."""

_MAX_LINE = 8192

CANCELLED = 130
"""Exit status of a command that was cancelled, as after SIGINT in a shell."""

NOT_FOUND = 127
"""Exit status where there is no such command, as in a shell."""


class Cancellation:
    """A request to stop that can be made once, from any thread, and be listened to."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requested = False
        self._listeners: list[Callable[[], None]] = []

    @property
    def requested(self) -> bool:
        """Whether somebody has asked to stop."""
        return self._requested

    def request(self) -> None:
        """Ask to stop; each listener is called once."""
        with self._lock:
            self._requested = True
            listeners, self._listeners = self._listeners, []
        for listener in listeners:
            listener()

    def listen(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` when a stop is requested, at once if it already was."""
        with self._lock:
            if not self._requested:
                self._listeners.append(listener)
                return
        listener()


@dataclass(frozen=True, slots=True)
class Completed:
    """How a command ended.

    Attributes:
        exit_status: as a shell reports it: 128 + n after signal n, 127 where it does not exist.
        output: standard output and standard error in the order they came, without escape codes.
    """

    exit_status: int
    output: tuple[str, ...]

    @property
    def text(self) -> str:
        """The output as one string."""
        return "\n".join(self.output)


def plain(text: str) -> str:
    """``text`` without terminal escape sequences and other control characters."""
    return "".join(c for c in _ANSI.sub("", text) if c == "\t" or c.isprintable())


def run_command(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    on_line: Callable[[str], None] = lambda _line: None,
    cancellation: Cancellation | None = None,
) -> Completed:
    """Run a command to its end and hand over each line of its output as it comes.

    The command runs in a process group of its own, which ends with this process, also under
    SIGKILL. A daemon that left the group (as ``pg_ctl start`` does) stays, and is not waited
    for even if it keeps the output open.

    Args:
        argv: the command and its arguments; no shell is involved.
        cwd: the folder in which it runs.
        env: variables added to this process's own environment.
        on_line: called from another thread with each line, without its line end; a very long
            line comes in pieces. What a daemon writes after the command's end is not handed over.
        cancellation: ends the process group when requested.

    Raises:
        BaseException: whatever ``on_line`` raised; it ends the command.
    """
    end = secrets.token_hex(16)
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", str(_GUARD), end, *argv],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the guard was started without pipes")
    lifeline = process.stdin
    output = io.TextIOWrapper(process.stdout, "utf-8", "replace", newline="\n")
    lines: list[str] = []
    failures: list[BaseException] = []
    heard_all = threading.Event()

    def read() -> None:
        with output:
            try:
                for text in _until(end, output):
                    line = _last_written(text)
                    lines.append(line)
                    on_line(line)
            except BaseException as error:  # noqa: BLE001 - raised again by the caller's thread
                failures.append(error)
                _close_quietly(lifeline)
            finally:
                heard_all.set()
            while output.read(_MAX_LINE):
                pass  # a daemon's words; it would fail if nobody took them

    reader = threading.Thread(target=read, daemon=True, name=f"output of {argv[0]}")
    reader.start()
    if cancellation is not None:
        cancellation.listen(lambda: _close_quietly(lifeline))
    try:
        status = process.wait()
        heard = -1
        while not heard_all.wait(_DRAIN_SECONDS) and heard < len(lines):
            heard = len(lines)
    finally:
        _close_quietly(lifeline)
        process.wait()
    if failures:
        raise failures[0]
    return Completed(status if status >= 0 else 128 - status, tuple(lines))


def _until(end: str, output: IO[str]) -> Iterator[str]:
    """The lines up to the guard's word that the command has ended; long ones in pieces."""
    blank = False  # a line break that is either an empty line's or the guard's, before its word
    whole = True
    while (text := output.readline(_MAX_LINE)) and text != f"{end}\n":
        if blank:
            yield "\n"
        blank = whole and text == "\n"
        if not blank and (whole or text != "\n"):
            yield text
        whole = text.endswith("\n")
    if blank and not text:
        yield "\n"


def _last_written(text: str) -> str:
    """What a terminal would show of a line in the end: a carriage return starts it again."""
    return plain(text.rstrip("\r\n").rpartition("\r")[2])


def _close_quietly(stream: IO[bytes]) -> None:
    with suppress(OSError):
        stream.close()
