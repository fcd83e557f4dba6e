"""The migration runner: history is checked against the registry, then what is pending is applied.

A history that the registry cannot explain is never mended in place: the database is recreated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from mig_assist.backend import Backend
from mig_assist.engines.database import (
    Database,
    HistoryRow,
    MigrationScript,
    OnEvent,
    ignore_event,
    one_line,
)
from mig_assist.errors import MigAssistError

RECREATE = {
    Backend.LIBSQL: "Move the database file away with `mig-assist migrate --backend libsql"
    " --reset`, or remove it; then run `mig-assist migrate --backend libsql --apply`.",
    Backend.POSTGRES: "Recreate it with `mig-assist postgres reset`, or, where the server is not"
    " mig-assist's own, drop and create the database yourself; then run"
    " `mig-assist migrate --backend postgres --apply`.",
}
"""How a database is recreated, per backend."""


class ResetRequired(MigAssistError):
    """The database holds what the registry does not explain; ``found`` says what, item by item."""

    def __init__(self, found: Sequence[str], fix: str) -> None:
        self.found = tuple(one_line(each) for each in found)
        super().__init__("database reset required", "\n".join(self.found), fix)


def validate_history(
    rows: Sequence[HistoryRow],
    tables: Sequence[str],
    scripts: Sequence[MigrationScript],
    baseline: int,
    *,
    backend: Backend | None = None,
) -> None:
    """Check what a database says has been applied against what is registered.

    Args:
        rows: the database's history.
        tables: the database's application tables.
        scripts: the registered migrations of the database's backend.
        baseline: the first active version; history below it is recreated, never upgraded.
        backend: whose way of recreation to tell; that of both where None.

    Raises:
        ResetRequired: they disagree.
    """
    found = [*_disagreements(rows, scripts, baseline)]
    if tables and not rows:
        found.append(f"There are tables, but no history: {', '.join(tables)}.")
    if found:
        backends = [backend] if backend else list(Backend)
        raise ResetRequired(found, "\n".join(RECREATE[each] for each in backends))


def _disagreements(
    rows: Sequence[HistoryRow], scripts: Sequence[MigrationScript], baseline: int
) -> Iterator[str]:
    registered = {script.version: script for script in scripts}
    for row in rows:
        label = f"V{row.version} {row.name}"
        script = registered.get(row.version)
        if script is None:
            older = row.version < baseline
            why = f"lies before the baseline V{baseline}" if older else "is not registered"
            yield f"{label} is applied, but {why}."
            continue
        if row.name != script.name:
            yield f"{label} is applied, but V{row.version} is registered as {script.name}."
        if row.checksum != script.checksum:
            yield (
                f"{label} was applied with the checksum {_short(row.checksum)}, but"
                f" {script.path} is registered with {_short(script.checksum)}."
            )
    applied = {row.version for row in rows}
    newest = max(applied, default=0)
    for script in scripts:
        if script.version < newest and script.version not in applied:
            yield f"{script.label} is not applied, although V{newest} is."


def _short(checksum: str) -> str:
    return f"{checksum[:12]}…" if len(checksum) > 12 else checksum or "(none)"


def pending(
    rows: Sequence[HistoryRow], scripts: Sequence[MigrationScript]
) -> tuple[MigrationScript, ...]:
    """The registered migrations that are not in history, in the registry's order."""
    applied = {row.version for row in rows}
    return tuple(script for script in scripts if script.version not in applied)


def validated_history(
    database: Database, scripts: Sequence[MigrationScript], baseline: int
) -> tuple[HistoryRow, ...]:
    """A database's history, if the registry explains it.

    Raises:
        ResetRequired: see :func:`validate_history`.
        DatabaseError: it cannot be read.
    """
    rows = database.history()
    validate_history(
        rows, database.application_tables(), scripts, baseline, backend=database.backend
    )
    return rows


def apply_pending(
    database: Database,
    scripts: Sequence[MigrationScript],
    *,
    baseline: int,
    on_event: OnEvent = ignore_event,
    on_applied: Callable[[MigrationScript], None] = lambda _script: None,
) -> tuple[MigrationScript, ...]:
    """Apply what is pending, each version in a transaction of its own; stop at the first failure.

    Only one runner at a time works on a database: another one waits, says so, and then looks at
    the history anew.

    Args:
        database: where to apply.
        scripts: the registered migrations, lowest version first.
        baseline: the first active version.
        on_event: hears of waiting, and of the server's notices and warnings.
        on_applied: hears of each version once it is committed.

    Returns:
        What this call applied.

    Raises:
        ResetRequired: the history does not agree with the registry; nothing was applied.
        DatabaseError: a version failed and was rolled back; those before it stay applied.
    """
    with database.runner_lock(on_event):
        waiting = pending(validated_history(database, scripts, baseline), scripts)
        for script in waiting:
            database.apply(script, on_event=on_event)
            on_applied(script)
    return waiting
