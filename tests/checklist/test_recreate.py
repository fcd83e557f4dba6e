"""Which local databases have run a migration, before one is offered to be recreated."""

from __future__ import annotations

import subprocess
import sys

import pytest

from mig_assist.backend import Backend
from mig_assist.checklist.recreate import have_run, recreate
from mig_assist.local_postgres import PostgresSettings, Source, start
from mig_assist.workspace import Workspace, open_workspace
from tests.conftest import WorkspaceCopy
from tests.postgres_fixtures import free_port

BASELINE = (17, "baseline")


@pytest.fixture
def workspace(workspace_copy: WorkspaceCopy, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """The embedded workspace, with nothing of this machine's environment."""
    for name in ("POSTGRES_URL", "TEST_POSTGRES_URL", "LIBSQL_PATH"):
        monkeypatch.delenv(name, raising=False)
    return open_workspace(workspace_copy())


def migrate(workspace: Workspace, backend: Backend) -> None:
    subprocess.run(
        [sys.executable, "-m", "mig_assist", "migrate", "--backend", backend, "--apply"],
        cwd=workspace.root,
        check=True,
        capture_output=True,
    )


def test_without_databases_none_has(workspace: Workspace) -> None:
    assert have_run(workspace, [BASELINE]) == ()


def test_number_and_name_have_to_be_the_same(workspace: Workspace) -> None:
    migrate(workspace, Backend.LIBSQL)
    assert have_run(workspace, [BASELINE]) == (Backend.LIBSQL,)
    assert have_run(workspace, [(17, "other"), (18, "baseline")]) == ()


def test_a_file_that_is_no_database_tells_nothing(workspace: Workspace) -> None:
    (workspace.root / ".mig-assist").mkdir(exist_ok=True)
    (workspace.root / ".mig-assist/gateway.db").write_bytes(b"no database" * 100)
    assert have_run(workspace, [BASELINE]) == ()


def test_a_server_of_our_own_is_asked_and_recreated(workspace: Workspace) -> None:
    start(workspace.root, PostgresSettings(source=Source.EMBEDDED, port=free_port()))
    migrate(workspace, Backend.POSTGRES)
    assert have_run(workspace, [BASELINE]) == (Backend.POSTGRES,)
    recreate(workspace, Backend.POSTGRES, lambda _event: None)
    assert have_run(workspace, [BASELINE]) == ()


def test_a_server_of_the_users_is_left_alone(
    workspace: Workspace, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mig_assist.engines.scratch import scratch_url

    with scratch_url(postgres_url) as url:
        monkeypatch.setenv("POSTGRES_URL", url)
        migrate(workspace, Backend.POSTGRES)
        assert have_run(workspace, [BASELINE]) == ()
