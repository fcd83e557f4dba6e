"""In which version the sides parted, whether they met again, and what an engine did not take."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mig_assist.backend import Backend
from mig_assist.engines.kept import Shelf
from mig_assist.engines.scratch import PREFIX
from mig_assist.findings import Finding, Severity
from mig_assist.verify.apply import check_fresh, check_rollbacks
from mig_assist.verify.parity.proof import ParityReport, check_parity
from mig_assist.verify.parity.static import check_static
from mig_assist.verify.parity.watcher import ParityWatcher
from mig_assist.verify.report import Subject
from mig_assist.workspace import Workspace, open_workspace
from tests.postgres_fixtures import keeping_shelf, scratch_databases
from tests.workspace.layouts import pair_paths, write, write_pair

TEAMS = "CREATE TABLE teams (id TEXT PRIMARY KEY NOT NULL, slug TEXT NOT NULL);\n"
INDEX = "CREATE INDEX teams_slug_idx ON teams (slug);\n"
NOTHING = "SELECT 1;\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace whose V17 is the same on both sides."""
    root = tmp_path / "workspace"
    write(root, "mig-assist.toml", "baseline = 17\n")
    version(root, 17, TEAMS)
    return root


@pytest.fixture(autouse=True)
def nothing_left(postgres_url: str) -> Iterator[None]:
    """No scratch database of this process outlives a test."""
    yield
    own = f"{PREFIX}{os.getpid()}_"
    assert not [name for name in scratch_databases(postgres_url) if name.startswith(own)]


def version(root: Path, number: int, libsql: str, postgres: str | None = None) -> None:
    write_pair(root, number, f"change_{number}", libsql, libsql if postgres is None else postgres)


def compared(root: Path, postgres_url: str, *versions: int) -> ParityReport:
    workspace = open_workspace(root)
    return check_parity(workspace, versions or range(100), Shelf(root, postgres_url))


def told(report: ParityReport) -> list[tuple[str, str | None, int | None, Severity]]:
    return [(f.code, f.object, f.version, f.severity) for f in report.findings]


def test_equal_versions_are_silent(root: Path, postgres_url: str) -> None:
    version(root, 18, INDEX)
    version(root, 19, "ALTER TABLE teams ADD COLUMN note TEXT;\n")
    report = compared(root, postgres_url)
    assert (report.findings, report.versions) == ((), (17, 18, 19))
    assert set(report.engines) == set(Backend)
    assert report.summary.startswith("3 versions equal on libsql 3.")


def test_what_parted_is_told_once_with_its_version_and_place(root: Path, postgres_url: str) -> None:
    version(root, 18, f"{NOTHING}\n{INDEX}", NOTHING)
    version(root, 19, "ALTER TABLE teams ADD COLUMN note TEXT;\n")
    report = compared(root, postgres_url)
    (finding,) = report.findings
    assert told(report) == [("parity/index", "teams_slug_idx", 18, Severity.ERROR)]
    assert (finding.path, finding.line) == (pair_paths(18, "change_18")[0], 3)
    assert (finding.backend, finding.item) == (Backend.POSTGRES, "postgres")
    assert not report.equal


def test_what_a_later_version_mended_is_a_warning_that_names_both(
    root: Path, postgres_url: str
) -> None:
    version(root, 18, INDEX, NOTHING)
    version(root, 19, NOTHING)
    version(root, 20, NOTHING, INDEX)
    report = compared(root, postgres_url)
    assert told(report) == [("parity/index", "teams_slug_idx", 18, Severity.WARNING)]
    assert "parted in V18 and met again in V20" in report.findings[0].message
    assert report.equal


def test_a_rename_on_both_sides_takes_a_divergence_along(root: Path, postgres_url: str) -> None:
    version(root, 18, "ALTER TABLE teams ADD COLUMN age INTEGER NOT NULL DEFAULT 0;\n",
            "ALTER TABLE teams ADD COLUMN age BIGINT NOT NULL DEFAULT 1;\n")  # fmt: skip
    version(root, 19, "ALTER TABLE teams RENAME TO groups;\n")
    assert told(compared(root, postgres_url)) == [
        ("parity/default", "groups.age", 18, Severity.ERROR)
    ]


def columns(kind: str, count: int = 6, name: str = "n{}x") -> str:
    return ", ".join(f"{name.format(number)} {kind}" for number in range(count))


def table(name: str, *parts: str) -> str:
    return f"CREATE TABLE {name} ({', '.join(parts)});\n"


def told_by_files(root: Path) -> list[tuple[str, str | None, int | None, Severity]]:
    return told(check_static(open_workspace(root), range(100)))


