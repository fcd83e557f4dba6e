"""Items 5, 8, 9 and 10: what this work, and nobody else's, added or changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from mig_assist.digests import file_digest
from mig_assist.verify.documents import check_documents
from mig_assist.verify.origin import Origin, changed_files
from mig_assist.verify.report import Report, Subject
from mig_assist.verify.store_tests import check_own_tests
from mig_assist.workspace import Workspace
from mig_assist.workspace.config import parse_config
from mig_assist.workspace.git import head_revision
from tests.verify.conftest import codes
from tests.workspace.layouts import write
from tests.workspace.repositories import Repository

DATA = "docs/data.md"
ADR = "docs/adr"


def digests(root: Path) -> dict[str, str]:
    """The documents and tests as they are now."""
    paths = [path for top in ("docs", "tests") for path in (root / top).rglob("*")]
    return {
        path.relative_to(root).as_posix(): file_digest(path) or ""
        for path in paths
        if path.is_file()
    }


def opened(root: Path) -> Origin:
    """What is recorded when a migration is opened now."""
    return Origin(head_revision(root), digests(root))


def changed(root: Path, origin: Origin, base: str = "") -> tuple[str, ...]:
    return changed_files(workspace_at(root, base), digests(root), origin)


def workspace_at(root: Path, base: str = "") -> Workspace:
    return Workspace(
        root, parse_config({"git": {"base": base}, "tests": {"paths": ["tests/store"]}})
    )


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository with a document, a record and a test, committed on main."""
    made = Repository(tmp_path / "repository")
    for path in (DATA, f"{ADR}/0001-first.md", "tests/store/test_store.py"):
        made.write(path, "Old.\n")
    made.commit()
    return made


class TestOnABranch:
    @pytest.fixture(autouse=True)
    def branch(self, repository: Repository) -> None:
        repository.branch("feat/tags")

    def test_an_edit_counts_before_and_after_it_is_committed(self, repository: Repository) -> None:
        origin = opened(repository.root)
        assert changed(repository.root, origin) == ()
        repository.write(DATA, "New.\n")
        repository.write(f"{ADR}/0002-second.md")
        assert changed(repository.root, origin) == (f"{ADR}/0002-second.md", DATA)
        repository.commit()
        assert changed(repository.root, origin) == (f"{ADR}/0002-second.md", DATA)

    def test_what_the_branch_did_before_the_migration_was_opened_counts(
        self, repository: Repository
    ) -> None:
        repository.write(DATA, "New.\n")
        repository.commit()
        assert changed(repository.root, opened(repository.root)) == (DATA,)

    @pytest.mark.parametrize("way", ["merge", "rebase"])
    def test_what_others_did_on_main_does_not(self, repository: Repository, way: str) -> None:
        repository.write("migrations/V18__tags.sql")
        repository.commit()
        origin = opened(repository.root)
        repository.git("checkout", "--quiet", "main")
        repository.write(DATA, "Theirs.\n")
        repository.commit()
        repository.git("checkout", "--quiet", "feat/tags")
        repository.git(*([way, "--quiet", "main"] + (["--no-edit"] if way == "merge" else [])))
        assert (repository.root / DATA).read_text() == "Theirs.\n"
        assert changed(repository.root, origin) == ()
        repository.write(f"{ADR}/0002-second.md")
        assert changed(repository.root, origin) == (f"{ADR}/0002-second.md",)

    def test_an_edit_that_was_taken_back_is_none(self, repository: Repository) -> None:
        origin = opened(repository.root)
        repository.write(DATA, "New.\n")
        repository.commit()
        repository.write(DATA, "Old.\n")
        assert changed(repository.root, origin) == ()

    def test_a_document_that_is_gone_is_no_documentation(self, repository: Repository) -> None:
        origin = opened(repository.root)
        (repository.root / DATA).unlink()
        assert changed(repository.root, origin) == ()


