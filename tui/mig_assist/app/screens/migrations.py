"""All migrations that were begun; one of them is opened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.widgets import Button, OptionList, Static

from mig_assist.app.screens.dialog import Dialog
from mig_assist.app.widgets.noted_list import NotedList
from mig_assist.checklist.ledger import MigrationRecord
from mig_assist.checklist.migrations import MigrationView, Standing, all_migrations
from mig_assist.checklist.overview import overview
from mig_assist.checklist.session import Session

_ORDER = tuple(Standing)


class Listed(NamedTuple):
    """A migration as a row.

    Attributes:
        note: where it stands, in words.
    """

    view: MigrationView
    note: str

    @property
    def name(self) -> str:
        """Its mark where it is the open one, its version and its name."""
        record = self.view.record
        return f"{'▶' if self.view.is_open else ' '} V{record.version} {record.name}"


def listed(session: Session) -> list[Listed]:
    """Those that can be opened first, then those of other branches, then the archive.

    Raises:
        ConfigurationError: mig-assist.toml names a base branch that git does not know.
    """
    views = sorted(all_migrations(session), key=lambda view: _ORDER.index(view.standing))
    return [Listed(view, _note(session, view)) for view in views]


def _note(session: Session, view: MigrationView) -> str:
    record = view.record
    begun = f"begun on {record.branch}" if record.branch else "begun without a branch"
    match view.standing:
        case Standing.HERE:
            now = overview(session.workspace, session.ledger, record)
            settled = sum(item.state.state.settled for item in now.items)
            return f"{settled} of 10 settled, {begun}"
        case Standing.ELSEWHERE if view.checkout:
            return f"not in this work tree: check out {view.checkout}"
        case Standing.ELSEWHERE:
            return f"in the work tree {view.where}"
        case Standing.MERGED:
            return f"archived: merged into {view.where}"
        case _:
            return f"its files are nowhere, {begun}"


class MigrationsDialog(Dialog[MigrationRecord]):
    """The list; what is not in this work tree, or is merged, is shown and cannot be chosen."""

    AUTO_FOCUS = "NotedList"

    def __init__(self, rows: Sequence[Listed]) -> None:
        super().__init__("Migrations")
        self._here = [row.view for row in rows if row.view.standing is Standing.HERE]
        shown = [(row.name, row.note) for row in rows]
        self._list = NotedList(shown, id="migrations", choosable=len(self._here))
        opened = [index for index, view in enumerate(self._here) if view.is_open]
        self._list.highlighted = opened[0] if opened else self._list.highlighted

    def body(self) -> ComposeResult:
        """A word, then the list."""
        yield Static(
            "Enter opens one; its checklist is as it was left."
            if self._here
            else "None of them can be opened in this work tree as it is.",
            markup=False,
        )
        yield self._list

    def buttons(self) -> ComposeResult:
        """Open it, or leave things as they are."""
        if self._here:
            yield Button("Open  enter", id="choose", variant="primary", compact=True)
        yield Button("Cancel  esc", id="close", compact=True)

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.answer(self._here[event.option_index].record)

    @on(Button.Pressed, "#choose")
    def _take_highlighted(self) -> None:
        if self._list.highlighted is not None:
            self.answer(self._here[self._list.highlighted].record)
