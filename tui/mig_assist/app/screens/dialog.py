"""The frame that all dialogs share."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from mig_assist.app.text import one_line

Answer = TypeVar("Answer")


class Dialog(ModalScreen[Answer | None]):
    """A framed question or text over the screen; its answer has a type, None means closed."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "close", id="dialog.close", tooltip="Close without an answer")
    ]

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title

    def compose(self) -> ComposeResult:
        """Title, body, buttons."""
        with Vertical(id="dialog"):
            yield Static(one_line(self._title), id="dialog-title", markup=False)
            yield from self.body()
            with Horizontal(id="dialog-buttons"):
                yield from self.buttons()

    def body(self) -> ComposeResult:
        """What stands between title and buttons."""
        yield from ()

    def buttons(self) -> ComposeResult:
        """What can be pressed below."""
        yield Button("Close", id="close", compact=True)

    @on(Button.Pressed, "#close")
    def action_close(self) -> None:
        """Close without an answer."""
        self.answer(None)

    def answer(self, answer: Answer | None) -> None:
        """Close with an answer; the second of two fast keys finds the dialog gone already."""
        if self.is_current:
            self.dismiss(answer)
