"""A migration begins with its pair, its registry entry and its tests, all of them at once."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from mig_assist.backend import Backend
from mig_assist.digests import content_digest
from mig_assist.draft.begin import Beginning, own_test_path, plan_beginning, unfinished
from mig_assist.draft.naming import suggest_template
from mig_assist.draft.registry_entry import registry_edit
from mig_assist.draft.scaffolds import render, template_description, template_names
from mig_assist.errors import MigAssistError, WrongUse
from mig_assist.file_changes import ChangeRefused, write_all
from mig_assist.source_text import UnreadableSource
from mig_assist.verify.pair import check_files, check_sql
from mig_assist.verify.registry import check_registry
from mig_assist.verify.report import Subject
from mig_assist.workspace import Workspace, open_workspace
from mig_assist.workspace.registry import RegistryError, open_registry
from tests.conftest import WorkspaceCopy
from tests.repositories.builder import build_repository
from tests.workspace.layouts import small_workspace, write, write_pair
from tests.workspace.repositories import Repository

LIBSQL = "migrations/V18__route_tags.sql"
POSTGRES = "migrations/postgres/V18__route_tags.sql"
TESTS = "tests/store/test_v18_route_tags.py"
REGISTRY = "migrations/registry.toml"


@pytest.fixture
def workspace(workspace_copy: WorkspaceCopy) -> Workspace:
    """A copy of the embedded workspace."""
    return open_workspace(workspace_copy())


def begin(workspace: Workspace, name: str = "route_tags", template: str = "blank") -> Beginning:
    beginning = plan_beginning(workspace, 18, name, template)
    write_all(workspace.root, beginning.changes)
    return beginning


def paths(beginning: Beginning) -> list[str]:
    return [change.path for change in beginning.changes]


@pytest.mark.parametrize("template", template_names())
class TestEachTemplate:
    def test_it_writes_both_files_tests_and_entry(
        self, workspace: Workspace, template: str
    ) -> None:
        assert paths(begin(workspace, template=template)) == [LIBSQL, POSTGRES, TESTS, REGISTRY]
        assert check_files(Subject(workspace, 18, "route_tags")).passed
        assert check_registry(workspace).findings == ()
        entry = open_registry(workspace).entries()[-1]
        assert (entry.version, entry.name) == (18, "route_tags")
        for backend, path in entry.paths.items():
            written = (workspace.root / path).read_bytes()
            assert entry.checksums[backend] == content_digest(written)

    @pytest.mark.parametrize(
        "name", ["route_tags", "add_group_to_user", "create_order", "index_table"]
    )
    def test_both_sides_parse_and_ask_to_be_finished(
        self, workspace: Workspace, template: str, name: str
    ) -> None:
        begin(workspace, name, template)
        for backend in Backend:
            codes = {f.code for f in check_sql(Subject(workspace, 18, name), backend).findings}
            assert "pair/placeholder" in codes
            assert codes - {"pair/placeholder"} <= (
                {"pair/empty"} if template == "blank" else set()
            )

    def test_the_answered_questions_let_it_pass(self, workspace: Workspace, template: str) -> None:
        begin(workspace, "add_region_to_teams", template)
        subject = Subject(workspace, 18, "add_region_to_teams")
        for backend in Backend:
            place = workspace.root / subject.path(backend)
            answered = place.read_text().replace("mig-assist: todo", "Decided:")
            place.write_text(answered + ("SELECT 1;\n" if template == "blank" else ""))
            assert check_sql(subject, backend).findings == ()

    def test_it_says_what_it_is_for(self, workspace: Workspace, template: str) -> None:
        begin(workspace, template=template)
        assert template_description(template)
        assert template_description(template) not in (workspace.root / LIBSQL).read_text()


def test_the_test_skeleton_is_python_that_fails_until_it_is_written(workspace: Workspace) -> None:
    begin(workspace)
    text = (workspace.root / TESTS).read_text()
    assert "route_tags" in text
    assert "mig-assist: todo" in text
    assert any(isinstance(node, ast.FunctionDef) for node in ast.walk(ast.parse(text)))


def test_nothing_is_written_before_it_is_agreed(workspace: Workspace) -> None:
    before = sorted(workspace.root.rglob("*"))
    plan_beginning(workspace, 18, "route_tags", "blank")
    assert sorted(workspace.root.rglob("*")) == before


@pytest.mark.parametrize("existing", [LIBSQL, POSTGRES])
def test_half_a_pair_gets_its_other_half_and_keeps_its_own(
    workspace: Workspace, existing: str
) -> None:
    content = b"\xef\xbb\xbfCREATE TABLE route_tags (id TEXT);\r\n"
    write(workspace.root, existing, content)
    added = begin(workspace)
    assert existing not in paths(added)
    assert {LIBSQL, POSTGRES} - {existing} < set(paths(added))
    assert (workspace.root / existing).read_bytes() == content
    assert check_registry(workspace).findings == ()


def test_what_exists_is_never_overwritten(workspace: Workspace) -> None:
    begin(workspace)
    for path in (LIBSQL, POSTGRES, TESTS):
        write(workspace.root, path, "SELECT 1; -- mine\n")
    again = begin(workspace)
    assert paths(again) == [REGISTRY]
    for path in (LIBSQL, POSTGRES, TESTS):
        assert (workspace.root / path).read_text() == "SELECT 1; -- mine\n"
    assert begin(workspace).changes == ()


def test_a_file_that_appears_in_between_is_not_overwritten(workspace: Workspace) -> None:
    beginning = plan_beginning(workspace, 18, "route_tags", "blank")
    write(workspace.root, POSTGRES, "SELECT 1; -- mine\n")
    with pytest.raises(ChangeRefused, match="appeared meanwhile"):
        write_all(workspace.root, beginning.changes)
    assert not (workspace.root / LIBSQL).exists()
    assert "route_tags" not in (workspace.root / REGISTRY).read_text()


@pytest.mark.parametrize(
    "name",
    [
        "../../x",
        "/etc/x",
        "[/red]",
        "a b",
        "",
        "x" * 300,
        'x"); import os; os.abort()  #',
        "line\nbreak",
        "{{ 7 * 7 }}",
        "Route_Tags",
        "-rf",
    ],
)
def test_a_hostile_name_goes_nowhere(workspace: Workspace, name: str) -> None:
    before = sorted(workspace.root.rglob("*"))
    with pytest.raises(WrongUse):
        plan_beginning(workspace, 18, name, "blank")
    assert sorted(workspace.root.rglob("*")) == before


def test_a_name_belongs_to_one_version(workspace: Workspace) -> None:
    begin(workspace)
    with pytest.raises(WrongUse, match="V18 is called route_tags already"):
        plan_beginning(workspace, 19, "route_tags", "blank")


@pytest.mark.parametrize("template", ["", "nonsense", "../docs", "blank/../blank"])
def test_an_unknown_template_is_answered_with_those_there_are(
    workspace: Workspace, template: str
) -> None:
    with pytest.raises(WrongUse, match="create-table"):
        plan_beginning(workspace, 18, "route_tags", template)


def test_the_history_is_read_only_for_a_template_that_asks_for_it(workspace: Workspace) -> None:
    (workspace.root / "migrations/V17__baseline.sql").write_bytes(b"\xff\xfe\x00")
    assert LIBSQL in paths(plan_beginning(workspace, 18, "route_tags", "blank"))
    with pytest.raises(UnreadableSource):
        plan_beginning(workspace, 18, "route_tags", "create-table")


def test_a_missing_scaffold_or_value_is_an_error() -> None:
    with pytest.raises(WrongUse, match="No such scaffold"):
        render("docs/absent.md.j2", {})


def test_a_workspace_without_registry_or_tests_gets_the_pair_alone(tmp_path: Path) -> None:
    write_pair(tmp_path, 17, "baseline")
    assert paths(begin(open_workspace(tmp_path))) == [LIBSQL, POSTGRES]


@pytest.mark.parametrize(
    ("names", "name"),
    [("Init WebAuthn OneTimeCode", "AddRegionToTeams"), ("init a-b c-d", "add-region-to-teams")],
)
def test_a_name_in_the_style_of_the_house_begins_with_its_table(
    tmp_path: Path, names: str, name: str
) -> None:
    build_repository(tmp_path, versions=dict(enumerate(names.split(), 15)), git=False)
    workspace = open_workspace(tmp_path)
    assert suggest_template(name) == "add-column"
    begin(workspace, name, "add-column")
    text = (tmp_path / f"migrations/V18__{name}.sql").read_text()
    assert "ALTER TABLE teams ADD COLUMN region" in text
    with pytest.raises(WrongUse, match="is no name to begin with"):
        plan_beginning(workspace, 19, "add_keys_to_teams", "blank")


def test_tests_go_where_python_tests_are(tmp_path: Path) -> None:
    config = '[tests]\npaths = ["absent", "crates/store/tests", "tests/store"]\n'
    workspace = small_workspace(tmp_path, (17, "baseline"), config=config)
    write(tmp_path, "crates/store/tests/store.rs", "")
    assert own_test_path(workspace, 18, "route_tags") is None
    write(tmp_path, "tests/store/test_store.py", "")
    assert own_test_path(workspace, 18, "route_tags") == TESTS


def test_an_empty_registry_gets_its_first_entry(tmp_path: Path) -> None:
    workspace = small_workspace(tmp_path)
    write(tmp_path, REGISTRY, "# Nothing yet.\n")
    begin(workspace)
    assert (tmp_path / REGISTRY).read_text().startswith("# Nothing yet.\n\n[[migration]]\n")


def test_a_missing_registry_is_an_error_that_names_it(tmp_path: Path) -> None:
    workspace = small_workspace(tmp_path)
    (tmp_path / REGISTRY).unlink()
    with pytest.raises(RegistryError, match=r"migrations/registry\.toml does not exist"):
        plan_beginning(workspace, 18, "route_tags", "blank")


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_links_out_of_the_workspace_are_not_followed(tmp_path: Path, kind: str) -> None:
    workspace = small_workspace(tmp_path / "workspace", (17, "baseline"))
    outside = tmp_path / "outside"
    outside.mkdir()
    if kind == "file":
        (workspace.root / LIBSQL).symlink_to(write(outside, "secret.sql", "SELECT 'secret';"))
    else:
        (workspace.root / "migrations").rename(outside / "migrations")
        (workspace.root / "migrations").symlink_to(outside / "migrations")
    with pytest.raises(MigAssistError, match="outside the workspace"):
        plan_beginning(workspace, 18, "route_tags", "blank")


class TestRegistryEdit:
    def test_it_records_the_files_as_they_are_now(self, workspace: Workspace) -> None:
        begin(workspace)
        assert registry_edit(workspace, 18, "route_tags") is None
        write(workspace.root, LIBSQL, "SELECT 2;\r\n")
        edit = registry_edit(workspace, 18, "route_tags")
        assert edit is not None
        write_all(workspace.root, [edit])
        assert check_registry(workspace).findings == ()

    def test_half_a_pair_cannot_be_registered(self, workspace: Workspace) -> None:
        write(workspace.root, LIBSQL, "SELECT 1;")
        with pytest.raises(UnreadableSource, match=r"V18__route_tags\.sql does not exist"):
            registry_edit(workspace, 18, "route_tags")

    def test_a_link_out_of_the_workspace_is_not_read(
        self, workspace: Workspace, tmp_path: Path
    ) -> None:
        begin(workspace)
        (workspace.root / LIBSQL).unlink()
        (workspace.root / LIBSQL).symlink_to(write(tmp_path, "secret.sql", "SELECT 'secret';"))
        with pytest.raises(UnreadableSource, match="outside the workspace"):
            registry_edit(workspace, 18, "route_tags")


class TestUnfinished:
    def test_a_version_without_a_checklist_is_found(self, workspace: Workspace) -> None:
        assert unfinished(workspace, []) is None
        begin(workspace)
        assert unfinished(workspace, []) == (18, "route_tags")
        assert unfinished(workspace, [(18, "other")]) == (18, "route_tags")
        assert unfinished(workspace, [(18, "route_tags")]) is None

    def test_half_a_pair_is_found_too_and_only_the_newest(self, workspace: Workspace) -> None:
        begin(workspace)
        write(workspace.root, "migrations/postgres/V19__half.sql", "")
        assert unfinished(workspace, []) == (19, "half")

    def test_what_is_on_the_base_branch_is_finished(self, tmp_path: Path) -> None:
        repository = Repository(tmp_path / "repository")
        workspace = small_workspace(repository.root, (17, "baseline"), (18, "route_tags"))
        repository.commit()
        repository.branch("feat/next")
        assert unfinished(workspace, []) is None
        write_pair(repository.root, 19, "next_step")
        assert unfinished(workspace, []) == (19, "next_step")
        repository.commit()
        assert unfinished(workspace, []) == (19, "next_step")
