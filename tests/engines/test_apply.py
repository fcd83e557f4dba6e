"""A version is applied wholly, history row included, or not at all; on both engines."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mig_assist.backend import Backend
from mig_assist.engines.database import Database, DatabaseError, HistoryRow, Manner
from mig_assist.engines.libsql import open_libsql
from mig_assist.engines.postgres import open_postgres
from mig_assist.engines.scratch import scratch_url
from mig_assist.engines.statements import split_statements
from tests.engines.samples import BASELINE, fingerprint, many_kinds_of_change, script

ON_LIBSQL = pytest.mark.parametrize("backend", [Backend.LIBSQL], ids=str)
ON_POSTGRES = pytest.mark.parametrize("backend", [Backend.POSTGRES], ids=str)


def test_an_empty_database_has_no_history_and_no_tables(database: Database) -> None:
    assert database.history() == ()
    assert database.application_tables() == ()


def test_the_engine_tells_its_version(database: Database) -> None:
    major, minor, *_ = database.engine_version().split(".")
    assert int(major) >= 3
    assert int(minor) >= 0


def test_a_version_leaves_its_schema_its_rows_and_its_history_row(database: Database) -> None:
    before = int(time.time())
    database.apply(BASELINE)
    assert database.application_tables() == ("teams", "users")
    assert database.query("SELECT id, slug FROM teams ORDER BY id") == [(1, "100%"), (2, "a;b")]
    [row] = database.history()
    assert before <= row.applied_on <= int(time.time())
    assert row == HistoryRow(17, "baseline", row.applied_on, BASELINE.checksum)


def test_the_history_table_has_the_agreed_columns(database: Database) -> None:
    database.apply(BASELINE)
    if database.backend is Backend.LIBSQL:
        columns = database.query(
            "SELECT name, type FROM pragma_table_info('refinery_schema_history')"
        )
        number = "INTEGER"
    else:
        columns = database.query(
            "SELECT column_name, upper(data_type) FROM information_schema.columns"
            " WHERE table_name = 'refinery_schema_history' ORDER BY ordinal_position"
        )
        number = "BIGINT"
    assert columns == [
        ("version", number),
        ("name", "TEXT"),
        ("applied_on", number),
        ("checksum", "TEXT"),
    ]


class TestFaults:
    """The atomicity proof: whatever happens after whichever statement, nothing stays behind."""

    def test_a_fault_after_every_statement_leaves_nothing_and_a_retry_succeeds(
        self, database: Database
    ) -> None:
        migration = many_kinds_of_change(database.backend)
        database.apply(BASELINE)
        untouched = fingerprint(database)
        total = len(split_statements(migration.sql, database.backend))
        assert total > 9
        for completed in range(total + 1):
            with pytest.raises(DatabaseError, match=f"after {completed} of {total}"):
                database.apply(migration, fail_after=completed)
            assert fingerprint(database) == untouched
        database.apply(migration)
        assert [row.version for row in database.history()] == [17, 18]
        assert database.application_tables() == ("crews", "routes")
        assert database.query("SELECT * FROM crews") == [(1, "100%!", "100%!")]

    def test_the_first_version_takes_the_history_table_with_it(self, database: Database) -> None:
        untouched = fingerprint(database)
        for completed in range(4):
            with pytest.raises(DatabaseError):
                database.apply(BASELINE, fail_after=completed)
            assert fingerprint(database) == untouched
        database.apply(BASELINE)
        assert len(database.history()) == 1

    @pytest.mark.parametrize("completed", [-1, 4])
    def test_a_fault_that_would_never_come_is_an_error_of_the_caller(
        self, database: Database, completed: int
    ) -> None:
        with pytest.raises(ValueError, match="no fault point"):
            database.apply(BASELINE, fail_after=completed)
        assert database.history() == ()

    def test_a_statement_that_fails_takes_all_before_it_along(self, database: Database) -> None:
        database.apply(BASELINE)
        untouched = fingerprint(database)
        migration = script(
            "CREATE TABLE a (id INTEGER);\nINSERT INTO a VALUES (1);\n\n"
            "INSERT INTO teams (id, slug)\n    VALUES (3, 'a;b');\nDROP TABLE teams;",
            18,
            "doomed",
        )
        with pytest.raises(DatabaseError) as caught:
            database.apply(migration)
        assert fingerprint(database) == untouched
        error = caught.value
        assert error.title == f"V18 doomed failed on {database.backend.label}"
        assert "migrations/V18__doomed.sql:4: " in error.message
        assert "unique" in error.message.lower()
        assert "INSERT INTO teams (id, slug) VALUES (3, 'a;b')" in error.message
        assert "V18 is pending" in error.message
        assert error.fix
        assert error.statement is not None
        assert error.statement.line == 4
        assert error.sqlstate == ("23505" if database.backend is Backend.POSTGRES else None)

    def test_a_violation_that_shows_at_the_commit_is_reported(self, database: Database) -> None:
        migration = script(
            "CREATE TABLE p (id INTEGER PRIMARY KEY);"
            "CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p (id)"
            " DEFERRABLE INITIALLY DEFERRED);"
            "INSERT INTO c VALUES (1, 77);"
        )
        with pytest.raises(DatabaseError, match="commit: ") as caught:
            database.apply(migration)
        message = caught.value.message.lower()
        assert "foreign key" in message
        assert "row 1" in message or "(77)" in message
        assert database.history() == ()
        assert database.application_tables() == ()

    def test_a_version_that_history_has_is_not_run_again(self, database: Database) -> None:
        database.apply(BASELINE)
        untouched = fingerprint(database)
        with pytest.raises(DatabaseError, match="V17 baseline is in history already"):
            database.apply(BASELINE)
        assert fingerprint(database) == untouched


class TestTransactionOfTheVersion:
    @pytest.mark.parametrize("command", ["COMMIT", "BEGIN", "ROLLBACK", "END"])
    def test_a_script_that_handles_transactions_is_refused_before_anything_runs(
        self, database: Database, command: str
    ) -> None:
        migration = script(f"CREATE TABLE a (id INTEGER);\n{command};\nDROP TABLE a;")
        with pytest.raises(DatabaseError, match=r"V17__baseline.sql:2: .*transaction") as caught:
            database.apply(migration)
        assert "SAVEPOINT" in caught.value.fix
        assert database.history() == ()
        assert database.application_tables() == ()

    def test_savepoints_may_be_used(self, database: Database) -> None:
        database.apply(
            script(
                "CREATE TABLE a (id INTEGER); SAVEPOINT s; INSERT INTO a VALUES (1);"
                "ROLLBACK TO s; INSERT INTO a VALUES (2); RELEASE s; SELECT * FROM a;"
            )
        )
        assert database.query("SELECT id FROM a") == [(2,)]

    @pytest.mark.parametrize("sql", ["VACUUM", "PRAGMA journal_mode = wal"])
    @ON_LIBSQL
    def test_sqlite_says_what_cannot_run_inside_a_transaction(
        self, database: Database, sql: str
    ) -> None:
        database.apply(BASELINE)
        with pytest.raises(DatabaseError, match="within a transaction"):
            database.apply(script(sql, 18, "doomed"))
        assert [row.version for row in database.history()] == [17]

    @pytest.mark.parametrize(
        "sql", ["VACUUM", "CREATE INDEX CONCURRENTLY i ON a (id)", "CREATE DATABASE other"]
    )
    @ON_POSTGRES
    def test_postgresql_says_what_cannot_run_inside_a_transaction(
        self, database: Database, sql: str
    ) -> None:
        with pytest.raises(DatabaseError, match="transaction block") as caught:
            database.apply(script(f"CREATE TABLE a (id INT); {sql};"))
        assert caught.value.sqlstate == "25001"
        assert "one transaction" in caught.value.fix
        assert database.application_tables() == ()

    @ON_LIBSQL
    def test_another_file_cannot_be_attached(self, database: Database, tmp_path: Path) -> None:
        other = tmp_path / "other.db"
        with pytest.raises(DatabaseError, match="would not roll back"):
            database.apply(script(f"ATTACH '{other}' AS other"))
        assert not other.exists()

    @pytest.mark.parametrize(
        "sql", ["COPY a FROM STDIN", "copy a to stdout;", "COPY (TABLE a) TO STDOUT"]
    )
    @ON_POSTGRES
    def test_rows_cannot_come_from_the_client(self, database: Database, sql: str) -> None:
        with pytest.raises(DatabaseError, match="COPY"):
            database.apply(script(sql))
        database.apply(BASELINE)

    @pytest.mark.parametrize(
        "sql",
        [
            "INSERT OR ROLLBACK INTO teams (id, slug) VALUES (9, 'a;b')",
            "CREATE TABLE r (id INTEGER PRIMARY KEY ON CONFLICT ROLLBACK);"
            "INSERT INTO r VALUES (1); INSERT INTO r VALUES (1)",
            "CREATE TRIGGER t BEFORE DELETE ON teams BEGIN SELECT RAISE(ROLLBACK, 'no'); END;"
            "DELETE FROM teams",
        ],
    )
    @ON_LIBSQL
    def test_an_error_by_which_sqlite_itself_rolls_back_is_an_error_like_any_other(
        self, database: Database, sql: str
    ) -> None:
        database.apply(BASELINE)
        untouched = fingerprint(database)
        with pytest.raises(DatabaseError, match="V18 is pending"):
            database.apply(script(f"CREATE TABLE a (id); {sql}; SELECT 1", 18, "doomed"))
        assert fingerprint(database) == untouched
        database.apply(many_kinds_of_change(Backend.LIBSQL))

    @ON_POSTGRES
    def test_a_procedure_cannot_end_the_transaction(self, database: Database) -> None:
        with pytest.raises(DatabaseError, match="invalid transaction termination"):
            database.apply(script("DO $$ BEGIN COMMIT; END $$"))
        assert database.history() == ()


class TestScripts:
    def test_nothing_in_a_statement_is_taken_for_a_placeholder(self, database: Database) -> None:
        database.apply(script("CREATE TABLE a (t TEXT); INSERT INTO a VALUES ('%s %(x)s %% $1 ?')"))
        assert database.query("SELECT t FROM a") == [("%s %(x)s %% $1 ?",)]
        assert database.query("SELECT '%s'") == [("%s",)]

    def test_statements_that_yield_rows_are_run_to_their_end(self, database: Database) -> None:
        database.apply(
            script(
                "CREATE TABLE a (id INTEGER);"
                "INSERT INTO a VALUES (1), (2), (3) RETURNING id;"
                "SELECT * FROM a;"
                "WITH b AS (SELECT 4 AS id) INSERT INTO a SELECT id FROM b RETURNING id;"
            )
        )
        assert database.query("SELECT count(*) FROM a") == [(4,)]

    def test_an_error_that_shows_while_rows_are_read_is_found(self, database: Database) -> None:
        division = {
            Backend.LIBSQL: "SELECT abs(-9223372036854775807 - id) FROM a",
            Backend.POSTGRES: "SELECT 1 / (id - 1) FROM a",
        }[database.backend]
        with pytest.raises(DatabaseError, match="V17 is pending"):
            database.apply(
                script(f"CREATE TABLE a (id INTEGER); INSERT INTO a VALUES (0), (1); {division}")
            )
        assert database.application_tables() == ()

    def test_what_does_not_parse_is_reported_at_its_line(self, database: Database) -> None:
        with pytest.raises(DatabaseError, match=r"V17__baseline.sql:3: .*FORM"):
            database.apply(script("SELECT 1;\n\nSELECT 1 AS x FORM y;"))
        assert database.history() == ()

    @ON_POSTGRES
    def test_postgresql_names_the_line_within_the_statement(self, database: Database) -> None:
        with pytest.raises(DatabaseError, match=r"V17__baseline.sql:4: .*nowhere"):
            database.apply(script("SELECT 1;\nSELECT 'ü',\n  1,\n  nowhere\n;"))

    def test_control_characters_and_secrets_are_kept_out_of_errors(
        self, database: Database
    ) -> None:
        with pytest.raises(DatabaseError) as caught:
            database.apply(
                script("SELECT 1;\nSELECT * FROM \"\x1b[31m[/red]\" WHERE password = 'hunter2'")
            )
        assert "\x1b" not in str(caught.value)
        assert "[/red]" in caught.value.message
        assert "hunter2" not in str(caught.value)

    def test_what_a_migration_sets_for_its_session_ends_with_it(self, database: Database) -> None:
        setting = {
            Backend.LIBSQL: "PRAGMA legacy_alter_table = ON; PRAGMA recursive_triggers = OFF",
            Backend.POSTGRES: "CREATE SCHEMA other; SET search_path = other; SET ROLE pg_monitor;"
            " RESET ROLE; SET lock_timeout = '1s'",
        }[database.backend]
        before = _settings(database)
        database.apply(script(f"CREATE TEMPORARY TABLE scrap (id INTEGER); {setting}"))
        assert _settings(database) == before
        with pytest.raises(DatabaseError):
            database.query("SELECT * FROM scrap")
        assert [row.version for row in database.history()] == [17]

    def test_foreign_keys_are_enforced(self, database: Database) -> None:
        database.apply(BASELINE)
        with pytest.raises(DatabaseError):
            database.apply(
                script("INSERT INTO users (id, team_id, role) VALUES (1, 99, 'admin')", 18, "x")
            )
        database.execute("INSERT INTO users (id, team_id, role) VALUES (1, 1, 'admin')")
        assert database.execute("DELETE FROM teams WHERE id = 1") == 1
        assert database.query("SELECT count(*) FROM users") == [(0,)]

    @ON_POSTGRES
    def test_notices_and_warnings_are_handed_on(self, database: Database) -> None:
        heard: list[str] = []
        database.apply(
            script(
                "DO $$ BEGIN RAISE NOTICE 'hello'; RAISE WARNING E'[/red]\\x1b[31m\\n!'; END $$"
            ),
            on_event=heard.append,
        )
        assert heard == ["NOTICE: hello", "WARNING: [/red] !"]


def _settings(database: Database) -> list[list[tuple[object, ...]]]:
    names = {
        Backend.LIBSQL: ["PRAGMA legacy_alter_table", "PRAGMA recursive_triggers",
                         "PRAGMA foreign_keys"],
        Backend.POSTGRES: ["SHOW search_path", "SHOW lock_timeout", "SELECT current_user"],
    }[database.backend]  # fmt: skip
    return [database.query(name) for name in names]


class TestQueries:
    def test_parameters_are_values(self, database: Database) -> None:
        mark = "?" if database.backend is Backend.LIBSQL else "%s"
        database.execute("CREATE TABLE a (t TEXT)")
        assert database.execute(f"INSERT INTO a VALUES ({mark}), ({mark})", ("'; x", "%s")) == 2
        assert database.query(f"SELECT t FROM a WHERE t = {mark}", ("%s",)) == [("%s",)]
        assert database.execute("CREATE TABLE b (t TEXT)") == 0

    def test_an_error_names_the_statement(self, database: Database) -> None:
        with pytest.raises(DatabaseError, match="nowhere") as caught:
            database.execute("INSERT INTO nowhere VALUES (1)")
        assert caught.value.statement is not None
        assert "INSERT INTO nowhere" in caught.value.message
        assert database.query("SELECT 1") == [(1,)]

    @ON_LIBSQL
    def test_a_second_statement_is_refused_where_libsql_would_drop_it(
        self, database: Database
    ) -> None:
        with pytest.raises(DatabaseError, match="one statement at a time"):
            database.execute("CREATE TABLE a (id); CREATE TABLE b (id)")
        assert database.application_tables() == ()
        database.execute("CREATE TABLE a (t DEFAULT ';'); -- ;")

    @ON_LIBSQL
    def test_text_that_is_not_utf8_is_an_error(self, database: Database) -> None:
        with pytest.raises(DatabaseError, match="UTF-8"):
            database.query("SELECT CAST(x'ff' AS TEXT)")
        assert database.query("SELECT 1") == [(1,)]

    @ON_POSTGRES
    def test_tables_of_extensions_and_of_other_schemas_are_not_the_applications(
        self, database: Database
    ) -> None:
        database.execute("CREATE SCHEMA vendor")
        database.execute("CREATE TABLE vendor.a (id INT)")
        database.execute("CREATE TABLE part (id INT) PARTITION BY LIST (id)")
        database.execute("CREATE TEMPORARY TABLE t (id INT)")
        database.execute("CREATE VIEW v AS SELECT 1")
        assert database.application_tables() == ("part",)


class TestHistoriesOfOtherMakes:
    def test_refinerys_own_rows_can_be_read(self, database: Database) -> None:
        database.execute(
            "CREATE TABLE refinery_schema_history (version INT PRIMARY KEY,"
            " name VARCHAR(255), applied_on VARCHAR(255), checksum VARCHAR(255))"
        )
        database.execute(
            "INSERT INTO refinery_schema_history VALUES"
            " (1, 'init', '2024-05-01T12:00:00.123456789Z', '16512345678901234567'),"
            " (2, 'more', 'yesterday', NULL)"
        )
        assert database.history() == (
            HistoryRow(1, "init", 1_714_564_800, "16512345678901234567"),
            HistoryRow(2, "more", 0, ""),
        )


class TestWaiting:
    def test_a_writer_elsewhere_is_waited_for_and_named_on_libsql(self, tmp_path: Path) -> None:
        with open_libsql(tmp_path / "a.db") as writer, open_libsql(tmp_path / "a.db") as database:
            writer.execute("BEGIN IMMEDIATE")
            heard = _apply_until_told(database, release=lambda: writer.execute("COMMIT"))
            assert heard == ["another process is using a.db; waiting…"]
            assert len(database.history()) == 1

    def test_a_reader_elsewhere_only_delays_the_commit_on_libsql(self, tmp_path: Path) -> None:
        with open_libsql(tmp_path / "a.db") as reader, open_libsql(tmp_path / "a.db") as database:
            reader.execute("BEGIN")
            reader.query("SELECT * FROM sqlite_schema")
            _apply_until_told(database, release=lambda: reader.execute("COMMIT"))
            assert len(database.history()) == 1

    def test_a_lock_in_postgresql_is_waited_for_and_its_holder_named(
        self, postgres_url: str
    ) -> None:
        with (
            scratch_url(postgres_url) as url,
            open_postgres(url) as holder,
            open_postgres(url) as database,
        ):
            database.apply(BASELINE)
            holder.execute("BEGIN")
            holder.execute("UPDATE teams SET slug = 'mine' WHERE id = 1")
            [(process,)] = holder.query("SELECT pg_backend_pid()")
            heard = _apply_until_told(
                database,
                script("ALTER TABLE teams ADD COLUMN x INT", 18, "x"),
                release=lambda: holder.execute("COMMIT"),
            )
            assert heard[0].startswith(f"waiting for a lock that server process {process} holds")
            assert "idle in transaction" in heard[0]
            assert [row.version for row in database.history()] == [17, 18]


def _apply_until_told(
    database: Database,
    migration: object = BASELINE,
    *,
    release: Callable[[], object],
) -> list[str]:
    """Apply in a thread; once it says that it waits, let it go on."""
    heard: list[str] = []
    told = threading.Event()

    def on_event(event: str) -> None:
        heard.append(event)
        told.set()

    worker = threading.Thread(
        target=lambda: database.apply(migration, on_event=on_event)  # type: ignore[arg-type]
    )
    worker.start()
    assert told.wait(30)
    release()
    worker.join(30)
    assert not worker.is_alive()
    return heard


class TestTransactionsOfTheScripts:
    """A script that its runner runs without a transaction is one version all the same."""

    OWN = Manner(opens_transaction=False)
    SQL = "BEGIN;\nDELETE FROM teams;\nCOMMIT;\nINSERT INTO teams (id, slug) VALUES (5, 'e');\n"

    def test_a_fault_leaves_nothing_and_a_retry_succeeds(self, database: Database) -> None:
        database.apply(BASELINE)
        own = replace(script(self.SQL, 18, "own"), manner=self.OWN)
        untouched = fingerprint(database)
        for completed in range(3):
            with pytest.raises(DatabaseError, match=f"after {completed} of 2"):
                database.apply(own, fail_after=completed)
            assert fingerprint(database) == untouched
        database.apply(own)
        assert database.query("SELECT id FROM teams") == [(5,)]

    def test_a_transaction_that_nobody_ends_is_refused(self, database: Database) -> None:
        with pytest.raises(DatabaseError, match="not every BEGIN has its COMMIT"):
            database.apply(replace(script("BEGIN; SELECT 1"), manner=self.OWN))

    @ON_LIBSQL
    @pytest.mark.parametrize("keep", [True, False])
    def test_foreign_keys_are_off_for_the_script_alone(
        self, database: Database, *, keep: bool
    ) -> None:
        database.apply(BASELINE)
        database.execute("INSERT INTO users VALUES (1, 1, 'admin')")
        sql = f"PRAGMA foreign_keys = OFF;\n{self.SQL}"
        with database.transaction(replace(script(sql, 18, "own"), manner=self.OWN), keep=keep):
            assert database.query("SELECT team_id FROM users") == [(1,)]
            if not keep:
                assert database.query("PRAGMA foreign_keys") == [(1,)]
        assert database.query("PRAGMA foreign_keys") == [(1,)]
        assert database.query("SELECT count(*) FROM teams") == [(1 if keep else 2,)]
        assert [row.version for row in database.history()] == ([17, 18] if keep else [17])
