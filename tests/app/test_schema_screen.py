"""Both schemas in the wizard: the tree, both sides, divergences, and verdicts after each save."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from mig_assist import local_postgres
from mig_assist.app.screens.schema import SchemaScreen
from mig_assist.app.widgets.finding_list import FindingList
from mig_assist.app.widgets.schema_tree import SchemaTree
from mig_assist.checklist.state import State
from mig_assist.engines.scratch import sweep
from mig_assist.workspace import open_workspace
from tests.app.conftest import NAME, OpenWizard, Wizard, have_no_postgres
from tests.postgres_fixtures import scratch_databases
from tests.terminal.driver import OpenTerminal

LIBSQL = f"migrations/V18__{NAME}.sql"
POSTGRES = f"migrations/postgres/V18__{NAME}.sql"


def edit(root: Path, path: str, old: str, new: str) -> None:
    """Replace a text that must be there, as an editor outside would."""
    text = (root / path).read_text()
    assert old in text
    (root / path).write_text(text.replace(old, new))


def schema(w: Wizard) -> SchemaScreen:
    assert isinstance(w.app.screen, SchemaScreen)
    return w.app.screen


async def select(w: Wizard, label: str) -> None:
    """Highlight the row of the tree that begins with a label."""
    tree = w.app.screen.query_one(SchemaTree)
    for at in range(tree.option_count):
        tree.highlighted = at
        if tree.row is not None and tree.row.entry.label.startswith(label):
            await w.pilot.pause()
            return
    raise AssertionError(f"no row {label!r}\n{w.text}")


async def test_the_list_leads_to_the_schemas_and_they_to_the_files(
    wizard: OpenWizard, served: Path
) -> None:
    async with wizard(served) as w:
        await w.press("d")
        await w.shows(
            f"V18 {NAME}  both schemas", "✔ equal ·", "On libsql 3", "and PostgreSQL 18",
            f"+ {NAME}", "+ added in this", "e edit", "d files",
        )  # fmt: skip
        assert "teams" not in w.text  # V18 does not touch it
        await w.press("d")
        await w.shows("The pair", "CREATE TABLE")
        await w.press("escape")
        await w.shows("both schemas")
        await w.press("escape")
        await w.shows("1  Version")
        await w.press("f")
        await w.shows("The pair")


async def test_everything_of_a_table_on_both_sides(wizard: OpenWizard, served: Path) -> None:
    async with wizard(served, size=(140, 40)) as w:
        await w.press("d")
        await w.shows("✔ equal")
        for row, libsql, postgres in (
            ("created_at", "created_at INTEGER NOT NULL", "created_at bigint NOT NULL"),
            ("PRIMARY KEY", "PRIMARY KEY (id)", "PRIMARY KEY (id)"),
            ("CHECK", "CHECK (trim(name) <> '')", "TRIM(BOTH FROM name) <> ''"),
            ("INDEX", f"{NAME}_name_idx", "(name)"),
        ):
            await select(w, row)
            screen = await w.shows(libsql, postgres, "✔ The same on both sides.")
            headings = [line for line in screen.splitlines() if "── libsql ──" in line]
            assert "── PostgreSQL ──" in headings[0]
        await w.press("t")
        await select(w, "teams")
        await w.shows("This version does not change it", "1 earlier version not looked at")
        await w.press("space")
        await w.shows("INDEX", "slug")


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (140, 40)])
async def test_a_divergence_stands_in_its_place_with_its_fix(
    wizard: OpenWizard, served: Path, size: tuple[int, int]
) -> None:
    edit(served, POSTGRES, "name TEXT NOT NULL", "name TEXT")
    async with wizard(served, size=size) as w:
        await w.press("d")
        screen = await w.shows(
            "✘ 1 divergence ·", "✘+ route_compat", "✘+ name", "name TEXT NOT NULL", "name text",
            "✘ error parity/nullability", "migrations/V18__route_compat", "NULL on",
        )  # fmt: skip
        assert all(len(line) <= size[0] for line in screen.splitlines())
        w.app.screen.query_one(FindingList).scroll_end(animate=False)
        await w.shows("→ Rebuild" if size[0] > 80 else "SET NOT NULL")


async def test_keys_go_from_divergence_to_divergence(wizard: OpenWizard, served: Path) -> None:
    edit(served, POSTGRES, "name TEXT NOT NULL", "name TEXT")
    edit(served, POSTGRES, "CREATE INDEX", "CREATE UNIQUE INDEX")
    with (served / POSTGRES).open("a") as file:
        file.write("ALTER TABLE teams ADD COLUMN motto TEXT;\n")
    async with wizard(served) as w:
        await w.press("d")
        await w.shows("✘ 3 divergences", "~ teams ✘1 changed")
        tree = w.app.screen.query_one(SchemaTree)
        seen = []
        for key in ("", "n", "n", "n", "N"):
            if key:
                await w.press(key)
            assert tree.row is not None
            seen.append(tree.row.entry.label)
        assert seen == ["name", f"INDEX {NAME}_name_idx", "motto", "name", "motto"]
        await w.shows("nothing", "motto text", "on PostgreSQL only")


async def test_what_a_version_changes_is_marked(wizard: OpenWizard, served: Path) -> None:
    for path, kind in ((LIBSQL, "TEXT"), (POSTGRES, "TEXT")):
        with (served / path).open("a") as file:
            file.write(f"ALTER TABLE teams ADD COLUMN motto {kind};\nDROP VIEW team_daily_spend;\n")
    async with wizard(served, size=(140, 40)) as w:
        await w.press("d")
        await w.shows("~ teams changed", "+ motto added", "- VIEW team_daily_spend", "removed")
        await select(w, "teams")
        await w.shows("+   motto TEXT", "+   motto text", "~ changed in this version")
        await select(w, "team_daily_spend")
        await w.shows("- removed in this version", "✔ Removed on both sides.")


async def test_a_save_outside_mends_a_divergence(
    wizard: OpenWizard, served: Path, postgres_url: str
) -> None:
    edit(served, POSTGRES, "name TEXT NOT NULL", "name TEXT")
    before = scratch_databases(postgres_url)
    async with wizard(served) as w:
        await w.press("d")
        await w.shows("✘ 1 divergence")
        for _ in range(5):  # the last save counts, however fast they follow
            edit(served, POSTGRES, "name TEXT", "name VARCHAR(9)")
            edit(served, POSTGRES, "name VARCHAR(9)", "name TEXT")
        edit(served, POSTGRES, "name TEXT", "name TEXT NOT NULL")
        await w.shows("✔ equal ·", "✔ The same on both sides.")
        tree = w.app.screen.query_one(SchemaTree)
        assert tree.row is not None
        assert tree.row.entry.label == "name"  # it stays where one looked
        assert scratch_databases(postgres_url) > before
        await w.press("escape")
        await w.until(lambda: scratch_databases(postgres_url) == before, "their end")


async def test_leaving_the_wizard_leaves_no_database(
    wizard: OpenWizard, served: Path, postgres_url: str
) -> None:
    before = scratch_databases(postgres_url)
    async with wizard(served) as w:
        await w.press("d")
        await w.shows("✔ equal")
        view = schema(w)
    verdicts = view._verdicts
    assert verdicts is not None
    verdicts._thread.shutdown(wait=True)
    assert scratch_databases(postgres_url) == before


async def test_half_typed_sql_is_shown_at_its_line(wizard: OpenWizard, served: Path) -> None:
    async with wizard(served, size=(80, 24)) as w:
        await w.press("d")
        await w.shows("✔ equal")
        edit(served, POSTGRES, "CREATE INDEX", "CREATE INDX")
        line = (served / POSTGRES).read_text().partition("CREATE INDX")[0].count("\n") + 1
        await w.shows("✘ does not apply", f"✘ {POSTGRES}:{line}: syntax error", "+ route_compat")
        await w.press("n")
        await w.shows("parity/apply-failed", 'at or near "INDX"')
        await select(w, "created_at")
        await w.shows("As of the last version that applied.")
        assert "✔" not in w.text
        edit(served, POSTGRES, "CREATE INDX", "CREATE INDEX")
        await w.shows("✔ equal")
        assert "does not apply" not in w.text


async def test_what_is_shown_of_files_that_cannot_be_read_is_marked(
    wizard: OpenWizard, served: Path
) -> None:
    good = (served / POSTGRES).read_bytes()
    async with wizard(served, size=(100, 30)) as w:
        await w.press("d")
        await w.shows("✔ equal ·", "On libsql 3", "✔ The same on both sides.")
        (served / POSTGRES).write_bytes(b"-- \xff\n" + good)
        await w.shows(
            "✘ not compared", "What follows is of the last files that could be read.",
            "As of the last version that could be read.",
        )  # fmt: skip
        assert "✔" not in w.text
        assert "On libsql 3" not in w.text
        (served / POSTGRES).write_bytes(good)
        await w.shows("✔ equal ·", "✔ The same on both sides.")
        for path in (LIBSQL, POSTGRES):
            (served / path).unlink()
        await w.shows("✘ not compared", "As of the last version that could be read.")


async def test_without_a_server_the_files_are_compared(wizard: OpenWizard, begun: Path) -> None:
    edit(begun, POSTGRES, "name TEXT NOT NULL", "name TEXT")
    async with wizard(begun, size=(80, 24)) as w:
        await w.press("d")
        await w.shows(
            "✘ 1 divergence", "By the files alone, without PostgreSQL;", "p starts one", "✘+ name",
             "parity/nullability",
        )  # fmt: skip
        edit(begun, POSTGRES, "name TEXT", "name TEXT NOT NULL")
        await w.shows("✔ equal by the files", "✔ The files say the same.")
        await w.press("p")
        await w.shows("The local PostgreSQL", "○ none runs")
    assert local_postgres.running(begun, local_postgres.PostgresSettings()) is None


async def test_a_server_that_cannot_be_meant_is_said(wizard: OpenWizard, begun: Path) -> None:
    have_no_postgres(begun)
    async with wizard(begun) as w:
        await w.press("d")
        await w.shows("✔ equal by the files", "! Not a PostgreSQL URL.")


async def test_a_server_that_starts_and_goes_away(wizard: OpenWizard, begun: Path) -> None:
    settings = local_postgres.settings_for(open_workspace(begun), {})
    async with wizard(begun) as w:
        await w.press("d")
        await w.shows("✔ equal by the files")
        local_postgres.start(begun, settings)
        w.app.lookout.look_at_postgres()
        await w.shows("On libsql 3", "✔ equal ·")
        local_postgres.stop(begun, settings)
        edit(begun, POSTGRES, "CREATE INDEX", "CREATE UNIQUE INDEX")
        await w.shows("✘ 1 divergence", "By the files alone")


async def test_a_waived_divergence_shows_its_reason(wizard: OpenWizard, served: Path) -> None:
    edit(served, POSTGRES, "CREATE INDEX", "CREATE UNIQUE INDEX")
    with (served / POSTGRES).open("a") as file:
        file.write(f"-- mig-assist: allow parity/unique {NAME}_name_idx: libsql follows in V19\n")
    async with wizard(served) as w:
        await w.press("d")
        await w.shows("✔ equal", "–+ INDEX")
        await w.shows("– waived error", "reason: libsql follows in V19")


async def test_a_finding_in_the_list_leads_to_its_object(wizard: OpenWizard, served: Path) -> None:
    edit(served, POSTGRES, "CREATE INDEX", "CREATE UNIQUE INDEX")
    edit(served, POSTGRES, "name TEXT NOT NULL", "name TEXT")
    async with wizard(served) as w:
        await w.select("pair")
        await w.press("r")
        await w.until(lambda: w.state("pair") is State.FAILED)
        findings = w.app.screen.query_one(FindingList)
        await w.until(lambda: findings.findings)
        findings.focus()
        findings.highlighted = [f.code for f in findings.findings].index("parity/unique")
        await w.press("enter")
        await w.shows("both schemas", "✘ 2 divergences")
        row = w.app.screen.query_one(SchemaTree).row
        assert row is not None
        assert row.entry.label == f"INDEX {NAME}_name_idx"


async def test_the_tree_is_worked_with_the_mouse(wizard: OpenWizard, served: Path) -> None:
    async with wizard(served) as w:
        await w.press("d")
        await w.shows("✔ equal", "+ created_at")
        at = next(n for n, line in enumerate(w.text.splitlines()) if f"+ {NAME}" in line)
        top = w.app.screen.query_one(SchemaTree).region.y
        for _ in range(5):  # a verdict that comes in between may lay the tree out anew
            await w.pilot.click("#schema-tree", offset=(8, at - top))
            await w.pilot.pause(0.1)
            if "+ created_at" not in w.text:
                break
        assert "+ created_at" not in w.text


def test_e_opens_the_place_of_a_divergence_and_the_verdict_follows(
    terminal: OpenTerminal, served: Path, tmp_path: Path
) -> None:
    edit(served, POSTGRES, "name TEXT NOT NULL", "name TEXT")
    script = tmp_path / "vi"
    log = shlex.quote(str(tmp_path / "opened"))
    mended = "s/name TEXT CHECK/name TEXT NOT NULL CHECK/"
    script.write_text(
        f'#!/bin/sh\nprintf "%s " "$@" > {log}\nsed -i "{mended}" {shlex.quote(POSTGRES)}\n'
    )
    script.chmod(0o755)
    w = terminal([sys.executable, "-m", "mig_assist"], cwd=served, env={"EDITOR": str(script)})
    w.wait_for("not run yet")
    w.press("d")
    w.wait_for("✘ 1 divergence")
    w.press("e")
    w.wait_for("✔ equal")
    opened = (tmp_path / "opened").read_text()
    assert opened.startswith("+")
    assert LIBSQL in opened


def test_what_a_killed_wizard_leaves_is_swept(
    terminal: OpenTerminal, served: Path, postgres_url: str
) -> None:
    before = scratch_databases(postgres_url)
    w = terminal([sys.executable, "-m", "mig_assist"], cwd=served)
    w.wait_for("not run yet")
    w.press("d")
    w.wait_for("✔ equal")
    left = scratch_databases(postgres_url) - before
    assert left
    w.kill()
    w.wait_for_exit()
    assert left & set(sweep(postgres_url))
    assert not left & scratch_databases(postgres_url)
