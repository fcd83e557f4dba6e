"""What libsql rebuilds becomes ALTER TABLE on PostgreSQL, and a safe rebuild again on libsql."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import pytest

from mig_assist.backend import Backend
from mig_assist.draft.derive import Derived, derive
from mig_assist.draft.derive.model import Context
from mig_assist.draft.derive.rehearsal import Rehearsal
from mig_assist.draft.house import HouseStyle, SideStyle
from mig_assist.engines.catalog import read_schema
from mig_assist.engines.database import Database, DatabaseError, MigrationScript
from mig_assist.engines.house_types import HouseTypes
from mig_assist.engines.schema import Schema
from mig_assist.engines.scratch import scratch_database
from mig_assist.findings import Severity
from mig_assist.verify.parity.compare import column_pairs, compare
from tests.draft.rebuild_histories import (
    LIBSQL,
    POSTGRES,
    ROWS,
    SIZE_INDEX,
    TRIGGER,
    History,
    histories,
    rebuilt,
)

HISTORIES = list(histories())
Rows = Mapping[str, list[tuple[object, ...]]]


@dataclass(frozen=True)
class Sides:
    """Both engines with the same tables and rows."""

    libsql: Database
    postgres: Database
    context: Context
    house: HouseTypes


@pytest.fixture(scope="module")
def sides(postgres_url: str) -> Iterator[Sides]:
    with (
        scratch_database(Backend.LIBSQL) as libsql,
        scratch_database(Backend.POSTGRES, postgres_url) as postgres,
    ):
        libsql.apply(script(1, LIBSQL + ROWS))
        postgres.apply(script(1, POSTGRES + ROWS))
        one, other = read_schema(libsql), read_schema(postgres)
        texts = libsql.query("SELECT lower(name), sql FROM sqlite_schema WHERE sql IS NOT NULL")
        yield Sides(
            libsql,
            postgres,
            Context(one, other, HouseStyle(), {str(name): str(sql) for name, sql in texts}),
            HouseTypes.learn(column_pairs(one, other)),
        )


def script(version: int, sql: str) -> MigrationScript:
    return MigrationScript(version, "rebuilds", "", sql, f"V{version}.sql")


def outcome(database: Database, sql: str) -> tuple[Schema, Rows]:
    """The schema and the rows that a version leads to; nothing of it stays."""
    with database.transaction(script(2, sql), keep=False):
        if database.backend is Backend.LIBSQL:
            assert database.query("PRAGMA foreign_key_check") == []
        rows = {}
        schema = read_schema(database)
        for table in schema.tables:
            columns = sorted(column.name for column in table.columns)
            found = database.query(f"SELECT {', '.join(columns)} FROM {table.name}")
            rows[table.name] = sorted(map(tuple, found), key=repr)
        return schema, rows


def by_hand(sides: Sides, sql: str) -> tuple[Schema, Rows]:
    """What libsql's own version leads to, run as its authors do: with foreign keys off."""
    sides.libsql.execute("PRAGMA foreign_keys = OFF")
    try:
        return outcome(sides.libsql, sql)
    finally:
        sides.libsql.execute("PRAGMA foreign_keys = ON")


def as_it_is_run(sides: Sides, sql: str) -> tuple[Schema, Rows] | None:
    """What libsql's own version leads to with foreign keys on; None where it fails."""
    try:
        return outcome(sides.libsql, sql)
    except DatabaseError:
        return None


def divergences(sides: Sides, libsql: Schema, postgres: Schema) -> list[str]:
    return [
        each.message
        for each in compare(libsql, postgres, sides.house)
        if each.severity is not Severity.NOTE and each.decided
    ]


@pytest.fixture(params=HISTORIES, ids=lambda history: history.name)
def history(request: pytest.FixtureRequest) -> History:
    found: History = request.param
    return found


def to_postgres(sides: Sides, history: History) -> Derived:
    return derive(history.sql, Backend.LIBSQL, sides.context)


