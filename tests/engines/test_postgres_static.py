"""PostgreSQL's migrations read without a server, against what a server makes of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mig_assist.backend import Backend
from mig_assist.engines.catalog import read_schema
from mig_assist.engines.database import Database, DatabaseError, MigrationScript
from mig_assist.engines.expressions import canonical, canonical_default
from mig_assist.engines.logical_types import LogicalType, logical_type
from mig_assist.engines.postgres_static import (
    NOTHING,
    StaticResult,
    interpret,
)
from mig_assist.engines.schema import Index, Schema, Table, Trigger
from mig_assist.engines.scratch import scratch_database
from mig_assist.engines.statements import SqlSyntaxError


def script(sql: str, version: int = 1) -> MigrationScript:
    return MigrationScript(version, "change", "", sql, f"V{version}__change.sql")


def read(*versions: str) -> StaticResult:
    result = NOTHING
    for number, sql in enumerate(versions, 1):
        result = interpret(result, script(sql, number))
    return result


def table(result: StaticResult, name: str) -> Table:
    found = result.schema.table(name)
    assert found is not None
    return found


# ------------------------------------------------------------------ against the live catalog


@pytest.fixture(scope="module")
def postgres(postgres_url: str) -> Iterator[Database]:
    with scratch_database(Backend.POSTGRES, postgres_url) as database:
        yield database


def emptied(database: Database) -> Database:
    database.execute("DROP SCHEMA IF EXISTS app CASCADE")
    database.execute("DROP SCHEMA public CASCADE")
    database.execute("CREATE SCHEMA public")
    return database


Facts = Mapping[tuple[str, ...], Any]


def facts(schema: Schema) -> Facts:
    """Everything that a schema says, each thing under a key, with expressions canonical."""
    found: dict[tuple[str, ...], Any] = {}
    enums = {enum.name: enum.labels for enum in schema.enums}
    for each in schema.tables:
        types = {c.name: logical_type(c.type, Backend.POSTGRES, enums=enums) for c in each.columns}
        found |= {(each.name, *key): value for key, value in _table_facts(each, types)}
    for view in schema.views:
        found[view.name,] = (view.columns, view.materialized)
        for index in view.indexes:
            found[view.name, "index", index.name] = _index(index, {})
        for trigger in view.triggers:
            found[view.name, "trigger", trigger.name] = trigger
    for enum in schema.enums:
        found["enum", enum.name] = enum.labels
    for domain in schema.domains:
        types = {"value": logical_type(domain.type, Backend.POSTGRES)}
        checks = {(check.name, _meaning(check.expression, types)) for check in domain.checks}
        found["domain", domain.name] = (domain.type, domain.nullable, checks)
    return found


Types = Mapping[str, LogicalType]


def _meaning(expression: str | None, types: Types) -> str | None:
    if expression is None:
        return None
    expression = expression.replace("character varying", "varchar")
    plain = "".join(expression.split()).replace("(", "").replace(")", "")
    return canonical(expression, Backend.POSTGRES, columns=types) or plain


def _table_facts(each: Table, types: Types) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield ("options",), each.options
    yield ("order",), tuple(column.name for column in each.columns)
    for column in each.columns:
        default = canonical_default(column.default, Backend.POSTGRES, types[column.name])
        generated = _meaning(column.generated, types)
        yield ("column", column.name), replace(column, default=default, generated=generated)
    yield ("primary key",), each.primary_key
    for key in each.uniques:
        yield ("unique", str(key.name)), key
    for foreign_key in each.foreign_keys:
        yield ("foreign key", str(foreign_key.name)), foreign_key
    for check in each.checks:
        meaning = _meaning(check.expression, types)
        yield ("check", str(check.name)), replace(check, expression=meaning or "")
    for index in each.indexes:
        yield ("index", index.name), _index(index, types)
    for trigger in each.triggers:
        yield ("trigger", trigger.name), _trigger(trigger, types)


def _index(index: Index, types: Types) -> Index:
    parts = tuple(
        replace(part, text=_meaning(part.text, types) or "") if part.is_expression else part
        for part in index.parts
    )
    return replace(index, parts=parts, predicate=_meaning(index.predicate, types))


def _trigger(trigger: Trigger, types: Types) -> Trigger:
    qualified = {f"{row}.{name}": kind for row in ("new", "old") for name, kind in types.items()}
    return replace(trigger, condition=_meaning(trigger.condition, qualified))


def assert_agrees(result: StaticResult, database: Database) -> None:
    """Whatever is known without the server is what the server says."""
    live, static = facts(read_schema(database)), facts(result.schema)
    known = {
        key: value
        for key, value in live.items()
        if result.knows(key[1] if key[0] in ("enum", "domain") else key[0])
    }
    assert static == known


HISTORIES: Mapping[str, Sequence[str]] = {
    "types": (
        """
        CREATE TABLE kinds (
            a int2, b int, c int8, d float4, e float8, f float(10), g float, h decimal(10, 2),
            i numeric(5), j numeric, k varchar(40), l varchar, m char(3), n char, o text,
            p bool, q timestamptz, r timestamp, s timestamp(3) with time zone, t time(2),
            u timetz, v interval, w interval year to month, x interval second(2), y bit(3),
            z bit varying(4), aa bytea, ab uuid, ac json, ad jsonb, ae inet, af text[],
            ag int[][], ah varchar(7)[], ai "char", aj name, ak date, al tstzrange, am bpchar,
            an bit, ao xml, ap int4multirange, aq pg_catalog.int8, ar interval(3), as_ money
        )
        """,
    ),
    "inline constraints": (
        """
        CREATE TABLE parents (id bigint PRIMARY KEY, code text UNIQUE, UNIQUE (id, code));
        CREATE TABLE children (
            id serial PRIMARY KEY,
            parent_id bigint NOT NULL REFERENCES parents ON DELETE CASCADE ON UPDATE RESTRICT,
            code text CONSTRAINT children_code_known REFERENCES parents (code)
                DEFERRABLE INITIALLY DEFERRED,
            amount int DEFAULT 0 CHECK (amount >= 0) CHECK (amount < 100),
            note varchar(10) DEFAULT NULL,
            CHECK (amount <> 7 OR note IS NOT NULL),
            CHECK (children.amount <> 8),
            CONSTRAINT named CHECK (length(note) > 1),
            UNIQUE NULLS NOT DISTINCT (parent_id, amount),
            FOREIGN KEY (parent_id, code) REFERENCES parents (id, code) MATCH FULL NOT VALID
        )
        """,
    ),
    "repeated keys": (
        """
        CREATE TABLE one (a int PRIMARY KEY UNIQUE, b int UNIQUE, UNIQUE (b), UNIQUE (b, a));
        CREATE TABLE two (a int UNIQUE, b int, CONSTRAINT two_ab UNIQUE (a, b), UNIQUE (a, b),
            PRIMARY KEY (b, a));
        """,
    ),
    "long names": (
        """
        CREATE TABLE a_table_with_a_name_that_is_as_long_as_names_can_be (
            a_column_with_a_name_that_is_also_rather_long int UNIQUE CHECK
                (a_column_with_a_name_that_is_also_rather_long > 0),
            another_column_with_a_name_of_quite_some_length serial REFERENCES
                a_table_with_a_name_that_is_as_long_as_names_can_be
                (a_column_with_a_name_that_is_also_rather_long),
            UNIQUE (a_column_with_a_name_that_is_also_rather_long,
                another_column_with_a_name_of_quite_some_length));
        CREATE INDEX ON a_table_with_a_name_that_is_as_long_as_names_can_be
            (a_column_with_a_name_that_is_also_rather_long,
             another_column_with_a_name_of_quite_some_length);
        CREATE TABLE "Ümläute über alles, und noch ein paar mehr davon, bis es nicht geht"
            ("größe" int CHECK ("größe" > 0), "Größe" int UNIQUE);
        """,
    ),
    "taken names": (
        """
        CREATE TABLE t (a int, b int, CONSTRAINT t_a_check CHECK (b > 0), CHECK (a > 0));
        CREATE TABLE t_a_key (x int);
        ALTER TABLE t ADD UNIQUE (a), ADD UNIQUE (a, b), ADD CHECK (a > 1), ADD CHECK (a > 2);
        CREATE INDEX ON t (a); CREATE INDEX ON t (a); CREATE INDEX ON t (a, b) INCLUDE (b);
        """,
    ),
    "rebuilt table": (
        "CREATE TABLE t (id serial PRIMARY KEY, a text UNIQUE CHECK (a <> ''));"
        "CREATE INDEX t_a_idx ON t (a); CREATE TABLE u (t_id int REFERENCES t);",
        "ALTER TABLE t RENAME TO old_t; CREATE TABLE t (id serial PRIMARY KEY, a text UNIQUE"
        " CHECK (a <> '')); INSERT INTO t SELECT * FROM old_t;"
        "DROP TABLE old_t CASCADE; ALTER TABLE u ADD FOREIGN KEY (t_id) REFERENCES t;",
    ),
    "columns": (
        "CREATE TABLE t (id bigint PRIMARY KEY, a int, b text, c text DEFAULT 'x')",
        "ALTER TABLE t ADD COLUMN d timestamptz NOT NULL DEFAULT now(),"
        " ADD COLUMN IF NOT EXISTS a text UNIQUE, ALTER a TYPE bigint, ALTER b SET NOT NULL,"
        " ALTER c DROP DEFAULT, ADD e int REFERENCES t UNIQUE CHECK (e > a)",
        "ALTER TABLE t ALTER b TYPE varchar(20) USING left(b, 20), ALTER b DROP NOT NULL,"
        " ALTER a SET DEFAULT 5; ALTER TABLE IF EXISTS nothing ADD x int;",
        'ALTER TABLE t RENAME e TO f; ALTER TABLE t RENAME COLUMN a TO "A a"',
        "ALTER TABLE t DROP COLUMN f, DROP COLUMN IF EXISTS zzz; ALTER TABLE t DROP id CASCADE",
    ),
    "numbers": (
        """
        CREATE TABLE t (
            a smallserial, b int GENERATED ALWAYS AS IDENTITY, c bigint GENERATED BY DEFAULT
            AS IDENTITY (START 5), d bigserial NOT NULL UNIQUE);
        CREATE SEQUENCE own_seq; CREATE TABLE u (id bigint DEFAULT nextval('own_seq') NOT NULL,
            x int DEFAULT nextval('public.own_seq'::regclass));
        ALTER SEQUENCE own_seq OWNED BY u.id;
        """,
        "ALTER TABLE t ALTER b DROP IDENTITY, ALTER d DROP DEFAULT; ALTER SEQUENCE own_seq RENAME"
        " TO its_seq; ALTER TABLE u ALTER x SET NOT NULL, ALTER x DROP DEFAULT,"
        " ALTER x ADD GENERATED ALWAYS AS IDENTITY",
        "DROP SEQUENCE its_seq CASCADE; ALTER TABLE t DROP COLUMN a;"
        "ALTER TABLE t ADD a serial; ALTER TABLE t ALTER c SET GENERATED ALWAYS",
    ),
    "generated": (
        'CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a * 2) STORED, c text COLLATE "C")',
        "ALTER TABLE t ADD d text GENERATED ALWAYS AS (lower(c)) STORED; ALTER TABLE t"
        ' ALTER b DROP EXPRESSION; ALTER TABLE t RENAME c TO "select";',
        'ALTER TABLE t DROP COLUMN "select" CASCADE',
    ),
    "constraints": (
        """
        CREATE TABLE p (id int PRIMARY KEY, code text, UNIQUE (code));
        CREATE TABLE t (id int, p_id int, code text);
        ALTER TABLE t ADD PRIMARY KEY (id), ADD CONSTRAINT t_p FOREIGN KEY (p_id) REFERENCES p
            ON DELETE SET NULL (p_id) NOT VALID, ADD CONSTRAINT ok CHECK (p_id > 0) NOT VALID;
        CREATE UNIQUE INDEX t_codes ON t (code);
        """,
        "ALTER TABLE t VALIDATE CONSTRAINT t_p, VALIDATE CONSTRAINT ok,"
        " ADD CONSTRAINT t_code_unique UNIQUE USING INDEX t_codes;"
        "ALTER TABLE t ADD FOREIGN KEY (code) REFERENCES p (code)",
        "ALTER TABLE t RENAME CONSTRAINT ok TO fine; ALTER INDEX t_pkey RENAME TO t_key;"
        "ALTER TABLE t ALTER CONSTRAINT t_p DEFERRABLE INITIALLY DEFERRED;",
        "ALTER TABLE p DROP CONSTRAINT p_code_key CASCADE; ALTER TABLE t DROP CONSTRAINT fine,"
        " DROP CONSTRAINT t_key, DROP CONSTRAINT IF EXISTS nothing",
        "ALTER TABLE t ADD CONSTRAINT fine CHECK (id > 0); ALTER TABLE t DROP CONSTRAINT fine,"
        " ADD CONSTRAINT fine CHECK (id > 1); ALTER TABLE p DROP CONSTRAINT p_pkey CASCADE",
    ),
    "indexes": (
        """
        CREATE TABLE t (a int, b text, c jsonb, d int[]);
        CREATE INDEX ON t (lower(b), (a + 1), b DESC, a NULLS FIRST);
        CREATE UNIQUE INDEX IF NOT EXISTS t_b ON t (b COLLATE "C" text_pattern_ops DESC NULLS LAST)
            INCLUDE (a) WHERE a > 0 AND b IS NOT NULL;
        CREATE UNIQUE INDEX IF NOT EXISTS t_b ON t (a);
        CREATE INDEX t_c ON t USING gin (c jsonb_path_ops);
        CREATE INDEX ON t USING hash (b); CREATE INDEX ON t USING brin (a);
        CREATE INDEX ON t USING gin (d); CREATE INDEX ON t ((c ->> 'x'));
        CREATE INDEX ON t (coalesce(b, '')); CREATE INDEX ON t ((b::varchar(3)));
        CREATE INDEX ON t ((CASE WHEN a > 0 THEN b END)); CREATE INDEX ON t (upper(b), upper(b));
        CREATE UNIQUE INDEX ON t (a) NULLS NOT DISTINCT;
        CREATE INDEX ON t (b text_ops, a int4_ops);
        """,
        "ALTER INDEX t_b RENAME TO t_bb; ALTER TABLE t RENAME b TO bb; DROP INDEX t_c;"
        "DROP INDEX IF EXISTS nothing",
        "ALTER TABLE t DROP COLUMN a",
    ),
    "enums and domains": (
        """
        CREATE TYPE mood AS ENUM ('sad', 'happy');
        CREATE DOMAIN email AS varchar(80) NOT NULL DEFAULT '' CHECK (VALUE LIKE '%@%')
            CHECK (length(VALUE) > 2);
        CREATE TABLE t (id int, m mood NOT NULL DEFAULT 'sad', ms mood[], e email);
        """,
        "ALTER TYPE mood ADD VALUE 'ok' BEFORE 'happy'; ALTER TYPE mood ADD VALUE IF NOT EXISTS"
        " 'ok'; ALTER TYPE mood ADD VALUE 'great' AFTER 'happy'; ALTER TYPE mood RENAME VALUE"
        " 'sad' TO 'blue'; ALTER TYPE mood ADD VALUE 'last'",
        'ALTER TYPE mood RENAME TO "Mood"; ALTER DOMAIN email DROP NOT NULL; ALTER DOMAIN email'
        " ADD CONSTRAINT short CHECK (length(VALUE) < 60) NOT VALID; ALTER DOMAIN email DROP"
        " CONSTRAINT email_check; ALTER DOMAIN email RENAME CONSTRAINT email_check1 TO longer",
        "ALTER DOMAIN email VALIDATE CONSTRAINT short; ALTER TABLE t ALTER m DROP DEFAULT,"
        " ALTER m TYPE text; ALTER DOMAIN email SET DEFAULT 'a@b'",
        'DROP TYPE "Mood" CASCADE; DROP DOMAIN email CASCADE',
    ),
    "triggers": (
        """
        CREATE TABLE t (a int, b int, changed_at timestamptz);
        CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN NEW.changed_at := now(); RETURN NEW; END $$;
        CREATE TRIGGER t_touch BEFORE INSERT OR UPDATE OF b, a ON t FOR EACH ROW
            WHEN (NEW.a > 0 AND NEW.b IS NOT NULL) EXECUTE FUNCTION touch();
        CREATE TRIGGER t_each AFTER TRUNCATE ON t EXECUTE FUNCTION touch('x', 'y');
        CREATE CONSTRAINT TRIGGER t_late AFTER DELETE ON t FOR EACH ROW EXECUTE FUNCTION touch();
        """,
        "CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN RETURN NULL; END $$; ALTER TABLE t DISABLE TRIGGER t_touch;",
        "ALTER TABLE t RENAME a TO aa; ALTER TRIGGER t_each ON t RENAME TO t_whole;"
        "ALTER TABLE t ENABLE TRIGGER ALL; ALTER FUNCTION touch() RENAME TO touched",
        "CREATE OR REPLACE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN RETURN OLD; END $$; DROP TRIGGER t_late ON t;"
        "CREATE OR REPLACE TRIGGER t_whole BEFORE TRUNCATE ON t EXECUTE FUNCTION touched()",
        "ALTER TABLE t DROP COLUMN aa CASCADE",
        "DROP FUNCTION touched CASCADE",
    ),
    "views": (
        """
        CREATE TABLE t (a int, b text); CREATE TABLE u (a int, c text);
        CREATE VIEW v AS SELECT * FROM t; CREATE VIEW w (x, y) AS SELECT a, upper(b) FROM v;
        CREATE VIEW joined AS SELECT t.*, u.c, count(*), 'x' AS label, b || c, now()
            FROM t JOIN u ON t.a = u.a GROUP BY t.a, t.b, u.c;
        CREATE MATERIALIZED VIEW m AS SELECT a, b::varchar FROM t WHERE a > 0;
        CREATE UNIQUE INDEX ON m (a);
        """,
        "CREATE OR REPLACE VIEW v AS SELECT a, b, a + 1 AS more FROM t; ALTER VIEW w RENAME TO ww",
        "ALTER TABLE t ADD d int; DROP VIEW joined; DROP MATERIALIZED VIEW m",
        "ALTER TABLE t DROP COLUMN b CASCADE",
        "DROP TABLE t CASCADE",
    ),
    "like and inherits": (
        """
        CREATE TABLE t (a int PRIMARY KEY, b text DEFAULT 'x' NOT NULL CHECK (b <> ''),
            c int UNIQUE); CREATE INDEX ON t (b);
        CREATE TABLE bare (LIKE t); CREATE TABLE full_t (LIKE t INCLUDING ALL, d int);
        CREATE TABLE parent (a int NOT NULL CHECK (a > 0), b text DEFAULT 'y');
        CREATE TABLE child (c int PRIMARY KEY) INHERITS (parent);
        CREATE UNLOGGED TABLE fast (a int);
        ALTER TABLE fast ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
        """,
        "ALTER TABLE fast SET LOGGED; ALTER TABLE bare DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE parent ADD c2 int; CREATE TABLE parts (a int, b int) PARTITION BY RANGE (a);"
        "CREATE TABLE part_1 PARTITION OF parts FOR VALUES FROM (1) TO (2);"
        "CREATE INDEX ON parts (b)",
    ),
    "schemas": (
        """
        CREATE SCHEMA app; CREATE TABLE app.t (id int PRIMARY KEY);
        CREATE TABLE t (id int REFERENCES app.t, n int); CREATE TYPE app.kind AS ENUM ('a');
        ALTER TABLE t ADD k app.kind;
        """,
        "SET search_path TO app, public; CREATE TABLE u (id int); CREATE TABLE public.u (a int);"
        "ALTER TABLE u ADD b int",
        "ALTER TABLE u ADD c int; ALTER TABLE app.u SET SCHEMA public".replace(
            "ALTER TABLE app.u SET SCHEMA public",
            "ALTER TABLE app.u RENAME TO uu;ALTER TABLE app.uu SET SCHEMA public",
        ),
        "DROP SCHEMA app CASCADE",
    ),
    "temporary": (
        "CREATE TABLE t (a int); CREATE TEMP TABLE t (b int); ALTER TABLE t ADD c int;"
        "CREATE TEMP TABLE copy AS SELECT * FROM t; DROP TABLE pg_temp.t; ALTER TABLE t ADD d int",
        "CREATE TABLE copy (a int)",
    ),
    "what has no effect": (
        """
        CREATE TABLE t (a int); COMMENT ON TABLE t IS 'x'; SET LOCAL lock_timeout = '1s';
        INSERT INTO t VALUES (1); UPDATE t SET a = 2; DELETE FROM t; TRUNCATE t; SELECT count(*)
        FROM t; LOCK TABLE t; ALTER TABLE t SET (fillfactor = 70); ALTER TABLE t ALTER a SET
        STATISTICS 5; GRANT SELECT ON t TO PUBLIC; ANALYZE t; ALTER TABLE t REPLICA IDENTITY FULL;
        WITH gone AS (DELETE FROM t RETURNING a) SELECT * FROM gone;
        """,
    ),
    "not known": (
        "CREATE TABLE t (a int, b int); CREATE TABLE other (a int)",
        "DO $$ BEGIN IF true THEN ALTER TABLE t DROP COLUMN b; END IF; END $$;"
        "CREATE TABLE made AS SELECT 1 AS one",
        "ALTER TABLE t ADD c int; ALTER TABLE made ADD PRIMARY KEY (one); CREATE INDEX ON t (c);"
        "ALTER TABLE other ADD b int",
        "DROP TABLE t; CREATE TABLE t (x int)",
        "DO $$ BEGIN EXECUTE 'DROP TABLE ' || (SELECT 'other'); END $$; CREATE TABLE fresh (a int)",
    ),
    "exclusions and policies": (
        """
        CREATE TABLE t (a int, during tstzrange, EXCLUDE USING gist (during WITH &&));
        CREATE TABLE u (a int); CREATE POLICY p ON u USING (a > 0);
        CREATE TABLE w (a int, CHECK (a > 0) NOT ENFORCED);
        """,
        "ALTER TABLE t DROP COLUMN during",
    ),
}


@pytest.mark.parametrize("name", HISTORIES)
def test_agrees_with_the_server_after_each_version(name: str, postgres: Database) -> None:
    database = emptied(postgres)
    result = NOTHING
    for number, sql in enumerate(HISTORIES[name], 1):
        database.execute(sql)
        result = interpret(result, script(sql, number))
        if name not in ("not known", "like and inherits", "exclusions and policies"):
            assert result.unknown == ()
        database.execute("DISCARD ALL")
        assert_agrees(result, database)


@pytest.mark.parametrize(
    ("body", "touched"),
    [
        ("PERFORM 1; INSERT INTO t VALUES (1);", frozenset()),
        ("IF true THEN ALTER TABLE t ADD b int; CREATE INDEX ON u (a); END IF;", {"t", "u"}),
        ("EXECUTE 'DROP INDEX ' || quote_ident('x');", None),
        ("EXECUTE format('ALTER TABLE t DROP CONSTRAINT %I', (SELECT 'x'));", {"t"}),
        ("EXECUTE format('ALTER TABLE %I ADD b int', 't');", None),
        ("FOR n IN SELECT 't' LOOP EXECUTE 'TRUNCATE ' || n; END LOOP;", None),
        ("ALTER TABLE t DROP COLUMN a CASCADE;", None),
        ("DROP TABLE u; DROP TRIGGER x ON t;", {"t", "u"}),
        ("PERFORM add_column();", {"t"}),
        ("PERFORM slug('x');", frozenset()),
    ],
)
def test_what_a_block_may_touch_is_told_from_its_statements(
    body: str, touched: frozenset[str] | set[str] | None
) -> None:
    result = read(
        "CREATE TABLE t (a int); CREATE TABLE u (a int);"
        "CREATE FUNCTION add_column() RETURNS void LANGUAGE plpgsql AS $$ BEGIN"
        " ALTER TABLE t ADD c int; END $$;"
        "CREATE FUNCTION slug(x text) RETURNS text LANGUAGE sql AS $$ SELECT lower(x) $$;",
        f"SELECT 1;\n\nDO $$ DECLARE n text; BEGIN {body} END $$;",
    )
    if touched == frozenset():
        assert result.unknown == ()
        assert result.knows("t")
    else:
        (unknown,) = result.unknown
        assert unknown.objects == touched
        assert (unknown.version, unknown.line, unknown.path) == (2, 3, "V2__change.sql")
        assert not result.knows("t") or touched == frozenset({"u"})
        assert result.schema.table("t") is None


def test_a_function_that_a_statement_calls_may_change_the_schema() -> None:
    made = (
        "CREATE TABLE t (a int); CREATE TABLE u (a int);"
        "CREATE FUNCTION change() RETURNS int LANGUAGE plpgsql AS"
        " $$ BEGIN DROP TABLE t; RETURN 1; END $$;"
        "CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS 'SELECT n * 2';"
    )
    assert read(made, "INSERT INTO u SELECT twice(a) FROM u").unknown == ()
    (unknown,) = read(made, "SELECT change()").unknown
    assert unknown.objects == frozenset({"t"})


def test_what_one_version_makes_does_not_change_what_was_known_before() -> None:
    before = read("CREATE TABLE t (a int)")
    after = interpret(before, script("ALTER TABLE t ADD b int; DROP TABLE t", 2))
    assert [column.name for column in table(before, "t").columns] == ["a"]
    assert after.schema == Schema()
    assert before == read("CREATE TABLE t (a int)")


def test_a_statement_that_is_nested_too_deeply_is_unknown() -> None:
    deep = "1" + " + 1" * 4000
    result = read(f"CREATE TABLE t (a int CHECK (a > {deep})); CREATE TABLE u (a int)")
    assert [unknown.objects for unknown in result.unknown] in ([None], [])
    assert result.schema.table("u") is not None


def test_what_is_no_sql_is_refused_with_its_line() -> None:
    with pytest.raises(SqlSyntaxError) as caught:
        read("SELECT 1;\nCREATE TABEL t ();")
    assert caught.value.line == 2


_NAMES = st.sampled_from(("a", "b", "c"))
_TABLES = st.sampled_from(("t", "u", "w"))


@st.composite
def _alter(draw: st.DrawFn) -> str:
    """One statement over a few tables and columns; it may well fail."""
    of, to = draw(_TABLES), draw(_TABLES)
    x, y = draw(_NAMES), draw(_NAMES)
    cascade = draw(st.sampled_from(("", " CASCADE")))
    return draw(
        st.sampled_from(
            (
                f"CREATE TABLE {of} ({x} int PRIMARY KEY, d int CHECK (d > {x}) UNIQUE)",
                f"CREATE TABLE {of} ({x} serial, {y} text DEFAULT 'q' CHECK ({y} <> ''))",
                f"DROP TABLE {of}{cascade}",
                f"ALTER TABLE {of} RENAME TO {to}",
                f"ALTER TABLE {of} RENAME {x} TO {y}",
                f"ALTER TABLE {of} ADD {x} int NOT NULL DEFAULT 1 UNIQUE CHECK ({x} > 0)",
                f"ALTER TABLE {of} ADD {x} bigint REFERENCES {to}",
                f"ALTER TABLE {of} ADD {x} int, ADD UNIQUE ({x}, {y}), ADD CHECK ({x} <> {y})",
                f"ALTER TABLE {of} DROP {x}{cascade}",
                f"ALTER TABLE {of} DROP {x}, ADD {x} varchar(9) GENERATED ALWAYS AS ('z') STORED",
                f"ALTER TABLE {of} ALTER {x} TYPE text USING {x}::text",
                f"ALTER TABLE {of} ALTER {x} SET NOT NULL, ALTER {y} DROP NOT NULL",
                f"ALTER TABLE {of} ALTER {x} SET DEFAULT 7, ALTER {y} DROP DEFAULT",
                f"ALTER TABLE {of} ADD PRIMARY KEY ({x})",
                f"ALTER TABLE {of} ADD FOREIGN KEY ({x}) REFERENCES {to} ({y}) ON DELETE CASCADE",
                f"ALTER TABLE {of} DROP CONSTRAINT {to}_pkey{cascade}",
                f"ALTER TABLE {of} DROP CONSTRAINT {to}_{x}_key{cascade}",
                f"ALTER TABLE {of} RENAME CONSTRAINT {to}_{x}_check TO {x}",
                f"ALTER TABLE {of} DROP CONSTRAINT {to}_{x}_not_null",
                f"CREATE INDEX ON {of} ({x}, ({y} IS NULL))",
                f"CREATE UNIQUE INDEX {x} ON {of} ({y}) WHERE {x} IS NOT NULL",
                f"CREATE UNIQUE INDEX {x}_all ON {of} ({y})",
                f"ALTER TABLE {of} ADD UNIQUE USING INDEX {x}_all",
                f"ALTER INDEX {of}_{x}_key RENAME TO {y}_named",
                f"DROP INDEX {x}",
                f"ALTER TABLE {of} ALTER {x} ADD GENERATED ALWAYS AS IDENTITY",
                f"CREATE VIEW {x} AS SELECT * FROM {of}",
                f"DROP VIEW {x}{cascade}",
            )
        )
    )


@settings(max_examples=80)
@given(st.lists(_alter(), min_size=6, max_size=30))
def test_agrees_with_the_server_on_whatever_it_accepts(
    postgres: Database, statements: list[str]
) -> None:
    database = emptied(postgres)
    result = NOTHING
    accepted = []
    for sql in statements:
        try:
            database.execute(sql)
        except DatabaseError:
            continue
        accepted.append(sql)
        result = interpret(result, script(sql))
        assert all(unknown.objects for unknown in result.unknown)
    assert_agrees(result, database)
