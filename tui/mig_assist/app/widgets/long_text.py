"""A text area that stays quick with many thousand lines."""

from __future__ import annotations

from textual.document._wrapped_document import WrappedDocument
from textual.widgets import TextArea


class _QuickHeight(WrappedDocument):
    """Knows its height: Textual counts all lines anew for every line that it draws."""

    @property
    def height(self) -> int:
        """Its lines as they are drawn."""
        return len(self._offset_to_line_info)


class LongTextArea(TextArea):
    """Drawing it takes the same time whatever its length."""

    @property
    def wrapped_document(self) -> WrappedDocument:
        """The text in lines as they are drawn."""
        return self._quick

    @wrapped_document.setter
    def wrapped_document(self, wrapped: WrappedDocument) -> None:
        self._quick = _QuickHeight(wrapped.document, tab_width=wrapped._tab_width)
