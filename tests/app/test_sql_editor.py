"""The pair written in the app: both sides, derived from each other, judged while one types."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from mig_assist.app.screens.editor import EditorScreen
from mig_assist.app.screens.preview import PreviewDialog
from mig_assist.app.sql_files import only_written
from mig_assist.app.widgets.code_area import MOST_COLOURED
from mig_assist.app.widgets.key_bar import KeyBar
from mig_assist.app.widgets.sql_pane import SqlArea, SqlPane
from mig_assist.backend import Backend
from mig_assist.workspace import open_workspace
from tests.app.conftest import NAME, OpenWizard, Wizard, have_no_postgres

LIBSQL = f"migrations/V18__{NAME}.sql"
POSTGRES = f"migrations/postgres/V18__{NAME}.sql"
TABLE = """-- Who may take which route.
CREATE TABLE route_rights (
    id TEXT PRIMARY KEY NOT NULL,
    team_id TEXT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX route_rights_team_idx ON route_rights (team_id);
"""


@pytest.fixture
def pair(begun: Path) -> Path:
    """A workspace with V18 in work and no server."""
    have_no_postgres(begun)
    return begun


def editor(w: Wizard) -> EditorScreen:
    assert isinstance(w.app.screen, EditorScreen)
    return w.app.screen


def pane(w: Wizard, backend: Backend = Backend.LIBSQL) -> SqlPane:
    return editor(w).panes[backend]


async def open_editor(w: Wizard) -> None:
    await w.press("v")
    await w.until(lambda: isinstance(w.app.screen, EditorScreen), "the editor")
    panes = editor(w).panes.values()
    await w.until(lambda: all(each.examined or each.refused for each in panes), "what it says")


async def write(w: Wizard, backend: Backend, text: str) -> None:
    """Put a text into a pane as if it was pasted over everything."""
    area = pane(w, backend).area
    area.focus()
    area.select_all()
    await w.type(text)
    await w.until(lambda: pane(w, backend).text == text, "the text")


async def test_both_sides_stand_beside_each_other(wizard: OpenWizard, pair: Path) -> None:
    async with wizard(pair, size=(140, 40)) as w:
        await open_editor(w)
        await w.shows(
            f"V18 {NAME}", f"libsql  {LIBSQL}", "PostgreSQL  migrations/postgres/V18__",
            "parse ✔", "marks ! ",
            "parity ✔ equal by the files", "^s save", "f3 ← derive", "f4 derive →", "esc back",
        )  # fmt: skip
        await w.press("escape")
        await w.shows("1  Version")


@pytest.mark.parametrize("size", [(80, 24), (100, 30)])
async def test_where_it_is_narrow_a_key_changes_sides(
    wizard: OpenWizard, pair: Path, size: tuple[int, int]
) -> None:
    async with wizard(pair, size=size) as w:
        await open_editor(w)
        screen = await w.shows(
            "libsql  migrations", "parse ✔", "f2 side", "f4 derive →", "esc back"
        )
        assert "PostgreSQL  migrations" not in screen
        assert all(len(line) <= size[0] for line in screen.splitlines())
        await w.press("f2")
        screen = await w.shows("PostgreSQL  migrations")
        assert "libsql  migrations" not in screen
        await w.press("X")
        assert pane(w, Backend.POSTGRES).text.startswith("X")


async def test_plain_keys_are_text(wizard: OpenWizard, pair: Path) -> None:
    async with wizard(pair) as w:
        await open_editor(w)
        before = pane(w).text
        await w.press("q", "n", "question_mark", "p", "tab")
        assert pane(w).text == f"qn?p    {before}"
        await w.press("ctrl+z", "ctrl+z")
        await w.until(lambda: pane(w).text == before, "undo")


async def test_half_typed_sql_is_marked_at_its_line(wizard: OpenWizard, pair: Path) -> None:
    async with wizard(pair, size=(140, 40)) as w:
        await open_editor(w)
        await write(w, Backend.LIBSQL, "CREATE TABLE a (id TEXT);\n\nCREATE TABL b (id TEXT);\n")
        await w.shows("✘ 3: near", "3✘", "parse ✘ 1")
        await write(w, Backend.POSTGRES, "\nALTER TABLE teams ADD COLUM\n")
        await w.shows("✘ 2: syntax error", "parse ✘ 2", "as saved")
        await write(w, Backend.POSTGRES, "\n-- mig-assist: todo which type?\nSELECT 1;\n")
        await w.shows("! 2: To decide: which type?", "2!", "marks ! 1")
        await w.press("f8")
        assert pane(w, Backend.POSTGRES).area.cursor_location == (1, 0)
        await write(w, Backend.LIBSQL, "CREATE TABLE a (id TEXT);\n")
        await write(w, Backend.POSTGRES, "SELECT 1;\n")
        await w.shows("parse ✔", "marks ✔")


async def test_saving_writes_both_sides_in_their_own_line_endings(
    wizard: OpenWizard, pair: Path
) -> None:
    (pair / POSTGRES).write_bytes(b"\xef\xbb\xbf" + b"SELECT 1;\r\nSELECT 2;\r\n")
    untouched = (pair / POSTGRES).stat()
    async with wizard(pair, size=(140, 40)) as w:
        await open_editor(w)
        await write(w, Backend.LIBSQL, "SELECT 3;\n")
        await w.shows("● not saved")
        await w.press("ctrl+s")
        await w.until(lambda: (pair / LIBSQL).read_text() == "SELECT 3;\n", "the file")
        await w.until(lambda: not pane(w).changed, "saved")
        assert (pair / POSTGRES).stat().st_mtime_ns == untouched.st_mtime_ns
        await write(w, Backend.POSTGRES, "SELECT 1;\nSELECT 4;\n")
        await w.press("ctrl+s")
        await w.until(lambda: not pane(w, Backend.POSTGRES).changed, "saved")
    assert (pair / POSTGRES).read_bytes() == b"\xef\xbb\xbf" + b"SELECT 1;\r\nSELECT 4;\r\n"


async def test_a_save_judges_the_pair_at_its_lines(wizard: OpenWizard, pair: Path) -> None:
    async with wizard(pair, size=(140, 40)) as w:
        await open_editor(w)
        postgres = pane(w, Backend.POSTGRES).text
        assert "name TEXT NOT NULL" in postgres
        await write(w, Backend.POSTGRES, postgres.replace("name TEXT NOT NULL", "name TEXT"))
        await w.press("ctrl+s")
        await w.shows("parity ✘ 1 divergence")
        await w.until(
            lambda: any("NULL" in p.message for each in editor(w).panes.values()
                        for p in each.shown),
            "the divergence at its line",
        )  # fmt: skip


async def test_a_side_is_derived_after_a_look_at_the_difference(
    wizard: OpenWizard, pair: Path
) -> None:
    async with wizard(pair, size=(140, 40)) as w:
        await open_editor(w)
        before = pane(w, Backend.POSTGRES).text
        await write(w, Backend.LIBSQL, TABLE)
        await w.press("f4")
        await w.until(lambda: isinstance(w.app.screen, PreviewDialog), "the preview")
        await w.shows("Derive PostgreSQL from libsql", "unsaved", "+-- Who may take which route.")
        await w.press("escape")
        await w.until(lambda: isinstance(w.app.screen, EditorScreen), "the editor")
        assert pane(w, Backend.POSTGRES).text == before
        await w.until(lambda: not w.app.busy("conversation"), "the end of it")
        await w.press("f4")
        await w.until(lambda: isinstance(w.app.screen, PreviewDialog), "the preview")
        await w.press("y")
        await w.until(lambda: "route_rights" in pane(w, Backend.POSTGRES).text, "the text")
        await w.until(lambda: not w.app.busy("conversation"), "the end of it")
        derived = pane(w, Backend.POSTGRES).text
        assert "BIGINT" in derived.upper()
        assert "STRICT" not in derived
        assert "route_rights" not in (pair / POSTGRES).read_text()
        await w.press("ctrl+s")
        await w.shows("parse ✔", "marks ✔", "parity ✔ equal by the files")
        assert (pair / POSTGRES).read_text() == derived
        await w.press("ctrl+z")
        await w.until(lambda: pane(w, Backend.POSTGRES).text == before, "undo")


async def test_the_other_way_round(wizard: OpenWizard, pair: Path) -> None:
    async with wizard(pair, size=(80, 24)) as w:
        await open_editor(w)
        await write(w, Backend.LIBSQL, "")
        await w.press("f2")
        sql = "ALTER TABLE teams ADD COLUMN seats BIGINT;\n"
        await write(w, Backend.POSTGRES, sql)
        await w.press("f3")
        await w.until(lambda: isinstance(w.app.screen, PreviewDialog), "the preview")
        await w.press("y")
        await w.shows("libsql  migrations", "ADD COLUMN seats INTEGER")


async def test_what_is_not_certain_is_said_and_marked(wizard: OpenWizard, pair: Path) -> None:
    async with wizard(pair, size=(140, 40)) as w:
        await open_editor(w)
        await write(w, Backend.LIBSQL, "CREATE VIRTUAL TABLE notes USING fts5 (body);\n")
        await w.press("f4")
        await w.shows("1 mark in it asks you", "Marks")
        await w.press("y")
        await w.until(lambda: "mig-assist: todo" in pane(w, Backend.POSTGRES).text, "the mark")
        await w.shows("marks ! ")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SELECT 1;\nCREATE TABL nonsense (;\n", "libsql does not parse at line 2"),
        ("-- Nothing here yet.\n", "There is no libsql SQL yet"),
    ],
)
async def test_nothing_is_derived_from_what_does_not_parse(
    wizard: OpenWizard, pair: Path, text: str, said: str
) -> None:
    async with wizard(pair, size=(80, 24)) as w:
        await open_editor(w)
        before = pane(w, Backend.POSTGRES).text
        await write(w, Backend.LIBSQL, text)
        await w.press("f2", "f4")
        await w.shows(said)
        assert "f4 derive" not in w.text  # no key of the editor works below a dialog
        await w.press("escape")
        await w.shows("f4 derive →")
        assert pane(w, Backend.POSTGRES).text == before
        if "line 2" in said:
            assert editor(w).current.backend is Backend.LIBSQL
            assert pane(w).area.cursor_location == (1, 0)


async def test_what_cannot_run_in_a_versions_transaction_is_unsafe(
    wizard: OpenWizard, pair: Path
) -> None:
    async with wizard(pair, size=(140, 40)) as w:
        await open_editor(w)
        await w.shows("safety needs PostgreSQL")
        await write(w, Backend.LIBSQL, "SELECT 1;\nBEGIN;\nATTACH 'x' AS y;\n")
        await w.shows("safety ✘ 2", "✘ 2: This begins or ends a transaction", "3✘")
        await w.press("f8", "f8")
        assert pane(w).area.cursor_location == (2, 0)
        await w.press("ctrl+s")
        await w.shows("does not apply", "safety ✘ 2")  # the same is not told twice


async def test_a_transaction_of_the_files_own_is_safe_where_merged_ones_have_it(
    wizard: OpenWizard, pair: Path
) -> None:
    shutil.rmtree(pair / ".git")  # so that all but the newest version counts as merged
    for path in pair.glob("migrations/V17*.sql"):
        path.write_text(f"BEGIN;\n{path.read_text()}\nCOMMIT;\n")
    async with wizard(pair, size=(140, 40)) as w:
        await open_editor(w)
        await write(w, Backend.LIBSQL, "BEGIN;\nSELECT 1;\nCOMMIT;\nATTACH 'x' AS y;\n")
        await w.shows("safety ✘ 1")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_every_key_of_the_editor_is_shown(
    wizard: OpenWizard, pair: Path, size: tuple[int, int]
) -> None:
    async with wizard(pair, size=size) as w:
        await open_editor(w)
        await w.shows(
            "^s save", "f2 side", "f3 ← derive", "f4 derive →", "f8 problem", "f9 $EDITOR",
            "esc back", "^p commands", "f1 help",
        )  # fmt: skip
        (pair / LIBSQL).write_text("SELECT 'elsewhere';\n")
        await w.shows("^r take over")
        bar = w.app.screen.query_one(KeyBar)
        await w.pilot.click(KeyBar, offset=(bar.size.width - 3, bar.size.height - 1))
        await w.shows("Keys and marks")


async def test_enter_is_no_yes_where_anothers_text_would_be_lost(
    wizard: OpenWizard, pair: Path
) -> None:
    async with wizard(pair) as w:
        await open_editor(w)
        await write(w, Backend.LIBSQL, "SELECT 'here';\n")
        (pair / LIBSQL).write_text("SELECT 'elsewhere';\n")
        await w.press("ctrl+s")
        await w.shows("Write over it  y")
        await w.press("enter")
        await w.shows("Write over it  y")
        assert (pair / LIBSQL).read_text() == "SELECT 'elsewhere';\n"


async def test_a_file_written_by_another_program_is_offered(wizard: OpenWizard, pair: Path) -> None:
    async with wizard(pair, size=(80, 24)) as w:
        await open_editor(w)
        before = pane(w).text
        (pair / LIBSQL).write_text("SELECT 'elsewhere';\n")
        await w.shows("was changed on disk: ^r takes it over")
        assert pane(w).text == before
        await w.press("ctrl+r")
        await w.shows("SELECT 'elsewhere';")
        await w.until(lambda: not pane(w).overtaken and not pane(w).changed, "taken over")
        assert "changed on disk" not in w.text
        await w.press("ctrl+z")
        await w.until(lambda: pane(w).text == before, "undo")


async def test_a_save_over_anothers_asks_first(wizard: OpenWizard, pair: Path) -> None:
    async with wizard(pair, size=(140, 40)) as w:
        await open_editor(w)
        await write(w, Backend.LIBSQL, "SELECT 'here';\n")
        (pair / LIBSQL).write_text("SELECT 'elsewhere';\n")
        await w.press("ctrl+s")
        await w.shows("Changed on disk", "-SELECT 'elsewhere';", "+SELECT 'here';")
        await w.press("escape")
        await w.until(lambda: not w.app.busy("conversation"), "the end of it")
        assert (pair / LIBSQL).read_text() == "SELECT 'elsewhere';\n"
        await w.shows("^s shows both and asks")
        await w.press("ctrl+s")
        await w.until(lambda: isinstance(w.app.screen, PreviewDialog), "the preview")
        await w.press("y")
        await w.until(lambda: (pair / LIBSQL).read_text() == "SELECT 'here';\n", "the file")


async def test_leaving_with_unsaved_text_asks(wizard: OpenWizard, pair: Path) -> None:
    async with wizard(pair) as w:
        await open_editor(w)
        before = (pair / LIBSQL).read_text()
        await w.press("X", "ctrl+q")
        await w.shows("Quit with unsaved text?", LIBSQL)
        await w.press("n")
        await w.until(lambda: isinstance(w.app.screen, EditorScreen), "the editor")
        await w.press("escape")
        await w.shows("There is unsaved text", "Leave without saving")
        await w.press("escape")
        await w.until(lambda: not w.app.busy("conversation"), "the end of it")
        await w.press("escape")
        await w.shows("There is unsaved text")
        await w.press("enter")
        await w.shows("1  Version")
        assert (pair / LIBSQL).read_text() == f"X{before}"
        assert not w.app.unsaved


@pytest.mark.parametrize(
    "content",
    ["SELECT 1;\n" * (MOST_COLOURED // 10 + 1), "SELECT '\u2028';\n", "SELECT '\x0c';\n"],
)
async def test_what_it_cannot_hold_is_left_to_others(
    wizard: OpenWizard, pair: Path, content: str
) -> None:
    (pair / LIBSQL).write_text(content)
    async with wizard(pair, size=(140, 40)) as w:
        await open_editor(w)
        await w.shows("not here", "Edit it in $EDITOR.")
        await w.press("f4")
        await w.shows("cannot be edited here", "mig-assist derive")
        await w.press("escape", "escape")
    assert (pair / LIBSQL).read_text() == content


async def test_a_text_is_no_command_to_the_terminal(wizard: OpenWizard, pair: Path) -> None:
    (pair / LIBSQL).write_text("SELECT '\x1b]0;title\x07', '\u202e';\n")
    async with wizard(pair) as w:
        await open_editor(w)
        assert "\x1b" not in await w.shows("SELECT '·]0;title·', '·';")


async def test_a_missing_file_is_made_by_the_first_save(wizard: OpenWizard, pair: Path) -> None:
    (pair / POSTGRES).unlink()
    async with wizard(pair, size=(140, 40)) as w:
        await open_editor(w)
        await w.shows("no file yet")
        await write(w, Backend.POSTGRES, "SELECT 1;\n")
        await w.press("ctrl+s")
        await w.until((pair / POSTGRES).exists, "the file")
    assert (pair / POSTGRES).read_text() == "SELECT 1;\n"


async def test_without_a_grammar_the_text_is_plain(
    wizard: OpenWizard, pair: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tree_sitter_sql", None)
    async with wizard(pair) as w:
        await open_editor(w)
        await write(w, Backend.LIBSQL, "SELECT 1;\n")
        await w.shows("parse ✔")


async def test_ten_thousand_statements_keep_the_keys_alive(wizard: OpenWizard, pair: Path) -> None:
    (pair / LIBSQL).write_text(";\n" * 9_000 + "SELECT (" * 2_000)
    async with wizard(pair, size=(140, 40)) as w:
        await w.press("v")
        await w.until(lambda: isinstance(w.app.screen, EditorScreen), "the editor")
        await w.press(*"typing")
        assert pane(w).text.startswith("typing;")
        await w.shows("parse ✘")
        area = pane(w).area
        lines, wrapped = area.document.line_count, area.wrapped_document
        assert wrapped.height == lines
        # Whatever asks for the height while lines are drawn must not count them all anew.
        wrapped._wrap_offsets.clear()
        assert wrapped.height == lines


async def test_item_2_offers_to_derive_what_is_not_written(wizard: OpenWizard, pair: Path) -> None:
    workspace = open_workspace(pair)
    assert only_written(workspace, 18, NAME) is None
    (pair / LIBSQL).write_text(TABLE)
    assert only_written(workspace, 18, NAME) is Backend.LIBSQL
    async with wizard(pair, size=(140, 40)) as w:
        await w.select("pair")
        await w.shows("v write", "V derive PostgreSQL")
        await w.press("V")
        await w.shows("Derive PostgreSQL from libsql", "+-- Who may take which route.")
        await w.press("y")
        await w.until(lambda: isinstance(w.app.screen, EditorScreen), "the editor")
        await w.until(lambda: "route_rights" in pane(w, Backend.POSTGRES).text, "the text")
        await w.press("ctrl+s")
        await w.until(lambda: not w.app.unsaved, "saved")
        await w.press("escape")
        await w.until(lambda: "V derive PostgreSQL" not in w.text, "the end of the offer")


async def test_the_views_of_the_pair_lead_to_it(wizard: OpenWizard, pair: Path) -> None:
    async with wizard(pair) as w:
        for keys in ("f", "d"):
            await w.press(keys)
            await w.shows("The pair" if keys == "f" else "both schemas")
            await open_editor(w)
            await w.press("escape")
            await w.until(lambda: not isinstance(w.app.screen, EditorScreen), "back")
            await w.until(lambda: not w.app.busy("conversation"), "the end of it")
        assert not w.app.screen.query(SqlArea)


async def test_live_engines_judge_each_save_here_and_elsewhere(
    wizard: OpenWizard, served: Path
) -> None:
    async with wizard(served, size=(140, 40)) as w:
        await open_editor(w)
        await w.shows("safety ✔", "parity ✔ equal ·")
        good = pane(w, Backend.POSTGRES).text
        await write(w, Backend.POSTGRES, good.replace("CREATE INDEX", "CREATE UNIQUE INDEX"))
        await w.shows("as saved")
        await w.press("ctrl+s")
        await w.shows("parity ✘ 1 divergence", "safety ✔")
        (served / POSTGRES).write_text(good)
        await w.shows("parity ✔ equal ·", "^r takes it over")
        await w.press("ctrl+r")
        await w.until(lambda: pane(w, Backend.POSTGRES).text == good, "the text")


async def test_live_engines_tell_what_is_unsafe_at_its_line(
    wizard: OpenWizard, served: Path
) -> None:
    backfill = "UPDATE teams SET name = '{}';\n"
    async with wizard(served, size=(140, 40)) as w:
        await open_editor(w)
        await w.shows("safety ✔")
        table = pane(w, Backend.POSTGRES).text
        # Only the server knows that an index cannot be built so inside a transaction.
        await write(w, Backend.POSTGRES, table.replace("CREATE INDEX", "CREATE INDEX CONCURRENTLY"))
        await w.press("ctrl+s")
        await w.shows("safety ✘ 1", "does not apply", "cannot run inside a transaction block")
        await w.press("f8", "f8", "f8")
        assert pane(w, Backend.POSTGRES).area.cursor_location[0] == table.count("\n") - 1
        await write(w, Backend.POSTGRES, table + backfill.format("a"))
        await write(w, Backend.LIBSQL, pane(w).text + backfill.format("b"))
        await w.press("ctrl+s")
        await w.shows("safety ✘ ", "divergence")
