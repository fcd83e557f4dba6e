"""Beginning a migration: the pair, what undoes it, its registry entry and tests, in one step."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from mig_assist.backend import Backend
from mig_assist.draft.derive import derive
from mig_assist.draft.derive.surroundings import context_before
from mig_assist.draft.drafting import Drafting, refusal
from mig_assist.draft.house.model import SideStyle
from mig_assist.draft.questions import Answers, checked, unanswered
from mig_assist.draft.registry_entry import entry_for
from mig_assist.draft.scaffolds import own_file, render, template_folder
from mig_assist.draft.spelling import cased
from mig_assist.engines.statements import SqlSyntaxError, split_statements
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


def plan_beginning(
    workspace: Workspace,
    version: int,
    name: str,
    template: str,
    answers: Answers = MappingProxyType({}),
) -> Beginning:
    """Render the pair, its registry entry and its tests; nothing is written yet.

    libsql's file is written from the template, in the style of the house; PostgreSQL's is derived
    from it. What is not answered stands there as a mark.

    Raises:
        WrongUse: there is no such template, or the name is another version's, or not written as
            the others are; or an answer does not fit the schema, or libsql refuses the result.
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
    folder = template_folder(template, workspace)
    around = cache(lambda: context_before(workspace, version))
    given = checked(template, answers, around(), workspace) if answers else {}
    missing = unanswered(template, given, workspace)
    drafting = Drafting(version, name, given, [q.text for q in missing], around)
    table, column = table_in(snake(name)), column_in(snake(name))

    def rendered(path: str, side: Backend) -> str:
        text = render(path, drafting.values(table, column, side.label), workspace)
        return _tidy(cased(text, around().house.libsql.keywords) if _acts(text) else text)

    source = rendered(f"{folder}/libsql.sql.j2", Backend.LIBSQL)
    own = own_file(template, "postgres.sql.j2", workspace)
    theirs = rendered(own or f"{folder}/libsql.sql.j2", Backend.POSTGRES)
    if given and not missing and (said := refusal(source, around())):
        raise WrongUse(
            f"libsql does not take this {template}",
            said,
            "Change the answers, or begin with the template blank and write it yourself.",
        )
    counterpart = (
        theirs
        if own or not _acts(theirs)
        else _tidy(
            cased(derive(theirs, Backend.LIBSQL, around()).sql, around().house.postgres.keywords)
        )
    )
    texts = {Backend.LIBSQL: source, Backend.POSTGRES: counterpart}
    contents = {
        side: (_ended(text, around().house.of(side)) if _acts(source) else text).encode()
        for side, text in texts.items()
    }
    down = own_file(template, "down.sql.j2", workspace) or "migration/blank/down.sql.j2"
    downs = {side: rendered(down, side).encode() for side in Backend}
    values = {"version": version, "name": name, "table": given.get("table") or table}
    tests = render("tests/store_test.py.j2", {**values, "column": column}, workspace)
    return assemble(workspace, version, name, contents, tests, downs)


def _acts(text: str) -> bool:
    """Whether a libsql script is more than comments."""
    try:
        return bool(split_statements(text, Backend.LIBSQL))
    except SqlSyntaxError:
        return True


def _ended(text: str, side: SideStyle) -> str:
    """A script with its last semicolon, or without, as the house writes it."""
    return text if side.semicolon else text.rstrip("\n").removesuffix(";") + "\n"


def _tidy(text: str) -> str:
    """Without blank lines at either end, and with no more than one between statements."""
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"


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
