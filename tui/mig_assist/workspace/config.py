"""``mig-assist.toml``: what a workspace says about itself, as one typed model.

Records that `mig-assist status` needs are named tuples: they are as immutable as frozen
dataclasses and take a sixth of the time to define.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from mig_assist.errors import WrongUse
from mig_assist.source_text import UnreadableSource, read_source
from mig_assist.workspace.layout import DEFAULT_PATTERN, Layout, Side, down_pattern, pattern_problem

CONFIG_NAME = "mig-assist.toml"

Command = tuple[tuple[str, ...], ...]
"""Argument vectors that run one after the other until one fails."""


class ConfigurationError(WrongUse):
    """mig-assist.toml says something that cannot be meant."""


class MigrationsConfig(NamedTuple):
    """``[migrations]``: where each backend's files lie, and how they are named.

    Attributes:
        libsql: the folder, relative to the workspace root.
        postgres: likewise.
        pattern: of the files of both sides; see :mod:`mig_assist.workspace.layout`. Where none is
            given, it is taken from the files that are there.
        libsql_pattern: of one side, where the sides differ.
        postgres_pattern: likewise.
    """

    libsql: str = Layout().libsql.folder
    postgres: str = Layout().postgres.folder
    pattern: str = ""
    libsql_pattern: str = ""
    postgres_pattern: str = ""

    @property
    def states_patterns(self) -> bool:
        """Whether each side's pattern is given."""
        return bool(self.pattern or (self.libsql_pattern and self.postgres_pattern))

    @property
    def layout(self) -> Layout:
        """Both sides, with the usual pattern where none is given."""

        def side(folder: str, own_pattern: str) -> Side:
            pattern = own_pattern or self.pattern or DEFAULT_PATTERN
            return Side(folder, pattern, down_pattern(pattern))

        return Layout(
            side(self.libsql, self.libsql_pattern), side(self.postgres, self.postgres_pattern)
        )


class RegistryConfig(NamedTuple):
    """``[registry]``: the file in which the runner lists its migrations.

    Attributes:
        kind: ``toml`` for a file as the embedded workspace has it, ``none`` where the runner
            takes whatever lies in the folders.
        path: the registry file; empty with kind ``none``.
    """

    kind: str = "none"
    path: str = ""


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


class Config(NamedTuple):
    """The whole of mig-assist.toml.

    Attributes:
        baseline: the first active version; history below it is recreated, never upgraded.
        layout: what ``[migrations]`` says, and what was found in the files.
        tasks: the page's task name → what this workspace calls it.
        commands: the page's task name → the plain command where mise is missing.
    """

    baseline: int = 17
    layout: Layout = Layout()
    registry: RegistryConfig = RegistryConfig()
    tests: TestsConfig = TestsConfig()
    docs: DocsConfig = DocsConfig()
    git: GitConfig = GitConfig()
    postgres: PostgresConfig = PostgresConfig()
    tasks: Mapping[str, str] = MappingProxyType({})
    commands: Mapping[str, Command] = MappingProxyType({})


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
    if not path.exists():
        return {}
    import tomllib

    try:
        return tomllib.loads(read_source(path, CONFIG_NAME).text)
    except UnreadableSource as error:
        raise ConfigurationError(error.title, error.message, error.fix) from None
    except tomllib.TOMLDecodeError as error:
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
        **{
            name: _section_reader(name, model)
            for name, model in (
                ("migrations", MigrationsConfig),
                ("registry", RegistryConfig),
                ("tests", TestsConfig),
                ("docs", DocsConfig),
                ("git", GitConfig),
                ("postgres", PostgresConfig),
            )
        },
    }
    _refuse_unknown(data, readers, "")
    values = {key: readers[key](value) for key, value in data.items()}
    if "migrations" in values:
        values["layout"] = _layout(values.pop("migrations"))
    config = Config(**values)
    if config.baseline < 1:
        raise _wrong("baseline", "a version of 1 or more")
    if config.registry.kind not in ("toml", "none"):
        raise _wrong("registry.kind", '"toml" or "none"')
    if config.registry.kind == "toml" and not config.registry.path:
        raise _wrong("registry.path", "the registry file's path")
    if config.postgres.source not in ("", "url", "task", "embedded", "docker"):
        raise _wrong("postgres.source", '"url", "task", "embedded" or "docker"')
    return config


def _layout(stated: MigrationsConfig) -> Layout:
    for key in ("pattern", "libsql_pattern", "postgres_pattern"):
        pattern = getattr(stated, key)
        if pattern and (problem := pattern_problem(pattern)):
            raise _wrong(f"migrations.{key}", f"a pattern such as {DEFAULT_PATTERN}: {problem}")
    for key in ("libsql", "postgres"):
        folder = posixpath.normpath(getattr(stated, key))
        if folder.startswith(("/", "..")) or "\0" in folder:
            raise _wrong(f"migrations.{key}", "a folder inside the workspace")
        stated = stated._replace(**{key: "" if folder == "." else folder})
    if stated.layout.libsql == stated.layout.postgres:
        raise _wrong("migrations", "two places: in one folder each backend needs its own pattern")
    return stated.layout


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
    if isinstance(default, tuple):
        return _strings(value, key)
    if isinstance(default, int):
        return _expect(value, int, key, "a whole number")
    return _expect(value, str, key, "a string")


def _task_names(value: Any) -> dict[str, str]:
    table = _expect(value, dict, "tasks", "a table")
    return {key: _expect(name, str, f"tasks.{key}", "a string") for key, name in table.items()}


def _commands(value: Any) -> dict[str, Command]:
    commands: dict[str, Command] = {}
    for key, command in _expect(value, dict, "commands", "a table").items():
        several = isinstance(command, list) and command and isinstance(command[0], list)
        vectors = command if several else [command]
        commands[key] = tuple(_strings(vector, f"commands.{key}") for vector in vectors)
        if not all(commands[key]):
            raise _wrong(f"commands.{key}", "a command and its arguments, as a list of strings")
    return commands


def _strings(value: Any, key: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _wrong(key, "a list of strings")
    return tuple(value)


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
