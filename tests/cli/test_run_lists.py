"""``mig-assist run registry --lists``: hand-kept lists of tables are mended on request."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import MigAssist

SQL = "CREATE TABLE profiles (id TEXT PRIMARY KEY NOT NULL);\n"


@pytest.fixture
def begun(root: Path, mig_assist: MigAssist) -> Path:
    """A workspace with V18 in work and a list that does not have its table."""
    (root / "export.txt").write_text("models\nteams\n")
    with (root / "mig-assist.toml").open("a") as file:
        file.write('\n[lists]\ntables = ["export.txt"]\n')
    done = mig_assist("new", "--name", "route_profiles", "--yes", cwd=root)
    assert done.status == 0, done.stderr
    for folder in ("migrations", "migrations/postgres"):
        (root / folder / "V18__route_profiles.sql").write_text(SQL)
    return root


def test_a_missing_table_fails_the_item_and_names_the_way_out(
    begun: Path, mig_assist: MigAssist
) -> None:
    done = mig_assist("run", "registry", cwd=begun)
    assert done.status == 1
    printed = done.stdout + done.stderr
    assert "V18 creates profiles, which export.txt does not list" in " ".join(printed.split())
    assert (begun / "export.txt").read_text() == "models\nteams\n"


def test_it_is_added_after_a_yes(begun: Path, mig_assist: MigAssist) -> None:
    done = mig_assist("run", "registry", "--lists", "--yes", cwd=begun)
    assert done.status == 0, done.stdout + done.stderr
    assert (begun / "export.txt").read_text() == "models\nprofiles\nteams\n"
    assert "+profiles" in done.stderr


def test_without_a_terminal_the_yes_is_asked_for(begun: Path, mig_assist: MigAssist) -> None:
    done = mig_assist("run", "registry", "--lists", cwd=begun)
    assert done.status == 2
    assert "--yes" in done.stderr
    assert (begun / "export.txt").read_text() == "models\nteams\n"


def test_a_list_that_is_none_is_named(begun: Path, mig_assist: MigAssist) -> None:
    (begun / "export.txt").unlink()
    done = mig_assist("run", "registry", "--lists", "--yes", cwd=begun)
    assert done.status == 1
    assert "export.txt does not exist" in done.stderr
