"""The checks of one item, each with its mark and how long it took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets.option_list import Option

from mig_assist.app.status import Running
from mig_assist.app.text import MUTED, STATE_STYLES, clock, duration, mark, one_line, split_line
from mig_assist.app.widgets.plain_list import PlainList
from mig_assist.checklist.items import Check
from mig_assist.checklist.overview import ItemView
from mig_assist.checklist.state import CheckState, State


class CheckRow(NamedTuple):
    """A check as its row shows it."""

    key: str
    state: State
    text: str
    took: str


def check_rows(view: ItemView, running: Running | None, now: float) -> tuple[CheckRow, ...]:
    """An item's checks; those of a run that this process is in stand as the run has them.

    Args:
        now: unix time in seconds.
    """
    here = running if running and running.item == view.item.key else None
    return tuple(_row(check, state, here, now) for check, state in view.checks)


class CheckList(PlainList):
    """The rows; the highlighted check is the one whose log is meant."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,escape", "leave", "back", show=False, id="checks.back",
                tooltip="Back to the list of items"),
    ]  # fmt: skip

    @dataclass
    class Left(Message):
        """Somebody wants to go back to the items."""

    def __init__(self) -> None:
        super().__init__(id="checks")
        self._rows: tuple[CheckRow, ...] = ()

    def show(self, rows: tuple[CheckRow, ...]) -> None:
        """Show the rows; the highlight stays where the checks are the same."""
        if rows == self._rows:
            return
        same = [row.key for row in rows] == [row.key for row in self._rows]
        self._rows = rows
        if not same:
            self.set_options([Option("", id=row.key) for row in rows])
        self._render_rows()

    @property
    def selected(self) -> str | None:
        """Key of the highlighted check."""
        option = self.highlighted_option
        return option.id if option else None

    def on_resize(self, event: events.Resize) -> None:
        """Times stay at the right edge."""
        if event.size.width:
            self._render_rows()

    def on_focus(self) -> None:
        """There is always a row to act on."""
        if self.highlighted is None:
            self.highlighted = 0

    def action_leave(self) -> None:
        """Go back to the items."""
        self.post_message(self.Left())

    def _render_rows(self) -> None:
        width = self.scrollable_content_region.width
        for index, row in enumerate(self._rows):
            style = MUTED if row.state is State.TODO else ""
            left = Content.assemble(" ", mark(row.state), " ", (row.text, style))
            took_style = STATE_STYLES[row.state] if row.state is State.RUNNING else MUTED
            right = Content.styled(f"{row.took} ", took_style)
            self.replace_option_prompt_at_index(index, split_line(left, right, width))


def _row(check: Check, found: CheckState, here: Running | None, now: float) -> CheckRow:
    evidence, state = found.evidence, found.state
    if here is not None:
        if check.key == here.check and check.key not in dict(here.ended):
            return CheckRow(check.key, State.RUNNING, check.title, clock(now - here.check_started))
        if evidence is None or evidence.started < here.item_started:
            passed = dict(here.ended).get(check.key)
            state = State.TODO if passed is None else State.DONE if passed else State.FAILED
            return CheckRow(check.key, state, check.title, "")
    text = one_line(evidence.summary) if evidence and state is State.DONE else check.title
    took = duration(evidence.finished - evidence.started) if evidence else ""
    return CheckRow(check.key, state, text or check.title, took)
