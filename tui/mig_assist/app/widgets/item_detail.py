"""Everything about the item in view: why, checks, findings, log, and what to do next."""

from __future__ import annotations

import time

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from mig_assist.app.status import Running
from mig_assist.app.steps import next_steps
from mig_assist.app.text import MUTED, STATE_STYLES, STATE_WORDS, mark, one_line
from mig_assist.app.widgets.check_list import CheckList, check_rows
from mig_assist.app.widgets.finding_list import FindingList
from mig_assist.app.widgets.live_log import LiveLog
from mig_assist.app.widgets.split_line import SplitLine
from mig_assist.backend import Backend
from mig_assist.checklist.overview import ItemView
from mig_assist.checklist.state import State


class ItemDetail(Vertical):
    """The right half of the main screen."""

    def __init__(self) -> None:
        super().__init__(id="detail")
        self._heading = SplitLine(id="heading")
        self._hint = Static(classes="hint", markup=False)
        self._about = Static(id="about", markup=False)
        self._why = Static(id="why", markup=False)
        self._steps = Static(id="steps", markup=False)
        self._log_heading = SplitLine(fill="─", id="log-heading")
        self.checks = CheckList()
        self.findings = FindingList()
        self.log_view = LiveLog()

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield self._heading
        yield self._hint
        yield self._about
        yield self._why
        yield self.checks
        yield self._steps
        yield self.findings
        yield self._log_heading
        yield self.log_view

    def on_mount(self) -> None:
        """Nothing to show before the first overview."""
        self.findings.display = False

    def show(
        self,
        view: ItemView,
        running: Running | None,
        hint: str,
        only_written: Backend | None = None,
    ) -> None:
        """Show an item as it stands, with the tour's hint where there is one."""
        here = running is not None and running.item == view.item.key
        state = State.RUNNING if here else view.state.state
        number = f"{view.item.number}  " if view.item.number else ""
        self._heading.left = Content.styled(f"{number}{view.item.title}", "bold")
        word = "stopping …" if here and running and running.stopping else STATE_WORDS[state]
        if state is State.RUNNING and not here:
            word = "running in another terminal"
        self._heading.right = Content.assemble(mark(state), (f" {word} ", STATE_STYLES[state]))
        self._hint.update(hint)
        self._hint.display = bool(hint) and not state.settled
        self._about.update(_about(view, state))
        self._why.update(view.item.why)
        self.show_times(view, running)
        found = () if here else tuple(f for e in view.state.evidence for f in e.findings)
        self.findings.show(found)
        steps = next_steps(view, running, only_written)
        self._steps.update(steps)
        self._steps.display = bool(steps)

    def show_times(self, view: ItemView, running: Running | None) -> None:
        """Bring the checks, and how long the running one takes, up to date."""
        self.checks.show(check_rows(view, running, time.time()))

    def show_log_heading(self, text: str) -> None:
        """Say whose log stands below; without a text there is none."""
        self._log_heading.display = self.log_view.display = bool(text)
        self._log_heading.left = Content.styled(f"── {one_line(text)} ", MUTED)
        self.set_class(not text, "-no-log")
        crowded = bool(text) or self.findings.display
        self._why.display = not crowded or self.screen.has_class("-tall")


def _about(view: ItemView, state: State) -> Content:
    """The item's reason where it says more than the mark, and its invariant."""
    parts: list[Content] = []
    telling = state in (State.TODO, State.STALE, State.SKIPPED) or view.state.decision is not None
    if telling and view.state.reason:
        style = STATE_STYLES[state].removesuffix(" bold")
        parts.append(Content.styled(one_line(view.state.reason), style))
    parts.append(Content.styled(view.item.invariant, "italic"))
    return Content("\n").join(parts)
