"""Asking for a written reason."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.widgets import Button, Input, Static

from mig_assist.app.screens.dialog import Dialog
from mig_assist.workspace.config import SHORTEST_REASON


class ReasonDialog(Dialog[str]):
    """One line of text that says enough; the answer is the reason."""

    def __init__(self, title: str, text: str, verb: str) -> None:
        super().__init__(title)
        self._text = text
        self._verb = verb
        self._input = Input(placeholder="The reason, in a sentence", compact=True)
        self._problem = Static("", classes="problem", markup=False)

    def body(self) -> ComposeResult:
        """What for, the line, and what is wrong with it."""
        yield Static(self._text, markup=False)
        yield self._input
        yield self._problem

    def buttons(self) -> ComposeResult:
        """Do it, or not."""
        yield Button(f"{self._verb}  enter", id="submit", variant="primary", compact=True)
        yield Button("Cancel  esc", id="close", compact=True)

    @on(Input.Submitted)
    @on(Button.Pressed, "#submit")
    def _submit(self) -> None:
        reason = " ".join(self._input.value.split())
        if len(reason) >= SHORTEST_REASON:
            self.answer(reason)
            return
        self._problem.update(
            f"At least {SHORTEST_REASON} characters, so that the next reader knows why."
        )
        self._input.focus()
