"""What is known around a file: both schemas before its version, without any server."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from mig_assist.backend import Backend
from mig_assist.draft.derive.model import Context
from mig_assist.draft.house.reading import read_pairs, style_of
from mig_assist.engines.own_transactions import brings_transactions
from mig_assist.engines.sqlite_tokens import fold, unquoted
from mig_assist.workspace.files import MigrationFile, scan
from mig_assist.workspace.model import Workspace

_NAME = r'"[^"]+"|\w+'
_CALLS = re.compile(
    rf"\bTRIGGER\s+(?P<name>{_NAME})\s[^;]*?\bEXECUTE\s+(?:FUNCTION|PROCEDURE)\s+"
    rf"(?:(?:{_NAME})\s*\.\s*)?(?P<function>{_NAME})\s*\(",
    re.IGNORECASE,
)


def file_in(workspace: Workspace, path: Path) -> MigrationFile | None:
    """The migration that a path is; None where it is no migration of the workspace."""
    wanted = path.resolve()
    found = (file for file in scan(workspace) if (workspace.root / file.path).resolve() == wanted)
    return next(found, None)


def context_before(workspace: Workspace, version: int | None = None, name: str = "") -> Context:
    """Both schemas before a version, or after the last one, and the house's habits.

    Args:
        name: see :func:`~mig_assist.draft.house.reading.read_pairs`.

    Raises:
        UnreadableSource: a file is no text.
        EnvironmentLacks: a folder cannot be listed.
    """
    read = read_pairs(workspace, version, name)
    house = style_of(read, workspace.config)
    sides = zip(Backend, zip(*read.scripts, strict=True), strict=False)
    own = frozenset(
        backend
        for backend, scripts in sides
        if any(script and brings_transactions(script.sql, backend) for script in scripts)
    )
    return Context(
        read.libsql,
        read.postgres,
        house,
        read.definitions,
        version,
        own_transactions=own,
        trigger_functions=trigger_functions(script.sql for _, script in read.scripts if script),
    )


def trigger_functions(scripts: Iterable[str]) -> dict[str, str]:
    """The function that each of PostgreSQL's triggers calls, by the trigger's folded name."""
    found: dict[str, str] = {}
    for sql in scripts:
        for match in _CALLS.finditer(sql):
            found[fold(unquoted(match["name"]))] = fold(unquoted(match["function"]))
    return found
