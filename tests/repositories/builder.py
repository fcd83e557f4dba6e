"""Repositories in every layout, built for tests, with real git histories.

repository = build_repository(tmp_path / "repo", "siblings", versions=range(17, 21))
repository.checkout("feat/scopes", create=True)
repository.add(21, "api_key_scopes")
repository.commit("Add scopes")
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from mig_assist.backend import Backend
from mig_assist.digests import content_digest
from tests.require import require

RegistryKind = Literal["none", "toml", "rust"]

_NAMES = (
    "baseline",
    "api_key_scopes",
    "route_profiles",
    "usage_ledger",
    "budget_alerts",
    "provider_regions",
    "request_labels",
    "team_quotas",
)


class Shape(NamedTuple):
    """Where a layout keeps the files of one version.

    Each is a template of a path with ``{version}`` and ``{name}``; ``down`` ones are empty where
    the layout has none.
    """

    libsql: str
    postgres: str
    libsql_down: str = ""
    postgres_down: str = ""
    first: int = 17

    def up(self, backend: Backend) -> str:
        """The template of one side."""
        return self.libsql if backend is Backend.LIBSQL else self.postgres

    def down(self, backend: Backend) -> str:
        """The template of one side's down file."""
        return self.libsql_down if backend is Backend.LIBSQL else self.postgres_down


def _both(template: str, down: str = "", first: int = 17) -> Shape:
    """A layout whose sides differ in one word, ``{side}``."""

    def of(side: str) -> tuple[str, str]:
        return template.replace("{side}", side), down.replace("{side}", side)

    (libsql, libsql_down), (postgres, postgres_down) = of("sqlite"), of("postgres")
    return Shape(libsql, postgres, libsql_down, postgres_down, first)


_DIESEL = "migrations/{side}/{version:%Y-%m-%d-%H%M%S}_{name}"

LAYOUTS: Mapping[str, Shape] = {
    "nested": Shape(
        "migrations/V{version}__{name}.sql", "migrations/postgres/V{version}__{name}.sql"
    ),
    "nested-padded": Shape(
        "migrations/{version:04}_{name}.sql", "migrations/postgres/{version:04}_{name}.sql"
    ),
    "nested-reversed": Shape(
        "migrations/sqlite/V{version}__{name}.sql", "migrations/V{version}__{name}.sql"
    ),
    "siblings": _both("{side}/V{version}__{name}.sql"),
    "siblings-deep": _both("db/migrations/{side}/V{version}__{name}.sql"),
    "siblings-crate": _both("crates/store/migrations/{side}/{version:04}_{name}.sql"),
    "siblings-spelled": Shape(
        "src/storage/libsql/migrations/{version:03}-{name}.sql",
        "src/storage/psql/migrations/{version:03}-{name}.sql",
    ),
    "siblings-affixed": Shape(
        "store/turso-migrations/{version}-{name}.sql", "store/pg-migrations/{version}-{name}.sql"
    ),
    "crates": Shape(
        "crates/store-sqlite3/migrations/{version:04}-{name}.sql",
        "crates/store-postgresql/migrations/{version:04}-{name}.sql",
    ),
    "up-down": _both(
        "storage/migrations/{side}/V{version:04}.{name}.up.sql",
        "storage/migrations/{side}/V{version:04}.{name}.down.sql",
        first=1,
    ),
    "plain-down": _both(
        "migrations/{side}/{version:04}_{name}.sql",
        "migrations/{side}/{version:04}_{name}.down.sql",
    ),
    "flyway-undo": _both(
        "migrations/{side}/V{version}__{name}.sql", "migrations/{side}/U{version}__{name}.sql"
    ),
    "file-suffix": _both("migrations/{version:04}_{name}.{side}.sql"),
    "file-suffix-underscore": _both("migrations/{version:04}_{name}_{side}.sql"),
    "file-suffix-up-down": _both(
        "migrations/V{version:04}.{name}.{side}.up.sql",
        "migrations/V{version:04}.{name}.{side}.down.sql",
    ),
    "file-suffix-one-side": Shape(
        "migrations/V{version}__{name}.sql", "migrations/V{version}__{name}.postgres.sql"
    ),
    "folder-per-version": _both(
        "migrations/{side}/V{version}__{name}/up.sql",
        "migrations/{side}/V{version}__{name}/down.sql",
    ),
    "folder-per-version-file": _both("migrations/{version:04}_{name}/{side}.sql"),
    "folder-per-version-suffix": _both("migrations/{version:04}_{name}_{side}/up.sql"),
    "folder-per-version-inside": _both("migrations/V{version}__{name}/{side}/up.sql"),
    "diesel": _both(f"{_DIESEL}/up.sql", f"{_DIESEL}/down.sql", first=20240102000000),
    "timestamps": _both(
        "migrations/{side}/{version:%Y%m%d%H%M%S}_{name}.sql", first=20240102000000
    ),
    "epoch": _both("migrations/{side}/{version}_{name}.sql", first=1700000000),
    "different-styles": Shape(
        "migrations/hiqlite/{version}_{name}.sql", "migrations/postgres/V{version}__{name}.sql"
    ),
}
"""Every layout that is to be recognised, by a name for test reports."""


