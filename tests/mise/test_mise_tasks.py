"""The tasks that the page names work, by those names, under the real mise."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import WorkspaceCopy
from tests.require import require

# As docs/migration-authoring.md names them.
LOCAL_VALIDATION = (
    "gateway-migrate",
    "postgres-start",
    "gateway-migrate-prod",
    "test-rust-postgres",
    "test-gateway-postgres-smoke",
)
HAND_OFF = ("lint", "test")


@dataclass(frozen=True, slots=True)
class Mise:
    """The real mise, with settings and caches of its own, in one workspace."""

    program: str
    workspace: Path
    home: Path

    def run(self, *arguments: str, path: str = "") -> subprocess.CompletedProcess[str]:
        """Run mise in the workspace, with ``path`` in front of the system's own programs."""
        return subprocess.run(
            [self.program, *arguments],
            cwd=self.workspace,
            env={
                "HOME": str(self.home),
                "PATH": os.pathsep.join(filter(None, (path, os.defpath))),
                "LC_ALL": "C.UTF-8",
                "MISE_OFFLINE": "1",
                "MISE_TRUSTED_CONFIG_PATHS": str(self.workspace),
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def task(self, name: str) -> subprocess.CompletedProcess[str]:
        """Run a task as on a machine where mig-assist is installed; it has to succeed."""
        done = self.run("run", name, path=INSTALLED)
        assert done.returncode == 0, done.stdout + done.stderr
        return done


INSTALLED = str(Path(sys.executable).parent)


@pytest.fixture
def mise(workspace_copy: WorkspaceCopy, tmp_path: Path) -> Mise:
    program = require(
        shutil.which("mise") or os.environ.get("MIG_ASSIST_MISE"),
        "mise (on PATH, or its place in MIG_ASSIST_MISE; npm has it as @jdxcode/mise-linux-x64)",
    )
    (tmp_path / "home").mkdir()
    return Mise(program, workspace_copy(), tmp_path / "home")


def test_the_tasks_that_the_page_names_are_there(mise: Mise) -> None:
    listed = mise.run("tasks", "ls", "--json")

    names = {task["name"]: task["description"] for task in json.loads(listed.stdout)}
    assert {*LOCAL_VALIDATION, *HAND_OFF} <= set(names)
    assert all(names.values()), "each says what it does"


def test_every_task_that_a_document_names_is_there(mise: Mise) -> None:
    listed = mise.run("tasks", "ls", "--json", "--hidden")
    names = {task["name"] for task in json.loads(listed.stdout)}

    documents = (mise.workspace / "docs").rglob("*.md")
    named = {
        task: document.name
        for document in documents
        for task in re.findall(r"mise run ([\w-]+)", document.read_text(encoding="utf-8"))
    }

    assert {*LOCAL_VALIDATION, *HAND_OFF} <= set(named)
    assert {task: where for task, where in named.items() if task not in names} == {}


def test_gateway_migrate_migrates_the_libsql_database(mise: Mise) -> None:
    assert not _nothing_is_pending(mise, "libsql")

    mise.task("gateway-migrate")

    assert _nothing_is_pending(mise, "libsql")
    mise.task("gateway-migrate")


def test_the_postgresql_path_of_the_page(mise: Mise) -> None:
    mise.task("postgres-start")
    server = _server(mise)
    assert server["source"] == "embedded"

    mise.task("gateway-migrate-prod")
    assert _nothing_is_pending(mise, "postgres")

    tests = mise.task("test-rust-postgres")
    assert re.search(r"\d+ passed", tests.stdout)
    assert not re.search(r"skipped|failed|error", tests.stdout)

    mise.task("test-gateway-postgres-smoke")
    mise.task("postgres-start")
    assert _server(mise)["url"] == server["url"]


def test_a_task_that_fails_says_so(mise: Mise) -> None:
    baseline = mise.workspace / "migrations" / "V17__baseline.sql"
    baseline.write_text(baseline.read_text(encoding="utf-8") + "\nSELECT 1;\n", encoding="utf-8")

    done = mise.run("run", "gateway-migrate", path=INSTALLED)

    assert done.returncode != 0
    assert "V17__baseline.sql" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_tasks_find_the_environment_of_a_checkout_by_themselves(mise: Mise) -> None:
    """In a checkout mig-assist is not on PATH; it is in .venv."""
    (mise.workspace / ".venv").symlink_to(Path(sys.prefix))

    done = mise.run("run", "gateway-migrate")

    assert done.returncode == 0, done.stderr
    assert _nothing_is_pending(mise, "libsql")


def test_without_mig_assist_the_tasks_say_how_to_get_it(mise: Mise) -> None:
    done = mise.run("run", "gateway-migrate")

    assert done.returncode == 3
    assert "README" in done.stderr


def _mig_assist(mise: Mise, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(INSTALLED) / "mig-assist", *arguments],
        cwd=mise.workspace,
        capture_output=True,
        text=True,
        check=False,
    )


def _nothing_is_pending(mise: Mise, backend: str) -> bool:
    return _mig_assist(mise, "migrate", "--backend", backend, "--check").returncode == 0


def _server(mise: Mise) -> dict[str, object]:
    server: dict[str, object] = json.loads(_mig_assist(mise, "postgres", "status", "--json").stdout)
    return server
