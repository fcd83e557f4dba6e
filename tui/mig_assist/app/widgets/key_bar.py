"""The keys that work here: as many as the width allows, each also a place to click on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from textual import events
from textual.app import App
from textual.content import Content
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
    gap = 2 if sum(label.width + 2 for label in (*wanted, *right)) <= width else 1
    room = width - sum(label.width + gap for label in right)
    left: list[KeyLabel] = []
    for label in (*wanted, *(label for label in rest if not label.shown)):
        room -= label.width + gap
        if room < 0:
            break
        left.append(label)
    return left, right, gap


class KeyBar(Widget):
    """The bottom line of a screen, written from its bindings.

    Args:
        last: ids of the bindings that stand at the right end, whatever the width.
        offers: whether an action is worth a place now; what is not still works.
    """

    DEFAULT_CSS = """
    KeyBar { height: 1; }
    """

    def __init__(self, *last: str, offers: Callable[[str], bool]) -> None:
        super().__init__()
        self._last = last
        self._offers = offers
        self._places: list[tuple[range, KeyLabel]] = []

    def on_mount(self) -> None:
        """Follow the screen's bindings."""
        self.screen.bindings_updated_signal.subscribe(self, lambda _screen: self.refresh())

    def render(self) -> Content:
        """The keys, and where each of them stands."""
        width = self.content_size.width
        left, right, gap = fitting(list(self._labels()), self._last, width - 1)
        used = sum(label.width + gap for label in (*left, *right))
        parts: list[Content] = [Content(" ")]
        self._places.clear()
        column = 1
        for label in left:
            column = self._place(label, column, gap, parts)
        if right:
            fill = max(0, width - 1 - used)
            parts.append(Content(" " * fill))
            column += fill
        for label in right:
            column = self._place(label, column, gap, parts)
        return Content.assemble(*parts)

    def on_click(self, event: events.Click) -> None:
        """A click is the key's press."""
        label = self._at(event.x)
        if label is not None:
            self.app.simulate_key(label.key)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Say what the key under the pointer does."""
        label = self._at(event.x)
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

    def _place(self, label: KeyLabel, column: int, gap: int, parts: list[Content]) -> int:
        parts.append(
            Content.assemble(
                (label.display, "bold $footer-key-foreground"),
                (f" {label.description}", "$footer-description-foreground"),
                " " * gap,
            )
        )
        self._places.append((range(column, column + label.width), label))
        return column + label.width + gap

    def _at(self, column: int) -> KeyLabel | None:
        return next((label for place, label in self._places if column in place), None)
