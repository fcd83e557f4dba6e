"""Which tables a script changes."""

from __future__ import annotations

import pytest

from mig_assist.backend import Backend
from mig_assist.verify.touched_tables import touched_tables

REBUILD = """
CREATE TABLE teams_v18_new (id TEXT PRIMARY KEY NOT NULL) STRICT;
INSERT INTO teams_v18_new SELECT id FROM teams;
DROP TABLE teams;
ALTER TABLE teams_v18_new RENAME TO teams;
CREATE UNIQUE INDEX teams_id_key ON teams (id) WHERE id <> '';
"""


@pytest.mark.parametrize(
    ("backend", "sql", "expected"),
    [
        (Backend.LIBSQL, REBUILD, {"teams"}),
        (Backend.POSTGRES, "ALTER TABLE teams ADD CONSTRAINT c CHECK (id <> '');", {"teams"}),
        (Backend.POSTGRES, "CREATE TABLE Profiles (id TEXT CHECK (id IS JSON));", {"profiles"}),
        (Backend.LIBSQL, "INSERT INTO a SELECT * FROM b; UPDATE c SET x = 1;", {"a", "c"}),
        (Backend.LIBSQL, "DELETE FROM a WHERE id IN (SELECT id FROM b);", {"a"}),
        (Backend.LIBSQL, "DROP INDEX a_idx; SELECT 1;", set()),
        (Backend.POSTGRES, "ALTER TABLE a RENAME TO b;", {"b"}),
        (Backend.POSTGRES, "ALTER TABLE a VALIDATE CONSTRAINT c;", None),
        (Backend.LIBSQL, "CREAT TABLE a (", None),
        (Backend.LIBSQL, "", set()),
        (Backend.LIBSQL, "INSERT OR IGNORE INTO main.a (x) VALUES (1);", {"a"}),
        (Backend.LIBSQL, 'REPLACE INTO "A b" SELECT * FROM c;', {"a b"}),
        (Backend.POSTGRES, "INSERT INTO public.a DEFAULT VALUES;", {"a"}),
        (Backend.POSTGRES, "INSERT INTO a /* ; */ AS t VALUES (1);", {"a"}),
        (Backend.POSTGRES, "INSERT INTO a VALUES (1", None),
        (Backend.LIBSQL, "SELECT '" + "x" * 600_000 + "';", None),
    ],
)
def test_the_tables_of_a_script_are_those_that_it_changes(
    backend: Backend, sql: str, expected: set[str] | None, capfd: pytest.CaptureFixture[str]
) -> None:
    assert touched_tables(sql, backend) == expected
    assert capfd.readouterr().err == ""
