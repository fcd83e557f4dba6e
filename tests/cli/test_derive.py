"""``mig-assist derive`` as a person types it."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import MigAssist


def test_the_counterpart_goes_to_standard_output(root: Path, mig_assist: MigAssist) -> None:
    result = mig_assist("derive", "migrations/V17__baseline.sql", "--to", "postgres", cwd=root)
    assert "is_active BIGINT NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1))" in result.stdout
    assert "settings_json TEXT NOT NULL DEFAULT '{}' CHECK (settings_json IS JSON)" in result.stdout
    assert "STRICT;" not in result.stdout


def test_the_schema_before_the_file_is_known(root: Path, mig_assist: MigAssist) -> None:
    file = root / "draft.sql"
    file.write_text("UPDATE teams SET updated_at = max(updated_at, created_at);\n")
    result = mig_assist("derive", "draft.sql", "--to", "postgres", cwd=root)
    assert result.stdout == "UPDATE teams SET updated_at = greatest(updated_at, created_at);\n"
    assert (result.status, result.stderr) == (0, "")


def test_a_rebuild_keeps_the_old_text(root: Path, mig_assist: MigAssist) -> None:
    old = (
        "CREATE TABLE shelves (\n    id INTEGER PRIMARY KEY, -- never reused\n    size  TEXT\n);\n"
    )
    (root / "migrations/V18__shelves.sql").write_text(old)
    (root / "migrations/postgres/V18__shelves.sql").write_text(
        "CREATE TABLE shelves (\n    id BIGINT PRIMARY KEY,\n    size TEXT\n);\n"
    )
    (root / "draft.sql").write_text("ALTER TABLE shelves ALTER COLUMN size SET NOT NULL;\n")
    result = mig_assist("derive", "draft.sql", "--to", "libsql", cwd=root)
    assert "    id INTEGER PRIMARY KEY, -- never reused\n    size  TEXT NOT NULL\n" in result.stdout


def test_marks_are_told_and_end_in_status_1(root: Path, mig_assist: MigAssist) -> None:
    file = root / "draft.sql"
    file.write_text("-- rights\nALTER TABLE teams ENABLE ROW LEVEL SECURITY;\n")
    result = mig_assist("derive", "draft.sql", "--to", "libsql", cwd=root)
    assert result.status == 1
    assert "-- mig-assist: todo libsql hides no rows: let" in result.stdout
    assert "queries do so.\n-- ALTER TABLE teams ENABLE" in result.stdout
    assert "line 2: libsql hides no rows" in result.stderr


def test_a_file_of_the_wanted_side_is_wrong_use(root: Path, mig_assist: MigAssist) -> None:
    result = mig_assist("derive", "migrations/V17__baseline.sql", "--to", "libsql", cwd=root)
    assert (result.status, result.stdout) == (2, "")
    assert "is a libsql file already" in result.stderr


def test_a_file_that_is_not_there_is_told(root: Path, mig_assist: MigAssist) -> None:
    result = mig_assist("derive", "nowhere.sql", "--to", "libsql", cwd=root)
    assert result.status != 0
    assert "nowhere.sql" in result.stderr
