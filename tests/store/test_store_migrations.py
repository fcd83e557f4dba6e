"""The migrated database itself, and the helpers for tests of a new version."""

from __future__ import annotations

from collections.abc import Callable

from harness import FreshDatabase, Upgrade
from mig_assist.engines.database import MigrationScript
from repository import Store
from sample import Sample, populate


def test_every_registered_version_is_recorded_once(
    store: Store, scripts: tuple[MigrationScript, ...]
) -> None:
    recorded = [(row.version, row.name, row.checksum) for row in store.database.history()]
    assert recorded == [(script.version, script.name, script.checksum) for script in scripts]


def test_the_sample_has_a_row_in_every_table_of_the_baseline(
    store_before: Callable[[int], Upgrade], store: Store, sample: Sample
) -> None:
    before_18 = store_before(18).store.database.application_tables()
    assert len(before_18) == 18
    assert [table for table in before_18 if store.count(table) == 0] == []


def test_a_test_begins_without_what_another_one_left(fresh_database: FreshDatabase) -> None:
    with fresh_database() as database:
        populate(Store(database))
    with fresh_database() as database:
        assert Store(database).count("teams") == 0


def test_a_store_before_a_version_lacks_it_until_it_is_applied(
    store_before: Callable[[int], Upgrade],
) -> None:
    upgrade = store_before(17)
    assert upgrade.store.database.application_tables() == ()
    upgrade.apply()
    assert upgrade.store.count("teams") == 0
    assert [row.version for row in upgrade.store.database.history()] == [17]
