"""libsql's catalog as the schema model: what pragmas say, and what only CREATE statements say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig_assist.backend import Backend
from mig_assist.engines.catalog import read_schema
from mig_assist.engines.database import Database
from mig_assist.engines.schema import (
    Action,
    Check,
    Column,
    ForeignKey,
    Index,
    IndexPart,
    Key,
    Table,
    Trigger,
    View,
)
from mig_assist.engines.scratch import scratch_database
from mig_assist.engines.sqlite_definitions import (
    index_text,
    table_text,
    trigger_definition,
    view_definition,
)
from mig_assist.engines.sqlite_tokens import fold


@pytest.fixture
def libsql() -> Iterator[Database]:
    with scratch_database(Backend.LIBSQL) as database:
        yield database


def table_of(database: Database, *statements: str, name: str = "t") -> Table:
    """The table of a name after some statements."""
    for statement in statements:
        database.execute(statement)
    found = read_schema(database).table(name)
    assert found is not None
    return found


def test_a_table_with_everything(libsql: Database) -> None:
    teams = "CREATE TABLE Teams (Id INTEGER PRIMARY KEY AUTOINCREMENT, Slug TEXT UNIQUE)"
    libsql.execute(teams)
    table = table_of(
        libsql,
        """
        CREATE TABLE t (
            id text CONSTRAINT the_key PRIMARY KEY ON CONFLICT REPLACE NOT NULL,
            team INT NOT NULL DEFAULT (1 + 2) CONSTRAINT of_team REFERENCES TEAMS
                ON DELETE SET DEFAULT CHECK (team > 0) DEFERRABLE INITIALLY DEFERRED,
            name varchar(40) COLLATE nocase DEFAULT 'x''y',
            twice AS (team * 2) VIRTUAL,
            thrice INT GENERATED ALWAYS AS (team * 3) STORED,
            plain,
            CONSTRAINT one_name UNIQUE (team, NAME) ON CONFLICT IGNORE,
            CONSTRAINT short CHECK (length(name) < 40)
            CHECK (name <> ')'),
            FOREIGN KEY (name) REFERENCES teams (SLUG) ON UPDATE CASCADE NOT DEFERRABLE
        )
        """,
    )
    assert table == Table(
        name="t",
        columns=(
            Column("id", "TEXT", nullable=False),
            Column("team", "INT", nullable=False, default="1 + 2"),
            Column("name", "varchar(40)", default="'x''y'", collation="NOCASE"),
            Column("twice", "", generated="team * 2"),
            Column("thrice", "INT", generated="team * 3", stored=True),
            Column("plain", ""),
        ),
        primary_key=Key("the_key", ("id",), on_conflict="REPLACE"),
        uniques=(Key("one_name", ("team", "name"), on_conflict="IGNORE"),),
        foreign_keys=(
            ForeignKey(
                "of_team",
                ("team",),
                "Teams",
                ("Id",),
                on_delete=Action.SET_DEFAULT,
                deferrable=True,
                deferred=True,
            ),
            ForeignKey(None, ("name",), "Teams", ("Slug",), on_update=Action.CASCADE),
        ),
        checks=(
            Check("short", "length(name) < 40"),
            Check(None, "name <> ')'"),
            Check(None, "team > 0"),
        ),
        strict=False,
    )
    teams_table = read_schema(libsql, ["teams"]).tables[0]
    assert teams_table.columns[0] == Column(
        "Id", "INTEGER", nullable=False, numbered=True, never_reused=True
    )
    assert teams_table.uniques == (Key(None, ("Slug",)),)


@pytest.mark.parametrize(
    ("definition", "numbered", "nullable"),
    [
        ("id INTEGER PRIMARY KEY", True, False),
        ("id integer primary key asc", True, False),
        ("id INTEGER, PRIMARY KEY (id DESC)", True, False),
        ("id INTEGER PRIMARY KEY DESC", False, True),
        ("id INT PRIMARY KEY", False, True),
        ("id BIGINT PRIMARY KEY", False, True),
        ('id "INTEGER" PRIMARY KEY', True, False),
        ("id INTEGER, b INTEGER, PRIMARY KEY (id, b)", False, True),
    ],
)
def test_only_an_integer_primary_key_numbers_itself(
    libsql: Database, definition: str, numbered: bool, nullable: bool
) -> None:
    column = table_of(libsql, f"CREATE TABLE t ({definition})").columns[0]
    assert (column.numbered, column.nullable, column.never_reused) == (numbered, nullable, False)


@pytest.mark.parametrize(
    ("option", "strict", "options"),
    [
        ("", False, ()),
        ("STRICT", True, ()),
        ("WITHOUT ROWID", False, ("WITHOUT ROWID",)),
        ("strict, without ROWID", True, ("WITHOUT ROWID",)),
    ],
)
def test_kinds_of_tables(
    libsql: Database, option: str, strict: bool, options: tuple[str, ...]
) -> None:
    table = table_of(libsql, f"CREATE TABLE t (a TEXT, b INT, PRIMARY KEY (b, a)) {option}")
    assert (table.strict, table.options) == (strict, options)
    assert table.primary_key == Key(None, ("b", "a"))
    assert table.columns[0].nullable == (option == "")
    assert table.indexes == ()


def test_a_foreign_key_may_refer_to_its_own_table_and_to_several_columns(libsql: Database) -> None:
    table = table_of(
        libsql,
        'CREATE TABLE t (a INT, "B b" INT, up_a INT, up_b INT, PRIMARY KEY ("B b", a),'
        ' FOREIGN KEY (up_b, UP_A) REFERENCES T, FOREIGN KEY (up_a, up_b) REFERENCES t (A, "b B"),'
        " FOREIGN KEY (a) REFERENCES Missing)",
    )
    assert table.foreign_keys == (
        ForeignKey(None, ("a",), "Missing", ()),
        ForeignKey(None, ("up_a", "up_b"), "t", ("a", "B b")),
        ForeignKey(None, ("up_b", "up_a"), "t", ("B b", "a")),
    )


def test_indexes(libsql: Database) -> None:
    table = table_of(
        libsql,
        "CREATE TABLE t (a TEXT COLLATE NOCASE, b TEXT, c INT)",
        "CREATE UNIQUE INDEX second ON t (a, b COLLATE nocase DESC, c) WHERE c > 0 /* ! */ OR a",
        "CREATE INDEX First ON t (lower(b) COLLATE rtrim desc, (a || ',') asc, b = a COLLATE"
        " binary, coalesce(a, ')') || b)",
    )
    assert table.indexes == (
        Index(
            "First",
            (
                IndexPart("lower(b)", True, descending=True, collation="RTRIM"),
                IndexPart("a || ','", True, nulls_first=True),
                IndexPart("b = a COLLATE binary", True, nulls_first=True),
                IndexPart("coalesce(a, ')') || b", True, nulls_first=True),
            ),
        ),
        Index(
            "second",
            (
                IndexPart("a", nulls_first=True),
                IndexPart("b", descending=True, collation="NOCASE"),
                IndexPart("c", nulls_first=True),
            ),
            unique=True,
            predicate="c > 0   OR a",
        ),
    )


def test_a_unique_constraint_with_a_collation_of_its_own_is_a_unique_index(
    libsql: Database,
) -> None:
    table = table_of(libsql, "CREATE TABLE t (a TEXT, CONSTRAINT u UNIQUE (a COLLATE NOCASE))")
    assert table.uniques == ()
    part = IndexPart("a", nulls_first=True, collation="NOCASE")
    assert table.indexes == (Index("u", (part,), unique=True),)


def test_triggers(libsql: Database) -> None:
    table = table_of(
        libsql,
        'CREATE TABLE t (a INT, "begin" INT)',
        "CREATE TRIGGER z AFTER UPDATE OF \"begin\", a ON T WHEN (new.begin > 'END') BEGIN"
        " UPDATE t SET a = CASE WHEN a THEN 1 END; SELECT 1; END",
        "CREATE TRIGGER IF NOT EXISTS t BEFORE DELETE ON t FOR EACH ROW WHEN (old.a) OR (old.a)"
        " BEGIN SELECT RAISE(ABORT, 'no; END'); END",
        "CREATE TRIGGER c INSERT ON t BEGIN SELECT 1; END",
    )
    assert table.triggers == (
        Trigger("c", "BEFORE", ("INSERT",), "SELECT 1;"),
        Trigger(
            "t",
            "BEFORE",
            ("DELETE",),
            "SELECT RAISE(ABORT, 'no; END');",
            condition="(old.a) OR (old.a)",
        ),
        Trigger(
            "z",
            "AFTER",
            ("UPDATE",),
            "UPDATE t SET a = CASE WHEN a THEN 1 END; SELECT 1;",
            update_of=("a", "begin"),
            condition="new.begin > 'END'",
        ),
    )


def test_views_and_those_that_no_longer_work(libsql: Database) -> None:
    for statement in (
        "CREATE TABLE t (a INT, b INT)",
        "CREATE VIEW everything AS SELECT * FROM t -- all",
        "CREATE VIEW [as] (x, \"y\") AS SELECT a, ';' FROM t",
        "CREATE VIEW broken AS SELECT * FROM missing",
        "CREATE TRIGGER down INSTEAD OF INSERT ON everything BEGIN SELECT 1; END",
    ):
        libsql.execute(statement)
    assert read_schema(libsql).views == (
        View("as", ("x", "y"), "SELECT a, ';' FROM t"),
        View("broken", (), "SELECT * FROM missing"),
        View(
            "everything",
            ("a", "b"),
            "SELECT * FROM t",
            triggers=(Trigger("down", "INSTEAD OF", ("INSERT",), "SELECT 1;"),),
        ),
    )


def test_virtual_tables_are_told_and_their_shadows_are_not(libsql: Database) -> None:
    libsql.execute("CREATE VIRTUAL TABLE notes USING fts5(title, body)")
    libsql.execute("CREATE TABLE notes_of_mine (a)")
    schema = read_schema(libsql)
    assert [table.name for table in schema.tables] == ["notes", "notes_of_mine"]
    assert schema.tables[0].options == ("VIRTUAL TABLE fts5(title, body)",)
    assert [column.name for column in schema.tables[0].columns] == ["title", "body"]


def test_a_table_made_from_a_query(libsql: Database) -> None:
    table = table_of(
        libsql,
        "CREATE TABLE s (a INTEGER PRIMARY KEY, b VARCHAR(9) NOT NULL)",
        "CREATE TABLE t AS SELECT a, b, a + 1 AS c FROM s",
    )
    assert table.columns == (Column("a", "INT"), Column("b", "TEXT"), Column("c", ""))


def test_conflict_clauses_of_not_null_are_an_option(libsql: Database) -> None:
    table = table_of(
        libsql,
        "CREATE TABLE t (a INT NOT NULL ON CONFLICT IGNORE DEFAULT 1 CHECK (a > 0), b INT NOT NULL"
        " ON CONFLICT ABORT)",
    )
    assert table.options == ("NOT NULL ON CONFLICT IGNORE (a)",)
    assert table.checks == (Check(None, "a > 0"),)


def test_what_alter_table_has_rewritten(libsql: Database) -> None:
    table = table_of(
        libsql,
        "CREATE TABLE parent (id INTEGER PRIMARY KEY)",
        "CREATE TABLE child (id INTEGER PRIMARY KEY, gone TEXT,"
        " Kept TEXT /* , */ CHECK (kept > ''), parent_id INT,"
        " CONSTRAINT f FOREIGN KEY (parent_id) REFERENCES parent (id))",
        "CREATE INDEX child_kept ON child (Kept) WHERE kept <> 'x'",
        "ALTER TABLE child ADD COLUMN added INT NOT NULL DEFAULT 7 CONSTRAINT c CHECK (added < 9)"
        " REFERENCES child DEFERRABLE",
        "ALTER TABLE child DROP COLUMN gone",
        'ALTER TABLE child RENAME COLUMN kept TO "new name"',
        'ALTER TABLE parent RENAME TO "Parent ""2"""',
        "ALTER TABLE child RENAME TO t",
    )
    assert [column.name for column in table.columns] == ["id", "new name", "parent_id", "added"]
    assert table.column("added") == Column("added", "INT", nullable=False, default="7")
    assert table.checks == (Check("c", "added < 9"), Check(None, "\"new name\" > ''"))
    assert table.foreign_keys == (
        ForeignKey("f", ("parent_id",), 'Parent "2"', ("id",)),
        ForeignKey(None, ("added",), "t", ("id",), deferrable=True),
    )
    part = IndexPart("new name", nulls_first=True)
    assert table.indexes == (Index("child_kept", (part,), predicate="\"new name\" <> 'x'"),)


