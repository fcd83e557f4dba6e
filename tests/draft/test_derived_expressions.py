"""Expressions in the other dialect: what they become, and that both engines then say the same."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from mig_assist.backend import Backend
from mig_assist.draft.derive import Context, derive
from mig_assist.engines.database import Database
from mig_assist.engines.statements import split_statements
from tests.draft.two_sides import context_of, databases_of

LIBSQL, POSTGRES = Backend.LIBSQL, Backend.POSTGRES
COLUMNS = "id name note score rate active flag seen day extra n photo".split()
TABLES = {
    LIBSQL: "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL, note TEXT, score INTEGER,"
    " rate REAL, active INTEGER NOT NULL, flag INTEGER, seen TEXT, day TEXT, extra TEXT,"
    " n INTEGER NOT NULL, photo BLOB);",
    POSTGRES: "CREATE TABLE t (id BIGINT PRIMARY KEY, name TEXT NOT NULL, note TEXT, score BIGINT,"
    " rate DOUBLE PRECISION, active BOOLEAN NOT NULL, flag BOOLEAN, seen TIMESTAMPTZ, day DATE,"
    " extra JSONB, n BIGINT NOT NULL, photo BYTEA);",
}
FULL = '{"a": 1, "b": {"c": "x"}, "k": "v", "f": true, "l": [1, 2], "b.c": 5}'
ROWS: list[tuple[object, ...]] = [
    ("Ann", "hello", 5, 2.5, 1, 1, "2024-02-29 12:34:56", "2024-02-29", FULL, 3, "ff"),
    ("bob", None, None, None, 0, None, None, None, None, -3, None),
    ("", "", 0, 0.0, 1, 0, "1999-12-31 23:59:59", "1999-12-31", "{}", 0, "61"),
    ("ÄÖü", "Äb c", -7, -2.5, 0, 1, "2024-01-01 00:00:00", "2024-01-01", '{"a": 3}', 7, "00"),
    ("aNN lee", r"a\_b%c", 10, 0.1, 1, 1, "2030-06-15 01:02:03", "2030-06-15", "{}", 2, "41"),
]


@pytest.fixture(scope="module")
def context() -> Context:
    return context_of(TABLES)


@pytest.fixture(scope="module")
def databases(postgres_url: str) -> Iterator[dict[Backend, Database]]:
    with databases_of(TABLES, postgres_url) as found:
        yield found


def fill(database: Database) -> None:
    database.execute("DELETE FROM t")
    rows = ", ".join(
        f"({', '.join([str(n), *(_literal(v, c, database.backend) for v, c in values)])})"
        for n, values in enumerate((zip(row, COLUMNS[1:], strict=True) for row in ROWS), 1)
    )
    database.execute(f"INSERT INTO t ({', '.join(COLUMNS)}) VALUES {rows}")


def _literal(value: object, column: str, backend: Backend) -> str:
    if value is None:
        return "NULL"
    if column in ("active", "flag"):
        return str(value) if backend is LIBSQL else str(bool(value)).upper()
    if column == "photo":
        return f"x'{value}'" if backend is LIBSQL else f"'\\x{value}'"
    zone = "+00" if column == "seen" and backend is POSTGRES else ""
    return f"'{value}{zone}'" if isinstance(value, str) else str(value)


def alike(one: object, other: object) -> bool:
    """Whether two engines mean the same value."""
    one, other = _plain(one), _plain(other)
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    return one == other


def _plain(value: object) -> object:
    if isinstance(value, (bool, int, Decimal)):
        return float(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    return str(value) if isinstance(value, date) else value


def assert_alike(rows: list[tuple[object, ...]], others: list[tuple[object, ...]]) -> None:
    assert len(rows) == len(others)
    for row, other in zip(rows, others, strict=True):
        assert all(map(alike, row, other)), (row, other)


TO_POSTGRES = {
    "NOT score": "NOT score <> 0",
    "NOT active": "NOT active",
    "NOT score & 1": "NOT (score & 1) <> 0",
    "active AND score": "active AND score <> 0",
    "active > 0": "CAST(active AS INTEGER) > 0",
    "active & 1": "CAST(active AS INTEGER) & 1",
    "active = (n > 2)": "active = (n > 2)",
    "active = score": "CAST(active AS INTEGER) = score",
    "name || active": "name || CAST(active AS INTEGER)",
    "max(active, flag)": "CASE WHEN flag IS NOT NULL THEN greatest(active, flag) END",
    "coalesce(flag, active, 0)": "coalesce(flag, active, FALSE)",
    "nullif(active, 0)": "nullif(active, FALSE)",
    "CASE WHEN n > 2 THEN active ELSE 0 END": "CASE WHEN n > 2 THEN active ELSE FALSE END",
    "CASE WHEN n > 2 THEN active ELSE 2 END": (
        "CASE WHEN n > 2 THEN CAST(active AS INTEGER) ELSE 2 END"
    ),
    "iif(n % 2, 'odd', 'even')": "CASE WHEN (n % 2) <> 0 THEN 'odd' ELSE 'even' END",
    "n / score": "n / nullif(score, 0)",
    "n / (score - 5)": "n / nullif(score - 5, 0)",
    "n % 3": "n % 3",
    "n << 2": "n << 2",
    "name = 5": "name = '5'",
    "length(score)": "length(CAST(score AS TEXT))",
    "substr(name, 1, n)": "substr(name, 1, greatest(CAST(n AS INTEGER), 0))",
    "substr(name, 1, instr(name, 'n') - 1)": "substr(name, 1, greatest(strpos(name, 'n') - 1, 0))",
    "hex(note)": "coalesce(upper(encode(convert_to(note, 'UTF8'), 'hex')), '')",
    "unicode(name)": "ascii(nullif(name, ''))",
    "printf('%s/%d', name, score)": "format('%s/%s', name, coalesce(score, 0))",
    r"note LIKE 'a\_b%'": r"note ILIKE 'a\_b%' ESCAPE ''",
    "score LIKE '1%'": "CAST(score AS TEXT) LIKE '1%'",
    "CAST(n / 2.0 AS INTEGER)": "CAST(trunc(n / 2.0) AS BIGINT)",
    "(extra ->> 'a') + 1": "CAST(extra ->> 'a' AS NUMERIC) + 1",
    "extra ->> 'a' > 2": "CAST(extra ->> 'a' AS NUMERIC) > 2",
    "json_extract(extra, '$.a') * 2": "CAST(extra ->> 'a' AS NUMERIC) * 2",
    "(active, n) = (1, 3)": "(active, n) = (TRUE, 3)",
    "rank() OVER (ORDER BY score)": "rank() OVER (ORDER BY score NULLS FIRST)",
    "flag IS NOT active": "flag IS DISTINCT FROM active",
    "(SELECT max(u.active) FROM t u)": "(SELECT max(CAST(u.active AS INTEGER)) FROM t u)",
    "n + 1 << 2": "n + 1 << 2",
    "datetime('now', '-1 month') > '2000'": (
        "to_char((now() - INTERVAL '1 month') AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') > '2000'"
    ),
    "lower(name)": "lower(name)",
    "abs(score) + length(name)": "abs(score) + length(name)",
    "replace(trim(name), 'n', '')": "replace(trim(name), 'n', '')",
}
TO_LIBSQL = {
    "name || active": "name || CASE active WHEN 1 THEN 'true' WHEN 0 THEN 'false' END",
    "active::text": "CAST(CASE active WHEN 1 THEN 'true' WHEN 0 THEN 'false' END AS TEXT)",
    "concat(name, active)": "concat(name, CASE active WHEN 1 THEN 't' WHEN 0 THEN 'f' END)",
    "(extra - 'b.c') ->> 'k'": "(json_remove(extra, '$.\"b.c\"')) ->> 'k'",
    "(extra - 'a' - 'k') ->> 'k'": "(json_remove(json_remove(extra, '$.a'), '$.k')) ->> 'k'",
    "(extra #- '{b,c}') ->> 'k'": "(json_remove(extra, '$.b.c')) ->> 'k'",
    "extra -> 'l' ->> 'x'": "extra -> 'l' ->> 'x'",
    "jsonb_set(extra, '{k}', '\"w\"', false) ->> 'k'": (
        "json_replace(extra, '$.k', json('\"w\"')) ->> 'k'"
    ),
    "jsonb_set(extra, '{k}', '\"w\"') ->> 'k'": "json_set(extra, '$.k', json('\"w\"')) ->> 'k'",
    "('{\"a\":1}'::jsonb || '{\"k\":\"n\"}') ->> 'k'": (
        "(json_patch('{\"a\":1}', '{\"k\":\"n\"}')) ->> 'k'"
    ),
    "rank() OVER (ORDER BY score DESC)": "rank() OVER (ORDER BY score DESC NULLS FIRST)",
    "name || (n + 1)": "name || (n + 1)",
    "name || n + 1": None,
    "name || n::bigint * 2": "name || (CAST(n AS INTEGER) * 2)",
    "encode(photo, 'hex')": "CASE WHEN photo IS NOT NULL THEN lower(hex(photo)) END",
    "ascii(name)": "CASE name WHEN '' THEN 0 ELSE unicode(name) END",
    "mod(n, 3)": "(n % 3)",
    "trunc(rate)": "CAST(rate AS INTEGER)",
    "right(name, 2)": "substr(name, -2)",
    "(rate + 0.126)::numeric(10,2)": "round((rate + 0.126), 2)",
    "(n / 2.0)::numeric(6)": "round((n / 2.0))",
    "seen + interval '1 hour' * 2": "datetime(seen, '+2 hours')",
    "seen - '1 day'::interval * 3 * 2": "datetime(seen, '-6 days')",
    "seen = timestamptz '2024-02-29 12:34:56+00'": "seen = '2024-02-29 12:34:56'",
    "seen BETWEEN '2024-01-01 00:00:00+00' AND '2024-06-01 00:00:00+00'": (
        "seen BETWEEN '2024-01-01 00:00:00' AND '2024-06-01 00:00:00'"
    ),
    "seen = timestamptz '2024-02-29 14:34:56+02'": "seen = '2024-02-29 12:34:56'",
    "seen >= '2024-01-01T00:00:00Z'": "seen >= '2024-01-01 00:00:00'",
    "seen > '2024-01-01'": "seen > '2024-01-01 00:00:00'",
    "seen IN ('2024-02-29T12:34:56.000+00:00')": "seen IN ('2024-02-29 12:34:56')",
    "'2024-01-01 05:30+05:30'::timestamptz = seen": "'2024-01-01 00:00:00' = seen",
    "seen > date '2024-01-01'": "seen > '2024-01-01 00:00:00'",
    "(seen, id) > ('2024-02-29T12:34:56Z', 0)": "(seen, id) > ('2024-02-29 12:34:56', 0)",
    "day <= '2024-02-29T12:00:00Z'": "day <= '2024-02-29'",
    "flag IS NOT TRUE": "flag IS NOT TRUE",
    "lower(name) || coalesce(note, '')": "lower(name) || coalesce(note, '')",
}
CARRIED = [
    *((sql, wanted, LIBSQL) for sql, wanted in TO_POSTGRES.items()),
    *((sql, wanted, POSTGRES) for sql, wanted in TO_LIBSQL.items() if wanted is not None),
]


@pytest.mark.parametrize(("sql", "wanted", "source"), CARRIED)
def test_what_is_carried_yields_the_same(
    sql: str,
    wanted: str,
    source: Backend,
    context: Context,
    databases: dict[Backend, Database],
) -> None:
    query = f"SELECT id, {sql} AS x FROM t ORDER BY id"
    derived = derive(f"{query};", source, context)
    assert derived.marks == ()
    assert derived.sql == f"SELECT id, {wanted} AS x FROM t ORDER BY id;"
    for database in databases.values():
        fill(database)
        if "extra" in sql:
            database.execute("UPDATE t SET extra = NULL WHERE id = 4")
    assert_alike(databases[source].query(query), databases[source.other].query(derived.sql))


MARKED = {
    LIBSQL: [
        "json_type(extra, '$.a')",
        "json_patch(extra, '{}')",
        "json_array_length(extra, '$.l')",
        "soundex(name)",
        "zeroblob(3)",
        "CAST('12abc' AS INTEGER)",
        "CAST('1.5' AS INTEGER)",
        "CAST(note AS REAL)",
        "CAST(rate AS TEXT)",
        "CAST(seen AS TEXT)",
        "CAST(score AS BOOLEAN)",
        "name + 1",
        "name || rate",
        "name || seen",
        "name > n",
        "score > 'abc'",
        "seen > '2024'",
        "active = 'x'",
        "extra ->> 'f' = 1",
        "extra ->> 'a' AND active",
        "rate % 2",
        "n << n",
        "ifnull(score, 'none')",
        "CASE WHEN n THEN name ELSE n END",
        "substr(name, 2, n)",
        "concat_ws('-', name, note)",
        "char(65, 66)",
        "like('a%', name)",
        "datetime(seen, '+1 month')",
        "json_set(extra, '$.z.y', 5)",
        "quote(score)",
        "round(n, 1, 2)",
        "random() > 0",
        "substr(name, instr(name, 'n') - 2)",
        "hex(randomblob(n))",
        "CAST(extra AS TEXT)",
        "CAST(extra AS BLOB)",
        "extra = 'none'",
    ],
    POSTGRES: [
        "extra || '{\"z\": 1}'",
        "extra || extra",
        "'{\"a\": 1}'::jsonb || '{\"b\": null}'",
        "'{\"a\": 1}'::jsonb || '{\"b\": {}}'",
        "extra - '{a,k}'::text[]",
        "extra @> '{}'",
        "extra ? 'a'",
        "@ n",
        "n # 3",
        "|/ 4.0",
        "name ^@ 'A'",
        "extra::text",
        "rate::text",
        "rate::bigint",
        "round(rate)",
        "name || rate",
        "name || seen",
        "substring(name from '[a-z]+')",
        "right(name, n::int)",
        "jsonb_set(extra, '{b,c}', '5')",
        "jsonb_set(extra, '{a}', NULL)",
        "to_jsonb(note)",
        "seen + interval '1 month'",
        "seen + interval '1 month' * 2",
        "seen + interval '1 hour' * n",
        "seen + interval '1 hour' / 2",
        "seen + interval '1 hour' * 1.5",
        "n::numeric(6,-2)",
        "seen::timestamptz(0)",
        "n::numeric / 2",
        "ROW(n, 1) = ROW(1, 1)",
        "split_part(note, ',', 1)",
        "regexp_replace(name, 'n', '')",
        "jsonb_strip_nulls(extra)",
        "string_to_array(note, ',')",
        "trunc(rate::numeric, 1)",
        "seen = ANY(ARRAY['2024-02-29']::timestamptz[])",
        "seen > 'epoch'",
        "day = timestamptz '2024-02-29 12:34:56+02'",
        "concat_ws('-', name, note)",
    ],
}


def test_calls_that_change_their_names_keep_their_lines(context: Context) -> None:
    sql = (
        "UPDATE t\nSET extra = json_set(\n        coalesce(NULLIF(extra, ''), '{}'),\n"
        "        '$.k',\n        json_array(json_object(\n            -- the name\n"
        "            'a', name,\n            'at', n))\n)\nWHERE n > 2;"
    )
    derived = derive(sql, LIBSQL, context)
    assert derived.marks == ()
    assert derived.sql == (
        sql.replace("json_set", "jsonb_set")
        .replace("NULLIF(extra, '')", "extra")
        .replace("'$.k'", "'{k}'")
        .replace("json_array", "jsonb_build_array")
        .replace("json_object", "jsonb_build_object")
    )


@pytest.mark.parametrize("value", ["json_object('a', n)", "extra", "coalesce(seen, 'x')"])
def test_a_cause_is_marked_once(value: str, context: Context) -> None:
    assert len(derive(f"UPDATE t SET note = {value};", LIBSQL, context).marks) == 1


REFUSED = {
    "SELECT name, note, count(*) FROM t GROUP BY name": "note is of any row",
    "SELECT t.id, u.name FROM t JOIN t u ON u.n = t.n GROUP BY t.id": "u.name is of any row",
    "SELECT name, count(*) FROM t": "name is of any row",
    "SELECT name, count(*) AS c FROM t GROUP BY name HAVING c > 3": "does not know c",
}
GROUPED = [
    "SELECT t.id, t.name, max(u.name) FROM t JOIN t u ON u.n = t.n GROUP BY t.id",
    "SELECT a.name, b.n FROM t a JOIN t b ON b.n = a.n GROUP BY a.id, b.id",
    "SELECT id, name, count(*) FROM t GROUP BY id",
    "SELECT lower(name) AS low, max(n) FROM t GROUP BY low",
    "SELECT lower(name), max(n) FROM t GROUP BY 1 HAVING max(n) > 1",
    "SELECT t.name, (SELECT count(*) FROM t u WHERE u.n = t.n) FROM t",
    "SELECT name, sum(n) OVER (ORDER BY id) FROM t",
]


@pytest.mark.parametrize(("sql", "said"), REFUSED.items())
def test_what_postgres_refuses_of_groups_is_marked(sql: str, said: str, context: Context) -> None:
    assert said in derive(f"{sql};", LIBSQL, context).marks[0].message


@pytest.mark.parametrize("sql", GROUPED)
def test_groups_that_both_take_are_carried(
    sql: str, context: Context, databases: dict[Backend, Database]
) -> None:
    derived = derive(f"{sql};", LIBSQL, context)
    assert derived.marks == ()
    databases[POSTGRES].query(derived.sql)


@pytest.mark.parametrize(
    ("sql", "source"), [(sql, source) for source, found in MARKED.items() for sql in found]
)
def test_what_may_differ_is_marked(sql: str, source: Backend, context: Context) -> None:
    assert derive(f"SELECT {sql} AS x FROM t;", source, context).marks


OUTER = {
    "SELECT a.id, max(a.n, b.n) FROM t a LEFT JOIN t AS b ON b.id = a.id + 1 ORDER BY a.id": (
        "SELECT a.id, CASE WHEN b.n IS NOT NULL THEN greatest(a.n, b.n) END FROM t a"
        " LEFT JOIN t AS b ON b.id = a.id + 1 ORDER BY a.id"
    ),
    "SELECT a.id FROM t a LEFT OUTER JOIN t b ON b.id = a.id + 1 ORDER BY b.n, a.id": (
        "SELECT a.id FROM t a LEFT OUTER JOIN t b ON b.id = a.id + 1 ORDER BY b.n NULLS FIRST, a.id"
    ),
    "SELECT b.id, min(a.n, b.n) FROM t a RIGHT JOIN t b ON b.id = a.id + 1 ORDER BY b.n + 0": (
        "SELECT b.id, CASE WHEN a.n IS NOT NULL AND b.n IS NOT NULL THEN least(a.n, b.n) END FROM"
        " t a RIGHT JOIN t b ON b.id = a.id + 1 ORDER BY b.n + 0 NULLS FIRST"
    ),
}


@pytest.mark.parametrize(("sql", "wanted"), OUTER.items())
def test_columns_of_an_outer_join_may_be_null(
    sql: str, wanted: str, context: Context, databases: dict[Backend, Database]
) -> None:
    derived = derive(f"{sql};", LIBSQL, context)
    assert (derived.sql, derived.marks) == (f"{wanted};", ())
    for database in databases.values():
        fill(database)
    assert_alike(databases[LIBSQL].query(sql), databases[POSTGRES].query(wanted))


REFUSED_IN = {
    "CREATE INDEX i ON t (date(seen))": "to_char in an index",
    "CREATE INDEX i ON t (n) WHERE seen > datetime('now')": "current_timestamp in an index",
    "CREATE INDEX i ON t (unixepoch(seen))": "extract in an index",
    "CREATE INDEX i ON t (name, substr(seen, 1, 10))": "timestamp is written otherwise",
    "CREATE TABLE u (id INTEGER PRIMARY KEY, seen DATETIME,"
    " y TEXT GENERATED ALWAYS AS (strftime('%Y', seen)) STORED)": "to_char in a generated column",
}


@pytest.mark.parametrize(("sql", "said"), REFUSED_IN.items())
def test_what_must_not_change_is_marked_where_it_may(sql: str, said: str, context: Context) -> None:
    assert said in " ".join(mark.message for mark in derive(f"{sql};", LIBSQL, context).marks)


def test_an_index_over_what_never_changes_is_carried(
    context: Context, databases: dict[Backend, Database]
) -> None:
    sql = "CREATE INDEX i ON t (lower(name), n DESC, json_extract(extra, '$.now')) WHERE n > 5"
    derived = derive(f"{sql};", LIBSQL, context)
    assert derived.marks == ()
    databases[POSTGRES].execute(derived.sql)
    databases[POSTGRES].execute("DROP INDEX i")


HEX = {n: f"hex(randomblob({n}))" for n in (2, 4, 6, 16)}
LOW = {n: f"lower({text})" for n, text in HEX.items()}
UUID_RECIPES = [
    f"lower({HEX[4]} || '-' || {HEX[2]} || '-4' || substr({HEX[2]}, 2) || '-' ||"
    f" substr('89AB', abs(random()) % 4 + 1, 1) || substr({HEX[2]}, 2) || '-' || {HEX[6]})",
    f"{LOW[4]} || '-' || {LOW[2]} || '-4' || substr({LOW[2]}, 2, 3) || '-' || substr('AB89', 1 +"
    f" (abs(random()) % 4), 1) || substr({LOW[2]}, 2) || '-' || {LOW[6]}",
    f"{LOW[4]} || '-' || {LOW[2]} || '-' || {LOW[2]} || '-' || {LOW[2]} || '-' || {LOW[6]}",
    f"lower(substr({HEX[16]}, 1, 8) || '-' || {HEX[2]} || '-4' || substr({HEX[2]}, 1, 3) || '-a'"
    f" || substr({HEX[2]}, 2) || '-' || {HEX[6]})",
]


@pytest.mark.parametrize("recipe", UUID_RECIPES)
def test_the_recipe_of_a_uuid_is_one_call(recipe: str, context: Context) -> None:
    derived = derive(f"UPDATE t SET note = {recipe}, n = 1;", LIBSQL, context)
    assert derived.marks == ()
    assert derived.sql == "UPDATE t SET note = gen_random_uuid()::text, n = 1;"


RANDOM_TEXTS = {
    f"lower({HEX[4]} || '-X')": "[0-9a-f]{8}-x",
    f"{LOW[2]} || name || {HEX[6]}": "[0-9a-f]{4}Ann[0-9A-F]{12}",
    f"upper({LOW[4]} || {LOW[2]})": "[0-9A-F]{12}",
    f"{HEX[16]} || {HEX[4]}": "[0-9A-F]{40}",
    "hex(randomblob(40))": "[0-9A-F]{80}",
    f"replace({UUID_RECIPES[0]}, '-', '')": "[0-9a-f]{32}",
}


@pytest.mark.parametrize(("sql", "shape"), RANDOM_TEXTS.items())
def test_every_piece_of_a_random_text_is_kept(
    sql: str, shape: str, context: Context, databases: dict[Backend, Database]
) -> None:
    derived = derive(f"UPDATE t SET note = {sql} WHERE id = 1;", LIBSQL, context)
    assert derived.marks == ()
    for database, text in zip(
        databases.values(), (f"UPDATE t SET note = {sql};", derived.sql), strict=True
    ):
        fill(database)
        database.execute(text)
        assert re.fullmatch(shape, str(database.query("SELECT note FROM t WHERE id = 1")[0][0]))


SIMPLER = {
    "UPDATE t SET n = 1 WHERE extra IS NULL OR extra = '' OR json_valid(extra) = 0": (
        "UPDATE t SET n = 1 WHERE extra IS NULL"
    ),
    "UPDATE t SET n = 1 WHERE (n > 2 OR score > 2) AND json_valid(extra)": (
        "UPDATE t SET n = 1 WHERE (n > 2 OR score > 2) AND extra IS NOT NULL"
    ),
    "UPDATE t SET n = 1 WHERE n > 2 AND (extra IS NULL OR extra = '' OR json_valid(extra))": (
        "UPDATE t SET n = 1 WHERE n > 2"
    ),
    "UPDATE t SET n = 1 WHERE extra IS NOT NULL AND extra <> ''": (
        "UPDATE t SET n = 1 WHERE extra IS NOT NULL"
    ),
    "UPDATE t SET n = 1 WHERE NOT (n = 7 OR extra = '')": (
        "UPDATE t SET n = 1 WHERE NOT (n = 7 OR (extra IS NULL AND NULL))"
    ),
    "UPDATE t SET n = 1 WHERE coalesce(extra, '') = '' OR n = 2": (
        "UPDATE t SET n = 1 WHERE extra IS NULL OR n = 2"
    ),
    "UPDATE t SET n = 1 WHERE seen = '' OR n = 2": "UPDATE t SET n = 1 WHERE n = 2",
    "UPDATE t SET n = json_valid(extra) WHERE id < 4 AND extra IS NOT NULL": (
        "UPDATE t SET n = CAST((extra IS NOT NULL OR NULL) AS INTEGER)"
        " WHERE id < 4 AND extra IS NOT NULL"
    ),
    "UPDATE t SET note = CASE WHEN json_valid(extra) THEN 'x' ELSE 'y' END": (
        "UPDATE t SET note = CASE WHEN extra IS NOT NULL THEN 'x' ELSE 'y' END"
    ),
    "UPDATE t SET note = iif(extra = '', 'x', 'y')": (
        "UPDATE t SET note = CASE WHEN FALSE THEN 'x' ELSE 'y' END"
    ),
    "UPDATE t SET extra = CASE WHEN extra = '' THEN NULL ELSE CAST(extra AS BLOB) END, n = 5": (
        "UPDATE t SET n = 5"
    ),
    "UPDATE t SET extra = coalesce(NULLIF(extra, ''), x'5b5d')": (
        "UPDATE t SET extra = coalesce(extra, '[]')"
    ),
    "UPDATE t SET name = json_extract(CAST(extra AS TEXT), '$.k') WHERE id = 1": (
        "UPDATE t SET name = (extra ->> 'k') WHERE id = 1"
    ),
    "UPDATE t SET active = CASE WHEN active != 0 THEN 1 ELSE 0 END, n = 5": "UPDATE t SET n = 5",
    "UPDATE t SET flag = CASE WHEN flag THEN 1 ELSE 0 END": (
        "UPDATE t SET flag = CASE WHEN flag THEN TRUE ELSE FALSE END"
    ),
    "UPDATE t SET n = n": "UPDATE t SET n = n",
    "UPDATE t SET active = (active = 1)": "SELECT 1",
    "UPDATE t SET extra = CAST(extra AS BLOB)": "SELECT 1",
    "DELETE FROM t WHERE extra = ''": "SELECT 1",
    "UPDATE t SET n = 1 WHERE NOT json_valid(extra)": "SELECT 1",
    "UPDATE t SET note = (SELECT max(u.id) FROM t u)": (
        "UPDATE t SET note = (SELECT max(u.id) FROM t u)"
    ),
}


@pytest.mark.parametrize(("sql", "wanted"), SIMPLER.items())
def test_what_says_nothing_on_postgres_is_left_out(
    sql: str, wanted: str, context: Context, databases: dict[Backend, Database]
) -> None:
    derived = derive(f"{sql};", LIBSQL, context)
    assert (derived.sql.strip(), derived.marks) == (f"{wanted};", ())
    found = []
    for backend, text in ((LIBSQL, sql), (POSTGRES, derived.sql)):
        fill(databases[backend])
        databases[backend].execute(text)
        found.append(
            databases[backend].query("SELECT id, name, note, active, flag, n FROM t ORDER BY id")
        )
    assert_alike(*found)


STATEMENTS = {
    LIBSQL: [
        "UPDATE t SET flag = NOT active, score = 1",
        "UPDATE t SET note = (SELECT group_concat(value, ',') FROM json_each(extra, '$.l'))"
        " WHERE id = 1",
        "INSERT INTO t (id, name, active, n) SELECT t.id * 100 + j.key, 'x' || j.value, 1,"
        " j.value + 1 FROM t JOIN json_each(t.extra, '$.l') AS j",
        "INSERT INTO t (id, name, active, n) SELECT 9, json_extract(value, '$.c'), 1, key"
        ' FROM json_each(\'[{"c": "x"}]\')',
        "DELETE FROM t WHERE EXISTS (SELECT 1 FROM json_each(extra, '$.l') WHERE value = 2)",
        "DELETE FROM t WHERE active IN (SELECT 1)",
        "UPDATE t SET score = NOT active, n = 2",
        "UPDATE t SET score = NOT score, n = NOT n",
        "UPDATE t SET flag = score > 3, active = active AND coalesce(flag, 0)",
        "UPDATE t SET active = CASE WHEN score > 3 THEN 1 ELSE 0 END",
        "UPDATE t SET score = CASE WHEN active THEN active ELSE 2 END",
        "UPDATE t SET score = coalesce(flag, 0), note = active",
        "UPDATE t SET active = iif(score > 3, 1, 0), n = iif(active, 5, 6)",
        "UPDATE t SET active = active | 1, n = active << 2",
        "UPDATE t SET flag = (SELECT max(u.active) FROM t u)",
        "UPDATE t SET score = extra ->> 'a' WHERE id = 1",
        "UPDATE t SET score = n / score, name = CASE WHEN active THEN 'a' ELSE 'b' END || n",
        "UPDATE t SET n = 0 WHERE id IN (SELECT id FROM t WHERE active ORDER BY score LIMIT 2)",
        "DELETE FROM t WHERE active = 0 OR flag",
        "DELETE FROM t WHERE score OR NOT n",
        "INSERT INTO t (id, name, active, n)"
        " SELECT id + 10, name, NOT active, score IS NULL FROM t",
        "INSERT INTO t (id, name, active, n)"
        " SELECT 10 + row_number() OVER (ORDER BY score), name, 1 - active, active FROM t",
        "INSERT INTO t (id, name, active, n) VALUES (1, 'x', 1, 1) ON CONFLICT (id)"
        " DO UPDATE SET active = NOT t.active, n = n + excluded.n WHERE score",
    ],
    POSTGRES: [
        "UPDATE t SET note = active",
        "UPDATE t SET note = extra ->> 'k'",
        "INSERT INTO t (id, name, active, n) SELECT t.id * 100 + e.ord, e.elem, TRUE, e.ord - 1"
        " FROM t, jsonb_array_elements_text(t.extra -> 'l') WITH ORDINALITY AS e(elem, ord)",
        "INSERT INTO t (id, name, active, n) SELECT 100 + length(k), k, TRUE, 1"
        " FROM t, jsonb_object_keys(t.extra) k WHERE t.id = 4",
        "INSERT INTO t (id, name, active, n) SELECT 100 + i, 'x', TRUE, i"
        " FROM generate_series(1, 4) AS s(i)",
        "DELETE FROM t WHERE EXISTS (SELECT 1 FROM LATERAL jsonb_each_text(t.extra) AS e(k, v)"
        " WHERE e.k = 'k' AND e.v = 'v')",
        "UPDATE t SET day = seen",
        "UPDATE t SET seen = '2024-05-01T12:00:00+02:00', day = '2024-05-01T23:00:00-02:00'",
        "UPDATE t SET seen = coalesce(seen, '2024-05-01'),"
        " day = CASE WHEN n > 2 THEN day ELSE '2024-05-01 10:00' END",
        "INSERT INTO t (id, name, active, n, seen) VALUES (9, 'x', TRUE, 1, '2024-05-01T02:00+04')",
        "UPDATE t SET seen = day WHERE id < 0",
        "UPDATE t SET rate = n / 2, n = (active AND coalesce(flag, false))::int",
        "UPDATE t SET n = 0 WHERE id IN (SELECT id FROM t ORDER BY score LIMIT 2)",
        "INSERT INTO t (id, name, active, n)"
        " SELECT 10 + row_number() OVER (ORDER BY score DESC), name, active, n FROM t",
    ],
}


@pytest.mark.parametrize(
    ("sql", "source"), [(sql, source) for source, found in STATEMENTS.items() for sql in found]
)
def test_statements_leave_the_same_rows(
    sql: str, source: Backend, context: Context, databases: dict[Backend, Database]
) -> None:
    derived = derive(f"{sql};", source, context)
    assert derived.marks == ()
    found = []
    for backend, text in ((source, sql), (source.other, derived.sql)):
        fill(databases[backend])
        for statement in split_statements(text, backend):
            databases[backend].execute(statement.text)
        found.append(
            databases[backend].query(
                "SELECT id, name, note, score, rate, active, flag, seen, day, n FROM t ORDER BY id"
            )
        )
    assert_alike(*found)


NUMBERED = {
    LIBSQL: "CREATE TABLE k (id INTEGER PRIMARY KEY, what TEXT);",
    POSTGRES: "CREATE TABLE k (id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, what TEXT);",
}


def test_null_for_a_key_that_numbers_itself_is_its_default(postgres_url: str) -> None:
    sql = "INSERT INTO k VALUES (NULL, NULL), (NULL, 'x');"
    derived = derive(sql, LIBSQL, context_of(NUMBERED))
    head, *_ = derived.sql.splitlines()
    assert (head, derived.marks) == ("INSERT INTO k VALUES (DEFAULT, NULL), (DEFAULT, 'x');", ())
    listed = derive("INSERT INTO k (what, id) VALUES ('y', NULL);", LIBSQL, context_of(NUMBERED))
    assert listed.sql.startswith("INSERT INTO k (what, id) VALUES ('y', DEFAULT);")
    with databases_of(NUMBERED, postgres_url) as databases:
        for backend, text in ((LIBSQL, sql), (POSTGRES, derived.sql)):
            for statement in split_statements(text, backend):
                databases[backend].execute(statement.text)
        rows = [database.query("SELECT * FROM k ORDER BY id") for database in databases.values()]
        assert_alike(*rows)


LABELS = {
    LIBSQL: "CREATE TABLE w (id INTEGER PRIMARY KEY, mood TEXT NOT NULL, size TEXT NOT NULL);",
    POSTGRES: "CREATE TYPE mood AS ENUM ('low', 'mid', 'high');"
    " CREATE TYPE size AS ENUM ('big', 'small');"
    " CREATE TABLE w (id BIGINT PRIMARY KEY, mood mood NOT NULL, size size NOT NULL);",
}
BY_LABEL = [
    "SELECT id FROM w WHERE {} > 'big'",
    "SELECT id FROM w WHERE {} NOT BETWEEN 'big' AND 'mid'",
    "SELECT max({}) FROM w",
    "SELECT id FROM w ORDER BY {} DESC",
    "DELETE FROM w a USING w b WHERE a.{0} < b.{0}",
]


@pytest.mark.parametrize("sql", BY_LABEL)
def test_labels_in_an_order_of_their_own_are_marked(sql: str) -> None:
    context = context_of(LABELS)
    marks = derive(f"{sql.format('mood')};", POSTGRES, context).marks
    assert ["order" in mark.message for mark in marks] == [True]
    assert derive(f"{sql.format('size')};", POSTGRES, context).marks == ()
    assert derive("DELETE FROM w WHERE mood IN ('low', 'mid');", POSTGRES, context).marks == ()
