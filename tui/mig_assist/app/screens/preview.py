"""What would be written, in full, before it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Button, OptionList, Static

from mig_assist.app.screens.dialog import Dialog
from mig_assist.app.widgets.code_area import CodeArea
from mig_assist.app.widgets.noted_list import NotedList
from mig_assist.file_changes import FileChange, resolve_inside


@dataclass(frozen=True, slots=True)
class Preview:
    """One change as it is shown: a new file whole, an edit as a diff."""

    path: str
    kind: str
    text: str

    @property
    def language_path(self) -> str:
        """The path by which the text is coloured; none for a diff."""
        return self.path if self.kind == "new file" else ""


def previews(root: Path, changes: Sequence[FileChange]) -> list[Preview]:
    """Each change as it is shown."""
    return [_preview(root, change) for change in changes]


def _preview(root: Path, change: FileChange) -> Preview:
    new = (change.content or b"").decode("utf-8", "replace")
    if change.before is None:
        return Preview(change.path, "new file", new)
    old = resolve_inside(root, change.path).read_bytes().decode("utf-8", "replace")
    diff = unified_diff(old.splitlines(), new.splitlines(), "now", "then", n=3, lineterm="")
    return Preview(change.path, "edit", "\n".join(diff))


class PreviewDialog(Dialog[bool]):
    """The files in a list, the chosen one below; true to write all of them."""

    AUTO_FOCUS = "NotedList"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "agree", "write", tooltip="Write all of these files")
    ]
    DEFAULT_CLASSES = "-whole"

    def __init__(self, title: str, shown: Sequence[Preview]) -> None:
        super().__init__(title)
        self._shown = shown
        self._files = NotedList([(p.path, p.kind) for p in shown], id="files")
        self._area = CodeArea(shown[0].text, shown[0].language_path)

    def body(self) -> ComposeResult:
        """The list, then the content."""
        count = len(self._shown)
        said = "This file is written" if count == 1 else f"These {count} files are written together"
        yield Static(f"{said} once you say yes.", markup=False)
        yield self._files
        yield self._area

    def buttons(self) -> ComposeResult:
        """Yes, or back."""
        yield Button("Write  y", id="agree", variant="primary", compact=True)
        yield Button("Back  esc", id="close", compact=True)

    @on(OptionList.OptionHighlighted)
    def _show(self, event: OptionList.OptionHighlighted) -> None:
        shown = self._shown[event.option_index]
        self._area.load(shown.text, shown.language_path)

    @on(Button.Pressed, "#agree")
    def action_agree(self) -> None:
        """Write them."""
        self.answer(True)