def test_a_rebuild_becomes_what_it_does(sides: Sides, history: History) -> None:
    wanted, wanted_rows = by_hand(sides, history.sql)
    derived = to_postgres(sides, history)
    assert "CREATE TABLE" not in derived.sql
    schema, rows = outcome(sides.postgres, derived.sql)
    assert divergences(sides, wanted, schema) == []
    assert rows == wanted_rows
    # What libsql loses under foreign keys that are on is told, and nothing else.
    found = as_it_is_run(sides, history.sql)
    lost = found is not None and found[1] != wanted_rows
    told = [mark.message for mark in derived.marks if " refer to " not in mark.message]
    assert [" deletes rows of " in message for message in told] == [True] * lost


REFERRED = """
PRAGMA foreign_keys = OFF;
{aside}
CREATE TABLE places_new (org_id TEXT NOT NULL, nr INTEGER NOT NULL, title TEXT NOT NULL,
  PRIMARY KEY (org_id, nr));
INSERT INTO places_new SELECT org_id, nr, coalesce(title, '') FROM places;
DROP TABLE places;
ALTER TABLE places_new RENAME TO places;
{back}
PRAGMA foreign_keys = ON;
"""


@pytest.mark.parametrize(
    ("aside", "back", "lost"),
    [
        ("", "", "deletes rows of stays"),
        (
            "CREATE TEMP TABLE kept AS SELECT * FROM stays;",
            "INSERT INTO stays SELECT * FROM kept; DROP TABLE kept;",
            "",
        ),
        ("CREATE TEMP TABLE kept AS SELECT * FROM stays;", "DROP TABLE kept;", "deletes rows"),
        (
            "CREATE TEMP TABLE kept AS SELECT * FROM stays WHERE org_id IN ('x', 'y');",
            "INSERT INTO stays SELECT * FROM kept; DROP TABLE kept;",
            "",
        ),
        ("PRAGMA defer_foreign_keys = ON;", "", "deletes rows of stays"),
    ],
)
def test_rows_that_libsql_alone_loses_are_told(
    sides: Sides, aside: str, back: str, lost: str
) -> None:
    sql = REFERRED.format(aside=aside, back=back)
    found = as_it_is_run(sides, sql)
    assert found is not None
    assert (len(found[1]["stays"]) < 2) is bool(lost)
    marks = [mark.message for mark in derive(sql, Backend.LIBSQL, sides.context).marks]
    assert [lost in mark for mark in marks[:1]] == [True] * bool(lost)


def test_a_table_that_deletes_its_own_rows_is_told(sides: Sides) -> None:
    table = (
        "CREATE TABLE {0} (id INTEGER PRIMARY KEY,"
        " up INTEGER REFERENCES trees (id) ON DELETE CASCADE{1});"
    )
    rehearsal = Rehearsal(Schema())
    rehearsal.run(table.format("trees", ""))
    context = Context(rehearsal.schema(), Schema(), HouseStyle())
    rehearsal.close()
    derived = derive(
        table.format("trees_new", ", name TEXT")
        + "INSERT INTO trees_new (id, up) SELECT id, up FROM trees; DROP TABLE trees;"
        "ALTER TABLE trees_new RENAME TO trees;",
        Backend.LIBSQL,
        context,
    )
    assert [" deletes rows of trees " in mark.message for mark in derived.marks] == [True]


def test_references_that_a_rename_takes_along_are_told(sides: Sides) -> None:
    sql = """ALTER TABLE places RENAME TO places_old;
        CREATE TABLE places (org_id TEXT NOT NULL, nr INTEGER NOT NULL, PRIMARY KEY (org_id, nr));
        INSERT INTO places SELECT org_id, nr FROM places_old; DROP TABLE places_old;"""
    derived = derive(sql, Backend.LIBSQL, sides.context)
    assert any("stays refers to places_old" in mark.message for mark in derived.marks)


def test_a_rebuild_of_a_table_that_nobody_knows_is_marked_once() -> None:
    sql = """-- More room.
CREATE TABLE teams_new (id INTEGER PRIMARY KEY, name TEXT);
INSERT INTO teams_new SELECT id, name FROM teams;
DROP TABLE teams;
ALTER TABLE teams_new RENAME TO teams;
CREATE INDEX teams_name_idx ON teams (name);

UPDATE log SET what = 'x';
"""
    derived = derive(sql, Backend.LIBSQL, Context(Schema(), Schema(), HouseStyle()))
    assert [mark.line for mark in derived.marks] == [2]
    left = [line for line in derived.sql.splitlines() if line and not line.startswith("--")]
    assert left == ["UPDATE log SET what = 'x';"]


