"""Noticing cheaply that the checklist may look different now."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from mig_assist.backend import Backend
from mig_assist.checklist.inputs import files_below
from mig_assist.checklist.session import Session
from mig_assist.workspace.config import CONFIG_NAME
from mig_assist.workspace.files import migration_folder, scan
from mig_assist.workspace.git import base_position, current_branch
from mig_assist.workspace.registry_search import known_registry


def change_mark(session: Session) -> Hashable:
    """A value that differs whenever files, branch, runs or the ledger of a workspace changed.

    No file is read: times and sizes are enough to know that it is worth reading them. What this
    process itself writes to the ledger does not show.

    Raises:
        EnvironmentLacks: the ledger or a migration folder cannot be read.
    """
    migration = session.migration
    runs = session.ledger.runs(migration.id) if migration else ()
    return (
        current_branch(session.workspace.root),
        base_position(session.workspace),
        session.ledger.data_version(),
        tuple((run.id, run.alive) for run in runs),
        tuple(_stamps(session)),
    )


def _stamps(session: Session) -> Iterator[tuple[str, int, int, int]]:
    root, config = session.workspace.root, session.workspace.config
    yield from _stamp(session, CONFIG_NAME)
    registry = known_registry(session.workspace)
    for path in filter(None, (registry.path, *config.lists.paths)):
        yield from _stamp(session, path)
    for backend in Backend:
        yield from _stamp(session, migration_folder(session.workspace, backend))
    for file in scan(session.workspace):
        yield from _stamp(session, file.path)
    docs = config.docs
    for path in (*config.tests.paths, *docs.data, *docs.user, *docs.adr):
        for below in files_below(root, path):
            yield from _stamp(session, below)


def _stamp(session: Session, path: str) -> Iterator[tuple[str, int, int, int]]:
    try:
        found = (session.workspace.root / path).stat()
    except OSError:
        return
    yield path, found.st_mtime_ns, found.st_ctime_ns, found.st_size
