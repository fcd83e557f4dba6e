"""The main job in a real terminal: author V18, be killed in the middle, resume, finish."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mig_assist.draft.embedded import embedded_root
from mig_assist.draft.tour import document, make_workspace
from mig_assist.file_changes import write_all
from mig_assist.local_postgres import remove
from mig_assist.workspace import open_workspace
from tests.processes import at_work_in
from tests.require import require
from tests.terminal.driver import OpenTerminal, Terminal

NAME = "route_compatibility_profiles"
MIG_ASSIST = [sys.executable, "-m", "mig_assist"]
PATIENCE_SECONDS = 120.0

# An "editor" that writes what a person would have typed into each of the two files.
EDITOR = """#!/bin/sh
case "$1" in
    */postgres/*) cp '{tour}/postgres.sql' "$1" ;;
    *) cp '{tour}/libsql.sql' "$1" ;;
esac
"""


def eventually(condition: Callable[[], Any], what: str) -> Any:
    """The first true value of a condition."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"never happened: {what}")


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """The tour's workspace, a git repository; its PostgreSQL is removed afterwards."""
    require(shutil.which("git"), "git (apt-get install git)")
    folder = tmp_path / "gateway"
    folder.mkdir()
    make_workspace(folder)
    yield folder
    remove(folder)


@pytest.fixture
def environment(tmp_path: Path, root: Path) -> dict[str, str]:
    editor = tmp_path / "editor"
    editor.write_text(EDITOR.format(tour=embedded_root() / "scaffolds" / "tour"))
    editor.chmod(0o755)
    return {
        "EDITOR": str(editor),
        "VISUAL": "",
        "POSTGRES_URL": "",
        "TEST_POSTGRES_URL": "",
        "MISE_TRUSTED_CONFIG_PATHS": str(root),
    }


def status(root: Path) -> dict[str, Any]:
    done = subprocess.run(
        [*MIG_ASSIST, "status", "--json"], cwd=root, capture_output=True, text=True, check=False
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def states(root: Path) -> dict[str, str]:
    return {item["key"]: item["state"] for item in status(root)["items"]}


def holds(file: Path, text: str) -> bool:
    return text in file.read_text()


def author(wizard: Terminal, root: Path) -> None:
    """Begin V18 and write it, as a person at the keyboard does."""
    wizard.wait_for("No migration in work")
    wizard.press("n")
    wizard.wait_for("Begin a migration")
    wizard.type(NAME)
    wizard.press("Enter")
    wizard.wait_for("may stay empty")
    wizard.press("Enter")
    wizard.wait_for("written together")
    wizard.press("y")
    wizard.wait_for(f"V18 {NAME}")
    for row, folder in enumerate(("migrations", "migrations/postgres")):
        sql = root / folder / f"V18__{NAME}.sql"
        wizard.wait_for("2 File pair")
        wizard.press("e")
        wizard.wait_for("Which file?")
        wizard.press(*["Down"] * row, "Enter")
        eventually(partial(holds, sql, "CONSTRAINT"), f"{sql} was edited")
        wizard.wait_until_gone("Which file?")
    tests = embedded_root() / "scaffolds" / "tour" / "tests.py"
    shutil.copy(tests, root / f"tests/store/test_v18_{NAME}.py")
    write_all(root, list(document(open_workspace(root)).values()))


def test_v18_is_authored_killed_resumed_and_finished(
    terminal: OpenTerminal, root: Path, environment: dict[str, str]
) -> None:
    wizard = terminal(MIG_ASSIST, cwd=root, env=environment)
    author(wizard, root)
    assert states(root) == dict.fromkeys(states(root), "todo")

    wizard.press("a")
    logs = root / ".mig-assist/logs"
    eventually(lambda: list(logs.glob("*-postgres-tests.log")), "the PostgreSQL path ran its tests")
    assert "running" in states(root)["postgres"]
    wizard.kill()
    eventually(lambda: not at_work_in(root), "what the wizard had started was ended with it")

    before = status(root)
    postgres = before["items"][6]
    assert postgres["state"] == "todo"
    assert "interrupted" in postgres["reason"]
    assert {key: s for key, s in states(root).items() if s == "done"}.keys() == {
        "version", "pair", "name", "registry", "tests", "libsql",
    }  # fmt: skip

    again = terminal(MIG_ASSIST, cwd=root, env=environment)
    again.wait_for(f"V18 {NAME}")
    again.wait_for("interrupted")
    again.press("a")
    again.wait_for("all passed", seconds=PATIENCE_SECONDS)
    assert set(states(root).values()) == {"done"}
    again.press("q")
    assert again.wait_for_exit() == 0
    after = status(root)
    assert after["items"][5] == before["items"][5], "what was proved before was not run again"
    versions = [e["versions"].get("postgres") for e in after["items"][6]["evidence"]]
    assert versions[0] is not None
    assert versions[0].startswith("18.")


def test_closing_the_terminal_in_the_middle_of_a_run_leaves_nothing_running(
    terminal: OpenTerminal, root: Path, environment: dict[str, str]
) -> None:
    config = root / "mig-assist.toml"
    text = config.read_text().replace(
        '["mig-assist", "migrate", "--backend", "libsql", "--apply"]',
        '["sh", "-c", "echo begun; sleep 300 & sleep 300"]',
    )
    config.write_text(text)
    (root / "mise.toml").unlink()
    wizard = terminal(MIG_ASSIST, cwd=root, env=environment)
    author(wizard, root)
    for _ in range(5):
        wizard.press("j")
    wizard.wait_for("6  libsql path")
    subprocess.run([*MIG_ASSIST, "run", "registry"], cwd=root, check=True, capture_output=True)
    wizard.press("r")
    wizard.wait_for("begun")
    wizard.hang_up()
    wizard.wait_for_exit()
    eventually(lambda: not at_work_in(root), "the task's whole group was ended")
    assert states(root)["libsql"] == "todo"


def test_two_terminals_see_each_other(
    terminal: OpenTerminal, root: Path, environment: dict[str, str]
) -> None:
    one = terminal(MIG_ASSIST, cwd=root, env=environment)
    author(one, root)
    two = terminal(MIG_ASSIST, cwd=root, env=environment)
    two.wait_for(f"V18 {NAME}")
    two.wait_for("·  1 Version")
    one.press("r")
    two.wait_for("✔  1 Version")
    for wizard in (one, two):
        wizard.press("q")
        assert wizard.wait_for_exit() == 0
