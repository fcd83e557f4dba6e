"""PostgreSQL's rules of tables on libsql: kept in some way, or asked about one by one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mig_assist.backend import Backend
from mig_assist.draft.derive import derive
from mig_assist.draft.derive.layout import laid_out
from mig_assist.draft.derive.model import Context
from mig_assist.draft.house import HouseStyle, SideStyle
from mig_assist.draft.house.learning import Script, style
from mig_assist.draft.house.reading import libsql_side, postgres_schema
from mig_assist.engines.catalog import read_schema
from mig_assist.engines.database import Database, DatabaseError, MigrationScript
from mig_assist.engines.postgres_static import NOTHING, interpret
from mig_assist.engines.schema import Schema
from mig_assist.engines.scratch import scratch_database

BASE = """
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE people (
    id BIGSERIAL PRIMARY KEY,
    name TEXT NOT NULL DEFAULT 'nobody',
    email VARCHAR(40),
    active BOOLEAN NOT NULL DEFAULT TRUE,
    m mood DEFAULT 'ok' -- how they are
);
CREATE TABLE pets (
    id BIGSERIAL PRIMARY KEY,
    owner_id BIGINT REFERENCES people (id) ON DELETE CASCADE,
    m mood
);
CREATE TABLE plain (a TEXT, b BIGINT);
"""
ROWS = """
INSERT INTO people (id, name, m) VALUES (1, 'Ann', 'ok'), (2, 'Bob', 'sad'), (3, 'Cid', NULL);
INSERT INTO pets (id, owner_id, m) VALUES (1, 1, 'ok'), (2, 1, NULL), (3, 2, 'sad');
INSERT INTO plain VALUES ('x', 1), (NULL, 2);
"""


PLAIN = HouseStyle()


def context_of(database: Database, house: HouseStyle = PLAIN) -> Context:
    texts = database.query("SELECT lower(name), sql FROM sqlite_schema WHERE sql IS NOT NULL")
    postgres = interpret(NOTHING, MigrationScript(1, "b", "", BASE, "")).schema
    return Context(
        read_schema(database), postgres, house, {str(name): str(sql) for name, sql in texts}
    )


@pytest.fixture
def libsql() -> Iterator[Database]:
    empty = Context(Schema(), Schema(), HouseStyle())
    with scratch_database(Backend.LIBSQL) as database:
        sql = derive(BASE, Backend.POSTGRES, empty).sql
        database.apply(MigrationScript(1, "base", "", sql + ROWS, "V1.sql"))
        yield database


def carried(database: Database, sql: str, house: HouseStyle = PLAIN) -> str:
    """What is derived without a mark; libsql has taken it, and lost no row."""
    derived = derive(sql, Backend.POSTGRES, context_of(database, house))
    assert derived.marks == ()
    counts = [database.query(f"SELECT count(*) FROM {t}") for t in ("people", "pets", "plain")]
    database.apply(MigrationScript(2, "v", "", derived.sql, "V2.sql"))
    assert database.query("PRAGMA foreign_key_check") == []
    after = [database.query(f"SELECT count(*) FROM {t}") for t in ("people", "pets", "plain")]
    assert after == counts
    return derived.sql


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE plain ADD CONSTRAINT k UNIQUE NULLS NOT DISTINCT (a, b);",
        "CREATE UNIQUE INDEX k ON plain (a, b) NULLS NOT DISTINCT;",
    ],
)
def test_a_null_is_no_more_distinct_than_other_values(libsql: Database, sql: str) -> None:
    derived = carried(libsql, sql)
    assert "CREATE TABLE" not in derived
    libsql.execute("INSERT INTO plain VALUES ('x', NULL), ('', 2), ('0', 2)")
    for row in ("('x', 1)", "(NULL, 2)", "('x', NULL)"):
        with pytest.raises(DatabaseError, match="UNIQUE"):
            libsql.execute(f"INSERT INTO plain VALUES {row}")


def test_what_is_never_null_needs_no_such_index(libsql: Database) -> None:
    sql = "CREATE TABLE t (\n    a TEXT NOT NULL UNIQUE NULLS NOT DISTINCT\n);\n"
    assert carried(libsql, sql) == "CREATE TABLE t (\n    a TEXT NOT NULL UNIQUE\n);\n"


def test_one_rule_that_libsql_refuses_is_left_out_alone(libsql: Database) -> None:
    sql = (
        "CREATE TABLE t (\n"
        "    a TEXT CHECK (a ~ '^(x|y)+$'), -- first\n"
        "    during TSTZRANGE,\n"
        "    EXCLUDE USING gist (during WITH &&),\n"
        "    CHECK (a <> '')\n"
        ");\n"
    )
    derived = derive(sql, Backend.POSTGRES, context_of(libsql))
    lines = derived.sql.splitlines()
    assert [lines[mark.line].split()[0] for mark in derived.marks] == ["a", "during", "CHECK"]
    assert all(line.startswith("    ") for line in lines[1:-1])
    libsql.apply(MigrationScript(2, "v", "", derived.sql, "V2.sql"))
    with pytest.raises(DatabaseError, match="CHECK"):
        libsql.execute("INSERT INTO t (a) VALUES ('')")


def test_one_constraint_of_several_is_left_out_alone(libsql: Database) -> None:
    sql = "ALTER TABLE plain ADD CHECK (a ~ '^(x|y)+$'), ADD CONSTRAINT small CHECK (b > 0);"
    derived = derive(sql, Backend.POSTGRES, context_of(libsql))
    assert len(derived.marks) == 1
    assert "left out: CHECK (a ~ '^(x|y)+$')" in derived.marks[0].message
    assert "    CONSTRAINT small CHECK (b > 0)\n" in derived.sql


def test_a_text_stays_as_short_as_it_was(libsql: Database) -> None:
    with pytest.raises(DatabaseError, match="CHECK"):
        libsql.execute("INSERT INTO people (email) VALUES (?)", ["x" * 41])
    carried(libsql, "ALTER TABLE people ALTER COLUMN email TYPE VARCHAR(80);")
    libsql.execute("INSERT INTO people (email) VALUES (?)", ["x" * 80])
    with pytest.raises(DatabaseError, match="CHECK"):
        libsql.execute("INSERT INTO people (email) VALUES (?)", ["x" * 81])


def test_labels_that_are_added_are_taken_in_every_table(libsql: Database) -> None:
    sql = carried(
        libsql, "ALTER TYPE mood ADD VALUE 'happy';\nALTER TYPE mood ADD VALUE 'mad' BEFORE 'ok';"
    )
    assert sql.count("CHECK (m IN ('sad', 'ok', 'happy', 'mad'))") == 2
    assert "-- how they are" in sql
    libsql.execute("UPDATE people SET m = 'mad'")


def test_labels_that_are_renamed_are_renamed_in_rows_and_defaults(libsql: Database) -> None:
    carried(libsql, "ALTER TYPE mood RENAME VALUE 'ok' TO 'fine';")
    libsql.execute("INSERT INTO people (id) VALUES (4)")
    moods = libsql.query("SELECT m FROM people ORDER BY id")
    assert moods == [("fine",), ("sad",), (None,), ("fine",)]
    assert libsql.query("SELECT m FROM pets ORDER BY id") == [("fine",), (None,), ("sad",)]


def test_an_enum_of_the_file_is_checked_where_a_column_is_added(libsql: Database) -> None:
    sql = carried(
        libsql,
        "CREATE TYPE color AS ENUM ('red', 'blue');\n"
        "ALTER TABLE pets ADD COLUMN c color, ADD COLUMN note TEXT, ALTER COLUMN owner_id SET"
        " NOT NULL;\nALTER TYPE color ADD VALUE 'green';\n",
    )
    assert "CHECK (c IN ('red', 'blue', 'green'))" in sql


def test_a_primary_key_takes_no_null(libsql: Database) -> None:
    libsql.execute("DELETE FROM plain WHERE a IS NULL")
    carried(libsql, "ALTER TABLE plain ADD PRIMARY KEY (a);")
    with pytest.raises(DatabaseError, match="NOT NULL"):
        libsql.execute("INSERT INTO plain (b) VALUES (1)")


def test_a_moment_that_sets_itself_is_added(libsql: Database) -> None:
    carried(libsql, "ALTER TABLE people ADD COLUMN at TIMESTAMPTZ NOT NULL DEFAULT now();")
    assert libsql.query("SELECT count(at) FROM people") == [(3,)]


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE people ALTER COLUMN name SET NOT NULL;",
        "ALTER TABLE people ALTER COLUMN email DROP NOT NULL;",
        "ALTER TABLE people ALTER COLUMN active SET DEFAULT TRUE;",
        "ALTER TABLE people ALTER COLUMN email DROP DEFAULT;",
        "ALTER TABLE people ALTER COLUMN email TYPE VARCHAR(40);",
    ],
)
def test_nothing_is_rebuilt_that_stays_as_it_is(libsql: Database, sql: str) -> None:
    assert "TABLE people_" not in (derived := carried(libsql, sql))
    assert "DROP" not in derived.replace(f"-- {sql}", "")


def test_what_is_undone_at_once_needs_no_rebuild(libsql: Database) -> None:
    sql = carried(
        libsql,
        "ALTER TABLE people ALTER name DROP NOT NULL;\nALTER TABLE people ALTER name SET NOT NULL;",
    )
    assert "DROP" not in sql
    with pytest.raises(DatabaseError, match="NOT NULL"):
        libsql.execute("INSERT INTO people (name) VALUES (NULL)")


def test_a_rebuild_is_written_as_the_house_does(libsql: Database) -> None:
    house = HouseStyle(
        libsql=SideStyle(keywords="lower", indent="  "),
        rebuild="new_{table}",
        rebuild_pragmas="PRAGMA foreign_keys=OFF; PRAGMA foreign_keys=ON",
    )
    assert carried(libsql, "alter table plain alter column b set default 7;\n", house) == (
        "PRAGMA foreign_keys=OFF;\n\n"
        "create table new_plain (\n  a TEXT,\n  b INTEGER default 7\n);\n\n"
        "insert into new_plain (a, b)\nselect a, b\nfrom plain;\n\n"
        "drop table plain;\nalter table new_plain rename to plain;\nPRAGMA foreign_keys=ON;\n"
    )


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        ('CREATE TABLE "t" (a INT, b INT)', "CREATE TABLE t (\n    a INT,\n    b INT\n)"),
        (
            "CREATE TABLE t (\n  a INT, -- first\n  b INT, c INT\n)",
            "CREATE TABLE t (\n  a INT, -- first\n  b INT,\n  c INT\n)",
        ),
        (
            "CREATE TABLE t (\n  a INT, b INT, c INT\n)",
            "CREATE TABLE t (\n  a INT, b INT, c INT\n)",
        ),
    ],
)
def test_each_column_has_a_line(sql: str, wanted: str) -> None:
    assert laid_out(sql, SideStyle()) == wanted


def test_children_of_a_unique_index_come_back_to_it(libsql: Database) -> None:
    libsql.execute("CREATE UNIQUE INDEX people_name ON people (name)")
    libsql.execute(
        "CREATE TABLE notes (who TEXT REFERENCES people (name) ON DELETE SET NULL, t TEXT)"
    )
    libsql.execute("INSERT INTO notes VALUES ('Ann', 'x')")
    carried(libsql, "ALTER TABLE people ALTER COLUMN name DROP DEFAULT;")
    assert libsql.query("SELECT who FROM notes") == [("Ann",)]


def made(libsql: str, postgres: str, house: HouseStyle = PLAIN) -> Context:
    """Both sides after a script each."""
    tables, texts = libsql_side([Script(libsql, "V1.sql", 1)])
    return Context(tables, postgres_schema([Script(postgres, "V1.sql", 1)]), house, texts)


def on_libsql(before: str, derived: str, *after: str) -> list[tuple[object, ...]]:
    """What the last of some statements yields, after a derived file in one transaction."""
    with scratch_database(Backend.LIBSQL) as database:
        database.apply(MigrationScript(1, "base", "", before, "V1.sql"))
        database.apply(MigrationScript(2, "v", "", derived, "V2.sql"))
        assert database.query("PRAGMA foreign_key_check") == []
        for sql in after[:-1]:
            database.execute(sql)
        return database.query(after[-1])


def carried_from(libsql: str, postgres: str, sql: str, house: HouseStyle = PLAIN) -> str:
    """What is derived without a mark over a schema of its own."""
    derived = derive(sql, Backend.POSTGRES, made(libsql, postgres, house))
    assert derived.marks == ()
    return derived.sql


KEYS = "CREATE TABLE s (id TEXT PRIMARY KEY); CREATE TABLE g (id TEXT PRIMARY KEY);"
REFERS = (
    "CREATE TABLE d (\n  g TEXT NOT NULL, s TEXT NOT NULL, n INT,\n"
    "  CONSTRAINT fk_g FOREIGN KEY (g) REFERENCES g (id){}\n"
    "  CONSTRAINT fk_s FOREIGN KEY (s) REFERENCES s (id) ON DELETE CASCADE{}\n  CHECK (n > 0)\n);"
)


@pytest.mark.parametrize(
    ("sql", "left"),
    [
        ("ALTER TABLE d DROP CONSTRAINT fk_g;", [("s", "CASCADE")]),
        ("ALTER TABLE d DROP CONSTRAINT fk_s;", [("g", "NO ACTION")]),
        ("ALTER TABLE d DROP COLUMN n;", [("g", "NO ACTION"), ("s", "CASCADE")]),
        ("ALTER TABLE d ALTER n SET NOT NULL;", [("g", "NO ACTION"), ("s", "CASCADE")]),
    ],
)
def test_constraints_without_commas_are_all_kept(sql: str, left: list[tuple[str, str]]) -> None:
    libsql = KEYS + REFERS.format("", "")
    derived = carried_from(libsql, KEYS + REFERS.format(",", ","), sql)
    found = "SELECT \"table\", on_delete FROM pragma_foreign_key_list('d') ORDER BY 1"
    assert on_libsql(libsql, derived, found) == left


def test_a_constraint_before_a_column_goes_to_the_end() -> None:
    sql = "CREATE TABLE t (\n  id TEXT,\n  PRIMARY KEY (id), -- the key\n  at BIGINT\n);"
    derived = carried_from("", "", sql)
    assert derived.index("at ") < derived.index("PRIMARY KEY (id)")
    assert on_libsql("", derived, "SELECT name FROM pragma_table_info('t') WHERE pk") == [("id",)]


def test_what_ignores_case_does_so_after_a_change_of_type() -> None:
    base = "CREATE TABLE f (n TEXT UNIQUE, m {});"
    sql = (
        "CREATE EXTENSION IF NOT EXISTS citext;\nALTER TABLE f ALTER n TYPE CITEXT,"
        " ALTER COLUMN m TYPE text;\nALTER TABLE f ADD COLUMN o citext;"
    )
    libsql = base.format("TEXT COLLATE NOCASE")
    derived = carried_from(libsql, base.format("CITEXT"), sql)
    rows = on_libsql(
        libsql,
        derived,
        "INSERT INTO f VALUES ('a', 'b', 'c')",
        "SELECT n = 'A', m = 'B', o = 'C' FROM f",
    )
    assert rows == [(1, 0, 1)]


def test_a_primary_key_that_is_unique_is_one_key() -> None:
    base = "CREATE TABLE f (key TEXT PRIMARY KEY UNIQUE NOT NULL, ns TEXT NOT NULL{});"
    sql = "ALTER TABLE f DROP CONSTRAINT f_pkey;\nALTER TABLE f ADD PRIMARY KEY (ns, key);"
    derived = carried_from(base.format(""), base.format(""), sql)
    assert "UNIQUE" not in derived
    own = base.format("") + "ALTER TABLE f ADD CONSTRAINT own UNIQUE (key);"  # that are two
    derived = carried_from(base.format(", CONSTRAINT own UNIQUE (key)"), own, sql)
    assert "CONSTRAINT own UNIQUE (key)" in derived


def test_commas_stay_where_lines_begin_with_them() -> None:
    table = "CREATE TABLE f (\n id INTEGER PRIMARY KEY\n,a  TEXT{}\n\n,b TEXT -- b{}\n{}\n);"
    sql = "ALTER TABLE f ALTER a SET NOT NULL, ADD c TEXT NOT NULL, ADD UNIQUE (a);"
    derived = carried_from(table.format("", "", ""), table.format("", "", ""), sql)
    kept = table.format(" NOT NULL", "\n,c TEXT NOT NULL\n,UNIQUE (a)", "")
    assert derived.startswith(kept.replace("f (", "f_new (", 1))
    sql = table.format("", "", "").replace("INTEGER", "TEXT")
    assert derived_lines(carried_from("", "", sql)) == derived_lines(sql)


def derived_lines(sql: str) -> list[str]:
    """The columns' names line by line."""
    return [line.split(" ")[0] for line in sql.splitlines()]


