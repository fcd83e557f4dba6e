"""Renumbering in real histories: merges, rebases, stacks, conflicts, other people's versions."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from mig_assist.draft.renumber import Renumbering, plan_renumbering
from mig_assist.errors import WrongUse
from mig_assist.file_changes import write_all
from mig_assist.verify.numbers import check_number
from mig_assist.verify.registry import check_registry
from mig_assist.verify.report import Subject
from mig_assist.workspace import open_workspace
from mig_assist.workspace.numbers import holdings
from mig_assist.workspace.registry import RegistryError, open_registry
from tests.verify.conftest import codes
from tests.workspace.layouts import entry_text, small_workspace, write_pair
from tests.workspace.repositories import Repository

CONFIG = """\
baseline = 17
[registry]
kind = "toml"
path = "migrations/registry.toml"
[tests]
paths = ["tests/store"]
[docs]
data = ["docs/data.md"]
adr = ["docs/adr"]
"""
SQL = (
    "-- V18 keeps the old rows\nALTER TABLE routes RENAME TO routes_v18_keep;\n"
    "CREATE TABLE {name} (id TEXT);\n"
)
TESTS = (
    "def test_v18_tags() -> None:\n    with store_before(18) as store:\n"
    "        assert store.rows == 17\n"
)
SHARED = '"""Upgrades."""\n\n\ndef test_upgrade() -> None:\n    assert True\n'


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A workspace with a V17 baseline on ``main``, documents and a shared test file."""
    made = Repository(tmp_path / "repository")
    small_workspace(made.root, (17, "baseline"), config=CONFIG)
    made.write("docs/data.md", "# Data\n\nV17 is the baseline.\n")
    made.write("tests/store/test_upgrade.py", SHARED)
    made.commit()
    return made


def add(repository: Repository, *migrations: tuple[int, str], sql: str = SQL) -> None:
    """Write pairs and append them to the registry, as each branch does by itself."""
    registry = repository.root / "migrations/registry.toml"
    for version, name in migrations:
        write_pair(repository.root, version, name, sql, sql)
        text = registry.read_text().rstrip("\n")
        registry.write_text(f"{text}\n\n{entry_text(repository.root, version, name)}")


def on_branch(repository: Repository, *migrations: tuple[int, str]) -> None:
    """``feat/x`` with our migrations, a test file and documents; ``main`` took V18 meanwhile."""
    repository.branch("feat/x")
    add(repository, *migrations)
    repository.write("tests/store/test_v18_route_tags.py", TESTS)
    shared = repository.root / "tests/store/test_upgrade.py"
    shared.write_text(SHARED + "\n\ndef test_ours() -> None:\n    assert migrated_to(18)\n")
    data = repository.root / "docs/data.md"
    data.write_text(data.read_text() + "\nV18 adds tags to routes.\n")
    repository.write("docs/adr/0002-v18-tags.md", "# Tags\n\nSee V18__route_tags.sql.\n")
    repository.commit("Ours")
    repository.git("checkout", "--quiet", "main")
    add(repository, (18, "user_labels"), sql="CREATE TABLE labels_v18 (id TEXT);\n")
    shared.write_text('"""Upgrades to V18 and before."""\n' + SHARED.split("\n", 1)[1])
    repository.commit("Theirs")
    repository.git("checkout", "--quiet", "feat/x")


def conflicting(repository: Repository, *arguments: str) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        repository.git(*arguments)


def plan(repository: Repository, to: int | None = None) -> Renumbering:
    workspace = open_workspace(repository.root)
    held = holdings(workspace)
    assert held.own is not None
    return plan_renumbering(workspace, held.own, held, to)


def apply(repository: Repository, to: int | None = None) -> Renumbering:
    planned = plan(repository, to)
    write_all(repository.root, planned.changes)
    return planned


def moves(planned: Renumbering) -> list[tuple[str, int, int]]:
    return [(move.name, move.old, move.new) for move in planned.moves]


def listed(repository: Repository) -> Sequence[tuple[int, str]]:
    entries = open_registry(open_workspace(repository.root)).entries()
    return [(entry.version, entry.name) for entry in entries]


def assert_nothing_left(repository: Repository) -> None:
    """Only what others wrote still says V18."""
    for path, text in texts(repository).items():
        theirs = "user_labels" in path or path.endswith("registry.toml")
        if not theirs:
            assert "18" not in text.replace("Upgrades to V18", ""), path
            assert "18" not in path


