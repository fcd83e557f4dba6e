"""The layers of the design, held by tools: imports point downwards, and what is heavy waits."""

from __future__ import annotations

import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import mig_assist
from tests.conftest import WorkspaceCopy

HEAVY = (
    "docker",
    "jinja2",
    "libsql",
    "postgast",
    "psycopg",
    "questionary",
    "rich",
    "sqlglot",
    "textual",
)

IMPORT_ALL = """
import importlib, json, sys
loaded_by = {}
for name in sys.argv[1:]:
    importlib.import_module(name)
    if "textual" in sys.modules:
        loaded_by.setdefault("textual", name)
print(json.dumps(loaded_by))
"""

RUN_STATUS = """
import json, sys
from mig_assist.program import main
sys.argv = ["mig-assist", "status"]
try:
    main()
except SystemExit as end:
    status = end.code
else:
    status = 0
print(json.dumps({"status": status or 0, "loaded": sorted(sys.modules)}), file=sys.stderr)
"""


def _fresh_interpreter(code: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


def _modules_below_the_app() -> list[str]:
    names = [module.name for module in pkgutil.walk_packages(mig_assist.__path__, "mig_assist.")]
    return [name for name in names if not f"{name}.".startswith("mig_assist.app.")]


def test_imports_keep_the_contracts(repository: Path) -> None:
    linted = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )

    assert linted.returncode == 0, linted.stdout + linted.stderr


def test_nothing_below_the_app_loads_textual(tmp_path: Path) -> None:
    modules = _modules_below_the_app()
    assert "mig_assist.cli.main" in modules

    imported = _fresh_interpreter(IMPORT_ALL, *modules, cwd=tmp_path)

    assert json.loads(imported.stdout) == {}


@pytest.mark.parametrize("git", [False, True], ids=["plain folder", "git repository"])
def test_status_loads_nothing_heavy(workspace_copy: WorkspaceCopy, git: bool) -> None:
    done = _fresh_interpreter(RUN_STATUS, cwd=workspace_copy(git=git))

    report = json.loads(done.stderr.splitlines()[-1])
    assert report["status"] == 0, done.stdout + done.stderr
    assert not set(report["loaded"]) & set(HEAVY)
