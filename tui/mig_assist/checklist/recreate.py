"""Recreating this machine's database after its history no longer fits: the edit loop of V18."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from datetime import UTC, datetime

from mig_assist.backend import Backend
from mig_assist.checklist.overview import ItemView
from mig_assist.errors import MigAssistError
from mig_assist.workspace.model import Workspace
from mig_assist.workspace.numbers import Migration


def recreatable(view: ItemView) -> Backend | None:
    """The backend whose local database an item's task refused as "database reset required"."""
    refused = any(
        finding.code == "history/reset-required"
        for evidence in view.state.evidence
        for finding in evidence.findings
    )
    return Backend(view.item.key) if refused and view.item.key in tuple(Backend) else None


def have_run(workspace: Workspace, migrations: Collection[Migration]) -> tuple[Backend, ...]:
    """The backends whose local database, one that can be recreated, has run some of these.

    A server that does not run is not started to find out; what cannot be read tells nothing.
    """
    return tuple(
        backend
        for backend, histories in ((Backend.LIBSQL, _libsql), (Backend.POSTGRES, _postgres))
        if any(ran in migrations for ran in histories(workspace))
    )


def _libsql(workspace: Workspace) -> Iterator[Migration]:
    from mig_assist.engines.libsql import database_exists, local_database, open_libsql

    path = local_database(workspace.root, os.environ)
    with suppress(MigAssistError):
        if database_exists(path):
            with open_libsql(path) as database:
                yield from ((row.version, row.name) for row in database.history())


def _postgres(workspace: Workspace) -> Iterator[Migration]:
    from mig_assist.engines.postgres import open_postgres
    from mig_assist.local_postgres import Source, running, settings_for

    with suppress(MigAssistError):
        server = running(workspace.root, settings_for(workspace, os.environ))
        if server is not None and server.source in (Source.EMBEDDED, Source.DOCKER):
            for url in (server.url, server.test_url):
                with suppress(MigAssistError), open_postgres(url) as database:
                    yield from ((row.version, row.name) for row in database.history())


def recreate(workspace: Workspace, backend: Backend, on_event: Callable[[str], None]) -> str:
    """Put the local database out of the way; returns what was done, in a sentence.

    The libsql file is moved aside under another name. PostgreSQL is recreated only where
    mig-assist itself started it.

    Raises:
        MigAssistError: the database is not ours, or permission is missing.
    """
    if backend is Backend.LIBSQL:
        from mig_assist.engines.libsql import database_exists, local_database, set_aside

        path = local_database(workspace.root, os.environ)
        if not database_exists(path):
            return f"There is no {path.name} to move."
        return f"{path.name} is now {set_aside(path, datetime.now(UTC)).name}."
    from mig_assist.local_postgres import reset, settings_for

    server = reset(workspace.root, settings_for(workspace, os.environ), on_event)
    return f"Recreated: {server.description}."