def test_a_table_rebuilt_in_the_documented_way(libsql: Database) -> None:
    table = table_of(
        libsql,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)",
        "CREATE TABLE t_new (id INTEGER PRIMARY KEY, a TEXT NOT NULL, up INT REFERENCES t_new)",
        "INSERT INTO t_new SELECT id, a, NULL FROM t",
        "DROP TABLE t",
        "ALTER TABLE t_new RENAME TO t",
    )
    assert table.columns[1] == Column("a", "TEXT", nullable=False)
    assert table.foreign_keys == (ForeignKey(None, ("up",), "t", ("id",)),)


def test_a_temporary_table_of_the_same_name_is_not_looked_at(libsql: Database) -> None:
    table = table_of(libsql, "CREATE TABLE t (a)", "CREATE TEMP TABLE t (b)")
    assert table.columns == (Column("a", ""),)


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "CREATE TABLE",
        "CREATE TABLE t",
        "CREATE TABLE t (",
        "CREATE TABLE t (a CHECK",
        "CREATE TABLE t (a CHECK (",
        "CREATE TABLE t (a, CONSTRAINT",
        "CREATE TABLE t (a, FOREIGN KEY (a) REFERENCES",
        "CREATE TABLE t (a, CONSTRAINT x frobnicate (b), PRIMARY",
        "CREATE TABLE t (a REFERENCES b ON",
        "CREATE TABLE t (a PRIMARY KEY (",
        "CREATE INDEX i ON t (a",
        "CREATE TRIGGER t WHEN",
        "CREATE VIEW v",
    ],
)
def test_a_text_that_is_cut_short_is_no_reason_to_fail(sql: str) -> None:
    table_text(sql)
    index_text(sql)
    view_definition(sql)
    trigger_definition("t", sql)


