"""Versions are compared as the application's own runner runs them, whichever that is."""

from __future__ import annotations

from pathlib import Path

import pytest

from mig_assist.engines.kept import Shelf
from mig_assist.engines.postgres import open_postgres
from mig_assist.findings import Severity
from mig_assist.verify.parity.proof import ParityReport, check_parity
from mig_assist.verify.parity.static import check_static
from mig_assist.verify.parity.watcher import ParityWatcher
from mig_assist.workspace import open_workspace
from tests.postgres_fixtures import keeping_shelf
from tests.workspace.layouts import write, write_pair

PARENTS = "CREATE TABLE parents (id TEXT PRIMARY KEY NOT NULL);\n"
CHILDREN = (
    "CREATE TABLE children (id TEXT PRIMARY KEY NOT NULL,"
    " parent_id TEXT NOT NULL REFERENCES parents (id) ON DELETE CASCADE);\n"
)
NOTHING = "SELECT 1;\n"
REBUILD = (
    "CREATE TABLE parents_new (id TEXT PRIMARY KEY NOT NULL, slug TEXT);\n"
    "INSERT INTO parents_new (id) SELECT id FROM parents;\n"
    "DROP TABLE parents;\n"
    "ALTER TABLE parents_new RENAME TO parents;\n"
)
ADD_SLUG = "ALTER TABLE parents ADD COLUMN slug TEXT;\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "workspace"
    write(root, "mig-assist.toml", "baseline = 17\n")
    return root


def version(root: Path, number: int, libsql: str, postgres: str | None = None) -> None:
    write_pair(root, number, f"change_{number}", libsql, libsql if postgres is None else postgres)


def compared(root: Path, postgres_url: str, *versions: int) -> ParityReport:
    return check_parity(open_workspace(root), versions or range(100), Shelf(root, postgres_url))


def statically(root: Path) -> ParityReport:
    return check_static(open_workspace(root), range(100))


def told(report: ParityReport) -> list[tuple[str, str | None, int | None, Severity]]:
    return [(f.code, f.object, f.version, f.severity) for f in report.findings]


def own(sql: str) -> str:
    """As a file has it that its runner runs without a transaction and without foreign keys."""
    return f"PRAGMA foreign_keys=OFF;\nBEGIN;\n{sql}COMMIT;\nPRAGMA foreign_keys=ON;\n"


@pytest.mark.parametrize(
    ("up", "down"),
    [
        ("-- +goose Up\n", "-- +goose Down\n"),
        ("-- migrate:up\n", "-- migrate:down\n"),
        ("-- +migrate Up\n", "-- +migrate Down\n"),
    ],
)
def test_what_undoes_a_version_is_not_run(
    root: Path, postgres_url: str, up: str, down: str
) -> None:
    version(root, 17, f"{up}{PARENTS}{CHILDREN}{down}DROP TABLE children;\nDROP TABLE parents;\n")
    version(
        root,
        18,
        f"{up}CREATE INDEX children_idx ON children (parent_id);\n{down}DROP INDEX children_idx;\n",
        f"{up}{NOTHING}{down}{NOTHING}",
    )
    expected = [("parity/index", "children_idx", 18, Severity.ERROR)]
    assert told(compared(root, postgres_url)) == expected
    assert told(statically(root)) == expected


class TestTransactionsOfTheFiles:
    def test_files_that_bring_their_own_are_run_where_others_were(
        self, root: Path, postgres_url: str
    ) -> None:
        version(root, 17, own(PARENTS), f"BEGIN;\n{PARENTS}COMMIT;\n")
        version(
            root,
            18,
            f"BEGIN TRANSACTION;\n{CHILDREN}END;\n",
            f"START TRANSACTION;\n{CHILDREN}END;\n",
        )
        version(
            root, 19, own(NOTHING), "BEGIN;\nCREATE INDEX odd ON children (parent_id);\nCOMMIT;\n"
        )
        expected = [("parity/index", "odd", 19, Severity.ERROR)]
        assert told(compared(root, postgres_url)) == expected
        assert told(statically(root)) == expected
        with (
            keeping_shelf(root, postgres_url) as shelf,
            ParityWatcher(open_workspace(root), shelf) as watcher,
        ):
            assert told(watcher.verdict().report) == expected

    def test_the_only_one_that_does_so_is_refused(self, root: Path, postgres_url: str) -> None:
        version(root, 17, PARENTS)
        version(root, 18, own(CHILDREN), CHILDREN)
        assert told(compared(root, postgres_url)) == [
            ("parity/apply-failed", None, 18, Severity.ERROR)
        ]

    @pytest.mark.parametrize(
        "sql", ["BEGIN;\nSELECT 1;\n", "SELECT 1;\nCOMMIT;\n", "BEGIN;\nROLLBACK;\n"]
    )
    def test_half_a_transaction_is_refused(self, root: Path, postgres_url: str, sql: str) -> None:
        version(root, 17, own(PARENTS), PARENTS)
        version(root, 18, own(CHILDREN), CHILDREN)
        version(root, 19, sql, NOTHING)
        report = compared(root, postgres_url)
        assert told(report) == [("parity/apply-failed", None, 19, Severity.ERROR)]
        assert "COMMIT" in report.findings[0].message + report.findings[0].fix

    def test_an_index_may_be_made_concurrently_where_the_file_asks_for_no_transaction(
        self, root: Path, postgres_url: str
    ) -> None:
        index = "INDEX {}children_idx ON children (parent_id);\n"
        version(root, 17, PARENTS + CHILDREN)
        version(
            root,
            18,
            "CREATE " + index.format(""),
            "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE " + index.format("CONCURRENTLY "),
        )
        version(root, 19, NOTHING)
        assert told(compared(root, postgres_url)) == []


