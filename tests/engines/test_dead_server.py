"""A server that goes away is named, and leaves nothing half done."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from mig_assist.engines.database import DatabaseUnavailable
from mig_assist.engines.postgres import open_postgres
from mig_assist.engines.runner import apply_pending
from mig_assist.engines.scratch import scratch_url
from mig_assist.errors import WrongUse
from mig_assist.local_postgres import PostgresSettings, Source, remove, start
from mig_assist.local_postgres.urls import parse_url, with_database
from tests.engines.samples import BASELINE, script

SLOW = script(
    """
    CREATE TABLE routes (id INTEGER);
    DO $$ BEGIN
        RAISE NOTICE 'in the middle';
        PERFORM pg_sleep(600);
    END $$;
    """,
    18,
    "slow",
)
SETTINGS = PostgresSettings(source=Source.EMBEDDED)


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """A folder with a server of its own, which a test may kill."""
    yield tmp_path
    remove(tmp_path)


def test_a_server_that_is_killed_in_the_middle_keeps_nothing_and_a_retry_succeeds(
    root: Path,
) -> None:
    server = start(root, SETTINGS)
    with open_postgres(server.url) as database:
        apply_pending(database, (BASELINE,), baseline=17)
        [(pid_file,)] = database.query("SELECT pg_read_file('postmaster.pid')")
        postmaster = int(str(pid_file).split()[0])

        def kill(event: str) -> None:
            assert event == "NOTICE: in the middle"
            os.kill(postmaster, signal.SIGKILL)

        with pytest.raises(DatabaseUnavailable) as caught:
            apply_pending(database, (BASELINE, SLOW), baseline=17, on_event=kill)
        with pytest.raises(DatabaseUnavailable):
            database.history()
        with pytest.raises(DatabaseUnavailable):
            database.apply(SLOW)

    error = caught.value
    assert error.exit_code == 3
    assert error.title == "V18 slow failed on PostgreSQL"
    assert "migrations/V18__slow.sql:3: The server ended the connection." in error.message
    assert "V18 is pending" in error.message
    assert "mig-assist postgres logs" in error.fix

    with open_postgres(start(root, SETTINGS).url) as database:
        assert [row.version for row in database.history()] == [17]
        assert database.application_tables() == ("teams", "users")
        quick = script("CREATE TABLE routes (id INTEGER);", 18, "slow")
        assert apply_pending(database, (BASELINE, quick), baseline=17) == (quick,)


def test_a_connection_that_ends_at_the_commit_leaves_the_outcome_open(postgres_url: str) -> None:
    """Only the history can tell then, so that is what the error says."""
    with scratch_url(postgres_url) as url, open_postgres(url) as database:
        ends_itself = script(
            """
            CREATE TABLE a (id INTEGER);
            CREATE FUNCTION end_session() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                PERFORM pg_terminate_backend(pg_backend_pid());
                PERFORM pg_sleep(600);
                RETURN NULL;
            END $$;
            CREATE CONSTRAINT TRIGGER t AFTER INSERT ON a DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION end_session();
            INSERT INTO a VALUES (1);
            """
        )
        with pytest.raises(DatabaseUnavailable, match="committed is unknown") as caught:
            database.apply(ends_itself)
        assert "commit: The server ended the connection." in caught.value.message
        with open_postgres(url) as another:
            assert another.history() == ()


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
        url = f"postgresql://someone:hunter2@127.0.0.1:{taken.getsockname()[1]}/gateway"
        with pytest.raises(DatabaseUnavailable, match="refused") as caught:
            open_postgres(url)
    assert "127.0.0.1" in caught.value.message
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["", "gateway.db", "postgresql://h:port/x", "mysql://h/x", "postgresql://h/x?colour=red"],
)
def test_what_is_no_url_is_wrong_use(url: str) -> None:
    with pytest.raises(WrongUse):
        open_postgres(url)


def test_a_wrong_password_and_a_missing_database_are_said(postgres_url: str) -> None:
    with pytest.raises(DatabaseUnavailable, match="password authentication failed"):
        open_postgres(replace_password(postgres_url, "wrong"))
    with pytest.raises(DatabaseUnavailable, match="does not exist"):
        open_postgres(with_database(postgres_url, "nowhere"))


def replace_password(url: str, password: str) -> str:
    right = parse_url(url).password
    return url.replace(f":{right}@", f":{password}@")
