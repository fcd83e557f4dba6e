"""From the thread that runs items to the screen: few messages, however fast the log is."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from textual.message import Message

from mig_assist.app.messages import CheckFinished, CheckStarted, LogArrived
from mig_assist.checklist.evidence import Evidence, Outcome
from mig_assist.checklist.items import Check, Item

MOST_LINES = 2000
"""What the live log keeps; the log file has everything."""

LogLine = tuple[str, str]
"""Key of the item that wrote it, and the line."""


class LogBuffer:
    """Lines between a thread that writes and a screen that reads; bounded."""

    def __init__(self, most: int = MOST_LINES) -> None:
        self._lock = threading.Lock()
        self._lines: deque[LogLine] = deque(maxlen=most)
        self._dropped = 0

    def add(self, line: LogLine) -> bool:
        """Keep a line; true if the reader has to be told, as the buffer was empty."""
        with self._lock:
            first = not self._lines
            self._dropped += len(self._lines) == self._lines.maxlen
            self._lines.append(line)
            return first

    def take(self) -> list[LogLine]:
        """All lines that wait, oldest first, with a word about those that were too many."""
        with self._lock:
            lines, dropped = list(self._lines), self._dropped
            self._lines.clear()
            self._dropped = 0
        if dropped:
            lines.insert(0, (lines[0][0], f"… {dropped} lines not shown; the log file has them"))
        return lines


class RunObserver:
    """Tells the app what happens in a run; each method is called from the run's thread."""

    def __init__(self, post: Callable[[Message], object], buffer: LogBuffer) -> None:
        self._post = post
        self._buffer = buffer
        self._item = ""

    def check_started(self, item: Item, check: Check) -> None:
        """A check begins."""
        self._item = item.key
        self._post(CheckStarted(item.key, check.key, time.time()))

    def log(self, line: str) -> None:
        """A line of output."""
        if self._buffer.add((self._item, line)):
            self._post(LogArrived())

    def check_finished(self, item: Item, check: Check, evidence: Evidence) -> None:
        """A check ended."""
        passed = evidence.outcome is Outcome.PASSED
        self._post(CheckFinished(item.key, check.key, passed))
