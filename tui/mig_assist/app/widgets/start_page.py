"""What stands in the main screen while no migration is in work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from mig_assist.app.background import Beginning
from mig_assist.app.text import MUTED, one_line

_KEYS = """\
[@click=app.new_migration][b]n[/b]  begin {begun}[/]
[@click=screen.switch][b]m[/b]  all migrations that were begun[/]
[@click=app.postgres][b]p[/b]  the local PostgreSQL[/]
[@click=app.help][b]?[/b]  help[/]
[@click=app.ask_quit][b]q[/b]  quit[/]"""


class StartPage(Vertical):
    """A friendly word, the next number, and the key that begins."""

    def __init__(self) -> None:
        super().__init__(id="start-page")
        self._hint = Static(classes="hint", markup=False)
        self._text = Static(id="start-text", markup=False)

    def compose(self) -> ComposeResult:
        """The tour's hint, then the page."""
        yield self._hint
        yield self._text

    def show(self, root: Path, beginning: Beginning, hint: str) -> None:
        """Fill the page; ``hint`` is the tour's, empty where there is none."""
        self._hint.update(hint)
        self._hint.display = bool(hint)
        self._text.update(Content("\n\n").join(_paragraphs(root, beginning)))


def _paragraphs(root: Path, beginning: Beginning) -> Iterator[Content]:
    number = "…" if beginning.next_version is None else f"V{beginning.next_version}"
    begun = f"a migration, {number}"
    yield Content.styled("No migration in work on this branch.", "bold")
    if beginning.last:
        yield Content(f"The last was {one_line(beginning.last)}.")
    yield Content(
        "mig-assist walks you from “I need a schema change” to “ready to merge”: ten items, each"
        " proved on a real libsql and a real PostgreSQL. You can close the terminal at any time;"
        " nothing is lost."
    )
    yield Content.assemble(
        ("Workspace     ", MUTED), one_line(str(root)), "\n",
        ("Next version  ", MUTED), (number, "bold"),
    )  # fmt: skip
    if beginning.unfinished:
        version, name = beginning.unfinished
        begun = f"with V{version}"
        yield Content.styled(
            f"V{version} {one_line(name)} lies in the folders and has no checklist yet;"
            " n takes it up.",
            "$text-warning",
        )
    yield Content.from_markup(_KEYS.format(begun=begun))
