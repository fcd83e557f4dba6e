"""``mig-assist.toml``: what a workspace says about itself, as one typed model.

Records that `mig-assist status` needs are named tuples: they are as immutable as frozen
dataclasses and take a sixth of the time to define.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from mig_assist.errors import WrongUse
from mig_assist.source_text import UnreadableSource, read_source
from mig_assist.workspace import task_names
from mig_assist.workspace.layout import (
    DEFAULT_PATTERN,
    HIGHEST_VERSION,
    Layout,
    Side,
    is_version,
    pattern_problem,
)

CONFIG_NAME = "mig-assist.toml"

SHORTEST_REASON = 8
"""A reason has at least this many characters; "n/a" explains nothing to the next reader."""

Command = tuple[tuple[str, ...], ...]
"""Argument vectors that run one after the other until one fails."""

_PATHS = frozenset(
    (
        "migrations.libsql",
        "migrations.postgres",
        "registry.path",
        "tests.paths",
        "docs.data",
        "docs.user",
        "docs.adr",
    )
)


class ConfigurationError(WrongUse):
    """mig-assist.toml says something that cannot be meant."""


class MigrationFolders(NamedTuple):
    """``[migrations]``: where each backend's files lie, relative to the workspace root.

    These and all other paths lie inside the workspace and have the form in which git lists them.

    Attributes:
        libsql: the folder of one side.
        postgres: the folder of the other.
        pattern: how the files of both sides are named; see :mod:`mig_assist.workspace.layout`.
            What is not given here is taken from the files that are there.
        libsql_pattern: for one side, where the sides differ.
        postgres_pattern: likewise.
        common_pattern: of files for both sides, where a side has none of its own.
        libsql_down: of the files that undo one side's.
        postgres_down: likewise.
        pairs: halves of one change that have two numbers: ``12_tags = 13_tags``, libsql's first,
            which then counts as the other.
    """

    libsql: str = "migrations"
    postgres: str = "migrations/postgres"
    pattern: str = ""
    libsql_pattern: str = ""
    postgres_pattern: str = ""
    libsql_down: str = ""
    postgres_down: str = ""
    common_pattern: str = ""
    pairs: tuple[str, ...] = ()

    @property
    def states_patterns(self) -> bool:
        """Whether the names of at least one side's files are given."""
        return bool(self.pattern or self.libsql_pattern or self.postgres_pattern)

    @property
    def layout(self) -> Layout:
        """Both sides; named in the usual way where nothing else is given."""
        return _layout(self)

    @classmethod
    def of(cls, layout: Layout) -> MigrationFolders:
        """The section that says all of a layout."""
        libsql, postgres = layout
        return cls(
            libsql.folder,
            postgres.folder,
            "",
            libsql.pattern,
            postgres.pattern,
            libsql.down,
            postgres.down,
            libsql.common,
        )


class RegistryConfig(NamedTuple):
    """``[registry]``: the file in which the runner lists its migrations.

    Attributes:
        kind: ``toml`` for a file as the embedded workspace has it, ``rust`` for a list in Rust
            source, ``none`` where the runner takes whatever lies in the folders; empty where it
            is not stated, and found by itself.
        path: the registry file; with kind ``none`` the one that is kept by hand, if any.
        name: in Rust, the constant, variable or function that holds the list; empty to find it
            by its shape.
    """

    kind: str = ""
    path: str = ""
    name: str = ""