class TestForeignKeysThatAreOff:
    """Rows of children stay where a parent is rebuilt without foreign keys, and only there."""

    GONE = ("parity/data", 18)

    def gone(self, report: ParityReport) -> list[tuple[str, int | None]]:
        return [(f.code, f.version) for f in report.findings]

    @pytest.mark.parametrize("newest", [18, 19])
    def test_a_file_can_switch_them_off_before_its_transaction(
        self, root: Path, postgres_url: str, newest: int
    ) -> None:
        version(root, 17, own(PARENTS + CHILDREN), PARENTS + CHILDREN)
        version(root, 18, own(REBUILD), ADD_SLUG)
        if newest == 19:
            version(root, 19, own(NOTHING), NOTHING)
        assert self.gone(compared(root, postgres_url)) == []

    def test_inside_a_transaction_that_means_nothing(self, root: Path, postgres_url: str) -> None:
        version(root, 17, PARENTS + CHILDREN)
        version(root, 18, "PRAGMA foreign_keys=OFF;\n" + REBUILD, ADD_SLUG)
        version(root, 19, NOTHING)
        assert self.gone(compared(root, postgres_url)) == [self.GONE]

    def test_the_configuration_can_say_so(self, root: Path, postgres_url: str) -> None:
        version(root, 17, PARENTS + CHILDREN)
        version(root, 18, REBUILD, ADD_SLUG)
        assert self.gone(compared(root, postgres_url)) == [self.GONE]
        write(root, "mig-assist.toml", 'baseline = 17\n[libsql]\nforeign_keys = "off"\n')
        assert self.gone(compared(root, postgres_url)) == []

    def test_behaviour_is_looked_at_with_foreign_keys(self, root: Path, postgres_url: str) -> None:
        version(root, 17, own(PARENTS + CHILDREN), PARENTS + CHILDREN)
        version(root, 18, own(REBUILD + NOTHING), ADD_SLUG)
        version(
            root,
            19,
            own("CREATE TABLE toys (id TEXT PRIMARY KEY NOT NULL, child_id TEXT NOT NULL"
                " REFERENCES children (id) ON DELETE CASCADE CHECK (child_id <> ''));\n"),
            "CREATE TABLE toys (id TEXT PRIMARY KEY NOT NULL, child_id TEXT NOT NULL"
            " REFERENCES children (id) ON DELETE CASCADE, CHECK (length(child_id) > 0));\n",
        )  # fmt: skip
        assert not [
            f for f in compared(root, postgres_url).findings if f.severity is Severity.ERROR
        ]


def not_available(postgres_url: str, extension: str) -> bool:
    with open_postgres(postgres_url) as server:
        names = server.query("SELECT name FROM pg_available_extensions")
    return (extension,) not in names


