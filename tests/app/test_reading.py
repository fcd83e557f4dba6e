"""Dialogs to read: why, keys, log, the pair."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from textual.binding import Binding

from mig_assist.app.app import WizardApp
from mig_assist.app.screens.main import MainScreen
from mig_assist.app.screens.schema import SchemaScreen
from mig_assist.app.widgets.check_list import CheckList
from mig_assist.app.widgets.item_list import ItemList
from mig_assist.app.widgets.plain_list import PlainList
from mig_assist.app.widgets.schema_tree import SchemaTree
from mig_assist.checklist.overview import MARKS
from tests.app.conftest import NAME, OpenWizard, use_commands
from tests.conftest import WorkspaceCopy

OWN_BINDINGS = [
    binding
    for owner in (MainScreen, SchemaScreen, WizardApp, PlainList, ItemList, CheckList, SchemaTree)
    for binding in owner.BINDINGS
    if isinstance(binding, Binding)
]


def test_every_binding_has_a_lasting_name_and_says_what_it_does() -> None:
    names = [binding.id for binding in OWN_BINDINGS]
    assert all(names)
    assert len(set(names)) == len(names)
    assert all(binding.tooltip and binding.description for binding in OWN_BINDINGS)


def test_no_binding_needs_a_key_that_terminals_keep_for_themselves() -> None:
    keys = [key for binding in OWN_BINDINGS for key in binding.key.split(",")]
    assert not [key for key in keys if "shift+" in key or key in ("ctrl+enter", "ctrl+s", "ctrl+z")]


async def test_help_lists_every_binding_and_every_mark(wizard: OpenWizard, begun: Path) -> None:
    async with wizard(begun, size=(100, 90)) as w:
        await w.press("question_mark")
        screen = await w.shows("Keys and marks")
        for owner in (MainScreen, WizardApp, PlainList, ItemList):
            for binding in owner.BINDINGS:
                assert isinstance(binding, Binding)
                assert binding.tooltip in screen
        for mark in MARKS.values():
            assert f"  {mark}  " in screen
        await w.press("escape")
        await w.press("enter", "question_mark")
        await w.shows("Back to the list of items")  # the binding of the list that has the focus


async def test_the_palette_offers_every_action(wizard: OpenWizard, begun: Path) -> None:
    async with wizard(begun, size=(100, 120)) as w:
        commands = {c.title.lower(): c for c in w.app.get_system_commands(w.app.screen)}
        for description in ("run", "edit", "schema", "files", "why", "skip", "run all", "attest",
                            "log", "hand-off", "postgres", "new", "quit", "help"):  # fmt: skip
            assert any(title.startswith(f"{description}  (") for title in commands), description
        await w.press("ctrl+p")
        await w.shows("Search for commands")
        await w.type("why")
        await w.until(lambda: "Attest  (t)" not in w.text and "Why  (w)" in w.text)
        await w.press("enter")
        await w.shows("Why: 1 Version")


async def test_why_tells_everything_about_the_item(wizard: OpenWizard, begun: Path) -> None:
    async with wizard(begun, size=(100, 50)) as w:
        await w.press("r")
        await w.shows("✔ done")
        await w.press("w")
        await w.shows(
            "Why: 1 Version",
            "history no runner can explain",
            "the next shared number  an examination of mig-assist's own",
            "number: passed, ",
            "V18 is the next shared number",
            "seen by mig-assist",
            "it cannot be skipped or attested",
        )


async def test_the_pair_side_by_side_and_its_differences(wizard: OpenWizard, begun: Path) -> None:
    async with wizard(begun, size=(140, 40)) as w:
        await w.press("f")
        screen = await w.shows(
            "The pair", "libsql  migrations/V18", "PostgreSQL  migrations/postgres"
        )
        assert screen.count(f"CREATE TABLE {NAME} (") == 2
        await w.press("d")
        await w.shows(f"--- migrations/V18__{NAME}.sql", f"+++ migrations/postgres/V18__{NAME}.sql")
        await w.press("escape")
        await w.shows("1  Version")


async def test_a_side_that_cannot_be_read_says_why(wizard: OpenWizard, begun: Path) -> None:
    (begun / "migrations" / "postgres" / f"V18__{NAME}.sql").write_bytes(b"SELECT '\xff';")
    async with wizard(begun, size=(140, 40)) as w:
        await w.press("f")
        await w.shows("is not UTF-8", "0xff")


def test_sql_is_shown_plain_where_the_syntax_extra_is_missing(begun: Path) -> None:
    without = (
        "import sys; sys.modules['tree_sitter'] = None\n"
        "from mig_assist.app.widgets.code_area import CodeArea\n"
        "area = CodeArea('SELECT 1;', 'x.sql')\n"
        "assert area.text == 'SELECT 1;'\n"
    )
    subprocess.run([sys.executable, "-c", without], cwd=begun, check=True)


async def test_the_whole_log_of_the_selected_check(wizard: OpenWizard, begun: Path) -> None:
    use_commands(begun, lint=["sh", "-c", "seq 1 300; printf '[/red]\\n'"])
    async with wizard(begun) as w:
        await w.select("lint")
        await w.press("r")
        await w.shows("✔ done")
        await w.press("l")
        await w.shows(".mig-assist/logs/", "[/red]", "300")
        await w.press("home")
        await w.shows("$ sh -c")


async def test_no_log_says_so(wizard: OpenWizard, begun: Path) -> None:
    async with wizard(begun) as w:
        await w.press("l")
        await w.shows("✘ No log yet", "→ Run the item first.")


@pytest.mark.parametrize("key", ["escape", "enter"])
async def test_panels_close(wizard: OpenWizard, begun: Path, key: str) -> None:
    async with wizard(begun) as w:
        await w.press("l")
        await w.shows("✘ No log yet")
        await w.press(key)
        await w.until(lambda: "No log yet" not in w.text)


async def test_a_key_pressed_twice_closes_once(wizard: OpenWizard, begun: Path) -> None:
    async with wizard(begun) as w:
        await w.press("w")
        await w.shows("Why: 1 Version")
        for _ in range(3):
            w.app.simulate_key("escape")
        await w.until(lambda: "Why: 1 Version" not in w.text)
        await w.press("w")
        await w.shows("Why: 1 Version")


async def test_the_start_page_says_how_to_begin(
    wizard: OpenWizard, workspace_copy: WorkspaceCopy
) -> None:
    root = workspace_copy()
    async with wizard(root, size=(80, 24)) as w:
        await w.shows(
            "No migration in work on this branch.", "Next version  V18", "begin a migration, V18"
        )
        await w.press("r", "s", "d", "f")  # mean nothing here, and do nothing
        await w.shows("No migration in work")
        await w.press("question_mark")
        await w.shows("Keys and marks")
