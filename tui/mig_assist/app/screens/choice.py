"""Choosing one of several."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.widgets import Button, OptionList

from mig_assist.app.screens.dialog import Dialog
from mig_assist.app.widgets.noted_list import NotedList


class ChoiceDialog(Dialog[int]):
    """A list; the answer is the position of the chosen row.

    Args:
        rows: what each choice is called, and a word about it.
    """

    def __init__(self, title: str, rows: Sequence[tuple[str, str]]) -> None:
        super().__init__(title)
        self._rows = rows

    def body(self) -> ComposeResult:
        """The choices."""
        yield NotedList(self._rows)

    def buttons(self) -> ComposeResult:
        """Take it, or none."""
        yield Button("Choose  enter", id="choose", variant="primary", compact=True)
        yield Button("Cancel  esc", id="close", compact=True)

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.answer(event.option_index)

    @on(Button.Pressed, "#choose")
    def _take_highlighted(self) -> None:
        self.answer(self.query_one(NotedList).highlighted)
