"""The screen stays true: edits, branches, other terminals, broken files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from mig_assist.checklist.state import State
from tests.app.conftest import NAME, OpenWizard
from tests.conftest import WorkspaceCopy


async def test_an_edit_outside_makes_its_items_stale(wizard: OpenWizard, begun: Path) -> None:
    async with wizard(begun) as w:
        await w.press("r")
        await w.until(lambda: w.state("version") is State.DONE)
        await w.select("registry")
        await w.press("r")
        await w.until(lambda: w.state("registry") is State.DONE)
        file = begun / "migrations" / f"V18__{NAME}.sql"
        file.write_text(file.read_text() + "-- more\n")
        await w.until(lambda: w.state("registry") is State.STALE)
        await w.shows("!  4 Registry", "changed since")
        assert w.state("version") is State.DONE


async def test_another_branch_is_shown(wizard: OpenWizard, begun: Path) -> None:
    async with wizard(begun) as w:
        subprocess.run(["git", "checkout", "-q", "-b", "feat/routes"], cwd=begun, check=True)
        await w.shows("── feat/routes ─")


async def test_a_migration_begun_in_another_terminal_comes_into_view(
    wizard: OpenWizard, workspace_copy: WorkspaceCopy
) -> None:
    root = workspace_copy()
    async with wizard(root) as w:
        await w.shows("No migration in work")
        subprocess.run(
            [sys.executable, "-m", "mig_assist", "new", "--name", NAME, "--yes"],
            cwd=root, check=True, capture_output=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        await w.shows(f"V18 {NAME}", "·  1 Version")


async def test_a_configuration_that_breaks_is_a_panel_and_mends_by_itself(
    wizard: OpenWizard, begun: Path
) -> None:
    config = begun / "mig-assist.toml"
    before = config.read_text()
    async with wizard(begun) as w:
        config.write_text(before + "\nnonsense = [/red]\n")
        await w.shows("✘ mig-assist.toml is not valid TOML", "→ Mend the line")
        await w.press("escape")
        await w.shows("1  Version")
        config.write_text(before.replace("baseline = 17", "baseline = 16"))
        await w.until(lambda: w.app.session.workspace.config.baseline == 16)
        assert "✘ mig-assist.toml" not in w.text


async def test_a_ledger_that_cannot_be_read_is_a_panel_once(
    wizard: OpenWizard, begun: Path
) -> None:
    async with wizard(begun) as w:
        w.app.session.ledger.close()
        await w.shows("✘ The ledger cannot be used")
        await w.press("escape")
        await w.shows("1  Version")
        w.app.lookout.look()
        await w.until(lambda: not w.app.busy("look"))
        assert "cannot be used" not in w.text
