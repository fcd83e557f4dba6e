"""The first, static look at equivalence: which tables a side touches."""

from __future__ import annotations

import pytest

from mig_assist.backend import Backend
from mig_assist.findings import Severity
from mig_assist.verify.report import Subject
from mig_assist.verify.touched_tables import check_touched_tables, touched_tables
from mig_assist.workspace import open_workspace
from tests.conftest import WorkspaceCopy

REBUILD = """
CREATE TABLE teams_v18_new (id TEXT PRIMARY KEY NOT NULL) STRICT;
INSERT INTO teams_v18_new SELECT id FROM teams;
DROP TABLE teams;
ALTER TABLE teams_v18_new RENAME TO teams;
CREATE UNIQUE INDEX teams_id_key ON teams (id) WHERE id <> '';
"""


@pytest.mark.parametrize(
    ("backend", "sql", "expected"),
    [
        (Backend.LIBSQL, REBUILD, {"teams"}),
        (Backend.POSTGRES, "ALTER TABLE teams ADD CONSTRAINT c CHECK (id <> '');", {"teams"}),
        (Backend.POSTGRES, "CREATE TABLE Profiles (id TEXT CHECK (id IS JSON));", {"profiles"}),
        (Backend.LIBSQL, "INSERT INTO a SELECT * FROM b; UPDATE c SET x = 1;", {"a", "c"}),
        (Backend.LIBSQL, "DELETE FROM a WHERE id IN (SELECT id FROM b);", {"a"}),
        (Backend.LIBSQL, "DROP INDEX a_idx; SELECT 1;", set()),
        (Backend.POSTGRES, "ALTER TABLE a RENAME TO b;", {"b"}),
        (Backend.POSTGRES, "ALTER TABLE a VALIDATE CONSTRAINT c;", None),
        (Backend.LIBSQL, "CREAT TABLE a (", None),
        (Backend.LIBSQL, "", set()),
        (Backend.LIBSQL, "INSERT OR IGNORE INTO main.a (x) VALUES (1);", {"a"}),
        (Backend.LIBSQL, 'REPLACE INTO "A b" SELECT * FROM c;', {"a b"}),
        (Backend.POSTGRES, "INSERT INTO public.a DEFAULT VALUES;", {"a"}),
        (Backend.POSTGRES, "INSERT INTO a /* ; */ AS t VALUES (1);", {"a"}),
        (Backend.POSTGRES, "INSERT INTO a VALUES (1", None),
        (Backend.LIBSQL, "SELECT 1;" * 100_000, None),
    ],
)
def test_the_tables_of_a_script_are_those_that_it_changes(
    backend: Backend, sql: str, expected: set[str] | None, capfd: pytest.CaptureFixture[str]
) -> None:
    assert touched_tables(sql, backend) == expected
    assert capfd.readouterr().err == ""


def test_a_rebuild_and_an_alter_are_the_same_change_and_a_stray_table_is_a_note(
    workspace_copy: WorkspaceCopy,
) -> None:
    root = workspace_copy()
    subject = Subject(open_workspace(root), 18, "team_checks")
    (root / subject.path(Backend.LIBSQL)).write_text(REBUILD)
    postgres = root / subject.path(Backend.POSTGRES)
    postgres.write_text("ALTER TABLE teams ADD CONSTRAINT c CHECK (id <> '');\n")
    report = check_touched_tables(subject)
    assert (report.summary, report.findings) == ("both sides touch teams", ())
    postgres.write_text("ALTER TABLE teams ADD CONSTRAINT c CHECK (id <> ''); DROP TABLE users;\n")
    report = check_touched_tables(subject)
    assert report.passed
    (finding,) = report.findings
    assert (finding.severity, finding.object) == (Severity.NOTE, "users")
    assert finding.message == "Only the PostgreSQL side touches users."
