"""Editing: the user's own editor, at the right place, and back."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from mig_assist.app.editing import Target, command, find_editor, targets
from mig_assist.checklist.items import find_item
from mig_assist.checklist.run import run_items
from mig_assist.errors import EnvironmentLacks
from mig_assist.process import Cancellation
from mig_assist.workspace.config import CONFIG_NAME
from tests.app.conftest import NAME, OpenWizard, opened
from tests.checklist.observers import Silent
from tests.terminal.driver import OpenTerminal, Terminal

LIBSQL = f"migrations/V18__{NAME}.sql"
POSTGRES = f"migrations/postgres/V18__{NAME}.sql"


def _editor(folder: Path, script: str) -> str:
    path = folder / "editor"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def _wizard_in(terminal: OpenTerminal, root: Path, **env: str) -> Terminal:
    opened_terminal = terminal([sys.executable, "-m", "mig_assist"], cwd=root, env=env)
    opened_terminal.wait_for("not run yet")
    return opened_terminal


def test_the_editor_gets_the_terminal_and_gives_it_back(
    terminal: OpenTerminal, begun: Path, tmp_path: Path
) -> None:
    script = 'echo "-- mine" >> "$1"; echo EDITING "${1##*/workspace/}"; read answer'
    editor = _editor(tmp_path, script)
    w = _wizard_in(terminal, begun, EDITOR=editor)
    w.press("e")
    w.wait_for("Which file?")
    w.press("Down", "Enter")
    w.wait_for(f"EDITING {POSTGRES}")
    w.press("C-c")  # the editor's, not the wizard's
    w.wait_for("1  Version")
    assert (begun / POSTGRES).read_text().endswith("-- mine\n")
    assert "-- mine" not in (begun / LIBSQL).read_text()
    w.press("q")
    assert w.wait_for_exit() == 0


def test_an_editor_that_fails_is_told(terminal: OpenTerminal, begun: Path, tmp_path: Path) -> None:
    w = _wizard_in(terminal, begun, EDITOR=_editor(tmp_path, "exit 3"))
    w.press("e")
    w.wait_for("Which file?")
    w.press("Enter")
    w.wait_for("exit status 3")


def test_an_editor_that_is_not_there_is_told(terminal: OpenTerminal, begun: Path) -> None:
    w = _wizard_in(terminal, begun, VISUAL="/no/such/editor --wait")
    w.press("e")
    w.wait_for("Which file?")
    w.press("Enter")
    w.wait_for("The editor could not be started")
    w.wait_for("export EDITOR=vim")


async def test_where_the_terminal_cannot_be_handed_over_it_says_so(
    wizard: OpenWizard, begun: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "true")
    async with wizard(begun) as w:
        await w.select("libsql")
        await w.press("e")
        await w.shows("✘ No editor here", LIBSQL)


def test_visual_comes_before_editor_and_both_may_have_arguments() -> None:
    assert find_editor({"VISUAL": "code --wait", "EDITOR": "vi"}).argv == ("code", "--wait")
    assert find_editor({"VISUAL": " ", "EDITOR": "vi -u NONE"}).argv == ("vi", "-u", "NONE")


def test_without_either_a_small_editor_is_used_and_said(tmp_path: Path) -> None:
    (tmp_path / "vi").write_text("#!/bin/sh\n")
    (tmp_path / "vi").chmod(0o755)
    editor = find_editor({"PATH": str(tmp_path)})
    assert editor.argv == ("vi",)
    assert "$VISUAL and $EDITOR are not set" in editor.said
    assert "export EDITOR=" in editor.said


@pytest.mark.parametrize("environ", [{"PATH": "/nowhere"}, {"EDITOR": "vi 'open quote"}])
def test_no_usable_editor_says_how_to_set_one(environ: dict[str, str]) -> None:
    with pytest.raises(EnvironmentLacks) as raised:
        find_editor(environ)
    assert "export EDITOR=" in raised.value.fix


@pytest.mark.parametrize(
    ("editor", "argv"),
    [
        (("/usr/bin/nvim", "-R"), ["/usr/bin/nvim", "-R", "+7", "/w/f.sql"]),
        (("hx",), ["hx", "/w/f.sql:7"]),
        (("code", "--wait"), ["code", "--wait", "--goto", "/w/f.sql:7"]),
        (("some-editor",), ["some-editor", "/w/f.sql"]),
    ],
)
def test_a_line_is_said_in_the_editors_own_way(editor: tuple[str, ...], argv: list[str]) -> None:
    assert command(editor, Path("/w/f.sql"), 7) == argv
    assert command(editor, Path("/w/f.sql"), None) == [*editor, "/w/f.sql"]


def test_places_of_findings_come_first(begun: Path) -> None:
    with opened(begun) as session:
        item = find_item("pair")
        run_items(session, [item], Silent(), Cancellation())
        found = targets(session, session.overview().view("pair"))
    assert found[0].path == LIBSQL
    assert found[0].line == 1
    assert found[0].note


@pytest.mark.parametrize(
    ("key", "paths"),
    [
        ("libsql", [LIBSQL]),
        ("postgres", [POSTGRES]),
        ("registry", [LIBSQL, POSTGRES, "migrations/registry.toml"]),
        ("tests", [f"tests/store/test_v18_{NAME}.py", LIBSQL, POSTGRES]),
        ("data-docs", ["docs/data-relationships.md"]),
    ],
)
def test_each_item_has_its_files(begun: Path, key: str, paths: list[str]) -> None:
    with opened(begun) as session:
        found = targets(session, session.overview().view(key))
    assert found == [Target(path) for path in paths]


def test_a_registry_that_was_found_is_among_the_files(begun: Path) -> None:
    config = begun / CONFIG_NAME
    stated = '[registry]\nkind = "toml"\npath = "migrations/registry.toml"\n'
    config.write_text(config.read_text().replace(stated, ""))
    with opened(begun) as session:
        assert not session.workspace.config.registry.path
        found = targets(session, session.overview().view("registry"))
    assert Target("migrations/registry.toml") in found