KEYWORDS = "check CONSTRAINT primary Key unique references AS default Begin if not group".split()
NAMES = st.sampled_from(KEYWORDS) | st.text("aBé\"'`[](),;.-/* \n_1$", min_size=1, max_size=8)
LITERALS = st.text("a\"'`[](),;-/*\n", max_size=8).map(
    lambda text: "'" + text.replace("'", "''") + "'"
)
GAPS = st.sampled_from([" ", "\n", "\t", " -- ) ' \" , CHECK (\n", " /* ( ' \" ** , */ "])


@st.composite
def quoted(draw: st.DrawFn, name: str) -> str:
    """A name in one of SQLite's spellings that can hold it."""
    ways = ['"' + name.replace('"', '""') + '"', "`" + name.replace("`", "``") + "`"]
    if "]" not in name:
        ways.append(f"[{name}]")
    return draw(st.sampled_from(ways))


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, Table]:
    """A CREATE TABLE of random parts, and what is to be read from it."""
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique_by=fold))
    columns: list[Column] = []
    checks: list[Check] = []
    uniques: list[Key] = []
    foreign_keys: list[ForeignKey] = []
    options: list[str] = []
    pieces: list[str] = []

    def label() -> tuple[str | None, str]:
        if not draw(st.booleans()):
            return None, ""
        name = draw(NAMES)
        return name, f"CONSTRAINT {draw(quoted(name))} "

    def check(name: str) -> str:
        stated, prefix = label()
        expression = f"{draw(quoted(name))} <> ({draw(LITERALS)})"
        checks.append(Check(stated, expression))
        return f"{prefix}CHECK ({expression})"

    def reference(stated: str | None, name: str) -> str:
        deferrable, deferred = draw(st.booleans()), draw(st.booleans())
        target = draw(st.sampled_from(names))
        action = draw(st.sampled_from([Action.SET_DEFAULT, Action.SET_NULL, Action.NO_ACTION]))
        foreign_keys.append(
            ForeignKey(
                stated,
                (name,),
                "the table",
                (target,),
                on_delete=action,
                deferrable=deferrable,
                deferred=deferrable and deferred,
            )
        )
        return (
            f'REFERENCES "THE Table" ({draw(quoted(target))}) ON DELETE {action}'
            f" MATCH simple {'' if deferrable else 'NOT '}DEFERRABLE"
            f" INITIALLY {'DEFERRED' if deferred else 'IMMEDIATE'}"
        )

    for name in names:
        kind = draw(
            st.sampled_from(["", "TEXT", "varchar(4, 5)", '"CHECK (" x', "double precision"])
        )
        parts: list[str] = []
        not_null, default, collation, generated = False, None, None, None
        if draw(st.booleans()):
            clause = draw(st.sampled_from(["", "REPLACE", "ABORT"]))
            not_null = True
            parts.append("not NULL" + (f" ON conflict {clause}" if clause else ""))
            if clause == "REPLACE":
                options.append(f"NOT NULL ON CONFLICT REPLACE ({name})")
        if draw(st.booleans()):
            collation = draw(st.sampled_from(["NOCASE", "RTRIM"]))
            parts.append(f"COLLATE {collation.lower()}")
        for _ in range(draw(st.integers(0, 2))):
            parts.append(check(name))
        if draw(st.booleans()):
            default = draw(LITERALS)
            parts.append(draw(st.sampled_from([f"DEFAULT {default}", f"DEFAULT ({default})"])))
        elif len(names) > 1 and name != names[0]:
            generated = f"{draw(quoted(names[0]))} || {draw(LITERALS)}"
            parts.append(f"GENERATED ALWAYS AS ({generated}) VIRTUAL")
        if draw(st.booleans()):
            stated, prefix = label()
            uniques.append(Key(stated, (name,)))
            parts.append(f"{prefix}UNIQUE")
        if generated is None and draw(st.booleans()):
            stated, prefix = label()
            parts.append(prefix + reference(stated, name))
        parts = draw(st.permutations(parts))
        gap = draw(GAPS)
        pieces.append(gap.join([draw(quoted(name)), kind, *parts]))
        columns.append(
            Column(
                name,
                "?",
                nullable=not not_null,
                default=default,
                collation=collation,
                generated=generated,
            )
        )
    table_parts = [check(name) for name in draw(st.lists(st.sampled_from(names), max_size=2))]
    if len(names) > 1 and draw(st.booleans()):
        stated, prefix = label()
        pair = (names[1], names[0])
        uniques.append(Key(stated, pair))
        table_parts.append(f"{prefix}UNIQUE ({draw(quoted(pair[0]))}, {draw(quoted(pair[1]))})")
    gap = draw(GAPS)
    sql = f'CREATE TABLE "the table" ({(gap + "," + gap).join([*pieces, *table_parts])}{gap})'
    return sql, Table(
        "the table",
        tuple(columns),
        uniques=tuple(uniques),
        foreign_keys=tuple(foreign_keys),
        checks=tuple(checks),
        strict=False,
        options=tuple(sorted(options)),
    )


