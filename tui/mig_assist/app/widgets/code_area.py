"""Text that can be read, selected and copied: SQL, logs, drafts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.widgets.text_area import LanguageDoesNotExist

from mig_assist.app.text import one_line
from mig_assist.app.widgets.long_text import LongTextArea

if TYPE_CHECKING:
    from rich.text import Text

_LANGUAGES = {".sql": "sql", ".py": "python", ".toml": "toml", ".md": "markdown"}


_PIECE_CHARACTERS = 20_000
_PIECE_LINES = 300
MOST_COLOURED = 40_000
"""Characters; a syntax tree of more would hold up the screen."""

_DIFF_STYLES = {"+": "green", "-": "red", "@": "cyan"}


class CodeArea(LongTextArea):
    """A read-only text area; highlighted where textual[syntax] knows the language.

    A unified diff is coloured too, by its signs. The first lines of a long text are there at once,
    the others come piece by piece, so that the screen stays alive meanwhile. Lines of unbounded
    length are the caller's to cut.

    Args:
        at_end: show the end of the text once it is there.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", "down", show=False, id="text.down", tooltip="One line down"),
        Binding("k", "cursor_up", "up", show=False, id="text.up", tooltip="One line up"),
    ]

    def __init__(
        self, text: str = "", path: str = "", numbers: bool = True, at_end: bool = False
    ) -> None:
        self._pieces = _in_pieces(text)
        self._at_end = at_end
        super().__init__(
            next(self._pieces, ""),
            read_only=True,
            show_cursor=False,
            show_line_numbers=numbers,
            compact=True,
        )
        self.highlight_as(path if len(text) <= MOST_COLOURED else "")

    def on_mount(self) -> None:
        """The usual colours of code are made for dark screens."""
        if not self.app.current_theme.dark:
            self.theme = "github_light"
        # Once it has its width: every change of that wraps all lines anew.
        self.call_after_refresh(self._fill)

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
        self._pieces = _in_pieces(text)
        self.text = next(self._pieces, "")
        self.highlight_as(path if len(text) <= MOST_COLOURED else "")
        self.scroll_home(animate=False)
        self._fill()

    def _fill(self) -> None:
        self.run_worker(self._go_on(), exclusive=True)

    async def _go_on(self) -> None:
        """Add the pieces that wait, and let the screen breathe after each."""
        for piece in self._pieces:
            self.insert(f"\n{piece}", self.document.end, maintain_selection_offset=True)
            await asyncio.sleep(0)
        if self._at_end:
            self.call_after_refresh(self.scroll_end, animate=False)


def _in_pieces(text: str) -> Iterator[str]:
    """The lines, without what could act on a terminal, some hundred together."""
    piece: list[str] = []
    size = 0
    for line in text.splitlines():
        if size > _PIECE_CHARACTERS or len(piece) == _PIECE_LINES:
            yield "\n".join(piece)
            piece, size = [], 0
        piece.append(one_line(line))
        size += len(line)
    yield "\n".join(piece)