def texts(repository: Repository) -> dict[str, str]:
    listed = repository.git("ls-files", "--cached", "--others", "--exclude-standard").split("\n")
    return {
        path: (repository.root / path).read_text()
        for path in listed
        if (repository.root / path).is_file() and not path.startswith(".mig-assist")
    }


def test_before_the_merge_everything_moves_behind_the_base(repository: Repository) -> None:
    on_branch(repository, (18, "route_tags"))
    planned = apply(repository)
    assert moves(planned) == [("route_tags", 18, 19)]
    assert planned.left_alone == ()
    assert listed(repository) == [(17, "baseline"), (19, "route_tags")]
    assert codes(check_registry(open_workspace(repository.root))) == []
    now = texts(repository)
    assert "routes_v19_keep" in now["migrations/V19__route_tags.sql"]
    assert "V19 keeps" in now["migrations/postgres/V19__route_tags.sql"]
    assert now["tests/store/test_v19_route_tags.py"] == TESTS.replace("18", "19")
    assert "migrated_to(19)" in now["tests/store/test_upgrade.py"]
    assert "V19 adds tags" in now["docs/data.md"]
    assert "V17 is the baseline" in now["docs/data.md"]
    assert now["docs/adr/0002-v19-tags.md"] == "# Tags\n\nSee V19__route_tags.sql.\n"
    assert_nothing_left(repository)


def test_in_the_middle_of_a_merge_the_registry_is_put_right(repository: Repository) -> None:
    on_branch(repository, (18, "route_tags"))
    conflicting(repository, "merge", "main")
    assert "<<<<<<<" in (repository.root / "migrations/registry.toml").read_text()
    planned = apply(repository)
    assert moves(planned) == [("route_tags", 18, 19)]
    assert listed(repository) == [(17, "baseline"), (18, "user_labels"), (19, "route_tags")]
    assert codes(check_registry(open_workspace(repository.root))) == []
    shared = (repository.root / "tests/store/test_upgrade.py").read_text()
    assert "Upgrades to V18 and before" in shared
    assert "migrated_to(19)" in shared
    assert "labels_v18" in (repository.root / "migrations/V18__user_labels.sql").read_text()
    assert_nothing_left(repository)
    repository.git("add", "--all")
    repository.git("commit", "--quiet", "--no-edit")
    report = check_number(Subject(open_workspace(repository.root), 19, "route_tags"))
    assert codes(report) == []


def test_in_the_middle_of_a_rebase_the_same_holds(repository: Repository) -> None:
    on_branch(repository, (18, "route_tags"))
    conflicting(repository, "rebase", "main")
    assert moves(apply(repository)) == [("route_tags", 18, 19)]
    assert listed(repository) == [(17, "baseline"), (18, "user_labels"), (19, "route_tags")]
    repository.git("add", "--all")
    repository.git("-c", "core.editor=true", "rebase", "--continue")
    assert_nothing_left(repository)
    assert plan(repository).moves == ()


def test_conflicts_with_the_common_ancestor_shown_are_read_too(repository: Repository) -> None:
    on_branch(repository, (18, "route_tags"))
    conflicting(repository, "-c", "merge.conflictStyle=diff3", "merge", "main")
    assert "|||||||" in (repository.root / "migrations/registry.toml").read_text()
    apply(repository)
    assert listed(repository) == [(17, "baseline"), (18, "user_labels"), (19, "route_tags")]


def test_a_stack_keeps_its_order(repository: Repository) -> None:
    on_branch(repository, (18, "route_tags"), (19, "route_notes"))
    conflicting(repository, "merge", "main")
    planned = apply(repository)
    assert moves(planned) == [("route_tags", 18, 19), ("route_notes", 19, 20)]
    assert [version for version, _ in listed(repository)] == [17, 18, 19, 20]
    assert codes(check_registry(open_workspace(repository.root))) == []
    assert (repository.root / "migrations/postgres/V20__route_notes.sql").is_file()
    assert not (repository.root / "migrations/V18__route_tags.sql").exists()


def test_after_a_merge_that_kept_both_by_hand(repository: Repository) -> None:
    on_branch(repository, (18, "route_tags"))
    conflicting(repository, "merge", "main")
    registry = repository.root / "migrations/registry.toml"
    kept = [
        entry_text(repository.root, version, name)
        for version, name in ((17, "baseline"), (18, "user_labels"), (18, "route_tags"))
    ]
    registry.write_text("\n".join(kept))
    repository.commit("Merge")
    assert moves(apply(repository)) == [("route_tags", 18, 19)]
    assert listed(repository) == [(17, "baseline"), (18, "user_labels"), (19, "route_tags")]
    assert_nothing_left(repository)


