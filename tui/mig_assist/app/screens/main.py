"""The main screen: the checklist, and whatever is known about the item in view."""

from __future__ import annotations

from functools import partial
from typing import ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.timer import Timer
from textual.widgets import OptionList

from mig_assist.app import conversations
from mig_assist.app.observer import LogLine
from mig_assist.app.screens.base import WizardScreen
from mig_assist.app.status import Running
from mig_assist.app.steps import SCAFFOLDED
from mig_assist.app.widgets.check_list import CheckList
from mig_assist.app.widgets.finding_list import FindingList
from mig_assist.app.widgets.item_detail import ItemDetail
from mig_assist.app.widgets.item_list import ItemList
from mig_assist.app.widgets.key_bar import KeyBar
from mig_assist.app.widgets.number_notice import NumberNotice
from mig_assist.app.widgets.start_page import StartPage
from mig_assist.app.widgets.title_bar import Head, TitleBar
from mig_assist.checklist.items import HANDOFF
from mig_assist.checklist.overview import ItemView, Overview
from mig_assist.checklist.recreate import recreatable

_BEGIN_RUN = frozenset(("run_item", "run_all", "handoff"))
_NEED_ITEM = _BEGIN_RUN | {"edit", "write", "files", "schema", "why", "skip", "attest", "log"}


