"""Item 2: both files are there, share one name, can be read and parse in their own dialect."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mig_assist.backend import Backend
from mig_assist.findings import Severity
from mig_assist.verify.pair import check_files, check_sql
from mig_assist.verify.report import Subject
from mig_assist.workspace import Workspace
from mig_assist.workspace.config import Config
from tests.shared_ground.unprivileged import Unprivileged
from tests.verify.conftest import codes
from tests.workspace.layouts import pair_paths, write, write_pair

LIBSQL, POSTGRES = pair_paths(18, "route_tags")
SIDES = [(Backend.LIBSQL, LIBSQL), (Backend.POSTGRES, POSTGRES)]


@pytest.fixture
def subject(workspace: Workspace) -> Subject:
    """V18 ``route_tags``, of which no file is there yet."""
    return Subject(workspace, 18, "route_tags")


class TestFiles:
    def test_a_whole_pair_passes(self, subject: Subject) -> None:
        write_pair(subject.workspace.root, 18, "route_tags")
        assert check_files(subject).findings == ()

    def test_without_files_both_are_missing(self, subject: Subject) -> None:
        findings = check_files(subject).findings
        assert [(f.code, f.path) for f in findings] == [
            ("pair/missing-file", LIBSQL),
            ("pair/missing-file", POSTGRES),
        ]

    @pytest.mark.parametrize(("present", "missing"), [(LIBSQL, POSTGRES), (POSTGRES, LIBSQL)])
    def test_of_half_a_pair_the_other_half_is_missing(
        self, subject: Subject, present: str, missing: str
    ) -> None:
        write(subject.workspace.root, present, "SELECT 1;")
        (finding,) = check_files(subject).findings
        assert (finding.code, finding.path) == ("pair/missing-file", missing)
        assert finding.message.endswith(f"beside {present}.")
        assert missing in finding.fix

    def test_two_names_are_none(self, subject: Subject) -> None:
        write(subject.workspace.root, LIBSQL, "SELECT 1;")
        write(subject.workspace.root, POSTGRES.replace("tags", "labels"), "SELECT 1;")
        (finding,) = check_files(subject).findings
        assert finding.code == "pair/names-differ"
        assert "'route_tags' and 'route_labels'" in finding.message

    def test_two_files_of_one_backend_are_one_too_many(self, subject: Subject) -> None:
        write_pair(subject.workspace.root, 18, "route_tags")
        second = write(subject.workspace.root, "migrations/V18__zz_other.sql", "SELECT 1;")
        (finding,) = check_files(subject).findings
        assert finding.code == "pair/duplicate-version"
        assert str(finding.path).endswith(second.name)

    @pytest.mark.parametrize("name", ["v18__route_tags.sql", "V18_route_tags.sql", "V18__.sql"])
    def test_a_name_that_misses_the_form_is_pointed_at(self, subject: Subject, name: str) -> None:
        write(subject.workspace.root, LIBSQL, "SELECT 1;")
        write(subject.workspace.root, f"migrations/postgres/{name}", "SELECT 1;")
        missing, odd = check_files(subject).findings
        assert missing.code == "pair/missing-file"
        assert (odd.code, odd.path) == ("pair/unrecognised-name", f"migrations/postgres/{name}")
        assert "V18__" in odd.fix

    def test_another_versions_odd_file_is_not_this_ones_fault(self, subject: Subject) -> None:
        write_pair(subject.workspace.root, 18, "route_tags")
        write(subject.workspace.root, "migrations/v19__later.sql", "")
        write(subject.workspace.root, "migrations/v3__older.sql", "")
        assert check_files(subject).findings == ()


class TestSql:
    @pytest.mark.parametrize(
        ("backend", "sql", "count"),
        [
            (Backend.LIBSQL, "CREATE TABLE t (a TEXT) STRICT;", "1 statement, parsed as libsql"),
            (Backend.LIBSQL, "PRAGMA foreign_keys;SELECT 1", "2 statements, parsed as libsql"),
            (Backend.LIBSQL, "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; SELECT 2; END;",
             "1 statement, parsed as libsql"),
            (Backend.POSTGRES, "CREATE TABLE t (a TEXT); SELECT 1;",
             "2 statements, parsed as PostgreSQL"),
            (Backend.POSTGRES, "DO $$ BEGIN PERFORM 1; END $$;",
             "1 statement, parsed as PostgreSQL"),
        ],
    )  # fmt: skip
    def test_a_side_passes_in_its_own_dialect(
        self, subject: Subject, backend: Backend, sql: str, count: str
    ) -> None:
        write(subject.workspace.root, subject.path(backend), sql)
        report = check_sql(subject, backend)
        assert (report.findings, report.summary) == ((), count)

    @pytest.mark.parametrize(
        ("backend", "sql", "line"),
        [
            (Backend.LIBSQL, "CREATE TABLE a (b TEXT);\n\nCREATE TABEL c (d TEXT);\n", 3),
            (Backend.LIBSQL, "CREATE TABLE a (\n    b TEXT,\n    c TEXT,,\n);\n", 3),
            (Backend.LIBSQL, "ALTER TABLE a ADD COLUMN IF NOT EXISTS b TEXT;\n", 1),
            (Backend.LIBSQL, "-- a comment\n\nSELECT 1;\nDO $$ BEGIN END $$;\n", 4),
            (Backend.POSTGRES, "CREATE TABLE a (b TEXT);\n\nCREATE TABEL c (d TEXT);\n", 3),
            (Backend.POSTGRES, "CREATE TABLE a (\n    b TEXT,\n    c TEXT,,\n);\n", 3),
            (Backend.POSTGRES, "CREATE TABLE a (b TEXT) STRICT;\n", 1),
            (Backend.LIBSQL, "-- migrate:up\nSELECT 1;\n-- migrate:down\nSELCT 1;\n", 4),
            (Backend.POSTGRES, "SELECT 'größe';\nINSERT OR IGNORE INTO a VALUES (1);\n", 2),
        ],
    )
    def test_a_syntax_error_is_told_with_its_line(
        self, subject: Subject, backend: Backend, sql: str, line: int
    ) -> None:
        for encoded in (sql, sql.replace("\n", "\r\n")):
            write(subject.workspace.root, subject.path(backend), encoded)
            (finding,) = check_sql(subject, backend).findings
            assert (finding.code, finding.line) == ("pair/syntax", line)
            assert (finding.backend, finding.version) == (backend, 18)
            assert finding.place == f"{subject.path(backend)}:{line}"

    @pytest.mark.parametrize(("backend", "path"), SIDES)
    @pytest.mark.parametrize("content", ["", "\n \n", "-- nothing\n/* at all */\n", ";\n;\n"])
    def test_a_file_without_a_statement_is_empty(
        self, subject: Subject, backend: Backend, path: str, content: str
    ) -> None:
        write(subject.workspace.root, path, content)
        report = check_sql(subject, backend)
        assert codes(report) == ["pair/empty"]
        assert "SELECT 1;" in report.findings[0].fix

    @pytest.mark.parametrize(("backend", "path"), SIDES)
    def test_a_byte_order_mark_is_a_warning_and_no_syntax_error(
        self, subject: Subject, backend: Backend, path: str
    ) -> None:
        write(subject.workspace.root, path, b"\xef\xbb\xbfSELECT 1;\r\n")
        report = check_sql(subject, backend)
        assert codes(report) == ["pair/byte-order-mark"]
        assert report.findings[0].severity is Severity.WARNING
        assert report.passed

    @pytest.mark.parametrize(("backend", "path"), SIDES)
    @pytest.mark.parametrize(
        ("content", "told"),
        [
            (b"SELECT 1;\nSELECT '\xe9';\n", "Line 2 has the byte 0xe9"),
            (b"SELECT 1;\0", "NUL byte"),
            (b"-" * 50_000_000, "50,000,000 bytes"),
        ],
        ids=["not-utf-8", "nul", "50-mb"],
    )
    def test_what_is_no_text_of_a_migrations_size_is_unreadable(
        self, subject: Subject, backend: Backend, path: str, content: bytes, told: str
    ) -> None:
        write(subject.workspace.root, path, content)
        report = check_sql(subject, backend)
        assert codes(report) == ["pair/unreadable"]
        assert told in report.findings[0].message

    @pytest.mark.parametrize(("backend", "path"), SIDES)
    def test_what_is_no_file_is_unreadable(
        self, subject: Subject, backend: Backend, path: str
    ) -> None:
        place = subject.workspace.root / path
        assert "does not exist" in check_sql(subject, backend).findings[0].message
        place.mkdir()
        assert "is a folder" in check_sql(subject, backend).findings[0].message
        place.rmdir()
        os.mkfifo(place)
        assert "is not a file" in check_sql(subject, backend).findings[0].message

    def test_without_permission_it_says_how_to_get_it(self, unprivileged: Unprivileged) -> None:
        workspace = Workspace(unprivileged.folder, Config())
        write(unprivileged.folder, LIBSQL, "SELECT 1;").chmod(0)
        with unprivileged.user():
            report = check_sql(Subject(workspace, 18, "route_tags"), Backend.LIBSQL)
        assert codes(report) == ["pair/unreadable"]
        assert "chmod u+r" in report.findings[0].fix

    @pytest.mark.parametrize(("backend", "path"), SIDES)
    def test_a_link_out_of_the_workspace_is_not_read(
        self, subject: Subject, tmp_path: Path, backend: Backend, path: str
    ) -> None:
        secret = write(tmp_path, "secret.sql", "SELEC 'a secret';")
        (subject.workspace.root / path).symlink_to(secret)
        report = check_sql(subject, backend)
        assert codes(report) == ["pair/unreadable"]
        assert "outside the workspace" in report.findings[0].message
        assert "a secret" not in str(report.findings)

    def test_a_link_inside_the_workspace_is_fine(self, subject: Subject) -> None:
        target = write(subject.workspace.root, "shared/route_tags.sql", "SELECT 1;")
        (subject.workspace.root / LIBSQL).symlink_to(target)
        assert check_sql(subject, Backend.LIBSQL).findings == ()

    @pytest.mark.parametrize(("backend", "path"), SIDES)
    def test_every_open_question_is_an_error_at_its_line(
        self, subject: Subject, backend: Backend, path: str
    ) -> None:
        write(
            subject.workspace.root,
            path,
            "-- Mig-Assist: TODO  say what changes\nSELECT '\u2028\x0c';\n"
            "-- mig-assist: decide which index\n-- mig-assist: done\n-- todo: later\n",
        )
        findings = check_sql(subject, backend).findings
        assert [(f.code, f.line, f.path) for f in findings] == [
            ("pair/placeholder", 1, path),
            ("pair/placeholder", 3, path),
        ]
        assert "say what changes" in findings[0].message
        assert not check_sql(subject, backend).passed

    def test_half_written_sql_still_shows_its_open_questions(self, subject: Subject) -> None:
        write(subject.workspace.root, LIBSQL, "CREATE TABLE (\n-- mig-assist: todo\n")
        assert set(codes(check_sql(subject, Backend.LIBSQL))) == {"pair/syntax", "pair/placeholder"}