class TestMissingExtensions:
    """A server without an extension compares all that does not need it."""

    def test_one_that_nothing_needs_is_noted_once(self, root: Path, postgres_url: str) -> None:
        version(root, 17, NOTHING, "CREATE EXTENSION IF NOT EXISTS mig_none;\n")
        version(root, 18, PARENTS)
        version(root, 19, NOTHING, "CREATE INDEX odd ON parents (id, id);\n")
        expected = [
            ("parity/missing-extension", "mig_none", 17, Severity.NOTE),
            ("parity/index", "odd", 19, Severity.ERROR),
        ]
        report = compared(root, postgres_url)
        assert told(report) == expected
        assert "docker" in report.findings[0].fix
        assert told(compared(root, postgres_url, 18, 19)) == expected[1:]
        assert told(statically(root)) == expected[1:]

    def test_what_needs_it_is_left_out_with_one_warning(
        self, root: Path, postgres_url: str
    ) -> None:
        version(
            root,
            17,
            PARENTS + "CREATE INDEX found_idx ON parents (id);\n",
            "CREATE EXTENSION mig_none;\nCOMMENT ON EXTENSION mig_none IS 'x';\n" + PARENTS
            + "CREATE INDEX found_idx\n ON parents USING gin (id gin_mig_ops);\n",
        )  # fmt: skip
        version(root, 18, NOTHING, "UPDATE parents SET id = mig_none(id);\n")
        version(root, 19, NOTHING)
        report = compared(root, postgres_url)
        assert told(report) == [("parity/missing-extension", "mig_none", 17, Severity.WARNING)]
        message = report.findings[0].message
        assert "V17__change_17.sql:2, " in message
        assert "V18__change_18.sql:1" in message
        assert "plain ones: migrations/postgres/V17__change_17.sql:4" in message

    def test_without_a_missing_extension_what_is_unknown_is_a_failure(
        self, root: Path, postgres_url: str
    ) -> None:
        version(root, 17, PARENTS)
        version(root, 18, NOTHING, "UPDATE parents SET id = mig_none(id);\n")
        assert [f.code for f in compared(root, postgres_url).findings] == ["parity/apply-failed"]

    @pytest.mark.parametrize(
        ("extension", "failing"),
        [
            ("citext", "UPDATE parents SET id = upperr(id)"),
            ("pgcrypto", "UPDATE parents SET id = substr(now(), 1, 4)"),
            ("mig_none", "UPDATE parents SET id = substr(now(), 1, 4)"),
            ("pg_trgm", "DELETE FROM parents WHERE now() LIKE '2%'"),
            ("pg_trgm", "UPDATE parents SET id = json_type(id)"),
            ("postgis", "INSERT INTO nowhere VALUES ('geometry')"),
        ],
    )
    def test_what_does_not_need_it_is_a_failure(
        self, root: Path, postgres_url: str, extension: str, failing: str
    ) -> None:
        version(root, 17, PARENTS, f"CREATE EXTENSION {extension};\n{PARENTS}")
        version(root, 18, NOTHING, f"{failing};\n")
        if not_available(postgres_url, extension):
            codes = [f.code for f in compared(root, postgres_url, 18, 18).findings]
            assert "parity/apply-failed" in codes

    @pytest.mark.parametrize(
        ("extension", "needing"),
        [
            ("pgcrypto", "UPDATE parents SET id = crypt(id, gen_salt('bf'))"),
            ("pg_trgm", "DELETE FROM parents WHERE id % 'a'"),
            ("unaccent", "UPDATE parents SET id = unaccent(id)"),
            ("ltree", "ALTER TABLE parents ADD COLUMN way ltree; UPDATE parents SET way = NULL"),
            ("postgis", "CREATE TABLE spots (at geometry(Point, 4326));"
             " CREATE INDEX spots_at ON spots USING gist (at)"),
            ("btree_gist", "CREATE INDEX odd ON parents USING gist (id)"),
        ],
    )  # fmt: skip
    def test_what_needs_it_is_left_out(
        self, root: Path, postgres_url: str, extension: str, needing: str
    ) -> None:
        version(root, 17, PARENTS, f"CREATE EXTENSION {extension};\n{PARENTS}")
        version(root, 18, NOTHING, f"{needing};\n")
        if not_available(postgres_url, extension):
            codes = [f.code for f in compared(root, postgres_url, 18, 18).findings]
            assert "parity/apply-failed" not in codes
            assert "parity/missing-extension" in codes

    def test_text_without_case_is_compared_as_such(self, root: Path, postgres_url: str) -> None:
        version(root, 17, NOTHING, "CREATE EXTENSION citext;\n")
        version(
            root,
            18,
            "CREATE TABLE users (id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL COLLATE NOCASE"
            " UNIQUE, nick TEXT COLLATE NOCASE CHECK (nick <> 'root'));\n",
            "CREATE TABLE users (id TEXT PRIMARY KEY NOT NULL, name citext NOT NULL UNIQUE,"
            " nick CITEXT CHECK ('root' <> nick));\n",
        )
        version(root, 19, NOTHING)

        def errors() -> list[int | None]:
            report = compared(root, postgres_url)
            return [f.version for f in report.findings if f.severity is Severity.ERROR]

        assert errors() == []
        version(root, 19, NOTHING, "ALTER TABLE users ALTER COLUMN name TYPE text;\n")
        assert errors() == [19]

    def test_made_uuids_are(self, root: Path, postgres_url: str) -> None:
        version(
            root,
            17,
            PARENTS,
            'CREATE EXTENSION IF NOT EXISTS "uuid-ossp";\n'
            "CREATE TABLE parents (id text PRIMARY KEY);\n",
        )
        version(
            root,
            18,
            "DELETE FROM parents WHERE id = lower(hex(randomblob(16)));\n",
            "DELETE FROM parents WHERE id = uuid_generate_v4()::text;\n",
        )
        version(root, 19, NOTHING)
        assert [f.code for f in compared(root, postgres_url).findings] == [
            "parity/missing-extension"
        ]