class MainScreen(WizardScreen):
    """Item list on the left, the item in view on the right."""

    AUTO_FOCUS = "ItemList"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "cancel", "cancel", id="run.cancel",
                tooltip="Stop what is running, with all of its processes"),
        Binding("escape", "cancel", "cancel", show=False, id="run.cancel.escape",
                tooltip="Stop what is running, with all of its processes"),
        Binding("r", "run_item", "run", id="item.run", tooltip="Run the checks of the item"),
        Binding("e", "edit", "edit", id="item.edit", tooltip="Open a file of the item in $EDITOR"),
        Binding("v", "write", "write", show=False, id="pair.write",
                tooltip="Write both SQL files beside each other"),
        Binding("V", "derive", "derive", show=False, id="pair.derive",
                tooltip="Derive the SQL file that is not written yet"),
        Binding("d", "schema", "schema", id="pair.schema",
                tooltip="See both schemas as a tree, and where they differ"),
        Binding("w", "why", "why", id="item.why", tooltip="Read what the item protects, and how"),
        Binding("s", "skip", "skip", id="item.skip",
                tooltip="Set the item aside, with a reason"),
        Binding("a", "run_all", "run all", id="run.all",
                tooltip="Run every item that is not settled"),
        Binding("t", "attest", "attest", show=False, id="item.attest",
                tooltip="Give your word that the item is done, with a reason"),
        Binding("l", "log", "log", show=False, id="check.log",
                tooltip="Read the whole log of the selected check"),
        Binding("f", "files", "files", show=False, id="pair.diff",
                tooltip="See the two SQL files side by side"),
        Binding("g", "scaffold", "draft", show=False, id="item.scaffold",
                tooltip="Begin the item's document from a scaffold"),
        Binding("x", "recreate", "recreate", show=False, id="item.recreate",
                tooltip="Recreate the local database, then run the item again"),
        Binding("u", "renumber", "renumber", show=False, id="version.renumber",
                tooltip="Move this branch's migrations to the next free numbers"),
        Binding("m", "switch", "migrations", show=False, id="migration.switch",
                tooltip="All migrations that were begun; open another one"),
        Binding("h", "handoff", "hand-off", show=False, id="run.handoff",
                tooltip="Run lint and test, the hand-off"),
    ]  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self._title = TitleBar()
        self._notice = NumberNotice()
        self._start = StartPage()
        self._body = Horizontal(id="body")
        self._items = ItemList()
        self._detail = ItemDetail()
        self._clock: Timer | None = None
        self._leads = False
        self._log_of: tuple[str, str | None] = ("", None)

    def compose(self) -> ComposeResult:
        """Head, list and keys: what the first paint shows."""
        yield self._title
        yield self._notice
        with self._body:
            yield self._items
        yield KeyBar("app.palette", "app.help", offers=self._offers)

    async def complete(self) -> None:
        """Add the rest, which can wait until after the first paint, and follow the app."""
        await self._body.mount(self._detail)
        await self.mount(self._start, before=self._body)
        self._clock = self.set_interval(1.0, self._tick, pause=True)
        self.watch(self.app, "overview", self._show_all)
        self.watch(self.app, "running", self._show_all)
        self.watch(self.app, "only_written", self._show_item)
        self.watch(self.app, "postgres", self._show_title)
        self.watch(self.app, "branch", self._show_title)
        self.watch(self.app, "beginning", self._show_start)
        self.watch(self.app, "number_problem", self._show_notice)
        self.wizard.runs.log_written.subscribe(self, self._show_log_lines)

    def on_mount(self) -> None:
        """The head needs no overview."""
        self._show_title()

    @property
    def view(self) -> ItemView | None:
        """The item in view, once the checklist is known."""
        overview, key = self.wizard.overview, self._items.selected
        if overview is None or overview.migration is None or key is None:
            return None
        return overview.view(key)

    def check_action(
        self,
        action: str,
        parameters: tuple[object, ...],  # noqa: ARG002
    ) -> bool | None:
        """Keys that mean nothing now are disabled, never gone."""
        if action == "cancel":
            running = self.wizard.running
            return True if running and not running.stopping else None
        if action == "renumber":
            return True if self.view and not self.wizard.running else None
        if action == "switch":
            return None if self.wizard.running else True
        if action == "scaffold":
            return True if self.view and self._has_document(self.view.item.key) else None
        if action == "derive":
            return True if self.view and self.wizard.only_written else None
        if action == "recreate":
            return True if self.view and recreatable(self.view) else None
        if action in _NEED_ITEM:
            return True if self.view else None
        return True

    def _has_document(self, key: str) -> bool:
        """Whether an item's document can be begun: somebody said where it belongs."""
        docs = self.wizard.session.workspace.config.docs
        return key in SCAFFOLDED and bool(getattr(docs, key.removesuffix("-docs")))

    def _offers(self, action: str) -> bool:
        return not (self.wizard.running and action in _BEGIN_RUN)

    def _show_all(self) -> None:
        overview, running = self.wizard.overview, self.wizard.running
        self._show_title()
        if overview is None:
            return
        begun = overview.migration is not None
        self.set_class(not begun, "-empty")
        if not begun:
            self.set_focus(None)
            self._show_start()
        elif self.focused is None:
            self.set_focus(self._items)
        self._items.show(overview, running)
        self._lead(overview, running)
        if self._clock is not None:
            (self._clock.resume if running else self._clock.pause)()
        self._show_item()
        self.refresh_bindings()

    def _lead(self, overview: Overview, running: Running | None) -> None:
        """Move the highlight: to where the work was left, along with a run, to what is next."""
        target = overview.next_key if running is None else running.item
        if target and (self._leads or self._items.highlighted is None):
            with self._items.prevent(OptionList.OptionHighlighted):
                self._items.select(target)
        if running is None:
            self._leads = False

    def _show_title(self) -> None:
        overview = self.wizard.overview
        migration = overview.migration if overview else self.wizard.session.migration
        self._title.head = Head(
            f"V{migration.version} {migration.name}" if migration else "",
            self.wizard.branch,
            self.wizard.postgres,
        )

    def _show_notice(self) -> None:
        self._notice.show(self.wizard.number_problem)

    def _show_start(self) -> None:
        if self.has_class("-empty"):
            root, hint = self.wizard.session.workspace.root, self.wizard.hints.get("version", "")
            self._start.show(root, self.wizard.beginning, hint)

    def _show_item(self) -> None:
        view = self.view
        if view is not None:
            hint = self.wizard.hints.get(view.item.key, "")
            self._detail.show(view, self.wizard.running, hint, self.wizard.only_written)
            self._show_log(view)

    def _show_log(self, view: ItemView) -> None:
        """The lines of the run, or the log of the selected check, or of the last that has one."""
        runs = self.wizard.runs
        if self._shows_live_log(view):
            source: tuple[str, str | None] = (view.item.key, f"live {runs.number}")
            heading = "log" if runs.live_lines else ""
            if source != self._log_of:
                self._detail.log_view.show(runs.live_lines)
        else:
            path = self.log_path(view)
            source, heading = (view.item.key, path), "log of the last run" if path else ""
            if source != self._log_of:
                self._detail.log_view.show(())
                if path:
                    self.wizard.lookout.read_log(path, partial(self._show_old_log, source))
        self._log_of = source
        self._detail.show_log_heading(heading)

    def _shows_live_log(self, view: ItemView) -> bool:
        running, item = self.wizard.running, view.item.key
        chosen = self._detail.checks.selected is not None
        return self.wizard.runs.live_item == item and (running is not None or not chosen)

    def log_path(self, view: ItemView) -> str | None:
        """Where the log of the selected check lies, or of the item's last check that has one."""
        logs = {c.key: s.evidence.log_path for c, s in view.checks if s.evidence}
        selected = self._detail.checks.selected
        chosen = logs.get(selected) if selected else None
        return chosen or next((path for path in reversed(logs.values()) if path), None)

    def _show_old_log(self, source: tuple[str, str | None], lines: list[str]) -> None:
        if source == self._log_of:
            self._detail.log_view.show(lines)

    def _show_log_lines(self, lines: list[LogLine]) -> None:
        view = self.view
        if view is None:
            return
        if self._log_of == (view.item.key, f"live {self.wizard.runs.number}"):
            self._detail.log_view.extend(line for key, line in lines if key == view.item.key)
        self._show_log(view)

    def _tick(self) -> None:
        view = self.view
        if view is not None:
            self._detail.show_times(view, self.wizard.running)

    @on(OptionList.OptionHighlighted, "ItemList")
    def _item_changed(self) -> None:
        self._leads = False  # the user went somewhere else
        self._show_item()
        self.refresh_bindings()

    @on(OptionList.OptionHighlighted, "CheckList")
    def _check_changed(self) -> None:
        view = self.view
        if view is not None and self._detail.checks.has_focus:
            self._show_log(view)

    @on(ItemList.Opened)
    def _enter_item(self) -> None:
        self._detail.checks.focus()

    @on(CheckList.Left)
    def _leave_item(self) -> None:
        self._items.focus()

    @on(OptionList.OptionSelected, "FindingList")
    def _open_finding(self, event: OptionList.OptionSelected) -> None:
        findings = cast("FindingList", event.option_list).findings
        finding = findings[event.option_index]
        if finding.code.startswith("parity/"):
            self.wizard.converse(conversations.schema, finding)
        else:
            self.wizard.converse(conversations.edit_place, finding)

    def action_run_item(self) -> None:
        """Run the item in view."""
        if self.view:
            self.wizard.runs.begin((self.view.item,))

    def action_run_all(self) -> None:
        """Run every item that is not settled; once all are, the hand-off."""
        overview = self.wizard.overview
        if overview is None:
            return
        views = overview.handoff if overview.complete else overview.items
        chosen = tuple(view.item for view in views if not view.state.state.settled)
        if not chosen:
            self.wizard.notify("Everything is settled. Press h to run the hand-off again.")
            return
        self._leads = True
        self.wizard.runs.begin(chosen)

    def action_handoff(self) -> None:
        """Run the hand-off."""
        self._leads = True
        self.wizard.runs.begin(HANDOFF)

    def action_cancel(self) -> None:
        """Stop what is running."""
        self.wizard.runs.cancel()

    def action_edit(self) -> None:
        """Open a file of the item."""
        if self.view:
            self.wizard.converse(conversations.edit, self.view)

    def action_derive(self) -> None:
        """Derive the side that is not written yet."""
        self.wizard.converse(conversations.write_pair, self.wizard.only_written)

    def action_schema(self) -> None:
        """See both schemas."""
        self.wizard.converse(conversations.schema)

    def action_why(self) -> None:
        """Read what the item protects."""
        if self.view:
            self.wizard.converse(conversations.explain, self.view)

    def action_skip(self) -> None:
        """Set the item aside."""
        if self.view:
            self.wizard.converse(conversations.skip, self.view.item)

    def action_attest(self) -> None:
        """Give one's word for the item."""
        if self.view:
            self.wizard.converse(conversations.attest, self.view.item)

    def action_log(self) -> None:
        """Read a whole log."""
        if self.view:
            self.wizard.converse(conversations.read_log, self.log_path(self.view))

    def action_recreate(self) -> None:
        """Recreate the local database."""
        if self.view:
            self.wizard.converse(conversations.recreate_database, self.view)

    def action_renumber(self) -> None:
        """Move this branch's migrations to free numbers."""
        self.wizard.converse(conversations.renumber)

    def action_switch(self) -> None:
        """Open another migration."""
        self.wizard.converse(conversations.switch_migration)

    def action_scaffold(self) -> None:
        """Begin the item's document."""
        if self.view:
            self.wizard.converse(conversations.draft_document, self.view.item)
