"""A name is suggested from what the SQL does, in words that would be accepted as a name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig_assist.backend import Backend
from mig_assist.draft.begin import column_in, table_in
from mig_assist.draft.naming import suggest_name, suggest_template
from mig_assist.draft.scaffolds import template_names
from mig_assist.verify.name import name_findings

EITHER = [
    ("CREATE TABLE route_profiles (id TEXT)", "route_profiles"),
    ("CREATE TABLE IF NOT EXISTS route_profiles (id TEXT)", "route_profiles"),
    ('create table "Route Profiles" (id TEXT)', "route_profiles"),
    ('CREATE TABLE "userGroups" (id TEXT)', "user_groups"),
    ('CREATE TABLE "größen" (id TEXT)', "groen"),
    ("-- CREATE TABLE wrong\nCREATE /* TABLE wrong */ TABLE\n  routes (id TEXT)", "routes"),
    ("CREATE UNIQUE INDEX x ON routes (a)", "index_routes"),
    ("CREATE INDEX IF NOT EXISTS x ON routes (a) WHERE b = 1", "index_routes"),
    ("CREATE VIEW active_routes AS SELECT 1", "active_routes_view"),
    ("ALTER TABLE routes ADD COLUMN region TEXT", "add_region_to_routes"),
    ("ALTER TABLE routes ADD region TEXT", "add_region_to_routes"),
    ('ALTER TABLE "routes" ADD COLUMN "Home Region" TEXT', "add_home_region_to_routes"),
    ("ALTER TABLE routes DROP COLUMN region", "drop_region_from_routes"),
    ("ALTER TABLE routes RENAME COLUMN region TO area", "rename_routes_region"),
    ("ALTER TABLE routes RENAME region TO area", "rename_routes_region"),
    ("ALTER TABLE routes RENAME TO paths", "rename_routes_to_paths"),
    ("DROP TABLE IF EXISTS routes", "drop_routes"),
    ("DROP VIEW active_routes", "drop_active_routes"),
    ("DROP INDEX routes_name_idx", "drop_routes_name_idx"),
    ("INSERT INTO routes VALUES (1)", "seed_routes"),
    ("WITH old AS (SELECT 1) INSERT INTO routes SELECT * FROM old", "seed_routes"),
    ("UPDATE routes SET a = 1", "backfill_routes"),
    ("DELETE FROM routes", "prune_routes"),
    ("UPDATE routes SET a = 1; ALTER TABLE routes ADD COLUMN b TEXT", "add_b_to_routes"),
    ("CREATE TABLE t (a TEXT); CREATE TABLE route_tags (a TEXT)", "route_tags"),
]
LIBSQL = [
    ("CREATE TABLE main.routes (id TEXT)", "routes"),
    ("CREATE TABLE [odd name] (id TEXT)", "odd_name"),
    ("CREATE TABLE `ticked` (id TEXT)", "ticked"),
    ("CREATE VIRTUAL TABLE documents USING fts5(a)", "documents"),
    ("CREATE INDEX main.x ON routes (a)", "index_routes"),
    (
        "CREATE TRIGGER touch_routes AFTER UPDATE ON routes BEGIN UPDATE a SET b = 1; END",
        "touch_routes_trigger",
    ),
    ("CREATE TRIGGER IF NOT EXISTS guard BEFORE DELETE ON routes BEGIN SELECT 1; END",
     "guard_trigger"),
    ("INSERT OR IGNORE INTO routes VALUES (1)", "seed_routes"),
    ("REPLACE INTO routes VALUES (1)", "seed_routes"),
    ("UPDATE OR IGNORE routes SET a = 1", "backfill_routes"),
    ("ALTER TABLE main.routes ADD COLUMN region TEXT", "add_region_to_routes"),
]  # fmt: skip
POSTGRES = [
    ("CREATE TABLE public.routes (id TEXT)", "routes"),
    ("CREATE INDEX ON routes (a)", "index_routes"),
    ("CREATE INDEX CONCURRENTLY x ON ONLY public.routes USING gin (a)", "index_routes"),
    ("CREATE MATERIALIZED VIEW daily AS SELECT 1", "daily_view"),
    ("CREATE TYPE mood AS ENUM ('glad')", "mood_type"),
    (
        "CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN UPDATE a SET b = 1; RETURN NEW; END $$;"
        " CREATE TRIGGER touch_routes BEFORE UPDATE ON routes FOR EACH ROW"
        " EXECUTE FUNCTION touch()",
        "touch_routes_trigger",
    ),
    ("CREATE FUNCTION touch() RETURNS int LANGUAGE sql AS 'SELECT 1'", "touch_function"),
    ("ALTER TABLE IF EXISTS ONLY routes ADD COLUMN IF NOT EXISTS region TEXT",
     "add_region_to_routes"),
    ("ALTER TABLE routes ADD CONSTRAINT c CHECK (a > 1) NOT VALID", "constrain_routes"),
    ("ALTER TABLE routes ADD CHECK (a > 1)", "constrain_routes"),
    ("ALTER TABLE routes ADD FOREIGN KEY (a) REFERENCES b (c)", "constrain_routes"),
    ("ALTER TABLE routes DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (a > 1)", "constrain_routes"),
    ("ALTER TABLE routes VALIDATE CONSTRAINT c", "validate_routes"),
    ("ALTER TABLE routes ALTER COLUMN region SET NOT NULL", "alter_routes_region"),
    ("ALTER TABLE routes ENABLE ROW LEVEL SECURITY", "alter_routes_definition"),
    ("TRUNCATE TABLE routes", "prune_routes"),
    ("UPDATE ONLY routes SET a = 1", "backfill_routes"),
]  # fmt: skip
CASES = [
    *((backend, sql, name) for backend in Backend for sql, name in EITHER),
    *((Backend.LIBSQL, sql, name) for sql, name in LIBSQL),
    *((Backend.POSTGRES, sql, name) for sql, name in POSTGRES),
]


@pytest.mark.parametrize(("backend", "sql", "name"), CASES)
def test_the_first_change_of_the_schema_gives_the_name(
    backend: Backend, sql: str, name: str
) -> None:
    assert suggest_name(sql, backend) == name


COPY_FIRST = """
PRAGMA defer_foreign_keys = ON;
CREATE TABLE {copy} (id TEXT PRIMARY KEY, region TEXT);
INSERT INTO {copy} (id) SELECT id FROM teams;
DROP TABLE teams;
ALTER TABLE {copy} RENAME TO teams;
CREATE INDEX teams_region_idx ON teams (region);
"""
ORIGINAL_AWAY_FIRST = """
ALTER TABLE teams RENAME TO teams_old;
CREATE TABLE teams (id TEXT PRIMARY KEY, region TEXT);
INSERT INTO teams (id) SELECT id FROM teams_old;
DROP TABLE teams_old;
"""


@pytest.mark.parametrize(
    "sql",
    [
        COPY_FIRST.format(copy="teams_new"),
        COPY_FIRST.format(copy="new_teams"),
        COPY_FIRST.format(copy="_v18_teams"),
        COPY_FIRST.format(copy="TEAMS_NEW").replace("DROP TABLE teams", 'DROP TABLE "Teams"'),
        ORIGINAL_AWAY_FIRST,
    ],
)
def test_a_rebuild_is_named_after_the_table_that_is_rebuilt(sql: str) -> None:
    assert suggest_name(sql, Backend.LIBSQL) == "rebuild_teams"


def test_something_new_before_a_rebuild_counts_more() -> None:
    sql = "CREATE TABLE regions (id TEXT);" + COPY_FIRST.format(copy="teams_new")
    assert suggest_name(sql, Backend.LIBSQL) == "regions"


def test_what_is_dropped_to_be_made_anew_does_not_give_the_name() -> None:
    sql = (
        "DROP TRIGGER IF EXISTS touch_teams;"
        "CREATE TRIGGER touch_teams AFTER UPDATE ON teams BEGIN SELECT 1; END;"
    )
    assert suggest_name(sql, Backend.LIBSQL) == "touch_teams_trigger"


@pytest.mark.parametrize("backend", Backend)
@pytest.mark.parametrize(
    "sql",
    [
        "",
        "-- nothing yet\n",
        ";;;",
        "SELECT 1",
        "CREATE",
        "CREATE TABLE",
        "CREATE INDEX x",
        "DROP",
        "ALTER TABLE",
        "WITH x AS (",
        "CREATE TABLE t (a TEXT)",
        "CREATE TABLE data (a TEXT)",
        'CREATE TABLE "路由" (a TEXT)',
        "CREATE TABLE 2fa (a TEXT)",
        f"CREATE TABLE {'a' * 90} (a TEXT)",
        "CREATE TABLE a\0b (c TEXT)",
        "CREATE TABLE \ud800 (c TEXT)",
        "GRANT SELECT ON routes TO ada",
    ],
)
def test_where_nothing_can_be_told_nothing_is_suggested(backend: Backend, sql: str) -> None:
    assert suggest_name(sql, backend) is None


WORDS = st.sampled_from(
    "CREATE TABLE INDEX ON DROP ALTER ADD COLUMN RENAME TO INSERT INTO UPDATE SET DELETE FROM WITH"
    " AS ( ) , ; . ' \" ` [ ] $$ -- /* */ IF NOT EXISTS routes teams a 1 TRIGGER BEGIN END".split()
)


@pytest.mark.parametrize("backend", Backend)
@given(sql=st.text() | st.lists(WORDS, max_size=30).map(" ".join))
def test_whatever_it_reads_it_suggests_an_acceptable_name_or_none(
    backend: Backend, sql: str
) -> None:
    name = suggest_name(sql, backend)
    assert name is None or not list(name_findings(name))


def test_a_large_script_is_no_burden() -> None:
    rows = ",".join("(1, 'x')" for _ in range(100_000))
    sql = f"INSERT INTO other VALUES {rows};" + f"WITH a AS (VALUES {rows}) SELECT 1;"
    assert suggest_name(sql, Backend.LIBSQL) == "seed_other"


@pytest.mark.parametrize(
    ("name", "template"),
    [
        ("route_profiles", "create-table"),
        ("add_region_to_teams", "add-column"),
        ("add_region_column", "add-column"),
        ("add_index_to_teams", "add-index"),
        ("index_teams_by_region", "add-index"),
        ("teams_region_idx", "add-index"),
        ("drop_region_from_teams", "drop"),
        ("rename_routes_to_paths", "rename"),
        ("rebuild_teams", "rebuild"),
        ("constrain_teams", "add-constraint"),
        ("alter_teams_region", "blank"),
        ("validate_teams", "blank"),
        ("backfill_teams", "backfill"),
        ("seed_teams", "blank"),
        ("prune_teams", "blank"),
        ("touch_teams_trigger", "blank"),
        ("active_routes_view", "blank"),
    ],
)
def test_the_name_chooses_the_template(name: str, template: str) -> None:
    assert suggest_template(name) == template
    assert template in template_names()


@pytest.mark.parametrize(
    ("name", "table", "column"),
    [
        ("add_region_to_teams", "teams", "region"),
        ("add_home_region_to_team_members", "team_members", "home_region"),
        ("route_profiles", "route_profiles", "new_column"),
        ("create_route_profiles", "route_profiles", "new_column"),
        ("index_teams", "teams", "new_column"),
        ("add_to_teams", "teams", "new_column"),
        ("add_region", "region", "new_column"),
        ("teams", "teams", "new_column"),
        ("add", "add", "new_column"),
    ],
)
def test_the_name_speaks_of_a_table_and_a_column(name: str, table: str, column: str) -> None:
    assert (table_in(name), column_in(name)) == (table, column)
