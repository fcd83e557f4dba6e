"""Dialogs that write: a new migration, a draft; nothing without a look and a yes."""

from __future__ import annotations

from pathlib import Path

from textual.widgets import Input

from mig_assist.app.screens.questions import QuestionsDialog
from mig_assist.draft.derive.surroundings import context_before
from mig_assist.draft.questions import questions
from mig_assist.draft.scaffolds import template_names
from mig_assist.workspace import open_workspace
from tests.app.conftest import NAME, OpenWizard
from tests.conftest import WorkspaceCopy
from tests.repositories.builder import build_repository


async def test_beginning_a_migration_from_name_to_files(
    wizard: OpenWizard, workspace_copy: WorkspaceCopy
) -> None:
    root = workspace_copy(git=True)
    async with wizard(root) as w:
        await w.press("n")
        await w.shows("Begin a migration", "It becomes V18", "create-table")
        await w.type(NAME)
        await w.shows(f"✔ writes migrations/V18__{NAME}.sql", f"postgres/V18__{NAME}.sql")
        await w.press("enter")
        await w.shows("may stay empty")
        await w.press("enter")
        await w.shows("These 4 files are written together", f"CREATE TABLE {NAME} (")
        assert not list(root.glob("migrations/V18*"))
        await w.press("down", "down", "down")
        await w.shows("migrations/registry.toml", "--- now", "+version = 18")
        await w.press("y")
        await w.shows(f"V18 {NAME} ── main", "·  1 Version")
    assert (root / f"migrations/V18__{NAME}.sql").exists()
    assert (root / f"migrations/postgres/V18__{NAME}.sql").exists()
    assert "version = 18" in (root / "migrations/registry.toml").read_text()


async def test_a_bad_name_is_told_at_once_and_not_taken(
    wizard: OpenWizard, workspace_copy: WorkspaceCopy
) -> None:
    root = workspace_copy()
    async with wizard(root) as w:
        await w.press("n")
        for name in ("../../x", "[/red]", "update"):
            await w.type(name)
            await w.shows("✘ ", repr(name))
            await w.press("enter")
            await w.shows("Begin a migration")
            await w.press("ctrl+u")
        await w.press("escape")
        await w.shows("No migration in work")
    assert not list(root.glob("**/V18*"))


async def test_the_template_follows_the_name_until_one_is_chosen(
    wizard: OpenWizard, workspace_copy: WorkspaceCopy
) -> None:
    async with wizard(workspace_copy()) as w:
        await w.press("n")
        await w.type("add_region_to_teams")
        await w.press("enter")
        await w.shows("may stay empty")
        await w.press("enter")
        await w.shows("ALTER TABLE teams ADD COLUMN region")
        await w.press("escape")
        await w.shows("Show the files", "may stay empty")
        await w.press("escape")
        await w.shows("Begin a migration", "add_region_to_teams")  # nothing typed is lost
        names = template_names()
        await w.press("tab", "home", *["down"] * names.index("blank"), "enter")
        screen = await w.shows("These 4 files")
        assert "ADD COLUMN" not in screen


async def test_a_template_asks_what_the_live_schema_can_answer(
    wizard: OpenWizard, workspace_copy: WorkspaceCopy
) -> None:
    root = workspace_copy(git=True)
    async with wizard(root, size=(80, 24)) as w:
        await w.press("n")
        await w.type("add_region_to_teams")
        await w.press("enter")
        await w.shows("Table: ↓ goes to the 18 below", "admin_audit", "Type on libsql")
        await w.type("tea")
        await w.shows("↓ goes to the 1 below", "teams")
        await w.press("down", "enter", "tab")
        await w.type("region")
        await w.press("tab")
        await w.type("TEXT")
        await w.press("enter")
        await w.shows("ALTER TABLE teams ADD COLUMN region TEXT;")
        await w.press("escape")
        await w.shows("Show the files  enter", "region", "TEXT")  # nothing typed is lost


async def test_a_refused_answer_is_where_one_goes_on(
    wizard: OpenWizard, workspace_copy: WorkspaceCopy
) -> None:
    root = workspace_copy(git=True)
    async with wizard(root, size=(80, 24)) as w:
        await w.press("n")
        await w.type("drop_region")
        await w.press("enter")
        await w.shows("What goes: ↓ goes to the 3 below")
        await w.type("column")
        await w.press("tab")
        await w.type("teams")
        await w.press("tab")
        await w.type("nowhere")
        await w.press("enter")
        await w.shows("Column: there is no 'nowhere'", "Show the files  enter")
        assert "--column" not in w.text
        field = w.app.screen.focused
        assert isinstance(field, Input)
        assert field.value == "nowhere"
        await w.press("ctrl+u")
        await w.type("slug")
        await w.press("enter")
        await w.shows("files are written together", "Write  enter")
        await w.press("enter")
        await w.shows("V18 drop_region")
    assert "slug" in (root / "migrations/postgres/V18__drop_region.sql").read_text()


