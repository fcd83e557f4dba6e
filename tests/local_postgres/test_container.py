"""PostgreSQL in Docker, in a real engine."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import docker
import psycopg
import pytest

from mig_assist import local_postgres
from mig_assist.errors import EnvironmentLacks
from mig_assist.local_postgres import PostgresSettings, Source
from mig_assist.local_postgres.container import LABEL
from tests.docker_engine import TestEngine
from tests.local_postgres.conftest import MakeRoot, answers, silent_listener
from tests.postgres_fixtures import free_port


@pytest.fixture
def engine(docker_engine: TestEngine, monkeypatch: pytest.MonkeyPatch) -> TestEngine:
    """The engine that the docker client finds in this test."""
    monkeypatch.setenv("DOCKER_HOST", docker_engine.host)
    return docker_engine


@pytest.fixture
def in_docker(engine: TestEngine) -> PostgresSettings:
    """In Docker, on a port of its own."""
    return PostgresSettings(source=Source.DOCKER, port=free_port(), image=engine.image)


@pytest.fixture
def client(engine: TestEngine) -> Iterator[docker.DockerClient]:
    with engine.client() as client:
        yield client


def test_a_container_is_made_found_again_stopped_and_started_with_its_data(
    root: Path, in_docker: PostgresSettings, client: docker.DockerClient
) -> None:
    assert local_postgres.running(root, in_docker) is None
    server = local_postgres.start(root, in_docker)
    assert server.source is Source.DOCKER
    assert server.description == (
        f"PostgreSQL in Docker {server.version} on 127.0.0.1:{in_docker.port}"
    )
    assert answers(server)
    with psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")

    # It is ours by its label, published on the loopback only, and its data is in a volume.
    (container,) = client.containers.list()
    assert container.labels[LABEL] == str(root.resolve())
    (published,) = container.ports["5432/tcp"] or []
    assert published == {"HostIp": "127.0.0.1", "HostPort": str(in_docker.port)}
    (mount,) = container.attrs["Mounts"]
    assert mount["Type"] == "volume"
    assert mount["Name"].startswith("mig_assist_")

    assert local_postgres.start(root, in_docker) == server
    assert local_postgres.running(root, in_docker) == server
    assert client.containers.list() == [container]
    assert "ready to accept connections" in local_postgres.log_text(root, 20)

    assert local_postgres.stop(root, in_docker)
    assert not local_postgres.stop(root, in_docker)
    assert local_postgres.running(root, in_docker) is None

    # Another port, because a stranger has the old one; a lost record, because that happens.
    (root / ".mig-assist" / "postgres" / "docker.json").unlink()
    with silent_listener(in_docker.port):
        moved = local_postgres.start(root, in_docker)
        assert moved.url != server.url
        with psycopg.connect(moved.url) as connection:
            assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
    assert len(client.containers.list(all=True)) == 1

    (root / ".mig-assist" / "postgres" / "docker.json").unlink()
    reset = local_postgres.reset(root, in_docker)
    with psycopg.connect(reset.url) as connection:
        assert connection.execute("SELECT to_regclass('kept')").fetchone() == (None,)

    # A password that went with both the record and the container cannot be guessed.
    (root / ".mig-assist" / "postgres" / "docker.json").unlink()
    (container,) = client.containers.list()
    container.remove(force=True)
    with pytest.raises(EnvironmentLacks, match="another password") as raised:
        local_postgres.start(root, in_docker)
    assert "mig-assist postgres reset" in raised.value.fix

    local_postgres.remove(root)
    assert client.containers.list(all=True) == []
    assert client.volumes.list() == []


def test_one_container_serves_until_it_is_killed_and_after(
    make_root: MakeRoot,
    in_docker: PostgresSettings,
    client: docker.DockerClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Docker is the last resort, where the wheel is not installed.
    monkeypatch.setattr("mig_assist.local_postgres.embedded.find_installation", lambda: None)
    original, copy = make_root("original"), make_root("copy")
    server = local_postgres.start(original, replace(in_docker, source=None))
    assert server.source is Source.DOCKER

    # A copied workspace does not take the original's container for its own.
    shutil.copytree(original / ".mig-assist", copy / ".mig-assist")
    assert local_postgres.running(copy, in_docker) is None
    assert local_postgres.running(original, in_docker) == server

    with psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    lines = local_postgres.watch(original, in_docker, server)
    (container,) = client.containers.list()
    container.kill()

    assert list(lines) == []
    again = local_postgres.start(original, in_docker)
    with psycopg.connect(again.url) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_a_container_that_gives_up_is_named_with_its_last_words(
    root: Path, in_docker: PostgresSettings, client: docker.DockerClient
) -> None:
    client.api.import_image_from_data(
        b"", repository="mig-assist-tests/broken", tag="1", changes=['ENTRYPOINT ["/absent"]']
    )

    with pytest.raises(EnvironmentLacks, match="absent"):
        local_postgres.start(root, replace(in_docker, image="mig-assist-tests/broken:1"))


def test_an_image_that_cannot_be_pulled_is_named(root: Path, in_docker: PostgresSettings) -> None:
    events: list[str] = []
    absent = replace(in_docker, image="127.0.0.1:1/mig-assist/absent:1")

    with pytest.raises(EnvironmentLacks, match="cannot be had") as raised:
        local_postgres.start(root, absent, events.append)

    assert raised.value.exit_code == 3
    assert "docker pull" in raised.value.fix
    assert any("Pulling" in event for event in events)


def test_an_absent_engine_is_named(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")

    with pytest.raises(EnvironmentLacks) as raised:
        local_postgres.start(root, PostgresSettings(source=Source.DOCKER))

    assert raised.value.exit_code == 3
    assert "Docker does not answer" in raised.value.message
    assert "docker.sock" in raised.value.message


@pytest.mark.parametrize("address", ["tcp://198.51.100.7:2375", "ssh://me@db.example.com"])
def test_an_engine_elsewhere_is_refused_before_it_is_contacted(
    root: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("DOCKER_HOST", address)

    with pytest.raises(EnvironmentLacks, match="not on this machine"):
        local_postgres.start(root, PostgresSettings(source=Source.DOCKER))
