"""Both schemas of the migration in work as a tree, with a verdict that follows each save."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import OptionList, Static

from mig_assist.app import conversations
from mig_assist.app.screens.judged import JudgedScreen
from mig_assist.app.text import MUTED, STATE_STYLES, clock, duration, one_line
from mig_assist.app.verdicts import Examined
from mig_assist.app.widgets.key_bar import KeyBar
from mig_assist.app.widgets.schema_detail import SchemaDetail
from mig_assist.app.widgets.schema_tree import Row, SchemaTree
from mig_assist.app.widgets.split_line import SplitLine
from mig_assist.checklist.state import State
from mig_assist.findings import summary

if TYPE_CHECKING:
    from mig_assist.findings import Finding
    from mig_assist.verify.parity.look import Look


class SchemaScreen(JudgedScreen):
    """Tree on the left, both backends on the right.

    Args:
        finding: what to bring into view first; by default the first divergence.
    """

    AUTO_FOCUS = "SchemaTree"
    CSS_PATH = "schema.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "back", id="schema.back", tooltip="Back to the checklist"),
        Binding("q", "leave", "back", show=False, id="schema.leave",
                tooltip="Back to the checklist"),
        Binding("n", "step(1)", "next", id="schema.next",
                tooltip="Go to the next divergence"),
        Binding("N", "step(-1)", "previous", show=False, id="schema.previous",
                tooltip="Go to the previous divergence"),
        Binding("t", "narrow", "all/touched", id="schema.narrow",
                tooltip="Show everything, or only what this version touches"),
        Binding("e", "edit", "edit", id="schema.edit",
                tooltip="Open the file at the place of the divergence in $EDITOR"),
        Binding("v", "write", "write", id="schema.write",
                tooltip="Write both SQL files beside each other"),
        Binding("d", "files", "files", id="schema.files",
                tooltip="See the two SQL files side by side"),
        Binding("f", "files", "files", show=False, id="schema.files.too",
                tooltip="See the two SQL files side by side"),
        Binding("r", "again", "check again", show=False, id="schema.again",
                tooltip="Compare again now"),
    ]  # fmt: skip

    def __init__(self, finding: Finding | None = None) -> None:
        super().__init__()
        self._wanted = finding
        self._head = SplitLine(id="schema-head")
        self._note = Static(id="schema-note", markup=False)
        self._tree = SchemaTree()
        self._detail = SchemaDetail()
        self._since = time.monotonic()

    def compose(self) -> ComposeResult:
        """Head, note, tree, detail, keys."""
        yield self._head
        yield self._note
        with Horizontal(id="schema-body"):
            yield self._tree
            yield self._detail
        yield KeyBar("app.palette", "app.help", offers=lambda _action: True)

    def on_mount(self) -> None:
        """Compare again whenever the checklist does."""
        self._show_verdict()
        self.watch(self.app, "overview", self.ask, init=False)

    def tick(self) -> None:
        """Show how long it takes."""
        super().tick()
        if self._examined.checking:
            self._show_verdict()

    def show_examined(self, examined: Examined) -> None:
        """Show another verdict, and what it is of."""
        before = self._examined
        if examined.checking and not before.checking:
            self._since = time.monotonic()
        super().show_examined(examined)
        self._show_verdict()
        if examined.outline is not None and examined.outline is not before.outline:
            self._tree.show(examined.outline)
            self._show_wanted()
        elif examined.as_of != before.as_of:
            self._show_detail(self._tree.row)

    def _show_wanted(self) -> None:
        """Go to what this view was opened for."""
        finding, self._wanted = self._wanted, None
        place = finding and self._tree.outline and self._tree.outline.place_of(finding)
        if place:
            root, part = place
            self._tree.go_to(root, (part or root).key)

    def _show_verdict(self) -> None:
        migration = self.wizard.session.migration
        named = f"V{migration.version} {migration.name}" if migration else ""
        self._head.left = Content.assemble(
            " ", (one_line(named), "bold"), ("  both schemas", MUTED)
        )
        waited = time.monotonic() - self._since
        self._head.right = Content.assemble(verdict(self._examined, waited), " ")
        self._note.update(note(self._examined))

    @on(SchemaTree.Looked)
    def _looked(self, event: SchemaTree.Looked) -> None:
        self._show_detail(event.row)

    def _show_detail(self, row: Row | None) -> None:
        look = self._examined.look
        version = look.version if look else 0
        static = look is None or look.report.static
        unseen = bool(look and look.unseen)
        self._detail.show(row, version, static=static, unseen=unseen, as_of=self._examined.as_of)

    @on(OptionList.OptionSelected, "FindingList")
    def _open_finding(self, event: OptionList.OptionSelected) -> None:
        finding = self._detail.findings.findings[event.option_index]
        self.wizard.converse(conversations.edit_place, finding)

    def action_leave(self) -> None:
        """Back to the checklist."""
        self.dismiss()

    def action_step(self, by: int) -> None:
        """To the next divergence, or the one before."""
        if self._tree.step(by):
            return
        look, as_of = self._examined.look, self._examined.as_of
        told = f"The sides differ nowhere{as_of and ', '}{as_of}."
        self.wizard.notify(told if look is not None else "There is no verdict yet.")

    def action_narrow(self) -> None:
        """Everything, or what the version touches."""
        self._tree.narrow(not self._tree.narrowed)
        self._show_verdict()

    def action_edit(self) -> None:
        """Open the place of what is in view."""
        row = self._tree.row
        self.wizard.converse(conversations.edit_schema, row.entry.findings if row else ())

    def action_again(self) -> None:
        """Compare again."""
        self.ask()


def what_failed(finding: Finding) -> str:
    """The place and what the engine said, without the rest."""
    line = finding.message.partition(". ")[2].partition("\n")[0]
    return line or finding.message


def verdict(examined: Examined, waited: float = 0.0) -> Content:
    """State and time in a few words; while a new one is made, the last one stays.

    Args:
        waited: seconds since the one that is being made was begun.
    """
    look = examined.look
    checking = f"▶ checking … {clock(waited)}" if waited >= 1 else "▶ checking …"
    if look is None:
        return Content.styled(checking, _RUNS) if examined.checking else Content("")
    words, style = _words(look, examined.outdated)
    last = Content.styled(words, style)
    if examined.checking:
        return Content.assemble((checking, _RUNS), ("  last: ", MUTED), last)
    if examined.outdated:
        return last
    took = examined.seconds
    shown = f"{took:.1f} s" if 1 <= took < 10 else duration(took)
    return Content.assemble(last, (f" · {shown}", MUTED))


_RUNS = STATE_STYLES[State.RUNNING]


def _words(look: Look, outdated: bool) -> tuple[str, str]:
    if outdated:
        return "✘ not compared", STATE_STYLES[State.FAILED]
    counts = summary(look.findings)
    warned = f"{counts['warning']} warning{'s' * (counts['warning'] != 1)}"
    if look.after is None:
        return "✘ does not apply", STATE_STYLES[State.FAILED]
    if counts["error"]:
        many = f"✘ {counts['error']} divergence{'s' * (counts['error'] != 1)}"
        return f"{many}, {warned}" if counts["warning"] else many, STATE_STYLES[State.FAILED]
    equal = "equal by the files" if look.report.static else "equal"
    if counts["warning"]:
        return f"! {equal}, {warned}", STATE_STYLES[State.STALE]
    return f"✔ {equal}", STATE_STYLES[State.DONE]


def note(examined: Examined) -> Content:
    """How it was compared, and what that leaves open."""
    look, parts = examined.look, []
    if examined.problem:
        parts.append(Content.styled(f"! {one_line(examined.problem)}", "$text-warning"))
    if look is None:
        return Content("\n").join(parts)
    if examined.outdated:
        below = "What follows is of the last files that could be read."
        return Content("\n").join([*parts, Content.styled(below, "$text-warning")])
    failed = [f for f in look.findings if f.code == "parity/apply-failed"]
    parts += [Content.styled(f"✘ {one_line(what_failed(f))}", "$text-error") for f in failed]
    if look.report.static:
        left = f"; {look.left_open}" if look.left_open else ""
        known = f"By the files alone, without PostgreSQL{one_line(left)}."
        parts.append(
            Content.assemble(
                (f"{known} ", "$text-warning"),
                Content.from_markup("[@click=app.postgres][b]p[/b] starts one[/]"),
            )
        )
    elif not failed:
        engines = " and ".join(f"{b.label} {v}" for b, v in look.report.engines.items())
        probed = look.report.probed
        shown = f", {probed} rule{'s' * (probed != 1)} shown equal by probes" if probed else ""
        parts.append(Content.styled(f"On {engines}{shown}.", MUTED))
    if look.unseen:
        many = f"{look.unseen} earlier version{'s' * (look.unseen != 1)}"
        parts.append(
            Content.styled(f"{many} not looked at; `mig-assist parity --all` does.", MUTED)
        )
    earlier = summary(f for f in look.report.findings if f not in look.findings)
    if earlier["error"] or earlier["warning"]:
        count = earlier["error"] + earlier["warning"]
        parts.append(
            Content.styled(
                f"{count} difference{'s' * (count != 1)} came with earlier versions; t shows all.",
                MUTED,
            )
        )
    return Content("\n").join(parts)
