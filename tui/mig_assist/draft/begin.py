"""Beginning a migration: the pair, what undoes it, its registry entry and tests, in one step."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mig_assist.backend import Backend
from mig_assist.draft.registry_entry import entry_for
from mig_assist.draft.scaffolds import render, template_names
from mig_assist.errors import WrongUse
from mig_assist.file_changes import FileChange, resolve_inside
from mig_assist.workspace.files import migration_path, read_inside, scan
from mig_assist.workspace.git import base_of, content_at
from mig_assist.workspace.model import Workspace
from mig_assist.workspace.names import LONGEST, house_style, snake
from mig_assist.workspace.registry import open_registry

_LEADS = ("add", "create", "index", "drop", "rename", "backfill")


@dataclass(frozen=True, slots=True)
class Beginning:
    """What will be written when a migration begins."""

    version: int
    name: str
    changes: tuple[FileChange, ...]


def plan_beginning(workspace: Workspace, version: int, name: str, template: str) -> Beginning:
    """Render the pair, its registry entry and its tests; nothing is written yet.

    Raises:
        WrongUse: there is no such template, or the name is another version's, or not written as
            the others are.
        ChangeRefused: a file would lie outside the workspace.
        RegistryError, UnreadableSource: the registry, or an existing file, cannot be read.
    """
    style = house_style(workspace, version)
    if not style.fits(name) or len(name) > LONGEST:
        # It becomes part of paths, of SQL and of Python code.
        raise WrongUse(
            f"{name!r} is no name to begin with",
            f"A migration's name is {style} here. {style.rule}",
            "Rename the files that have it, or choose another name.",
        )
    for file in scan(workspace):
        if file.name == name and file.version != version:
            raise WrongUse(
                f"V{file.version} is called {name} already",
                f"Its file is {file.path}.",
                "Go on with that one, or choose another name.",
            )
    if template not in template_names():
        raise WrongUse(
            f"No template {template!r}", f"There are: {', '.join(template_names())}.", "Name one."
        )
    values = {
        "version": version,
        "name": name,
        "table": table_in(snake(name)),
        "column": column_in(snake(name)),
    }
    contents = {
        side: render(f"migration/{template}/{side}.sql.j2", values).encode() for side in Backend
    }
    downs = {
        side: render(f"migration/{template}/down.sql.j2", {**values, "label": side.label}).encode()
        for side in Backend
    }
    tests = render("tests/store_test.py.j2", values)
    return assemble(workspace, version, name, contents, tests, downs)


def assemble(
    workspace: Workspace,
    version: int,
    name: str,
    contents: Mapping[Backend, bytes],
    tests: str,
    downs: Mapping[Backend, bytes] = MappingProxyType({}),
) -> Beginning:
    """The changes that add a pair with the given contents and tests.

    A file that exists is kept as it is, so that half a pair gets its other half.

    Args:
        downs: what undoes the version, for layouts that have such files.

    Raises:
        ChangeRefused: a file would lie outside the workspace.
        RegistryError, UnreadableSource: the registry, or an existing file, cannot be read.
    """
    changes: list[FileChange] = []
    registered: dict[Backend, bytes] = {}
    for side in Backend:
        path = migration_path(workspace, side, version, name)
        if resolve_inside(workspace.root, path).exists():
            source = read_inside(workspace.root, path)
            registered[side] = source.encode(source.text)
        else:
            registered[side] = contents[side]
            changes.append(FileChange(path, contents[side]))
        down = workspace.layout.of(side).down_path(version, name)
        if down and side in downs and not resolve_inside(workspace.root, down).exists():
            changes.append(FileChange(down, downs[side]))
    tests_path = own_test_path(workspace, version, name)
    if tests_path and not resolve_inside(workspace.root, tests_path).exists():
        changes.append(FileChange(tests_path, tests.encode()))
    entry = open_registry(workspace).with_entry(entry_for(workspace, version, name, registered))
    return Beginning(version, name, (*changes, entry) if entry else tuple(changes))


def own_test_path(workspace: Workspace, version: int, name: str) -> str | None:
    """Where a migration's scaffolded tests belong.

    None where the workspace keeps no Python tests beside which they could stand.
    """
    for folder in workspace.config.tests.paths:
        if any((workspace.root / folder).glob("test_*.py")):
            return f"{folder}/test_v{version}_{snake(name)}.py"
    return None


def unfinished(workspace: Workspace, known: Collection[tuple[int, str]]) -> tuple[int, str] | None:
    """The newest version that lies in the folders, has no checklist yet, and is not merged.

    Args:
        known: version and name of every migration that has a checklist.
    """
    above = [file for file in scan(workspace) if file.version > workspace.config.baseline]
    if not above:
        return None
    newest = above[-1]
    base = base_of(workspace)
    merged = base is not None and any(
        content_at(workspace.root, base.revision, file.path) is not None
        for file in above
        if file.version == newest.version
    )
    if merged or (newest.version, newest.name) in known:
        return None
    return newest.version, newest.name


def column_in(name: str) -> str:
    """The column that a migration's name speaks of: ``add_region_to_teams`` → ``region``."""
    lead, _, _ = name.removeprefix("add_").rpartition("_to_")
    return lead or "new_column"


def table_in(name: str) -> str:
    """The table that a migration's name speaks of: ``add_region_to_teams`` → ``teams``."""
    _, to, table = name.rpartition("_to_")
    if to:
        return table
    lead, _, rest = name.partition("_")
    return rest if rest and lead in _LEADS else name
