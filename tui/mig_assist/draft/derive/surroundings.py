"""What is known around a file: both schemas before its version, without any server."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from mig_assist.backend import Backend
from mig_assist.draft.derive.model import Context
from mig_assist.draft.derive.rehearsal import Rehearsal
from mig_assist.draft.house import learn_house_style
from mig_assist.engines.database import MigrationScript
from mig_assist.engines.postgres_static import NOTHING, interpret
from mig_assist.engines.schema import Schema
from mig_assist.engines.statements import SqlSyntaxError, split_statements
from mig_assist.workspace.files import MigrationFile, pairs, read_inside, scan
from mig_assist.workspace.model import Workspace


def file_in(workspace: Workspace, path: Path) -> MigrationFile | None:
    """The migration that a path is; None where it is no migration of the workspace."""
    wanted = path.resolve()
    found = (file for file in scan(workspace) if (workspace.root / file.path).resolve() == wanted)
    return next(found, None)


def context_before(workspace: Workspace, version: int | None = None) -> Context:
    """Both schemas before a version, or after the last one, and the house's habits.

    libsql runs its own files in memory; PostgreSQL's are read. A statement that one of them does
    not take is passed over, for its effect is not known.

    Raises:
        UnreadableSource: a file is no text.
        EnvironmentLacks: a folder cannot be listed.
    """
    before = [pair for pair in pairs(scan(workspace)) if version is None or pair.version < version]
    sides = {
        backend: [_script(workspace, file) for pair in before if (file := pair.of(backend))]
        for backend in Backend
    }
    libsql, definitions = _libsql(sides[Backend.LIBSQL])
    return Context(
        libsql, _postgres(sides[Backend.POSTGRES]), learn_house_style(workspace), definitions
    )


def _script(workspace: Workspace, file: MigrationFile) -> MigrationScript:
    text = read_inside(workspace.root, file.path).text
    return MigrationScript(file.version, file.name, "", text, file.path)


def _libsql(scripts: Iterable[MigrationScript]) -> tuple[Schema, dict[str, str]]:
    rehearsal = Rehearsal(Schema())
    try:
        for script in scripts:
            with suppress(SqlSyntaxError):
                for statement in split_statements(script.sql, Backend.LIBSQL):
                    rehearsal.run(statement.text)
        return rehearsal.schema(), rehearsal.texts()
    finally:
        rehearsal.close()


def _postgres(scripts: Iterable[MigrationScript]) -> Schema:
    known = NOTHING
    for script in scripts:
        with suppress(SqlSyntaxError):
            known = interpret(known, script)
    return known.schema
