"""What a CI gate runs: every check, on the versions that changed or on all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from mig_assist.backend import Backend
from mig_assist.engines.kept import Shelf
from mig_assist.errors import WrongUse
from mig_assist.findings import Finding, Severity
from mig_assist.verify.suite import all_pairs, changed_pairs, check_pairs
from mig_assist.workspace import Workspace, open_workspace
from mig_assist.workspace.git import base_of
from tests.conftest import WorkspaceCopy
from tests.workspace.layouts import pair_paths, small_workspace, write, write_pair, write_registry
from tests.workspace.repositories import Repository

Versions = list[int]


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """V17 and V18 merged into main, and a branch on which nothing has happened yet."""
    made = Repository(tmp_path / "repository")
    small_workspace(made.root, (17, "baseline"), (18, "route_tags"))
    made.commit()
    made.branch("feat/next")
    return made


def versions(workspace: Workspace, revision: str | None = None) -> Versions:
    return [pair.version for pair in changed_pairs(workspace, revision)]


def no_postgres() -> Shelf:
    raise AssertionError("PostgreSQL was asked for")


def findings(workspace: Workspace, url: str | None = None, *, every: bool = False) -> list[Finding]:
    chosen = all_pairs(workspace) if every else changed_pairs(workspace)
    ask = no_postgres if url is None else lambda: Shelf(workspace.root, url)
    return list(check_pairs(workspace, chosen, ask, base_of(workspace)))


def told(found: list[Finding]) -> list[tuple[str, str | None, int | None]]:
    return [(finding.code, finding.item, finding.version) for finding in found]


class TestChoosing:
    def test_all_begin_at_the_baseline(self, tmp_path: Path) -> None:
        workspace = small_workspace(tmp_path, (16, "older"), (17, "baseline"), (100, "late"))
        write(tmp_path, "migrations/V18__half.sql", "")
        assert [pair.version for pair in all_pairs(workspace)] == [17, 18, 100]

    def test_nothing_changed_is_nothing_chosen(self, repository: Repository) -> None:
        assert versions(open_workspace(repository.root)) == []

    def test_a_new_pair_is_chosen_committed_or_not(self, repository: Repository) -> None:
        workspace = open_workspace(repository.root)
        write_pair(repository.root, 19, "team_tags")
        assert versions(workspace) == [19]
        repository.commit()
        write_pair(repository.root, 20, "user_tags")
        assert versions(workspace) == [19, 20]

    def test_a_changed_half_chooses_its_pair(self, repository: Repository) -> None:
        write(repository.root, pair_paths(18, "route_tags")[1], "SELECT 2;")
        assert versions(open_workspace(repository.root)) == [18]

    def test_a_revision_may_be_given(self, repository: Repository) -> None:
        workspace = open_workspace(repository.root)
        write_pair(repository.root, 19, "team_tags")
        first = repository.commit()
        write_pair(repository.root, 20, "user_tags")
        assert versions(workspace, first) == [20]
        assert versions(workspace, "main") == [19, 20]

    @pytest.mark.parametrize("revision", ["unknown", "--help", "", "main:migrations"])
    def test_a_revision_that_is_none_is_wrong_use(
        self, repository: Repository, revision: str
    ) -> None:
        with pytest.raises(WrongUse) as caught:
            changed_pairs(open_workspace(repository.root), revision)
        assert caught.value.title == f"No revision {revision!r}"

    def test_without_git_everything_is_chosen(self, workspace: Workspace) -> None:
        assert versions(workspace) == [17]
        with pytest.raises(WrongUse):
            changed_pairs(workspace, "main")

    @pytest.mark.parametrize("folder", ["migrations/", "./migrations"])
    def test_it_does_not_matter_how_the_folder_is_written(
        self, repository: Repository, folder: str
    ) -> None:
        write(repository.root, "mig-assist.toml", f'[migrations]\nlibsql = "{folder}"\n')
        repository.commit()
        write(repository.root, pair_paths(19, "team_tags")[0], "SELECT 1;")
        assert versions(open_workspace(repository.root)) == [19]

    def test_a_workspace_below_the_repository(self, tmp_path: Path) -> None:
        made = Repository(tmp_path)
        workspace = small_workspace(made.root / "service", (17, "baseline"))
        made.commit()
        made.branch("feat/next")
        made.write("migrations/V30__elsewhere.sql")
        write_pair(workspace.root, 18, "route_tags")
        assert versions(workspace) == [18]


class TestStatic:
    def test_where_nothing_is_chosen_no_database_is_asked_for(self, repository: Repository) -> None:
        assert findings(open_workspace(repository.root)) == []

    def test_a_half_pair_is_told_by_its_item(
        self, repository: Repository, postgres_url: str
    ) -> None:
        write(repository.root, pair_paths(19, "fix")[0], "SELEC 1;\n-- mig-assist: todo\n")
        found = findings(open_workspace(repository.root), postgres_url)
        expected = {
            ("pair/missing-file", "pair", 19),
            ("pair/syntax", "pair", 19),
            ("pair/placeholder", "pair", 19),
            ("name/vague", "name", 19),
            ("registry/unlisted-file", "registry", 19),
        }
        assert set(told(found)) == expected
        assert len(found) == len(expected)

    def test_sides_with_two_names_are_both_read(
        self, repository: Repository, postgres_url: str
    ) -> None:
        write(repository.root, pair_paths(19, "team_tags")[0], "SELECT 1;")
        other = write(repository.root, pair_paths(19, "team_labels")[1], "\nSELEC 1;")
        found = findings(open_workspace(repository.root), postgres_url)
        assert ("pair/names-differ", "pair", 19) in told(found)
        assert [f.place for f in found if f.code == "pair/syntax"] == [
            f"migrations/postgres/{other.name}:2"
        ]

    def test_a_gap_and_a_taken_number_are_told(
        self, repository: Repository, postgres_url: str
    ) -> None:
        write_pair(repository.root, 21, "team_tags")
        write_pair(repository.root, 21, "user_tags")
        found = told(findings(open_workspace(repository.root), postgres_url))
        assert ("history/gap", "version", 21) in found
        assert ("history/number-taken", "version", 21) in found

    def test_what_only_looks_like_a_migration_is_told(self, repository: Repository) -> None:
        write(repository.root, "migrations/v19__team_tags.sql", "")
        write(repository.root, "migrations/v2__older.sql", "")
        assert told(findings(open_workspace(repository.root))) == [
            ("pair/unrecognised-name", "pair", 19)
        ]

    def test_a_registry_in_conflict_is_told_once(
        self, repository: Repository, postgres_url: str
    ) -> None:
        write(repository.root, "migrations/registry.toml", "<<<<<<< HEAD\n")
        write_pair(repository.root, 19, "team_tags")
        write_pair(repository.root, 20, "user_tags")
        found = told(findings(open_workspace(repository.root), postgres_url))
        assert [code for code, _, _ in found].count("registry/conflict") == 1

    def test_every_finding_names_its_item_and_has_a_way_out(
        self, repository: Repository, postgres_url: str
    ) -> None:
        write(repository.root, pair_paths(21, "fix")[1], "SELEC 1;")
        write(repository.root, pair_paths(18, "route_tags")[1], "SELECT 2;")
        for finding in findings(open_workspace(repository.root), postgres_url):
            assert finding.item is not None
            assert finding.fix


class TestImmutable:
    def edited(self, repository: Repository) -> list[tuple[str | None, str]]:
        workspace = open_workspace(repository.root)
        base = base_of(workspace)
        found = list(check_pairs(workspace, (), no_postgres, base))
        return [
            (finding.path, finding.message.rpartition("was ")[2])
            for finding in found
            if finding.code == "history/edited-after-merge"
        ]

    def test_an_edit_of_a_merged_migration_is_an_error(self, repository: Repository) -> None:
        path = pair_paths(18, "route_tags")[1]
        write(repository.root, path, "SELECT 2;\n")
        assert self.edited(repository) == [(path, "edited.")]
        repository.commit()
        assert self.edited(repository) == [(path, "edited.")]

    def test_so_is_its_removal(self, repository: Repository) -> None:
        for path in pair_paths(18, "route_tags"):
            (repository.root / path).unlink()
        write_registry(repository.root, (17, "baseline"))
        assert self.edited(repository) == [
            (path, "removed or renamed.") for path in pair_paths(18, "route_tags")
        ]

    def test_so_is_another_name(self, repository: Repository) -> None:
        before, after = pair_paths(18, "route_tags"), pair_paths(18, "route_labels")
        for old, new in zip(before, after, strict=True):
            repository.git("mv", old, new)
        repository.commit()
        assert self.edited(repository) == [(path, "removed or renamed.") for path in before]

    def test_an_empty_file_is_an_edit_too(self, repository: Repository) -> None:
        path = pair_paths(18, "route_tags")[0]
        write(repository.root, path, "")
        repository.git("checkout", "--quiet", "main")
        repository.commit("Merged empty")
        repository.branch("feat/later")
        assert self.edited(repository) == []
        write(repository.root, path, "SELECT 1;\n")
        assert self.edited(repository) == [(path, "edited.")]

    def test_other_line_ends_are_no_edit(self, repository: Repository) -> None:
        place = repository.root / pair_paths(18, "route_tags")[0]
        place.write_bytes(place.read_bytes().replace(b"\n", b"\r\n"))
        assert self.edited(repository) == []

    def test_a_migration_of_the_branch_may_be_edited(self, repository: Repository) -> None:
        write_pair(repository.root, 19, "team_tags")
        repository.commit()
        write_pair(repository.root, 19, "team_tags", "SELECT 2;", "SELECT 2;")
        assert self.edited(repository) == []

    def test_history_below_the_baseline_may_go(self, tmp_path: Path) -> None:
        made = Repository(tmp_path / "repository")
        small_workspace(made.root, (16, "older"), (17, "baseline"))
        made.commit()
        made.branch("feat/next")
        for path in pair_paths(16, "older"):
            (made.root / path).unlink()
        assert self.edited(made) == []


class TestLive:
    def test_the_embedded_workspace_is_without_fault(
        self, workspace_copy: WorkspaceCopy, postgres_url: str
    ) -> None:
        workspace = open_workspace(workspace_copy(git=True))
        found = findings(workspace, postgres_url, every=True)
        # Whether the tasks' names could be looked up depends on the machine's mise.
        found = [f for f in found if f.code != "tests/tasks-unknown"]
        # A rule that probes have shown to be equal is told in a note.
        assert [f for f in found if f.severity is not Severity.NOTE] == []

    def test_each_side_is_applied_on_its_engine(
        self, repository: Repository, postgres_url: str
    ) -> None:
        write_pair(
            repository.root,
            19,
            "team_tags",
            "SELECT 1;\nALTER TABLE absent ADD COLUMN a TEXT;\n",
            "SELECT 1;\n\nALTER TABLE absent ADD COLUMN a TEXT;\n",
        )
        write_registry(repository.root, (17, "baseline"), (18, "route_tags"), (19, "team_tags"))
        found = findings(open_workspace(repository.root), postgres_url)
        assert [(f.code, f.item, f.backend, f.line) for f in found] == [
            ("atomic/apply-failed", "libsql", Backend.LIBSQL, 2),
            ("atomic/apply-failed", "postgres", Backend.POSTGRES, 3),
        ]


class TestParity:
    def test_an_edit_that_is_not_recorded_is_told_once_and_compared_all_the_same(
        self, repository: Repository, postgres_url: str
    ) -> None:
        table = "CREATE TABLE tags (id TEXT PRIMARY KEY NOT NULL, n TEXT NOT NULL);\n"
        write_pair(repository.root, 19, "tags", table, table)
        write_registry(repository.root, (17, "baseline"), (18, "route_tags"), (19, "tags"))
        write(repository.root, pair_paths(19, "tags")[0], table + "CREATE INDEX i ON tags (n);\n")
        found = findings(open_workspace(repository.root), postgres_url)
        codes = [finding.code for finding in found if finding.blocks]
        assert codes.count("registry/checksum-differs") == 1
        assert "registry/unusable" not in codes
        assert [code for code in codes if code.startswith("parity/")] == ["parity/index"]

    def test_what_a_merged_version_set_apart_a_new_one_mends(
        self, tmp_path: Path, postgres_url: str
    ) -> None:
        repository = Repository(tmp_path / "repository")
        table = "CREATE TABLE tags (id TEXT PRIMARY KEY NOT NULL, n TEXT NOT NULL);\n"
        write(repository.root, "mig-assist.toml", "baseline = 17\n")
        write_pair(repository.root, 17, "tags", table, table)
        write_pair(
            repository.root, 18, "edit",
            "UPDATE tags SET n = n || '1';\nCREATE INDEX i ON tags (n);\n",
            "UPDATE tags SET n = n || '2';\n",
        )  # fmt: skip
        repository.commit()
        repository.branch("feat/next")
        workspace = open_workspace(repository.root)
        assert findings(workspace, postgres_url) == []
        found = {f.code: f for f in findings(workspace, postgres_url, every=True)}
        assert found["parity/data"].severity is Severity.WARNING
        assert found["parity/index"].severity is Severity.ERROR
        assert found["parity/index"].fix.startswith("V18 is merged: mend it in a new version. ")
