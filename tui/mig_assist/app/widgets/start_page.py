"""What stands in the main screen while no migration is in work."""

from __future__ import annotations

from pathlib import Path

from textual.content import Content
from textual.widgets import Static

from mig_assist.app.background import Beginning
from mig_assist.app.text import MUTED, one_line

_BEGIN = "[@click=app.new_migration][b]n[/b]  begin {begun}[/]"


class StartPage(Static):
    """A friendly word, the next number, and the key that begins."""

    def __init__(self) -> None:
        super().__init__(id="start-page", markup=False)

    def show(self, root: Path, beginning: Beginning) -> None:
        """Fill the page."""
        next_version, unfinished = beginning.next_version, beginning.unfinished
        number = "…" if next_version is None else f"V{next_version}"
        begin = f"a migration, {number}" if next_version else "a migration"
        parts = [
            Content.styled("No migration in work on this branch.", "bold"),
            Content(
                "mig-assist walks you from “I need a schema change” to “ready to merge”: ten"
                " items, each proved on a real libsql and a real PostgreSQL. You can close the"
                " terminal at any time; nothing is lost."
            ),
            Content.assemble(("Workspace     ", MUTED), one_line(str(root))),
            Content.assemble(("Next version  ", MUTED), (number, "bold")),
        ]
        if unfinished:
            version, name = unfinished
            parts.append(
                Content.styled(
                    f"V{version} {one_line(name)} lies in the folders and has no checklist yet;"
                    " n takes it up.",
                    "$text-warning",
                )
            )
            begin = f"with V{version}"
        parts.append(
            Content.from_markup(
                _BEGIN.format(begun=begin)
                + "\n[@click=app.postgres][b]p[/b]  the local PostgreSQL[/]"
                + "\n[@click=app.help][b]?[/b]  help[/]"
                + "\n[@click=app.ask_quit][b]q[/b]  quit[/]"
            )
        )
        head, about, workspace, version_line, *rest = parts
        self.update(
            Content("\n\n").join(
                [head, about, Content("\n").join([workspace, version_line]), *rest]
            )
        )
