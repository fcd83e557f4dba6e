"""Two real runners at once on one database, and runners that are killed or interrupted."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mig_assist.backend import Backend
from mig_assist.engines.database import Database
from mig_assist.engines.libsql import open_libsql
from mig_assist.engines.postgres import open_postgres
from mig_assist.engines.scratch import scratch_url
from tests.engines.commands import begin_migrate, migrate, read_until
from tests.engines.samples import BASELINE, script, write_workspace

ROUTES = script("CREATE TABLE routes (id INTEGER);", 18, "routes")


@contextmanager
def place(backend: Backend, server_url: str | None, folder: Path) -> Iterator[str]:
    """Where an empty database is, as ``--database`` takes it."""
    if server_url is None:
        yield str(folder / "gateway.db")
    else:
        with scratch_url(server_url) as url:
            yield url


def open_at(backend: Backend, place: str) -> Database:
    return open_libsql(Path(place)) if backend is Backend.LIBSQL else open_postgres(place)


def test_one_applies_and_the_other_waits_says_so_and_finds_nothing_to_do(
    backend: Backend, server_url: str | None, tmp_path: Path
) -> None:
    root = write_workspace(tmp_path, BASELINE, ROUTES)
    with place(backend, server_url, tmp_path) as where, open_at(backend, where) as database:
        arguments = ("--backend", str(backend), "--apply", "--database", where)
        with database.runner_lock():
            runners = [begin_migrate(root, *arguments) for _ in range(2)]
            for runner in runners:
                read_until(runner, "another runner holds the lock; waiting…")
        answers = sorted(runner.communicate(timeout=60) for runner in runners)

        assert [runner.returncode for runner in runners] == [0, 0]
        (idle, said), (busy, _) = answers
        assert idle == ""
        assert "Nothing is pending." in said
        assert busy == "applied V17 baseline\napplied V18 routes\n"
        assert [row.version for row in database.history()] == [17, 18]


def test_many_runners_without_any_order_apply_each_version_once(
    backend: Backend, server_url: str | None, tmp_path: Path
) -> None:
    root = write_workspace(tmp_path, BASELINE, ROUTES)
    with place(backend, server_url, tmp_path) as where:
        arguments = ("--backend", str(backend), "--apply", "--database", where)
        runners = [begin_migrate(root, *arguments) for _ in range(4)]
        answers = sorted(runner.communicate(timeout=60)[0] for runner in runners)
        assert [runner.returncode for runner in runners] == [0] * 4
        assert answers == ["", "", "", "applied V17 baseline\napplied V18 routes\n"]


def test_a_runner_that_is_killed_in_the_middle_leaves_nothing_on_libsql(tmp_path: Path) -> None:
    endless = (
        "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n;"
    )
    write_workspace(tmp_path, BASELINE)
    path = tmp_path / "gateway.db"
    arguments = ("--backend", "libsql", "--apply", "--database", str(path))
    assert migrate(tmp_path, *arguments).returncode == 0

    write_workspace(tmp_path, BASELINE, script(ROUTES.sql + endless, 18, "routes"))
    with begin_migrate(tmp_path, *arguments) as runner:
        _until_exists(Path(f"{path}-journal"))
        runner.kill()

    with open_libsql(path) as database:
        assert [row.version for row in database.history()] == [17]
        assert database.application_tables() == ("teams", "users")
    write_workspace(tmp_path, BASELINE, ROUTES)
    assert migrate(tmp_path, *arguments).stdout == "applied V18 routes\n"


def _until_exists(path: Path) -> None:
    """SQLite creates its journal when a transaction first writes."""
    deadline = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < deadline, f"{path.name} never appeared"


def test_an_interrupt_in_the_middle_rolls_back_and_exits_with_130(
    postgres_url: str, tmp_path: Path
) -> None:
    slow = script(
        "CREATE TABLE a (id INT);"
        "DO $$ BEGIN RAISE NOTICE 'in the middle'; PERFORM pg_sleep(600); END $$;"
    )
    root = write_workspace(tmp_path, slow)
    with scratch_url(postgres_url) as url, open_postgres(url) as database:
        with begin_migrate(root, "--backend", "postgres", "--apply", POSTGRES_URL=url) as runner:
            read_until(runner, "in the middle")
            runner.send_signal(signal.SIGINT)
            output, errors = runner.communicate(timeout=60)
        assert (runner.returncode, output) == (130, "")
        assert "Traceback" not in errors
        assert database.application_tables() == ()
        assert database.history() == ()