class TestOnTheDefaultBranch:
    def test_what_was_committed_since_it_was_opened_counts(self, repository: Repository) -> None:
        origin = opened(repository.root)
        repository.write(DATA, "New.\n")
        assert changed(repository.root, origin) == (DATA,)
        repository.commit()
        assert changed(repository.root, origin) == (DATA,)

    def test_what_was_committed_before_does_not(self, repository: Repository) -> None:
        repository.write(DATA, "New.\n")
        repository.commit()
        assert changed(repository.root, opened(repository.root)) == ()

    def test_a_branch_that_was_merged_meanwhile_is_still_this_work(
        self, repository: Repository
    ) -> None:
        repository.branch("feat/tags")
        origin = opened(repository.root)
        repository.write(DATA, "New.\n")
        repository.commit()
        repository.git("checkout", "--quiet", "main")
        repository.git("merge", "--quiet", "feat/tags")
        assert changed(repository.root, origin) == (DATA,)

    def test_it_may_be_called_otherwise(self, tmp_path: Path) -> None:
        made = Repository(tmp_path / "trunk", branch="trunk")
        made.write(DATA, "Old.\n")
        made.commit()
        origin = opened(made.root)
        made.write(DATA, "New.\n")
        made.commit()
        assert changed(made.root, origin) == (DATA,)
        assert changed(made.root, origin, "trunk") == (DATA,)


class TestWhereGitCannotTell:
    def test_the_snapshot_decides(self, tmp_path: Path) -> None:
        write(tmp_path, DATA, "Old.\n")
        write(tmp_path, "docs/admin.md", "Old.\r\n")
        origin = opened(tmp_path)
        assert origin.base is None
        write(tmp_path, "docs/admin.md", "Old.\n")
        assert changed(tmp_path, origin) == ()
        write(tmp_path, DATA, "New.\n")
        write(tmp_path, "docs/more.md", "New.\n")
        assert changed(tmp_path, origin) == (DATA, "docs/more.md")

    def test_it_was_opened_before_the_first_commit(self, tmp_path: Path) -> None:
        made = Repository(tmp_path / "new", branch="trunk")
        made.write(DATA, "Old.\n")
        origin = opened(made.root)
        made.write(DATA, "New.\n")
        assert changed(made.root, origin) == (DATA,)

    def test_the_commit_at_which_it_was_opened_is_gone(self, tmp_path: Path) -> None:
        made = Repository(tmp_path / "trunk", branch="trunk")
        made.write(DATA, "Old.\n")
        made.commit()
        origin = Origin("0123456789" * 4, digests(made.root))
        assert changed(made.root, origin) == ()
        made.write(DATA, "New.\n")
        assert changed(made.root, origin) == (DATA,)


class TestDocuments:
    def check(self, root: Path, origin: Origin, *paths: str) -> Report:
        return check_documents(workspace_at(root), "adr", paths, digests(root), origin)

    def test_a_change_is_enough(self, repository: Repository) -> None:
        origin = opened(repository.root)
        repository.write(DATA, "New.\n")
        report = self.check(repository.root, origin, DATA)
        assert (report.findings, report.summary) == ((), "changed: docs/data.md")

    def test_no_change_is_an_error_that_offers_a_reason_instead(
        self, repository: Repository
    ) -> None:
        (finding,) = self.check(repository.root, opened(repository.root), DATA, ADR).findings
        assert (finding.code, finding.path) == ("docs/not-changed", DATA)
        assert "decision records" in finding.message
        assert "skip the item with a reason" in finding.fix

    def test_without_configured_documents_it_says_where_to_name_them(self, tmp_path: Path) -> None:
        (finding,) = self.check(tmp_path, opened(tmp_path)).findings
        assert finding.code == "docs/not-configured"
        assert '[docs] adr = ["path"]' in finding.fix
        assert "mig-assist.toml" not in finding.message  # there is none

    def test_an_open_question_is_an_error_at_its_line(self, repository: Repository) -> None:
        origin = opened(repository.root)
        repository.write(DATA, "# Data\n\n<!-- mig-assist: todo  describe it -->\r\nText.\n")
        (finding,) = self.check(repository.root, origin, DATA).findings
        assert (finding.code, finding.path, finding.line) == ("docs/placeholder", DATA, 3)
        assert finding.message == "To decide: describe it"

    def test_a_name_that_is_not_utf8_can_be_told_and_stored(self, repository: Repository) -> None:
        origin = opened(repository.root)
        repository.write(f"{ADR}/caf\udce9.md", "mig-assist: todo\n")
        report = self.check(repository.root, origin, ADR)
        assert report.summary == r"changed: docs/adr/caf\udce9.md"
        assert report.findings[0].path == r"docs/adr/caf\udce9.md"

    def test_a_picture_among_the_records_is_no_obstacle(self, repository: Repository) -> None:
        origin = opened(repository.root)
        repository.write(f"{ADR}/diagram.png", b"\x89PNG\0")
        repository.write(f"{ADR}/0002-second.md")
        assert self.check(repository.root, origin, ADR).passed

    def test_a_link_out_of_the_workspace_is_not_read(
        self, repository: Repository, tmp_path: Path
    ) -> None:
        origin = opened(repository.root)
        secret = write(tmp_path, "secret.md", "mig-assist: todo the secret\n")
        (repository.root / ADR / "0002-second.md").symlink_to(secret)
        assert "the secret" not in str(self.check(repository.root, origin, ADR).findings)


