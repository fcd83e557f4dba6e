"""A question with two answers."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Button, Static

from mig_assist.app.screens.dialog import Dialog


class ConfirmDialog(Dialog[bool]):
    """Something that cannot be undone; No is what Enter means until one moves."""

    AUTO_FOCUS = "#close"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "agree", "yes", id="confirm.yes", tooltip="Do it"),
        Binding("n", "close", "no", id="confirm.no", tooltip="Leave everything as it is"),
    ]

    def __init__(self, title: str, text: str, verb: str) -> None:
        super().__init__(title)
        self._text = text
        self._verb = verb

    def body(self) -> ComposeResult:
        """What would happen."""
        yield Static(self._text, markup=False)

    def buttons(self) -> ComposeResult:
        """Yes, in words; or no."""
        yield Button(f"{self._verb}  y", id="agree", variant="warning", compact=True)
        yield Button("No  n", id="close", compact=True)

    @on(Button.Pressed, "#agree")
    def action_agree(self) -> None:
        """Yes."""
        self.answer(True)
