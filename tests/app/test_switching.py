"""Several migrations at once: the list of them, and opening another one."""

from __future__ import annotations

from pathlib import Path

import pytest

from mig_assist.app.widgets.title_bar import TitleBar
from mig_assist.checklist.state import State
from tests.app.conftest import OpenWizard, opened
from tests.conftest import WorkspaceCopy
from tests.workspace.layouts import write_pair
from tests.workspace.repositories import Repository


def start(root: Path, version: int, name: str) -> None:
    """Begin a migration on the branch that is checked out."""
    write_pair(root, version, name)
    with opened(root) as session:
        session.open_migration(version, name)


@pytest.fixture
def several(workspace_copy: WorkspaceCopy) -> Path:
    """V18 merged; V19 and V20 in work on ``feat/x``, which is checked out; V21 on ``feat/y``."""
    root = workspace_copy(git=True)
    repository = Repository(root)
    repository.branch("feat/merged")
    start(root, 18, "user_labels")
    repository.commit()
    repository.git("branch", "--force", "main")
    repository.git("checkout", "--quiet", "-b", "feat/y")
    start(root, 21, "budget_alerts")
    repository.commit()
    repository.git("checkout", "--quiet", "-b", "feat/x", "main")
    start(root, 19, "route_profiles")
    start(root, 20, "team_quotas")
    repository.commit()
    return root


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_all_of_them_are_listed_with_where_they_stand(
    wizard: OpenWizard, several: Path, size: tuple[int, int]
) -> None:
    async with wizard(several, size=size) as w:
        await w.shows("V20 team_quotas ── feat/x")
        await w.press("m")
        screen = await w.shows(
            "▶ V20 team_quotas",
            "V19 route_profiles",
            "0 of 10 settled, begun on feat/x",
            "not in this work tree: check out feat/y",
            "archived: merged into main",
        )
        order = [screen.index(name) for name in ("V19 route", "V21 budget", "V18 user")]
        assert order == sorted(order)


async def test_enter_opens_the_chosen_one_with_its_own_checklist(
    wizard: OpenWizard, several: Path
) -> None:
    async with wizard(several) as w:
        await w.select("name")
        await w.press("r")
        await w.until(lambda: w.state("name") is State.DONE)
        await w.press("m")
        await w.shows("Migrations", "1 of 10 settled")
        await w.press("down", "enter")
        await w.shows("V19 route_profiles ── feat/x")
        await w.until(lambda: w.state("name") is State.TODO)
        await w.press("r")
        await w.press("m")
        await w.shows("▶ V19 route_profiles")
        await w.press("up", "enter")
        await w.shows("V20 team_quotas ── feat/x")
        await w.until(lambda: w.state("name") is State.DONE)


async def test_what_is_not_here_or_merged_cannot_be_chosen(
    wizard: OpenWizard, several: Path
) -> None:
    async with wizard(several) as w:
        await w.press("m")
        await w.shows("archived")
        rows = w.app.screen.query_one("#migrations")
        for row in (2, 3):
            await w.pilot.click(rows, offset=(5, row))
            await w.shows("archived")
        await w.press("end", "enter")
        await w.shows("V19 route_profiles ── feat/x")


async def test_a_migration_that_is_begun_after_a_switch_is_the_open_one(
    wizard: OpenWizard, several: Path
) -> None:
    async with wizard(several, size=(120, 40)) as w:
        await w.press("m")
        await w.shows("Migrations")
        await w.press("down", "enter")
        await w.shows("V19 route_profiles ── feat/x")
        await w.press("n")
        await w.shows("Begin a migration")
        await w.type("request_traces")
        await w.press("enter")
        await w.shows("may stay empty")
        await w.press("enter")
        await w.shows("once you say yes")
        await w.press("y")
        await w.shows("V22 request_traces ── feat/x")


async def test_with_another_branch_another_one_is_open(wizard: OpenWizard, several: Path) -> None:
    async with wizard(several) as w:
        await w.shows("V20 team_quotas ── feat/x")
        Repository(several).git("checkout", "--quiet", "feat/y")
        await w.shows("V21 budget_alerts ── feat/y")


async def test_a_merged_one_gives_way_to_what_is_in_work(wizard: OpenWizard, several: Path) -> None:
    repository = Repository(several)
    with opened(several) as session:
        assert session.migration is not None
        assert session.migration.version == 20
    repository.git("checkout", "--quiet", "-b", "feat/z", "main")
    with opened(several) as session:
        session.open_migration(18, "user_labels")  # the newest record, and merged
    write_pair(several, 22, "request_traces")
    with opened(several) as session:
        records = session.ledger.migrations()
        session.open_migration(22, "request_traces")
        session.open_migration(18, "user_labels")
        assert session.reopened().migration not in records
    async with wizard(several) as w:
        await w.shows("V22 request_traces ── feat/z")
    with opened(several) as session:  # known by now, without asking git
        assert session.migration is not None
        assert session.migration.version == 22


async def test_where_none_is_in_work_the_list_says_what_to_check_out(
    wizard: OpenWizard, workspace_copy: WorkspaceCopy
) -> None:
    root = workspace_copy(git=True)
    repository = Repository(root)
    repository.branch("feat/y")
    start(root, 18, "budget_alerts")
    repository.commit()
    repository.git("checkout", "--quiet", "main")
    async with wizard(root, size=(80, 24)) as w:
        await w.shows("No migration in work on this branch.", "m  all migrations")
        await w.press("m")
        await w.shows("None of them can be opened", "check out feat/y")
        await w.press("enter", "escape")
        await w.shows("No migration in work on this branch.")


async def test_without_any_the_key_says_so(
    wizard: OpenWizard, workspace_copy: WorkspaceCopy
) -> None:
    async with wizard(workspace_copy(git=True)) as w:
        await w.shows("No migration in work on this branch.")
        await w.press("m")
        await w.shows("No migration has been begun here.")


async def test_a_click_on_the_head_the_palette_and_the_help_lead_there_too(
    wizard: OpenWizard, several: Path
) -> None:
    async with wizard(several) as w:
        await w.shows("V20 team_quotas ── feat/x")
        await w.pilot.click(TitleBar, offset=(20, 0))
        await w.shows("archived: merged into main")
        await w.pilot.click("#close")
        await w.press("ctrl+p")
        await w.type("migrations")
        await w.shows("Migrations  (m)")
        await w.press("escape", "escape")
        await w.press("question_mark")
        await w.shows("All migrations that were begun; open another one")
