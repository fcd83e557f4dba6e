"""The PostgreSQL panel: which one runs, and what can be done with it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Static
from textual.worker import WorkType

from mig_assist.app.background import postgres_status
from mig_assist.app.screens.confirm import ConfirmDialog
from mig_assist.app.screens.dialog import Dialog
from mig_assist.app.status import PostgresStatus
from mig_assist.app.text import MUTED, one_line
from mig_assist.app.widgets.live_log import LiveLog
from mig_assist.errors import MigAssistError
from mig_assist.local_postgres import (
    PostgresSettings,
    log_text,
    require_own,
    reset,
    settings_for,
    start,
    stop,
)
from mig_assist.redaction import redact

if TYPE_CHECKING:
    from mig_assist.checklist.session import Session

_TAIL_LINES = 200

_Action = Callable[[Path, PostgresSettings, Callable[[str], None]], object]


class PostgresDialog(Dialog[None]):
    """Source, version and address; start, stop, reset; the end of the server's log."""

    AUTO_FOCUS = "LiveLog"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "start", "start", tooltip="Start it, or find it running"),
        Binding("x", "stop", "stop", tooltip="Stop the server that mig-assist started"),
        Binding("r", "reset", "reset", tooltip="Delete its data and start it anew"),
        Binding("q,p", "close", "close", show=False),
    ]
    DEFAULT_CLASSES = "-whole"

    @dataclass
    class Said(Message):
        """What a running action says about itself."""

        text: str

    def __init__(self, session: Session) -> None:
        super().__init__("The local PostgreSQL")
        self._session = session
        self._about = Static("Looking …", id="postgres-about", markup=False)
        self._doing = Static("", id="postgres-doing", markup=False)
        self._log = LiveLog()
        self._acts = False

    def body(self) -> ComposeResult:
        """What runs, what is being done, and the server's log."""
        yield self._about
        yield self._doing
        yield self._log

    def buttons(self) -> ComposeResult:
        """What can be done."""
        yield Button("Start  s", id="start", variant="primary", compact=True)
        yield Button("Stop  x", id="stop", compact=True)
        yield Button("Reset  r", id="reset", variant="warning", compact=True)
        yield Button("Close  esc", id="close", compact=True)

    def on_mount(self) -> None:
        """Look before anything else."""
        self._begin(None)

    @on(Button.Pressed, "#start")
    def action_start(self) -> None:
        """Start the server."""
        self._begin(start)

    @on(Button.Pressed, "#stop")
    def action_stop(self) -> None:
        """Stop the server that is ours, after a yes."""
        question = ConfirmDialog(
            "Stop PostgreSQL?",
            "Only a server that mig-assist itself started is stopped. Its data stays.",
            "Stop it",
        )
        self.app.push_screen(question, lambda yes: self._begin(_stop) if yes else None)

    @on(Button.Pressed, "#reset")
    def action_reset(self) -> None:
        """Recreate the server that is ours, after a yes."""
        question = ConfirmDialog(
            "Delete everything in this PostgreSQL?",
            "Every database in the server that mig-assist itself made is deleted, and the server"
            " is started anew. A server of your own is refused.",
            "Delete and start anew",
        )
        self.app.push_screen(question, lambda yes: self._begin(_reset) if yes else None)

    def on_postgres_dialog_said(self, message: Said) -> None:
        """Show what is being done."""
        self._doing.update(one_line(message.text))

    def _say(self, text: str) -> None:
        self.post_message(self.Said(text))

    def _begin(self, action: _Action | None) -> None:
        if self._acts:
            return
        self._acts = True
        # The app owns it: it goes on, and its errors are shown, when this panel is closed.
        work: WorkType[None] = partial(self._act, action)
        self.app.run_worker(work, group="server", exit_on_error=False)

    async def _act(self, action: _Action | None) -> None:
        root = self._session.workspace.root
        try:
            if action is not None:
                settings = settings_for(self._session.workspace, os.environ)
                await asyncio.to_thread(action, root, settings, self._say)
            self._show(
                await asyncio.to_thread(postgres_status, self._session),
                await asyncio.to_thread(log_text, root, _TAIL_LINES),
            )
        except MigAssistError as error:
            if self.is_attached:
                told = (f"✘ {error.title}", error.message, f"→ {error.fix}" if error.fix else "")
                self._about.update("\n".join(one_line(redact(part)) for part in told if part))
            if action is not None:
                raise
        finally:
            self._acts = False
            self._doing.update("")

    def _show(self, status: PostgresStatus, log: str) -> None:
        if not self.is_attached:
            return
        if status.runs:
            rows = [
                ("Source", status.source),
                ("Version", status.version),
                ("Address", status.url),
                ("Server", status.description),
            ]
        else:
            rows = [("Server", "○ none runs"), ("", "s starts one; the items start it themselves.")]
        self._about.update(
            Content("\n").join(
                Content.assemble((f"{name:<9}", MUTED), one_line(value)) for name, value in rows
            )
        )
        self._log.show(log.splitlines())


def _stop(root: Path, settings: PostgresSettings, said: Callable[[str], None]) -> None:
    said("Stopping …")
    stop(root, settings)


def _reset(root: Path, settings: PostgresSettings, said: Callable[[str], None]) -> None:
    require_own(root, settings)
    said("Deleting its data …")
    reset(root, settings, said)
