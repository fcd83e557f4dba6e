"""The line below the head that says that a number has been taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from mig_assist.app.text import one_line

if TYPE_CHECKING:
    from mig_assist.findings import Finding

_STEP = Content.from_markup("[@click=screen.renumber][b]u[/b] renumber[/]")


class NumberNotice(Static):
    """What is wrong with the number in work, and the key that mends it; gone where nothing is."""

    def __init__(self) -> None:
        super().__init__(id="notice", markup=False)
        self.display = False

    def show(self, problem: Finding | None) -> None:
        """Say what is wrong, or nothing."""
        self.display = problem is not None
        if problem is not None:
            grave = problem.severity == "error"
            self.set_class(grave, "-error")
            said = f"{'✘' if grave else '!'} {one_line(problem.message)}   "
            self.update(Content.assemble(said, _STEP))