def test_a_habit_of_types_judges_the_versions_that_come_after_it(root: Path) -> None:
    for number in (18, 20):
        version(root, number, table(f"odd_{number}", "size INTEGER"))
        wide = table(f"usual_{number}", columns("BIGINT", 10))
        version(root, number + 1, wide.replace("BIGINT", "INTEGER"), wide)
    version(root, 22, "ALTER TABLE odd_18 ADD COLUMN extra TEXT;\n")
    assert told_by_files(root) == [("parity/column-type", "odd_20.size", 20, Severity.WARNING)]


def test_a_habit_that_has_become_rare_since_is_none(root: Path) -> None:
    version(root, 18, table("usual", columns("TEXT")), table("usual", columns("VARCHAR(9)")))
    for number in range(19, 22):
        name = f"t{number}"
        version(root, number, table(name, "c TEXT"), table(name, "c CHAR(9)"))
    assert told_by_files(root) == []


def test_a_type_that_a_version_chooses_is_meant(root: Path) -> None:
    for name in "abcde":
        version(root, 18 + ord(name) - ord("a"), table(name, "owner TEXT"),
                table(name, "owner UUID"))  # fmt: skip
    version(root, 23, NOTHING, "ALTER TABLE e ALTER COLUMN owner TYPE TEXT;\n")
    version(root, 24, table("f", "owner TEXT"))
    assert told_by_files(root) == []
    version(root, 25, table("g", "owner TEXT"), table("g", "owner VARCHAR(9)"))
    assert [name for _, name, *_ in told_by_files(root)] == ["g.owner"]


@pytest.mark.parametrize("key", ["team TEXT, slug TEXT{}, UNIQUE (team, slug)",
    "slug TEXT{} UNIQUE", "team TEXT, slug TEXT, UNIQUE (team, slug{})"])  # fmt: skip
@pytest.mark.parametrize("later", ["rebuilt", "dropped"])
def test_a_collation_of_a_key_that_parted_and_met_again_is_told(
    root: Path, key: str, later: str
) -> None:
    version(root, 18, table("t", key.format(" COLLATE NOCASE")), table("t", key.format("")))
    drop = "DROP TABLE t;\n"
    version(root, 19, drop + table("t", key.format("")) * (later == "rebuilt"),
            NOTHING if later == "rebuilt" else drop)  # fmt: skip
    (finding,) = check_static(open_workspace(root), range(100)).findings
    assert (finding.version, finding.severity) == (18, Severity.WARNING)
    assert "parted in V18 and met again in V19" in finding.message


def test_only_the_chosen_versions_are_told_of(root: Path, postgres_url: str) -> None:
    version(root, 18, INDEX, NOTHING)
    version(root, 19, "CREATE INDEX teams_id_idx ON teams (id, slug);\n", NOTHING)
    assert [f.version for f in compared(root, postgres_url, 19).findings] == [19]
    assert [f.version for f in compared(root, postgres_url, 18).findings] == [18]
    assert compared(root, postgres_url, 17).findings == ()


def test_a_side_without_a_file_has_nothing_to_do(root: Path, postgres_url: str) -> None:
    version(root, 18, INDEX)
    (root / pair_paths(18, "change_18")[1]).unlink()
    assert told(compared(root, postgres_url)) == [
        ("parity/index", "teams_slug_idx", 18, Severity.ERROR)
    ]


def test_a_backfill_on_one_side_is_found_by_its_effect(root: Path, postgres_url: str) -> None:
    version(root, 18, "UPDATE teams SET slug = lower(slug);\n", "UPDATE teams SET slug = id;\n")
    (finding,) = compared(root, postgres_url).findings
    assert (finding.severity, finding.version) == (Severity.ERROR, 18)
    assert (finding.code, finding.object) == ("parity/data", "teams.slug")


@pytest.mark.parametrize(
    ("broken", "lost"),
    [
        ("CREATE TABLE teams (id TEXT);\n", "this was not compared: teams."),
        ("BEGIN;\nCREATE TABLE other (id TEXT);\n", "this was not compared: other."),
        ("CREATE TABLE other (id TEXT);\nCOMMIT;\n", "this was not compared: other."),
        ("CREATE TABLE (((\n", "nothing was compared"),
    ],
)
@pytest.mark.parametrize("side", Backend, ids=str)
def test_a_version_that_one_side_does_not_take_is_a_finding(
    root: Path, postgres_url: str, side: Backend, broken: str, lost: str
) -> None:
    version(root, 18, INDEX, NOTHING)
    texts = [broken if backend is side else NOTHING for backend in Backend]
    version(root, 19, texts[0], texts[1])
    version(root, 20, NOTHING)
    report = compared(root, postgres_url)
    parted, failed = report.findings
    assert (parted.code, parted.version) == ("parity/index", 18)
    assert (failed.code, failed.version, failed.backend) == ("parity/apply-failed", 19, side)
    assert failed.path == pair_paths(19, "change_19")[list(Backend).index(side)]
    assert f"From V19 on {lost}" in failed.message


