"""The two SQL files of the migration: beside each other, or as their differences."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button

from mig_assist.app.screens.dialog import Dialog
from mig_assist.app.widgets.code_area import CodeArea
from mig_assist.app.widgets.split_line import SplitLine
from mig_assist.backend import Backend
from mig_assist.draft.previews import differences, readable
from mig_assist.source_text import UnreadableSource, read_source
from mig_assist.workspace.files import migration_path

if TYPE_CHECKING:
    from mig_assist.checklist.session import Session


@dataclass(frozen=True, slots=True)
class Side:
    """One backend's file; where it cannot be read, ``shown`` says why.

    Attributes:
        text: the whole content.
        shown: as much of it as a screen can show.
    """

    backend: Backend
    path: str
    text: str
    shown: str


def read_sides(session: Session) -> tuple[Side, Side]:
    """Both files of the migration in work, as they are now.

    Raises:
        WrongUse: no migration is in work.
    """
    libsql, postgres = (_read(session, backend) for backend in Backend)
    return libsql, postgres


def _read(session: Session, backend: Backend) -> Side:
    migration = session.require_migration()
    path = migration_path(session.workspace, backend, migration.version, migration.name)
    try:
        text = read_source(session.workspace.root / path, path).text
    except UnreadableSource as error:
        return Side(backend, path, "", f"{error.title}. {error.message} {error.fix}")
    return Side(backend, path, text, readable(text))


def _differences(left: Side, right: Side) -> str:
    found = differences(left.text, right.text, left.path, right.path)
    return found or "The two files are the same, line by line."


class CompareScreen(Dialog[bool]):
    """Both files scroll together; true where they are to be written."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "close", "close", show=False),
        Binding("v", "write", "write", tooltip="Write both files beside each other"),
        Binding("d", "switch", "differences", tooltip="Switch between files and differences"),
    ]
    DEFAULT_CLASSES = "-whole"

    def __init__(self, left: Side, right: Side) -> None:
        super().__init__("The pair")
        self._sides = (left, right)
        self._areas = [CodeArea(side.shown, side.path) for side in (left, right)]
        self._diff = CodeArea("Comparing …", numbers=False)
        self._diff.display = False

    def body(self) -> ComposeResult:
        """One part for each backend, and behind them the differences."""
        with Horizontal(id="sides"):
            for side, area in zip(self._sides, self._areas, strict=True):
                with Vertical(classes="side"):
                    yield SplitLine(left=f"{side.backend.label}  {side.path}")
                    yield area
        yield self._diff

    def buttons(self) -> ComposeResult:
        """Switch, and out."""
        yield Button("Differences  d", id="switch", compact=True)
        yield Button("Write  v", id="write", compact=True)
        yield Button("Close  esc", id="close", compact=True)

    def on_mount(self) -> None:
        """Each side follows the other."""
        left, right = self._areas
        self.watch(left, "scroll_y", lambda y: self._follow(right, y), init=False)
        self.watch(right, "scroll_y", lambda y: self._follow(left, y), init=False)
        left.focus()
        self.run_worker(self._compare())

    async def _compare(self) -> None:
        self._diff.load(await asyncio.to_thread(_differences, *self._sides), "")

    @on(Button.Pressed, "#switch")
    def action_switch(self) -> None:
        """From the files to their differences, and back."""
        sides = self.get_widget_by_id("sides")
        self._diff.display = sides.display
        sides.display = not sides.display
        (self._diff if self._diff.display else self._areas[0]).focus()

    @on(Button.Pressed, "#write")
    def action_write(self) -> None:
        """Close, and go to the editor."""
        self.answer(True)

    def _follow(self, other: CodeArea, y: float) -> None:
        if round(other.scroll_y) != round(y):
            other.scroll_to(y=y, animate=False)
