"""PostgreSQL in Docker: a container of the official image, or one that follows its conventions.

The container is labelled as ours and published on 127.0.0.1 only; its data lies in a named
volume and outlives it. An image follows the conventions if it makes a data folder on its first
start, takes the password of ``postgres`` from POSTGRES_PASSWORD, and listens on port 5432.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mig_assist.errors import EnvironmentLacks
from mig_assist.local_postgres.docker_engine import docker_engine, explain
from mig_assist.local_postgres.own_server import (
    HOST,
    database_url,
    ensure_databases,
    local_server,
    ports_to_try,
)
from mig_assist.local_postgres.places import (
    make_workspace_folder,
    workspace_id,
    workspace_place,
)
from mig_assist.local_postgres.probe import (
    Answer,
    NoAnswer,
    ask_own,
    create_databases,
    listens,
    wait_for,
)
from mig_assist.local_postgres.settings import LocalServer, OnEvent, PostgresSettings, Source
from mig_assist.local_postgres.state import State, load_state, locked, new_password, save_state
from mig_assist.local_postgres.system_errors import disk_full, named_errors, tells_of_full_disk

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

LABEL = "mig-assist.workspace"

_PORT = "5432/tcp"
_PASSWORD_VARIABLE = "POSTGRES_PASSWORD"  # noqa: S105 - a variable's name
_DATA_FOLDER = "/var/lib/postgresql"
_PORT_TAKEN = re.compile("port is already allocated|address already in use")
_ANSWER_SECONDS = 120.0
_STOP_SECONDS = 15
_WHAT = "PostgreSQL in Docker"


class DockerPostgres:
    """Runs PostgreSQL in a container."""

    source = Source.DOCKER

    def unavailable(self, settings: PostgresSettings) -> str | None:
        """Why this source cannot be used; None where it can."""
        del settings
        try:
            with docker_engine() as engine:
                engine.ping()
        except EnvironmentLacks as error:
            return f"{error.title}: {error.message}"
        return None

    def start(self, root: Path, settings: PostgresSettings, on_event: OnEvent) -> LocalServer:
        """Start the workspace's container, or return the one that runs.

        Raises:
            EnvironmentLacks: there is no engine or no image, or the server does not come up.
        """
        folder = make_workspace_folder(root)
        with named_errors(folder), locked(folder, on_event), docker_engine() as engine:
            found = _find(engine, root)
            state = _known_state(root, found, settings)
            if found is None or not _serves(found, settings, state):
                image_volume = _require_image(engine, settings.image, on_event)
                on_event(f"Starting a container of {settings.image}")
                found, state = _start(engine, root, settings, state, image_volume)
            answer = _wait(found, state)
            ensure_databases(answer, partial(create_databases, _url(state)))
        return local_server(self.source, state, answer, _WHAT)

    def running(self, root: Path, settings: PostgresSettings) -> LocalServer | None:
        """The server that runs now, if it answers; Docker itself is not asked."""
        del settings
        if (state := _load(root)) is None or not listens(HOST, state.port):
            return None
        try:
            return local_server(self.source, state, ask_own(_url(state)), _WHAT)
        except NoAnswer:
            return None

    def made(self, root: Path) -> bool:
        """Whether a container is on record for this workspace."""
        return _load(root) is not None

    def stop(self, root: Path) -> bool:
        """Stop the container; whether there was one to stop."""
        if (state := _load(root)) is None or not listens(HOST, state.port):
            return False
        folder = make_workspace_folder(root)
        with named_errors(folder), locked(folder, _ignore), docker_engine() as engine:
            found = _find(engine, root)
            if found is None or found.status != "running":
                return False
            found.stop(timeout=_STOP_SECONDS)
            return True

    def discard(self, root: Path) -> None:
        """Remove the container and its volume; its port and password are kept for the next."""
        from docker.errors import NotFound

        folder = make_workspace_folder(root)
        with named_errors(folder), locked(folder, _ignore), docker_engine() as engine:
            if (found := _find(engine, root)) is not None:
                found.remove(force=True)
            with suppress(NotFound):
                engine.volumes.get(_volume(root)).remove()

    def remove(self, root: Path) -> None:
        """Remove the container, its volume, and what is remembered."""
        self.discard(root)
        _state_file(root).unlink(missing_ok=True)

    def state_file(self, root: Path) -> Path | None:
        """Where the container is remembered, if there has been one."""
        return _state_file(root)

    def log_text(self, root: Path, lines: int | None) -> str:
        """The last lines of the container's log."""
        with docker_engine() as engine:
            found = _find(engine, root)
            return _logs(found, lines) if found is not None else ""

    def follow_log(self, root: Path) -> Iterator[str]:
        """Each line that is logged from now on, until the container stops."""
        with docker_engine() as engine:
            if (found := _find(engine, root)) is None:
                return
            rest = b""
            for chunk in found.logs(stream=True, follow=True, tail=0):
                *lines, rest = (rest + chunk).split(b"\n")
                yield from (line.decode("utf-8", "replace") for line in lines)