class TestGoingOn:
    """What a refused statement is not about is compared all the same."""

    def test_other_tables_are_compared(self, root: Path, postgres_url: str) -> None:
        odd = table("odd", "size INTEGER")
        version(root, 18, odd + INDEX, odd.replace("size INTEGER", "size nonesuch"))
        version(root, 19, "INSERT INTO odd VALUES (1);\n")
        later = table("later", "id TEXT")
        version(root, 20, later + INDEX.replace("slug_", ""), later)
        version(root, 21, NOTHING)
        report = compared(root, postgres_url)
        assert told(report) == [
            ("parity/index", "teams_slug_idx", 18, Severity.ERROR),
            ("parity/apply-failed", None, 18, Severity.ERROR),
            ("parity/index", "teams_idx", 20, Severity.ERROR),
        ]
        assert "this was not compared: odd. Nor was" in report.findings[1].message
        assert "V19__change_19.sql:1" in report.findings[1].message
        assert report.summary.startswith("3 of 5 versions compared")
        assert [f.code for f in compared(root, postgres_url, 21).findings] == [
            "parity/apply-failed"
        ]

    def test_nothing_of_it_is_kept_for_other_runs(self, root: Path, postgres_url: str) -> None:
        version(
            root, 18, "ALTER TABLE teams ADD COLUMN age TEXT;\n", "ALTER TABLE team ADD age TEXT;\n"
        )
        version(root, 19, NOTHING)
        version(root, 20, NOTHING)
        with keeping_shelf(root, postgres_url) as shelf:
            for _ in range(2):
                report = check_parity(open_workspace(root), {19, 20}, shelf)
                assert [f.code for f in report.findings] == ["parity/apply-failed"]


def test_the_newest_version_failing_hides_nothing_before_it(root: Path, postgres_url: str) -> None:
    version(root, 18, INDEX, NOTHING)
    version(root, 19, "CREATE TABLE teams (id TEXT);\n")
    codes = [(f.code, f.backend) for f in compared(root, postgres_url).findings]
    assert codes == [
        ("parity/index", Backend.POSTGRES),
        ("parity/apply-failed", Backend.LIBSQL),
        ("parity/apply-failed", Backend.POSTGRES),
    ]


def test_a_server_that_ends_the_connection_is_a_finding(root: Path, postgres_url: str) -> None:
    version(root, 18, NOTHING, "SELECT pg_terminate_backend(pg_backend_pid());\n")
    (finding,) = compared(root, postgres_url).findings
    assert (finding.code, finding.backend) == ("parity/apply-failed", Backend.POSTGRES)
    assert "ended the connection" in finding.message


def test_a_waiver_with_a_reason_keeps_a_finding_from_blocking(
    root: Path, postgres_url: str
) -> None:
    comment = "-- mig-assist: allow parity/index teams_slug_idx: too small to matter here\n"
    version(root, 18, INDEX, comment + NOTHING)
    report = compared(root, postgres_url)
    assert [f.waived for f in report.findings] == ["too small to matter here"]
    assert report.equal
    version(root, 18, INDEX, comment + INDEX)
    assert [f.code for f in compared(root, postgres_url).findings] == ["parity/unused-waiver"]


