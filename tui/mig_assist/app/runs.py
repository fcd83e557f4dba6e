"""The run of this process: begun, shown, cancelled; one at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual.signal import Signal

from mig_assist.app.messages import CheckFinished, CheckStarted
from mig_assist.app.observer import MOST_LINES, LogBuffer, LogLine, RunObserver
from mig_assist.app.status import Running
from mig_assist.checklist.items import Item, find_item
from mig_assist.process import Cancellation

if TYPE_CHECKING:
    from mig_assist.app.app import WizardApp

GROUP = "run"
"""Worker group of the thread that runs items."""

_DRAW_SECONDS = 0.05


class Runs:
    """Begins runs, and keeps what the screen shows of them.

    Attributes:
        live_item: key of the item whose lines are kept; empty before the first run.
        live_lines: its newest lines.
        number: counts the items that were run.
        log_written: published with lines as they come, a few times a second at most.
    """

    def __init__(self, app: WizardApp) -> None:
        self._app = app
        self._buffer = LogBuffer()
        self._cancellation = Cancellation()
        self._leaves_with: int | None = None
        self.number = 0
        self.live_item = ""
        self.live_lines: deque[str] = deque(maxlen=MOST_LINES)
        self.log_written: Signal[list[LogLine]] = Signal(app, "log_written")

    def begin(self, items: Sequence[Item]) -> None:
        """Run items in a thread, unless a run is under way."""
        running = self._app.running
        if running:
            title = find_item(running.item or running.planned[0]).title
            self._app.notify(f"{title} is running. c cancels it.", markup=False)
            return
        from mig_assist.checklist.run import run_items

        self._cancellation = Cancellation()
        self._app.running = Running(tuple(item.key for item in items))
        observer = RunObserver(self._app.post_message, self._buffer)
        work = partial(run_items, self._app.session, items, observer, self._cancellation)
        self._app.run_worker(work, group=GROUP, thread=True, exit_on_error=False)

    def cancel(self) -> None:
        """Ask the run to stop; its process group ends with it."""
        if self._app.running:
            self._app.running = self._app.running._replace(stopping=True)
            self._cancellation.request()

    def leave(self, status: int) -> None:
        """Leave the app as soon as nothing runs any more."""
        self._leaves_with = status
        if self._app.running:
            self.cancel()
        else:
            self._app.exit(return_code=status)

    def check_started(self, message: CheckStarted) -> None:
        """Show which check runs, and since when."""
        running = self._app.running
        if running is None:
            return
        new_item = message.item != running.item
        if new_item:
            self.number += 1
            self.live_item = message.item
            self.live_lines.clear()
        self._app.running = running._replace(
            item=message.item,
            check=message.check,
            item_started=message.at if new_item else running.item_started,
            check_started=message.at,
            ended=() if new_item else running.ended,
        )

    def check_finished(self, message: CheckFinished) -> None:
        """Remember how a check of the item in work ended."""
        running = self._app.running
        if running is not None and running.item == message.item:
            ended = (*running.ended, (message.check, message.passed))
            self._app.running = running._replace(ended=ended)

    def log_arrived(self) -> None:
        """Draw soon, with whatever has come by then."""
        self._app.set_timer(_DRAW_SECONDS, self._draw)

    def _draw(self) -> None:
        lines = self._buffer.take()
        if lines:
            self.live_lines.extend(line for item, line in lines if item == self.live_item)
            self.log_written.publish(lines)

    def ended(self, results: dict[str, bool]) -> None:
        """The thread has ended; ``results`` tells which items passed."""
        self._draw()
        if self._leaves_with is not None:
            self._app.running = None
            self._app.exit(return_code=self._leaves_with)
        else:
            self._app.work(partial(self._settle, results), "settle")

    async def _settle(self, results: dict[str, bool]) -> None:
        try:
            await self._app.lookout.load()
        finally:
            self._app.running = None
        self._app.lookout.look_at_postgres()
        if self._cancellation.requested:
            self._app.notify("Cancelled. What was running has been ended.")
        elif len(results) > 1:
            failed = [find_item(key).title for key, passed in results.items() if not passed]
            said = f"failed: {', '.join(failed)}" if failed else "all passed"
            self._app.notify(
                f"{len(results)} items run, {said}.",
                severity="error" if failed else "information",
                markup=False,
            )
