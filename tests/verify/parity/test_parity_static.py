"""The static proof says what the live one says, as far as both decide, and owns up to the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from mig_assist.backend import Backend
from mig_assist.engines.catalog import read_schema
from mig_assist.engines.database import DatabaseError, MigrationScript
from mig_assist.engines.house_types import HouseTypes
from mig_assist.engines.kept import Shelf
from mig_assist.engines.postgres_static import NOTHING, interpret
from mig_assist.engines.scratch import scratch_database
from mig_assist.findings import Finding, Severity
from mig_assist.verify.parity.compare import column_pairs, compare
from mig_assist.verify.parity.divergence import Divergence
from mig_assist.verify.parity.proof import check_parity
from mig_assist.verify.parity.static import StaticReport, check_static, static_schemas
from mig_assist.verify.parity.versions import versions_of
from mig_assist.workspace import Workspace
from tests.pairs.reading import EquivalentPair
from tests.verify.parity.mutants import equivalent_pairs, mutants_of
from tests.workspace.layouts import small_workspace, write_pair


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace whose baseline has two equal tables."""
    made = small_workspace(tmp_path / "workspace", (17, "baseline"))
    write_pair(made.root, 17, "baseline", LIBSQL_BASELINE, POSTGRES_BASELINE)
    return made


LIBSQL_BASELINE = """
    CREATE TABLE teams (
        id TEXT PRIMARY KEY NOT NULL, slug TEXT NOT NULL UNIQUE CHECK (length(slug) > 1),
        size INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL CHECK (state IN ('on', 'off'))
    ) STRICT;
    CREATE TABLE members (
        id TEXT PRIMARY KEY NOT NULL, team_id TEXT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
        joined_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX members_team_idx ON members (team_id, joined_at DESC);
    CREATE TRIGGER members_late BEFORE INSERT ON members WHEN NEW.joined_at < 0
    BEGIN SELECT RAISE(ABORT, 'too early'); END;
"""
POSTGRES_BASELINE = """
    CREATE TABLE teams (
        id text PRIMARY KEY, slug text NOT NULL UNIQUE CHECK (length(slug) > 1),
        size bigint NOT NULL DEFAULT 0, state text NOT NULL,
        CONSTRAINT teams_state_check CHECK (state = ANY (ARRAY['on', 'off']))
    );
    CREATE TABLE members (
        id text PRIMARY KEY, team_id text NOT NULL REFERENCES teams ON DELETE CASCADE,
        joined_at bigint NOT NULL
    );
    CREATE INDEX members_team_idx ON members (team_id, joined_at DESC NULLS LAST);
    CREATE FUNCTION refuse_early() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'too early'; END $$;
    CREATE TRIGGER members_late BEFORE INSERT ON members FOR EACH ROW
        WHEN (NEW.joined_at < 0) EXECUTE FUNCTION refuse_early();
"""


def keys(findings: Sequence[Finding]) -> set[tuple[int | None, str, str | None]]:
    """What findings are about."""
    return {(finding.version, finding.code, finding.object) for finding in findings}


def errors(report: StaticReport) -> set[tuple[int | None, str, str | None]]:
    return keys([found for found in report.findings if found.severity is Severity.ERROR])


DIVERGENT = (
    (
        "CREATE INDEX teams_size_idx ON teams (size);"
        " ALTER TABLE teams ADD COLUMN note TEXT DEFAULT 'a';",
        "ALTER TABLE teams ADD COLUMN note text NOT NULL DEFAULT 'b';"
        " ALTER TABLE members ADD COLUMN extra text;",
    ),
    (
        "CREATE TABLE tags (id INTEGER PRIMARY KEY, team_id TEXT REFERENCES teams (id)"
        " ON DELETE CASCADE, kind TEXT CHECK (kind IN ('a', 'b'))) STRICT;"
        " CREATE TABLE lonely (id TEXT PRIMARY KEY NOT NULL) STRICT;",
        "CREATE TABLE tags (id bigserial PRIMARY KEY, team_id text REFERENCES teams"
        " ON DELETE SET NULL, kind text CHECK (kind IN ('a', 'c')));"
        " ALTER TABLE members RENAME COLUMN extra TO other;",
    ),
    (
        "ALTER TABLE members ADD COLUMN other TEXT; DROP INDEX members_team_idx;"
        " CREATE UNIQUE INDEX members_team_idx ON members (team_id) WHERE joined_at > 5;",
        "DROP INDEX members_team_idx;"
        " CREATE UNIQUE INDEX members_team_idx ON members (team_id) WHERE joined_at > 6;",
    ),
)


