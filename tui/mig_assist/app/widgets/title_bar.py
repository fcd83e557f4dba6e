"""The head of the screen: program, migration, branch, PostgreSQL."""

from __future__ import annotations

from typing import NamedTuple

from textual import events
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from mig_assist.app.status import PostgresStatus
from mig_assist.app.text import MUTED, fitted, one_line, split_line

_LONGEST_BRANCH = 24
_SHORTEST_BRANCH = 8
_UNKNOWN = PostgresStatus()
_BRAND = Content.styled(" mig-assist ", "bold $text-primary")


class Head(NamedTuple):
    """What the line says; migration and branch are empty where there are none."""

    migration: str = ""
    branch: str = ""
    postgres: PostgresStatus = _UNKNOWN


def title_line(head: Head, width: int) -> Content:
    """``─ mig-assist ── V18 name ── branch ──── postgres 18.4 ● embedded ─`` in ``width`` cells.

    Where it gets narrow, PostgreSQL is told in short, then the branch is cut, then it goes.
    """
    migration = _part(one_line(head.migration), "bold $foreground")
    branch = one_line(head.branch)
    whole = Content(branch).cell_length
    for label in head.postgres.labels:
        right = _right(head.postgres, label)
        taken = 1 + _BRAND.cell_length + migration.cell_length + right.cell_length
        room = min(_LONGEST_BRANCH, width - taken - 5)
        if room >= min(whole, _LONGEST_BRANCH):
            break
    shown = fitted(branch, room) if room >= min(whole, _SHORTEST_BRANCH) else Content("")
    left = Content.assemble("─", _BRAND, migration, _part(shown, MUTED))
    return split_line(left, right, width, fill="─")


def _part(text: str | Content, style: str) -> Content:
    return Content.assemble("── ", Content(str(text)).stylize(style), " ") if text else Content("")


def _right(postgres: PostgresStatus, label: str) -> Content:
    style = "$text-success" if postgres.runs else MUTED
    return Content.assemble((f" {one_line(label)} ", style), "─")


class TitleBar(Widget):
    """One line; its right end opens the PostgreSQL panel, its left all migrations."""

    DEFAULT_CSS = """
    TitleBar { height: 1; }
    """

    head: reactive[Head] = reactive(Head())

    def on_mount(self) -> None:
        """Say what a click does."""
        self.tooltip = "Click on the right for the PostgreSQL panel, on the left for all migrations"

    def render(self) -> Content:
        """The line in the width that there is."""
        return title_line(self.head, self.content_size.width)

    async def on_click(self, event: events.Click) -> None:
        """The right part opens the PostgreSQL panel, the left one all migrations."""
        right = _right(self.head.postgres, self.head.postgres.labels[0]).cell_length
        in_right = event.x >= self.size.width - right
        await self.run_action("app.postgres" if in_right else "screen.switch")
