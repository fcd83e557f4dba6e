"""One line with something at its left and something at its right."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from mig_assist.app.text import one_line, split_line


class SplitLine(Widget):
    """One line; where it gets narrow, the left part is cut first."""

    DEFAULT_CSS = """
    SplitLine { height: 1; }
    """

    left: reactive[Content] = reactive(Content(""))
    right: reactive[Content] = reactive(Content(""))

    def __init__(
        self, left: str = "", right: str = "", fill: str = " ", id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self._fill = fill
        self.left = Content(one_line(left))
        self.right = Content(one_line(right))

    def render(self) -> Content:
        """The line in the width that there is."""
        return split_line(self.left, self.right, self.content_size.width, self._fill)