def test_dropping_a_parent_is_marked_unless_its_children_go_too(sides: Sides) -> None:
    alone = derive("DROP TABLE places;", Backend.LIBSQL, sides.context)
    assert ["stays (org_id, nr) refers to places" in mark.message for mark in alone.marks] == [True]
    both = derive("DROP TABLE places;\nDROP TABLE stays;\n", Backend.LIBSQL, sides.context)
    assert both.sql == "DROP TABLE places CASCADE;\nDROP TABLE stays;\n"
    assert both.marks == ()
    with sides.postgres.transaction(script(2, both.sql), keep=False):
        assert "stays" not in {table.name for table in read_schema(sides.postgres).tables}
    child_first = derive("DROP TABLE stays;\nDROP TABLE places;\n", Backend.LIBSQL, sides.context)
    assert child_first.sql == "DROP TABLE stays;\nDROP TABLE places;\n"


@pytest.mark.parametrize(
    ("house", "wanted"),
    [
        (HouseStyle(postgres=SideStyle(indent="  ")), 1),
        (HouseStyle(change="apart"), 2),
    ],
)
def test_changes_stand_together_or_apart_as_the_house_has_them(
    sides: Sides, house: HouseStyle, wanted: int
) -> None:
    sql = rebuilt({"kind": "TEXT NOT NULL CHECK (kind IN ('a', 'b', 'c'))"})
    derived = derive(sql, Backend.LIBSQL, replace(sides.context, house=house))
    assert derived.sql.count("ALTER TABLE") == wanted
    if wanted == 1:
        assert derived.sql == (
            "ALTER TABLE items\n"
            "  DROP CONSTRAINT items_kind_check,\n"
            "  ADD CONSTRAINT items_kind_check CHECK (kind IN ('a', 'b', 'c'));\n"
        )


def test_what_is_said_of_a_rebuild_stands_above_what_takes_its_place(sides: Sides) -> None:
    sql = (
        "PRAGMA foreign_keys = OFF;\n\n-- A wider kind.\n"
        + rebuilt({"note": "TEXT"})
        + "\n\nPRAGMA foreign_keys = ON;\n"
    )
    assert derive(sql, Backend.LIBSQL, sides.context).sql == (
        "-- A wider kind.\nALTER TABLE items ALTER COLUMN note DROP DEFAULT;\n"
    )


def test_alterations_become_a_rebuild_that_loses_nothing(sides: Sides, history: History) -> None:
    wanted, wanted_rows = by_hand(sides, history.sql)
    postgres = to_postgres(sides, history).sql
    altered, _ = outcome(sides.postgres, postgres)
    back = derive(postgres, Backend.POSTGRES, sides.context)
    schema, rows = outcome(sides.libsql, back.sql)
    assert divergences(sides, schema, altered) == []
    assert rows == wanted_rows
    names = {table.name: table for table in wanted.tables}
    for table in schema.tables:
        assert {i.name for i in table.indexes} == {i.name for i in names[table.name].indexes}
        assert table.triggers == names[table.name].triggers


def test_a_rebuild_that_a_view_stands_in_the_way_of_is_known_for_what_it_does() -> None:
    rehearsal = Rehearsal(Schema())
    rehearsal.run("CREATE TABLE solo (id INTEGER PRIMARY KEY, name TEXT)")
    rehearsal.run("CREATE VIEW names AS SELECT name FROM solo")
    context = Context(rehearsal.schema(), Schema(), HouseStyle())
    rehearsal.close()
    sql = (
        "CREATE TABLE solo_new (id INTEGER PRIMARY KEY, name TEXT DEFAULT 'x');\n"
        "INSERT INTO solo_new SELECT * FROM solo;\nDROP TABLE solo;\n"
        "ALTER TABLE solo_new RENAME TO solo;\n"
    )
    derived = derive(sql, Backend.LIBSQL, context)
    assert derived.sql == "ALTER TABLE solo ALTER COLUMN name SET DEFAULT 'x';\n"