def test_equal_sides_are_silent_where_both_can_be_read(workspace: Workspace) -> None:
    report = check_static(workspace, {17})
    assert report.findings == ()
    assert report.equal
    assert report.static
    assert report.left_out == ()
    assert set(report.engines) == {Backend.LIBSQL}
    assert "equal by their files alone, not yet proved on PostgreSQL" in report.summary


def test_differences_that_only_behaviour_decides_are_counted(workspace: Workspace) -> None:
    report = check_static(workspace, {17})
    assert report.undecided > 0
    assert f"{report.undecided} difference" in report.summary


def test_agrees_with_the_live_proof(workspace: Workspace, postgres_url: str) -> None:
    for number, (libsql, postgres) in enumerate(DIVERGENT, 18):
        write_pair(workspace.root, number, "change", libsql, postgres)
    chosen = [version.number for version in versions_of(workspace)]
    static = check_static(workspace, chosen)
    live = check_parity(workspace, chosen, Shelf(workspace.root, postgres_url))
    assert {(18, "parity/nullability", "teams.note"), (19, "parity/missing-table", "lonely")} < (
        errors(static)
    )
    in_doubt = keys([found for found in live.findings if "hown by" in found.message])
    assert keys(static.findings) <= keys(live.findings)
    assert keys(live.findings) - keys(static.findings) <= in_doubt | {
        key for key in keys(live.findings) if key[1] == "parity/trigger"
    }


@pytest.mark.parametrize("pair", equivalent_pairs(), ids=lambda pair: pair.name)
def test_broken_pairs_are_judged_as_by_the_live_catalog(
    pair: EquivalentPair, postgres_url: str
) -> None:
    """A sample of what the mutation harness breaks on PostgreSQL's side, and the pair itself."""
    broken = [mutant.sql for mutant in mutants_of(pair) if mutant.side is Backend.POSTGRES]
    before = MigrationScript(1, "before", "", pair.before.get(Backend.POSTGRES, ""), "V1")
    known = interpret(NOTHING, before)
    with (
        scratch_database(Backend.LIBSQL) as libsql,
        scratch_database(Backend.POSTGRES, postgres_url) as postgres,
    ):
        libsql.apply(replace(before, sql=pair.before.get(Backend.LIBSQL, "")))
        libsql.apply(MigrationScript(2, "change", "", pair.sql[Backend.LIBSQL], "V2"))
        mine = read_schema(libsql)
        postgres.apply(before)
        for sql in (pair.sql[Backend.POSTGRES], *broken[::9]):
            change = MigrationScript(2, "change", "", sql, "V2")
            try:
                with postgres.transaction(change, keep=False):
                    live = read_schema(postgres)
            except DatabaseError:
                continue
            read = interpret(known, change)
            house = HouseTypes.learn(column_pairs(mine, live))
            assert read.unknown == ()
            assert _verdict(compare(mine, read.schema, house)) == _verdict(
                compare(mine, live, house)
            )


def _verdict(divergences: Sequence[Divergence]) -> set[tuple[object, ...]]:
    return {(each.rule, each.object, each.severity, each.decided) for each in divergences}


def test_only_chosen_versions_are_reported(workspace: Workspace) -> None:
    for number, (libsql, postgres) in enumerate(DIVERGENT, 18):
        write_pair(workspace.root, number, "change", libsql, postgres)
    assert {finding.version for finding in check_static(workspace, {19}).findings} == {19}
    assert check_static(workspace, {99}).versions == ()


def test_what_only_a_server_can_tell_is_named_and_left_out(workspace: Workspace) -> None:
    block = "DO $$ BEGIN ALTER TABLE teams DROP COLUMN size; END $$;\n"
    write_pair(
        workspace.root,
        18,
        "change",
        "CREATE TABLE more (id TEXT PRIMARY KEY NOT NULL) STRICT;",
        f"-- why\n{block}",
    )
    report = check_static(workspace, {18})
    (unread,) = (found for found in report.findings if found.code == "parity/not-read")
    assert (unread.severity, unread.object, unread.line) == (Severity.NOTE, "teams", 2)
    assert unread.backend is Backend.POSTGRES
    assert report.left_out == ("teams",)
    assert "teams left out" in report.summary
    assert errors(report) == {(18, "parity/missing-table", "more")}


