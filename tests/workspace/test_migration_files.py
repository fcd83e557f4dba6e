"""Migration files are known by their names: V<version>__<name>.sql in one folder per backend."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig_assist.backend import Backend
from mig_assist.errors import EnvironmentLacks
from mig_assist.workspace.config import Config, MigrationFolders
from mig_assist.workspace.files import (
    MigrationFile,
    migration_path,
    near_misses,
    pairs,
    scan,
)
from mig_assist.workspace.layout import Layout
from mig_assist.workspace.model import Workspace
from tests.shared_ground.unprivileged import Unprivileged
from tests.workspace.layouts import write, write_pair


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("V18__route_profiles.sql", (18, "route_profiles")),
        ("V1__a.sql", (1, "a")),
        ("V0__zero.sql", (0, "zero")),
        ("V999999999__last.sql", (999_999_999, "last")),
        ("V18__[red].sql", (18, "[red]")),
        ("V18____.sql", (18, "__")),
        ("V18__größe.sql", (18, "größe")),
        ("V18__two words.sql", (18, "two words")),
        ("V18__a.sql.sql", (18, "a.sql")),
    ],
)
def test_a_migration_is_known_by_its_name(name: str, meaning: tuple[int, str]) -> None:
    assert Layout().libsql.parse(name) == meaning


@pytest.mark.parametrize(
    "name",
    [
        "V018__x.sql",
        "v18__x.sql",
        "V18_x.sql",
        "V18__.sql",
        "V18.sql",
        "V__x.sql",
        "V1000000000__x.sql",
        "V1٨__x.sql",
        "V-18__x.sql",
        "V18__x.SQL",
        "V18__x.sql~",
        "V18__x.sql\n",
        " V18__x.sql",
        "V18__a/b.sql",
        "V18__a\\b.sql",
        "V18__a\nb.sql",
        "V18__\x1b[31m.sql",
        "V18__caf\udce9.sql",
        "registry.toml",
        "",
    ],
)
def test_a_name_of_another_kind_is_none(name: str) -> None:
    assert Layout().libsql.parse(name) is None


@given(st.integers(0, 999_999_999), st.from_regex(r"[a-z][a-z0-9_]{0,40}", fullmatch=True))
def test_a_name_that_is_written_can_be_read_back(version: int, name: str) -> None:
    side = Layout().libsql
    assert side.parse_path(side.path(version, name)) == (version, name)


@given(st.text())
def test_whatever_is_read_is_the_very_name_that_would_be_written(text: str) -> None:
    side = Layout().libsql
    parsed = side.parse(text)
    assert parsed is None or side.path(*parsed) == side.below_root(text)


def workspace_at(root: Path, libsql: str = "migrations", postgres: str = "") -> Workspace:
    return Workspace(
        root, Config(migrations=MigrationFolders(libsql, postgres or "migrations/postgres"))
    )


def test_both_folders_are_read_by_version_backend_and_path(tmp_path: Path) -> None:
    for version, name in ((100, "late"), (18, "early"), (2, "first")):
        write_pair(tmp_path, version, name)
    write(tmp_path, "migrations/README.md", "")
    files = scan(workspace_at(tmp_path))
    assert [(file.version, file.backend) for file in files] == [
        (version, backend) for version in (2, 18, 100) for backend in Backend
    ]
    assert files[-1] == MigrationFile(
        100, "late", Backend.POSTGRES, "migrations/postgres/V100__late.sql"
    )


def test_files_of_one_version_are_paired_however_they_are_called(tmp_path: Path) -> None:
    write_pair(tmp_path, 17, "baseline")
    write(tmp_path, "migrations/V18__half.sql", "")
    write(tmp_path, "migrations/V19__left.sql", "")
    write(tmp_path, "migrations/V19__also_left.sql", "")
    write(tmp_path, "migrations/postgres/V19__right.sql", "")
    found = {pair.version: pair for pair in pairs(scan(workspace_at(tmp_path)))}
    assert [len(found[version].files) for version in (17, 18, 19)] == [2, 1, 3]
    assert found[18].of(Backend.POSTGRES) is None
    first = found[19].of(Backend.LIBSQL)
    assert first is not None
    assert first.name == "also_left"


def test_the_workspace_itself_may_be_a_migration_folder(tmp_path: Path) -> None:
    workspace = workspace_at(tmp_path, ".", "postgres")
    write(tmp_path, "V17__baseline.sql", "")
    write(tmp_path, "postgres/V17__baseline.sql", "")
    assert [file.path for file in scan(workspace)] == [
        "V17__baseline.sql",
        "postgres/V17__baseline.sql",
    ]
    assert migration_path(workspace, Backend.LIBSQL, 18, "next") == "V18__next.sql"


def test_folders_that_do_not_exist_hold_nothing(tmp_path: Path) -> None:
    assert scan(workspace_at(tmp_path)) == ()
    assert list(near_misses(workspace_at(tmp_path))) == []


def test_a_folder_that_cannot_be_listed_is_named(tmp_path: Path) -> None:
    write(tmp_path, "migrations", "I am a file.")
    with pytest.raises(EnvironmentLacks, match="migrations cannot be listed"):
        scan(workspace_at(tmp_path))


def test_a_folder_without_permission_is_named(unprivileged: Unprivileged) -> None:
    write_pair(unprivileged.folder, 17, "baseline")
    (unprivileged.folder / "migrations").chmod(0)
    with unprivileged.user(), pytest.raises(EnvironmentLacks, match="Permission denied"):
        scan(workspace_at(unprivileged.folder))


def test_what_was_meant_as_a_migration_is_reported(tmp_path: Path) -> None:
    write_pair(tmp_path, 17, "baseline")
    for name in ("V018__x.sql", "v18__x.sql", "V18_x.SQL", "V18__.sql", "V19__a\nb.sql"):
        write(tmp_path, f"migrations/{name}", "")
    for name in ("seed.sql", "0018_x.sql", ".V18_x.sql", "V18__x.sql.orig", "views.sql"):
        write(tmp_path, f"migrations/postgres/{name}", "")
    assert [(miss.version, miss.path) for miss in near_misses(workspace_at(tmp_path))] == [
        (18, "migrations/V018__x.sql"),
        (18, "migrations/V18__.sql"),
        (18, "migrations/V18_x.SQL"),
        (19, r"migrations/V19__a\nb.sql"),
        (18, "migrations/v18__x.sql"),
    ]


def test_a_name_that_is_not_utf8_can_still_be_told(tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    with open(os.fsencode(folder) + b"/V18__caf\xe9.sql", "wb"):  # noqa: PTH123 - a bytes path
        pass
    assert scan(workspace_at(tmp_path)) == ()
    (miss,) = near_misses(workspace_at(tmp_path))
    assert miss.path == r"migrations/V18__caf\udce9.sql"


class TestOneNumberForSeveralFiles:
    """Houses that give a number to a step of several files, which run in the order of names."""

    @staticmethod
    def shown(*files: tuple[Backend, str]) -> list[tuple[int, list[str]]]:
        found = pairs(MigrationFile(1, name, side, f"{side}/1_{name}.sql") for side, name in files)
        return [(pair.version, [f"{f.backend} {f.name}" for f in pair.files]) for pair in found]

    def test_they_pair_by_name_where_both_sides_have_the_same(self) -> None:
        sides = [(side, name) for side in Backend for name in ("b_spaces", "a_principals")]
        assert self.shown(*sides) == [
            (1, ["libsql a_principals", "postgres a_principals"]),
            (1, ["libsql b_spaces", "postgres b_spaces"]),
        ]

    def test_one_side_may_have_more_or_have_them_alone(self) -> None:
        alone = [(Backend.POSTGRES, name) for name in ("btree", "trgm")]
        assert self.shown(*alone) == [(1, ["postgres btree"]), (1, ["postgres trgm"])]
        more = [*alone, *((Backend.LIBSQL, name) for name in ("btree", "trgm", "views"))]
        assert [len(files) for _, files in self.shown(*more)] == [2, 2, 1]

    def test_where_names_do_not_agree_they_are_one_pair_with_too_many(self) -> None:
        files = [(Backend.LIBSQL, "a"), (Backend.LIBSQL, "b"), (Backend.POSTGRES, "a")]
        assert len(self.shown(*files)) == 1
        assert len(self.shown(*files, (Backend.POSTGRES, "c"))) == 1
