"""The workspace's own task that starts its PostgreSQL."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from mig_assist import local_postgres
from mig_assist.errors import EnvironmentLacks, WrongUse
from mig_assist.local_postgres import PostgresSettings, Source
from tests.local_postgres.conftest import MakeRoot
from tests.postgres_fixtures import free_port

START = (
    "import sys; from pathlib import Path; from mig_assist import local_postgres as p;"
    "s = p.start(Path(sys.argv[1]), p.PostgresSettings(port=int(sys.argv[2]),"
    " start_task=tuple(sys.argv[3:]) or None));"
    "print('the task started', s.source)"
)


def test_the_task_is_run_and_its_server_used(
    used_root: Path, make_root: MakeRoot, settings: PostgresSettings
) -> None:
    theirs = local_postgres.start(used_root, settings)
    local_postgres.stop(used_root, settings)
    task = (sys.executable, "-c", START, str(used_root), str(settings.port))
    asked = PostgresSettings(url=theirs.url, start_task=task)
    root, events = make_root(), list[str]()
    assert local_postgres.running(root, asked) is None

    server = local_postgres.start(root, asked, events.append)

    assert server.source is Source.TASK
    assert server.url == theirs.url
    assert "the task started embedded" in events
    assert local_postgres.running(root, replace(asked, source=Source.TASK)) == server


def test_the_task_is_not_run_where_the_server_answers_already(
    root: Path, postgres_url: str
) -> None:
    asked = PostgresSettings(url=postgres_url, start_task=("false",))

    assert local_postgres.start(root, asked).source is Source.URL


def test_a_task_that_asks_us_to_start_does_not_run_in_circles(
    used_root: Path, settings: PostgresSettings
) -> None:
    port = str(settings.port)
    inner = (sys.executable, "-c", START, str(used_root), port)
    task = (*inner, *inner)
    asked = replace(settings, source=None, start_task=task)

    server = local_postgres.start(used_root, asked)

    assert server.source is Source.EMBEDDED
    assert local_postgres.running(used_root, asked) == server


def test_a_task_that_fails_is_named_with_its_last_words(root: Path) -> None:
    script = "print('password=hunter2 is wrong'); raise SystemExit(7)"
    asked = PostgresSettings(start_task=(sys.executable, "-c", script))

    with pytest.raises(EnvironmentLacks, match="exit status 7") as raised:
        local_postgres.start(root, asked)

    assert "is wrong" in raised.value.message
    assert "hunter2" not in str(raised.value).partition("\n")[2].splitlines()[-2]


def test_a_task_that_does_not_exist_is_named(root: Path) -> None:
    with pytest.raises(EnvironmentLacks, match="127") as raised:
        local_postgres.start(root, PostgresSettings(start_task=("no-such-program", "up")))

    assert "Install no-such-program" in raised.value.fix


def test_a_task_after_which_nothing_answers_is_named(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mig_assist.local_postgres.start_task._ANSWER_SECONDS", 0.1)
    nothing = PostgresSettings(url=f"postgresql://127.0.0.1:{free_port()}/db", start_task=("true",))

    with pytest.raises(EnvironmentLacks, match="No PostgreSQL answers at"):
        local_postgres.start(root, nothing)
    with pytest.raises(EnvironmentLacks, match="No PostgreSQL after the start task"):
        local_postgres.start(root, replace(nothing, url=None))


def test_reset_refuses_a_server_that_the_users_task_started(root: Path) -> None:
    with pytest.raises(WrongUse, match="your own task"):
        local_postgres.reset(root, PostgresSettings(start_task=("true",)))
