"""Where a workspace keeps no registry, the folders are the list."""

from __future__ import annotations

from pathlib import Path

from mig_assist.backend import Backend
from mig_assist.digests import content_digest
from mig_assist.workspace import open_workspace
from mig_assist.workspace.registry import open_registry
from tests.workspace.layouts import write, write_pair


def test_every_version_in_the_folders_is_listed(tmp_path: Path) -> None:
    write_pair(tmp_path, 17, "baseline")
    write_pair(tmp_path, 18, "teams", libsql="SELECT 1;\r\n")
    registry = open_registry(open_workspace(tmp_path))
    assert registry.path is None
    baseline, teams = registry.entries()
    assert (baseline.version, baseline.name) == (17, "baseline")
    assert teams.paths[Backend.POSTGRES] == "migrations/postgres/V18__teams.sql"
    assert teams.checksums[Backend.LIBSQL] == content_digest(b"SELECT 1;\n")


def test_half_a_pair_is_listed_by_its_half(tmp_path: Path) -> None:
    write_pair(tmp_path, 17, "baseline")
    write(tmp_path, "migrations/postgres/V18__half.sql", "SELECT 1;")
    half = open_registry(open_workspace(tmp_path)).entries()[-1]
    assert (half.name, set(half.paths)) == ("half", {Backend.POSTGRES})


def test_there_is_nothing_to_edit(tmp_path: Path) -> None:
    write_pair(tmp_path, 17, "baseline")
    registry = open_registry(open_workspace(tmp_path))
    assert registry.with_entry(registry.entries()[0]) is None
