"""``mig-assist init``."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from mig_assist.backend import Backend
from mig_assist.cli.main import Context
from mig_assist.cli.output import interactive, say
from mig_assist.cli.preview import show_changes
from mig_assist.cli.prompts import ask_choice, ask_text, confirm
from mig_assist.cli.recognised import (
    layout_lines,
    left_out_lines,
    lines_not_taken,
    pair_lines,
    tool_lines,
)
from mig_assist.cli.task_lines import absence_proposals, missing_tasks, task_lines, task_settings
from mig_assist.errors import Cancelled, WrongUse
from mig_assist.file_changes import resolve_inside, write_all
from mig_assist.workspace.config import (
    CONFIG_NAME,
    ConfigurationError,
    GitConfig,
    MigrationFolders,
    read_config,
)
from mig_assist.workspace.config_file import Setting, merged, with_settings
from mig_assist.workspace.detection import Detection, detect, detect_style, empty_pair
from mig_assist.workspace.detection.listing import list_files
from mig_assist.workspace.detection.surroundings import find_surroundings
from mig_assist.workspace.discovery import (
    configured,
    real_folder,
    unclear,
    usual_layout,
    workspace_root,
)
from mig_assist.workspace.files import pairs, scan
from mig_assist.workspace.git import base_of, head_revision
from mig_assist.workspace.layout import Layout
from mig_assist.workspace.model import Workspace
from mig_assist.workspace.registry.detect import SeveralRegistries, detect_registry
from mig_assist.workspace.twins import stated as stated_pairs
from mig_assist.workspace.twins import twins_in

_OTHER_BASES = ("origin/develop", "develop", "origin/trunk", "trunk", "origin/dev", "dev")
_REGISTRY_KINDS = {".toml": "toml", ".rs": "rust"}

_COMMENTS = {
    "baseline": "The first active version; databases with older history are recreated.",
    "migrations.libsql": "The folder of the libsql/SQLite files.",
    "migrations.postgres": "The folder of the PostgreSQL files.",
    "migrations.libsql_pattern": "How the libsql/SQLite files are named.",
    "migrations.postgres_pattern": "How the PostgreSQL files are named.",
    "migrations.pairs": "Changes that have two numbers, as their names tell; libsql's comes first.",
    "registry.kind": "How the runner's list of migrations is kept.",
    "registry.path": "The runner applies what this file lists, and nothing else.",
    "registry.name": "What the list is called in it.",
    "tests.paths": "The store tests; a change here completes item 5 of the checklist.",
    "docs.data": "The data model; a change here completes item 8.",
    "docs.user": "What administrators read; a change here completes item 9.",
    "docs.adr": "The decision records; a change here completes item 10.",
    "git.base": "The branch that migrations are merged into.",
}


@dataclass(frozen=True)
class _Flags:
    """What the command line says; empty where a flag was not given."""

    libsql: str
    postgres: str
    pattern: str
    libsql_pattern: str
    postgres_pattern: str
    registry: str
    baseline: int
    base: str
    tests: tuple[str, ...]
    docs_data: tuple[str, ...]
    docs_user: tuple[str, ...]
    docs_adr: tuple[str, ...]
    yes: bool

    @property
    def layout(self) -> MigrationFolders:
        return MigrationFolders(
            self.libsql, self.postgres, self.pattern, self.libsql_pattern, self.postgres_pattern
        )


@click.command()
@click.option("--libsql", default="", help="The folder of the libsql/SQLite files.")
@click.option("--postgres", default="", help="The folder of the PostgreSQL files.")
@click.option("--pattern", default="", help="How files are named, such as V{version}__{name}.sql.")
@click.option("--libsql-pattern", default="", help="The same for one side alone.")
@click.option("--postgres-pattern", default="", help="The same for one side alone.")
@click.option("--registry", default="", help="The file that lists the migrations, or none.")
@click.option("--baseline", type=int, default=0, help="The first active version.")
@click.option("--base", default="", help="The branch that migrations are merged into.")
@click.option("--tests", multiple=True, help="Where store tests lie; may be repeated.")
@click.option("--docs-data", multiple=True, help="What describes the data model; likewise.")
@click.option("--docs-user", multiple=True, help="What administrators read; likewise.")
@click.option("--docs-adr", multiple=True, help="Where decision records lie; likewise.")
@click.option("--yes", is_flag=True, help="Write the file without asking.")
@click.pass_obj
def init(context: Context, /, **given: Any) -> int:
    """Find the layout and write mig-assist.toml.

    The file holds only what would not be found by itself. One that exists is edited in place.
    All paths are relative to the top folder of the workspace.
    """
    flags = _Flags(**given)
    start = real_folder(context.repo)
    root = workspace_root(start)
    stated = read_config(root)
    detection = detect(root, start)
    settings = _layout(detection, flags, stated)
    workspace = Workspace(root, configured(root, start, merged(stated, settings)))
    if apart := twins_in(workspace):
        known = workspace.config.migrations.pairs
        settings.append(_setting("migrations.pairs", (*known, *stated_pairs(workspace, apart))))
        workspace = Workspace(root, configured(root, start, merged(stated, settings)))
    settings += _baseline(workspace, flags, stated)
    registry, why = _registry(workspace, flags, stated)
    settings += registry
    settings += _paths(workspace, flags, stated)
    settings += _base(workspace, flags, stated)
    settings += task_settings(workspace)
    notes = [("registry", why)] if why else []
    notes += [("tasks", line.detail) for line in task_lines(workspace)]
    _report(workspace, detection, notes, settings)
    proposals = absence_proposals(missing_tasks(workspace))
    change = with_settings(root, settings, proposals) if settings else None
    if change is None:
        say(f"Nothing to write: {CONFIG_NAME} would hold nothing that is not found by itself.")
        if proposals:
            say(f"Should you want to say more of the tasks, a {CONFIG_NAME} may hold:")
        for line in proposals:
            say(f"  {line}" if " = " in line or line.startswith("[absent") else f"  # {line}")
        return 0
    show_changes(root, [change])
    if not flags.yes and not confirm(f"Write {CONFIG_NAME}?"):
        raise Cancelled("Nothing was written")
    write_all(root, [change])
    say(f"wrote {CONFIG_NAME}")
    return 0


def _setting(key: str, value: int | str | tuple[str, ...]) -> Setting:
    section, _, name = key.rpartition(".")
    return Setting(section, name, value, _COMMENTS[key])


def _layout(detection: Detection, flags: _Flags, stated: Mapping[str, Any]) -> list[Setting]:
    """Where the migrations lie, as far as that would not be found by itself."""
    root = detection.root
    own = stated.get("migrations", {})
    usual = usual_layout(root, MigrationFolders())
    choice = detection.choice.layout if detection.choice else None
    found = usual[0] if usual else choice
    wanted = flags.layout
    if not any(wanted):
        if own or found:
            return []
        empty = None if detection.ranking.candidates else empty_pair(root)
        wanted = empty or _ask_layout(detection)
    libsql = wanted.libsql or own.get("libsql", "")
    postgres = wanted.postgres or own.get("postgres", "")
    for folder in (libsql, postgres):
        resolve_inside(root, folder)
    if not (libsql and postgres):
        libsql, postgres = _with_partner(detection, found, libsql, postgres)
    by_itself = detect_style(root, MigrationFolders(libsql, postgres)).layout
    layout = detect_style(root, wanted._replace(libsql=libsql, postgres=postgres)).layout
    if layout == found and not own:
        return []
    settings = [_setting("migrations.libsql", libsql), _setting("migrations.postgres", postgres)]
    for backend in Backend:
        pattern = layout.of(backend).pattern
        if libsql == postgres or by_itself.of(backend).pattern != pattern:
            settings.append(_setting(f"migrations.{backend}_pattern", pattern))
    return settings


def _with_partner(
    detection: Detection, found: Layout | None, libsql: str, postgres: str
) -> tuple[str, str]:
    """Both folders, where the flags name one of them, or only a pattern.

    Raises:
        WrongUse: no candidate has the named side.
    """
    for layout in (found, *(candidate.layout for candidate in detection.ranking.candidates)):
        if layout is not None:
            folders = layout.libsql.folder, layout.postgres.folder
            if libsql in ("", folders[0]) and postgres in ("", folders[1]):
                return folders
    missing = "--libsql" if postgres else "--postgres" if libsql else "--libsql and --postgres"
    raise WrongUse(
        f"{missing} is missing",
        f"Nothing was found in {detection.root} that would go with what is given.",
        f"Name the folder with {missing}.",
    )


def _ask_layout(detection: Detection) -> MigrationFolders:
    candidates = detection.ranking.candidates
    if not candidates:
        for line in lines_not_taken(detection.ranking):
            say(f"not taken: {line}")
        return MigrationFolders(
            ask_text("Folder of the libsql/SQLite files", flag="--libsql"),
            ask_text("Folder of the PostgreSQL files", flag="--postgres"),
        )
    if not interactive():
        raise unclear(detection)
    choices = [(candidate.shown, candidate.evidence) for candidate in candidates]
    shown = ask_choice("Which of these are the migrations?", choices, flag="--libsql")
    chosen = next(candidate for candidate in candidates if candidate.shown == shown)
    return MigrationFolders.of(chosen.layout)


def _baseline(workspace: Workspace, flags: _Flags, stated: Mapping[str, Any]) -> list[Setting]:
    wanted = flags.baseline
    if not (wanted or "baseline" in stated or scan(workspace)):
        return [Setting("", "baseline", 0, "Nothing is there yet: the first version is V1.")]
    return [_setting("baseline", wanted)] if wanted and wanted != workspace.config.baseline else []


def _registry(
    workspace: Workspace, flags: _Flags, stated: Mapping[str, Any]
) -> tuple[list[Setting], str]:
    """The runner's list: as the flag says, else as it is found, with what tells so."""
    if flags.registry == "none":
        return [_setting("registry.kind", "none")], ""
    if flags.registry:
        kind = _REGISTRY_KINDS.get(Path(flags.registry).suffix)
        if kind is None:
            raise WrongUse(
                f"{flags.registry} is no registry",
                "A registry is a TOML file, or Rust source.",
                "Name such a file with --registry, or say `none`.",
            )
        path = _existing(workspace, flags.registry, "--registry")
        return [_setting("registry.kind", kind), _setting("registry.path", path)], ""
    if "registry" in stated:
        return [], ""
    try:
        found = detect_registry(workspace.root, workspace.layout, workspace.config.baseline)
    except SeveralRegistries as error:
        if not interactive():
            raise
        choices = [(path, "lists the newest versions") for path in error.paths]
        chosen = ask_choice("Which file does the runner obey?", choices, flag="--registry")
        kind = _REGISTRY_KINDS[Path(chosen).suffix]
        return [_setting("registry.kind", kind), _setting("registry.path", chosen)], ""
    if found is None or found.config.kind == "none":
        return [], found.why if found else ""
    stated_by = {key: value for key, value in found.config._asdict().items() if value}
    return [_setting(f"registry.{key}", value) for key, value in stated_by.items()], found.why