@dataclass(frozen=True)
class Repository:
    """A built repository.

    Attributes:
        registry_file: where the registry lies, if not in its usual place.
        names: version → name of every migration that :meth:`add` wrote.
    """

    root: Path
    shape: Shape
    registry: RegistryKind = "none"
    prefix: str = ""
    registry_file: str = ""
    names: dict[int, str] = field(default_factory=dict)

    def path(self, backend: Backend, version: int, name: str | None = None) -> str:
        """Where a migration's file lies, relative to the root."""
        return self.prefix + _fill(self.shape.up(backend), version, name or self.names[version])

    def down_path(self, backend: Backend, version: int, name: str | None = None) -> str:
        """Where its down file lies; empty where the layout has none."""
        template = self.shape.down(backend)
        name = name or self.names[version]
        return self.prefix + _fill(template, version, name) if template else ""

    @property
    def registry_path(self) -> str:
        """The registry file, relative to the root; empty where there is none."""
        if self.registry_file:
            return self.registry_file
        paths = {"none": "", "toml": "migrations/registry.toml", "rust": "src/migrations.rs"}
        return self.prefix + paths[self.registry] if self.registry != "none" else ""

    def write(self, path: str, content: str | bytes) -> Path:
        """Write a file and the folders that lead to it."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def add(self, version: int, name: str, *, sides: Iterable[Backend] = tuple(Backend)) -> None:
        """Write a migration, with its down files, and list it in the registry."""
        self.names[version] = name
        for side in sides:
            self.write(self.path(side, version), _sql(version, name, side))
            if down := self.down_path(side, version):
                self.write(down, f"DROP TABLE {_table(version, name)};\n")
        self.write_registry()

    def write_registry(self) -> None:
        """Write the registry file for all migrations that were added."""
        if self.registry == "toml":
            self.write(self.registry_path, "\n".join(map(self._toml_entry, sorted(self.names))))
        elif self.registry == "rust":
            entries = "".join(map(self._rust_entry, sorted(self.names)))
            self.write(self.registry_path, _RUST.format(entries=entries))

    def git(self, *arguments: str) -> str:
        """Run git in the repository and return what it prints."""
        program = require(shutil.which("git"), "git (apt-get install git)")
        author = ("-c", "user.name=Ada Example", "-c", "user.email=ada@example.org")
        completed = subprocess.run(
            [program, *author, "-c", "commit.gpgsign=false", *arguments],
            cwd=self.root,
            env={**os.environ, "GIT_EDITOR": "true", "GIT_CONFIG_NOSYSTEM": "1"},
            check=True,
            capture_output=True,
        )
        return os.fsdecode(completed.stdout).rstrip("\n")

    def commit(self, message: str) -> str:
        """Commit everything and return the revision."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")

    def checkout(self, branch: str, *, create: bool = False) -> None:
        """Switch to a branch, made from here where ``create`` says so."""
        self.git("checkout", "--quiet", *(("-b",) if create else ()), branch)

    def _toml_entry(self, version: int) -> str:
        paths = {side: self.path(side, version) for side in Backend}
        digests = {
            side: content_digest((self.root / path).read_bytes())
            for side, path in paths.items()
            if (self.root / path).exists()
        }
        checksums = ", ".join(f'{side} = "{digest}"' for side, digest in digests.items())
        return (
            f'[[migration]]\nversion = {version}\nname = "{self.names[version]}"\n'
            f"checksum = {{ {checksums} }}\n"
            + "".join(f'{side} = "{path}"\n' for side, path in paths.items())
        )

    def _rust_entry(self, version: int) -> str:
        folder = (self.root / self.registry_path).parent
        name = self.names[version]
        lines = [f"version: {version},", f'name: "{name}",']
        lines.append(f'checksum: "{Path(self.path(Backend.LIBSQL, version)).name}",')
        for side in Backend:
            path = os.path.relpath(self.root / self.path(side, version), folder)
            line = f'{side}_sql: include_str!("{path}"),'
            if len(line) > 100 - 8:
                line = f'{side}_sql: include_str!(\n            "{path}"\n        ),'
            lines.append(line)
        body = "".join(f"        {line}\n" for line in lines)
        return f"    Manifest {{\n{body}    }},\n"


