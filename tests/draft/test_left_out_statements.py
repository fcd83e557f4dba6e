"""PostgreSQL's statements that libsql has no words for: left out, asked about, or carried."""

from __future__ import annotations

import pytest

from mig_assist.backend import Backend
from mig_assist.draft.derive import derive
from mig_assist.draft.derive.model import Context
from mig_assist.draft.house import HouseStyle
from mig_assist.engines.database import MigrationScript
from mig_assist.engines.postgres_static import NOTHING, interpret
from mig_assist.engines.schema import Column, Schema, Table

POSTGRES = interpret(
    NOTHING, MigrationScript(1, "b", "", "CREATE TABLE items (id BIGINT, org_id BIGINT);", "")
)
LIBSQL = Schema((Table("items", (Column("id", "INTEGER"), Column("org_id", "INTEGER"))),))
CONTEXT = Context(LIBSQL, POSTGRES.schema, HouseStyle())

HARMLESS = (
    "COMMENT ON TABLE items IS 'The items'",
    "CREATE EXTENSION IF NOT EXISTS pgcrypto",
    "DROP EXTENSION pgcrypto",
    "CREATE SCHEMA IF NOT EXISTS public",
    "SET LOCAL lock_timeout = '5s'",
    "SET statement_timeout TO 0",
    "SET client_min_messages = warning",
    "SET search_path = public, pg_catalog",
    "RESET lock_timeout",
    "LOCK TABLE items IN ACCESS EXCLUSIVE MODE",
    "VACUUM items",
    "CLUSTER items",
    "GRANT SELECT ON items TO app",
    "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO app",
    "ALTER VIEW items_view OWNER TO app",
    "ALTER SYSTEM SET work_mem = '1GB'",
    "CREATE STATISTICS s ON id, org_id FROM items",
    "ALTER TABLE items OWNER TO app",
    "ALTER TABLE items SET (fillfactor = 70)",
    "ALTER TABLE items ALTER COLUMN id SET STATISTICS 100",
    "ALTER TABLE items REPLICA IDENTITY FULL",
    "ALTER TABLE items DISABLE ROW LEVEL SECURITY",
)
ASKED = (
    "ALTER TABLE items ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE items FORCE ROW LEVEL SECURITY",
    "CREATE POLICY own ON items USING (org_id = 1)",
    "DROP POLICY own ON items",
    "REVOKE ALL ON items FROM app",
    "ALTER TABLE items DISABLE TRIGGER ALL",
    "ALTER TABLE items INHERIT things",
    "SET session_replication_role = replica",
    "SET TIME ZONE 'Europe/Berlin'",
    "SET search_path = tenant",
    "NOTIFY items",
    "COPY items FROM STDIN",
    "REFRESH MATERIALIZED VIEW items_view",
    "CREATE RULE r AS ON INSERT TO items DO INSTEAD NOTHING",
)
CARRIED = {
    "ANALYZE items": "ANALYZE items",
    "ANALYZE VERBOSE items (id)": "ANALYZE items",
    "ANALYZE public.items, orgs": "ANALYZE items;\nANALYZE orgs",
    "analyze": "analyze",
    "REINDEX TABLE CONCURRENTLY items": "REINDEX items",
    "SET CONSTRAINTS ALL DEFERRED": "PRAGMA defer_foreign_keys = ON",
}


@pytest.mark.parametrize("sql", HARMLESS)
def test_what_changes_nothing_on_libsql_is_a_plain_comment(sql: str) -> None:
    derived = derive(f"{sql};\nSELECT 2;\n", Backend.POSTGRES, CONTEXT)
    assert derived.marks == ()
    assert f"-- {sql};\n" in derived.sql
    code = [line for line in derived.sql.splitlines() if line and not line.startswith("--")]
    assert code == ["SELECT 2;"]


@pytest.mark.parametrize("sql", ASKED)
def test_what_changes_something_is_asked_about_once(sql: str) -> None:
    derived = derive(f"{sql};\nSELECT 2;\n", Backend.POSTGRES, CONTEXT)
    assert len(derived.marks) == 1
    assert f"-- {sql};\n" in derived.sql


@pytest.mark.parametrize(("sql", "wanted"), CARRIED.items())
def test_what_has_a_counterpart_is_carried(sql: str, wanted: str) -> None:
    derived = derive(f"{sql};\n", Backend.POSTGRES, CONTEXT)
    assert (derived.sql, derived.marks) == (f"{wanted};\n", ())
