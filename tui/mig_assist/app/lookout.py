"""Keeping the screen true: reading the workspace anew, and noticing when that is due."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

from mig_assist.app import background
from mig_assist.app.observer import MOST_LINES
from mig_assist.app.status import PostgresStatus
from mig_assist.checklist.changes import change_mark
from mig_assist.checklist.number_watch import NumberNews, look_at_numbers, numbers_mark
from mig_assist.errors import MigAssistError

if TYPE_CHECKING:
    from mig_assist.app.app import WizardApp
    from mig_assist.checklist.session import Session

_LOOK_SECONDS = 1.0
_POSTGRES_SECONDS = 5.0


class Lookout:
    """Reads in worker threads, and hands what it finds to the app."""

    def __init__(self, app: WizardApp) -> None:
        self._app = app
        self._mark: Hashable = None
        self._numbers_mark: Hashable = None
        self._again = False
        self._turn = asyncio.Lock()

    def begin(self) -> None:
        """Read everything, and watch from now on: edits, other terminals, the server."""
        self.reload()
        self.look_at_postgres()
        self._app.set_interval(_LOOK_SECONDS, self.look)
        self._app.set_interval(_POSTGRES_SECONDS, self.look_at_postgres)

    def reload(self) -> None:
        """Read everything anew; once more where that is asked for meanwhile."""
        self._again = True
        if not self._app.busy("load"):
            self._app.work(self._load_until_settled, "load")

    async def _load_until_settled(self) -> None:
        while self._again:
            self._again = False
            await self.load()
            await self._look_at_numbers()

    async def load(self) -> None:
        """Read everything anew, now.

        Raises:
            MigAssistError: the workspace cannot be worked in any more.
        """
        app = self._app
        async with self._turn:
            loaded = await asyncio.to_thread(background.load, app.session)
            app.session = loaded.session
        app.branch = loaded.branch
        if loaded.overview.migration is None:
            app.beginning = await asyncio.to_thread(background.look_ahead, app.session)
        app.only_written = loaded.only_written
        app.overview = loaded.overview

    async def change(self, action: Callable[[Session], object]) -> None:
        """Let a thread change the session, then read everything anew.

        Not while it is being read: what is read replaces the session.
        """
        async with self._turn:
            await asyncio.to_thread(action, self._app.session)
        self._numbers_mark = None  # it may have mended what is said of them
        self.reload()

    async def _look_at_numbers(self) -> None:
        """Notice that the number in work was taken; as long as nothing moved, git is not asked."""
        app = self._app
        try:
            mark = await asyncio.to_thread(numbers_mark, app.session)
            if mark == self._numbers_mark:
                return
            news = await asyncio.to_thread(look_at_numbers, app.session)
        except MigAssistError:  # item 1 says what is wrong
            mark, news = None, NumberNews()
        self._numbers_mark = mark
        app.number_problem = news.problem
        self._again = self._again or news.merged

    def look(self) -> None:
        """Read anew if something changed."""
        if not self._app.busy("look") and not self._app.busy("load"):
            self._app.work(self._compare, "look")

    async def _compare(self) -> None:
        try:
            mark = await asyncio.to_thread(_mark, self._app.session)
        except MigAssistError as error:
            told = self._mark == str(error)
            self._mark = str(error)
            if not told:
                raise
            return
        if mark != self._mark:
            self._mark = mark
            self.reload()

    def look_at_postgres(self) -> None:
        """Ask which PostgreSQL runs."""
        if not self._app.busy("postgres"):
            self._app.work(self._ask_postgres, "postgres")

    async def _ask_postgres(self) -> None:
        try:
            status = await asyncio.to_thread(background.postgres_status, self._app.session)
        except MigAssistError:
            # The panel and the items say what is wrong; the head only shows that none runs.
            status = PostgresStatus(known=True)
        self._app.postgres = status

    def read_log(self, path: str, show: Callable[[list[str]], None]) -> None:
        """Read the end of a log, and hand it over."""

        async def read() -> None:
            root = self._app.session.workspace.root
            show(await asyncio.to_thread(background.log_lines, root, path, MOST_LINES))

        self._app.work(read, "log", exclusive=True)


def _mark(session: Session) -> Hashable:
    return change_mark(session), numbers_mark(session)