class TestStoreTests:
    def check(self, root: Path, origin: Origin) -> Report:
        tests = {p: d for p, d in digests(root).items() if p.startswith("tests/store/")}
        return check_own_tests(Subject(workspace_at(root), 18, "tags"), tests, origin)

    def test_a_new_test_or_a_changed_one_passes(self, repository: Repository) -> None:
        origin = opened(repository.root)
        repository.write("tests/store/test_store.py", "def test_x(): ...\n")
        repository.write("tests/store/test_v18_tags.py", "def test_y(): ...\n")
        report = self.check(repository.root, origin)
        assert report.findings == ()
        assert report.summary == (
            "changed: tests/store/test_store.py, tests/store/test_v18_tags.py"
        )

    def test_without_one_it_says_where_it_belongs(self, repository: Repository) -> None:
        (finding,) = self.check(repository.root, opened(repository.root)).findings
        assert finding.code == "tests/no-test"
        assert finding.path == "tests/store/test_v18_tags.py"

    def test_a_skeleton_is_no_test(self, repository: Repository) -> None:
        origin = opened(repository.root)
        repository.write("tests/store/test_v18_tags.py", "# mig-assist: todo  write it\n")
        report = self.check(repository.root, origin)
        assert codes(report) == ["tests/placeholder"]
        assert report.findings[0].place == "tests/store/test_v18_tags.py:1"


class TestUnitTestsInRustSources:
    LIB = "crates/store/src/lib.rs"
    CODE = "pub fn open() {}\n"
    TESTS = "\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn opens() {}\n}\n"

    @pytest.fixture
    def crate(self, repository: Repository) -> Repository:
        repository.write(self.LIB, self.CODE + self.TESTS)
        repository.commit()
        repository.branch("feat/tags")
        for folder in ("migrations", "migrations/postgres"):
            repository.write(f"{folder}/V18__tags.sql", "CREATE TABLE label_sets (id TEXT);\n")
        return repository

    def check(self, root: Path) -> Report:
        paths = ["crates/store/src/lib.rs"]
        subject = Workspace(root, parse_config({"tests": {"paths": paths}}))
        now = {path: file_digest(root / path) or "" for path in paths}
        return check_own_tests(Subject(subject, 18, "tags"), now, Origin(None, {}))

    @pytest.mark.parametrize(
        ("code", "tests"),
        [
            (CODE + "// label_sets\n", TESTS),
            (CODE, TESTS.replace("opens", "closes")),
            (CODE + "// label_sets\n", TESTS.replace("opens", "closes")),
        ],
    )
    def test_an_edit_that_tests_nothing_of_the_version_is_no_test(
        self, crate: Repository, code: str, tests: str
    ) -> None:
        crate.write(self.LIB, code + tests)
        (finding,) = self.check(crate.root).findings
        assert finding.code == "tests/no-test"
        assert f"{self.LIB} changed, but not in a test of it" in finding.message
        assert "those count that name label_sets, tags, v18" in finding.fix
        assert "skeleton" not in finding.fix

    @pytest.mark.parametrize("name", ["keeps_label_sets", "tags", "V18", "label_sets"])
    def test_a_test_that_names_its_table_or_the_version_is_one(
        self, crate: Repository, name: str
    ) -> None:
        test = self.TESTS.replace("fn opens() {}", f'fn opens() {{ run("{name}"); }}')
        crate.write(self.LIB, self.CODE + test)
        assert self.check(crate.root).passed


def test_where_no_tests_are_named_the_fix_says_how_to(repository: Repository) -> None:
    workspace = Workspace(repository.root, parse_config({}))
    (finding,) = check_own_tests(Subject(workspace, 18, "tags"), {}, Origin(None, {})).findings
    assert finding.fix == "Say where the store tests lie: [tests] paths in mig-assist.toml."