def test_a_rule_that_postgres_refuses_leaves_out_only_itself() -> None:
    sql = """CREATE TABLE t (
    id INTEGER PRIMARY KEY,
    a TEXT NOT NULL CHECK (my_own(a)), -- the first
    b TEXT,
    CONSTRAINT t_b CHECK (b MATCH 'x'),
    CHECK (a <> b)
);
"""
    derived = derive(sql, Backend.LIBSQL, Context(Schema(), Schema(), HouseStyle()))
    assert [mark.line for mark in derived.marks] == [3, 6]
    assert derived.marks[1].message.endswith("left out: CONSTRAINT t_b CHECK (b MATCH 'x')")
    lines = [line for line in derived.sql.splitlines() if not line.lstrip().startswith("--")]
    assert lines[2:] == [
        "    a TEXT NOT NULL, -- the first",
        "    b TEXT,",
        "    CHECK (a <> b)",
        ");",
    ]


def test_a_rule_on_a_retyped_column_is_said_of_its_new_type(sides: Sides) -> None:
    sql = rebuilt(
        {"note": "INTEGER CHECK (note > 0)"},
        copied={"note": "length(note)"},
        hanging=(SIZE_INDEX, TRIGGER),
    )
    assert "CHECK (note > 0)" in derive(sql, Backend.LIBSQL, sides.context).sql


NARRATED = """-- Names may be empty from now on.
PRAGMA foreign_keys=OFF;
-- SQLite does not support ALTER COLUMN directly, so we need to recreate the table

-- Step 1 - Create the new table
CREATE TABLE solo_new (id INTEGER PRIMARY KEY, name TEXT);

-- Step 2: Copy existing data over
INSERT INTO solo_new SELECT id, name FROM solo;

/* 3. Drop old solo table */
DROP TABLE solo;

-- Rename solo_new to solo
ALTER TABLE solo_new RENAME TO solo;


-- Re-enable foreign keys
PRAGMA foreign_keys=ON;
PRAGMA optimize;

-- Imported people have none.
UPDATE solo SET name = NULL WHERE name = '';
"""


def solo() -> Context:
    rehearsal = Rehearsal(Schema())
    rehearsal.run("CREATE TABLE solo (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")
    context = Context(rehearsal.schema(), Schema(), HouseStyle())
    rehearsal.close()
    return context


def test_the_story_of_a_rebuild_goes_with_it_and_what_explains_stays() -> None:
    derived = derive(NARRATED, Backend.LIBSQL, solo())
    assert derived.marks == ()
    assert derived.sql == (
        "-- Names may be empty from now on.\n\n"
        "ALTER TABLE solo ALTER COLUMN name DROP NOT NULL;\n\n"
        "-- Imported people have none.\nUPDATE solo SET name = NULL WHERE name = '';\n"
    )


@pytest.mark.parametrize(
    "said", ["Remove foreign keys", "Create a table without rules", "Copy only the living"]
)
def test_a_comment_that_says_what_changes_is_no_story(said: str) -> None:
    sql = NARRATED.replace("Step 2: Copy existing data over", said)
    assert f"-- {said}\n" in derive(sql, Backend.LIBSQL, solo()).sql


TREE = """
CREATE TABLE flags (key TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL);
CREATE TABLE rules (
    id TEXT PRIMARY KEY NOT NULL,
    flag_key TEXT NOT NULL REFERENCES flags (key) ON DELETE CASCADE,
    n INTEGER NOT NULL
);
INSERT INTO flags VALUES ('a', 'A'), ('b', 'B');
INSERT INTO rules VALUES ('r', 'a', 2);
"""


@pytest.fixture(scope="module")
def tree(postgres_url: str) -> Iterator[Sides]:
    with (
        scratch_database(Backend.LIBSQL) as libsql,
        scratch_database(Backend.POSTGRES, postgres_url) as postgres,
    ):
        for database in (libsql, postgres):
            database.apply(script(1, TREE))
        one, other = read_schema(libsql), read_schema(postgres)
        types = HouseTypes.learn(column_pairs(one, other))
        yield Sides(libsql, postgres, Context(one, other, HouseStyle()), types)


def alike(sides: Sides, sql: str) -> str:
    """What comes of a libsql file, which leaves the same tables and rows."""
    derived = derive(sql, Backend.LIBSQL, sides.context)
    assert derived.marks == ()
    here, there = outcome(sides.libsql, sql), outcome(sides.postgres, derived.sql)
    assert divergences(sides, here[0], there[0]) == []
    assert here[1] == there[1]
    return derived.sql


