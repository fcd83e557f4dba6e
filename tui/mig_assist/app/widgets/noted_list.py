"""A list of names, each with a note that wraps beside it."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.content import Content
from textual.widgets.option_list import Option

from mig_assist.app.text import MUTED, one_line
from mig_assist.app.widgets.plain_list import PlainList

_NARROWEST_NOTE = 30


class NotedList(PlainList):
    """Rows of a name and a note; where there is no room beside, the note stands below.

    Args:
        rows: name and note of each; both are shown plain.
        choosable: how many of them, from the first on, can be chosen; all by default.
    """

    def __init__(
        self,
        rows: Sequence[tuple[str, str]],
        id: str | None = None,
        choosable: int | None = None,
    ) -> None:
        super().__init__(id=id)
        self._rows = rows
        most = len(rows) if choosable is None else choosable
        self.add_options(
            Option(noted_row(name, note, 0, 0), disabled=index >= most)
            for index, (name, note) in enumerate(rows)
        )
        self.highlighted = 0 if most else None

    @property
    def rows(self) -> Sequence[tuple[str, str]]:
        """Name and note of each row."""
        return self._rows

    def show(self, rows: Sequence[tuple[str, str]]) -> None:
        """Show other rows, none of them highlighted."""
        if rows != self._rows:
            self._rows = rows
            self.clear_options()
            self.add_options(Option(noted_row(name, note, 0, 0)) for name, note in rows)
            self._wrap()

    def on_resize(self, event: events.Resize) -> None:
        """Wrap the notes to the new width."""
        if event.size.width:
            self._wrap()

    def _wrap(self) -> None:
        if self.scrollable_content_region.width:
            column = max((len(one_line(name)) for name, _ in self._rows), default=0) + 3
            for index, (name, note) in enumerate(self._rows):
                row = noted_row(name, note, column, self.scrollable_content_region.width)
                self.replace_option_prompt_at_index(index, row)


def noted_row(name: str, note: str, column: int, width: int) -> Content:
    """A name with its note in lines of at most ``width`` cells, the note from ``column`` on."""
    label, shown = one_line(name), one_line(note)
    beside = width - column >= min(_NARROWEST_NOTE, len(shown) + 1)
    indent = column if beside else 3
    lines = (
        Content.styled(shown, MUTED).wrap(max(10, width - indent - 1)) if shown and width else []
    )
    head = Content(f" {label}")
    if beside and lines:
        head = Content.assemble(f" {label:<{column - 1}}", lines.pop(0))
    return Content("\n").join([head, *(Content.assemble(" " * indent, line) for line in lines)])
