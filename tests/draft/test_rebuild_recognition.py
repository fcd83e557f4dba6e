"""Rebuilds are recognised for what they do, whatever they look like."""

from __future__ import annotations

import pytest

from mig_assist.backend import Backend
from mig_assist.draft.derive.rebuilds import Rebuild, Recognised, recognise_rebuilds
from mig_assist.draft.derive.rehearsal import Rehearsal
from mig_assist.engines.schema import Schema
from mig_assist.engines.statements import split_statements
from tests.draft.rebuild_histories import LIBSQL, histories


@pytest.fixture(scope="module")
def schema() -> Schema:
    rehearsal = Rehearsal(Schema())
    for statement in split_statements(LIBSQL, Backend.LIBSQL):
        assert rehearsal.run(statement.text)
    found = rehearsal.schema()
    rehearsal.close()
    return found


def statements(sql: str) -> list[str]:
    return [statement.text for statement in split_statements(sql, Backend.LIBSQL)]


def recognised(sql: str, schema: Schema) -> Recognised:
    return recognise_rebuilds(statements(sql), schema)


def rebuild_in(sql: str, schema: Schema) -> Rebuild:
    (rebuild,) = recognised(sql, schema).rebuilds
    return rebuild


@pytest.mark.parametrize(
    "new", ["t_new", "new_orgs", "orgs__tmp", '"__new_orgs"', "orgs_v18", "[odd name]"]
)
def test_names_do_not_matter(schema: Schema, new: str) -> None:
    rebuild = rebuild_in(
        f"CREATE TABLE {new} (id TEXT PRIMARY KEY NOT NULL, name TEXT);"
        f"INSERT INTO {new} SELECT * FROM orgs; DROP TABLE orgs;"
        f"ALTER TABLE {new} RENAME TO orgs;",
        schema,
    )
    assert (rebuild.before.name, rebuild.after.name, rebuild.place) == ("orgs", "orgs", 3)
    assert rebuild.statements == {0, 1, 2, 3}


@pytest.mark.parametrize("old", ["_orgs_old", "orgsBackup", "bkp"])
def test_the_old_table_may_be_renamed_first(schema: Schema, old: str) -> None:
    found = recognised(
        f"PRAGMA legacy_alter_table = ON; DROP TABLE IF EXISTS {old};"
        f"ALTER TABLE orgs RENAME TO {old};"
        "CREATE TABLE orgs (id TEXT PRIMARY KEY NOT NULL, name TEXT);"
        f"INSERT INTO orgs (id, name) SELECT o.id, o.name FROM {old} AS o;"
        f"DROP TABLE IF EXISTS {old}; PRAGMA legacy_alter_table = OFF;",
        schema,
    )
    assert [rebuild.statements for rebuild in found.rebuilds] == [{1, 2, 3, 4, 5}]
    assert found.aside == {0, 6}


def test_rows_may_go_through_a_copy(schema: Schema) -> None:
    rebuild = rebuild_in(
        "CREATE TEMP TABLE kept AS SELECT * FROM orgs; DROP TABLE orgs;"
        "CREATE TABLE orgs (id TEXT PRIMARY KEY NOT NULL, name TEXT);"
        "INSERT INTO orgs SELECT * FROM kept; DROP TABLE kept;",
        schema,
    )
    assert rebuild.statements == {0, 1, 2, 3, 4}


@pytest.mark.parametrize(
    "sql",
    [
        # Nothing is copied.
        "DROP TABLE orgs; CREATE TABLE orgs (id TEXT PRIMARY KEY NOT NULL);",
        # The old table stays.
        "ALTER TABLE orgs RENAME TO orgs_legacy; CREATE TABLE orgs (id TEXT, name TEXT);"
        "INSERT INTO orgs SELECT * FROM orgs_legacy;",
        # The new one has another name.
        "CREATE TABLE firms (id TEXT, name TEXT); INSERT INTO firms SELECT * FROM orgs;"
        "DROP TABLE orgs;",
        # Another table's rows.
        "CREATE TABLE t (id TEXT); INSERT INTO t SELECT org_id FROM places; DROP TABLE orgs;"
        "ALTER TABLE t RENAME TO orgs;",
        "CREATE TABLE orgs_new (id TEXT, name TEXT);",
        "",
        ";;",
        "SELECT",
    ],
)
def test_what_only_resembles_a_rebuild_is_none(schema: Schema, sql: str) -> None:
    assert recognised(sql, schema).rebuilds == ()


def test_what_comes_between_and_after_stays(schema: Schema) -> None:
    found = recognised(
        "CREATE TABLE orgs_new (id TEXT PRIMARY KEY NOT NULL, name TEXT);"
        "INSERT INTO orgs_new SELECT * FROM orgs; UPDATE places SET title = 'x'; DROP TABLE orgs;"
        "ALTER TABLE orgs_new RENAME TO orgs; CREATE INDEX orgs_name_idx ON orgs (name);"
        "ALTER TABLE orgs ADD COLUMN more TEXT;",
        schema,
    )
    (rebuild,) = found.rebuilds
    assert rebuild.statements == {0, 1, 3, 4}
    assert rebuild.after.column("more") is None


def test_old_names_are_followed_and_strange_ones_are_told(schema: Schema) -> None:
    found = recognised(
        "ALTER TABLE orgs RENAME TO old_orgs;"
        "CREATE TABLE orgs (id TEXT PRIMARY KEY NOT NULL, name TEXT);"
        "INSERT INTO orgs SELECT * FROM old_orgs;"
        "INSERT INTO log SELECT name FROM old_orgs; DROP TABLE old_orgs;"
        "CREATE VIEW v AS SELECT * FROM old_orgs;",
        schema,
    )
    assert found.reworded == {3: "INSERT INTO log SELECT name FROM orgs"}
    assert found.dangling == {5}


def test_rebuilds_may_be_interwoven(schema: Schema) -> None:
    (sql,) = (each.sql for each in histories() if each.name == "a child is rebuilt along")
    found = recognised(sql, schema)
    assert {rebuild.before.name for rebuild in found.rebuilds} == {"items", "parts"}
    assert all(key.target == "items" for key in found.rebuilds[1].after.foreign_keys)


def test_rows_that_are_kept_meanwhile_are_no_change(schema: Schema) -> None:
    (sql,) = (each.sql for each in histories() if each.name == "rows of a child are kept meanwhile")
    found = recognised(sql, schema)
    kept = [n for n, text in enumerate(statements(sql)) if "remarks" in text]
    assert found.aside == set(kept)