def test_a_foreign_key_between_two_rebuilt_tables_goes_once_and_comes_last(tree: Sides) -> None:
    sql = """CREATE TABLE flags_new (
    key TEXT NOT NULL, ns TEXT NOT NULL DEFAULT 'd', name TEXT NOT NULL, PRIMARY KEY (ns, key));
INSERT INTO flags_new (key, name) SELECT key, name FROM flags;
CREATE TABLE rules_new (
    id TEXT PRIMARY KEY NOT NULL, flag_key TEXT NOT NULL, n INTEGER NOT NULL,
    ns TEXT NOT NULL DEFAULT 'd',
    FOREIGN KEY (ns, flag_key) REFERENCES flags_new (ns, key) ON DELETE CASCADE);
INSERT INTO rules_new (id, flag_key, n) SELECT id, flag_key, n FROM rules;
CREATE TABLE steps (rule_id TEXT NOT NULL REFERENCES rules_new (id), n INTEGER NOT NULL);
INSERT INTO steps (rule_id, n) SELECT id, n FROM rules;
DROP TABLE rules;
DROP TABLE flags;
ALTER TABLE flags_new RENAME TO flags;
ALTER TABLE rules_new RENAME TO rules;
"""
    derived = alike(tree, sql)
    assert derived.count("DROP CONSTRAINT rules_flag_key_fkey") == 1
    assert "REFERENCES rules (id)" in derived


def test_rows_of_elsewhere_are_put_into_the_table_once_it_is_altered(tree: Sides) -> None:
    sql = """CREATE TABLE rules_new (
    id TEXT PRIMARY KEY NOT NULL, flag_key TEXT REFERENCES flags (key) ON DELETE CASCADE,
    n INTEGER NOT NULL);
INSERT INTO rules_new SELECT id, flag_key, n FROM rules;
INSERT INTO rules_new (id, flag_key, n) SELECT key || '-x', key, 7 FROM flags WHERE name = 'B';
DROP TABLE rules;
ALTER TABLE rules_new RENAME TO rules;
"""
    assert alike(tree, sql).endswith(
        "INSERT INTO rules (id, flag_key, n) SELECT key || '-x', key, 7 FROM flags"
        " WHERE name = 'B';\n"
    )


def test_a_new_type_may_be_filled_by_a_subquery(tree: Sides) -> None:
    sql = """CREATE TABLE rules_new (
    id TEXT PRIMARY KEY NOT NULL,
    flag_key TEXT NOT NULL REFERENCES flags (key) ON DELETE CASCADE, n TEXT NOT NULL);
INSERT INTO rules_new
SELECT id, flag_key, (SELECT max(other.n) || 'x' FROM rules other WHERE other.id = r.id)
FROM rules r;
DROP TABLE rules;
ALTER TABLE rules_new RENAME TO rules;
"""
    derived = alike(tree, sql)
    assert "WHERE other.id = rules.id" in derived
    assert "SET n_new = " in derived


def test_a_type_to_which_nothing_is_cast_is_marked(tree: Sides) -> None:
    sql = """CREATE TABLE rules_new (
    id TEXT PRIMARY KEY NOT NULL,
    flag_key TEXT NOT NULL REFERENCES flags (key) ON DELETE CASCADE, n {} NOT NULL);
INSERT INTO rules_new SELECT id, flag_key, {} FROM rules;
DROP TABLE rules;
ALTER TABLE rules_new RENAME TO rules;
"""
    (mark,) = derive(sql.format("UUID", "n"), Backend.LIBSQL, tree.context).marks
    assert "PostgreSQL has no cast" in mark.message
    derived = derive(sql.format("BLOB", "CAST(n AS BLOB)"), Backend.LIBSQL, tree.context)
    assert len(derived.marks) == 1