class ListsConfig(NamedTuple):
    """``[lists]``: lists of tables that are kept by hand, such as one that guards resets.

    Attributes:
        tables: files of one table a line, or ``path:NAME`` for a list inside a Rust, TOML or
            JSON file.
    """

    tables: tuple[str, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        """The files that hold them."""
        return tuple(stated.rpartition(":")[0] or stated for stated in self.tables)


class TestsConfig(NamedTuple):
    """``[tests]``: the folders that hold the store tests."""

    paths: tuple[str, ...] = ()


class DocsConfig(NamedTuple):
    """``[docs]``: files or folders whose change completes items 8, 9 and 10."""

    data: tuple[str, ...] = ()
    user: tuple[str, ...] = ()
    adr: tuple[str, ...] = ()


class GitConfig(NamedTuple):
    """``[git]``: the branch that migrations are merged into; found by itself where empty."""

    base: str = ""


class LibsqlConfig(NamedTuple):
    """``[libsql]``: how the application runs libsql's migrations.

    Attributes:
        foreign_keys: ``on``, or ``off`` where its connection does not enforce them meanwhile.
    """

    foreign_keys: str = "on"


class PostgresConfig(NamedTuple):
    """``[postgres]``: which local PostgreSQL is used.

    Attributes:
        url: a server of the user's own; empty to let mig-assist start one.
        start_task: the workspace's task that starts its PostgreSQL; it answers at ``url``.
        source: ``url``, ``task``, ``embedded`` or ``docker`` to insist on one.
        port: the wished port of a server that mig-assist starts; 0 for the default.
        image: the Docker image.
    """

    url: str = ""
    start_task: str = ""
    source: str = ""
    port: int = 0
    image: str = "postgres:18"


class StatedWaiver(NamedTuple):
    """One of ``[[parity.waivers]]``: a finding that is meant.

    Attributes:
        object: as the finding names it, or ``*`` for any.
        versions: those that it is for; empty for all.
    """

    code: str
    object: str
    reason: str = ""
    versions: tuple[int, ...] = ()


class ParityConfig(NamedTuple):
    """``[parity]``: what is meant where the backends differ.

    Attributes:
        types: a libsql type → the PostgreSQL types that hold the same here, whatever the other
            columns do.
    """

    types: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    waivers: tuple[StatedWaiver, ...] = ()


class StyleConfig(NamedTuple):
    """``[style]``: habits of writing that are to hold whatever the migrations show.

    Names may hold ``{table}``, ``{columns}``, ``{column}`` (the first of them), ``{stems}`` and
    ``{stem}`` (the same without ``_id``); what is None is learned.

    Attributes:
        keywords: ``upper`` or ``lower``.
        indent: how many blanks stand before a column.
        strict: whether libsql's tables are STRICT.
        autoincrement: whether libsql's numbered keys say AUTOINCREMENT.
        numbering: PostgreSQL's numbered keys: ``serial``, ``identity``, ``identity always`` or
            ``plain``.
        flag_checks: whether libsql's flags have a CHECK.
        json_checks: whether libsql's JSON has one.
        index_name: how indexes are called.
        unique_index_name: how unique indexes are.
        rebuild_name: how a new table is called while libsql rebuilds one, with ``{table}``, and
            ``{version}`` where it has the number.
        alter: whether several changes of a PostgreSQL table are ``together`` in one ALTER TABLE or
            ``apart``.
    """

    keywords: str | None = None
    indent: int | None = None
    strict: bool | None = None
    autoincrement: bool | None = None
    numbering: str | None = None
    flag_checks: bool | None = None
    json_checks: bool | None = None
    index_name: str | None = None
    unique_index_name: str | None = None
    rebuild_name: str | None = None
    alter: str | None = None


class Config(NamedTuple):
    """The whole of mig-assist.toml.

    Attributes:
        baseline: the first active version; history below it is recreated, never upgraded. 0 where
            even V1 is yet to be written.
        tasks: the page's task name → what this workspace calls it.
        commands: the page's task name → the plain command where mise is missing.
        absent: the page's task name → why this workspace has nothing like it.
    """

    baseline: int = 17
    migrations: MigrationFolders = MigrationFolders()
    registry: RegistryConfig = RegistryConfig()
    lists: ListsConfig = ListsConfig()
    tests: TestsConfig = TestsConfig()
    docs: DocsConfig = DocsConfig()
    git: GitConfig = GitConfig()
    libsql: LibsqlConfig = LibsqlConfig()
    postgres: PostgresConfig = PostgresConfig()
    parity: ParityConfig = ParityConfig()
    style: StyleConfig = StyleConfig()
    tasks: Mapping[str, str] = MappingProxyType({})
    commands: Mapping[str, Command] = MappingProxyType({})
    absent: Mapping[str, str] = MappingProxyType({})


def load_config(root: Path) -> Config:
    """Read the workspace's configuration; defaults where there is no file.

    Raises:
        ConfigurationError: the file cannot be read, is not TOML, or has a key or a type that
            is not known; the message names it.
    """
    return parse_config(read_config(root))


def read_config(root: Path) -> dict[str, Any]:
    """What the workspace's mig-assist.toml states; empty where there is no file.

    Raises:
        ConfigurationError: the file cannot be read, or is not TOML.
    """
    path = root / CONFIG_NAME
    if not os.path.lexists(path):
        return {}
    from mig_assist.workspace.toml_text import NotToml, parse_toml

    try:
        return parse_toml(read_source(path, CONFIG_NAME).text)
    except UnreadableSource as error:
        raise ConfigurationError(error.title, error.message, error.fix) from None
    except NotToml as error:
        raise ConfigurationError(
            f"{CONFIG_NAME} is not valid TOML", f"{error}.", "Mend the line that it names."
        ) from None


def parse_config(data: Mapping[str, Any]) -> Config:
    """Build the model from parsed TOML.

    Raises:
        ConfigurationError: an unknown key, or a value of the wrong type.
    """
    readers: dict[str, Callable[[Any], Any]] = {
        "baseline": lambda value: _expect(value, int, "baseline", "a whole number"),
        "tasks": _task_names,
        "commands": _commands,
        "parity": _parity,
        "style": _style,
        "absent": _absent,
        **{
            name: _section_reader(name, model)
            for name, model in (
                ("migrations", MigrationFolders),
                ("registry", RegistryConfig),
                ("lists", ListsConfig),
                ("tests", TestsConfig),
                ("docs", DocsConfig),
                ("git", GitConfig),
                ("libsql", LibsqlConfig),
                ("postgres", PostgresConfig),
            )
        },
    }
    _refuse_unknown(data, readers, "")
    config = Config(**{key: readers[key](value) for key, value in data.items()})
    if config.baseline and not is_version(config.baseline):
        raise _wrong("baseline", f"0, a version up to {HIGHEST_VERSION}, or a time")
    _check_patterns(config.migrations)
    if "registry" in data and config.registry.kind not in ("toml", "rust", "none"):
        raise _wrong("registry.kind", '"toml", "rust" or "none"')
    if config.registry.kind in ("toml", "rust") and not config.registry.path:
        raise _wrong("registry.path", "the registry file's path")
    if config.postgres.source not in ("", "url", "task", "embedded", "docker"):
        raise _wrong("postgres.source", '"url", "task", "embedded" or "docker"')
    if config.libsql.foreign_keys not in ("on", "off"):
        raise _wrong("libsql.foreign_keys", '"on" or "off"')
    if not 0 <= config.postgres.port <= 65535:
        raise _wrong("postgres.port", "a port number, or 0 for the default")
    for task in config.absent:
        if task in config.tasks or task in config.commands:
            raise _wrong(f"absent.{task}", "left out where [tasks] or [commands] name the task")
    return config


def check_pairs(migrations: MigrationFolders) -> None:
    """See that ``migrations.pairs`` names files as they are called.

    Raises:
        ConfigurationError: it does not.
    """
    libsql, postgres = migrations.layout
    if len(libsql.aliases) < len(migrations.pairs):
        example = f"{libsql.entry(12, 'tags')} = {postgres.entry(13, 'tags')}"
        raise _wrong("migrations.pairs", f'two migrations each, libsql\'s first: "{example}"')


def _check_patterns(migrations: MigrationFolders) -> None:
    for key, value in migrations._asdict().items():
        if key.endswith(("pattern", "down")) and value and (problem := pattern_problem(value)):
            raise _wrong(f"migrations.{key}", f"a pattern such as {DEFAULT_PATTERN}: {problem}")
    libsql, postgres = migrations.layout
    if (libsql.folder, libsql.pattern) == (postgres.folder, postgres.pattern):
        raise _wrong("migrations.postgres", "another folder, or its files named in another way")


@lru_cache(maxsize=8)
def _layout(migrations: MigrationFolders) -> Layout:
    def side(folder: str, own_pattern: str, down: str) -> Side:
        pattern = own_pattern or migrations.pattern or DEFAULT_PATTERN
        return Side(folder, pattern, down, migrations.common_pattern)

    libsql = side(migrations.libsql, migrations.libsql_pattern, migrations.libsql_down)
    postgres = side(migrations.postgres, migrations.postgres_pattern, migrations.postgres_down)
    stated = (pair.partition(" = ") for pair in migrations.pairs)
    halves = [(libsql.named(one), postgres.named(other)) for one, _, other in stated]
    aliases = tuple((one, other) for one, other in halves if one and other)
    return Layout(libsql._replace(aliases=aliases), postgres)


def _section_reader(name: str, model: type[Any]) -> Callable[[Any], Any]:
    defaults = model()

    def read(value: Any) -> Any:
        table = _expect(value, dict, name, "a table")
        known = defaults._asdict()
        _refuse_unknown(table, known, f"{name}.")
        return model(
            **{key: _like(known[key], entry, f"{name}.{key}") for key, entry in table.items()}
        )

    return read


def _like(default: Any, value: Any, key: str) -> Any:
    if isinstance(default, int):
        return _expect(value, int, key, "a whole number")
    is_path = key in _PATHS
    if isinstance(default, tuple):
        strings = _strings(value, key)
        return tuple(_path(each, key) for each in strings) if is_path else strings
    return _path(value, key) if is_path else _string(value, key)


def _path(value: Any, key: str) -> str:
    """A path as git writes it too: without ``./``, double or trailing slashes."""
    path = posixpath.normpath(_string(value, key))
    if not value or path.startswith("/") or path.split("/")[0] == "..":
        raise _wrong(key, "a path inside the workspace")
    return path


def _task_names(value: Any) -> dict[str, str]:
    table = _expect(value, dict, "tasks", "a table")
    return {key: _string(name, f"tasks.{key}") for key, name in table.items()}


def _commands(value: Any) -> dict[str, Command]:
    commands: dict[str, Command] = {}
    for key, command in _expect(value, dict, "commands", "a table").items():
        several = isinstance(command, list) and command and isinstance(command[0], list)
        vectors = command if several else [command]
        commands[key] = tuple(_strings(vector, f"commands.{key}") for vector in vectors)
        if not all(vector and vector[0] for vector in commands[key]):
            raise _wrong(f"commands.{key}", "a command and its arguments, as a list of strings")
    return commands


def _parity(value: Any) -> ParityConfig:
    table = _expect(value, dict, "parity", "a table")
    _refuse_unknown(table, ParityConfig()._asdict(), "parity.")
    types = _expect(table.get("types", {}), dict, "parity.types", "a table")
    waivers = table.get("waivers", [])
    if not isinstance(waivers, list):
        raise _wrong("parity.waivers", "tables: [[parity.waivers]]")
    return ParityConfig(
        {name: _type_names(stated, f"parity.types.{name}") for name, stated in types.items()},
        tuple(_waiver(each) for each in waivers),
    )


_STYLES: Mapping[str, tuple[str, ...]] = {
    "keywords": ("upper", "lower"),
    "numbering": ("serial", "identity", "identity always", "plain"),
    "alter": ("together", "apart"),
}
_PLACEHOLDERS = {
    "index_name": frozenset(("table", "columns", "column", "stems", "stem")),
    "unique_index_name": frozenset(("table", "columns", "column", "stems", "stem")),
    "rebuild_name": frozenset(("table", "version")),
}


def _style(value: Any) -> StyleConfig:
    table = _expect(value, dict, "style", "a table")
    _refuse_unknown(table, StyleConfig()._asdict(), "style.")
    for name, stated in table.items():
        key = f"style.{name}"
        if name in _STYLES:
            if stated not in _STYLES[name]:
                raise _wrong(key, " or ".join(f'"{each}"' for each in _STYLES[name]))
        elif name in _PLACEHOLDERS:
            _check_pattern(_string(stated, key), key, _PLACEHOLDERS[name])
        elif name == "indent":
            if not 0 <= _expect(stated, int, key, "a number of blanks") <= 16:
                raise _wrong(key, "a number of blanks, at most 16")
        elif not isinstance(stated, bool):
            raise _wrong(key, "true or false")
    return StyleConfig(**table)


def _check_pattern(pattern: str, key: str, known: frozenset[str]) -> None:
    """A pattern of names holds the table's name, and nothing in braces that nobody fills in."""
    rest = pattern
    for name in known:
        rest = rest.replace(f"{{{name}}}", "")
    if "{table}" not in pattern or not set("{}").isdisjoint(rest):
        raise _wrong(
            key, f"a name with {{table}}; it may hold {', '.join(sorted(known))} in braces"
        )


def _type_names(value: Any, key: str) -> tuple[str, ...]:
    names = _strings([value] if isinstance(value, str) else value, key)
    if not all(names) or not names:
        raise _wrong(key, "the PostgreSQL type, or a list of types")
    return names


def _waiver(value: Any) -> StatedWaiver:
    key = "parity.waivers"
    table = _expect(value, dict, key, "tables: [[parity.waivers]]")
    _refuse_unknown(table, dict.fromkeys(StatedWaiver._fields), f"{key}.")
    texts = {
        name: _string(table.get(name, ""), f"{key}.{name}") for name in StatedWaiver._fields[:3]
    }
    for name in ("code", "object"):
        if not texts[name].strip():
            raise _wrong(f"{key}.{name}", "what the finding says")
    versions = table.get("versions", [])
    if not isinstance(versions, list) or not all(
        type(version) is int and is_version(version) for version in versions
    ):
        raise _wrong(f"{key}.versions", "a list of versions")
    return StatedWaiver(**texts, versions=tuple(versions))


def _absent(value: Any) -> dict[str, str]:
    table = _expect(value, dict, "absent", "a table")
    _refuse_unknown(table, dict.fromkeys(task_names.ALL), "absent.")
    reasons = {key: " ".join(_string(text, f"absent.{key}").split()) for key, text in table.items()}
    for key, reason in reasons.items():
        if len(reason) < SHORTEST_REASON:
            raise _wrong(f"absent.{key}", "the reason, in a sentence")
    return reasons


def _strings(value: Any, key: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _wrong(key, "a list of strings")
    return tuple(_string(item, key) for item in value)


def _string(value: Any, key: str) -> str:
    text: str = _expect(value, str, key, "a string")
    if "\0" in text:  # which no path, argument or variable can hold
        raise _wrong(key, "a string without NUL characters")
    return text


def _expect(value: Any, kind: type[Any], key: str, described: str) -> Any:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise _wrong(key, described)
    return value


def _wrong(key: str, described: str) -> ConfigurationError:
    return ConfigurationError(f"{CONFIG_NAME}: {key} must be {described}")


def _refuse_unknown(data: Mapping[str, Any], known: Mapping[str, Any], prefix: str) -> None:
    for key in data:
        if key not in known:
            raise ConfigurationError(
                f"{CONFIG_NAME}: unknown key {prefix}{key}",
                f"Known here: {', '.join(known)}.",
                "Correct or remove it.",
            )
