"""What a person can do next about an item, as words to click on."""

from __future__ import annotations

from textual.content import Content

from mig_assist.app.status import Running
from mig_assist.backend import Backend
from mig_assist.checklist.overview import ItemView
from mig_assist.checklist.recreate import recreatable
from mig_assist.checklist.renumbering import renumberable
from mig_assist.checklist.state import State

SCAFFOLDED = ("data-docs", "user-docs", "adr")
"""Items for which a draft of the document is offered."""

_RUN = "[@click=screen.run_item][b]r[/b] run[/]"
_RUN_AGAIN = "[@click=screen.run_item][b]r[/b] run again[/]"
_EDIT = "[@click=screen.edit][b]e[/b] edit[/]"
_WRITE = "[@click=screen.write][b]v[/b] write[/]"
_DRAFT = "[@click=screen.scaffold][b]g[/b] draft[/]"
_SKIP = "[@click=screen.skip][b]s[/b] skip[/]"
_LOG = "[@click=screen.log][b]l[/b] log[/]"
_RECREATE = "[@click=screen.recreate][b]x[/b] recreate the database[/]"
_RENUMBER = "[@click=screen.renumber][b]u[/b] renumber[/]"
_CANCEL = "[@click=screen.cancel][b]c[/b] cancel[/]"


def next_steps(
    view: ItemView, running: Running | None, only_written: Backend | None = None
) -> Content:
    """The steps that make sense for the item's state; empty where nothing is left to do.

    Args:
        only_written: the side of the pair that is written while the other one is not.
    """
    return Content.from_markup("   ".join(_steps(view, running, only_written)))


def _steps(view: ItemView, running: Running | None, only_written: Backend | None) -> list[str]:
    state = view.state.state
    if running and running.item == view.item.key:
        return [] if running.stopping else [_CANCEL]
    if state is State.RUNNING or state.settled:
        return []
    steps = [] if running else [_RUN if state is State.TODO else _RUN_AGAIN]
    if view.item.key == "pair":
        steps.append(_WRITE)
        if only_written is not None:
            steps.append(f"[@click=screen.derive][b]V[/b] derive {only_written.other.label}[/]")
    seen = [finding.code for each in view.state.evidence for finding in each.findings]
    if view.item.key in SCAFFOLDED and "docs/not-configured" not in seen:
        steps.append(_DRAFT)
    if state is State.FAILED:
        steps.append(_EDIT)
        if any(evidence.log_path for evidence in view.state.evidence):
            steps.append(_LOG)
    if renumberable(view) and not running:
        steps.append(_RENUMBER)
    if recreatable(view):
        steps.append(_RECREATE)
    if view.item.decidable:
        steps.append(_SKIP)
    return steps