def test_a_new_column_has_a_line_and_its_type_stands_below_the_others() -> None:
    table = "CREATE TABLE f (\n  id   TEXT, x TEXT,\n  name TEXT, y TEXT,\n  a    TEXT\n);"
    derived = carried_from(table, table, "ALTER TABLE f ADD bb TEXT NOT NULL;")
    assert (
        "  id   TEXT, x TEXT,\n  name TEXT, y TEXT,\n  a    TEXT,\n  bb   TEXT NOT NULL\n"
        in derived
    )


NUMBERED = "CREATE TABLE f (id INTEGER PRIMARY KEY AUTOINCREMENT, up INTEGER{}, a TEXT);"


@pytest.mark.parametrize(
    ("reference", "temporary"),
    [
        ("", False),
        (" REFERENCES f (id)", False),
        (" REFERENCES f (id) ON DELETE CASCADE", False),
        (" REFERENCES f (id) ON DELETE SET NULL", False),
        (" REFERENCES f (id) ON DELETE RESTRICT", True),
    ],
)
def test_a_table_without_children_is_rebuilt_plainly(reference: str, temporary: bool) -> None:
    libsql = NUMBERED.format(reference)
    rows = (
        "INSERT INTO f VALUES (1, NULL, 'x'), (2, 1, 'y'), (3, 2, 'z'); DELETE FROM f WHERE id = 3;"
    )
    postgres = libsql.replace("INTEGER PRIMARY KEY AUTOINCREMENT", "SERIAL PRIMARY KEY")
    derived = carried_from(libsql, postgres, "ALTER TABLE f ALTER a SET NOT NULL;")
    assert ("TEMP TABLE" in derived) is temporary
    found = on_libsql(libsql + rows, derived, "INSERT INTO f (a) VALUES ('w')", "SELECT * FROM f")
    assert found == [(1, None, "x"), (2, 1, "y"), (4, None, "w")]  # 3 is not given again
    after = on_libsql(libsql + rows, derived, "SELECT \"table\" FROM pragma_foreign_key_list('f')")
    assert after == ([("f",)] if reference else [])