def test_what_is_made_anew_is_compared_again(workspace: Workspace) -> None:
    write_pair(
        workspace.root,
        18,
        "change",
        "DROP TABLE members;",
        "DO $$ BEGIN EXECUTE format('ALTER TABLE members DROP %I', current_setting('x')); END $$;",
    )
    made = "CREATE TABLE members (id {0} PRIMARY KEY NOT NULL, n {1});"
    write_pair(
        workspace.root,
        19,
        "again",
        made.format("TEXT", "TEXT"),
        "DROP TABLE members;" + made.format("text", "text NOT NULL"),
    )
    assert check_static(workspace, {18}).left_out == ()
    assert errors(check_static(workspace, {17, 18, 19})) == {
        (19, "parity/nullability", "members.n")
    }


def test_a_block_that_may_touch_anything_leaves_only_what_comes_after(
    workspace: Workspace,
) -> None:
    write_pair(
        workspace.root,
        18,
        "change",
        "CREATE TABLE fresh (a TEXT) STRICT; CREATE TABLE other (a TEXT) STRICT;",
        "DO $$ BEGIN EXECUTE current_setting('x'); END $$; CREATE TABLE fresh (a text NOT NULL);",
    )
    report = check_static(workspace, {17, 18})
    assert set(report.left_out) == {"teams", "members", "other"}
    assert errors(report) == {(18, "parity/nullability", "fresh.a")}


def test_what_only_the_application_can_run_is_passed_over_with_a_warning(
    workspace: Workspace,
) -> None:
    write_pair(workspace.root, 18, "more", "\nUPDATE teams SET slug = shorten(slug);", "SELECT 1;")
    write_pair(workspace.root, 19, "last", "CREATE INDEX teams_size_idx ON teams (size);", "")
    report = check_static(workspace, {18, 19})
    assert [(f.code, f.version, f.line) for f in report.findings] == [
        ("parity/unknown-function", 18, 2),
        ("parity/index", 19, 1),
    ]
    assert check_static(workspace, {19}).findings == report.findings[1:]


def test_a_file_that_cannot_be_used_ends_the_comparison_with_a_finding(
    workspace: Workspace,
) -> None:
    write_pair(workspace.root, 18, "change", "ALTER TABLE nothing ADD x;", "ALTER TABEL t;")
    write_pair(workspace.root, 19, "later", "SELECT 1;", "DROP TABLE teams;")
    report = check_static(workspace, {17, 18, 19})
    failed = [found for found in report.findings if found.code == "parity/apply-failed"]
    assert [found.backend for found in failed] == list(Backend)
    assert not report.equal
    after = list(static_schemas(versions_of(workspace)))
    assert [each.version.number for each in after] == [17, 18]
    assert after[-1].libsql == after[0].libsql


def test_what_a_refused_statement_is_not_about_is_compared_all_the_same(
    workspace: Workspace, postgres_url: str
) -> None:
    write_pair(
        workspace.root,
        18,
        "odd",
        "CREATE TABLE odd (id TEXT, id TEXT); CREATE INDEX teams_idx ON teams (size);",
        "CREATE TABLE odd (id TEXT, size TEXT);",
    )
    write_pair(workspace.root, 19, "rows", "INSERT INTO odd VALUES (1, 2);", "SELECT 1;")
    write_pair(workspace.root, 20, "unread", "SELECT 1;", "ALTER TABLE members ADD COLUM x (;")
    write_pair(workspace.root, 21, "later", "ALTER TABLE teams ADD COLUMN b TEXT;", "SELECT 1;")
    report = check_static(workspace, {18, 19, 20, 21})
    expected = {
        ("parity/index", "teams_idx", 18),
        ("parity/apply-failed", None, 18),
        ("parity/apply-failed", None, 20),
        ("parity/missing-column", "teams.b", 21),
    }
    assert {(f.code, f.object, f.version) for f in report.findings} == expected
    assert report.summary.startswith("1 of 4 versions")
    live = check_parity(workspace, {18, 19, 20, 21}, Shelf(workspace.root, postgres_url))
    assert {(f.code, f.object, f.version) for f in live.findings} == expected
    assert live.summary.startswith("1 of 4 versions")
