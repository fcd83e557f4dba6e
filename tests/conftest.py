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
END_TO_END = REPOSITORY / "tests" / "end_to_end"


class WorkspaceCopy(Protocol):
    """Makes a throwaway copy of the embedded workspace and returns its root."""

    def __call__(self, name: str = "workspace", *, git: bool = False) -> Path: ...


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """A whole run is shared out; a part of it stays in one process, where a debugger works."""
    if config.args_source is pytest.Config.ArgsSource.TESTPATHS:
        return min(4, os.cpu_count() or 1)
    return 0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest tests begin first, so that no process is left alone with one at the end."""
    items.sort(key=lambda item: END_TO_END not in item.path.parents)


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


@pytest.fixture(scope="session")
def baseline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The embedded workspace at its baseline, to be copied and never to be written.

    What somebody authors in this checkout stays out of it, so that its `test` still passes.
    """
    root = tmp_path_factory.mktemp("baseline")
    copy_workspace(root)
    shutil.copytree(REPOSITORY / "scaffolds", root / "scaffolds")
    return root


@pytest.fixture(scope="session")
def baseline_commit(baseline: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``baseline`` as a git repository with one commit on the branch ``main``."""
    author = ("-c", "user.name=Ada Example", "-c", "user.email=ada@example.org")
    root = shutil.copytree(baseline, tmp_path_factory.mktemp("baseline") / "workspace")
    _git(root, "init", "--quiet", "--initial-branch=main")
    _git(root, "add", "--all")
    _git(root, *author, "commit", "--quiet", "--no-gpg-sign", "--message=Start from the baseline")
    return root


@pytest.fixture
def workspace_copy(
    tmp_path: Path, baseline: Path, request: pytest.FixtureRequest
) -> Iterator[WorkspaceCopy]:
    """Copies of the embedded workspace at its baseline under ``tmp_path``, one for each name.

    With ``git=True`` the copy is a git repository with one commit on the branch ``main``. A
    PostgreSQL that was started for a copy is removed after the test.
    """
    made: list[Path] = []

    def copy(name: str = "workspace", *, git: bool = False) -> Path:
        root = tmp_path / name
        made.append(root)
        if git:
            copy_repository(request.getfixturevalue("baseline_commit"), root)
        else:
            shutil.copytree(baseline, root)
        return root

    yield copy
    for root in made:
        local_postgres.remove(root)


def copy_repository(source: Path, target: Path) -> None:
    """Copy a git repository with its work tree; git's index knows the new files as unchanged."""
    shutil.copytree(source, target, symlinks=True)
    _git(target, "update-index", "-q", "--refresh")


def _git(root: Path, *arguments: str) -> None:
    program = require(shutil.which("git"), "git (apt-get install git)")
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
