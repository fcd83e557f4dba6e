"""``mig-assist new`` as a conversation in a terminal."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.terminal.driver import OpenTerminal, Terminal


@pytest.fixture
def begun(terminal: OpenTerminal, root: Path) -> Terminal:
    """The conversation, after its first two answers."""
    w = terminal([sys.executable, "-m", "mig_assist", "new"], cwd=root)
    w.wait_for("Name of V18")
    w.type("update")
    w.press("Enter")
    w.wait_for("does not say what changes")
    w.press("C-u")
    w.type("add_region_to_teams")
    w.press("Enter")
    w.wait_for("Scaffold")
    w.press("Enter")
    w.wait_for("Table")
    return w


def test_questions_lead_to_both_files(begun: Terminal, root: Path) -> None:
    begun.type("nowhere")
    begun.press("Enter")
    begun.wait_for("There is no nowhere.")
    begun.press("C-u")
    begun.type("teams")
    begun.press("Enter")
    for question, answer in (
        ("Column", "region"),
        ("Type on libsql", "TEXT"),
        ("NOT NULL", "y"),
        ("Default", "'eu'"),
        ("Condition", ""),
        ("Table that it refers to", ""),
        ("What changes and why", "Where a team's data lies."),
        ("Write these", "y"),
    ):
        begun.wait_for(f"? {question}")
        begun.type(answer)
        if answer != "y":
            begun.press("Enter")
    begun.wait_for("is in work")
    assert begun.wait_for_exit() == 0
    for folder in ("migrations", "migrations/postgres"):
        text = (root / folder / "V18__add_region_to_teams.sql").read_text()
        assert "ALTER TABLE teams ADD COLUMN region TEXT NOT NULL DEFAULT 'eu';" in text
        assert "mig-assist: todo" not in text


def test_an_interrupt_leaves_nothing_behind(begun: Terminal, root: Path) -> None:
    begun.press("C-c")
    assert begun.wait_for_exit() == 130
    assert "Nothing was written" in begun.screen()
    assert not list(root.glob("**/*V18*"))
    assert "version = 18" not in (root / "migrations/registry.toml").read_text()


def test_enter_keeps_what_a_column_has(terminal: OpenTerminal, root: Path) -> None:
    command = [sys.executable, "-m", "mig_assist", "new", "--template", "rebuild"]
    told = ["--name", "retype_route_strategy", "--table", "routes", "--column", "strategy"]
    w = terminal([*command, *told, "--summary", "As before."], cwd=root)
    for question in ("Type on libsql (enter keeps TEXT)", "NOT NULL (Y/n)"):
        w.wait_for(f"? {question}")
        w.press("Enter")
    w.wait_for("? Default")
    w.type("'weighted'")
    w.press("Enter")
    w.wait_for("Write these")
    w.type("y")
    w.wait_for("is in work")
    libsql = (root / "migrations/V18__retype_route_strategy.sql").read_text()
    assert "strategy TEXT NOT NULL DEFAULT 'weighted'" in libsql
    postgres = (root / "migrations/postgres/V18__retype_route_strategy.sql").read_text()
    assert "SET DEFAULT 'weighted'" in postgres
    assert "NOT NULL" not in postgres