def _paths(workspace: Workspace, flags: _Flags, stated: Mapping[str, Any]) -> list[Setting]:
    """Tests and documents: as the flags say, else as found, else as somebody says when asked."""
    around = find_surroundings(workspace, list_files(workspace.root).paths)
    settings = []
    for key, flag, given, found, question in (
        ("tests.paths", "--tests", flags.tests, around.tests, "Folder of the store tests"),
        ("docs.data", "--docs-data", flags.docs_data, around.data, "Document of the data model"),
        ("docs.user", "--docs-user", flags.docs_user, around.user, "Document for administrators"),
        ("docs.adr", "--docs-adr", flags.docs_adr, around.adr, "Folder of decision records"),
    ):
        section, _, name = key.partition(".")
        known = name in stated.get(section, {})
        paths = given or (() if known else found)
        if not paths and not known and not flags.yes and interactive():
            answer = ask_text(f"{question} (empty for none)", flag=flag)
            paths = (answer,) if answer else ()
        if paths:
            settings.append(_setting(key, tuple(_existing(workspace, p, flag) for p in paths)))
    return settings


def _existing(workspace: Workspace, path: str, flag: str) -> str:
    if not resolve_inside(workspace.root, path).exists():
        raise WrongUse(
            f"{path} does not exist",
            f"It was looked for in {workspace.root}.",
            f"Give {flag} relative to that folder.",
        )
    return posixpath.normpath(path)


