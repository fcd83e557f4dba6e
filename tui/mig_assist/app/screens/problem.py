"""Something went wrong: what, and what to do about it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Button, Static

from mig_assist.app.screens.dialog import Dialog
from mig_assist.app.text import many_lines


class ProblemDialog(Dialog[None]):
    """An error as title, message and fix; never a traceback."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "close", "close", show=False)]

    def __init__(self, title: str, message: str, fix: str) -> None:
        super().__init__(f"✘ {title}")
        self._parts = [(message, "message"), (fix, "fix")]

    def body(self) -> ComposeResult:
        """What happened, then what helps."""
        for text, kind in self._parts:
            if text:
                lead = "→ " if kind == "fix" else ""
                yield Static(lead + "\n".join(many_lines(text)), classes=kind, markup=False)

    def buttons(self) -> ComposeResult:
        """Understood."""
        yield Button("Close  esc", id="close", variant="primary", compact=True)
