"""``mig-assist``: the command group, its errors and its exit codes.

This module owns standard error and the exit status. Each command lives in a module of its own
that is imported only when the command is called.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mig_assist import __version__
from mig_assist.errors import Cancelled, MigAssistError

if TYPE_CHECKING:
    from mig_assist.checklist.session import Session
    from mig_assist.workspace import Workspace

_COMMANDS = {
    "init": "find the layout, write mig-assist.toml",
    "new": "begin a migration",
    "status": "the ten items and the hand-off, with evidence",
    "run": "do the automatic part of items",
    "attest": "give your word that an item is done, with a reason",
    "skip": "set an item aside, with a reason",
    "check": "every static and live check; the CI gate",
    "parity": "compare the two backends, version by version",
    "derive": "one dialect's migration from the other's; the SQL on stdout",
    "renumber": "move this branch's migrations to the next free numbers",
    "migrate": "the runner: apply, check or show migrations on one backend",
    "postgres": "the local PostgreSQL: start, stop, status, env, logs, reset, run",
    "handoff": "lint, test, and the summary for the pull request",
    "tour": "learn, or watch, on a throwaway copy",
    "doctor": "what is installed, what is missing, what to do",
}


Wizard = Callable[[Path, Mapping[str, str]], int]
"""Opens the wizard on a folder, with hints by item key; returns the exit status."""


@dataclass
class Context:
    """What every command can ask for.

    Attributes:
        wizard: opens the app, which this layer may not import.
        repo: the folder that the workspace is looked for from.
    """

    wizard: Wizard
    repo: Path = Path()

    def workspace(self) -> Workspace:
        """The workspace that the current folder, or ``--repo``, lies in."""
        from mig_assist.workspace import open_workspace

        return open_workspace(self.repo)

    def session(self, create: bool = True) -> Session:
        """The workspace opened for work; what it has to say goes to standard error."""
        from mig_assist.checklist.session import open_session

        session = open_session(self.repo, create)
        for notice in session.notices:
            click.echo(notice, err=True)
        return session


class _LazyGroup(click.Group):
    """A group that imports a command's module when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(
            importlib.import_module(f"mig_assist.cli.{cmd_name}"), cmd_name
        )
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(
    cls=_LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--repo",
    type=click.Path(path_type=Path),
    default=Path(),
    help="A folder of the workspace, instead of the current one.",
)
@click.option("--debug", is_flag=True, help="Show a traceback where something goes wrong.")
@click.version_option(__version__, prog_name="mig-assist")
@click.pass_context
def cli(ctx: click.Context, repo: Path, debug: bool) -> None:  # noqa: ARG001 - see run()
    """Author one migration for libsql/SQLite and PostgreSQL, with proof for every step.

    Without a command, the wizard opens where you left it.
    """
    ctx.obj.repo = repo
    if ctx.invoked_subcommand is None:
        ctx.exit(_open_wizard(ctx.obj))


def _open_wizard(context: Context) -> int:
    from mig_assist.errors import WrongUse

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise WrongUse(
            "The wizard needs a terminal",
            "Standard input or output is not one.",
            "Use `mig-assist status` and `mig-assist run`, or see `mig-assist --help`.",
        )
    return context.wizard(context.repo, {})


def run(arguments: Sequence[str], wizard: Wizard) -> int:
    """Run the command line; the exit status that design.md assigns."""
    debug = "--debug" in arguments
    try:
        status = cli.main(
            list(arguments), prog_name="mig-assist", standalone_mode=False, obj=Context(wizard)
        )
        sys.stdout.flush()
    except MigAssistError as error:
        if debug:
            raise
        _report(error)
        return error.exit_code
    except click.exceptions.Abort:
        _report(Cancelled("Interrupted"))
        return Cancelled.exit_code
    except click.ClickException as error:
        error.show(sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        _report(Cancelled("Interrupted"))
        return Cancelled.exit_code
    except Exception as error:
        if debug:
            raise
        message = f"{type(error).__name__}: {error}"
        _report(
            MigAssistError(
                "Something unforeseen happened",
                message,
                "Run the command again with --debug to see where, and report it.",
            )
        )
        return 1
    return status if isinstance(status, int) else 0


def _report(error: MigAssistError) -> None:
    from mig_assist.cli.output import say
    from mig_assist.redaction import redact

    head = click.style(f"mig-assist: {error.title}", bold=True, fg="red")
    lines = [head, *(f"  {part}" for part in (error.message, error.fix) if part)]
    say(redact("\n".join(lines)))
