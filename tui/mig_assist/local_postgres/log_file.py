"""A server's log file: bounded, and read from its end."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

_BOUND_BYTES = 4 * 1024 * 1024
_KEPT_BYTES = 256 * 1024
_POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class LogFile:
    """A log that a server appends to."""

    path: Path

    def size(self) -> int:
        """Bytes in it; 0 where there is none."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def bound(self) -> None:
        """Cut a log that has grown large down to its end, also while a server appends to it."""
        if self.size() <= _BOUND_BYTES:
            return
        with self.path.open("r+b") as file:
            file.seek(-_KEPT_BYTES, os.SEEK_END)
            kept = file.read()
            file.seek(0)
            file.truncate()
            file.write(kept[kept.find(b"\n") + 1 :])

    def text_from(self, offset: int) -> str:
        """What was written after the first ``offset`` bytes."""
        try:
            with self.path.open("rb") as file:
                file.seek(offset)
                return _text(file.read(_BOUND_BYTES))
        except FileNotFoundError:
            return ""

    def last_lines(self, count: int | None) -> str:
        """The last ``count`` lines, or all that is kept."""
        text = self.text_from(max(0, self.size() - _BOUND_BYTES))
        lines = text.splitlines()
        return "\n".join(lines if count is None else lines[len(lines) - min(count, len(lines)) :])

    def follow(self, until: Callable[[], bool]) -> Iterator[str]:
        """Each line that is written from now on, until there is none left and ``until()``."""
        offset = self.size()
        rest = b""
        ending = False
        while True:
            size = self.size()
            if size < offset:  # it was cut meanwhile
                offset, rest = 0, b""
            elif size > offset:
                with self.path.open("rb") as file:
                    file.seek(offset)
                    rest += file.read(_KEPT_BYTES)
                    offset = file.tell()
                *lines, rest = rest.split(b"\n")
                yield from (_text(line) for line in lines)
            elif ending:
                return
            else:
                ending = until()
                time.sleep(0 if ending else _POLL_SECONDS)


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")
