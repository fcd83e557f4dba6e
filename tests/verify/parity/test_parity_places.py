"""Where a finding leads: the statement that names what it is about, on the side that has it."""

from __future__ import annotations

import pytest

from mig_assist.backend import Backend
from mig_assist.engines.database import MigrationScript
from mig_assist.findings import Severity
from mig_assist.verify.parity.divergence import Divergence
from mig_assist.verify.parity.places import place_of
from mig_assist.verify.parity.versions import Version

LIBSQL = """CREATE TABLE teams (
    id TEXT PRIMARY KEY NOT NULL,
    age TEXT
);
CREATE TABLE members (id TEXT PRIMARY KEY NOT NULL);
CREATE INDEX teams_age_idx ON teams (age);
"""
POSTGRES = """CREATE TABLE teams (
    id text PRIMARY KEY
);
CREATE TABLE members (
    id text PRIMARY KEY,
    motto text UNIQUE
);
"""
VERSION = Version(
    18,
    {
        backend: MigrationScript(18, "teams", "", sql, f"{backend}.sql")
        for backend, sql in zip(Backend, (LIBSQL, POSTGRES), strict=True)
    },
)


@pytest.mark.parametrize(
    ("thing", "table", "lacking", "place"),
    [
        ("teams_age_idx", "teams", Backend.POSTGRES, ("libsql.sql", 6)),
        ("teams.age", "teams", Backend.POSTGRES, ("libsql.sql", 3)),
        ("members.motto", "members", Backend.LIBSQL, ("postgres.sql", 6)),
        ("members: UNIQUE (motto)", "members", Backend.LIBSQL, ("postgres.sql", 6)),
        ("members", "members", Backend.LIBSQL, ("postgres.sql", 4)),
        ("teams.id", "teams", None, ("libsql.sql", 2)),
        ("plans", "plans", Backend.LIBSQL, ("postgres.sql", None)),
    ],
)
def test_a_divergence_stands_where_its_object_is_named(
    thing: str, table: str, lacking: Backend | None, place: tuple[str, int | None]
) -> None:
    says = {backend: None if backend is lacking else "something" for backend in Backend}
    divergence = Divergence(
        "parity/index",
        Severity.ERROR,
        thing,
        table,
        lacking,
        says[Backend.LIBSQL],
        says[Backend.POSTGRES],
        "",
        "",
    )
    assert place_of(divergence, VERSION) == place


def test_what_one_side_lost_stands_where_it_was_dropped() -> None:
    scripts = {
        backend: MigrationScript(19, "x", "", sql, f"{backend}.sql")
        for backend, sql in zip(
            Backend,
            ("ALTER TABLE teams ADD COLUMN n TEXT;", "SELECT 1;\nDROP INDEX teams_age_idx;"),
            strict=True,
        )
    }
    lost = Divergence(
        "parity/index",
        Severity.ERROR,
        "teams_age_idx",
        "teams",
        Backend.POSTGRES,
        "INDEX (age)",
        None,
        "",
        "",
    )
    assert place_of(lost, Version(19, scripts)) == ("postgres.sql", 2)
