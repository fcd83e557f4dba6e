"""Registries in Rust for tests, and the rustfmt that judges them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from mig_assist.backend import Backend
from mig_assist.workspace import Workspace, open_workspace
from mig_assist.workspace.layout import Layout, Side
from mig_assist.workspace.registry import RegistryEntry
from mig_assist.workspace.registry.places import locator
from mig_assist.workspace.registry.rust import RustRegistry
from mig_assist.workspace.registry.rust.formatting import Style
from mig_assist.workspace.registry.rust.reading import Surroundings
from mig_assist.workspace.registry.rust.text import Manner, RustText
from tests.require import require

CRATE = "crates/store"
SOURCE = f"{CRATE}/src/migrations.rs"
LAYOUT = Layout(Side(f"{CRATE}/migrations"), Side(f"{CRATE}/migrations/postgres"))
LONG = "remember_which_provider_answered_each_attempt"
"""Long enough for an include to be broken, short enough for its path to fit on a line."""

CONFIGURATION = f"""\
baseline = 17

[migrations]
libsql = "{LAYOUT.libsql.folder}"
postgres = "{LAYOUT.postgres.folder}"

[registry]
kind = "rust"
path = "{SOURCE}"
"""


def manifest(version: int, name: str, kind: str = "Manifest") -> str:
    """An entry as most registries write it, on one line."""
    return (
        f'{kind} {{ version: {version}, name: "{name}", checksum: "V{version}__{name}.sql",'
        f' libsql_sql: include_str!("../migrations/V{version}__{name}.sql"),'
        f' postgres_sql: include_str!("../migrations/postgres/V{version}__{name}.sql") }}'
    )


def entry(version: int, name: str, checksums: dict[Backend, str] | None = None) -> RegistryEntry:
    """The registry's entry for a migration whose files lie where they belong."""
    paths = {backend: LAYOUT.of(backend).path(version, name) for backend in Backend}
    return RegistryEntry(version, name, checksums or {}, paths)


def text_of(
    source: str | bytes,
    *,
    name: str = "",
    style: Style | None = None,
    files: dict[str, bytes] | None = None,
    baseline: int = 17,
) -> RustText:
    """A source as a registry; ``files`` are the workspace's other files."""
    around = Surroundings(SOURCE, CRATE, LAYOUT, baseline, locator(LAYOUT), (files or {}).get)
    content = source.encode() if isinstance(source, str) else source
    return RustText(content, Manner(around, style or Style(), name))


def listed(text: RustText) -> list[tuple[int, str]]:
    """Version and name of each entry."""
    return [(each.version, each.name) for each in text.entries]


def rustfmt(source: str | bytes, *options: str) -> str:
    """The source as rustfmt leaves it."""
    program = require(shutil.which("rustfmt"), "rustfmt (apt-get install rustfmt)")
    done = subprocess.run(
        [program, "--edition", "2021", *options],
        input=source.encode() if isinstance(source, str) else source,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def write(root: Path, path: str, content: str | bytes) -> Path:
    """Write a file and the folders that lead to it."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def write_pair(root: Path, version: int, name: str, sql: str = "SELECT 1;\n") -> None:
    """Write both files of a migration."""
    for backend in Backend:
        write(root, LAYOUT.of(backend).path(version, name), sql)


def rust_workspace(root: Path, source: str | bytes, *pairs: tuple[int, str]) -> Workspace:
    """A workspace with a Rust registry and the files of some versions."""
    write(root, "mig-assist.toml", CONFIGURATION)
    write(root, f"{CRATE}/Cargo.toml", '[package]\nname = "store"\n')
    write(root, SOURCE, source)
    for version, name in pairs:
        write_pair(root, version, name)
    return open_workspace(root)


def registry_of(workspace: Workspace) -> RustRegistry:
    """The workspace's registry."""
    return RustRegistry(workspace)
