"""``mig-assist new`` with a flag for everything that a scaffold asks."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import MigAssist

LIBSQL = "migrations/V18__{}.sql"
POSTGRES = "migrations/postgres/V18__{}.sql"


def test_flags_answer_the_questions(root: Path, mig_assist: MigAssist) -> None:
    result = mig_assist(
        "new", "--name", "add_region_to_teams", "--template", "add-column", "--table", "teams",
        "--column", "region", "--type", "TEXT", "--not-null", "--default", "'eu'",
        "--summary", "Where a team's data lies.", "--yes", cwd=root,
    )  # fmt: skip
    assert result.status == 0, result.stderr
    for path in (LIBSQL, POSTGRES):
        text = (root / path.format("add_region_to_teams")).read_text()
        assert ": Where a team's data lies.\n" in text
        assert "ALTER TABLE teams ADD COLUMN region TEXT NOT NULL DEFAULT 'eu';" in text
        assert "mig-assist: todo" not in text


def test_what_is_left_open_is_marked(root: Path, mig_assist: MigAssist) -> None:
    result = mig_assist(
        "new", "--name", "route_tags", "--template", "create-table", "--yes", cwd=root
    )
    assert result.status == 0, result.stderr
    text = (root / LIBSQL.format("route_tags")).read_text()
    assert "CREATE TABLE route_tags (" in text
    assert "mig-assist: todo" in text


def test_an_answer_that_does_not_fit_writes_nothing(root: Path, mig_assist: MigAssist) -> None:
    result = mig_assist(
        "new", "--name", "drop_region", "--template", "drop", "--what", "column",
        "--table", "teams", "--column", "nowhere", "--yes", cwd=root,
    )  # fmt: skip
    assert result.status == 2
    assert "--column: there is no 'nowhere'" in result.stderr
    assert not list(root.glob("**/V18*"))


def test_a_flag_of_another_template_is_refused(root: Path, mig_assist: MigAssist) -> None:
    result = mig_assist(
        "new", "--name", "note_it", "--template", "blank", "--table", "teams", "--yes", cwd=root
    )
    assert result.status == 2
    assert "blank does not ask for --table" in result.stderr
