"""The app: what is known, who works, and the keys that work everywhere."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Callable, Coroutine, Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Concatenate, ParamSpec

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.reactive import reactive
from textual.screen import Screen
from textual.worker import Worker, WorkerState, WorkType

from mig_assist.app import conversations
from mig_assist.app.background import Beginning
from mig_assist.app.lookout import Lookout
from mig_assist.app.messages import CheckFinished, CheckStarted, LogArrived
from mig_assist.app.runs import GROUP, Runs
from mig_assist.app.screens.main import MainScreen
from mig_assist.app.status import PostgresStatus, Running
from mig_assist.backend import Backend
from mig_assist.checklist.overview import Overview
from mig_assist.workspace.git import current_branch

if TYPE_CHECKING:
    from mig_assist.checklist.session import Session
    from mig_assist.findings import Finding

_P = ParamSpec("_P")
_TERMINATED = 128 + signal.SIGTERM


class WizardApp(App[None]):
    """The wizard on an open session.

    Long work belongs to the app: it survives whatever happens to a screen. Threads post
    messages; only the handlers here change what the screens watch.
    """

    TITLE = "mig-assist"
    CSS_PATH = "wizard.tcss"
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 -- Textual declares it without ClassVar
        (0, "-narrow"),
        (72, "-normal"),
        (96, "-broad"),
        (120, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [  # noqa: RUF012
        (0, "-short"),
        (20, "-medium"),
        (28, "-tall"),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "postgres", "postgres", id="app.postgres",
                tooltip="The local PostgreSQL: start, stop, reset, log"),
        Binding("n", "new_migration", "new", show=False, id="app.new",
                tooltip="Begin a new migration"),
        Binding("q", "ask_quit", "quit", show=False, id="app.quit", tooltip="Leave the wizard"),
        Binding("ctrl+q", "quit", "quit", show=False, id="app.quit.anywhere", priority=True,
                system=True, tooltip="Leave the wizard, also from a dialog"),
        Binding("ctrl+p", "command_palette", "commands", id="app.palette", priority=True,
                tooltip="Find and run any action"),
        Binding("question_mark", "help", "help", id="app.help", tooltip="All keys and marks"),
    ]  # fmt: skip

    overview: reactive[Overview | None] = reactive(None)
    running: reactive[Running | None] = reactive(None)
    postgres: reactive[PostgresStatus] = reactive(PostgresStatus())
    beginning: reactive[Beginning] = reactive(Beginning())
    branch: reactive[str] = reactive("")
    only_written: reactive[Backend | None] = reactive(None)
    number_problem: reactive[Finding | None] = reactive(None)

    def __init__(self, session: Session, hints: Mapping[str, str] = MappingProxyType({})) -> None:
        super().__init__()
        self.session = session
        self.hints = hints
        self._main = MainScreen()
        self.runs = Runs(self)
        self.lookout = Lookout(self)
        self.unsaved: tuple[str, ...] = ()
        self.set_reactive(WizardApp.branch, current_branch(session.workspace.root) or "")

    def get_default_screen(self) -> Screen[None]:
        """The main screen, whole before anything has been read."""
        return self._main

    def on_mount(self) -> None:
        """Paint first, then read."""
        self.call_after_refresh(self._get_going)

    async def _get_going(self) -> None:
        gc.enable()
        await self._main.complete()
        for notice in self.session.notices:
            self.notify(notice, severity="warning", timeout=30, markup=False)
        self.lookout.begin()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.runs.leave, _TERMINATED)

    # What worker threads say

    def on_check_started(self, message: CheckStarted) -> None:
        """A check of the run begins."""
        self.runs.check_started(message)

    def on_check_finished(self, message: CheckFinished) -> None:
        """The ledger has new evidence."""
        self.runs.check_finished(message)
        self.lookout.reload()

    def on_log_arrived(self, message: LogArrived) -> None:  # noqa: ARG002
        """The run has something to say."""
        self.runs.log_arrived()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A worker's error becomes a panel; a run's end becomes a state."""
        worker = event.worker
        if event.state is WorkerState.ERROR and worker.error is not None:
            conversations.show_problem(self, worker.error)
        if worker.group == GROUP and worker.is_finished:
            self.runs.ended(worker.result or {})

    # Conversations

    def converse(
        self,
        conversation: Callable[Concatenate[WizardApp, _P], Coroutine[Any, Any, None]],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> None:
        """Begin a conversation with the user; one at a time."""
        if not self.busy("conversation"):
            self.work(partial(conversation, self, *args, **kwargs), "conversation")

    def action_new_migration(self) -> None:
        """Begin a migration."""
        self.converse(conversations.begin_migration)

    def action_postgres(self) -> None:
        """Open the PostgreSQL panel."""
        self.converse(conversations.postgres_panel)

    def action_help(self) -> None:
        """Show the keys of this screen."""
        self.converse(conversations.show_help)

    async def action_quit(self) -> None:
        """Leave, from anywhere."""
        self.action_ask_quit()

    def action_ask_quit(self) -> None:
        """Leave; where something runs or was not saved, only after a yes."""
        if self.running or self.unsaved:
            conversations.ask_quit(self)
        else:
            self.exit()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every action that has a key here, and the look of the screen."""
        for node, binding, enabled, tooltip in screen.active_bindings.values():
            ours = node in (self, screen) and binding.id and binding.action != "command_palette"
            if ours and enabled and not binding.system:
                run = partial(self.run_action, binding.action, node)
                key = self.get_key_display(binding)
                yield SystemCommand(f"{binding.description.capitalize()}  ({key})", tooltip, run)
        yield SystemCommand("Theme", "Choose the colours", self.action_change_theme)

    # Workers

    def work(self, work: WorkType[None], group: str, exclusive: bool = False) -> None:
        """Do something in the background; its errors become a panel."""
        self.run_worker(work, group=group, exit_on_error=False, exclusive=exclusive)

    def busy(self, group: str) -> bool:
        """Whether a worker of that group is at work."""
        return any(w.group == group and not w.is_finished for w in self.workers)