def test_a_number_that_becomes_another_key_is_no_identity_any_more(postgres_url: str) -> None:
    before = "CREATE TABLE solo (id {} PRIMARY KEY, name TEXT NOT NULL);"
    sql = """CREATE TABLE solo_new (id UUID PRIMARY KEY NOT NULL, name TEXT NOT NULL);
INSERT INTO solo_new SELECT lower(hex(randomblob(16))), name FROM solo;
DROP TABLE solo;
ALTER TABLE solo_new RENAME TO solo;
"""
    for kind in ("SERIAL", "INTEGER GENERATED BY DEFAULT AS IDENTITY"):
        with scratch_database(Backend.POSTGRES, postgres_url) as database:
            database.apply(script(1, before.format(kind)))
            context = replace(solo(), postgres=read_schema(database))
            derived = derive(sql, Backend.LIBSQL, context)
            assert derived.marks == ()
            schema, _ = outcome(database, derived.sql)
            assert schema.tables[0].columns[0].type == "uuid"


def test_an_index_that_postgres_has_is_not_made_again() -> None:
    context = replace(solo(), postgres=with_index())
    again = "CREATE INDEX solo_name ON solo (name);\n"
    assert derive(again, Backend.LIBSQL, context).sql == "SELECT 1;\n"
    other = "CREATE INDEX solo_name ON solo (name, id);\n"
    assert derive(other, Backend.LIBSQL, context).sql == other
    anew = "DROP INDEX solo_name;\n" + again
    assert derive(anew, Backend.LIBSQL, context).sql == anew


def with_index() -> Schema:
    rehearsal = Rehearsal(Schema())
    rehearsal.run("CREATE TABLE solo (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")
    rehearsal.run("CREATE INDEX solo_name ON solo (name)")
    schema = rehearsal.schema()
    rehearsal.close()
    return schema


@pytest.mark.parametrize(
    ("told", "alone"),
    [
        ({}, True),
        ({"house": HouseStyle(foreign_keys=False)}, False),
        ({"own_transactions": frozenset({Backend.LIBSQL})}, False),
    ],
)
def test_rows_are_lost_only_where_the_runner_has_foreign_keys_on(
    tree: Sides, told: dict[str, object], alone: bool
) -> None:
    sql = """PRAGMA foreign_keys = OFF;
CREATE TABLE flags_new (key TEXT PRIMARY KEY NOT NULL, name TEXT);
INSERT INTO flags_new SELECT key, name FROM flags;
DROP TABLE flags;
ALTER TABLE flags_new RENAME TO flags;
PRAGMA foreign_keys = ON;
"""
    context = replace(tree.context, **told)  # type: ignore[arg-type]
    assert bool(derive(sql, Backend.LIBSQL, context).marks) is alone


FREED = """CREATE TABLE rules_new (
    id TEXT PRIMARY KEY NOT NULL, flag_key TEXT NOT NULL REFERENCES flags (key) ON DELETE {},
    n INTEGER NOT NULL);
INSERT INTO rules_new SELECT id, flag_key, n FROM rules;
DROP TABLE rules;
ALTER TABLE rules_new RENAME TO rules;
"""


@pytest.mark.parametrize(("action", "anew"), [("CASCADE", False), ("SET NULL", True)])
def test_a_foreign_key_that_postgres_alone_had_is_not_added_again(
    tree: Sides, action: str, anew: bool
) -> None:
    without = replace(tree.context.libsql.tables[1], foreign_keys=())
    assert without.name == "rules"
    context = replace(tree.context, libsql=tree.context.libsql.with_tables([without], []))
    derived = derive(FREED.format(action), Backend.LIBSQL, context)
    assert derived.marks == ()
    assert ("DROP CONSTRAINT rules_flag_key_fkey" in derived.sql) is anew
    schema, _ = outcome(tree.postgres, derived.sql)
    (key,) = next(table for table in schema.tables if table.name == "rules").foreign_keys
    assert key.on_delete == action


def test_a_column_that_is_compared_as_on_postgres_again_is_not_marked() -> None:
    rehearsal = Rehearsal(Schema())
    rehearsal.run("CREATE TABLE solo (id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE NOT NULL)")
    context = Context(rehearsal.schema(), with_index(), HouseStyle())
    rehearsal.close()
    assert derive(NARRATED, Backend.LIBSQL, context).marks == ()
    other = NARRATED.replace("name TEXT)", "name TEXT COLLATE RTRIM)")
    assert len(derive(other, Backend.LIBSQL, context).marks) == 1
