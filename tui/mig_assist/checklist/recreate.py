"""Recreating this machine's database after its history no longer fits: the edit loop of V18."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime

from mig_assist.backend import Backend
from mig_assist.checklist.overview import ItemView
from mig_assist.workspace.model import Workspace


def recreatable(view: ItemView) -> Backend | None:
    """The backend whose local database an item's task refused as "database reset required"."""
    refused = any(
        finding.code == "history/reset-required"
        for evidence in view.state.evidence
        for finding in evidence.findings
    )
    return Backend(view.item.key) if refused and view.item.key in tuple(Backend) else None


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