def _base(workspace: Workspace, flags: _Flags, stated: Mapping[str, Any]) -> list[Setting]:
    """The branch that is merged into, as far as git would not tell by itself."""

    def known(branch: str) -> bool:
        git = GitConfig(branch)
        try:
            found = base_of(workspace._replace(config=workspace.config._replace(git=git)))
        except ConfigurationError:
            return False
        return found is not None

    if head_revision(workspace.root) is None:
        return [_setting("git.base", flags.base)] if flags.base else []
    if flags.base:
        if not known(flags.base):
            raise WrongUse(
                f"--base {flags.base} names no branch",
                "git knows none of that name with which the current one shares history.",
                "Correct it, or fetch the branch.",
            )
        return [_setting("git.base", flags.base)]
    if "base" in stated.get("git", {}) or base_of(workspace) is not None:
        return []
    return [_setting("git.base", name) for name in filter(known, _OTHER_BASES)][:1]


def _report(
    workspace: Workspace,
    detection: Detection,
    notes: Sequence[tuple[str, str]],
    settings: Sequence[Setting],
) -> None:
    """What was found and why, before anything is written."""
    lines = [*layout_lines(workspace.layout)]
    found = pairs(scan(workspace))
    lines += pair_lines(found, workspace.config.baseline)
    lines += tool_lines(workspace, found)
    lines += left_out_lines(workspace)
    not_taken = lines_not_taken(detection.ranking, workspace.layout)
    lines += [("not taken", line) for line in not_taken]
    lines += notes
    for setting in settings:
        values = setting.value if isinstance(setting.value, tuple) else (setting.value,)
        lines.append((setting.name, ", ".join(map(str, values))))
    width = max(len(word) for word, _ in lines)
    say(f"In {workspace.root}:")
    for word, line in lines:
        say(f"  {word:<{width}}  {line}")