def test_where_foreign_keys_are_off_every_rebuild_is_plain() -> None:
    base = (
        "CREATE TABLE p (id INTEGER PRIMARY KEY, a TEXT);\n"
        "CREATE TABLE c (p INTEGER REFERENCES p (id) ON DELETE CASCADE);"
    )
    sql = "ALTER TABLE p ALTER a SET NOT NULL;"
    assert "TEMP TABLE" in carried_from(base, base, sql)
    derived = carried_from(base, base, sql, HouseStyle(foreign_keys=False))
    assert derived.startswith("CREATE TABLE p_new")
    assert "TEMP TABLE" not in derived


def test_a_key_that_goes_with_cascade_takes_the_references_to_it_along() -> None:
    base = (
        "CREATE TABLE p (id TEXT PRIMARY KEY, ns TEXT NOT NULL DEFAULT 'n');\n"
        "CREATE TABLE c (p TEXT NOT NULL REFERENCES p ON DELETE CASCADE, CHECK (p <> ''));"
    )
    sql = (
        "ALTER TABLE p DROP CONSTRAINT p_pkey CASCADE;\nALTER TABLE p ADD PRIMARY KEY (ns, id);\n"
        "ALTER TABLE c ADD COLUMN ns TEXT NOT NULL DEFAULT 'n';\n"
        "ALTER TABLE c ADD FOREIGN KEY (ns, p) REFERENCES p (ns, id);"
    )
    derived = carried_from(base, base, sql)
    rows = "INSERT INTO p (id) VALUES ('a'), ('b'); INSERT INTO c VALUES ('a'), ('b');"
    assert on_libsql(base + rows, derived, "SELECT p, ns FROM c") == [("a", "n"), ("b", "n")]