class TestWatching:
    @pytest.fixture
    def workspace(self, root: Path) -> Workspace:
        version(root, 18, INDEX)
        return open_workspace(root)

    def saved(self, watcher: ParityWatcher, root: Path, number: int, text: str) -> list[Finding]:
        path = pair_paths(number, f"change_{number}")[1]
        write(root, path, text)
        return list(watcher.verdict([path]).report.findings)

    def test_the_verdict_follows_each_save(self, workspace: Workspace, postgres_url: str) -> None:
        root = workspace.root
        with ParityWatcher(workspace, Shelf(root, postgres_url)) as watcher:
            assert watcher.verdict().report.findings == ()
            for _ in range(2):
                (finding,) = self.saved(watcher, root, 18, NOTHING)
                assert (finding.code, finding.version) == ("parity/index", 18)
                (finding,) = self.saved(watcher, root, 18, "CREATE INDEX;\n")
                assert finding.code == "parity/apply-failed"
                assert self.saved(watcher, root, 18, INDEX) == []

    def test_its_verdict_is_that_of_the_command(
        self, workspace: Workspace, postgres_url: str
    ) -> None:
        root = workspace.root
        changed = INDEX + "ALTER TABLE teams ADD COLUMN age TEXT DEFAULT 'a';\n"
        with ParityWatcher(workspace, Shelf(root, postgres_url)) as watcher:
            watcher.verdict()
            found = self.saved(watcher, root, 18, changed)
        assert tuple(found) == compared(root, postgres_url).findings

    def test_a_new_version_and_a_change_to_an_old_one_are_seen(
        self, workspace: Workspace, postgres_url: str
    ) -> None:
        root = workspace.root
        with ParityWatcher(workspace, Shelf(root, postgres_url)) as watcher:
            watcher.verdict()
            version(root, 19, "CREATE TABLE more (id TEXT PRIMARY KEY NOT NULL);\n")
            verdict = watcher.verdict([pair_paths(19, "change_19")[0]])
            assert (verdict.report.versions, verdict.report.findings) == ((19,), ())
            assert verdict.history is not None
            assert [t.name for t in verdict.history.schemas[0].tables] == ["more", "teams"]
            version(root, 18, INDEX, "CREATE INDEX other_idx ON teams (slug);\n")
            verdict = watcher.verdict()
            assert verdict.before is not None
            assert [t.indexes[0].name for t in verdict.before.schemas[1].tables] == ["other_idx"]

    def test_only_the_newest_version_is_looked_at(self, root: Path, postgres_url: str) -> None:
        version(root, 18, INDEX, NOTHING)
        version(root, 19, "ALTER TABLE teams ADD COLUMN age TEXT;\n", NOTHING)
        with ParityWatcher(open_workspace(root), Shelf(root, postgres_url)) as watcher:
            verdict = watcher.verdict()
        assert told(verdict.report) == told(compared(root, postgres_url, 19))
        assert [each[:3] for each in told(verdict.report)] == [
            ("parity/missing-column", "teams.age", 19)
        ]
        assert verdict.unseen == 2

    def test_the_versions_before_are_taken_from_what_is_kept(
        self, workspace: Workspace, postgres_url: str
    ) -> None:
        with keeping_shelf(workspace.root, postgres_url) as shelf:
            with ParityWatcher(workspace, shelf) as watcher:
                assert watcher.verdict().report.findings == ()
            kept = {path.name for path in (workspace.root / ".mig-assist/parity").iterdir()}
            assert len(kept) == 1
            with ParityWatcher(workspace, shelf) as watcher:
                assert watcher.verdict().report.findings == ()
            assert {p.name for p in (workspace.root / ".mig-assist/parity").iterdir()} == kept

    def test_it_recovers_from_a_server_that_ended_the_connection(
        self, workspace: Workspace, postgres_url: str
    ) -> None:
        root = workspace.root
        with ParityWatcher(workspace, Shelf(root, postgres_url)) as watcher:
            watcher.verdict()
            ended = "SELECT pg_terminate_backend(pg_backend_pid());\n"
            (finding,) = self.saved(watcher, root, 18, ended)
            assert finding.code == "parity/apply-failed"
            assert self.saved(watcher, root, 18, INDEX) == []

    @pytest.mark.parametrize("before", [1, 3])
    def test_the_newest_version_counts_among_the_habits(
        self, root: Path, postgres_url: str, before: int
    ) -> None:
        """Three flags with a CHECK make a habit; the fourth breaks it, wherever they stand."""
        flags = [f"is_{name}" for name in ("on", "old", "new", "odd")]
        number = 18
        for group in (flags[:before], flags[before:]):
            libsql = "".join(
                f"CREATE TABLE {flag} (id TEXT PRIMARY KEY NOT NULL, {flag} INTEGER NOT NULL"
                f"{'' if flag == 'is_odd' else f' CHECK ({flag} IN (0, 1))'});\n"
                for flag in group
            )
            postgres = "".join(
                f"CREATE TABLE {flag} (id TEXT PRIMARY KEY, {flag} BOOLEAN NOT NULL);\n"
                for flag in group
            )
            version(root, number, libsql, postgres)
            number += 1
        cold = told(compared(root, postgres_url))
        with ParityWatcher(open_workspace(root), Shelf(root, postgres_url)) as watcher:
            assert told(watcher.verdict().report) == cold
        assert [each[:3] for each in cold] == [("parity/check", "is_odd.is_odd", 19)]

    def test_one_version_alone_has_habits(self, root: Path, postgres_url: str) -> None:
        flags = ("is_on", "is_old", "is_new", "is_odd")
        checked = "".join(f", CHECK ({flag} IN (0, 1))" for flag in flags[:-1])
        version(
            root,
            17,
            f"CREATE TABLE t ({', '.join(f'{flag} INTEGER NOT NULL' for flag in flags)}{checked});",
            f"CREATE TABLE t ({', '.join(f'{flag} BOOLEAN NOT NULL' for flag in flags)});",
        )
        cold = told(compared(root, postgres_url))
        with ParityWatcher(open_workspace(root), Shelf(root, postgres_url)) as watcher:
            assert told(watcher.verdict().report) == cold
        assert [each[:2] for each in cold] == [("parity/check", "t.is_odd")]


