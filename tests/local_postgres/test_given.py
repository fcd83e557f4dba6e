"""A server of the user's own, given by its URL."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from mig_assist import local_postgres
from mig_assist.errors import EnvironmentLacks, WrongUse
from mig_assist.local_postgres import PostgresSettings, Source, settings_for
from mig_assist.local_postgres.urls import MalformedUrl, RemoteUrl, parse_url
from mig_assist.workspace import Workspace
from mig_assist.workspace.config import parse_config
from tests.local_postgres.conftest import silent_listener
from tests.postgres_fixtures import free_port


def test_a_given_server_is_used_as_it_is(root: Path, postgres_url: str) -> None:
    settings = PostgresSettings(url=postgres_url)

    server = local_postgres.start(root, settings)

    assert server.source is Source.URL
    assert server.version.startswith("18.")
    assert server.url == server.test_url == postgres_url
    assert server.description.startswith(f"given PostgreSQL {server.version} at postgresql://")
    assert parse_url(postgres_url).password not in server.description
    assert local_postgres.running(root, settings) == server
    assert not (root / ".mig-assist").exists()


def test_a_test_database_can_be_given_too(root: Path, postgres_url: str) -> None:
    other = postgres_url.replace("/test", "/development")

    server = local_postgres.start(root, PostgresSettings(url=postgres_url, test_url=other))

    assert (server.url, server.test_url) == (postgres_url, other)


def test_stop_leaves_a_given_server_alone_and_reset_refuses(root: Path, postgres_url: str) -> None:
    settings = PostgresSettings(url=postgres_url)

    assert not local_postgres.stop(root, settings)
    with pytest.raises(WrongUse) as raised:
        local_postgres.reset(root, settings)

    assert raised.value.exit_code == 2
    assert "given URL" in raised.value.message
    with psycopg.connect(postgres_url) as connection:
        connection.execute("SELECT 1")


def test_a_wrong_password_is_named_and_not_shown(root: Path, postgres_url: str) -> None:
    url = postgres_url.replace(parse_url(postgres_url).password, "not-the-password")

    with pytest.raises(EnvironmentLacks) as raised:
        local_postgres.start(root, PostgresSettings(url=url))

    assert raised.value.exit_code == 3
    assert "password authentication failed" in raised.value.message
    assert "not-the-password" not in str(raised.value)
    assert local_postgres.running(root, PostgresSettings(url=url)) is None


def test_a_server_that_is_not_there_is_named(root: Path) -> None:
    settings = PostgresSettings(url=f"postgresql://127.0.0.1:{free_port()}/db")

    with pytest.raises(EnvironmentLacks, match="No PostgreSQL answers"):
        local_postgres.start(root, settings)
    assert local_postgres.running(root, settings) is None


def test_something_that_says_nothing_does_not_count_as_a_server(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mig_assist.local_postgres.probe.CONNECT_SECONDS", 2)
    with silent_listener() as port:
        settings = PostgresSettings(url=f"postgresql://127.0.0.1:{port}/db")

        with pytest.raises(EnvironmentLacks, match="No PostgreSQL answers"):
            local_postgres.start(root, settings)


def test_a_server_elsewhere_is_refused_before_it_is_contacted(root: Path) -> None:
    for settings in (
        PostgresSettings(url="postgresql://db.example.com/db"),
        PostgresSettings(url="postgresql://localhost/db?hostaddr=198.51.100.7"),
    ):
        with pytest.raises(RemoteUrl):
            local_postgres.start(root, settings)
        with pytest.raises(RemoteUrl):
            local_postgres.running(root, settings)


def test_a_test_database_elsewhere_is_refused_too(root: Path, postgres_url: str) -> None:
    settings = PostgresSettings(url=postgres_url, test_url="postgresql://db.example.com/db")

    with pytest.raises(RemoteUrl):
        local_postgres.start(root, settings)


def test_a_malformed_url_is_wrong_use(root: Path) -> None:
    with pytest.raises(MalformedUrl) as raised:
        local_postgres.start(root, PostgresSettings(url="postgres:localhost"))

    assert raised.value.exit_code == 2


def test_an_option_that_libpq_does_not_know_is_named(root: Path, postgres_url: str) -> None:
    with pytest.raises(EnvironmentLacks, match="nonsense"):
        local_postgres.start(root, PostgresSettings(url=f"{postgres_url}?nonsense=1"))


def _workspace(root: Path, **postgres: object) -> Workspace:
    return Workspace(root, parse_config({"postgres": postgres}))


def test_the_environment_has_precedence_over_the_configuration(tmp_path: Path) -> None:
    workspace = _workspace(tmp_path, url="postgresql:///configured", port=6000, image="postgres:17")

    assert settings_for(workspace, {}) == PostgresSettings(
        url="postgresql:///configured", port=6000, image="postgres:17"
    )
    assert settings_for(
        workspace, {"POSTGRES_URL": "postgresql:///a", "TEST_POSTGRES_URL": "postgresql:///b"}
    ) == PostgresSettings(
        url="postgresql:///a", test_url="postgresql:///b", port=6000, image="postgres:17"
    )
    assert settings_for(workspace, {"POSTGRES_URL": ""}).url == "postgresql:///configured"


def test_a_test_url_alone_is_a_given_server(tmp_path: Path) -> None:
    settings = settings_for(_workspace(tmp_path), {"TEST_POSTGRES_URL": "postgresql:///b"})

    assert (settings.url, settings.test_url) == ("postgresql:///b", "postgresql:///b")


def test_without_a_word_the_defaults_hold(tmp_path: Path) -> None:
    assert settings_for(_workspace(tmp_path), {}) == PostgresSettings()
    assert settings_for(_workspace(tmp_path, source="docker"), {}).source is Source.DOCKER


def test_a_start_task_is_run_by_mise_or_as_its_plain_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = {"postgres": {"start_task": "db"}, "commands": {"db": ["make", "db"]}}
    workspace = Workspace(tmp_path, parse_config(config))
    monkeypatch.setattr("mig_assist.local_postgres.settings.task_path", lambda: str(tmp_path))
    assert settings_for(workspace, {}).start_task == ("make", "db")

    (tmp_path / "mise").touch(mode=0o755)
    assert settings_for(workspace, {}).start_task == ("mise", "run", "db")


def test_a_start_task_of_several_commands_is_wrong_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = {"postgres": {"start_task": "db"}, "commands": {"db": [["make"], ["make", "db"]]}}
    monkeypatch.setattr("mig_assist.local_postgres.settings.task_path", lambda: str(tmp_path))

    with pytest.raises(WrongUse, match="several commands"):
        settings_for(Workspace(tmp_path, parse_config(config)), {})
