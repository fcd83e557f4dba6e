"""The workspace's own task that starts its PostgreSQL."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from mig_assist.errors import EnvironmentLacks
from mig_assist.local_postgres.given import reach, reach_if_there
from mig_assist.local_postgres.settings import LocalServer, OnEvent, PostgresSettings, Source
from mig_assist.local_postgres.sources import OwnSource
from mig_assist.process import NOT_FOUND, run_command
from mig_assist.redaction import redact
from mig_assist.workspace.config import CONFIG_NAME
from mig_assist.workspace.tasks import task_environment

STARTING = "MIG_ASSIST_STARTING_POSTGRES"
"""Set for the task, so that a `mig-assist postgres start` inside it does not run it again."""

_ANSWER_SECONDS = 30.0
_SHOWN_LINES = 5


@dataclass(frozen=True, slots=True)
class StartTask:
    """Runs the task, and then expects a server at the given URL, or one of our ``own``."""

    own: tuple[OwnSource, ...]
    source: ClassVar[Source] = Source.TASK

    def unavailable(self, settings: PostgresSettings) -> str | None:
        """Why this source cannot be used; None where it can."""
        if settings.start_task is None:
            return f"{CONFIG_NAME} names no start task"
        if os.environ.get(STARTING):
            return "the start task is running already"
        return None

    def start(self, root: Path, settings: PostgresSettings, on_event: OnEvent) -> LocalServer:
        """Run the task, then wait for the server that it has started.

        Raises:
            WrongUse: the URL is malformed, or leads elsewhere and that is not allowed.
            EnvironmentLacks: the task failed, or no server answers after it.
        """
        argv = settings.start_task or ()
        shown = shlex.join(argv)
        on_event(f"Running the workspace's start task: {shown}")
        completed = run_command(
            argv,
            cwd=root,
            env={**task_environment(), STARTING: "1"},
            on_line=lambda line: on_event(redact(line)),
        )
        if completed.exit_status != 0:
            last = redact("\n".join(completed.output[-_SHOWN_LINES:]))
            raise EnvironmentLacks(
                f"The start task failed with exit status {completed.exit_status}",
                f"{shown}\n{last}",
                f"Install {argv[0]}, or give the task's plain command in {CONFIG_NAME}."
                if completed.exit_status == NOT_FOUND
                else "Run it by hand to see what is wrong.",
            )
        if settings.url is not None:
            return reach(settings, self.source, _ANSWER_SECONDS)
        for own in self.own:
            if (server := own.running(root, settings)) is not None:
                return server
        raise EnvironmentLacks(
            "No PostgreSQL after the start task",
            f"{shown} ran without a complaint, but nothing says where its server answers.",
            f"Give the server's URL as url under [postgres] in {CONFIG_NAME}, or as POSTGRES_URL.",
        )

    def running(self, root: Path, settings: PostgresSettings) -> LocalServer | None:
        """The server at the given URL, if it answers.

        Raises:
            WrongUse: the URL is malformed, or leads elsewhere and that is not allowed.
        """
        del root
        return reach_if_there(settings, self.source)