def test_an_index_that_goes_later_in_the_file_is_not_made_again() -> None:
    base = (
        "CREATE TABLE f (a TEXT, b TEXT);\nCREATE INDEX f_a ON f (a);\nCREATE INDEX f_b ON f (b);"
    )
    sql = "ALTER TABLE f ALTER b SET NOT NULL;\nDROP INDEX f_a;"
    derived = carried_from(base, base, sql)
    assert "\nDROP INDEX" not in derived
    assert "CREATE INDEX f_a" not in derived
    assert on_libsql(base, derived, "SELECT name FROM pragma_index_list('f')") == [("f_b",)]


def test_an_alter_of_an_unknown_column_is_marked_alone() -> None:
    base = "CREATE TABLE f (a TEXT, b TEXT);"
    sql = (
        "ALTER TABLE f RENAME COLUMN a TO c;\nALTER TABLE f DROP COLUMN nothere;\n"
        "ALTER TABLE f ADD COLUMN d TEXT;\nALTER TABLE f ALTER d SET DEFAULT 'x';"
    )
    derived = derive(sql, Backend.POSTGRES, made(base, base))
    assert [mark.message for mark in derived.marks] == [
        "PostgreSQL's f has no column nothere here."
    ]
    assert "-- ALTER TABLE f DROP COLUMN nothere;\n" in derived.sql
    names = on_libsql(base, derived.sql, "SELECT name FROM pragma_table_info('f')")
    assert names == [("c",), ("b",), ("d",)]


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM f t1 USING f t2 WHERE t1.a = t2.a AND t1.b > t2.b;",
        "DELETE FROM f USING g, h WHERE f.a = g.x AND g.x = h.y AND h.y = 'k';",
        "DELETE FROM f AS o USING g WHERE o.a = g.x;",
        "UPDATE f o SET a = o.b WHERE o.a = 'k';",
        "UPDATE f AS o SET a = g.x FROM g WHERE o.a = g.x AND o.b = '1';",
    ],
)
def test_other_names_and_using_change_the_same_rows(postgres_url: str, sql: str) -> None:
    base = (
        "CREATE TABLE f (a TEXT, b TEXT);\nCREATE TABLE g (x TEXT);\nCREATE TABLE h (y TEXT);\n"
        "INSERT INTO f VALUES ('k', '1'), ('k', '2'), ('l', '1'), (NULL, '1');\n"
        "INSERT INTO g VALUES ('k'), ('m');\nINSERT INTO h VALUES ('k');\n"
    )
    derived = carried_from(base, base, sql)
    with scratch_database(Backend.POSTGRES, postgres_url) as postgres:
        postgres.apply(MigrationScript(1, "base", "", base + sql, "V1.sql"))
        wanted = postgres.query("SELECT a, b FROM f")
    found = on_libsql(base, derived, "SELECT a, b FROM f")
    assert sorted(found, key=repr) == sorted(wanted, key=repr)