def _known_state(root: Path, found: Container | None, settings: PostgresSettings) -> State:
    """What is on record, what the container itself knows, or a new beginning."""
    if (state := _load(root)) is not None:
        return state
    variables = found.attrs["Config"]["Env"] if found is not None else ()
    known = dict(variable.partition("=")[::2] for variable in variables)
    password = known.get(_PASSWORD_VARIABLE) or new_password()
    return State(settings.port, password, str(root.resolve()), _volume(root))


def _serves(found: Container, settings: PostgresSettings, state: State) -> bool:
    """Whether the container runs, of the right image, where the record says."""
    published = (found.ports.get(_PORT) or [{}])[0]
    return (
        found.status == "running"
        and found.attrs["Config"]["Image"] == settings.image
        and published.get("HostPort") == str(state.port)
    )


def _require_image(engine: DockerClient, name: str, on_event: OnEvent) -> str:
    """See that the image is there; returns the folder in which it declares its data.

    Raises:
        EnvironmentLacks: it is not there and cannot be pulled.
    """
    from docker.errors import APIError, ImageNotFound

    try:
        image = engine.images.get(name)
    except ImageNotFound:
        on_event(f"Pulling the image {name}; that can take some minutes")
        try:
            image = engine.images.pull(name)
        except APIError as error:
            raise EnvironmentLacks(
                f"The Docker image {name} cannot be had",
                f"It is not on this machine, and pulling it failed: {explain(error)}",
                f"Run `docker pull {name}` when there is a network, or set image under"
                " [postgres] in mig-assist.toml to one that is here (`docker images`).",
            ) from None
    declared = image.attrs["Config"].get("Volumes") or {}
    # Since 18 the official image declares the folder above the data, before that the data.
    return next((path for path in sorted(declared) if path.startswith(_DATA_FOLDER)), _DATA_FOLDER)


def _start(
    engine: DockerClient, root: Path, settings: PostgresSettings, state: State, data_folder: str
) -> tuple[Container, State]:
    """Start a new container on the wished port, else its last one, else any that is free."""
    from docker.errors import APIError

    engine.volumes.create(_volume(root), labels={LABEL: str(root.resolve())})
    for port in ports_to_try(settings.port, state.port):
        if (old := _find(engine, root)) is not None:
            old.remove(force=True)
        state = replace(state, port=port)
        save_state(_state_file(root), state)
        try:
            started = engine.containers.run(
                settings.image,
                detach=True,
                name=f"mig-assist-{workspace_id(root)}",
                labels={LABEL: str(root.resolve())},
                ports={_PORT: (HOST, port)},
                environment={_PASSWORD_VARIABLE: state.password},
                volumes={_volume(root): {"bind": data_folder, "mode": "rw"}},
                stop_signal="SIGINT",  # PostgreSQL's fast shutdown, whatever the image says
            )
        except APIError as error:
            if _PORT_TAKEN.search(explain(error)):
                continue
            raise
        return started, state
    raise EnvironmentLacks(
        "No free port for PostgreSQL",
        f"Neither {settings.port} nor any other port of {HOST} that was tried can be published.",
    )


def _wait(container: Container, state: State) -> Answer:
    def ended() -> bool:
        container.reload()
        return container.status != "running"

    try:
        return wait_for(partial(ask_own, _url(state)), _ANSWER_SECONDS, failed=ended)
    except NoAnswer as error:
        said = _logs(container, 6)
        if tells_of_full_disk(said):
            raise disk_full(Path(_DATA_FOLDER)) from None
        if error.wrong_password:
            raise EnvironmentLacks(
                "The container's data has another password",
                f"The volume {state.data} was made with a password that is not on record.",
                "If its data may go, run: mig-assist postgres reset",
            ) from None
        raise EnvironmentLacks(
            "PostgreSQL does not come up in Docker",
            " ".join(said.split()) or error.reason,
            "Look at its log: mig-assist postgres logs. If its data may go, run: mig-assist"
            " postgres reset",
        ) from None


def _find(engine: DockerClient, root: Path) -> Container | None:
    found = engine.containers.list(all=True, filters={"label": f"{LABEL}={root.resolve()}"})
    return found[0] if found else None


def _logs(container: Container, lines: int | None) -> str:
    said = container.logs() if lines is None else container.logs(tail=lines)
    return said.decode("utf-8", "replace").rstrip("\n")


def _load(root: Path) -> State | None:
    """The record of this workspace; one that came along in a copied folder is not of it."""
    state = load_state(_state_file(root))
    return state if state is not None and state.data == _volume(root) else None


def _url(state: State) -> str:
    return database_url(state, "postgres")


def _state_file(root: Path) -> Path:
    return workspace_place(root).folder / "docker.json"


def _volume(root: Path) -> str:
    return f"mig_assist_{workspace_id(root)}"


def _ignore(_event: str) -> None:
    pass
