"""What would be written, in full, before it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Button, OptionList, Static

from mig_assist.app.screens.dialog import Dialog
from mig_assist.app.widgets.code_area import CodeArea
from mig_assist.app.widgets.noted_list import NotedList
from mig_assist.draft.previews import Preview


class _Files(NotedList):
    """A click shows a file; Enter means all of them."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "screen.enter", show=False)]


class PreviewDialog(Dialog[bool]):
    """The files in a list, the chosen one below; true to write all of them.

    Args:
        besides: lines to look at that are not written, as one more row.
        heading: what that row is called.
        said: what a yes does; by default the files are written.
        verb: what a yes is called.
        careful: whether Enter is no yes, because what somebody wrote would be gone.
    """

    AUTO_FOCUS = "NotedList"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "agree", "write", tooltip="Write all of these files"),
        Binding("enter", "enter", show=False),
    ]
    DEFAULT_CLASSES = "-whole"

    def __init__(
        self,
        title: str,
        shown: Sequence[Preview],
        besides: Sequence[str] = (),
        heading: str = "Left alone",
        said: str = "",
        verb: str = "Write",
        careful: bool = False,
    ) -> None:
        super().__init__(title)
        many = len(shown) != 1
        files = f"These {len(shown)} files are written together" if many else "This file is written"
        self._said = said or f"{files} once you say yes."
        self._verb = verb
        self._careful = careful
        rows = [(preview.path, preview.kind) for preview in shown]
        # Only whole files are coloured as what they are.
        self._texts = [(each.text, each.path if each.is_new else "") for each in shown]
        if besides:
            lines = f"{len(besides)} lines" if len(besides) > 1 else "1 line"
            rows.append((heading, f"{lines} to look at yourself"))
            self._texts.append(("\n".join(besides), ""))
        self._files = _Files(rows, id="files")
        self._area = CodeArea(*self._texts[0], numbers=shown[0].is_new)

    def body(self) -> ComposeResult:
        """The list, then the content."""
        yield Static(self._said, markup=False)
        yield self._files
        yield self._area

    def buttons(self) -> ComposeResult:
        """Yes, or back."""
        keys = "y" if self._careful else "enter"
        yield Button(f"{self._verb}  {keys}", id="agree", variant="primary", compact=True)
        yield Button("Back  esc", id="close", compact=True)

    @on(OptionList.OptionHighlighted)
    def _show(self, event: OptionList.OptionHighlighted) -> None:
        text, path = self._texts[event.option_index]
        self._area.load(text, path)
        self._area.show_line_numbers = bool(path)

    @on(Button.Pressed, "#agree")
    def action_agree(self) -> None:
        """Write them."""
        self.answer(True)

    def action_enter(self) -> None:
        """Write them, unless that asks for more care."""
        if not self._careful:
            self.answer(True)
