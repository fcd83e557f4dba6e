"""Which local PostgreSQL is wished for, and what is known about the one that runs."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from mig_assist.errors import WrongUse
from mig_assist.workspace import Workspace
from mig_assist.workspace.config import CONFIG_NAME
from mig_assist.workspace.mise import task_path

DEFAULT_PORT = 54317
"""The wished port; away from 5432, where a PostgreSQL of the user's own may listen."""

DEFAULT_IMAGE = "postgres:18"

OnEvent = Callable[[str], None]
"""Is told, in a sentence, what is being done."""


class Source(StrEnum):
    """Where a local PostgreSQL comes from, in the order in which they are tried."""

    URL = "url"
    TASK = "task"
    EMBEDDED = "embedded"
    DOCKER = "docker"


@dataclass(frozen=True, slots=True)
class PostgresSettings:
    """What the configuration and the environment say about PostgreSQL.

    Attributes:
        url: a server of the user's own.
        test_url: that server's database for tests; the same as ``url`` where absent.
        start_task: argv of the workspace's own start task; its server answers at ``url``.
        source: insist on one source instead of trying them in order.
        port: the wished port of a server that mig-assist starts.
        image: the Docker image.
        allow_remote: also use a ``url`` that is not on this machine.
    """

    url: str | None = field(default=None, repr=False)
    test_url: str | None = field(default=None, repr=False)
    start_task: tuple[str, ...] | None = None
    source: Source | None = None
    port: int = DEFAULT_PORT
    image: str = DEFAULT_IMAGE
    allow_remote: bool = False


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A PostgreSQL server that has answered an authenticated query.

    Attributes:
        version: as the server tells it, such as ``18.4``.
        url: the development database, with its password.
        test_url: the database for tests, with its password.
        description: source, version and address for people; without secrets.
    """

    source: Source
    version: str
    url: str = field(repr=False)
    test_url: str = field(repr=False)
    description: str

    def environment(self) -> dict[str, str]:
        """The variables by which tasks find the server."""
        return {"POSTGRES_URL": self.url, "TEST_POSTGRES_URL": self.test_url}


def settings_for(
    workspace: Workspace, environ: Mapping[str, str], *, allow_remote: bool = False
) -> PostgresSettings:
    """Combine ``[postgres]`` of mig-assist.toml with the environment, which has precedence.

    Raises:
        WrongUse: the start task cannot be run as one command.
    """
    config = workspace.config.postgres
    url = environ.get("POSTGRES_URL") or config.url or environ.get("TEST_POSTGRES_URL")
    return PostgresSettings(
        url=url or None,
        test_url=environ.get("TEST_POSTGRES_URL") or None,
        start_task=_start_task(workspace) if config.start_task else None,
        source=Source(config.source) if config.source else None,
        port=config.port or DEFAULT_PORT,
        image=config.image or DEFAULT_IMAGE,
        allow_remote=allow_remote,
    )


def _start_task(workspace: Workspace) -> tuple[str, ...]:
    """argv of the start task: mise where it is installed, else the task's plain command.

    mise is not asked which tasks it knows, because that is too slow for a status line.
    """
    config = workspace.config
    name = config.tasks.get(config.postgres.start_task, config.postgres.start_task)
    commands = config.commands.get(name) or config.commands.get(config.postgres.start_task)
    if commands is None or shutil.which("mise", path=task_path()):
        return ("mise", "run", name)
    if len(commands) > 1:
        raise WrongUse(
            f"{CONFIG_NAME}: commands.{name} has several commands",
            "The task that starts PostgreSQL must be one command.",
            "Put them into a script, or install mise.",
        )
    return commands[0]
