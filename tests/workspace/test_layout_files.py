"""The files of every layout: what is a migration, where the next one belongs, what leaves."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mig_assist.backend import Backend
from mig_assist.errors import EnvironmentLacks
from mig_assist.file_changes import ChangeRefused
from mig_assist.workspace import open_workspace
from mig_assist.workspace.config import Config, MigrationFolders
from mig_assist.workspace.files import migration_path, near_misses, pairs, scan
from mig_assist.workspace.model import Workspace
from tests.repositories.builder import LAYOUTS, build_repository
from tests.shared_ground.unprivileged import Unprivileged


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_migrations_are_found_and_nothing_else(tmp_path: Path, layout: str) -> None:
    repository = build_repository(tmp_path, layout, git=False)
    workspace = open_workspace(tmp_path)
    for side in Backend:
        folder = workspace.layout.of(side).folder
        repository.write(f"{folder}/README.md", "")
        repository.write(f"{folder}/seed.sql", "")

    files = scan(workspace)

    expected = {
        repository.path(side, version): (version, name, side)
        for side in Backend
        for version, name in repository.names.items()
    }
    assert {file.path: (file.version, file.name, file.backend) for file in files} == expected
    assert len(files) == len(expected)
    assert [len(pair.files) for pair in pairs(files)] == [2, 2, 2]
    assert list(near_misses(workspace)) == []


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_next_pair_goes_where_the_others_are(tmp_path: Path, layout: str) -> None:
    repository = build_repository(tmp_path, layout, git=False)
    workspace = open_workspace(tmp_path)
    version = max(repository.names) + 1

    for side in Backend:
        path = migration_path(workspace, side, version, "next_one")
        assert path == repository.path(side, version, "next_one")
        down = workspace.layout.of(side).down_path(version, "next_one")
        assert down == repository.down_path(side, version, "next_one")


def test_a_version_without_its_file_is_none(tmp_path: Path) -> None:
    build_repository(tmp_path, "folder-per-version", git=False)
    workspace = open_workspace(tmp_path)
    (tmp_path / "migrations/sqlite/V30__empty").mkdir()
    (tmp_path / "migrations/sqlite/V31__folder/up.sql").mkdir(parents=True)
    assert 30 not in {file.version for file in scan(workspace)}
    assert 31 not in {file.version for file in scan(workspace)}


class TestNearMisses:
    def test_each_layout_has_its_own(self, tmp_path: Path) -> None:
        repository = build_repository(tmp_path, "up-down", git=False)
        workspace = open_workspace(tmp_path)
        folder = "storage/migrations/postgres"
        for name in ("v0020.x.up.sql", "V0021_x.sql", "V0022.x.mysql.sql", "0023.x.up.sql"):
            repository.write(f"{folder}/{name}", "")
        assert [(miss.version, miss.path) for miss in near_misses(workspace)] == [
            (21, f"{folder}/V0021_x.sql"),
            (20, f"{folder}/v0020.x.up.sql"),
        ]

    def test_a_folder_may_be_one(self, tmp_path: Path) -> None:
        repository = build_repository(tmp_path, "folder-per-version", git=False)
        repository.write("migrations/sqlite/V20_x/up.sql", "")
        repository.write("migrations/sqlite/V21.txt", "")
        (miss,) = near_misses(open_workspace(tmp_path))
        assert (miss.version, miss.path) == (20, "migrations/sqlite/V20_x")

    def test_in_one_folder_each_is_told_once(self, tmp_path: Path) -> None:
        repository = build_repository(tmp_path, "file-suffix", git=False)
        repository.write("migrations/0020-x.sql", "")
        assert [miss.version for miss in near_misses(open_workspace(tmp_path))] == [20]


def nested(root: Path) -> Workspace:
    return Workspace(root, Config(migrations=MigrationFolders()))


class TestHostileFolders:
    def test_a_folder_that_leads_out_of_the_workspace_is_refused(self, tmp_path: Path) -> None:
        inside, outside = tmp_path / "inside", tmp_path / "outside"
        build_repository(outside, git=False)
        inside.mkdir()
        (inside / "migrations").symlink_to(outside / "migrations")
        with pytest.raises(ChangeRefused, match=str(outside)):
            scan(nested(inside))

    def test_a_folder_that_leads_elsewhere_inside_is_fine(self, tmp_path: Path) -> None:
        build_repository(tmp_path / "db", git=False)
        (tmp_path / "migrations").symlink_to("db/migrations")
        assert len(scan(nested(tmp_path))) == 6

    def test_a_loop_ends(self, tmp_path: Path) -> None:
        (tmp_path / "migrations").symlink_to("migrations")
        with pytest.raises(EnvironmentLacks, match="cannot be listed"):
            scan(nested(tmp_path))

    def test_a_folder_without_permission_is_named(self, unprivileged: Unprivileged) -> None:
        build_repository(unprivileged.folder, git=False)
        (unprivileged.folder / "migrations/postgres").chmod(0)
        with unprivileged.user(), pytest.raises(EnvironmentLacks, match="migrations/postgres"):
            scan(nested(unprivileged.folder))

    def test_names_that_are_not_utf8_are_told_and_not_taken(self, tmp_path: Path) -> None:
        build_repository(tmp_path, git=False)
        with open(os.fsencode(tmp_path) + b"/migrations/V20__caf\xe9.sql", "wb"):  # noqa: PTH123
            pass
        workspace = open_workspace(tmp_path)
        assert {file.version for file in scan(workspace)} == {17, 18, 19}
        (miss,) = near_misses(workspace)
        assert miss.path == r"migrations/V20__caf\udce9.sql"
