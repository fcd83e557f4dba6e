"""``mig-assist postgres``."""

from __future__ import annotations

import os
import shlex
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from mig_assist.cli.main import Context
from mig_assist.cli.output import echo, echo_json, say
from mig_assist.errors import Cancelled, EnvironmentLacks
from mig_assist.process import plain

if TYPE_CHECKING:
    from mig_assist.local_postgres import LocalServer, PostgresSettings

NOT_RUNNING = 3
"""Exit status of ``status`` where no server answers."""

_allow_remote = click.option(
    "--allow-remote", is_flag=True, help="Also use a given URL that is not on this machine."
)


@click.group()
def postgres() -> None:
    """Manage the local PostgreSQL that migrations are tried on.

    It comes from a given URL (POSTGRES_URL, or url under [postgres] in mig-assist.toml), the
    workspace's own start task, the embedded PostgreSQL, or Docker: the first that there is.
    """


@postgres.command()
@_allow_remote
@click.pass_obj
def start(context: Context, allow_remote: bool) -> int:
    """Start the server, or say which one runs."""
    from mig_assist import local_postgres

    root, settings = _asked(context, allow_remote)
    _show(local_postgres.start(root, settings, say))
    say('For your shell: eval "$(mig-assist postgres env)"')
    return 0


@postgres.command()
@click.pass_obj
def stop(context: Context) -> int:
    """Stop the workspace's own server; a given one is left alone."""
    from mig_assist import local_postgres

    root, settings = _asked(context)
    stopped = local_postgres.stop(root, settings)
    say("PostgreSQL is stopped." if stopped else "No PostgreSQL of mig-assist's was running.")
    return 0


@postgres.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@_allow_remote
@click.pass_obj
def status(context: Context, as_json: bool, allow_remote: bool) -> int:
    """Say which server runs; exit status 3 where none does."""
    from mig_assist import local_postgres

    root, settings = _asked(context, allow_remote)
    server = local_postgres.running(root, settings)
    if as_json:
        echo_json(
            {
                "schema": 1,
                "running": server is not None,
                "source": server.source if server else None,
                "version": server.version if server else None,
                "url": local_postgres.redact_url(server.url) if server else None,
                "test_url": local_postgres.redact_url(server.test_url) if server else None,
                "description": server.description if server else None,
            }
        )
    elif server is not None:
        _show(server)
    else:
        echo("PostgreSQL is not running.")
        say("Start it with: mig-assist postgres start")
    return 0 if server is not None else NOT_RUNNING


@postgres.command()
@click.option(
    "--format", "form", type=click.Choice(["shell", "json"]), default="shell", show_default=True
)
@click.option("--json", "as_json", is_flag=True, help="Short for --format json.")
@_allow_remote
@click.pass_obj
def env(context: Context, form: str, as_json: bool, allow_remote: bool) -> int:
    """Print the exports of POSTGRES_URL and TEST_POSTGRES_URL, passwords included."""
    from mig_assist import local_postgres

    root, settings = _asked(context, allow_remote)
    server = local_postgres.running(root, settings)
    if server is None:
        raise EnvironmentLacks(
            "PostgreSQL is not running", "", "Start it with: mig-assist postgres start"
        )
    if as_json or form == "json":
        echo_json({"schema": 1, "environment": server.environment()})
    else:
        for name, value in server.environment().items():
            echo(f"export {name}={shlex.quote(value)}")
    if server.test_url == server.url:
        say("TEST_POSTGRES_URL is the same database. Set it beforehand to keep tests apart.")
    return 0


@postgres.command()
@click.option(
    "-n", "--lines", type=click.IntRange(min=0), default=100, show_default=True, help="How many."
)
@click.option("-f", "--follow", is_flag=True, help="Go on with each line that comes.")
@click.pass_obj
def logs(context: Context, lines: int, follow: bool) -> int:
    """Print the end of the log of the server that mig-assist started."""
    from mig_assist import local_postgres

    root, _settings = _asked(context)
    text = local_postgres.log_text(root, lines)
    for line in text.splitlines():
        echo(plain(line))
    if not text and lines:
        say("There is no log: mig-assist has not started a PostgreSQL for this workspace.")
    elif follow:
        for line in local_postgres.follow_log(root):
            echo(plain(line))
    return 0


@postgres.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def reset(context: Context, yes: bool) -> int:
    """Delete the server's data and start it anew; only a server that mig-assist started."""
    from mig_assist import local_postgres
    from mig_assist.cli.prompts import confirm

    root, settings = _asked(context)
    local_postgres.require_own(root, settings)
    if not yes and not confirm("Delete every database of this workspace's PostgreSQL?"):
        raise Cancelled("Nothing was reset")
    _show(local_postgres.reset(root, settings, say))
    return 0


@postgres.command()
@_allow_remote
@click.pass_obj
def run(context: Context, allow_remote: bool) -> int:
    """Run the server in the foreground, for a supervisor, and stop it on SIGTERM or SIGINT."""
    from mig_assist import local_postgres

    root, settings = _asked(context, allow_remote)
    with _ending_signals():
        try:
            server = local_postgres.start(root, settings, say)
            _show(server)
            echo("ready")
            for line in local_postgres.watch(root, settings, server):
                echo(plain(line))
            raise EnvironmentLacks(
                "PostgreSQL has ended",
                local_postgres.log_text(root, 5) or f"{server.description} no longer answers.",
                "Start it again: mig-assist postgres run",
            )
        except _Ended as ended:
            if local_postgres.stop(root, settings):
                say("PostgreSQL is stopped.")
            return Cancelled.exit_code if ended.number is signal.SIGINT else 0


class _Ended(BaseException):
    """A signal has asked this process to end."""

    def __init__(self, number: signal.Signals) -> None:
        super().__init__(number)
        self.number = number


@contextmanager
def _ending_signals() -> Iterator[None]:
    """Raise :class:`_Ended` on the first signal to end, and ignore any that follows."""
    ended = False

    def end(number: int, _frame: FrameType | None) -> None:
        nonlocal ended
        if not ended:
            ended = True
            raise _Ended(signal.Signals(number))

    wanted = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {number: signal.signal(number, end) for number in wanted}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _show(server: LocalServer) -> None:
    from mig_assist.local_postgres import redact_url

    echo(server.description)
    for name, url in server.environment().items():
        echo(f"  {name}={redact_url(url)}")


def _asked(context: Context, allow_remote: bool = False) -> tuple[Path, PostgresSettings]:
    from mig_assist.local_postgres import settings_for

    workspace = context.workspace()
    return workspace.root, settings_for(workspace, os.environ, allow_remote=allow_remote)
