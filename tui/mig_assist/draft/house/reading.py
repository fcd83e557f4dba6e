"""A workspace's pairs, read for their style."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from mig_assist.backend import Backend
from mig_assist.draft.derive.rehearsal import Rehearsal
from mig_assist.draft.house.learning import Script, style
from mig_assist.draft.house.model import HouseStyle
from mig_assist.engines.database import MigrationScript
from mig_assist.engines.postgres_static import NOTHING, interpret
from mig_assist.engines.schema import Schema
from mig_assist.engines.statements import SqlSyntaxError, split_statements
from mig_assist.workspace.files import MigrationFile, pairs, read_inside, scan
from mig_assist.workspace.model import Workspace


def style_of(workspace: Workspace, schemas: tuple[Schema, Schema] | None = None) -> HouseStyle:
    """What a workspace's pairs show, and what its mig-assist.toml says of it."""
    read = [
        (_script(workspace, pair.of(Backend.LIBSQL)), _script(workspace, pair.of(Backend.POSTGRES)))
        for pair in pairs(scan(workspace))
    ]
    if schemas is None:
        schemas = (
            libsql_schema(script for script, _ in read if script),
            postgres_schema(script for _, script in read if script),
        )
    return style(read, *schemas)


def _script(workspace: Workspace, file: MigrationFile | None) -> Script | None:
    if file is None:
        return None
    return Script(read_inside(workspace.root, file.path).text, file.path, file.version)


def libsql_schema(scripts: Iterable[Script]) -> Schema:
    """What scripts make on libsql; a statement that it does not take is passed over."""
    rehearsal = Rehearsal(Schema())
    try:
        for script in scripts:
            with suppress(SqlSyntaxError):
                for statement in split_statements(script.sql, Backend.LIBSQL):
                    rehearsal.run(statement.text)
        return rehearsal.schema()
    finally:
        rehearsal.close()


def postgres_schema(scripts: Iterable[Script]) -> Schema:
    """What scripts make on PostgreSQL, read in one go where its parser takes them all."""
    scripts = list(scripts)
    with suppress(SqlSyntaxError):
        whole = "\n;\n".join(script.sql for script in scripts)
        return interpret(NOTHING, MigrationScript(1, "all", "", whole, "")).schema
    known = NOTHING
    for script in scripts:
        with suppress(SqlSyntaxError):
            known = interpret(
                known, MigrationScript(script.version, "", "", script.sql, script.path)
            )
    return known.schema