def test_one_cause_has_one_mark_in_words_of_its_own() -> None:
    base = (
        "CREATE TABLE p (id TEXT PRIMARY KEY);\n"
        "CREATE TABLE f (a TEXT, b TEXT REFERENCES gone (id));"
    )
    sql = "ALTER TABLE f ALTER a SET NOT NULL, ADD FOREIGN KEY (a) REFERENCES p (nothing);"
    context = made(base, base.replace(" REFERENCES gone (id)", ""))
    messages = [mark.message for mark in derive(sql, Backend.POSTGRES, context).marks]
    assert len(messages) <= 1
    assert not any("main." in each for each in messages)
    sql = "UPDATE f SET a = e.x FROM jsonb_array_elements('[]') WITH ORDINALITY AS e(x, n);"
    messages = [mark.message for mark in derive(sql, Backend.POSTGRES, context).marks]
    assert not any("e() is not known" in each or "near" in each for each in messages)


def test_json_is_checked_where_flags_are() -> None:
    for check, wanted in ((" CHECK (on_ IN (0, 1))", True), ("", False)):
        one = Script(f"CREATE TABLE f (on_ INTEGER{check});", "V1.sql", 1)
        other = Script("CREATE TABLE f (on_ BOOLEAN);", "V1.sql", 1)
        tables, texts = libsql_side([one])
        schema = postgres_schema([other])
        house = style([(one, other)], tables, schema)
        derived = derive(
            "CREATE TABLE j (d JSONB);", Backend.POSTGRES, Context(tables, schema, house, texts)
        )
        assert ("json_valid" in derived.sql) is wanted


