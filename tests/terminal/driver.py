"""A real terminal for tests: programs run in tmux, keys go in, the screen is read back."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import psutil
import pytest

from tests.processes import alive
from tests.require import require

_PATIENCE_SECONDS = 30.0
_POLL_SECONDS = 0.03
_GRACE_SECONDS = 2.0


class TerminalTimeout(AssertionError):
    """The screen never came to show what was waited for; the message holds the screen."""


class Terminal:
    """One program in a terminal of its own, under a tmux server of its own.

    Args:
        tmux: the tmux program.
        folder: where the server's socket lies; a short path, as a socket's name is limited.
        argv: the program and its arguments; no shell is involved.
        cwd: the folder in which it runs.
        env: variables added to this process's own environment.
        columns: width in characters.
        lines: height in characters.
    """

    def __init__(
        self,
        tmux: str,
        folder: Path,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        columns: int,
        lines: int,
    ) -> None:
        self._command = (tmux, "-u", "-S", str(folder / "socket"), "-f", os.devnull)
        environment = {**os.environ, "LC_ALL": "C.UTF-8", **env}
        environment.pop("TMUX", None)
        # More than one argument after --, so that tmux starts the program without a shell.
        self._tmux(
            *("start-server", ";", "set-option", "-g", "remain-on-exit", "on", ";"),
            *("set-option", "-g", "default-terminal", "screen-256color", ";"),
            *("set-option", "-g", "status", "off", ";"),
            *("new-session", "-d", "-x", str(columns), "-y", str(lines), "-c", str(cwd), "--"),
            *("env", *(_escaped(argument) for argument in argv)),
            env=environment,
        )
        self._process = psutil.Process(self.pid)

    @property
    def pid(self) -> int:
        """Process id of the program."""
        return int(self._format("#{pane_pid}"))

    @property
    def exit_status(self) -> int | None:
        """How the program ended, as a shell reports it; None while it runs."""
        status, number = self._format("#{pane_dead_status},#{pane_dead_signal}").split(",")
        if status:
            return int(status)
        if number:
            return 128 + int(number)
        if not alive(self._process.pid):
            # tmux 3.3 can miss its child's end when it has only just started; this makes it look.
            os.kill(int(self._format("#{pid}")), signal.SIGCHLD)
        return None

    def screen(self) -> str:
        """What the terminal shows now, lines without trailing blanks.

        After the program's end tmux says so on the last line, and the first one has scrolled off.
        """
        return self._tmux("capture-pane", "-p")

    def size(self) -> tuple[int, int]:
        """Columns and lines."""
        columns, lines = self._format("#{pane_width},#{pane_height}").split(",")
        return int(columns), int(lines)

    def type(self, text: str) -> None:
        """Type ``text`` as it is."""
        self._tmux("send-keys", "-l", "--", _escaped(text))

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names: ``Enter``, ``Escape``, ``Up``, ``C-p``, ``q``."""
        self._tmux("send-keys", "--", *(_escaped(key) for key in keys))

    def resize(self, columns: int, lines: int) -> None:
        """Give the terminal another size."""
        self._tmux("resize-window", "-x", str(columns), "-y", str(lines))

    def wait_for(self, text: str, *, seconds: float = _PATIENCE_SECONDS) -> str:
        """Wait until the screen shows ``text``; return the screen.

        Raises:
            TerminalTimeout: it did not within ``seconds``, or the program ended without it.
        """
        return self._wait(lambda screen: text in screen, f"shows {text!r}", seconds)

    def wait_until_gone(self, text: str, *, seconds: float = _PATIENCE_SECONDS) -> str:
        """Wait until the screen no longer shows ``text``; return the screen."""
        return self._wait(lambda screen: text not in screen, f"no longer shows {text!r}", seconds)

    def wait_for_exit(self, *, seconds: float = _PATIENCE_SECONDS) -> int:
        """Wait until the program has ended; return its exit status as a shell reports it."""
        deadline = time.monotonic() + seconds
        while (status := self.exit_status) is None:
            if time.monotonic() > deadline:
                raise TerminalTimeout(f"still running after {seconds:g} s:\n{self.screen()}")
            time.sleep(_POLL_SECONDS)
        return status

    def kill(self) -> None:
        """End the program with SIGKILL."""
        self._process.kill()
        self.wait_for_exit()

    def hang_up(self) -> None:
        """Send what a program gets when its terminal window is closed."""
        self._process.send_signal(signal.SIGHUP)

    def close(self) -> None:
        """End the program, by force where it does not end by itself, and the tmux server."""
        try:
            if self.exit_status is None:
                self.hang_up()
                self.wait_for_exit(seconds=_GRACE_SECONDS)
        except TerminalTimeout:
            self.kill()
        finally:
            self._tmux("kill-server")

    def _wait(self, wanted: Callable[[str], bool], what: str, seconds: float) -> str:
        deadline = time.monotonic() + seconds
        while True:
            ended = self.exit_status
            screen = self.screen()
            if wanted(screen):
                return screen
            if ended is not None or time.monotonic() > deadline:
                when = f"after {seconds:g} s" if ended is None else f"at its end (status {ended})"
                raise TerminalTimeout(f"never {what}; {when} the screen was:\n{screen}")
            time.sleep(_POLL_SECONDS)

    def _format(self, template: str) -> str:
        return self._tmux("display-message", "-p", template).strip()

    def _tmux(self, *arguments: str, env: Mapping[str, str] | None = None) -> str:
        done = subprocess.run(
            [*self._command, *arguments], env=env, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"tmux {arguments[0]}: {done.stderr.strip()}")
        return done.stdout


def _escaped(argument: str) -> str:
    """``argument`` for tmux, which takes a semicolon at an argument's end for its own."""
    return f"{argument[:-1]}\\;" if argument.endswith(";") else argument


class OpenTerminal(Protocol):
    """Starts a program in a terminal of its own."""

    def __call__(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        columns: int = 100,
        lines: int = 30,
    ) -> Terminal: ...


@pytest.fixture
def terminal() -> Iterator[OpenTerminal]:
    """Starts programs in real terminals; all of them are ended with the test."""
    tmux = require(shutil.which("tmux"), "tmux (apt-get install tmux)")
    folder = Path(tempfile.mkdtemp(prefix="tmux-"))
    opened: list[Terminal] = []

    def open_terminal(
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        columns: int = 100,
        lines: int = 30,
    ) -> Terminal:
        own = folder / str(len(opened))
        own.mkdir()
        started = Terminal(
            tmux, own, argv, cwd=cwd, env=env or {}, columns=columns, lines=lines
        )  # fmt: skip
        opened.append(started)
        return started

    try:
        yield open_terminal
    finally:
        for started in opened:
            started.close()
        shutil.rmtree(folder, ignore_errors=True)
