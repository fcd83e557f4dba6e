"""The ten items and the hand-off, each with its mark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets.option_list import Option

from mig_assist.app.status import Running
from mig_assist.app.text import MUTED, mark
from mig_assist.app.widgets.plain_list import PlainList
from mig_assist.checklist.items import HANDOFF, ITEMS, Item
from mig_assist.checklist.overview import Overview
from mig_assist.checklist.state import State


class ItemList(PlainList):
    """The checklist; the highlighted item is the one in view."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,right", "open", "open", show=False, id="items.open",
                tooltip="Move to the checks of the item"),
    ]  # fmt: skip

    @dataclass
    class Opened(Message):
        """Somebody wants to work inside the highlighted item."""

    def __init__(self) -> None:
        super().__init__(id="items")
        self._shown: dict[str, Content] = {}

    def on_mount(self) -> None:
        """Show the titles at once; the marks come with the first overview."""
        for item in ITEMS:
            self.add_option(Option(_row(item, None), id=item.key))
        self.add_option(Option(Content.styled("      Hand-off", MUTED), disabled=True))
        for item in HANDOFF:
            self.add_option(Option(_row(item, None), id=item.key))

    def show(self, overview: Overview, running: Running | None) -> None:
        """Give each item the mark of its state."""
        for view in (*overview.items, *overview.handoff):
            here = running is not None and running.item == view.item.key
            row = _row(view.item, State.RUNNING if here else view.state.state)
            if self._shown.get(view.item.key) != row:
                self._shown[view.item.key] = row
                self.replace_option_prompt(view.item.key, row)

    @property
    def selected(self) -> str | None:
        """Key of the highlighted item."""
        option = self.highlighted_option
        return option.id if option else None

    def select(self, key: str) -> None:
        """Highlight an item."""
        self.highlighted = self.get_option_index(key)

    def action_open(self) -> None:
        """Go into the highlighted item."""
        self.post_message(self.Opened())


def _row(item: Item, state: State | None) -> Content:
    number = f"{item.number:>2}" if item.number else "  "
    title = f" {number} {item.title} "
    if state is None:
        return Content(f"   {title}")
    return Content.assemble("  ", mark(state), (title, "bold" if state is State.RUNNING else ""))
