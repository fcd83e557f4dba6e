"""The wizard notices that a number was taken, shows what would move, and moves it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from mig_assist.app.widgets.number_notice import NumberNotice
from mig_assist.checklist.items import find_item
from mig_assist.checklist.state import State
from tests.app.conftest import NAME, OpenWizard, Wizard, begin, let_lint_sleep, opened
from tests.conftest import WorkspaceCopy
from tests.workspace.layouts import entry_text, write_pair
from tests.workspace.repositories import Repository

THEIRS = "user_labels"
TAKEN = f"✘ V18 is '{THEIRS}' on main already."


def take(root: Path, version: int = 18, branch: str = "main") -> None:
    """Let another branch have a pair, committed in a work tree that is gone afterwards."""
    other = root.with_name("other")
    repository = Repository(root)
    repository.git("worktree", "add", "--quiet", str(other), branch)
    write_pair(other, version, THEIRS)
    registry = other / "migrations/registry.toml"
    registry.write_text(registry.read_text() + "\n" + entry_text(other, version, THEIRS))
    repository.git("add", "--all", cwd=other)
    repository.git("commit", "--quiet", "--message=Take a number", cwd=other)
    repository.git("worktree", "remove", "--force", str(other))


@pytest.fixture
def ours(workspace_copy: WorkspaceCopy) -> Path:
    """V18 in work on ``feat/x``, with a document that names it, all committed."""
    root = workspace_copy(git=True)
    repository = Repository(root)
    repository.branch("feat/x")
    begin(root)
    document = root / "docs/data-relationships.md"
    document.write_text(document.read_text() + "\nSince V18 each route has a profile.\n")
    repository.commit()
    return root


@pytest.fixture
def taken(ours: Path) -> Path:
    """The same, and V18 is somebody else's on ``main``."""
    take(ours)
    return ours


def notice(w: Wizard) -> str:
    """The lines of the notice; empty where there is none."""
    region = w.app.screen.query_one(NumberNotice).region
    return "\n".join(w.text.splitlines()[region.y : region.bottom])


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_it_is_said_at_the_top_before_anything_is_run(
    wizard: OpenWizard, taken: Path, size: tuple[int, int]
) -> None:
    async with wizard(taken, size=size) as w:
        await w.shows(TAKEN, "u renumber", "not run yet")
        assert TAKEN in w.text.splitlines()[1]
        assert w.state("version") is State.TODO


async def test_it_is_noticed_while_the_wizard_is_open(wizard: OpenWizard, ours: Path) -> None:
    async with wizard(ours) as w:
        await w.press("r")
        await w.until(lambda: w.state("version") is State.DONE)
        assert notice(w) == ""
        take(ours)
        await w.shows(TAKEN)
        await w.until(lambda: w.state("version") is State.STALE)


async def test_another_branch_and_a_second_pair_are_noticed_too(
    wizard: OpenWizard, ours: Path
) -> None:
    Repository(ours).git("branch", "feat/y", "main")
    take(ours, branch="feat/y")
    async with wizard(ours) as w:
        await w.shows(f"! V18 is held by feat/y too, for '{THEIRS}'.")
        write_pair(ours, 18, THEIRS)
        await w.shows("✘ V18 is also the number of")


async def test_the_whole_plan_is_shown_and_nothing_is_written_without_a_yes(
    wizard: OpenWizard, taken: Path
) -> None:
    before = Repository(taken).git("status", "--porcelain")
    (taken / "docs/adr/0009-numbers.md").write_text("The budget is 18, in V18 and in version 18.\n")
    async with wizard(taken, size=(120, 40)) as w:
        await w.shows(TAKEN)
        await w.press("u")
        await w.shows(f"V18 {NAME} becomes V19", "files are written together once you say yes")
        await w.shows(
            f"migrations/V19__{NAME}.sql",
            "renamed",
            "migrations/registry.toml",
            "docs/adr/0009-numbers.md",
        )
        await w.press("end")
        while "data-relationships.md" not in _chosen(w):
            await w.press("up")
        await w.shows(
            "-Since V18 each route has a profile.", "+Since V19 each route has a profile."
        )
        await w.press("escape")
        await w.until(lambda: "becomes" not in w.text)
        await w.shows(TAKEN)
    (taken / "docs/adr/0009-numbers.md").unlink()
    assert Repository(taken).git("status", "--porcelain") == before


def _chosen(w: Wizard) -> str:
    from mig_assist.app.widgets.noted_list import NotedList

    option = w.app.screen.query_one(NotedList).highlighted_option
    return str(option.prompt) if option else ""


async def test_mentions_that_are_left_alone_are_shown_last(wizard: OpenWizard, taken: Path) -> None:
    note = taken / "tests/store/notes_test.py"
    note.write_text(f"# V18 {THEIRS} and V18 {NAME} met here\nLIMIT = 18\n")
    async with wizard(taken, size=(80, 24)) as w:
        await w.shows(TAKEN)
        await w.press("u")
        await w.shows("becomes V19")
        await w.press("end")
        await w.shows("Left alone", "to look at yourself", "tests/store/notes_test.py")


