"""Halves of one change under two numbers are noticed by their names, and stated as a pair."""

from __future__ import annotations

from pathlib import Path

import pytest

from mig_assist.workspace import Workspace, open_workspace
from mig_assist.workspace.config import ConfigurationError
from mig_assist.workspace.files import pairs, scan
from mig_assist.workspace.numbers import holdings
from mig_assist.workspace.twins import stated, twins_in
from tests.workspace.layouts import write
from tests.workspace.repositories import Repository

SQL = "CREATE TABLE t (id TEXT PRIMARY KEY);\n"
ALIKE = tuple(f"{number}_step_{number}" for number in range(1, 10))
ONE_AHEAD = (*ALIKE, "10_rollouts", "11_rules", "12_state", "13_defaults", "14_metadata")
BEHIND = (*ALIKE, "10_rollouts", "11_state", "12_defaults", "13_metadata")
"""The same changes without the rules, which SQLite did not need."""


def house(root: Path, libsql: tuple[str, ...], postgres: tuple[str, ...]) -> Workspace:
    for folder, entries in (("sqlite", libsql), ("postgres", postgres)):
        for entry in entries:
            write(root, f"{folder}/{entry}.up.sql", SQL)
    return open_workspace(root)


def proposed(workspace: Workspace) -> tuple[str, ...]:
    return stated(workspace, twins_in(workspace))


def test_a_side_that_is_one_number_ahead(tmp_path: Path) -> None:
    workspace = house(tmp_path, BEHIND, ONE_AHEAD)
    assert proposed(workspace) == (
        "11_state = 12_state",
        "12_defaults = 13_defaults",
        "13_metadata = 14_metadata",
    )


def test_one_change_at_two_times(tmp_path: Path) -> None:
    others = tuple(f"202501{day:02}180712_step_{day}" for day in (2, 3, 18, 20, 21))
    workspace = house(tmp_path, ("20250115155817_ldap", *others), ("20250117164229_ldap", *others))
    assert proposed(workspace) == ("20250115155817_ldap = 20250117164229_ldap",)


@pytest.mark.parametrize(
    ("libsql", "postgres"),
    [
        (("1_a", "2_tags", "3_c", "4_d"), ("1_a", "3_c", "4_d", "5_tags")),
        (("1_a", "2_tags", "3_c", "4_tags"), ("1_a", "2_x", "3_c", "5_tags")),
        (("1_a", "2_tags", "3_b", "4_c"), ("1_a", "3_tags", "4_c", "5_x")),
    ],
    ids=["it would overtake another", "a name that comes twice", "it would meet another"],
)
def test_what_may_be_something_else_is_not_proposed(
    tmp_path: Path, libsql: tuple[str, ...], postgres: tuple[str, ...]
) -> None:
    assert proposed(house(tmp_path, libsql, postgres)) == ()


def test_stated_halves_are_one_version_under_postgresqls_number(tmp_path: Path) -> None:
    workspace = house(tmp_path, BEHIND, ONE_AHEAD)
    lines = "".join(f'"{each}",' for each in proposed(workspace))
    write(tmp_path, "mig-assist.toml", f"[migrations]\npairs = [{lines}]\n")
    workspace = open_workspace(tmp_path)
    found = [pair for pair in pairs(scan(workspace)) if pair.version > 9]
    assert [(pair.version, len(pair.files)) for pair in found] == [
        (10, 2),
        (11, 1),
        (12, 2),
        (13, 2),
        (14, 2),
    ]
    assert [file.path for file in found[2].files] == [
        "sqlite/11_state.up.sql",
        "postgres/12_state.up.sql",
    ]
    assert workspace.layout.libsql.path(12, "state") == "sqlite/11_state.up.sql"
    assert workspace.layout.libsql.path(15, "state") == "sqlite/15_state.up.sql"
    assert workspace.config.baseline == 1
    assert proposed(workspace) == ()


def test_git_knows_them_under_the_same_number(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    house(tmp_path, BEHIND, ONE_AHEAD)
    write(tmp_path, "mig-assist.toml", '[migrations]\npairs = ["13_metadata = 14_metadata"]\n')
    repository.commit()
    repository.branch("feat/x")
    held = holdings(open_workspace(tmp_path))
    assert held.own == ()
    assert held.is_on_base((14, "metadata"))
    assert not held.is_on_base((13, "metadata"))


@pytest.mark.parametrize("pair", ["13_metadata", "13_metadata = metadata", "13_metadata=14_x"])
def test_what_names_no_two_migrations_is_refused(tmp_path: Path, pair: str) -> None:
    house(tmp_path, BEHIND, ONE_AHEAD)
    write(tmp_path, "mig-assist.toml", f'[migrations]\npairs = ["{pair}"]\n')
    with pytest.raises(ConfigurationError, match=r"migrations\.pairs"):
        open_workspace(tmp_path)