UNKNOWN = "UPDATE teams SET slug = shorten(slug);"


def test_what_only_the_application_can_run_is_passed_over_with_a_warning(
    root: Path, postgres_url: str
) -> None:
    version(root, 18, f"{UNKNOWN}\n\n{UNKNOWN}\n", "UPDATE teams SET slug = lower(slug);")
    version(root, 19, INDEX, NOTHING)
    report = compared(root, postgres_url)
    assert told(report) == [
        ("parity/unknown-function", "shorten", 18, Severity.WARNING),
        ("parity/index", "teams_slug_idx", 19, Severity.ERROR),
    ]
    assert report.findings[0].line == 1
    assert "2 data statements" in report.findings[0].message
    newest_alone = compared(root, postgres_url, 19)
    assert [code for code, *_ in told(newest_alone)] == ["parity/index"]


def test_the_summary_says_how_many_versions_were_compared(root: Path, postgres_url: str) -> None:
    version(root, 18, "CREATE INDX;", NOTHING)
    version(root, 19, NOTHING)
    assert compared(root, postgres_url).summary.startswith("1 of 3 versions compared on libsql")
    assert compared(root, postgres_url, 19).summary.startswith("V19 not compared on libsql")
    assert check_static(open_workspace(root), {17, 18, 19}).summary.startswith("1 of 3 versions")


def test_an_unknown_function_outside_of_data_statements_is_a_failure(
    root: Path, postgres_url: str
) -> None:
    version(root, 18, "CREATE INDEX short ON teams (shorten(slug));", NOTHING)
    assert [code for code, *_ in told(compared(root, postgres_url))] == ["parity/apply-failed"]


def test_files_that_share_a_number_run_in_the_order_of_their_names(
    root: Path, postgres_url: str
) -> None:
    """Both sides have run them so; each difference stands in the file that it comes from."""
    write_pair(root, 18, "b_index", INDEX.replace("teams", "users"), "SELECT 1;\n")
    write_pair(
        root, 18, "a_users", TEAMS.replace("teams", "users"), TEAMS.replace("teams", "users")
    )
    write_pair(root, 19, "more", "SELECT 1;\n", "SELECT 1;\n")
    for report in (compared(root, postgres_url), check_static(open_workspace(root), range(100))):
        assert report.versions == (17, 18, 19)
        assert [(f.version, f.path) for f in report.findings] == [
            (18, "migrations/V18__b_index.sql")
        ]
    workspace = open_workspace(root)
    assert check_fresh(Subject(workspace, 19, "more"), Backend.POSTGRES, postgres_url).passed
    reports = check_rollbacks(workspace, Backend.LIBSQL, {18, 19})
    assert [(number, report.passed) for number, report in reports] == [
        (18, True),
        (18, True),
        (19, True),
    ]


def test_a_side_that_came_later_is_compared_from_its_first_version_on(
    root: Path, postgres_url: str
) -> None:
    """It begins with what the other side had come to; what it forgot is told there."""
    write(root, "mig-assist.toml", "")
    write(root, "migrations/postgres/V12__teams.sql", TEAMS)
    write(root, "migrations/postgres/V14__index.sql", INDEX)
    write(root, "migrations/postgres/V15__gone.sql", "CREATE TABLE gone (id TEXT);\n")
    write(root, "migrations/postgres/V17__change_17.sql", "DROP TABLE gone;\n")
    version(root, 18, NOTHING)
    workspace = open_workspace(root)
    assert workspace.config.baseline == 17
    for report in (compared(root, postgres_url, 17, 18), check_static(workspace, (17, 18))):
        assert [f[:3] for f in told(report)] == [("parity/index", "teams_slug_idx", 17)]
    assert not told(compared(root, postgres_url, 18))
