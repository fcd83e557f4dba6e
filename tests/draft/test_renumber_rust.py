"""Renumbering where the registry is Rust source, also in conflict."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from mig_assist.draft.renumber import plan_renumbering
from mig_assist.file_changes import write_all
from mig_assist.workspace import open_workspace
from mig_assist.workspace.numbers import holdings
from mig_assist.workspace.registry import open_registry
from tests.repositories.builder import build_repository

CONFIG = '[registry]\nkind = "rust"\npath = "src/migrations.rs"\n'


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
    repository.checkout("main")
    repository.names.clear()
    repository.names.update(merged)
    repository.add(20, "theirs")
    repository.commit("Theirs")
    repository.checkout("feat/x")
    if command:
        with pytest.raises(subprocess.CalledProcessError):
            repository.git(command, "main")
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
