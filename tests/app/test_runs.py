"""Running items: live, in order, cancelled without a trace."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from mig_assist.app.observer import MOST_LINES
from mig_assist.app.widgets.live_log import LiveLog
from mig_assist.checklist.state import State
from tests.app.conftest import OpenWizard, Wizard, have_no_postgres, let_lint_sleep, use_commands


def _sleepers(w: Wizard) -> list[psutil.Process]:
    """The processes of the task's group, found by the pid that it prints."""
    line = next(line for line in w.app.runs.live_lines if line.startswith("pid "))
    group = os.getpgid(int(line.split()[1]))
    return [p for p in psutil.process_iter() if _group(p) == group]


def _group(process: psutil.Process) -> int | None:
    try:
        return os.getpgid(process.pid)
    except ProcessLookupError:
        return None


async def _run_into_sleep(w: Wizard) -> list[psutil.Process]:
    await w.select("lint")
    await w.press("r")
    await w.shows("pid ", "▶ running", "▶ lint", "c cancel")
    found = _sleepers(w)
    assert found
    return found


async def test_r_runs_the_item_in_view(wizard: OpenWizard, begun: Path) -> None:
    async with wizard(begun) as w:
        await w.press("r")
        await w.until(lambda: w.state("version") is State.DONE)
        await w.shows("✔ V18 is the next shared number, after V17", "ms", "✔ done")


async def test_findings_stand_below_the_checks_in_full(wizard: OpenWizard, begun: Path) -> None:
    async with wizard(begun) as w:
        await w.select("pair")
        await w.press("r")
        await w.shows(
            "✘ failed",
            "✘ error pair/placeholder",
            "migrations/V18__route_compatibility_profiles.sql:1",
            "→ Answer it",
            "r run again",
        )


async def test_a_runs_everything_that_is_not_settled_and_leads_along(
    wizard: OpenWizard, begun: Path
) -> None:
    use_commands(begun, test_store=["true"], gateway_migrate=["true"], postgres_start=["true"])
    have_no_postgres(begun)
    async with wizard(begun) as w:
        await w.press("a")
        await w.shows("10 items run, failed: File pair,")
        await w.shows("✔  1 Version", "✘  2 File pair", "✔  3 Name", "✔  4 Registry",
                      "✘  7 PostgreSQL path", "✘ 10 ADR")  # fmt: skip
        assert w.state("lint") is State.TODO
        await w.shows("2  File pair")  # the first that is not settled


async def test_h_runs_the_hand_off(wizard: OpenWizard, begun: Path) -> None:
    use_commands(begun, lint=["true"], test=["true"])
    have_no_postgres(begun)
    async with wizard(begun) as w:
        await w.press("h")
        await w.shows("2 items run, failed: Test.", "✔    Lint", "✘    Test")


@pytest.mark.parametrize("key", ["c", "escape"])
async def test_cancelling_ends_the_whole_process_group(
    wizard: OpenWizard, begun: Path, key: str
) -> None:
    let_lint_sleep(begun)
    async with wizard(begun) as w:
        processes = await _run_into_sleep(w)
        await w.press(key)
        await w.until(lambda: w.app.running is None, "the end of the run")
        await w.shows("cancelled before it finished", "Cancelled.")
        assert not [p for p in processes if p.is_running()]


async def test_quitting_while_something_runs_asks_and_leaves_nothing_behind(
    wizard: OpenWizard, begun: Path
) -> None:
    let_lint_sleep(begun)
    async with wizard(begun) as w:
        processes = await _run_into_sleep(w)
        await w.press("q")
        await w.shows("Quit while something runs?")
        await w.press("n")
        assert w.app.running
        await w.press("q")
        await w.press("y")
        await w.until(lambda: w.app.running is None or not w.app.is_running, "the end")
        await w.until(lambda: not [p for p in processes if p.is_running()], "their end")
    assert w.app.return_code == 0


async def test_quitting_while_nothing_runs_is_at_once(wizard: OpenWizard, begun: Path) -> None:
    async with wizard(begun) as w:
        await w.press("q")
        assert w.app.return_code == 0


async def test_other_items_can_be_looked_at_during_a_run(wizard: OpenWizard, begun: Path) -> None:
    let_lint_sleep(begun)
    async with wizard(begun) as w:
        await _run_into_sleep(w)
        await w.press("k")
        await w.shows("10  ADR", "▶    Lint")
        assert "pid " not in w.text
        await w.press("j")
        await w.shows("pid ")


async def test_a_fast_log_is_bounded_on_screen_and_whole_in_its_file(
    wizard: OpenWizard, begun: Path
) -> None:
    use_commands(begun, lint=["seq", "60000"])
    async with wizard(begun) as w:
        await w.select("lint")
        await w.press("r")
        await w.shows("✔ done", "60000")
        assert w.app.screen.query_one(LiveLog).line_count <= MOST_LINES
        assert w.app.overview is not None
        evidence = w.app.overview.view("lint").state.evidence[0]
        assert evidence.log_path is not None
        lines = (begun / evidence.log_path).read_text().splitlines()
        assert [line for line in lines if line.isdigit()] == [str(n + 1) for n in range(60000)]


async def test_a_log_is_shown_as_it_is(wizard: OpenWizard, begun: Path) -> None:
    use_commands(begun, lint=["printf", "[/red] \\033[31mred\\033[0m [b]x\\n\\nafter a gap\\n"])
    async with wizard(begun) as w:
        await w.select("lint")
        await w.press("r")
        await w.shows("[/red] red [b]x", "after a gap")


async def test_the_log_of_an_earlier_run_is_shown_again(wizard: OpenWizard, begun: Path) -> None:
    use_commands(begun, lint=["sh", "-c", "echo first run; exit 3"])
    async with wizard(begun) as w:
        await w.select("lint")
        await w.press("r")
        await w.shows("ended with exit status 3")
    async with wizard(begun) as w:
        await w.select("lint")
        await w.shows("log of the last run", "first run")


async def test_what_another_terminal_runs_is_shown_and_not_started_again(
    wizard: OpenWizard, begun: Path
) -> None:
    use_commands(begun, lint=["sleep", "300"])
    async with wizard(begun) as w:
        await w.select("lint")
        other = subprocess.Popen(
            [sys.executable, "-m", "mig_assist", "run", "lint"],
            cwd=begun, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            await w.shows("running in another terminal", "▶    Lint")
            await w.press("r")
            await w.shows("✘ lint is running already", f"Process {other.pid} began it")
            await w.press("escape")
        finally:
            other.kill()
            other.wait()
        await w.shows("the last run was interrupted; run it again")


async def test_an_interrupted_run_is_told_at_the_next_start(
    wizard: OpenWizard, begun: Path
) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", _BEGIN_AND_DIE], cwd=begun, check=False, capture_output=True
    )
    assert killed.returncode == -9, killed.stderr
    async with wizard(begun) as w:
        await w.shows("1  Version", "the last run was interrupted; run it again")


_BEGIN_AND_DIE = """
import os, signal
from pathlib import Path
from mig_assist.checklist.session import open_session
session = open_session(Path("."))
session.ledger.begin_run(session.migration.id, "version")
os.kill(os.getpid(), signal.SIGKILL)
"""
