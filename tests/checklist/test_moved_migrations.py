"""A migration that moved to another number, in the ledger; and ledgers of the older format."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from mig_assist.checklist.ledger import LEDGER_NAME, open_ledger
from mig_assist.errors import EnvironmentLacks
from mig_assist.state_folder import NAME


def database(root: Path) -> sqlite3.Connection:
    return sqlite3.connect(root / NAME / LEDGER_NAME, isolation_level=None)


def test_it_is_the_same_migration_under_its_newest_number(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    first = ledger.open_migration(18, "route_tags", "feat/x", None, {})
    second = ledger.open_migration(19, "route_notes", "feat/x", None, {})
    ledger.move({first.id: 19, second.id: 20})
    ledger.move({first.id: 21})
    assert ledger.migrations() == (first._replace(version=21), second._replace(version=20))
    ledger.close()


def test_what_moved_is_append_only(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    ledger.move({ledger.open_migration(18, "route_tags", None, None, {}).id: 19})
    ledger.close()
    connection = database(tmp_path)
    for statement in ("DELETE FROM moved", "UPDATE moved SET version = 20"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(statement)
    connection.close()


def test_a_ledger_of_format_1_goes_on_with_all_it_holds(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    record = ledger.open_migration(18, "route_tags", "feat/x", "abc", {"docs/a.md": "1"})
    ledger.close()
    connection = database(tmp_path)
    connection.execute("DROP TABLE moved")
    connection.execute("DROP TABLE archived")
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    again = open_ledger(tmp_path)
    assert again.set_aside is None
    assert again.migrations() == (record,)
    again.move({record.id: 19})
    assert again.migrations() == (record._replace(version=19),)
    again.close()


def test_a_ledger_of_a_later_format_is_left_alone(tmp_path: Path) -> None:
    open_ledger(tmp_path).close()
    connection = database(tmp_path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(EnvironmentLacks, match="newer"):
        open_ledger(tmp_path)
    assert [path.name for path in (tmp_path / NAME).glob("*damaged*")] == []