def test_a_collation_by_bytes_is_what_libsql_does() -> None:
    base = "CREATE TABLE f (\n  a TEXT COLLATE NOCASE\n);"
    sql = 'ALTER TABLE f ALTER COLUMN a TYPE TEXT COLLATE "C" USING lower(a);'
    derived = carried_from(base, base.replace("TEXT COLLATE NOCASE", "CITEXT"), sql)
    assert "  a TEXT\n" in derived
    assert "SELECT lower(a)" in derived


def test_what_sqlite_has_put_behind_a_comma_of_its_own_comes_into_line() -> None:
    table = "CREATE TABLE f (\n  a TEXT,\n  b TEXT\n, c TEXT\n);"
    derived = carried_from(table, table, "ALTER TABLE f ADD UNIQUE (a);")
    assert "\n  b TEXT,\n  c TEXT,\n  UNIQUE (a)\n" in derived
    table = "CREATE TABLE f (\n  a INT,\n  b INT,\n  c INT\n, d INT\n,\n  CHECK (a > 1)\n)"
    wanted = "CREATE TABLE f (\n  a INT,\n  b INT,\n  c INT,\n  d INT,\n  CHECK (a > 1)\n)"
    assert laid_out(table, SideStyle()) == wanted


def test_a_column_that_libsql_has_already_is_marked_alone() -> None:
    postgres = "CREATE TABLE f (a TEXT);"
    sql = "ALTER TABLE f ADD COLUMN b TEXT;\nALTER TABLE f ADD COLUMN c TEXT;"
    derived = derive(sql, Backend.POSTGRES, made("CREATE TABLE f (a TEXT, b TEXT);", postgres))
    assert [mark.message for mark in derived.marks] == ["libsql's f has column b already."]
    assert derived.sql.endswith("\nALTER TABLE f ADD COLUMN c TEXT;")


