"""A whole text over the whole screen: a log."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from mig_assist.app.screens.dialog import Dialog
from mig_assist.app.widgets.code_area import CodeArea

LONGEST_LOG = 4_000
"""Lines that are shown; the file itself has all."""


class TextView(Dialog[None]):
    """Reads like a pager."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,l", "close", "close", show=False),
        Binding("G,end", "ends('down')", "end", show=False, tooltip="To the end"),
        Binding("home", "ends('up')", "beginning", show=False, tooltip="To the beginning"),
    ]
    DEFAULT_CLASSES = "-whole"

    def __init__(self, title: str, text: str, at_end: bool = False) -> None:
        super().__init__(title)
        self._area = CodeArea(text, numbers=False, at_end=at_end)

    def body(self) -> ComposeResult:
        """The text."""
        yield self._area

    def on_mount(self) -> None:
        """The keys are the text's."""
        self._area.focus()

    def action_ends(self, direction: str) -> None:
        """To the end, or the beginning."""
        if direction == "down":
            self._area.scroll_end(animate=False)
        else:
            self._area.scroll_home(animate=False)
