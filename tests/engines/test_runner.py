"""The runner applies what is pending, in order, and nothing to a database it cannot explain."""

from __future__ import annotations

import pytest

from mig_assist.engines.database import Database, DatabaseError
from mig_assist.engines.runner import ResetRequired, apply_pending
from tests.engines.samples import BASELINE, fingerprint, many_kinds_of_change, script


def test_versions_are_applied_in_order_and_told_one_by_one(database: Database) -> None:
    scripts = (BASELINE, many_kinds_of_change(database.backend), script("SELECT 1;", 19, "rest"))
    told: list[str] = []

    applied = apply_pending(
        database, scripts, baseline=17, on_applied=lambda each: told.append(each.label)
    )

    assert applied == scripts
    assert told == ["V17 baseline", "V18 many_kinds_of_change", "V19 rest"]
    assert [row.version for row in database.history()] == [17, 18, 19]
    assert apply_pending(database, scripts, baseline=17) == ()


def test_versions_of_eighteen_digits_are_told_apart(database: Database) -> None:
    numbers = [190100000001000000, 190100000001000001]
    scripts = tuple(script("SELECT 1;", number, "client") for number in numbers)
    assert apply_pending(database, scripts, baseline=1) == scripts
    assert [row.version for row in database.history()] == numbers


def test_a_failing_version_stops_the_run_and_keeps_those_before_it(database: Database) -> None:
    scripts = (BASELINE, script("CREATE TABLE a (id INT); SELECT nowhere;", 18, "doomed"))
    told: list[int] = []
    with pytest.raises(DatabaseError, match="V18 doomed failed"):
        apply_pending(
            database, scripts, baseline=17, on_applied=lambda each: told.append(each.version)
        )
    assert told == [17]
    assert [row.version for row in database.history()] == [17]

    mended = (BASELINE, script("CREATE TABLE a (id INT);", 18, "doomed"))
    assert apply_pending(database, mended, baseline=17) == mended[1:]


def test_a_database_that_needs_a_reset_is_left_alone(database: Database) -> None:
    database.execute("CREATE TABLE legacy (id INTEGER)")
    untouched = fingerprint(database)
    with pytest.raises(ResetRequired, match="legacy"):
        apply_pending(database, (BASELINE,), baseline=17)
    assert fingerprint(database) == untouched


def test_an_edited_migration_is_noticed_before_the_next_one_runs(database: Database) -> None:
    apply_pending(database, (BASELINE,), baseline=17)
    untouched = fingerprint(database)
    edited = script(BASELINE.sql + "SELECT 1;")
    with pytest.raises(ResetRequired, match="checksum"):
        apply_pending(database, (edited, script("SELECT 1;", 18, "x")), baseline=17)
    assert fingerprint(database) == untouched