def test_a_reference_of_a_new_column_is_added_with_it() -> None:
    base = (
        "CREATE TABLE p (id TEXT PRIMARY KEY);\nCREATE TABLE f (a TEXT);\n"
        "CREATE TABLE c (a TEXT REFERENCES f (a) ON DELETE CASCADE);"
    ).replace("f (a TEXT)", "f (a TEXT PRIMARY KEY)")
    sql = (
        "ALTER TABLE f ADD COLUMN p TEXT, ADD COLUMN q TEXT;\n"
        "ALTER TABLE f ADD CONSTRAINT fk_p\n  FOREIGN KEY (p) REFERENCES p (id)"
        " ON DELETE SET NULL;\n"
    )
    derived = carried_from(base, base, sql)
    assert derived == (
        "ALTER TABLE f ADD COLUMN p TEXT CONSTRAINT fk_p REFERENCES p (id) ON DELETE SET NULL;\n"
        "ALTER TABLE f ADD COLUMN q TEXT;\n"
    )
    assert on_libsql(base, derived, "SELECT on_delete FROM pragma_foreign_key_list('f')") == [
        ("SET NULL",)
    ]
    filled = sql.replace("p TEXT,", "p TEXT NOT NULL DEFAULT 'x',")
    assert "CREATE TABLE f" in carried_from(base, base, filled)


def test_what_is_not_known_of_the_history_is_said_so() -> None:
    context = made("", "CREATE TABLE f (a TEXT);")
    derived = derive("ALTER TABLE f ALTER a SET NOT NULL;", Backend.POSTGRES, context)
    assert [mark.message for mark in derived.marks] == [
        "This rebuilds f, which no earlier file of libsql makes that could be read."
    ]


def test_pragmas_count_whatever_their_spaces() -> None:
    rebuild = "{}\nCREATE TABLE f{n} (a TEXT);\nDROP TABLE f;\nALTER TABLE f{n} RENAME TO f;\n{}\n"
    spellings = ("PRAGMA foreign_keys={}", "PRAGMA foreign_keys = {}", "pragma foreign_keys= {}")
    files = [Script("CREATE TABLE f (a TEXT);", "V0.sql", 1)]
    for n, spelled in enumerate((*spellings, spellings[1])):
        off, on = spelled.format("OFF") + ";", spelled.format("ON") + ";"
        begin = f"{off}\nBEGIN;" if n % 2 else f"BEGIN;\n{off}"
        files.append(Script(rebuild.format(begin, f"COMMIT;\n{on}", n=n), f"V{n}.sql", n + 2))
    nothing = postgres_schema([])
    trait = style([(file, None) for file in files], nothing, nothing).traits
    found = trait["rebuild_pragmas"]
    assert (found.value, found.kept, found.of) == (
        "PRAGMA foreign_keys = OFF; PRAGMA foreign_keys = ON",
        4,
        4,
    )
