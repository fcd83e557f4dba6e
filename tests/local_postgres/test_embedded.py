"""The embedded PostgreSQL, from nothing to a server that answers, and what may stand in its way."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import psutil
import psycopg
import pytest

from mig_assist import local_postgres
from mig_assist.local_postgres import PostgresSettings, Source
from mig_assist.local_postgres.urls import parse_url
from tests.local_postgres.conftest import (
    PATIENCE_SECONDS,
    MakeRoot,
    answers,
    place_of,
    postmaster_of,
    silent_listener,
)


def port_of(url: str) -> int:
    port = parse_url(url).addresses[0][1]
    assert port is not None
    return port


def test_a_server_is_made_from_nothing_on_the_wished_port(
    root: Path, settings: PostgresSettings
) -> None:
    events: list[str] = []

    server = local_postgres.start(root, settings, events.append)

    assert server.source is Source.EMBEDDED
    assert server.version.startswith("18.")
    assert server.description == (
        f"embedded PostgreSQL {server.version} on 127.0.0.1:{settings.port}"
    )
    assert server.url.endswith(f"@127.0.0.1:{settings.port}/development")
    assert server.environment() == {
        "POSTGRES_URL": server.url,
        "TEST_POSTGRES_URL": server.test_url,
    }
    assert answers(server)
    assert events


def test_starting_again_finds_the_server_running(
    used_root: Path, settings: PostgresSettings
) -> None:
    assert local_postgres.running(used_root, settings) is None

    server = local_postgres.start(used_root, settings)
    process = postmaster_of(used_root)

    assert local_postgres.start(used_root, settings) == server
    assert local_postgres.running(used_root, settings) == server
    assert postmaster_of(used_root) == process


def test_stopping_is_idempotent_and_keeps_the_data(
    used_root: Path, settings: PostgresSettings
) -> None:
    server = local_postgres.start(used_root, settings)
    with psycopg.connect(server.url) as connection:
        connection.execute("DROP TABLE IF EXISTS kept")
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")

    assert local_postgres.stop(used_root, settings)
    assert not local_postgres.stop(used_root, settings)
    assert local_postgres.running(used_root, settings) is None

    server = local_postgres.start(used_root, settings)
    with psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_it_listens_on_the_loopback_only_and_asks_everybody_for_a_password(
    used_root: Path, settings: PostgresSettings
) -> None:
    server = local_postgres.start(used_root, settings)

    process = postmaster_of(used_root)
    listening = {
        connection.laddr.ip for connection in process.net_connections("inet") if connection.laddr
    }
    sockets = [c.laddr for c in process.net_connections("unix") if c.laddr]
    assert listening == {"127.0.0.1"}
    assert sockets == []
    with (
        pytest.raises(psycopg.OperationalError, match="password"),
        psycopg.connect(server.url.replace(parse_url(server.url).password, "wrong")),
    ):
        pass
    with psycopg.connect(server.url) as connection:
        stored = connection.execute(
            "SELECT rolpassword FROM pg_authid WHERE rolname = 'postgres'"
        ).fetchone()
    assert stored is not None
    assert stored[0].startswith("SCRAM-SHA-256$")


def test_only_its_owner_can_read_the_password(used_root: Path) -> None:
    place = place_of(used_root)

    assert stat.S_IMODE(place.state.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.data.stat().st_mode) == 0o700
    assert not list(place.folder.glob("password*"))


def test_the_server_outlives_the_process_and_the_group_that_started_it(
    used_root: Path, settings: PostgresSettings
) -> None:
    script = (
        "import sys; from pathlib import Path; from mig_assist import local_postgres as p;"
        "print(p.start(Path(sys.argv[1]),"
        " p.PostgresSettings(source=p.Source.EMBEDDED, port=int(sys.argv[2]))).url)"
    )
    completed = subprocess.run(
        [sys.executable, "-c", script, str(used_root), str(settings.port)],
        capture_output=True,
        text=True,
        check=True,
        start_new_session=True,
    )

    server = local_postgres.running(used_root, settings)

    assert server is not None
    assert completed.stdout.strip() == server.url
    assert os.getsid(postmaster_of(used_root).pid) != os.getsid(0)


def test_another_port_is_taken_where_something_silent_has_the_wished_one(
    used_root: Path, settings: PostgresSettings
) -> None:
    with silent_listener() as taken:
        server = local_postgres.start(used_root, replace(settings, port=taken))

        assert port_of(server.url) != taken
        assert answers(server)


def test_another_port_is_taken_where_another_postgresql_has_the_wished_one(
    used_root: Path, settings: PostgresSettings, postgres_url: str
) -> None:
    taken = port_of(postgres_url)

    server = local_postgres.start(used_root, replace(settings, port=taken))

    assert port_of(server.url) != taken
    assert answers(server)


def test_the_last_port_is_preferred_to_an_unknown_one(
    used_root: Path, settings: PostgresSettings
) -> None:
    last = port_of(local_postgres.start(used_root, settings).url)
    local_postgres.stop(used_root, settings)

    with silent_listener() as taken:
        server = local_postgres.start(used_root, replace(settings, port=taken))

    assert port_of(server.url) == last


def test_a_stranger_on_the_recorded_port_is_not_the_server(
    used_root: Path, settings: PostgresSettings
) -> None:
    local_postgres.start(used_root, settings)
    local_postgres.stop(used_root, settings)

    with silent_listener(settings.port):
        assert local_postgres.running(used_root, settings) is None


def test_a_copied_workspace_does_not_take_the_originals_server_for_its_own(
    make_root: MakeRoot, used_root: Path, settings: PostgresSettings
) -> None:
    original = local_postgres.start(used_root, settings)
    copy = make_root("copy")
    inside = copy / ".mig-assist" / "postgres"
    shutil.copytree(place_of(used_root).folder, inside)

    assert local_postgres.running(copy, settings) is None
    assert local_postgres.running(used_root, settings) == original


@pytest.mark.parametrize(
    "name",
    ['it\'s "quoted" in übung-データ', "$(touch pwned) `touch pwned` \\; & [red] %s $HOME"],
)
def test_any_name_of_a_folder_will_do(
    make_root: MakeRoot, settings: PostgresSettings, name: str
) -> None:
    root = make_root(name)
    if os.geteuid() == 0:  # so that the server's account can get there
        root.parent.chmod(0o755)

    server = local_postgres.start(root, settings)

    assert answers(server)
    assert place_of(root).folder == root.resolve() / ".mig-assist" / "postgres"
    assert not list(root.parent.rglob("pwned"))


def test_a_path_that_is_too_long_for_postgresql_will_do_too(
    make_root: MakeRoot, settings: PostgresSettings, shared_base: Path
) -> None:
    root = make_root("/".join(["d" * 200] * 5))

    server = local_postgres.start(root, settings)

    assert answers(server)
    assert place_of(root).folder.is_relative_to(shared_base)

    # Its data is elsewhere, so it does not end with the workspace, but with the next start.
    deserted, data = postmaster_of(root), place_of(root).data
    shutil.rmtree(root)
    local_postgres.start(make_root("/".join(["e" * 200] * 5)), settings)
    assert not deserted.is_running() or deserted.status() == psutil.STATUS_ZOMBIE
    assert data.exists()


def test_a_workspace_can_be_moved_while_its_server_runs(
    make_root: MakeRoot, settings: PostgresSettings
) -> None:
    root = make_root("before")
    if os.geteuid() == 0:
        root.parent.chmod(0o755)
    server = local_postgres.start(root, settings)

    moved = root.rename(make_root("after") / "moved")

    try:
        assert local_postgres.running(moved, settings) == server
        assert local_postgres.stop(moved, settings)
    finally:
        local_postgres.remove(moved)


def test_libpqs_own_variables_do_not_lead_astray(
    used_root: Path, settings: PostgresSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "PGHOST": "example.invalid",
        "PGPORT": "1",
        "PGUSER": "somebody",
        "PGPASSWORD": "wrong",
        "PGDATABASE": "nowhere",
        "PGDATA": "/nonexistent",
        "PGOPTIONS": "-c search_path=nowhere",
        "PGSSLMODE": "verify-full",
        "PGREQUIREAUTH": "none",
        "LC_ALL": "xx_XX",
    }.items():
        monkeypatch.setenv(name, value)

    server = local_postgres.start(used_root, settings)

    assert local_postgres.running(used_root, settings) == server


def test_an_exported_url_of_our_own_server_is_not_taken_for_the_users(
    used_root: Path, settings: PostgresSettings
) -> None:
    exported = local_postgres.start(used_root, settings)
    local_postgres.stop(used_root, settings)
    asked = PostgresSettings(url=exported.url, test_url=exported.test_url, port=settings.port)

    assert local_postgres.running(used_root, asked) is None
    assert local_postgres.start(used_root, asked) == exported
    local_postgres.require_own(used_root, asked)


def test_reset_deletes_the_data_and_keeps_the_url_and_remove_leaves_nothing(
    root: Path, settings: PostgresSettings
) -> None:
    before = local_postgres.start(root, settings)
    with psycopg.connect(before.url) as connection:
        connection.execute("CREATE TABLE gone (id int)")

    after = local_postgres.reset(root, settings)

    assert after == before
    with psycopg.connect(after.url) as connection:
        assert connection.execute("SELECT to_regclass('gone')").fetchone() == (None,)

    process, folder = postmaster_of(root), place_of(root).folder
    local_postgres.remove(root)

    assert not folder.exists()
    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_the_log_can_be_read_from_its_end(used_root: Path, settings: PostgresSettings) -> None:
    local_postgres.start(used_root, settings)
    assert "ready to accept connections" in local_postgres.log_text(used_root, 1)

    local_postgres.stop(used_root, settings)

    assert "database system is shut down" in local_postgres.log_text(used_root, 1)
    assert len(local_postgres.log_text(used_root, 3).splitlines()) == 3


def test_watching_a_server_ends_with_it(used_root: Path, settings: PostgresSettings) -> None:
    server = local_postgres.start(used_root, settings)
    seen: list[str] = []
    watcher = threading.Thread(
        target=lambda: seen.extend(local_postgres.watch(used_root, settings, server))
    )
    watcher.start()
    with psycopg.connect(server.url, autocommit=True) as connection:
        while not seen:  # until the watcher has begun, it does not see what is logged
            connection.execute("DO $$ BEGIN RAISE LOG 'a line for the watcher'; END $$")

    local_postgres.stop(used_root, settings)
    watcher.join(PATIENCE_SECONDS)

    assert not watcher.is_alive()
    assert any("a line for the watcher" in line for line in seen)
    assert "database system is shut down" in seen[-1]


def test_the_log_masks_secrets(used_root: Path, settings: PostgresSettings) -> None:
    server = local_postgres.start(used_root, settings)
    password = parse_url(server.url).password
    with (
        psycopg.connect(server.url) as connection,
        pytest.raises(psycopg.errors.UndefinedObject),
    ):
        connection.execute(f"ALTER ROLE nobody_at_all PASSWORD '{password}'".encode())

    text = local_postgres.log_text(used_root)

    assert "nobody_at_all" in text
    assert password not in text
