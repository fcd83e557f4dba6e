"""The log of the running task, or of the last run."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len, chop_cells
from textual import events
from textual.widgets import Log

from mig_assist.app.observer import MOST_LINES
from mig_assist.app.text import one_line
from mig_assist.draft.previews import readable_line


class LiveLog(Log):
    """Lines wrapped to the width there is; the newest are kept, and kept in view."""

    def __init__(self) -> None:
        super().__init__(id="log", max_lines=MOST_LINES, auto_scroll=False)
        self._follows = True
        self._source: deque[str] = deque(maxlen=MOST_LINES)
        self._wrapped_to = 0

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not self._source

    def show(self, lines: Iterable[str]) -> None:
        """Show these lines instead of others."""
        self._source.clear()
        self.clear()
        self._follows = True
        self.extend(lines)

    def extend(self, lines: Iterable[str]) -> None:
        """Add lines below."""
        new = [readable_line(line) for line in lines]
        self._source.extend(new)
        self._write(new)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Whoever scrolls up stays there; whoever comes back to the end follows again."""
        super().watch_scroll_y(old_value, new_value)
        if new_value != old_value:
            self._follows = self.is_vertical_scroll_end

    def on_resize(self, event: events.Resize) -> None:
        """Wrap everything anew where the width changed."""
        if event.size.width and self._columns != self._wrapped_to:
            lines = list(self._source)
            self.clear()
            self._write(lines)

    def _write(self, lines: Sequence[str]) -> None:
        follows = self._follows
        self.write_lines(self._wrapped(lines))
        if follows:
            self.call_after_refresh(self._go_to_end)

    def _go_to_end(self) -> None:
        self._follows = True
        self.scroll_end(animate=False)

    @property
    def _columns(self) -> int:
        return self.scrollable_content_region.width

    def _wrapped(self, lines: Sequence[str]) -> deque[str]:
        """As many of the newest rows as are kept; what came before is not even looked at."""
        self._wrapped_to = self._columns
        rows: deque[str] = deque()
        for line in reversed(lines):
            rows.extendleft(reversed(list(wrapped(one_line(line), self._wrapped_to))))
            if len(rows) >= MOST_LINES:
                break
        return rows


def wrapped(line: str, width: int) -> Iterator[str]:
    """A line in pieces of at most ``width`` cells, broken between words where that is possible.

    A line of no characters is a space, as Log leaves out what has none; no width, no break.
    """
    while width and (len(line) > 2 * width or cell_len(line) > width):
        piece = chop_cells(line[: 2 * width], width)[0]
        space = piece.rfind(" ", width // 2)
        end = len(piece) if space < 0 else space + 1
        yield line[:end]
        line = line[end:]
        if not line:
            return
    yield line or " "
