"""``mig-assist migrate``: the runner on one backend."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mig_assist.backend import Backend
from mig_assist.cli.main import Context
from mig_assist.cli.output import echo, echo_json, say
from mig_assist.cli.prompts import confirm
from mig_assist.errors import Cancelled, EnvironmentLacks, MigAssistError, WrongUse
from mig_assist.process import plain
from mig_assist.redaction import redact
from mig_assist.state_folder import NAME, state_folder

if TYPE_CHECKING:
    from mig_assist.engines.database import Database, HistoryRow, MigrationScript
    from mig_assist.workspace import Workspace


@click.command()
@click.option("--backend", type=click.Choice([str(each) for each in Backend]), required=True)
@click.option("--apply", "to_apply", is_flag=True, help="Apply what is pending.")
@click.option("--check", "to_check", is_flag=True, help="Exit status 1 where anything is pending.")
@click.option("--status", "to_show", is_flag=True, help="List what is applied and what is pending.")
@click.option("--reset", "to_reset", is_flag=True, help="Move the libsql database file aside.")
@click.option("--database", metavar="PATH_OR_URL", help="Instead of LIBSQL_PATH or POSTGRES_URL.")
@click.option("--allow-remote", is_flag=True, help="Also use a PostgreSQL on another machine.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.option("--json", "as_json", is_flag=True, help="Short for --format json.")
@click.option("--yes", is_flag=True, help="Do not ask before a reset.")
@click.pass_obj
def migrate(
    context: Context,
    backend: str,
    to_apply: bool,
    to_check: bool,
    to_show: bool,
    to_reset: bool,
    database: str | None,
    allow_remote: bool,
    form: str,
    as_json: bool,
    yes: bool,
) -> int:
    """Apply, check or show the registered migrations on one backend.

    Each version is one transaction that holds its SQL and its history row. A history that does
    not agree with the registry is refused, whatever is asked for.
    """
    flags = {_apply: to_apply, _check: to_check, _show: to_show, _reset: to_reset}
    actions = [action for action, given in flags.items() if given]
    if len(actions) != 1:
        raise click.UsageError("Give one of --apply, --check, --status and --reset.")
    job = _Job(context.workspace(), Backend(backend), database, allow_remote, yes)
    job.answer.update(schema=1, backend=backend)
    job.as_json = as_json or form == "json"
    try:
        return actions[0](job)
    except MigAssistError as error:
        parts = {"title": error.title, "message": error.message, "fix": error.fix}
        job.answer["error"] = {key: redact(text) for key, text in parts.items()}
        raise
    finally:
        if job.as_json:
            echo_json(job.answer)


@dataclass
class _Job:
    """What is asked for, and the JSON object that answers it."""

    workspace: Workspace
    backend: Backend
    database: str | None
    allow_remote: bool
    yes: bool
    as_json: bool = False
    answer: dict[str, object] = field(default_factory=dict)

    def line(self, text: str) -> None:
        """One line of the answer as text."""
        if not self.as_json:
            echo(plain(text))

    def scripts(self) -> tuple[MigrationScript, ...]:
        """The registered migrations of the backend."""
        from mig_assist.engines.scripts import migration_scripts

        scripts = migration_scripts(self.workspace, self.backend)
        shared = next((script for script in scripts if script.part), None)
        if shared:
            raise WrongUse(
                f"Several files share V{shared.version}",
                f"{shared.path} is one of them, and history records one file for each version.",
                "Apply them with the application's own runner.",
            )
        return scripts


def _apply(job: _Job) -> int:
    from mig_assist.engines.runner import apply_pending

    scripts = job.scripts()
    applied: list[dict[str, object]] = []
    job.answer["applied"] = applied

    def on_applied(script: MigrationScript) -> None:
        applied.append({"version": script.version, "name": script.name})
        job.line(f"applied {script.label}")

    with _open(job) as database:
        apply_pending(
            database,
            scripts,
            baseline=job.workspace.config.baseline,
            on_event=say,
            on_applied=on_applied,
        )
    if not applied:
        say("Nothing is pending.")
    return 0


def _check(job: _Job) -> int:
    waiting = [script for script, row in _compare(job) if row is None]
    job.answer["pending"] = [{"version": s.version, "name": s.name} for s in waiting]
    for script in waiting:
        job.line(f"pending {script.label}")
    if not waiting:
        say("Nothing is pending.")
    return 1 if waiting else 0


def _show(job: _Job) -> int:
    entries = _compare(job)
    job.answer["migrations"] = [
        {
            "version": script.version,
            "name": script.name,
            "state": "applied" if row else "pending",
            "applied_on": row.applied_on if row else None,
        }
        for script, row in entries
    ]
    width = max((len(script.label) for script, _ in entries), default=0)
    for script, row in entries:
        job.line(f"{script.label:<{width}}  {f'applied {_moment(row)}' if row else 'pending'}")
    return 0


def _moment(row: HistoryRow) -> str:
    try:
        return f"{datetime.fromtimestamp(row.applied_on, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (ValueError, OverflowError, OSError):
        return f"at {row.applied_on}"


def _compare(job: _Job) -> list[tuple[MigrationScript, HistoryRow | None]]:
    """Each registered migration with its history row, if it has one."""
    from mig_assist.engines.runner import validated_history

    scripts = job.scripts()
    if job.backend is Backend.LIBSQL and not _libsql_exists(job):
        return [(script, None) for script in scripts]
    with _open(job) as database:
        history = validated_history(database, scripts, job.workspace.config.baseline)
    rows = {row.version: row for row in history}
    return [(script, rows.get(script.version)) for script in scripts]


def _reset(job: _Job) -> int:
    from mig_assist.engines.libsql import set_aside

    if job.backend is not Backend.LIBSQL:
        raise WrongUse(
            "--reset is for libsql",
            "A PostgreSQL database is recreated where its server is managed.",
            "Run `mig-assist postgres reset`.",
        )
    if not _libsql_exists(job):
        return 0
    path = _libsql_path(job)
    if not job.yes and not confirm(f"Move {path} aside?"):
        raise Cancelled("Nothing was moved")
    moved = set_aside(path, datetime.now(UTC))
    job.answer["moved_to"] = str(moved)
    job.line(str(moved))
    return 0


def _open(job: _Job) -> Database:
    """The database; a libsql file that does not exist is created."""
    if job.backend is Backend.LIBSQL:
        from mig_assist.engines.libsql import open_libsql

        path = _libsql_path(job)
        if path.parent == job.workspace.root / NAME:
            state_folder(job.workspace.root)
        database: Database = open_libsql(path)
        shown = str(path)
    else:
        from mig_assist.engines.postgres import open_postgres
        from mig_assist.local_postgres.urls import redact_url

        url = _postgres_url(job)
        database = open_postgres(url)
        shown = redact_url(url)
    engine = database.engine_version()
    job.answer.update(database=shown, engine=engine)
    say(f"{job.backend.label} {engine}, {plain(shown)}")
    return database


def _libsql_path(job: _Job) -> Path:
    from mig_assist.engines.libsql import local_database

    path = Path(job.database or local_database(job.workspace.root, os.environ))
    if "://" in (job.database or os.environ.get("LIBSQL_PATH", "")):
        raise WrongUse(
            "The libsql database is a file", "A URL was given.", "Give the path of a file."
        )
    return path


def _libsql_exists(job: _Job) -> bool:
    """Whether there is a file, so that only --apply creates one."""
    from mig_assist.engines.libsql import database_exists

    path = _libsql_path(job)
    exists = database_exists(path)
    job.answer.update(database=str(path), engine=None)
    if not exists:
        say(f"There is no database at {path}.")
    return exists


def _postgres_url(job: _Job) -> str:
    from mig_assist.local_postgres import running, settings_for
    from mig_assist.local_postgres.urls import require_usable

    url = job.database or os.environ.get("POSTGRES_URL")
    if url:
        require_usable(url, allow_remote=job.allow_remote)
        return url
    settings = settings_for(job.workspace, os.environ, allow_remote=job.allow_remote)
    server = running(job.workspace.root, settings)
    if server is None:
        raise EnvironmentLacks(
            "No PostgreSQL is running",
            "Neither --database nor POSTGRES_URL names one, and no local server is up.",
            "Start one with `mig-assist postgres start`.",
        )
    return server.url
