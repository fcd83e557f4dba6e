"""A workspace's pairs, read for their style."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress

from mig_assist.backend import Backend
from mig_assist.draft.derive.rehearsal import Rehearsal
from mig_assist.draft.house.learning import Script, style
from mig_assist.draft.house.model import HouseStyle, Value
from mig_assist.engines.database import MigrationScript
from mig_assist.engines.postgres_static import NOTHING, interpret
from mig_assist.engines.schema import Schema
from mig_assist.engines.statements import SqlSyntaxError, split_statements
from mig_assist.workspace.config import StyleConfig
from mig_assist.workspace.files import MigrationFile, pairs, read_inside, scan
from mig_assist.workspace.model import Workspace

_OF_BOTH = {
    "keywords": "keywords",
    "index_name": "names.INDEX",
    "unique_index_name": "names.UNIQUE INDEX",
}
"""What ``[style]`` says of both backends, by the ends of the traits' keys."""


def style_of(workspace: Workspace, before: int | None = None) -> HouseStyle:
    """What a workspace's pairs show, and what its mig-assist.toml says of it.

    Args:
        before: learn from the versions below this one alone.
    """
    read = [
        (_script(workspace, pair.of(Backend.LIBSQL)), _script(workspace, pair.of(Backend.POSTGRES)))
        for pair in pairs(scan(workspace))
        if before is None or pair.version < before
    ]
    return style(
        read,
        libsql_schema(script for script, _ in read if script),
        postgres_schema(script for _, script in read if script),
        dict(_stated(workspace.config.style)),
        workspace.config.parity.types,
    )


def _stated(config: StyleConfig) -> Iterator[tuple[str, Value]]:
    """What ``[style]`` says, by the keys of traits."""
    for name, value in config._asdict().items():
        if value is None:
            continue
        if name == "indent":
            yield from ((f"{backend}.indent", " " * value) for backend in Backend)
        elif name in _OF_BOTH:
            yield from ((f"{backend}.{_OF_BOTH[name]}", value) for backend in Backend)
        elif name == "rebuild_name":
            yield from (("rebuild", value), ("rebuild_moves", "new"))
        else:
            yield name, value


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
