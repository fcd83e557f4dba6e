"""Servers that were killed, records that were damaged, folders that are not what they should be."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from mig_assist import local_postgres
from mig_assist.errors import EnvironmentLacks
from mig_assist.local_postgres import PostgresSettings
from mig_assist.local_postgres.cluster import find_postmaster
from tests.local_postgres.conftest import (
    MakeRoot,
    answers,
    place_of,
    postmaster_of,
    wait_until,
)
from tests.require import require
from tests.shared_ground.unprivileged import Unprivileged

START = (
    "import sys; from pathlib import Path; from mig_assist import local_postgres as p;"
    "print(p.start(Path(sys.argv[1]),"
    " p.PostgresSettings(source=p.Source.EMBEDDED, port=int(sys.argv[2]))).url)"
)


def start_elsewhere(root: Path, settings: PostgresSettings) -> subprocess.Popen[str]:
    """`start` in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", START, str(root), str(settings.port)],
        stdout=subprocess.PIPE,
        text=True,
    )


def kill_server(root: Path) -> None:
    process = postmaster_of(root)
    process.kill()
    wait_until(lambda: find_postmaster(place_of(root)) is None)


def keep_a_row(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("DROP TABLE IF EXISTS kept")
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")


def kept_row(url: str) -> object:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT answer FROM kept").fetchone()


def test_a_killed_server_is_started_again_with_what_was_committed(
    used_root: Path, settings: PostgresSettings
) -> None:
    server = local_postgres.start(used_root, settings)
    keep_a_row(server.url)
    kill_server(used_root)
    assert (place_of(used_root).data / "postmaster.pid").exists()
    assert local_postgres.running(used_root, settings) is None

    again = local_postgres.start(used_root, settings)

    assert kept_row(again.url) == (42,)


def test_a_session_that_hangs_on_after_a_killed_server_is_ended(
    used_root: Path, settings: PostgresSettings
) -> None:
    server = local_postgres.start(used_root, settings)
    with psycopg.connect(server.url) as connection:
        session = psutil.Process(connection.info.backend_pid)
        session.suspend()
        kill_server(used_root)

        again = local_postgres.start(used_root, settings)

    assert answers(again)
    assert not session.is_running() or session.status() == psutil.STATUS_ZOMBIE


def test_a_stale_pid_file_whose_number_another_process_has_by_now_does_no_harm(
    used_root: Path, settings: PostgresSettings
) -> None:
    pid_file = place_of(used_root).data / "postmaster.pid"
    with subprocess.Popen(["sleep", "600"]) as stranger:
        try:
            pid_file.write_text(f"{stranger.pid}\n{pid_file.parent}\n0\n{settings.port}\n\n\n")
            assert local_postgres.running(used_root, settings) is None
            assert not local_postgres.stop(used_root, settings)

            assert answers(local_postgres.start(used_root, settings))
            assert stranger.poll() is None
        finally:
            stranger.kill()


@pytest.mark.parametrize("content", [b"", b"not a number\n", b"\xff\xfe"])
def test_a_damaged_pid_file_does_no_harm(
    used_root: Path, settings: PostgresSettings, content: bytes
) -> None:
    (place_of(used_root).data / "postmaster.pid").write_bytes(content)

    assert local_postgres.running(used_root, settings) is None
    assert answers(local_postgres.start(used_root, settings))


def test_a_start_killed_in_the_middle_of_initdb_is_begun_anew(
    root: Path, settings: PostgresSettings
) -> None:
    inside, outside = root / ".mig-assist" / "postgres", Path("/var/lib/mig-assist")
    killed = start_elsewhere(root, settings)
    wait_until(
        lambda: any(
            (folder / "base").exists()
            for parent in (inside, *outside.glob("*"))
            for folder in parent.glob(f"data.new-{killed.pid}")
        )
    )
    killed.kill()
    killed.communicate()
    assert local_postgres.running(root, settings) is None

    server = local_postgres.start(root, settings)

    assert answers(server)
    assert not list(place_of(root).folder.glob("*.new-*"))


def test_two_that_start_at_once_get_one_server(root: Path, settings: PostgresSettings) -> None:
    starters = [start_elsewhere(root, settings) for _ in range(3)]

    urls = {starter.communicate()[0].strip() for starter in starters}

    server = local_postgres.running(root, settings)
    assert server is not None
    assert urls == {server.url}
    assert [starter.returncode for starter in starters] == [0, 0, 0]


@pytest.mark.parametrize("running", [False, True], ids=["stopped", "running"])
@pytest.mark.parametrize(
    "content",
    ["", "{", '{"port": "x", "password": 1, "data": null, "pid": 1}', None],
    ids=["empty", "torn", "nonsense", "absent"],
)
def test_a_lost_record_is_mended_and_no_data_is_lost(
    used_root: Path, settings: PostgresSettings, running: bool, content: str | None
) -> None:
    server = local_postgres.start(used_root, settings)
    keep_a_row(server.url)
    if not running:
        local_postgres.stop(used_root, settings)
    state = place_of(used_root).state
    state.unlink()
    if content is not None:
        state.write_text(content)
    assert local_postgres.running(used_root, settings) is None
    events: list[str] = []

    again = local_postgres.start(used_root, settings, events.append)

    assert kept_row(again.url) == (42,)
    assert any("password" in event for event in events)
    assert local_postgres.running(used_root, settings) == again


def test_a_record_with_a_wrong_password_is_mended(
    used_root: Path, settings: PostgresSettings
) -> None:
    keep_a_row(local_postgres.start(used_root, settings).url)
    state = place_of(used_root).state
    state.write_text(json.dumps({**json.loads(state.read_text()), "password": "wrong"}))

    assert kept_row(local_postgres.start(used_root, settings).url) == (42,)


def test_a_data_folder_of_another_version_is_named_and_can_be_reset(
    used_root: Path, settings: PostgresSettings
) -> None:
    marker = place_of(used_root).data / "PG_VERSION"
    marker.write_text("16\n")
    with pytest.raises(EnvironmentLacks, match="PostgreSQL 16") as raised:
        local_postgres.start(used_root, settings)
    assert raised.value.exit_code == 3
    assert "mig-assist postgres reset" in raised.value.fix

    marker.unlink()
    with pytest.raises(EnvironmentLacks, match="no PostgreSQL"):
        local_postgres.start(used_root, settings)

    assert answers(local_postgres.reset(used_root, settings))


def test_a_database_that_was_dropped_comes_back_with_the_next_start(
    used_root: Path, settings: PostgresSettings
) -> None:
    server = local_postgres.start(used_root, settings)
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("DROP DATABASE test WITH (FORCE)")

    assert answers(local_postgres.start(used_root, settings))


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[None]:
    require(os.geteuid() == 0, "root, to mount a small disk")
    mount = require(shutil.which("mount"), "mount (apt-get install mount)")
    options = f"size={megabytes}m,mode=755"
    subprocess.run([mount, "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill_up(path: Path) -> None:
    with suppress(OSError), path.open("wb", buffering=0) as file:
        while file.write(bytes(65536)):
            pass


def test_a_disk_too_small_for_a_data_folder_is_named_and_left_clean(
    shared_base: Path, make_root: MakeRoot, settings: PostgresSettings
) -> None:
    root = make_root()
    with small_disk(shared_base, 8):
        with pytest.raises(EnvironmentLacks, match="The disk is full") as raised:
            local_postgres.start(root, settings)

        assert raised.value.exit_code == 3
        assert not place_of(root).data.exists()
        assert not list(place_of(root).folder.glob("*.new-*"))


def test_a_disk_that_fills_up_is_named_and_room_on_it_mends_everything(
    shared_base: Path, make_root: MakeRoot, settings: PostgresSettings
) -> None:
    root = make_root()
    with small_disk(shared_base, 96):
        server = local_postgres.start(root, settings)
        keep_a_row(server.url)
        ballast = shared_base / "ballast"
        fill_up(ballast)
        with psycopg.connect(server.url) as connection, pytest.raises(psycopg.Error):
            connection.execute("CREATE TABLE big AS SELECT generate_series(1, 1000000)")
        kill_server(root)

        with pytest.raises(EnvironmentLacks, match="The disk is full"):
            local_postgres.start(root, settings)

        ballast.unlink()
        assert kept_row(local_postgres.start(root, settings).url) == (42,)
        local_postgres.stop(root, settings)


def test_an_ordinary_users_server_lives_in_the_workspace(
    unprivileged: Unprivileged, settings: PostgresSettings
) -> None:
    with unprivileged.user():
        try:
            server = local_postgres.start(unprivileged.folder, settings)

            assert answers(server)
            assert postmaster_of(unprivileged.folder).uids().real == os.geteuid()
            place = place_of(unprivileged.folder)
            assert place.folder == unprivileged.folder.resolve() / ".mig-assist" / "postgres"
        finally:
            local_postgres.remove(unprivileged.folder)


def test_a_workspace_that_cannot_be_written_is_named(
    unprivileged: Unprivileged, settings: PostgresSettings
) -> None:
    unprivileged.folder.chmod(0o500)

    with unprivileged.user(), pytest.raises(EnvironmentLacks, match="cannot be written") as raised:
        local_postgres.start(unprivileged.folder, settings)

    assert raised.value.exit_code == 3


def test_a_server_of_another_users_is_named(
    unprivileged: Unprivileged, settings: PostgresSettings
) -> None:
    require(os.geteuid() == 0, "root, to act as two users")
    root = unprivileged.folder
    root.chmod(0o755)
    try:
        local_postgres.start(root, settings)

        with unprivileged.user():
            assert local_postgres.running(root, settings) is None
            with pytest.raises(EnvironmentLacks, match="cannot be"):
                local_postgres.start(root, settings)
    finally:
        local_postgres.remove(root)


def test_a_server_that_ignores_everything_is_stopped_all_the_same(
    used_root: Path, settings: PostgresSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mig_assist.local_postgres.cluster._STOP_SECONDS", 0.1)
    local_postgres.start(used_root, settings)
    process = postmaster_of(used_root)
    process.send_signal(signal.SIGSTOP)

    assert local_postgres.stop(used_root, settings)

    assert find_postmaster(place_of(used_root)) is None
    assert answers(local_postgres.start(used_root, settings))


def test_a_data_folder_that_was_copied_by_another_user_is_named_as_that(
    root: Path, settings: PostgresSettings
) -> None:
    require(os.geteuid() == 0, "root, to give a folder away")
    local_postgres.start(root, settings)
    local_postgres.stop(root, settings)
    data = place_of(root).data
    owner = data.stat()
    for path in (data, *data.rglob("*")):
        os.chown(path, 0, 0)
    with pytest.raises(EnvironmentLacks) as caught:
        local_postgres.start(root, settings)
    assert caught.value.title == "PostgreSQL's data belongs to another user"
    assert f"chown -R {owner.st_uid}:{owner.st_gid} '{data}'" in caught.value.fix
    for path in (data, *data.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid)
    assert answers(local_postgres.start(root, settings))
