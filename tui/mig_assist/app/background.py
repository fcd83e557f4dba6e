"""What worker threads do for the screen; nothing here touches a widget."""

from __future__ import annotations

import os
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mig_assist.app.status import PostgresStatus
from mig_assist.app.text import one_line
from mig_assist.backend import Backend
from mig_assist.checklist.overview import Overview
from mig_assist.workspace.git import current_branch

if TYPE_CHECKING:
    from mig_assist.checklist.session import Session

MOST_LOG_BYTES = 4 * 1024 * 1024
"""What is read from the end of a log file."""


class Loaded(NamedTuple):
    """The workspace as it is now."""

    session: Session
    overview: Overview
    branch: str
    only_written: Backend | None


class Beginning(NamedTuple):
    """What is known for a migration that has not begun.

    Attributes:
        next_version: the next shared number; None until it was looked up.
        unfinished: version and name of one whose files lie here without a checklist.
        last: what was in work before, and why it is no more; empty where nothing was.
        skipped: why the next version is not the one after the newest; empty where it is.
    """

    next_version: int | None = None
    unfinished: tuple[int, str] | None = None
    last: str = ""
    skipped: str = ""


def load(session: Session) -> Loaded:
    """Read configuration, branch, migration and files anew.

    Raises:
        MigAssistError: the workspace cannot be worked in any more.
    """
    now = session.reopened()
    overview, branch = now.overview(), current_branch(now.workspace.root) or ""
    return Loaded(now, overview, branch, _only_written(now, overview))


def _only_written(session: Session, overview: Overview) -> Backend | None:
    """The side that the other one could be derived from; None where item 2 is settled."""
    from mig_assist.app.sql_files import only_written

    migration = overview.migration
    if migration is None or overview.view("pair").state.state.settled:
        return None
    return only_written(session.workspace, migration.version, migration.name)


def look_ahead(session: Session) -> Beginning:
    """The next version, and a migration that could be taken up.

    Raises:
        MigAssistError: registry or folders cannot be read.
    """
    from mig_assist.checklist.migrations import in_work
    from mig_assist.draft.begin import unfinished
    from mig_assist.verify.numbers import next_version, why_skipped

    known = {(record.version, record.name) for record in session.ledger.migrations()}
    begun = in_work(session)
    version = next_version(session.workspace, begun)
    return Beginning(
        version,
        unfinished(session.workspace, known),
        session.last(),
        why_skipped(session.workspace, version, begun),
    )


def postgres_status(session: Session) -> PostgresStatus:
    """The server that runs, if one does; never starts any.

    Raises:
        MigAssistError: the settings for it are wrong.
    """
    from mig_assist.local_postgres import running, settings_for
    from mig_assist.redaction import redact

    workspace = session.workspace
    server = running(workspace.root, settings_for(workspace, os.environ))
    if server is None:
        return PostgresStatus(known=True)
    return PostgresStatus(
        True, server.version, str(server.source), redact(server.url), redact(server.description)
    )


def log_lines(root: Path, path: str, most: int) -> list[str]:
    """The last ``most`` lines of a log of the workspace; its absence is a line of its own."""
    from mig_assist.draft.previews import MOST_CHARACTERS, readable_line
    from mig_assist.file_changes import ChangeRefused, resolve_inside

    try:
        with resolve_inside(root, path).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(max(0, size - MOST_LOG_BYTES))
            text = file.read(MOST_LOG_BYTES).decode("utf-8", "replace")
    except (OSError, ChangeRefused) as error:
        return [f"{path} cannot be read: {error}"]
    lines = text.splitlines()
    shown: deque[str] = deque()
    room = MOST_CHARACTERS
    for line in reversed(lines[-most:]):
        if room <= 0:
            break
        shown.appendleft(one_line(readable_line(line)))
        room -= len(shown[0])
    if len(lines) > len(shown) or size > MOST_LOG_BYTES:
        shown.appendleft(f"… the beginning is left out; all of it is in {path}")
    return list(shown)
