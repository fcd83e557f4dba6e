"""`mig-assist postgres`, as a shell and a supervisor see it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier, Literal

from mig_assist import local_postgres
from mig_assist.local_postgres.cluster import find_postmaster
from tests.local_postgres.conftest import place_of, postmaster_of, wait_until
from tests.postgres_fixtures import free_port
from tests.require import require

COMMAND = [sys.executable, "-m", "mig_assist", "postgres"]


def configure(root: Path, **settings: object) -> None:
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    (root / "mig-assist.toml").write_text("\n".join(["[postgres]", *lines, ""]))


@pytest.fixture(scope="module")
def _workspace(_used_root: Path) -> Path:
    (_used_root / "migrations" / "postgres").mkdir(parents=True)
    for folder in ("migrations", "migrations/postgres"):
        (_used_root / folder / "V17__baseline.sql").write_text("CREATE TABLE a (id TEXT);\n")
    return _used_root


@pytest.fixture
def workspace(_workspace: Path, used_root: Path) -> Path:
    """A workspace whose server has been made and is stopped."""
    configure(used_root, port=free_port())
    return used_root


def mig_assist(
    root: Path, *arguments: str, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=root,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_start_status_env_logs_stop(workspace: Path) -> None:
    before = mig_assist(workspace, "status")
    assert before.returncode == 3
    assert before.stdout == "PostgreSQL is not running.\n"
    assert json.loads(mig_assist(workspace, "status", "--json").stdout) == {
        "schema": 1,
        "running": False,
        "source": None,
        "version": None,
        "url": None,
        "test_url": None,
        "description": None,
    }
    assert mig_assist(workspace, "env").returncode == 3

    started = mig_assist(workspace, "start")
    assert started.returncode == 0
    assert started.stdout.startswith("embedded PostgreSQL 18.")
    assert "POSTGRES_URL=postgresql://postgres:•••@127.0.0.1:" in started.stdout

    status = mig_assist(workspace, "status", "--json")
    assert status.returncode == 0
    told = json.loads(status.stdout)
    assert (told["running"], told["source"]) == (True, "embedded")
    assert ":•••@" in told["url"]

    asked = json.loads(mig_assist(workspace, "env", "--format", "json").stdout)
    with psycopg.connect(asked["environment"]["POSTGRES_URL"]) as connection:
        assert connection.info.dbname == "development"
    with psycopg.connect(asked["environment"]["TEST_POSTGRES_URL"]) as connection:
        assert connection.info.dbname == "test"

    logs = mig_assist(workspace, "logs", "-n", "1")
    assert len(logs.stdout.splitlines()) == 1
    assert "ready to accept connections" in logs.stdout

    assert mig_assist(workspace, "stop").returncode == 0
    again = mig_assist(workspace, "stop")
    assert (again.returncode, again.stdout) == (0, "")


def test_env_is_quoted_for_the_shell_whatever_the_password(
    workspace: Path, postgres_url: str
) -> None:
    shell = require(shutil.which("sh"), "sh")
    password = 'it\'s $HOME `id` "x"'
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(SQL("DROP ROLE IF EXISTS {}").format(Identifier("quoted")))
        connection.execute(
            SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(Identifier("quoted"), Literal(password))
        )
    address = postgres_url.rpartition("@")[2]
    url = f'postgresql://quoted:it\'s%20$HOME%20`id`%20"x"@{address}'

    exports = mig_assist(workspace, "env", env={"POSTGRES_URL": url})
    seen = subprocess.run(
        [shell, "-c", f'{exports.stdout}\nprintf "%s\\n%s" "$POSTGRES_URL" "$TEST_POSTGRES_URL"'],
        capture_output=True,
        text=True,
        check=True,
    )

    assert exports.returncode == 0
    assert seen.stdout == f"{url}\n{url}"
    assert "the same database" in exports.stderr


def test_reset_asks_first_and_without_a_terminal_wants_a_flag(workspace: Path) -> None:
    mig_assist(workspace, "start")
    process = postmaster_of(workspace)

    refused = mig_assist(workspace, "reset")

    assert refused.returncode == 2
    assert "--yes" in refused.stderr
    assert postmaster_of(workspace) == process

    assert mig_assist(workspace, "reset", "--yes").returncode == 0
    assert postmaster_of(workspace) != process


def test_a_given_server_is_shown_and_never_reset(workspace: Path, postgres_url: str) -> None:
    given = {"POSTGRES_URL": postgres_url}

    assert mig_assist(workspace, "start", env=given).stdout.startswith("given PostgreSQL 18.")
    refused = mig_assist(workspace, "reset", "--yes", env=given)

    assert refused.returncode == 2
    assert "given URL" in refused.stderr


@pytest.mark.parametrize(
    ("url", "status", "told"),
    [
        ("postgresql://me:hunter2@db.example.com/x", 2, "--allow-remote"),
        ("postgresql://me:hunter2@local host:x/", 2, "Not a PostgreSQL URL"),
        ("postgresql://me:hunter2@127.0.0.1:1/x", 3, "No PostgreSQL answers"),
    ],
)
def test_a_url_that_will_not_do_ends_with_the_right_status(
    workspace: Path, url: str, status: int, told: str
) -> None:
    ended = mig_assist(workspace, "start", env={"POSTGRES_URL": url})

    assert ended.returncode == status
    assert told in ended.stderr
    assert "hunter2" not in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_absent_docker_is_named(workspace: Path) -> None:
    configure(workspace, source="docker")

    ended = mig_assist(workspace, "start", env={"DOCKER_HOST": "unix:///nonexistent.sock"})

    assert ended.returncode == 3
    assert "Docker does not answer" in ended.stderr


def test_a_workspace_without_a_log_says_so(tmp_path: Path, workspace: Path) -> None:
    root = tmp_path / "other"
    shutil.copytree(workspace / "migrations", root / "migrations")

    ended = mig_assist(root, "logs")

    assert (ended.returncode, ended.stdout) == (0, "")
    assert "There is no log" in ended.stderr


def run_in_foreground(root: Path, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """`postgres run`, once it is ready."""
    supervised = subprocess.Popen(
        [*COMMAND, "run"],
        cwd=root,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert supervised.stdout is not None
    while (line := supervised.stdout.readline()) != "ready\n":
        assert line, "it ended before it was ready"
    return supervised


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 130), (signal.SIGHUP, 0)]
)
def test_run_stops_the_server_when_the_supervisor_says_so(
    workspace: Path, number: signal.Signals, status: int
) -> None:
    supervised = run_in_foreground(workspace)
    assert find_postmaster(place_of(workspace)) is not None

    supervised.send_signal(number)
    _, errors = supervised.communicate()

    assert supervised.returncode == status
    assert "PostgreSQL is stopped." in errors
    assert find_postmaster(place_of(workspace)) is None


def test_run_shows_the_log_and_ends_with_a_reason_when_the_server_is_killed(
    workspace: Path,
) -> None:
    supervised = run_in_foreground(workspace)
    assert supervised.stdout is not None
    url = json.loads(mig_assist(workspace, "env", "--json").stdout)["environment"]["POSTGRES_URL"]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DO $$ BEGIN RAISE LOG 'a line for the supervisor'; END $$")
    postmaster_of(workspace).kill()

    output, errors = supervised.communicate()

    assert supervised.returncode == 3
    assert "PostgreSQL has ended" in errors
    assert "a line for the supervisor" in output + errors


def test_run_leaves_a_given_server_running(workspace: Path, postgres_url: str) -> None:
    supervised = run_in_foreground(workspace, {"POSTGRES_URL": postgres_url})

    supervised.terminate()
    _, errors = supervised.communicate()

    assert (supervised.returncode, errors) == (0, "")
    with psycopg.connect(postgres_url) as connection:
        connection.execute("SELECT 1")


def test_a_signal_during_the_start_leaves_no_server_behind(workspace: Path, tmp_path: Path) -> None:
    configure(workspace, start_task="slow")
    begun = tmp_path / "begun"
    script = f"import pathlib, time; pathlib.Path({str(begun)!r}).touch(); time.sleep(600)"
    with (workspace / "mig-assist.toml").open("a") as file:
        file.write(f"[commands]\nslow = {json.dumps([sys.executable, '-c', script])}\n")
    supervised = subprocess.Popen(
        [*COMMAND, "run"],
        cwd=workspace,
        env={**os.environ, "PATH": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_until(begun.exists)

    supervised.terminate()
    supervised.communicate()

    assert supervised.returncode == 0
    assert local_postgres.running(workspace, local_postgres.PostgresSettings()) is None