async def test_leaving_the_preview_writes_nothing(
    wizard: OpenWizard, workspace_copy: WorkspaceCopy
) -> None:
    root = workspace_copy()
    async with wizard(root) as w:
        await w.press("n")
        await w.type(NAME)
        await w.press("enter")
        await w.shows("may stay empty")
        await w.press("enter")
        await w.shows("These 4 files")
        await w.press("escape")
        await w.shows("Show the files", "may stay empty")
        await w.press("escape")
        await w.shows("Begin a migration")
        await w.press("escape")
        await w.shows("No migration in work")
    assert not list(root.glob("**/V18*"))


async def test_an_empty_field_says_that_a_column_keeps_what_it_has(
    wizard: OpenWizard, workspace_copy: WorkspaceCopy
) -> None:
    root = workspace_copy()
    context = context_before(open_workspace(root), 18)
    given = {"table": "routes", "column": "strategy"}
    async with wizard(root) as w:
        await w.shows("No migration in work")
        w.app.push_screen(QuestionsDialog("Rebuild", questions("rebuild"), given, context))
        await w.shows("keeps TEXT", "keeps yes", "keeps 'priority'", "may stay empty")


async def test_half_a_pair_is_taken_up(wizard: OpenWizard, workspace_copy: WorkspaceCopy) -> None:
    root = workspace_copy(git=True)
    own = root / f"migrations/V18__{NAME}.sql"
    own.write_text("SELECT 1; -- mine\n")
    async with wizard(root) as w:
        await w.shows(f"V18 {NAME} lies in the folders")
        await w.press("n")
        await w.shows(f"✔ takes up migrations/V18__{NAME}.sql")
        await w.press("enter")
        await w.shows("may stay empty")
        await w.press("enter")
        await w.shows("These 3 files")
        await w.press("y")
        await w.shows("·  1 Version")
    assert own.read_text() == "SELECT 1; -- mine\n"
    assert (root / f"migrations/postgres/V18__{NAME}.sql").exists()


async def test_a_file_that_appears_meanwhile_is_not_overwritten(
    wizard: OpenWizard, workspace_copy: WorkspaceCopy
) -> None:
    root = workspace_copy()
    async with wizard(root) as w:
        await w.press("n")
        await w.type(NAME)
        await w.press("enter")
        await w.shows("may stay empty")
        await w.press("enter")
        await w.shows("These 4 files")
        mine = root / f"migrations/V18__{NAME}.sql"
        mine.write_text("mine\n")
        await w.press("y")
        await w.shows("appeared meanwhile", "nothing was written")
    assert mine.read_text() == "mine\n"
    assert not (root / f"migrations/postgres/V18__{NAME}.sql").exists()


async def test_a_draft_of_a_document_is_shown_then_written(wizard: OpenWizard, begun: Path) -> None:
    document = begun / "docs/data-relationships.md"
    before = document.read_text()
    async with wizard(begun) as w:
        await w.select("data-docs")
        await w.press("g")
        await w.shows("Draft for 8 Data-model docs", "docs/data-relationships.md", "edit")
        assert document.read_text() == before
        await w.press("escape")
        await w.shows("8  Data-model docs")
        assert document.read_text() == before
        await w.press("g")
        await w.shows("Draft for 8 Data-model docs")
        await w.press("y")
        await w.until(lambda: document.read_text() != before)
        assert document.read_text().startswith(before.rstrip("\n"))


async def test_a_draft_is_offered_only_for_documents(wizard: OpenWizard, begun: Path) -> None:
    async with wizard(begun) as w:
        await w.press("g")
        assert "Draft for" not in w.text


async def test_a_name_is_written_as_the_house_writes_its_names(
    wizard: OpenWizard, tmp_path: Path
) -> None:
    names = {17: "Baseline", 18: "RouteProfiles", 19: "UsageLedger"}
    build_repository(tmp_path, "siblings", versions=names)
    async with wizard(tmp_path) as w:
        await w.press("n")
        await w.shows("Name: what changes, in CamelCase", "RouteCompatibilityProfiles")
        await w.type("team_tags")
        await w.shows("✘ 'team_tags' is not CamelCase")
        await w.press("ctrl+u")
        await w.type("TeamTags")
        await w.shows("✔ writes sqlite/V20__TeamTags.sql")
        await w.press("enter")
        await w.shows("may stay empty")
        await w.press("enter")
        await w.shows("files are written together", "V20__TeamTags.sql")
