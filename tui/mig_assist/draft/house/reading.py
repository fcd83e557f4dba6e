"""A workspace's pairs, read for their style."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from mig_assist.backend import Backend
from mig_assist.draft.derive.rehearsal import Rehearsal
from mig_assist.draft.house.learning import Script, style
from mig_assist.draft.house.model import HouseStyle, Value
from mig_assist.engines.database import MigrationScript
from mig_assist.engines.postgres_static import NOTHING, interpret
from mig_assist.engines.schema import Schema
from mig_assist.engines.sections import up_part
from mig_assist.engines.statements import SqlSyntaxError, split_statements
from mig_assist.workspace.config import Config, StyleConfig
from mig_assist.workspace.files import MigrationFile, pairs, read_inside, scan
from mig_assist.workspace.model import Workspace

_OF_BOTH = {
    "keywords": "keywords",
    "index_name": "names.INDEX",
    "unique_index_name": "names.UNIQUE INDEX",
}
"""What ``[style]`` says of both backends, by the ends of the traits' keys."""


@dataclass(frozen=True, slots=True)
class Read:
    """A workspace's scripts, libsql's first in each pair, and what they make without any server.

    Attributes:
        definitions: libsql's own CREATE statements by folded name.
    """

    scripts: tuple[tuple[Script | None, Script | None], ...]
    libsql: Schema
    postgres: Schema
    definitions: Mapping[str, str]


def read_pairs(workspace: Workspace, before: int | None = None, name: str = "") -> Read:
    """A workspace's versions, or those below one.

    libsql runs its own files in memory; PostgreSQL's are read. A statement that one of them does
    not take is passed over, for its effect is not known.

    Args:
        before: the version.
        name: of the migration, so that those before it count that share its number.

    Raises:
        UnreadableSource: a file is no text.
        EnvironmentLacks: a folder cannot be listed.
    """
    scripts = tuple(
        (_script(workspace, pair.of(Backend.LIBSQL)), _script(workspace, pair.of(Backend.POSTGRES)))
        for pair in pairs(scan(workspace))
        if before is None
        or pair.version < before
        or (pair.version == before and all(file.name < name for file in pair.files))
    )
    libsql, definitions = libsql_side(script for script, _ in scripts if script)
    postgres = postgres_schema([script for _, script in scripts if script])
    return Read(scripts, libsql, postgres, definitions)


def style_of(read: Read, config: Config) -> HouseStyle:
    """What pairs show, and what mig-assist.toml says of it."""
    stated = dict(_stated(config.style))
    found = style(read.scripts, read.libsql, read.postgres, stated, config.parity.types)
    return replace(found, foreign_keys=config.libsql.foreign_keys == "on")


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
    text = up_part(read_inside(workspace.root, file.path).text)
    return Script(text, file.path, file.version)


def libsql_side(scripts: Iterable[Script]) -> tuple[Schema, Mapping[str, str]]:
    """What scripts make on libsql, and its own texts by folded name."""
    rehearsal = Rehearsal(Schema())
    try:
        for script in scripts:
            with suppress(SqlSyntaxError):
                for statement in split_statements(script.sql, Backend.LIBSQL):
                    rehearsal.run(statement.text)
        return rehearsal.schema(), rehearsal.texts()
    finally:
        rehearsal.close()


def postgres_schema(scripts: Sequence[Script]) -> Schema:
    """What scripts make on PostgreSQL."""
    with suppress(SqlSyntaxError):  # in one go where the parser takes them all
        whole = "\n;\n".join(script.sql for script in scripts)
        return interpret(NOTHING, MigrationScript(1, "all", "", whole, "")).schema
    known = NOTHING
    for script in scripts:
        with suppress(SqlSyntaxError):
            known = interpret(
                known, MigrationScript(script.version, "", "", script.sql, script.path)
            )
    return known.schema
