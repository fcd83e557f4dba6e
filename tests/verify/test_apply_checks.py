"""Items 6 and 7: what a real engine shows about one side of a migration."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mig_assist.backend import Backend
from mig_assist.findings import Severity
from mig_assist.verify.apply import (
    MOST_FAULTS,
    check_fresh,
    check_rollback,
    check_rollbacks,
    fault_points,
)
from mig_assist.verify.report import Report, Subject
from mig_assist.workspace import open_workspace
from tests.conftest import WorkspaceCopy
from tests.verify.conftest import Authored, codes
from tests.workspace.layouts import write, write_pair, write_registry

SOUND = """
CREATE TABLE route_tags (
    id TEXT PRIMARY KEY,
    tag TEXT NOT NULL CHECK (tag <> '')
);
CREATE INDEX route_tags_tag_idx ON route_tags (tag);
INSERT INTO route_tags VALUES ('a', 'first');
ALTER TABLE baseline ADD COLUMN tag_id TEXT;
UPDATE baseline SET tag_id = 'a';
"""
FAILING = """-- The third statement names a table that is not there.
CREATE TABLE route_tags (id TEXT PRIMARY KEY);

INSERT INTO route_tags VALUES ('a');
INSERT INTO
    missing_table VALUES (1);
"""


@pytest.fixture
def url(request: pytest.FixtureRequest, backend: Backend) -> str | None:
    """Where PostgreSQL answers, for that backend alone."""
    found: str | None = (
        request.getfixturevalue("postgres_url") if backend is Backend.POSTGRES else None
    )
    return found


@pytest.fixture(params=list(Backend), ids=str)
def backend(request: pytest.FixtureRequest) -> Backend:
    """Each backend in turn."""
    found: Backend = request.param
    return found


def test_a_sound_migration_applies_to_a_fresh_database(
    authored: Authored, backend: Backend, url: str | None
) -> None:
    report = check_fresh(authored(SOUND), backend, url)
    assert report.findings == ()
    assert report.summary == "2 versions apply to a fresh database"
    assert report.versions[backend][0].isdigit()


def test_it_rolls_back_at_every_fault_point(
    authored: Authored, backend: Backend, url: str | None
) -> None:
    report = check_rollback(authored(SOUND), backend, url)
    assert report.findings == ()
    assert report.summary == "rolls back cleanly at 6 of 6 fault points"


@pytest.mark.parametrize("check", [check_fresh, check_rollback])
def test_a_statement_that_fails_is_named_with_its_line(
    authored: Authored, backend: Backend, url: str | None, check: type
) -> None:
    (finding,) = check(authored(FAILING), backend, url).findings
    assert (finding.code, finding.version, finding.backend) == ("atomic/apply-failed", 18, backend)
    assert finding.line == 5
    assert finding.place.endswith("V18__route_tags.sql:5")
    assert "missing_table" in finding.message


@pytest.mark.parametrize("check", [check_fresh, check_rollback])
@pytest.mark.parametrize(
    "ending", ["COMMIT", "ROLLBACK", "BEGIN", "END", "commit  -- now\n", "/* */ ROLLBACK"]
)
def test_a_migration_may_not_end_its_transaction(
    authored: Authored, backend: Backend, url: str | None, check: type, ending: str
) -> None:
    subject = authored(f"CREATE TABLE route_tags (id TEXT);\n{ending};\nSELECT 1;\n")
    (finding,) = check(subject, backend, url).findings
    assert (finding.code, finding.line) == ("atomic/apply-failed", 2)
    assert "transaction" in finding.message


def test_savepoints_may_stay(authored: Authored, backend: Backend, url: str | None) -> None:
    subject = authored("SAVEPOINT a; CREATE TABLE x (y TEXT); ROLLBACK TO a; RELEASE a; SELECT 1;")
    assert check_fresh(subject, backend, url).findings == ()
    assert check_rollback(subject, backend, url).findings == ()


def test_sql_that_does_not_parse_is_a_finding(
    authored: Authored, backend: Backend, url: str | None
) -> None:
    (finding,) = check_fresh(authored("SELECT 1;\nCREATE TABEL x;\n"), backend, url).findings
    assert (finding.code, finding.line) == ("atomic/apply-failed", 2)


def test_an_earlier_version_that_fails_is_the_one_that_is_named(
    authored: Authored, backend: Backend, url: str | None
) -> None:
    subject = authored(SOUND)
    write_pair(subject.workspace.root, 17, "baseline", "SELEC 1;", "SELEC 1;")
    write_registry(subject.workspace.root, (17, "baseline"), (18, "route_tags"))
    (finding,) = check_fresh(subject, backend, url).findings
    assert finding.version == 17
    assert finding.place.endswith("V17__baseline.sql:1")
    (finding,) = check_rollback(subject, backend, url).findings
    assert finding.version == 17


def test_a_version_that_is_not_registered_would_not_run(
    authored: Authored, backend: Backend, url: str | None
) -> None:
    subject = authored(SOUND)
    write_registry(subject.workspace.root, (17, "baseline"))
    for check in (check_fresh, check_rollback):
        (finding,) = check(subject, backend, url).findings
        assert (finding.code, finding.version) == ("registry/missing-entry", 18)


@pytest.mark.parametrize("damage", ["content", "missing", "link", "registry"])
def test_a_registry_that_does_not_agree_with_the_files_is_a_finding(
    authored: Authored, backend: Backend, url: str | None, damage: str
) -> None:
    subject = authored(SOUND)
    place = subject.workspace.root / subject.path(backend)
    match damage:
        case "content":
            place.write_text("SELECT 2;")
        case "missing":
            place.unlink()
        case "link":
            outside = write(subject.workspace.root.parent, "outside.sql", place.read_bytes())
            place.unlink()
            place.symlink_to(outside)
        case "registry":
            write(subject.workspace.root, "migrations/registry.toml", "[[")
    for check in (check_fresh, check_rollback):
        (finding,) = check(subject, backend, url).findings
        assert (finding.code, finding.backend) == ("registry/unusable", backend)


def test_versions_above_the_one_in_question_do_not_matter(
    authored: Authored, backend: Backend, url: str | None
) -> None:
    subject = authored(SOUND)
    write_pair(subject.workspace.root, 19, "broken", "SELEC;", "SELEC;")
    write_registry(subject.workspace.root, (17, "baseline"), (18, "route_tags"), (19, "broken"))
    assert check_fresh(subject, backend, url).passed


def test_several_versions_take_one_pass(
    authored: Authored, backend: Backend, url: str | None
) -> None:
    subject = authored(SOUND)
    reports = dict(check_rollbacks(subject.workspace, backend, {17, 18}, url))
    assert {version: report.summary for version, report in reports.items()} == {
        17: "rolls back cleanly at 2 of 2 fault points",
        18: "rolls back cleanly at 6 of 6 fault points",
    }


def test_the_embedded_baseline_stands(
    workspace_copy: WorkspaceCopy, backend: Backend, url: str | None
) -> None:
    subject = Subject(open_workspace(workspace_copy()), 17, "baseline")
    assert check_fresh(subject, backend, url).findings == ()


def test_a_database_that_does_not_answer_is_an_error_of_the_environment(
    authored: Authored,
) -> None:
    from mig_assist.engines.database import DatabaseError

    with pytest.raises(DatabaseError) as caught:
        check_fresh(authored(SOUND), Backend.POSTGRES, "postgresql://a:b@127.0.0.1:1/postgres")
    assert caught.value.exit_code == 3


def test_scratch_databases_are_gone_afterwards(authored: Authored, postgres_url: str) -> None:
    from mig_assist.engines.postgres import open_postgres

    check_fresh(authored(FAILING), Backend.POSTGRES, postgres_url)
    check_rollback(authored(SOUND), Backend.POSTGRES, postgres_url)
    with open_postgres(postgres_url) as server:
        left = server.query(
            "SELECT datname FROM pg_database WHERE datname LIKE 'mig_assist_scratch_%'"
        )
    assert left == []


def test_a_migration_of_many_statements_gets_faults_at_both_ends_and_between() -> None:
    assert fault_points(0) == (0,)
    assert fault_points(3) == (0, 1, 2, 3)
    for statements in (MOST_FAULTS - 1, MOST_FAULTS, 3_000):
        points = fault_points(statements)
        assert len(points) == len(set(points)) == MOST_FAULTS
        assert (points[0], points[-1]) == (0, statements)
    assert len(fault_points(10_000)) == 20
    assert fault_points(1_000_000) == (0, 500_000, 1_000_000)


def test_two_hundred_statements_are_checked_in_bounded_time(authored: Authored) -> None:
    sql = "".join(f"CREATE TABLE t{n} (a TEXT);\n" for n in range(200))
    report = check_rollback(authored(sql), Backend.LIBSQL)
    assert report.summary == f"rolls back cleanly at {MOST_FAULTS} of {MOST_FAULTS} fault points"
    assert codes(report) == []


@pytest.mark.parametrize("check", [check_fresh, check_rollback])
def test_a_data_statement_that_only_the_application_can_run_is_a_warning(
    authored: Authored, check: Callable[[Subject, Backend], Report]
) -> None:
    sql = f"{SOUND}\nUPDATE baseline\n   SET tag_id = shorten(tag_id);\n"
    report = check(authored(sql), Backend.LIBSQL)
    (finding,) = report.findings
    assert (finding.code, finding.severity) == ("atomic/unknown-function", Severity.WARNING)
    assert (finding.object, finding.line) == ("shorten", sql.count("\n") - 1)
    assert report.versions


@pytest.mark.parametrize("check", [check_fresh, check_rollback])
def test_what_needs_an_extension_that_the_server_lacks_is_a_warning(
    authored: Authored, check: Callable[[Subject, Backend, str], Report], postgres_url: str
) -> None:
    sql = f"CREATE EXTENSION mig_none;\n{SOUND}\nUPDATE baseline SET tag_id = mig_none(tag_id);\n"
    report = check(authored(SOUND, sql), Backend.POSTGRES, postgres_url)
    assert {f.code for f in report.findings} == {"atomic/missing-extension"}
    assert [f.severity for f in report.findings] == [Severity.NOTE, Severity.WARNING]
    assert report.summary