def test_comments_of_our_entry_move_with_it(repository: Repository) -> None:
    on_branch(repository, (18, "route_tags"))
    registry = repository.root / "migrations/registry.toml"
    text = registry.read_text().replace(
        "[[migration]]\nversion = 18", "# tags, for now\n[[migration]]\nversion = 18 # ours"
    )
    registry.write_text(text)
    apply(repository)
    assert "# tags, for now\n[[migration]]\nversion = 19 # ours\n" in registry.read_text()


def test_a_conflict_about_more_than_entries_is_left_to_people(repository: Repository) -> None:
    on_branch(repository, (18, "route_tags"))
    conflicting(repository, "merge", "main")
    registry = repository.root / "migrations/registry.toml"
    registry.write_text(registry.read_text().replace('"user_labels"', '"user_labels'))
    before = texts(repository)
    with pytest.raises(RegistryError):
        plan(repository)
    assert texts(repository) == before


def test_numbers_that_are_free_stay(repository: Repository) -> None:
    repository.branch("feat/x")
    add(repository, (18, "route_tags"))
    assert plan(repository).moves == ()
    assert plan(repository, 18).moves == ()


def test_a_number_may_be_named(repository: Repository) -> None:
    on_branch(repository, (18, "route_tags"))
    assert moves(apply(repository, 25)) == [("route_tags", 18, 25)]
    assert listed(repository) == [(17, "baseline"), (25, "route_tags")]


@pytest.mark.parametrize("to", [17, 18])
def test_a_number_of_the_base_is_refused(repository: Repository, to: int) -> None:
    on_branch(repository, (18, "route_tags"))
    with pytest.raises(WrongUse, match="is not free"):
        plan(repository, to)


def test_a_number_that_a_branch_holds_is_passed_over(repository: Repository) -> None:
    on_branch(repository, (18, "route_tags"))
    repository.git("checkout", "--quiet", "-b", "feat/y", "main")
    add(repository, (19, "team_quotas"))
    repository.commit()
    repository.git("checkout", "--quiet", "feat/x")
    assert moves(plan(repository)) == [("route_tags", 18, 20)]


def test_a_file_that_has_the_new_name_is_never_overwritten(repository: Repository) -> None:
    on_branch(repository, (18, "route_tags"))
    repository.write("tests/store/test_v19_route_tags.py", "theirs\n")
    with pytest.raises(WrongUse, match="is there already"):
        plan(repository)


def test_code_that_carries_the_number_is_told(repository: Repository) -> None:
    on_branch(repository, (18, "route_tags"))
    repository.write("src/store.rs", 'const KEPT: &str = "routes_v18_keep";\n')
    (mention,) = plan(repository).left_alone
    assert (mention.path, mention.line) == ("src/store.rs", 1)


@pytest.mark.parametrize("name", ["größe", "two words", "[red]", "a'b", "$(id)"])
def test_hostile_names_are_only_names(repository: Repository, name: str) -> None:
    on_branch(repository, (18, name))
    conflicting(repository, "merge", "main")
    assert moves(apply(repository)) == [(name, 18, 19)]
    assert (repository.root / f"migrations/V19__{name}.sql").is_file()
    assert listed(repository)[-1] == (19, name)


def test_line_ends_are_kept(repository: Repository) -> None:
    on_branch(repository, (18, "route_tags"))
    repository.git("config", "core.autocrlf", "false")
    path = repository.root / "docs/data.md"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    apply(repository)
    assert b"V19 adds tags to routes.\r\n" in path.read_bytes()


def test_without_git_the_pair_and_its_tests_move(tmp_path: Path) -> None:
    workspace = small_workspace(tmp_path, (17, "baseline"), (18, "user_labels"), config=CONFIG)
    write_pair(tmp_path, 18, "route_tags", SQL, SQL)
    (tmp_path / "tests/store").mkdir(parents=True)
    (tmp_path / "tests/store/test_v18_route_tags.py").write_text(TESTS)
    planned = plan_renumbering(workspace, [(18, "route_tags")], holdings(workspace))
    write_all(tmp_path, planned.changes)
    assert moves(planned) == [("route_tags", 18, 19)]
    assert (tmp_path / "migrations/V19__route_tags.sql").is_file()
    assert (tmp_path / "migrations/V18__user_labels.sql").is_file()
    assert (tmp_path / "tests/store/test_v19_route_tags.py").is_file()
