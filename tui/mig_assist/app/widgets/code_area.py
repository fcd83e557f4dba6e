"""Text that can be read, selected and copied: SQL, logs, drafts."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import TextArea
from textual.widgets.text_area import LanguageDoesNotExist

from mig_assist.app.text import many_lines

if TYPE_CHECKING:
    from rich.text import Text

_LANGUAGES = {".sql": "sql", ".py": "python", ".toml": "toml", ".md": "markdown"}


_DIFF_STYLES = {"+": "green", "-": "red", "@": "cyan"}


class CodeArea(TextArea):
    """A read-only text area; highlighted where textual[syntax] knows the language.

    A unified diff is coloured too, by its signs.
    """

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

    def get_line(self, line_index: int) -> Text:
        """A line as it is drawn."""
        line = super().get_line(line_index)
        if self.language is None and self.document.get_line(0).startswith("--- "):
            line.stylize(_DIFF_STYLES.get(line.plain[:1], ""))
        return line

    def load(self, text: str, path: str) -> None:
        """Show another text."""
        self.language = None
        self.text = harmless(text)
        self.highlight_as(path)
        self.scroll_home(animate=False)


def harmless(text: str) -> str:
    """Every line without what could act on a terminal."""
    return "\n".join(many_lines(text))
