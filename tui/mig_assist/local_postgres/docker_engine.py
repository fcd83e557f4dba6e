"""The local Docker engine, and its refusals said so that a person can mend them."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mig_assist.errors import EnvironmentLacks
from mig_assist.local_postgres.urls import is_local_host

if TYPE_CHECKING:
    from docker import DockerClient

_PATIENCE_SECONDS = 120
_FIX = "Start Docker (or install it), and see that `docker ps` works for this user."


@contextmanager
def docker_engine() -> Iterator[DockerClient]:
    """A client of the engine on this machine, found as the docker command finds it.

    Raises:
        EnvironmentLacks: there is no engine, it is on another machine, or it refuses something.
    """
    import docker
    from docker.errors import APIError, DockerException
    from requests.exceptions import RequestException

    address = _address()
    _require_local(address)
    try:
        client = docker.from_env(timeout=_PATIENCE_SECONDS)
        try:
            yield client
        finally:
            client.close()
    except APIError as error:
        raise EnvironmentLacks("Docker refused what was asked", explain(error), _FIX) from None
    except (DockerException, RequestException) as error:
        raise EnvironmentLacks("Docker does not answer", explain(error), _FIX) from None


def explain(error: Exception) -> str:
    """What the engine said, without the client's own words around it."""
    return " ".join(str(getattr(error, "explanation", None) or error).split())


def _address() -> str:
    """Where the engine is, such as ``http+unix:///var/run/docker.sock``."""
    from docker.context import ContextAPI
    from docker.errors import DockerException
    from docker.utils import kwargs_from_env, parse_host

    try:
        wished = kwargs_from_env().get("base_url") or ContextAPI.kwargs_from_context().get(
            "base_url"
        )
        return str(parse_host(wished))
    except DockerException as error:
        raise EnvironmentLacks("Docker is set up wrongly", explain(error), _FIX) from None


def _require_local(address: str) -> None:
    """Refuse an engine elsewhere: what it publishes on its loopback is not reachable here."""
    parts = urlsplit(address)
    if parts.scheme == "http+unix":
        _require_listening(parts.path)
    elif parts.scheme == "ssh" or not is_local_host(parts.hostname or ""):
        raise EnvironmentLacks(
            "The Docker engine is not on this machine",
            f"Docker is set up to use {address}, and a server there cannot be reached from here.",
            "Unset DOCKER_HOST and DOCKER_CONTEXT, or use another source of PostgreSQL.",
        )


def _require_listening(path: str) -> None:
    """Say what is wrong with the engine's socket before the client library stumbles over it."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(path)
        except OSError as error:
            raise EnvironmentLacks(
                "Docker does not answer", f"{error.strerror or error}: {path}", _FIX
            ) from None