async def test_after_a_yes_it_goes_on_under_the_new_number_and_every_proof_is_stale(
    wizard: OpenWizard, taken: Path
) -> None:
    proved = ("version", "pair", "name", "registry")
    with opened(taken) as session:
        assert session.migration is not None
        record = session.migration.id
        session.skip(find_item("adr"), "No decision was made here.")
    async with wizard(taken) as w:
        for key in proved:
            await w.select(key)
            await w.press("r")
            await w.until(lambda: w.app.running is None and not _todo(w, key))  # noqa: B023
        await w.press("u")
        await w.shows("becomes V19")
        await w.press("y")
        await w.shows("Renumbered", f"V18 {NAME} is V19 now.", "“database reset")
        await w.press("escape")
        await w.shows(f"V19 {NAME} ── feat/x")
        await w.until(lambda: w.state("version") is State.STALE)
        assert {w.state(key) for key in proved} == {State.STALE}
        assert w.state("adr") is not State.SKIPPED
        assert notice(w) == ""
    assert not list(taken.rglob("V18__route*"))
    assert len(list((taken / "migrations").rglob(f"V19__{NAME}.sql"))) == 2
    with opened(taken) as session:
        assert session.migration is not None
        assert (session.migration.id, session.migration.version) == (record, 19)


def _todo(w: Wizard, key: str) -> bool:
    return w.state(key) is State.TODO


async def test_a_file_that_changes_meanwhile_lets_nothing_be_written(
    wizard: OpenWizard, taken: Path
) -> None:
    async with wizard(taken) as w:
        await w.shows(TAKEN)
        await w.press("u")
        await w.shows("becomes V19")
        path = taken / f"migrations/V18__{NAME}.sql"
        path.write_text(path.read_text() + "-- a line more\n")
        await w.press("y")
        await w.shows("✘", "changed meanwhile", "nothing was written")
    assert not list(taken.rglob("V19__*"))


def run_old_number(root: Path) -> Path:
    """Let the local libsql database run V18."""
    for path in (root / "migrations").rglob(f"V18__{NAME}.sql"):
        path.write_text("CREATE TABLE profiles (id TEXT NOT NULL PRIMARY KEY);\n")
    migrate = [sys.executable, "-m", "mig_assist", "migrate", "--backend", "libsql", "--apply"]
    with opened(root):
        subprocess.run(
            [*migrate[:3], "run", "registry"], cwd=root, check=False, capture_output=True
        )
    subprocess.run(migrate, cwd=root, check=True, capture_output=True)
    return root / ".mig-assist/gateway.db"


@pytest.mark.parametrize("answer", ["y", "n"])
async def test_a_local_database_that_ran_the_old_number_is_offered_a_reset(
    wizard: OpenWizard, taken: Path, answer: str
) -> None:
    database = run_old_number(taken)
    async with wizard(taken) as w:
        await w.shows(TAKEN)
        await w.press("u")
        await w.shows("becomes V19")
        await w.press("y")
        await w.shows("Move the local libsql database aside?", "It ran the old V18")
        await w.press(answer)
        screen = await w.shows("Renumbered")
        assert ("gateway.db is now gateway.db." in screen) is (answer == "y")
    assert database.exists() is (answer == "n")


async def test_a_database_that_never_ran_it_is_not_spoken_of(
    wizard: OpenWizard, taken: Path
) -> None:
    database = taken / ".mig-assist/gateway.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE of_another_time (id)")
    async with wizard(taken) as w:
        await w.shows(TAKEN)
        await w.press("u")
        await w.shows("becomes V19")
        await w.press("y")
        await w.shows("Renumbered")
    assert database.exists()


@pytest.mark.parametrize("operation", ["merge", "rebase"])
async def test_in_the_middle_of_a_merge_or_rebase_it_says_how_git_goes_on(
    wizard: OpenWizard, taken: Path, operation: str
) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        Repository(taken).git(operation, "main")
    assert "<<<<<<<" in (taken / "migrations/registry.toml").read_text()
    async with wizard(taken, size=(120, 40)) as w:
        await w.shows(TAKEN)
        await w.press("u")
        await w.shows("becomes V19")
        await w.press("y")
        await w.shows("Renumbered", "git add -A -- ", f"git {operation} --continue")
    registry = (taken / "migrations/registry.toml").read_text()
    assert "<<<<<<<" not in registry
    assert [line for line in registry.splitlines() if line.startswith("version")] == [
        "version = 17", "version = 18", "version = 19",
    ]  # fmt: skip


async def test_where_the_number_is_right_it_says_so(wizard: OpenWizard, ours: Path) -> None:
    async with wizard(ours) as w:
        await w.shows("not run yet")
        assert notice(w) == ""
        await w.press("u")
        await w.shows("Nothing to move: V18")


async def test_a_click_the_palette_and_the_help_lead_there_too(
    wizard: OpenWizard, taken: Path
) -> None:
    async with wizard(taken) as w:
        await w.shows(TAKEN)
        column = notice(w).index("renumber")
        await w.pilot.click(NumberNotice, offset=(column, 0))
        await w.shows("becomes V19")
        await w.press("escape")
        await w.press("ctrl+p")
        await w.type("renumber")
        await w.shows("Renumber  (u)")
        await w.press("escape", "escape")
        await w.press("question_mark")
        await w.shows("Move this branch's migrations to the next free numbers")


async def test_the_failed_item_offers_it_as_a_step(wizard: OpenWizard, taken: Path) -> None:
    async with wizard(taken) as w:
        await w.press("r")
        await w.until(lambda: w.state("version") is State.FAILED)
        await w.until(lambda: "u renumber" in w.text.replace(notice(w), ""), "the step")


async def test_nothing_moves_while_something_runs(wizard: OpenWizard, taken: Path) -> None:
    let_lint_sleep(taken)
    async with wizard(taken) as w:
        await w.select("lint")
        await w.press("r")
        await w.shows("pid ")
        await w.press("u", "m")
        assert "becomes" not in w.text
        await w.press("c")
        await w.until(lambda: w.app.running is None)