def build_repository(
    root: Path,
    layout: str = "nested",
    *,
    versions: Iterable[int] | Mapping[int, str] | None = None,
    registry: RegistryKind = "none",
    git: bool = True,
    prefix: str = "",
    registry_file: str = "",
) -> Repository:
    """Make a repository in one of :data:`LAYOUTS`.

    With ``git`` it is a git repository on the branch ``main`` with one commit for each version.

    Args:
        root: the folder to make it in; created where it is missing.
        versions: the versions, with a name for each or without; three by default.
        registry: how the runner's list is kept.
        prefix: a folder, with a slash at its end, under which the layout lies: ``crates/store/``.
        registry_file: where the registry lies, relative to ``root``, if not in its usual place.
    """
    shape = LAYOUTS[layout]
    if versions is None:
        versions = range(shape.first, shape.first + 3)
    if not isinstance(versions, Mapping):
        versions = {version: _name(position) for position, version in enumerate(versions)}
    repository = Repository(root, shape, registry, prefix, registry_file)
    root.mkdir(parents=True, exist_ok=True)
    repository.write("README.md", "# A service with a store\n")
    if git:
        repository.git("init", "--quiet", "--initial-branch=main")
        repository.commit("Start")
    for version, name in versions.items():
        repository.add(version, name)
        if git:
            repository.commit(f"Add {name}")
    return repository


def _name(position: int) -> str:
    return _NAMES[position] if position < len(_NAMES) else f"change_number_{position}"


def _fill(template: str, version: int, name: str) -> str:
    """Fill a template; ``{version:%Y…}`` writes the digits of the version in that form."""
    head, brace, rest = template.partition("{version:%")
    if not brace:
        return template.format(version=version, name=name)
    form, _, tail = rest.partition("}")
    digits = str(version)
    written = "%" + form
    for letter, width in (("Y", 4), ("m", 2), ("d", 2), ("H", 2), ("M", 2), ("S", 2)):
        written, digits = written.replace(f"%{letter}", digits[:width]), digits[width:]
    return head + written + tail.format(name=name)


def _table(version: int, name: str) -> str:
    return f"{name}_{version}"


def _sql(version: int, name: str, side: Backend) -> str:
    number = "INTEGER" if side is Backend.LIBSQL else "BIGINT"
    return (
        f"-- {name}\nCREATE TABLE {_table(version, name)} (\n    id TEXT PRIMARY KEY,\n"
        f"    created_at {number} NOT NULL\n);\n"
    )


_RUST = """\
//! The migrations of the store, oldest first.

pub struct Manifest {{
    pub version: i32,
    pub name: &'static str,
    pub checksum: &'static str,
    pub libsql_sql: &'static str,
    pub postgres_sql: &'static str,
}}

// Keep in order: the runner does not sort.
pub const MIGRATIONS: &[Manifest] = &[
{entries}];

#[cfg(test)]
mod tests {{
    use super::*;

    #[test]
    fn versions_ascend() {{
        let versions: Vec<i32> = MIGRATIONS.iter().map(|m| m.version).collect();
        assert!(versions.windows(2).all(|pair| pair[0] < pair[1]));
    }}
}}
"""
