"""Fixtures that every subject shares."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import HealthCheck, settings

from mig_assist import local_postgres
from mig_assist.draft.embedded import copy_workspace
from mig_assist.state_folder import NAME as STATE
from tests.require import require

pytest_plugins = [
    "pytester",
    "tests.no_skips",
    "tests.postgres_fixtures",
    "tests.terminal.driver",
]

# A shell starts background jobs with SIGINT ignored, and the processes that tests interrupt would
# inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes says nothing on a machine that several share.
settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tests")

REPOSITORY = Path(__file__).resolve().parent.parent


class WorkspaceCopy(Protocol):
    """Makes a throwaway copy of the embedded workspace and returns its root."""

    def __call__(self, name: str = "workspace", *, git: bool = False) -> Path: ...


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """A whole run is shared out; a part of it stays in one process, where a debugger works."""
    if config.args_source is pytest.Config.ArgsSource.TESTPATHS:
        return min(4, os.cpu_count() or 1)
    return 0


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of this checkout."""
    return REPOSITORY


@pytest.fixture(autouse=True)
def no_server_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Ends the PostgreSQL of every workspace that a test made in its folder."""
    if "tmp_path" not in request.fixturenames:
        yield
        return
    folder: Path = request.getfixturevalue("tmp_path")
    yield
    for state in (folder / STATE, *folder.glob(f"*/{STATE}")):
        if state.is_dir():
            local_postgres.remove(state.parent)


@pytest.fixture
def workspace_copy(tmp_path: Path) -> Iterator[WorkspaceCopy]:
    """Copies of the embedded workspace at its baseline under ``tmp_path``, one for each name.

    What somebody authors in this checkout stays out of them, so that its `test` still passes.

    With ``git=True`` the copy is a git repository with one commit on the branch ``main``. A
    PostgreSQL that was started for a copy is removed after the test.
    """
    made: list[Path] = []

    def copy(name: str = "workspace", *, git: bool = False) -> Path:
        root = tmp_path / name
        made.append(root)
        root.mkdir()
        copy_workspace(root)
        shutil.copytree(REPOSITORY / "scaffolds", root / "scaffolds")
        if git:
            _commit_all(root)
        return root

    yield copy
    for root in made:
        local_postgres.remove(root)


def _commit_all(root: Path) -> None:
    program = require(shutil.which("git"), "git (apt-get install git)")
    author = ("-c", "user.name=Ada Example", "-c", "user.email=ada@example.org")
    for arguments in (
        ("init", "--quiet", "--initial-branch=main"),
        ("add", "--all"),
        (*author, "commit", "--quiet", "--no-gpg-sign", "--message=Start from the baseline"),
    ):
        subprocess.run([program, *arguments], cwd=root, check=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the rates that tests recorded under ``rate``, whether they passed or not."""
    reports = [report for kind in terminalreporter.stats.values() for report in kind]
    rates = {
        str(value): None  # once, although each phase of a test reports it
        for report in reports
        for name, value in getattr(report, "user_properties", ())
        if name == "rate"
    }
    if rates:
        terminalreporter.section("rates")
        for rate in rates:
            terminalreporter.write_line(rate)
