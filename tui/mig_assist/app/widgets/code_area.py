"""Text that can be read, selected and copied: SQL, logs, drafts."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import TextArea
from textual.widgets.text_area import LanguageDoesNotExist

from mig_assist.app.text import many_lines

_LANGUAGES = {".sql": "sql", ".py": "python", ".toml": "toml", ".md": "markdown"}


class CodeArea(TextArea):
    """A read-only text area; highlighted where textual[syntax] knows the language."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", "down", show=False, id="text.down", tooltip="One line down"),
        Binding("k", "cursor_up", "up", show=False, id="text.up", tooltip="One line up"),
    ]

    def __init__(self, text: str = "", path: str = "", numbers: bool = True) -> None:
        super().__init__(
            harmless(text),
            read_only=True,
            show_cursor=False,
            show_line_numbers=numbers,
            compact=True,
        )
        self.highlight_as(path)

    def on_mount(self) -> None:
        """The usual colours of code are made for dark screens."""
        if not self.app.current_theme.dark:
            self.theme = "github_light"

    def highlight_as(self, path: str) -> None:
        """Colour the text as the file name says, or leave it plain."""
        try:
            self.language = _LANGUAGES.get(PurePosixPath(path).suffix)
        except LanguageDoesNotExist:
            self.language = None

    def load(self, text: str, path: str) -> None:
        """Show another text."""
        self.language = None
        self.text = harmless(text)
        self.highlight_as(path)
        self.scroll_home(animate=False)


def harmless(text: str) -> str:
    """Every line without what could act on a terminal."""
    return "\n".join(many_lines(text))
