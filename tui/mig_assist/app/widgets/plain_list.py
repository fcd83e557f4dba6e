"""A list whose rows are data: never markup, moved in by arrows or j and k."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import OptionList


class PlainList(OptionList):
    """An option list without markup or frame."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", "down", show=False, id="list.down", tooltip="Next row"),
        Binding("k", "cursor_up", "up", show=False, id="list.up", tooltip="Previous row"),
    ]

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id, markup=False, compact=True)
