"""An installed mig-assist works far from the checkout, with what its wheel holds and asks for."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import mig_assist
from tests.packaging.conftest import Installation

IMPORT_ALL = """
import importlib, pkgutil, mig_assist
for module in pkgutil.walk_packages(mig_assist.__path__, "mig_assist."):
    if not module.name.startswith("mig_assist.embedded"):
        importlib.import_module(module.name)
print(mig_assist.__file__)
"""


@pytest.fixture(scope="module")
def workspace_files(repository: Path) -> dict[str, bytes]:
    """The embedded workspace and the scaffolds of the checkout, with what is being written."""
    parts = ("mise.toml", "mig-assist.toml", "migrations", "docs", "scaffolds", "tests/store")
    which = ("--cached", "--others", "--exclude-standard")
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={repository}", "ls-files", "-z", *which, "--", *parts],
        cwd=repository,
        capture_output=True,
        text=True,
        check=True,
    )
    return {name: (repository / name).read_bytes() for name in listed.stdout.split("\0") if name}


def test_the_wheel_holds_the_embedded_workspace_and_the_scaffolds(
    wheel: Path, workspace_files: dict[str, bytes]
) -> None:
    prefix = "mig_assist/embedded/"
    with zipfile.ZipFile(wheel) as archive:
        embedded = {
            name.removeprefix(prefix): archive.read(name)
            for name in archive.namelist()
            if name.startswith(prefix)
        }

    assert embedded == workspace_files


def test_the_wheel_holds_code_and_no_traces_of_work(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = [Path(name) for name in archive.namelist()]

    assert {name.parts[0] for name in names} == {
        "mig_assist",
        f"mig_assist-{mig_assist.__version__}.dist-info",
    }
    assert Path("mig_assist/py.typed") in names
    traces = {"__pycache__", ".mig-assist", ".pytest_cache", ".venv"}
    assert not [name for name in names if traces & set(name.parts)]


def test_the_command_runs_from_an_unrelated_folder(installation: Installation) -> None:
    done = installation.run(installation.mig_assist, "--version")

    assert done.returncode == 0, done.stderr
    assert mig_assist.__version__ in done.stdout
    assert done.stderr == ""


def test_every_module_needs_only_what_the_wheel_declares(installation: Installation) -> None:
    done = installation.run(installation.python, "-I", "-c", IMPORT_ALL)

    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(installation.environment)


def test_what_development_needs_is_not_asked_of_users(installation: Installation) -> None:
    assert {"textual", "sqlglot", "psycopg", "pytest"} <= set(installation.dependencies)
    assert not {"hypothesis", "mypy", "ruff", "hatchling"} & set(installation.dependencies)
    assert installation.run(installation.python, "-c", "import hypothesis").returncode == 1


def test_the_embedded_workspace_is_found_there(
    installation: Installation, workspace_files: dict[str, bytes]
) -> None:
    code = "from mig_assist.draft.embedded import embedded_root; print(embedded_root())"

    done = installation.run(installation.python, "-I", "-c", code)

    root = Path(done.stdout.strip())
    assert root.is_relative_to(installation.environment), done.stderr
    for name, content in workspace_files.items():
        assert (root / name).read_bytes() == content


def test_the_store_tests_ask_for_nothing_that_only_development_needs(repository: Path) -> None:
    absent = "import sys; sys.modules.update(hypothesis=None, xdist=None, pytest_asyncio=None)"
    collect = "import pytest; sys.exit(pytest.main(['tests/store', '--collect-only', '-q']))"
    result = subprocess.run(
        [sys.executable, "-c", f"{absent}; {collect}"],
        cwd=repository,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
