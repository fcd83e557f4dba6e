"""The keys that work here: as many as the width allows, each also a place to click on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from textual import events
from textual.app import App
from textual.content import Content
from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget


class KeyLabel(NamedTuple):
    """A key as the bar shows it."""

    key: str
    display: str
    description: str
    tooltip: str
    ident: str
    shown: bool

    @property
    def width(self) -> int:
        """Cells that it takes, without the gap after it."""
        return Content(f"{self.display} {self.description}").cell_length


def fitting(
    labels: Sequence[KeyLabel], last: Sequence[str], width: int
) -> tuple[list[KeyLabel], list[KeyLabel], int]:
    """What fits into ``width`` cells: left part, the ``last`` ids at the right end, and the gap.

    The labels that want to be shown come first, in order; the others fill what is left. Where
    those that want to be shown do not fit with two cells between them, it is one.
    """
    right = [label for ident in last for label in labels if label.ident == ident]
    rest = [label for label in labels if label not in right]
    wanted = [label for label in rest if label.shown]
    gap = 2 if _width((*wanted, *right), 2) <= width else 1
    room = width - _width(right, gap)
    left: list[KeyLabel] = []
    for label in (*wanted, *(label for label in rest if not label.shown)):
        room -= label.width + gap
        if room < 0:
            break
        left.append(label)
    return left, right, gap


def _width(labels: Iterable[KeyLabel], gap: int) -> int:
    return sum(label.width + gap for label in labels)


class KeyBar(Widget):
    """The bottom lines of a screen, written from its bindings; empty below a dialog.

    Args:
        last: ids of the bindings that stand at the right end, whatever the width.
        offers: whether an action is worth a place now; what is not still works.
        rows: how many lines it may take, where those that want to be shown need more than one.
    """

    DEFAULT_CSS = """
    KeyBar { height: auto; }
    """

    def __init__(self, *last: str, offers: Callable[[str], bool], rows: int = 1) -> None:
        super().__init__()
        self._last = last
        self._offers = offers
        self._rows = rows
        self._needed = 1
        self._places: list[tuple[int, range, KeyLabel]] = []

    def on_mount(self) -> None:
        """Follow the screen's bindings."""
        self.screen.bindings_updated_signal.subscribe(self, lambda _screen: self._follow())

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """The lines that the keys need now."""
        self._needed = self._lines_for(width - 1)
        return self._needed

    def render(self) -> Content:
        """The keys, and where each of them stands."""
        self._places.clear()
        if self.app.screen is not self.screen:
            return Content("")  # they do nothing while a dialog is open
        width = self.content_size.width
        labels = list(self._labels())
        lines: list[Content] = []
        if self._needed > 1:
            upper, _, gap = fitting(self._wanted(labels), (), width - 1)
            lines.append(self._line(0, upper, [], gap, width))
            labels = [label for label in labels if label not in upper]
        left, right, gap = fitting(labels, self._last, width - 1)
        lines.append(self._line(len(lines), left, right, gap, width))
        return Content("\n").join(lines)

    def _follow(self) -> None:
        self.refresh(layout=self._needed != self._lines_for(self.content_size.width - 1))

    def _lines_for(self, width: int) -> int:
        labels = list(self._labels())
        last = [label for label in labels if label.ident in self._last]
        fit = _width([*self._wanted(labels), *last], 1) <= width
        return 1 if fit else self._rows

    def _wanted(self, labels: Iterable[KeyLabel]) -> list[KeyLabel]:
        return [label for label in labels if label.shown and label.ident not in self._last]

    def _line(
        self, row: int, left: list[KeyLabel], right: list[KeyLabel], gap: int, width: int
    ) -> Content:
        parts: list[Content] = [Content(" ")]
        column = 1
        for label in left:
            column = self._place(label, row, column, gap, parts)
        if right:
            fill = max(0, width - 1 - _width((*left, *right), gap))
            parts.append(Content(" " * fill))
            column += fill
        for label in right:
            column = self._place(label, row, column, gap, parts)
        return Content.assemble(*parts)

    def on_click(self, event: events.Click) -> None:
        """A click is the key's press."""
        label = self._at(event.x, event.y)
        if label is not None:
            self.app.simulate_key(label.key)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Say what the key under the pointer does."""
        label = self._at(event.x, event.y)
        self.tooltip = label.tooltip if label else None

    def _labels(self) -> Iterator[KeyLabel]:
        seen: set[str] = set()
        for node, binding, enabled, tooltip in self.screen.active_bindings.values():
            ours = isinstance(node, Screen | App) and binding.id and not binding.system
            if not ours or not enabled or binding.action in seen:
                continue
            if not self._offers(binding.action):
                continue
            seen.add(binding.action)
            yield KeyLabel(
                binding.key,
                self.app.get_key_display(binding),
                binding.description,
                tooltip,
                binding.id or "",
                binding.show,
            )

    def _place(self, label: KeyLabel, row: int, column: int, gap: int, parts: list[Content]) -> int:
        parts.append(
            Content.assemble(
                (label.display, "bold $footer-key-foreground"),
                (f" {label.description}", "$footer-description-foreground"),
                " " * gap,
            )
        )
        self._places.append((row, range(column, column + label.width), label))
        return column + label.width + gap

    def _at(self, column: int, row: int) -> KeyLabel | None:
        return next(
            (label for line, place, label in self._places if line == row and column in place), None
        )
