"""PostgreSQL's catalog as the schema model."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mig_assist.backend import Backend
from mig_assist.engines.catalog import read_schema
from mig_assist.engines.database import Database
from mig_assist.engines.postgres_catalog import unwrapped
from mig_assist.engines.schema import (
    Action,
    Check,
    Column,
    Domain,
    EnumType,
    ForeignKey,
    Index,
    IndexPart,
    Key,
    Table,
    Trigger,
    View,
)
from mig_assist.engines.scratch import scratch_database


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[Database]:
    with scratch_database(Backend.POSTGRES, postgres_url) as database:
        yield database


def table_of(database: Database, *statements: str, name: str = "t") -> Table:
    """The table of a name after some statements."""
    for statement in statements:
        database.execute(statement)
    found = read_schema(database).table(name)
    assert found is not None
    return found


def test_a_table_with_everything(postgres: Database) -> None:
    postgres.execute('CREATE TABLE "Teams" ("Id" bigserial PRIMARY KEY, slug text UNIQUE)')
    table = table_of(
        postgres,
        """
        CREATE TABLE t (
            id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT the_key PRIMARY KEY,
            team bigint NOT NULL DEFAULT (1 + 2) CONSTRAINT of_team REFERENCES "Teams"
                ON DELETE SET DEFAULT DEFERRABLE INITIALLY DEFERRED CHECK (team > 0),
            "Name" varchar(40) COLLATE "C" DEFAULT 'x''y',
            twice bigint GENERATED ALWAYS AS (team * 2) STORED,
            flag boolean,
            CONSTRAINT one_name UNIQUE (team, "Name") DEFERRABLE,
            CONSTRAINT "short (" CHECK (("Name" <> ')') AND (length("Name") < 40)),
            FOREIGN KEY ("Name") REFERENCES "Teams" (slug) MATCH FULL ON UPDATE CASCADE
        )
        """,
        "ALTER TABLE t ADD CONSTRAINT later CHECK (flag) NOT VALID",
    )
    assert table == Table(
        name="t",
        columns=(
            Column("id", "bigint", nullable=False, numbered=True, never_reused=True),
            Column("team", "bigint", nullable=False, default="(1 + 2)"),
            Column(
                "Name", "character varying(40)", default="'x''y'::character varying", collation="C"
            ),
            Column("twice", "bigint", generated="team * 2", stored=True),
            Column("flag", "boolean"),
        ),
        primary_key=Key("the_key", ("id",)),
        uniques=(Key("one_name", ("team", "Name"), deferrable=True),),
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
            ForeignKey(
                "t_Name_fkey",
                ("Name",),
                "Teams",
                ("slug",),
                on_update=Action.CASCADE,
                match_full=True,
            ),
        ),
        checks=(
            Check("later", "flag", validated=False),
            Check("short (", '(("Name")::text <> \')\'::text) AND (length(("Name")::text) < 40)'),
            Check("t_team_check", "team > 0"),
        ),
    )
    teams = read_schema(postgres, ["Teams"]).tables
    assert [table.name for table in teams] == ["Teams"]
    assert teams[0].columns[0] == Column(
        "Id", "bigint", nullable=False, numbered=True, never_reused=True
    )


@pytest.mark.parametrize(
    ("expression", "inner"),
    [
        ("(a > 0)", "a > 0"),
        ("((a) OR (b))", "(a) OR (b)"),
        ("(a) OR (b)", "(a) OR (b)"),
        ("(a = ')')", "a = ')'"),
        ("(\")\" = '(''')", "\")\" = '('''"),
        ("(", "("),
        ("", ""),
    ],
)
def test_outer_parentheses_go(expression: str, inner: str) -> None:
    assert unwrapped(expression) == inner


def test_composite_and_self_referencing_keys(postgres: Database) -> None:
    table = table_of(
        postgres,
        'CREATE TABLE t (a int, "B b" int, up_a int, up_b int, PRIMARY KEY ("B b", a),'
        " CONSTRAINT up FOREIGN KEY (up_b, up_a) REFERENCES t)",
    )
    assert table.primary_key == Key("t_pkey", ("B b", "a"))
    assert table.foreign_keys == (ForeignKey("up", ("up_b", "up_a"), "t", ("B b", "a")),)


def test_what_came_with_postgresql_15(postgres: Database) -> None:
    table = table_of(
        postgres,
        """
        CREATE TABLE t (
            a int, b int, PRIMARY KEY (a, b), up_a int, up_b int,
            UNIQUE NULLS NOT DISTINCT (up_a),
            CONSTRAINT up FOREIGN KEY (up_a, up_b) REFERENCES t ON DELETE SET NULL (up_b)
        )
        """,
        "CREATE UNIQUE INDEX i ON t (up_b) NULLS NOT DISTINCT",
    )
    assert table.uniques == (Key("t_up_a_key", ("up_a",), nulls_distinct=False),)
    assert table.foreign_keys[0].set_columns == ("up_b",)
    assert not table.indexes[0].nulls_distinct


def test_what_came_with_postgresql_18(postgres: Database) -> None:
    table = table_of(
        postgres,
        "CREATE TABLE t (a int, b int CONSTRAINT given NOT NULL, v int GENERATED ALWAYS AS (a + 1),"
        " CONSTRAINT idle CHECK (a > 0) NOT ENFORCED)",
        "ALTER TABLE t ADD CONSTRAINT present NOT NULL a NOT VALID",
    )
    assert [column.nullable for column in table.columns] == [False, False, True]
    assert table.columns[2] == Column("v", "integer", generated="a + 1")
    assert table.checks == (Check("idle", "a > 0", validated=False),)
    assert table.options == ("NOT ENFORCED (idle)", "NOT NULL NOT VALID (a)")


def test_indexes(postgres: Database) -> None:
    table = table_of(
        postgres,
        'CREATE TABLE t (a text, b int, "C c" text COLLATE "C", d text)',
        "CREATE INDEX first ON t (lower(a) DESC, b DESC NULLS LAST, b NULLS FIRST,"
        " (a || ',') text_pattern_ops)",
        'CREATE UNIQUE INDEX second ON t ("C c", a COLLATE "C", (lower("C c"))) INCLUDE (d)'
        " WHERE ((b > 0) OR (a = ')'))",
        "CREATE INDEX third ON t USING hash (b)",
    )
    assert table.indexes == (
        Index(
            "first",
            (
                IndexPart("lower(a)", True, descending=True, nulls_first=True),
                IndexPart("b", descending=True),
                IndexPart("b", nulls_first=True),
                IndexPart("a || ','::text", True, operator_class="text_pattern_ops"),
            ),
        ),
        Index(
            "second",
            (
                IndexPart("C c"),
                IndexPart("a", collation="C"),
                IndexPart('lower("C c")', True, collation="C"),
            ),
            unique=True,
            predicate="(b > 0) OR (a = ')'::text)",
            include=("d",),
        ),
        Index("third", (IndexPart("b"),), method="hash"),
    )


def test_an_index_that_failed_to_build_is_not_valid(postgres: Database) -> None:
    postgres.execute("CREATE TABLE t (a int)")
    postgres.execute("INSERT INTO t VALUES (1), (1)")
    with pytest.raises(Exception, match="refused"):
        postgres.execute("CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)")
    assert [index.valid for index in table_of(postgres).indexes] == [False]


def test_triggers(postgres: Database) -> None:
    table = table_of(
        postgres,
        "CREATE TABLE t (a text, b text)",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'",
        "CREATE TRIGGER z BEFORE UPDATE OF b, a OR INSERT ON t FOR EACH ROW"
        " WHEN (new.a <> ') EXECUTE WHEN (') EXECUTE FUNCTION f()",
        "CREATE TRIGGER \"WHEN (\" AFTER TRUNCATE OR DELETE ON t EXECUTE FUNCTION f('x', 'y')",
        "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION f()",
        "ALTER TABLE t DISABLE TRIGGER late",
    )
    source = "BEGIN RETURN new; END"
    assert table.triggers == (
        Trigger(
            "WHEN (",
            "AFTER",
            ("DELETE", "TRUNCATE"),
            source + "\n-- arguments: 'x', 'y'",
            for_each_row=False,
        ),
        Trigger("late", "AFTER", ("INSERT",), source, enabled=False),
        Trigger(
            "z",
            "BEFORE",
            ("INSERT", "UPDATE"),
            source,
            update_of=("a", "b"),
            condition="new.a <> ') EXECUTE WHEN ('::text",
        ),
    )
    assert table.options == ("DEFERRABLE TRIGGER late INITIALLY DEFERRED",)


def test_views_enums_and_domains(postgres: Database) -> None:
    for statement in (
        "CREATE TABLE t (a int, b int)",
        "CREATE VIEW v AS SELECT a AS x, b FROM t",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'",
        "CREATE TRIGGER down INSTEAD OF DELETE ON v FOR EACH ROW EXECUTE FUNCTION f()",
        "CREATE MATERIALIZED VIEW m AS SELECT 1 AS one",
        "CREATE UNIQUE INDEX m_one ON m (one)",
        "CREATE TYPE mood AS ENUM ('z', 'a''b')",
        "ALTER TYPE mood ADD VALUE 'first' BEFORE 'z'",
        "CREATE DOMAIN positive AS int NOT NULL DEFAULT 3 CONSTRAINT p CHECK (VALUE > 0)",
        "CREATE DOMAIN anything AS varchar(3)",
        "CREATE TABLE u (m mood DEFAULT 'z', ms mood[], p positive)",
    ):
        postgres.execute(statement)
    schema = read_schema(postgres, [])
    assert schema.tables == ()
    assert schema.views == (
        View(
            "m",
            ("one",),
            "SELECT 1 AS one",
            materialized=True,
            indexes=(Index("m_one", (IndexPart("one"),), unique=True),),
        ),
        View(
            "v",
            ("x", "b"),
            schema.views[1].definition,
            triggers=(Trigger("down", "INSTEAD OF", ("DELETE",), "BEGIN RETURN new; END"),),
        ),
    )
    assert " ".join(schema.views[1].definition.split()) == "SELECT a AS x, b FROM t"
    assert schema.enums == (EnumType("mood", ("first", "z", "a'b")),)
    assert schema.domains == (
        Domain("anything", "character varying(3)", True, None, ()),
        Domain("positive", "integer", False, "3", (Check("p", "VALUE > 0"),)),
    )
    assert table_of(postgres, name="u").columns == (
        Column("m", "mood", default="'z'::mood"),
        Column("ms", "mood[]"),
        Column("p", "positive"),
    )


def test_options(postgres: Database) -> None:
    for statement in (
        "CREATE UNLOGGED TABLE u (a int)",
        "CREATE TABLE kid (b int) INHERITS (u)",
        "CREATE TABLE p (a int REFERENCES q, b int, PRIMARY KEY (a, b)) PARTITION BY RANGE (b)",
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (5)",
        "CREATE TABLE x (a int, EXCLUDE USING btree ((a + 1) WITH =) WHERE (a > 0))",
        "ALTER TABLE x ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE x FORCE ROW LEVEL SECURITY",
        "CREATE POLICY mine ON x AS RESTRICTIVE FOR SELECT USING (a > 1)",
        "CREATE RULE r AS ON DELETE TO x DO INSTEAD NOTHING",
    ):
        if " q," in statement:
            postgres.execute("CREATE TABLE q (id int PRIMARY KEY)")
        postgres.execute(statement)
    options = {table.name: table.options for table in read_schema(postgres).tables}
    assert options == {
        "kid": ("INHERITS (u)",),
        "p": ("PARTITION BY RANGE (b)",),
        "p1": ("PARTITION OF p FOR VALUES FROM (1) TO (5)",),
        "q": (),
        "u": ("UNLOGGED",),
        "x": (
            "CREATE RULE r AS\n    ON DELETE TO public.x DO INSTEAD NOTHING;",
            "EXCLUDE USING btree (((a + 1)) WITH =) WHERE ((a > 0))",
            "FORCE ROW LEVEL SECURITY",
            "POLICY mine AS RESTRICTIVE FOR SELECT TO public USING ((a > 1))",
            "ROW LEVEL SECURITY",
        ),
    }
    assert table_of(postgres, name="p1").foreign_keys == (
        ForeignKey("p_a_fkey", ("a",), "q", ("id",)),
    )
    assert table_of(postgres, name="x").indexes == ()


def test_a_foreign_key_to_a_partitioned_table_stands_once(postgres: Database) -> None:
    table = table_of(
        postgres,
        "CREATE TABLE p (a int PRIMARY KEY) PARTITION BY RANGE (a)",
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (5)",
        "CREATE TABLE t (a int REFERENCES p)",
    )
    assert table.foreign_keys == (ForeignKey("t_a_fkey", ("a",), "p", ("a",)),)


def test_another_schema_is_seen_where_the_search_path_leads_there(postgres: Database) -> None:
    for statement in (
        "CREATE SCHEMA app",
        "CREATE TABLE app.t (a int)",
        "CREATE TABLE t (b int)",
        "CREATE TABLE only_public (b int)",
    ):
        postgres.execute(statement)
    assert table_of(postgres).columns == (Column("b", "integer"),)
    postgres.execute("SET search_path TO app, public")
    schema = read_schema(postgres)
    assert [table.name for table in schema.tables] == ["only_public", "t"]
    assert schema.tables[1].columns == (Column("a", "integer"),)


def test_dropped_and_renamed_columns(postgres: Database) -> None:
    table = table_of(
        postgres,
        "CREATE TABLE s (id int PRIMARY KEY, gone int, b text CHECK (b <> ''),"
        " up int REFERENCES s)",
        "ALTER TABLE s DROP COLUMN gone",
        'ALTER TABLE s RENAME COLUMN b TO "new name"',
        "ALTER TABLE s RENAME TO t",
    )
    assert table == Table(
        name="t",
        columns=(
            Column("id", "integer", nullable=False),
            Column("new name", "text"),
            Column("up", "integer"),
        ),
        primary_key=Key("s_pkey", ("id",)),
        foreign_keys=(ForeignKey("s_up_fkey", ("up",), "t", ("id",)),),
        checks=(Check("s_b_check", "\"new name\" <> ''::text"),),
    )


def test_a_default_from_a_sequence_of_its_own_is_a_number(postgres: Database) -> None:
    table = table_of(
        postgres,
        'CREATE SEQUENCE "My seq"',
        "CREATE TABLE t (a int DEFAULT nextval('\"My seq\"'), b text DEFAULT 'nextval(1)',"
        " c smallserial, d bigint DEFAULT nextval('\"My seq\"') + 1)",
    )
    assert [column.numbered for column in table.columns] == [True, False, True, False]
    assert [column.default for column in table.columns] == [
        None,
        "'nextval(1)'::text",
        None,
        "(nextval('\"My seq\"'::regclass) + 1)",
    ]
