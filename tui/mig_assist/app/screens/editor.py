"""Both files of the migration in work, to be written beside each other."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static, TextArea

from mig_assist.app import conversations
from mig_assist.app.screens.choice import ChoiceDialog
from mig_assist.app.screens.judged import JudgedScreen
from mig_assist.app.screens.preview import PreviewDialog
from mig_assist.app.screens.schema import verdict, what_failed
from mig_assist.app.sql_files import (
    Kind,
    Problem,
    SqlFile,
    derived_from,
    has_sql,
    own_transactions,
    problems_in,
    read_file,
    stamp,
    why_not_here,
)
from mig_assist.app.text import MUTED, STATE_STYLES, one_line
from mig_assist.app.verdicts import Examined
from mig_assist.app.widgets.finding_list import SEVERITY_MARKS, SEVERITY_STYLES
from mig_assist.app.widgets.key_bar import KeyBar
from mig_assist.app.widgets.split_line import SplitLine
from mig_assist.app.widgets.sql_pane import SqlPane
from mig_assist.backend import Backend
from mig_assist.checklist.state import State
from mig_assist.draft.previews import Preview, differences
from mig_assist.errors import WrongUse
from mig_assist.file_changes import FileChange, write_all
from mig_assist.findings import Severity
from mig_assist.workspace.files import migration_path

if TYPE_CHECKING:
    from mig_assist.app.app import WizardApp
    from mig_assist.checklist.session import Session
    from mig_assist.findings import Finding

_UNSAFE = frozenset(("parity/apply-failed", "parity/data"))
"""What says that a version fails, or does to rows on one side what it does not on the other."""

_KEYS = frozenset(
    ("leave", "save", "other", "derive('postgres')", "derive('libsql')", "step", "take_over",
     "elsewhere", "command_palette", "app.help")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OpenedPair:
    """Both files of a migration as they were when they were opened.

    Attributes:
        own_transactions: the sides whose files begin and commit their transactions themselves.
    """

    version: int
    name: str
    files: dict[Backend, SqlFile]
    own_transactions: frozenset[Backend] = frozenset()


def open_pair(session: Session) -> OpenedPair:
    """Read both files of the migration in work.

    Raises:
        WrongUse: no migration is in work.
    """
    migration, workspace = session.require_migration(), session.workspace
    version, name = migration.version, migration.name
    paths = {backend: migration_path(workspace, backend, version, name) for backend in Backend}
    files = {backend: read_file(workspace.root, path) for backend, path in paths.items()}
    return OpenedPair(version, name, files, own_transactions(workspace))


class EditorScreen(JudgedScreen):
    """libsql on the left, PostgreSQL on the right; where it is narrow, one of them at a time.

    Args:
        derive: the side to derive the other one from at once.
    """

    CSS_PATH = "editor.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "save", id="editor.save",
                tooltip="Save both files, where they changed"),
        Binding("f2", "other", "side", id="editor.other",
                tooltip="Go to the other side"),
        Binding("f3", "derive('libsql')", "← derive", id="editor.derive.libsql",
                tooltip="Derive libsql from PostgreSQL, shown before it is taken"),
        Binding("f4", "derive('postgres')", "derive →", id="editor.derive.postgres",
                tooltip="Derive PostgreSQL from libsql, shown before it is taken"),
        Binding("f8", "step", "problem", id="editor.step", tooltip="Go to the next problem"),
        Binding("f9", "elsewhere", "$EDITOR", id="editor.elsewhere",
                tooltip="Open the file at this line in $EDITOR"),
        Binding("ctrl+r", "take_over", "take over", id="editor.take_over",
                tooltip="Take over what another program has written into the file"),
        Binding("escape", "leave", "back", id="editor.back",
                tooltip="Back; unsaved text is asked about"),
        Binding("f1", "app.help", "help", id="editor.help", tooltip="All keys and marks"),
    ]  # fmt: skip

    def __init__(self, pair: OpenedPair, derive: Backend | None = None) -> None:
        super().__init__()
        self._pair = pair
        self._derive_first = derive
        self._head = SplitLine(f" V{pair.version} {pair.name}", id="editor-head")
        self._note = Static(id="editor-note", markup=False)
        self._problem = Static(id="editor-problem", markup=False)
        self._verdict = SplitLine(id="editor-verdict")
        self.panes = {
            backend: SqlPane(backend, file, opens=backend not in pair.own_transactions)
            for backend, file in pair.files.items()
        }
        self._current = Backend.LIBSQL
        self._stamps: dict[str, object] = {}
        self._doing = ""

    @property
    def current(self) -> SqlPane:
        """The pane in work."""
        return self.panes[self._current]

    def compose(self) -> ComposeResult:
        """Head, panes, the problem at hand, the verdict, keys."""
        yield self._head
        yield self._note
        with Horizontal(id="editor-panes"):
            for backend, pane in self.panes.items():
                pane.id = str(backend)
                yield pane
        yield self._problem
        yield self._verdict
        yield KeyBar("app.palette", "editor.help", offers=self._offers, rows=2)

    def on_mount(self) -> None:
        """Begin where one means to write."""
        self._go_to(self._derive_first or Backend.LIBSQL)
        self._show()
        if self._derive_first is not None:
            source = self._derive_first
            self.call_after_refresh(lambda: self.action_derive(str(source.other)))

    def on_unmount(self) -> None:
        """Nothing is unsaved any more."""
        self.wizard.unsaved = ()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Keys that mean nothing now are disabled, never gone."""
        if action == "take_over":
            return True if self.current.overtaken else None
        return True

    def _offers(self, action: str) -> bool:
        return action in _KEYS

    # What is known

    def tick(self) -> None:
        """Notice what others write."""
        super().tick()
        if not self.wizard.busy("editor disk"):
            self.wizard.work(self._look_at_disk, "editor disk")

    async def _look_at_disk(self) -> None:
        """Read a file anew where it is not what was last seen."""
        root = self.wizard.session.workspace.root
        for pane in self.panes.values():
            path = pane.file.path
            now = await asyncio.to_thread(stamp, root, path)
            if self._stamps.get(path, ()) != now:
                self._stamps[path] = now
                pane.seen(await asyncio.to_thread(read_file, root, path))
        self._show()

    def show_examined(self, examined: Examined) -> None:
        """Show what comparing the saved pair has found, at its lines."""
        super().show_examined(examined)
        if not examined.checking and examined.look is not None:
            for pane in self.panes.values():
                pane.found_elsewhere(_problems_of(examined.look.findings, pane.file.path))
            self.tick()
        self._show()

    @on(TextArea.Changed)
    @on(TextArea.SelectionChanged)
    @on(SqlPane.Examined)
    def _show(self) -> None:
        """Everything below and above the panes."""
        panes = self.panes.values()
        self.wizard.unsaved = tuple(pane.file.path for pane in panes if pane.changed)
        overtaken = [pane for pane in panes if pane.overtaken]
        self._note.display = bool(overtaken)
        self._note.update("\n".join(map(_overtaken, overtaken)))
        self._problem.update(self._problem_here())
        self._verdict.left = self._words()
        self._head.right = Content.assemble((self._doing, STATE_STYLES[State.RUNNING]), " ")
        self.refresh_bindings()

    def _problem_here(self) -> Content:
        pane = self.current
        problem, count = pane.problem_here, len(pane.shown)
        if problem is None:
            return Content("")
        mark = f"{SEVERITY_MARKS[problem.severity]} {problem.line}: "
        more = f"  ({count} in all; f8 goes on)" if count > 1 else ""
        return Content.assemble(
            (mark, SEVERITY_STYLES[problem.severity]), one_line(problem.message), (more, MUTED)
        )

    def _words(self) -> Content:
        panes = [pane for pane in self.panes.values() if not pane.refused]
        kinds = Counter(problem.kind for pane in panes for problem in pane.problems)
        known = all(pane.examined for pane in panes)
        parity = verdict(self._examined)
        as_saved = " as saved" if any(pane.changed for pane in panes) and parity.plain else ""
        return Content.assemble(
            " parse ", _counted(kinds[Kind.PARSE], known, State.FAILED),
            "  marks ", _counted(kinds[Kind.MARK], known, State.STALE),
            "  safety ", self._safety(kinds[Kind.SAFETY], known),
            "  parity ", parity or Content("…"), (as_saved, MUTED),
        )  # fmt: skip

    def _safety(self, typed: int, known: bool) -> Content:
        """What cannot run as one transaction, fails, or treats rows unlike the other side."""
        look = self._examined.look
        found = [f for f in look.findings if f.code in _UNSAFE and f.blocks] if look else []
        seen = {
            (pane.file.path, problem.line)
            for pane in self.panes.values()
            for problem in pane.problems
            if problem.severity is Severity.ERROR
        }
        count = typed + sum((finding.path, finding.line) not in seen for finding in found)
        if not count and known and look is not None and look.report.static:
            return Content.styled("needs PostgreSQL", MUTED)
        return _counted(count, known and look is not None, State.FAILED)

    # Where one is

    def _go_to(self, backend: Backend) -> None:
        self._current = backend
        for pane in self.panes.values():
            pane.set_class(pane.backend is backend, "-current")
        self.current.area.focus()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The pane with the focus is the one in work."""
        for backend, pane in self.panes.items():
            if event.widget is pane.area and backend is not self._current:
                self._go_to(backend)
                self._show()

    def action_other(self) -> None:
        """To the other side."""
        self._go_to(self._current.other)
        self._show()

    def action_step(self) -> None:
        """To the next problem of this side, else to the other side's."""
        if self.current.step():
            return
        if not self.panes[self._current.other].shown:
            self.wizard.notify("There is no problem at any line.")
            return
        self.action_other()
        self.current.step()

    # What one does

    def action_save(self) -> None:
        """Save what changed."""
        self.wizard.converse(self._save_or_say)

    def action_take_over(self) -> None:
        """Take what is on disk."""
        self.wizard.converse(self._take_over)

    def action_derive(self, target: str) -> None:
        """Derive a side from the other one."""
        self.wizard.converse(self._derive, Backend(target))

    def action_elsewhere(self) -> None:
        """Open the file in the user's editor."""
        line = self.current.area.cursor_location[0] + 1
        self.wizard.converse(conversations.edit_line, self.current.file.path, line)

    def action_leave(self) -> None:
        """Back; unsaved text is asked about."""
        if self.wizard.unsaved:
            self.wizard.converse(self._ask_before_leaving)
        else:
            self.dismiss()

    async def _save_or_say(self, app: WizardApp) -> None:
        if not any(pane.changed for pane in self.panes.values()):
            app.notify("Everything is saved.")
        elif await self._save(app):
            app.notify("Saved.", timeout=2)

    async def _save(self, app: WizardApp) -> bool:
        """Write both sides together; a file that somebody else has written only after a yes."""
        root = app.session.workspace.root
        wanted = [(pane, pane.text) for pane in self.panes.values() if pane.changed]
        changes: list[FileChange] = []
        shown: list[Preview] = []
        for pane, text in wanted:
            now = await asyncio.to_thread(read_file, root, pane.file.path)
            if now.digest != pane.file.digest:
                pane.seen(now)
                difference = differences(now.text, text, "on disk", "here")
                shown.append(Preview(pane.file.path, difference))
            content = pane.file.source.encode(text)
            changes.append(FileChange(pane.file.path, content, now.digest))
        if shown:
            said = "Another program has changed this meanwhile. A yes writes over it."
            dialog = PreviewDialog(
                "Changed on disk", shown, said=said, verb="Write over it", careful=True
            )
            if not await app.push_screen_wait(dialog):
                return False
        await asyncio.to_thread(write_all, root, changes)
        for pane, text in wanted:
            pane.saved(pane.file.holding(text))
        self._show()
        if self._verdicts is not None:
            self._verdicts.look()
        app.lookout.reload()
        return True

    async def _take_over(self, app: WizardApp) -> None:
        """Put what is on disk into the pane; what was typed stays one undo away."""
        pane = self.current
        now = await asyncio.to_thread(read_file, app.session.workspace.root, pane.file.path)
        if now.refused or pane.refused:
            raise WrongUse(f"{now.path} cannot be taken over", now.refused or "Open it again.")
        if pane.changed:
            difference = differences(pane.text, now.text, "here", "on disk")
            said = "This side has unsaved text. A yes puts what is on disk in its place; ^z undoes."
            dialog = PreviewDialog(
                "Take over",
                [Preview(now.path, difference)],
                said=said,
                verb="Take over",
                careful=True,
            )
            if not await app.push_screen_wait(dialog):
                return
        pane.replace_all(now.text)
        pane.saved(now)
        self._show()

    async def _derive(self, app: WizardApp, target: Backend) -> None:
        """Show what would stand in the other pane, and put it there after a yes."""
        source, pane = self.panes[target.other], self.panes[target]
        for each in (source, pane):
            if each.refused:
                raise WrongUse(
                    f"{each.file.path} cannot be edited here",
                    each.file.refused,
                    f"On the command line: mig-assist derive {source.file.path} --to {target}",
                )
        await self._require_sql(source)
        self._doing = f"▶ deriving {target.label} …"
        self._show()
        try:
            derived = await asyncio.to_thread(
                derived_from, app.session.workspace, self._pair.version, source.text, source.backend
            )
        finally:
            self._doing = ""
            self._show()
        refused = why_not_here(derived.sql)
        if refused:
            raise WrongUse("What was derived cannot be shown here", refused)
        path, marks = pane.file.path, len(derived.marks)
        difference = differences(pane.text, derived.sql, "now", "derived")
        if not difference:
            app.notify(f"{target.label} is just what would be derived.")
            return
        asks = f" {marks} mark{'s' * (marks != 1)} in it ask{'s' * (marks == 1)} you." * bool(marks)
        dialog = PreviewDialog(
            f"Derive {target.label} from {source.backend.label}",
            [Preview(path, difference if pane.text.strip() else derived.sql, is_new=not pane.text)],
            tuple(f"line {mark.line}: {mark.message}" for mark in derived.marks),
            "Marks",
            said=f"A yes puts this in the {target.label} pane, unsaved; ^z undoes it.{asks}",
            verb="Take it",
        )
        if await app.push_screen_wait(dialog):
            pane.replace_all(derived.sql)
            self._go_to(target)
            self._show()

    async def _require_sql(self, source: SqlPane) -> None:
        """Refuse to derive from what does not parse; the cursor goes there."""
        label, other = source.backend.label, source.backend.other.label
        problems = await asyncio.to_thread(problems_in, source.text, source.backend)
        broken = next((problem for problem in problems if problem.kind is Kind.PARSE), None)
        if broken is not None:
            self._go_to(source.backend)
            source.area.move_cursor((broken.line - 1, 0))
            raise WrongUse(
                f"{label} does not parse at line {broken.line}",
                broken.message,
                f"Mend it there, then derive again. The {other} side stays as it is.",
            )
        if not has_sql(source.text):
            raise WrongUse(
                f"There is no {label} SQL yet",
                "The other side is derived from the statements that stand here.",
                "Write them first.",
            )

    async def _ask_before_leaving(self, app: WizardApp) -> None:
        rows = [
            ("Save, then leave", ", ".join(app.unsaved)),
            ("Leave without saving", "what was typed is lost"),
        ]
        chosen = await app.push_screen_wait(ChoiceDialog("There is unsaved text", rows))
        if chosen == 1 or (chosen == 0 and await self._save(app)):
            self.dismiss()


def _problems_of(findings: Sequence[Finding], path: str) -> tuple[Problem, ...]:
    return tuple(
        Problem(
            finding.line,
            what_failed(finding) if finding.code == "parity/apply-failed" else finding.message,
            finding.severity,
            Kind.SAFETY if finding.code in _UNSAFE else Kind.PARITY,
        )
        for finding in findings
        if finding.path == path and finding.line is not None
    )


def _overtaken(pane: SqlPane) -> str:
    what = "has gone from disk" if pane.on_disk.digest is None else "was changed on disk"
    if pane.on_disk.refused:
        return f"! {pane.backend.label}: {one_line(pane.on_disk.refused)}"
    then = (
        "^s shows both and asks; ^r takes over what is on disk"
        if pane.changed
        else "^r takes it over"
    )
    return f"! The {pane.backend.label} file {what}: {then}."


def _counted(count: int, known: bool, bad: State) -> Content:
    if not known:
        return Content.styled("…", MUTED)
    if not count:
        return Content.styled("✔", STATE_STYLES[State.DONE])
    mark = SEVERITY_MARKS[Severity.ERROR if bad is State.FAILED else Severity.WARNING]
    return Content.styled(f"{mark} {count}", STATE_STYLES[bad])
