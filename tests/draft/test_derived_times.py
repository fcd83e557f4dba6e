"""Times that are numbers on libsql and times on PostgreSQL, in both directions, on both engines."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mig_assist.backend import Backend
from mig_assist.draft.derive import Context, derive
from mig_assist.engines.database import Database
from tests.draft.two_sides import context_of, databases_of

LIBSQL, POSTGRES = Backend.LIBSQL, Backend.POSTGRES
TABLES = {
    LIBSQL: "CREATE TABLE e (id INTEGER PRIMARY KEY, at INTEGER, until INTEGER, ms INTEGER,"
    " secs INTEGER, note TEXT, kept INTEGER NOT NULL);",
    POSTGRES: "CREATE TABLE e (id BIGINT PRIMARY KEY, at TIMESTAMPTZ, until TIMESTAMPTZ,"
    " ms BIGINT, secs BIGINT, note TEXT, kept BOOLEAN NOT NULL);",
}
ROWS = {
    LIBSQL: "INSERT INTO e VALUES (1, 86400, 90000, 5000, 7, 'a', 1), (2, NULL, 60, NULL, NULL,"
    " NULL, 0), (3, 1700000000, NULL, 1700000000000, 1700000000, '2024-01-02 03:04:05', 1);",
    POSTGRES: "INSERT INTO e VALUES (1, to_timestamp(86400), to_timestamp(90000), 5000, 7, 'a',"
    " TRUE), (2, NULL, to_timestamp(60), NULL, NULL, NULL, FALSE), (3, to_timestamp(1700000000),"
    " NULL, 1700000000000, 1700000000, '2024-01-02 03:04:05', TRUE);",
}
READ = {
    LIBSQL: "SELECT id, at, until, ms, secs, note FROM e ORDER BY id",
    POSTGRES: "SELECT id, extract(epoch FROM at)::bigint, extract(epoch FROM until)::bigint, ms,"
    " secs, note FROM e ORDER BY id",
}
CARRIED = {
    LIBSQL: {
        "UPDATE e SET at = secs": "UPDATE e SET at = to_timestamp(secs)",
        "UPDATE e SET at = ms / 1000 WHERE ms IS NOT NULL": (
            "UPDATE e SET at = to_timestamp(ms / 1000) WHERE ms IS NOT NULL"
        ),
        "UPDATE e SET secs = at": (
            "UPDATE e SET secs = CAST(floor(extract(epoch FROM at)) AS BIGINT)"
        ),
        "UPDATE e SET ms = at * 1000": (
            "UPDATE e SET ms = CAST(floor(extract(epoch FROM at)) AS BIGINT) * 1000"
        ),
        "UPDATE e SET at = at + 60, secs = until - at": (
            "UPDATE e SET at = at + INTERVAL '60 seconds',"
            " secs = CAST(floor(extract(epoch FROM until)) AS BIGINT)"
            " - CAST(floor(extract(epoch FROM at)) AS BIGINT)"
        ),
        "UPDATE e SET at = coalesce(at, until, 0)": (
            "UPDATE e SET at = coalesce(at, until, to_timestamp(0))"
        ),
        "UPDATE e SET at = CASE WHEN kept THEN secs ELSE until END": (
            "UPDATE e SET at = CASE WHEN kept THEN to_timestamp(secs) ELSE until END"
        ),
        "UPDATE e SET note = strftime('%Y-%m-%dT%H:%M:%SZ', at, 'unixepoch')": (
            "UPDATE e SET note = to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
        ),
        "UPDATE e SET note = date(coalesce(at, secs, 5), 'unixepoch')": (
            "UPDATE e SET note = to_char((coalesce(at, to_timestamp(secs), to_timestamp(5)))"
            " AT TIME ZONE 'UTC', 'YYYY-MM-DD')"
        ),
        "DELETE FROM e WHERE at < unixepoch() - 7 * 86400": (
            "DELETE FROM e WHERE at < now() - make_interval(secs => 7 * 86400)"
        ),
        "DELETE FROM e WHERE at < strftime('%s', 'now') - 60 OR until > secs": (
            "DELETE FROM e WHERE at < now() - INTERVAL '60 seconds' OR until > to_timestamp(secs)"
        ),
        "DELETE FROM e WHERE at BETWEEN 0 AND unixepoch()": (
            "DELETE FROM e WHERE at BETWEEN to_timestamp(0) AND now()"
        ),
        "DELETE FROM e WHERE at IN (86400, 5)": (
            "DELETE FROM e WHERE at IN (to_timestamp(86400), to_timestamp(5))"
        ),
        "INSERT INTO e (id, at, until, kept) SELECT id + 5, until, iif(kept, at, 60), 1 FROM e": (
            "INSERT INTO e (id, at, until, kept) SELECT id + 5, until,"
            " CASE WHEN kept THEN at ELSE to_timestamp(60) END, TRUE FROM e"
        ),
        "INSERT INTO e (id, at, kept) VALUES (1, 5, 1) ON CONFLICT (id) DO UPDATE SET"
        " at = max(e.at, excluded.at) + 1, secs = excluded.at": (
            "INSERT INTO e (id, at, kept) VALUES (1, to_timestamp(5), TRUE) ON CONFLICT (id) DO"
            " UPDATE SET at = CASE WHEN e.at IS NOT NULL AND excluded.at IS NOT NULL"
            " THEN greatest(e.at, excluded.at) END + INTERVAL '1 seconds',"
            " secs = CAST(floor(extract(epoch FROM excluded.at)) AS BIGINT)"
        ),
    },
    POSTGRES: {
        "UPDATE e SET at = to_timestamp(secs)": "UPDATE e SET at = secs",
        "UPDATE e SET secs = extract(epoch FROM at)::bigint": (
            "UPDATE e SET secs = CAST(at AS INTEGER)"
        ),
        "UPDATE e SET at = coalesce(at, until, to_timestamp(0))": (
            "UPDATE e SET at = coalesce(at, until, 0)"
        ),
        "UPDATE e SET at = at + interval '60 seconds'": (
            "UPDATE e SET at = unixepoch(at, 'unixepoch', '+60 seconds')"
        ),
        "UPDATE e SET at = coalesce(at, '2024-05-01T12:00:00+02:00')": (
            "UPDATE e SET at = coalesce(at, 1714557600)"
        ),
        "DELETE FROM e WHERE at > '2023-11-14T22:13:19Z' OR until = timestamptz '1970-01-02'": (
            "DELETE FROM e WHERE at > 1699999999 OR until = 86400"
        ),
        "DELETE FROM e WHERE at < now() - interval '1 day'": (
            "DELETE FROM e WHERE at < unixepoch('now', '-1 day')"
        ),
        "UPDATE e SET at = CASE WHEN kept THEN to_timestamp(secs) ELSE until END": (
            "UPDATE e SET at = CASE WHEN kept THEN secs ELSE until END"
        ),
    },
}
CLOCKS = {
    LIBSQL: {
        "strftime('%s', 'now')": "now()",
        "CAST(strftime('%s', 'now') AS INTEGER)": "now()",
        "unixepoch() * 1000": "now()",
        "coalesce(at, unixepoch())": "coalesce(at, now())",
        "coalesce(at, CAST(strftime('%s', 'now') AS INTEGER))": "coalesce(at, now())",
        "CASE WHEN secs > 5 THEN strftime('%s', 'now', '-1 day') END": (
            "CASE WHEN secs > 5 THEN now() - INTERVAL '1 day' END"
        ),
    },
    POSTGRES: {
        "now()": "unixepoch()",
        "coalesce(at, now())": "coalesce(at, unixepoch())",
        "greatest(now(), now() - interval '1 day')": "max(unixepoch(), unixepoch('now', '-1 day'))",
        "CASE WHEN secs > 5 THEN CURRENT_TIMESTAMP END": "CASE WHEN secs > 5 THEN unixepoch() END",
    },
}


@pytest.fixture(scope="module")
def context() -> Context:
    return context_of(TABLES)


@pytest.fixture(scope="module")
def databases(postgres_url: str) -> Iterator[dict[Backend, Database]]:
    with databases_of(TABLES, postgres_url) as found:
        yield found


@pytest.mark.parametrize(
    ("sql", "wanted", "source"),
    [(sql, wanted, source) for source, found in CARRIED.items() for sql, wanted in found.items()],
)
def test_a_time_is_what_its_column_holds(
    sql: str, wanted: str, source: Backend, context: Context, databases: dict[Backend, Database]
) -> None:
    derived = derive(f"{sql};", source, context)
    assert (derived.sql, derived.marks) == (f"{wanted};", ())
    found = []
    for backend, text in ((source, sql), (source.other, derived.sql)):
        database = databases[backend]
        database.execute("DELETE FROM e")
        database.execute(ROWS[backend])
        database.execute(text)
        found.append(database.query(READ[backend]))
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("sql", "wanted", "source"),
    [(sql, wanted, source) for source, found in CLOCKS.items() for sql, wanted in found.items()],
)
def test_the_present_moment_is_what_its_column_holds(
    sql: str, wanted: str, source: Backend, context: Context, databases: dict[Backend, Database]
) -> None:
    derived = derive(f"UPDATE e SET at = {sql};", source, context)
    assert (derived.sql, derived.marks) == (f"UPDATE e SET at = {wanted};", ())
    databases[source.other].execute(derived.sql)


LOCAL = {
    LIBSQL: "CREATE TABLE l (id INTEGER PRIMARY KEY, at TEXT);",
    POSTGRES: "CREATE TABLE l (id BIGINT PRIMARY KEY, at TIMESTAMP);",
}
ISO = {
    LIBSQL: "CREATE TABLE l (id INTEGER PRIMARY KEY,"
    " at TEXT DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')));",
    POSTGRES: "CREATE TABLE l (id BIGINT PRIMARY KEY, at TIMESTAMPTZ DEFAULT now());",
}


def test_a_timestamp_without_time_zone_leaves_the_zone_out() -> None:
    derived = derive("UPDATE l SET at = '2024-05-01T12:00+02';", POSTGRES, context_of(LOCAL))
    assert (derived.sql, derived.marks) == ("UPDATE l SET at = '2024-05-01 12:00:00';", ())


def test_where_times_are_kept_with_a_t_only_they_are_carried() -> None:
    kept = derive("UPDATE l SET at = '2024-05-01T12:00:00Z';", POSTGRES, context_of(ISO))
    assert (kept.sql, kept.marks) == ("UPDATE l SET at = '2024-05-01T12:00:00Z';", ())
    assert derive("UPDATE l SET at = '2024-05-01T12:00+02';", POSTGRES, context_of(ISO)).marks
