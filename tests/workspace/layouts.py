"""Small workspaces that tests write file by file."""

from __future__ import annotations

import hashlib
from pathlib import Path

from mig_assist.workspace import Workspace, open_workspace

CONFIG = 'baseline = 17\n[registry]\nkind = "toml"\npath = "migrations/registry.toml"\n'


def write(root: Path, path: str, content: str | bytes) -> Path:
    """Write a file with the folders it needs."""
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content if isinstance(content, bytes) else content.encode())
    return place


def pair_paths(version: int, name: str) -> tuple[str, str]:
    """Where the two files of a version belong by default."""
    file = f"V{version}__{name}.sql"
    return f"migrations/{file}", f"migrations/postgres/{file}"


def write_pair(
    root: Path,
    version: int,
    name: str,
    libsql: str = "CREATE TABLE {name} (id INTEGER PRIMARY KEY);\n",
    postgres: str = "CREATE TABLE {name} (id BIGINT PRIMARY KEY);\n",
) -> None:
    """Write both files of a version; ``{name}`` stands for its name."""
    for path, sql in zip(pair_paths(version, name), (libsql, postgres), strict=True):
        write(root, path, sql.replace("{name}", name))


def entry_text(root: Path, version: int, name: str) -> str:
    """What a correct registry says of a version whose files are there."""
    libsql, postgres = pair_paths(version, name)
    digests = [
        hashlib.sha256((root / path).read_bytes()).hexdigest() for path in (libsql, postgres)
    ]
    return (
        "[[migration]]\n"
        f"version = {version}\n"
        f'name = "{name}"\n'
        f'checksum = {{ libsql = "{digests[0]}", postgres = "{digests[1]}" }}\n'
        f'libsql = "{libsql}"\n'
        f'postgres = "{postgres}"\n'
    )


def write_registry(root: Path, *versions: tuple[int, str]) -> None:
    """Write a registry that lists the given pairs as their files are now."""
    entries = [entry_text(root, version, name) for version, name in versions]
    write(root, "migrations/registry.toml", "\n".join(entries))


def small_workspace(root: Path, *versions: tuple[int, str], config: str = CONFIG) -> Workspace:
    """A workspace of default layout whose registry lists each of its pairs."""
    write(root, "mig-assist.toml", config)
    for version, name in versions:
        write_pair(root, version, name)
    write_registry(root, *versions)
    return open_workspace(root)