def test_any_table_is_read_back(libsql: Database) -> None:
    libsql.execute("PRAGMA foreign_keys = OFF")  # many of these keys have no unique target

    @given(tables())
    def is_read_back(case: tuple[str, Table]) -> None:
        sql, expected = case
        libsql.execute(sql)
        try:
            (found,) = read_schema(libsql).tables
            rows = libsql.query("SELECT name, type FROM pragma_table_xinfo('the table')")
        finally:
            libsql.execute('DROP TABLE "the table"')
        assert [(column.name, column.type) for column in found.columns] == rows
        columns = tuple(replace(column, type="?") for column in found.columns)
        assert replace(found, columns=columns) == replace(
            expected,
            uniques=tuple(sorted(expected.uniques, key=repr)),
            foreign_keys=tuple(sorted(expected.foreign_keys, key=repr)),
            checks=tuple(sorted(expected.checks, key=repr)),
        )

    is_read_back()


@given(st.text("aA(),;'\"`[]-/* \nCHECKREFNST", max_size=60))
def test_no_text_is_a_reason_to_fail(text: str) -> None:
    table_text(f"CREATE TABLE t ({text}")
    index_text(f"CREATE INDEX i ON t ({text}")
    view_definition(f"CREATE VIEW v {text}")
    trigger_definition("t", f"CREATE TRIGGER t {text}")
