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


class PreviewDialog(Dialog[bool]):
    """The files in a list, the chosen one below; true to write all of them.

    Args:
        left_alone: what else to look at: shown as one more row, and not written.
        said: what a yes does; by default the files are written.
        verb: what a yes is called.
    """

    AUTO_FOCUS = "NotedList"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "agree", "write", tooltip="Write all of these files")
    ]
    DEFAULT_CLASSES = "-whole"

    def __init__(
        self,
        title: str,
        shown: Sequence[Preview],
        left_alone: Sequence[str] = (),
        said: str = "",
        verb: str = "Write",
    ) -> None:
        super().__init__(title)
        many = len(shown) != 1
        files = f"These {len(shown)} files are written together" if many else "This file is written"
        self._said = said or f"{files} once you say yes."
        self._verb = verb
        rows = [(preview.path, preview.kind) for preview in shown]
        # Only whole files are coloured as what they are.
        self._texts = [(each.text, each.path if each.is_new else "") for each in shown]
        if left_alone:
            lines = f"{len(left_alone)} lines" if len(left_alone) > 1 else "1 line"
            rows.append(("Left alone", f"{lines} to look at yourself"))
            self._texts.append(("\n".join(left_alone), ""))
        self._files = NotedList(rows, id="files")
        self._area = CodeArea(*self._texts[0], numbers=shown[0].is_new)

    def body(self) -> ComposeResult:
        """The list, then the content."""
        yield Static(self._said, markup=False)
        yield self._files
        yield self._area

    def buttons(self) -> ComposeResult:
        """Yes, or back."""
        yield Button(f"{self._verb}  y", id="agree", variant="primary", compact=True)
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
