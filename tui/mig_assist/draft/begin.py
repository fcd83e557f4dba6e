"""Beginning a migration: the pair, its registry entry and its test skeleton in one step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mig_assist.backend import Backend
from mig_assist.draft.registry_entry import entry_for
from mig_assist.draft.scaffolds import render, template_names
from mig_assist.errors import WrongUse
from mig_assist.file_changes import ChangeRefused, FileChange, resolve_inside
from mig_assist.workspace.files import migration_path
from mig_assist.workspace.model import Workspace
from mig_assist.workspace.registry import open_registry


@dataclass(frozen=True, slots=True)
class Beginning:
    """What will be written when a migration begins."""

    version: int
    name: str
    changes: tuple[FileChange, ...]


def plan_beginning(
    workspace: Workspace,
    version: int,
    name: str,
    template: str,
    tests_template: str = "tests/store_test.py.j2",
) -> Beginning:
    """Render the pair, its registry entry and its tests; nothing is written yet.

    Raises:
        WrongUse: there is no such template.
        ChangeRefused: one of the files exists, or would lie outside the workspace.
        RegistryError, UnreadableSource: the registry cannot be read.
    """
    if template not in template_names():
        raise WrongUse(
            f"No template {template!r}", f"There are: {', '.join(template_names())}.", "Name one."
        )
    values = {"version": version, "name": name, "table": table_in(name)}
    contents = {
        side: render(f"migration/{template}/{side}.sql.j2", values).encode() for side in Backend
    }
    return assemble(workspace, version, name, contents, render(tests_template, values))


def assemble(
    workspace: Workspace,
    version: int,
    name: str,
    contents: Mapping[Backend, bytes],
    tests: str,
) -> Beginning:
    """The changes that add a pair with the given contents and tests.

    Raises:
        ChangeRefused: one of the files exists, or would lie outside the workspace.
        RegistryError, UnreadableSource: the registry cannot be read.
    """
    new_files = {migration_path(workspace, side, version, name): contents[side] for side in Backend}
    if workspace.config.tests.paths:
        folder = workspace.config.tests.paths[0]
        new_files[f"{folder}/test_v{version}_{name}.py"] = tests.encode()
    for path in new_files:
        if resolve_inside(workspace.root, path).exists():
            raise ChangeRefused(
                f"{path} exists already",
                "A file that somebody wrote is never overwritten.",
                "Choose another name, or move the file away first.",
            )
    changes = [FileChange(path, content) for path, content in new_files.items()]
    entry = open_registry(workspace).with_entry(entry_for(workspace, version, name, dict(contents)))
    return Beginning(version, name, (*changes, entry) if entry else tuple(changes))


def table_in(name: str) -> str:
    """The table that a migration's name speaks of: ``add_x_to_teams`` → ``teams``."""
    words = name.split("_")
    if "to" in words[1:-1]:
        return "_".join(words[len(words) - words[::-1].index("to") :])
    for lead in ("add", "create", "index", "drop", "rename", "backfill"):
        if words[0] == lead and len(words) > 1:
            return "_".join(words[1:])
    return name
