"""A page of text to read: why an item is there, or which keys work."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Button, Static

from mig_assist.app.screens.dialog import Dialog
from mig_assist.app.text import MUTED, STATE_WORDS, duration, mark, one_line
from mig_assist.checklist.overview import ItemView
from mig_assist.checklist.renumbering import Proposal
from mig_assist.checklist.state import State


class PageDialog(Dialog[None]):
    """Text that scrolls; any of the usual keys closes it."""

    AUTO_FOCUS = "VerticalScroll"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,enter,question_mark,w", "close", "close", show=False),
        Binding("j", "scroll('down')", "down", show=False),
        Binding("k", "scroll('up')", "up", show=False),
    ]

    def __init__(self, title: str, text: Content) -> None:
        super().__init__(title)
        self._text = text
        self._page = VerticalScroll(id="page")

    def body(self) -> ComposeResult:
        """The text."""
        with self._page:
            yield Static(self._text, markup=False)

    def buttons(self) -> ComposeResult:
        """Only out."""
        yield Button("Close  esc", id="close", compact=True)

    def on_mount(self) -> None:
        """Be as high as the text is, once it is laid out, where the screen has room."""
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        spare = self._page.size.height - self._page.query_one(Static).size.height
        frame = self.query_one("#dialog")
        if spare > 0:
            frame.styles.height = frame.outer_size.height - spare

    def action_scroll(self, direction: str) -> None:
        """One line down or up."""
        self._page.scroll_relative(y=1 if direction == "down" else -1, animate=False)


def about_item(view: ItemView) -> Content:
    """What an item protects and why, how it is examined, and on what its state rests."""
    return Content("\n").join(_about_item(view))


def _about_item(view: ItemView) -> Iterator[Content]:
    item = view.item
    yield Content.styled(item.invariant, "bold")
    yield Content("")
    yield Content(item.why)
    yield Content("")
    yield Content.styled("Checks", "bold")
    for check in item.checks:
        how = f"runs the task {check.task}" if check.task else "an examination of mig-assist's own"
        yield Content.assemble(f"  {check.title}  ", (how, MUTED))
    yield Content("")
    yield Content.styled("Now", "bold")
    yield Content.assemble("  ", mark(view.state.state), f" {STATE_WORDS[view.state.state]}")
    if view.state.reason:
        yield Content(f"  {one_line(view.state.reason)}")
    for evidence in view.state.evidence:
        yield Content("")
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(evidence.finished))
        took = duration(evidence.finished - evidence.started)
        what = evidence.check or str(evidence.kind)
        yield Content.assemble(f"  {what}: {evidence.outcome}, {when}, {took}")
        if evidence.summary:
            yield Content(f"    {one_line(evidence.summary)}")
        seen = ", ".join(f"{name} {version}" for name, version in evidence.versions.items())
        if seen:
            yield Content.styled(f"    seen by {one_line(seen)}", MUTED)
    yield Content("")
    yield Content.styled(
        "An item may be skipped or attested, with a written reason."
        if item.decidable
        else "This item has to be proved: it cannot be skipped or attested.",
        MUTED,
    )


def after_renumbering(proposal: Proposal, done: Sequence[str]) -> Content:
    """What has happened, and what follows it."""
    lines = [
        Content.styled(f"V{m.old} {one_line(m.name)} is V{m.new} now.", "bold")
        for m in proposal.plan.moves
    ]
    lines += [Content(one_line(sentence)) for sentence in proposal.besides]
    lines += [
        Content(""),
        Content("Every proof is stale and has to run again: a runs all of them."),
        Content(""),
        *(Content(one_line(sentence)) for sentence in done),
    ]
    if proposal.plan.moves:
        lines.append(
            Content(
                f"{'Any other' if done else 'A'} database that ran the old {proposal.old_numbers}"
                " will be refused with “database reset required”."
            )
        )
    steps = [Content(one_line(step)) for step in proposal.git_steps()]
    return Content("\n").join([*lines, *([Content(""), *steps] if steps else [])])


def keys_and_marks(app: App[None], bindings: Iterable[ActiveBinding]) -> Content:
    """Every key that works in a screen, by where it works, and the marks of states."""
    groups: dict[str, list[ActiveBinding]] = {
        "On this screen": [],
        "Everywhere": [],
        "In lists": [],
    }
    for active in bindings:
        if active.binding.description:
            groups[_place(active)].append(active)
    lines: list[Content] = []
    for title, members in groups.items():
        if members:
            lines += [Content.styled(title, "bold"), *_key_lines(app, members), Content("")]
    lines.append(Content.styled("Marks", "bold"))
    for state in State:
        lines.append(Content.assemble("  ", mark(state), f"  {STATE_WORDS[state]}"))
    return Content("\n").join(lines)


def _place(active: ActiveBinding) -> str:
    if isinstance(active.node, App) or not active.binding.id:
        return "Everywhere" if isinstance(active.node, App | Screen) else "In lists"
    return "On this screen" if isinstance(active.node, Screen) else "In lists"


def _key_lines(app: App[None], members: list[ActiveBinding]) -> Iterator[Content]:
    by_action: dict[str, list[ActiveBinding]] = {}
    for active in members:
        by_action.setdefault(active.binding.action, []).append(active)
    for same in by_action.values():
        keys = " ".join(app.get_key_display(active.binding) for active in same)
        told = [active.binding.tooltip for active in same if active.binding.tooltip]
        said = told[0] if told else same[0].binding.description
        yield Content.assemble("  ", (f"{keys:<11}", "$text-primary bold"), f" {said}")
