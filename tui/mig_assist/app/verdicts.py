"""Verdicts that follow each save: one examination at a time, in a thread of its own.

Whatever is asked for while one runs is one more run after it, with the newest files.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mig_assist.backend import Backend
from mig_assist.engines.database import DatabaseError
from mig_assist.engines.kept import Shelf
from mig_assist.errors import MigAssistError, WrongUse
from mig_assist.local_postgres import LocalServer, running, settings_for
from mig_assist.verify.parity.look import Look, Schemas, look_live, look_static
from mig_assist.verify.parity.outline import Outline
from mig_assist.verify.parity.watcher import ParityWatcher
from mig_assist.workspace.files import migration_path, scan

if TYPE_CHECKING:
    from mig_assist.app.app import WizardApp
    from mig_assist.checklist.session import Session
    from mig_assist.workspace.model import Workspace

_SOON_SECONDS = 0.2
"""How long a run may take before the screen says that it runs."""

_DEBOUNCE_MILLISECONDS = 50


@dataclass(frozen=True, slots=True)
class Examined:
    """What is known of the version in work.

    Attributes:
        look: the newest; None before the first.
        outline: of the newest look, or where it has no schemas of those before it.
        seconds: how long the newest took.
        problem: what keeps it from being examined as it should.
        checking: whether another one is under way.
        outdated: whether the files could not be examined since, so that ``look`` is of earlier
            ones.
    """

    look: Look | None = None
    outline: Outline | None = None
    seconds: float = 0.0
    problem: str = ""
    checking: bool = True
    outdated: bool = False

    @property
    def as_of(self) -> str:
        """Which files ``outline`` shows, where that is not the newest ones."""
        if self.outdated and self.look is not None:
            return "as of the last version that could be read"
        if self.look is None or self.outline is None or self.look.after is not None:
            return ""
        if self.outline.is_before:
            return "as before this version, which does not apply"
        return "as of the last version that applied"


class Examiner:
    """Examines in the thread that calls it; the engines stay open from one time to the next."""

    def __init__(self) -> None:
        self._watcher: ParityWatcher | None = None
        self._about: tuple[Workspace, int, int | None] | None = None
        self._shown: tuple[int, Schemas] | None = None

    def examine(self, session: Session, changed: Collection[str] | None) -> Examined:
        """Look at the migration in work as its files are now.

        Args:
            changed: the workspace paths that were saved since; None where that is not known.
        """
        start = time.monotonic()
        problem = ""
        files = _stamps(session)
        if files and not any(files.values()):
            return Examined(problem=f"{' and '.join(files)} are gone.", checking=False)
        try:
            look = self._live(session, changed)
        except (DatabaseError, WrongUse) as error:
            self.close()
            problem, look = _said(error), None
        except MigAssistError as error:
            return Examined(problem=_said(error), checking=False)
        try:
            look = look or self._static(session)
        except MigAssistError as error:
            return Examined(problem=problem or _said(error), checking=False)
        if look.after is not None:
            self._shown = look.version, look.after
        shown = self._shown[1] if self._shown and self._shown[0] == look.version else None
        outline = Outline(look, shown)
        return Examined(look, outline, time.monotonic() - start, problem, checking=False)

    def close(self) -> None:
        """Give the scratch databases back."""
        watcher, self._watcher = self._watcher, None
        if watcher is not None:
            with suppress(MigAssistError):  # a server that is gone; the next sweep follows
                watcher.close()

    def _live(self, session: Session, changed: Collection[str] | None) -> Look | None:
        """By both engines; None where no PostgreSQL runs."""
        version = session.require_migration().version
        if changed is None or self._watcher is None:
            self._prepare(session.workspace, version)
        if self._watcher is None:
            return None
        look = look_live(version, self._watcher.verdict(changed))
        failed = any(
            finding.backend is Backend.POSTGRES and finding.code == "parity/apply-failed"
            for finding in look.report.findings
        )
        if failed and not _server(session.workspace):
            self.close()
            raise DatabaseError("PostgreSQL is gone", "The server does not answer any more.")
        return look

    def _prepare(self, workspace: Workspace, version: int) -> None:
        later = any(file.version > version for file in scan(workspace))
        about = workspace, version, version if later else None
        if about != self._about:
            self.close()
            self._about = about
        if self._watcher is None and (server := _server(workspace)) is not None:
            self._watcher = ParityWatcher(workspace, Shelf.on(workspace.root, server), about[2])

    def _static(self, session: Session) -> Look:
        return look_static(session.workspace, session.require_migration().version)


def _server(workspace: Workspace) -> LocalServer | None:
    """The server that runs, if one does; none is ever started."""
    return running(workspace.root, settings_for(workspace, os.environ))


def _said(error: MigAssistError) -> str:
    return " ".join(part for part in (f"{error.title}.", error.message, error.fix) if part)


class Verdicts:
    """Asks an examiner after each save, and tells what it found; belongs to the event loop."""

    def __init__(self, app: WizardApp, tell: Callable[[Examined], None]) -> None:
        self._app = app
        self._tell = tell
        self._examiner = Examiner()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="verdicts")
        self._stop = asyncio.Event()
        self._waiting = False
        self._changed: set[str] | None = set()
        self._busy = False
        self._stamps: dict[str, _Stamp] = {}
        self.newest = Examined()

    def begin(self) -> None:
        """Examine now, and from now on after each save."""
        self._stamps = _stamps(self._app.session)
        self.ask()
        self._app.work(self._watch, "saves")

    def ask(self, changed: Collection[str] | None = None) -> None:
        """Examine soon; ``changed`` as :meth:`Examiner.examine` has it."""
        if self._stop.is_set():
            return
        self._waiting = True
        if changed is None or self._changed is None:
            self._changed = None
        else:
            self._changed.update(changed)
        if not self._busy:
            self._busy = True
            self._app.work(self._examine_until_settled, "verdict")

    def look(self) -> None:
        """Examine if a save was not noticed: the system may not tell of any, or of a new folder."""
        if self._stamps != _stamps(self._app.session):
            self._stamps = _stamps(self._app.session)
            self.ask()

    def end(self) -> None:
        """Examine no more, and let go of the databases; nothing is waited for.

        Python itself waits for the thread before it ends.
        """
        self._stop.set()
        self._thread.submit(self._examiner.close)
        self._thread.shutdown(wait=False)

    async def _examine_until_settled(self) -> None:
        try:
            while self._waiting and not self._stop.is_set():
                changed, self._changed, self._waiting = self._changed, set(), False
                await self._examine(changed)
        finally:
            self._busy = False

    async def _examine(self, changed: set[str] | None) -> None:
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(
            self._thread, self._examiner.examine, self._app.session, changed
        )
        done, _ = await asyncio.wait([work], timeout=_SOON_SECONDS)
        if not done and not self._stop.is_set():
            self._show(replace(self.newest, checking=True))
        found = await work
        if found.look is None:  # what was known stays in view
            known = self.newest
            found = replace(found, look=known.look, outline=known.outline, outdated=True)
        self._show(found)

    def _show(self, found: Examined) -> None:
        if not self._stop.is_set():
            self.newest = found
            self._tell(found)

    async def _watch(self) -> None:
        """Notice at once that one of the two files was saved."""
        from watchfiles import awatch

        folders = {path.parent for path in _files(self._app.session).values()}
        saves = awatch(
            *(folder for folder in folders if folder.is_dir()),
            watch_filter=lambda _, path: path.endswith(".sql"),
            stop_event=self._stop,
            debounce=_DEBOUNCE_MILLISECONDS,
            step=10,
            recursive=False,
        )
        with suppress(OSError, RuntimeError):  # it cannot be had here; look() notices later
            async for changes in saves:
                self._stamps = _stamps(self._app.session)
                files = {str(path): name for name, path in _files(self._app.session).items()}
                paths = {path for _, path in changes}
                self.ask({files[path] for path in paths} if paths <= files.keys() else None)


_Stamp = tuple[int, int, int] | None


def _stamps(session: Session) -> dict[str, _Stamp]:
    """Time, size and identity of the files of the migration in work; None where one is gone."""
    stamps: dict[str, _Stamp] = {}
    for name, path in _files(session).items():
        try:
            found = path.stat()
        except OSError:
            stamps[name] = None
        else:
            stamps[name] = found.st_mtime_ns, found.st_size, found.st_ino
    return stamps


def _files(session: Session) -> dict[str, Path]:
    """The paths of the migration's files in the workspace → where they really lie."""
    migration, workspace = session.migration, session.workspace
    if migration is None:
        return {}
    root = Path(os.path.realpath(workspace.root))
    paths = (
        migration_path(workspace, backend, migration.version, migration.name) for backend in Backend
    )
    return {path: root / path for path in paths}
