"""Renumbering where the registry is Rust source, also in conflict."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from mig_assist.draft.renumber import plan_renumbering
from mig_assist.file_changes import write_all
from mig_assist.verify.registry import check_registry
from mig_assist.workspace import open_workspace
from mig_assist.workspace.numbers import holdings
from mig_assist.workspace.registry import open_registry
from tests.repositories.builder import Repository, build_repository
from tests.workspace.rust_sources import rustfmt

CONFIG = '[registry]\nkind = "rust"\npath = "src/migrations.rs"\n'


def they_take_the_number(repository: Repository, merged: dict[int, str], command: str) -> None:
    """The main branch gets a V20 of its own, and a command that meets it stops in conflict."""
    repository.checkout("main")
    repository.names.clear()
    repository.names.update(merged)
    repository.add(20, "theirs")
    repository.commit("Theirs")
    repository.checkout("feat/x")
    if command:
        with pytest.raises(subprocess.CalledProcessError):
            repository.git(command, "main")


@pytest.mark.parametrize("stated", [CONFIG, ""], ids=["stated", "found"])
@pytest.mark.parametrize("command", ["", "merge", "rebase"])
def test_our_entries_move_behind_theirs(tmp_path: Path, command: str, stated: str) -> None:
    repository = build_repository(tmp_path / "repository", "nested", registry="rust")
    repository.write("mig-assist.toml", stated)
    repository.commit("Configure")
    merged = dict(repository.names)
    repository.checkout("feat/x", create=True)
    repository.add(20, "ours_first")
    repository.add(21, "ours_second")
    repository.commit("Ours")
    they_take_the_number(repository, merged, command)
    workspace = open_workspace(repository.root)
    held = holdings(workspace)
    assert held.own is not None
    planned = plan_renumbering(workspace, held.own, held)
    write_all(repository.root, planned.changes)
    text = (repository.root / "src/migrations.rs").read_text()
    assert "<<<<<<<" not in text
    newest = [(e.version, e.name) for e in open_registry(open_workspace(repository.root)).entries()]
    theirs = [(20, "theirs")] if command else []
    assert newest[3:] == [*theirs, (21, "ours_first"), (22, "ours_second")]
    assert '"V21__ours_first.sql"' in text
    assert 'include_str!("../migrations/postgres/V22__ours_second.sql")' in text


FAR = "crates/runner/src/store/migrations.rs"
LONG = "service_account_scopes_for_every_team"


@pytest.mark.parametrize("command", ["merge", "rebase"])
@pytest.mark.parametrize("layout", ["siblings-deep", "siblings-spelled", "up-down"])
def test_a_registry_in_another_crate_stays_as_rustfmt_leaves_it(
    tmp_path: Path, layout: str, command: str
) -> None:
    """The files lie beside the crates, so that long paths with ``../`` are wrapped or not."""
    repository = build_repository(tmp_path, layout, registry="rust", registry_file=FAR)
    repository.write("crates/runner/Cargo.toml", "")
    repository.commit("Make it a crate")
    taken = max(repository.names) + 1
    merged = dict(repository.names)
    repository.checkout("feat/x", create=True)
    repository.add(taken, LONG)
    repository.add(taken + 1, "ours")
    repository.write("docs/scopes.md", f"Since V{taken} {LONG} every team has scopes.\n")
    repository.commit("Ours")
    repository.checkout("main")
    repository.names.clear()
    repository.names.update(merged)
    repository.add(taken, "theirs")
    repository.commit("Theirs")
    repository.checkout("feat/x")
    with pytest.raises(subprocess.CalledProcessError):
        repository.git(command, "main")

    workspace = open_workspace(tmp_path)
    held = holdings(workspace)
    assert held.own == ((taken, LONG), (taken + 1, "ours"))
    write_all(tmp_path, plan_renumbering(workspace, held.own, held).changes)

    workspace = open_workspace(tmp_path)
    assert open_registry(workspace).path == FAR
    assert check_registry(workspace).findings == ()
    text = (tmp_path / FAR).read_text()
    assert rustfmt(text) == text
    assert "../../../../" in text
    repository.names.clear()
    repository.names.update({**merged, taken: "theirs", taken + 1: LONG, taken + 2: "ours"})
    repository.write_registry()
    assert (tmp_path / FAR).read_text() == text
    assert f"Since V{taken + 1} {LONG}" in (tmp_path / "docs/scopes.md").read_text()


OUR_TESTS = """
#[cfg(test)]
mod label_tests {
    const LABEL_VERSION: i64 = 20;

    #[test]
    fn v20_add_label_keeps_rows() {
        let db = super::migrate_to(19);
        super::migrate_to_version(&db, 20);
        assert_eq!(db.versions().last(), Some(&20));
        assert_eq!(super::newest(), 20);
        assert_eq!(db.applied("V20__add_label"), 1);
        assert_eq!(db.len(), 20);
    }
}
"""


@pytest.mark.parametrize("command", ["", "merge", "rebase"])
def test_the_tests_below_a_list_move_with_it(tmp_path: Path, command: str) -> None:
    repository = build_repository(tmp_path, "nested", registry="rust")
    registry, other = tmp_path / "src/migrations.rs", tmp_path / "src/labels.rs"
    merged = dict(repository.names)
    repository.checkout("feat/x", create=True)
    repository.add(20, "add_label")
    registry.write_text(registry.read_text() + OUR_TESTS)
    other.write_text(f"fn v20_hook(migrations: &[M]) {{}}\n{OUR_TESTS}")
    repository.commit("Ours")
    they_take_the_number(repository, merged, command)
    workspace = open_workspace(tmp_path)
    held = holdings(workspace)
    assert held.own is not None
    planned = plan_renumbering(workspace, held.own, held)
    write_all(tmp_path, planned.changes)
    moved = OUR_TESTS.replace("20", "21").replace("len(), 21", "len(), 20")
    assert registry.read_text().endswith(moved)
    assert other.read_text() == f"fn v20_hook(migrations: &[M]) {{}}\n{moved}"
    told = [(left.path, left.text, left.line) for left in planned.left_alone]
    assert [each[:2] for each in told] == [
        ("src/labels.rs", "fn v20_hook(migrations: &[M]) {}"),
        ("src/labels.rs", "assert_eq!(db.len(), 20);"),
        ("src/migrations.rs", "assert_eq!(db.len(), 20);"),
    ]
    text = registry.read_text().split("\n")
    assert text[told[-1][2] - 1].strip() == "assert_eq!(db.len(), 20);"
