"""Opening files in the user's own editor."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mig_assist.backend import Backend
from mig_assist.checklist.inputs import files_below
from mig_assist.checklist.overview import ItemView
from mig_assist.errors import EnvironmentLacks
from mig_assist.file_changes import resolve_inside
from mig_assist.workspace.files import migration_path
from mig_assist.workspace.registry_search import known_registry

if TYPE_CHECKING:
    from textual.app import App

    from mig_assist.checklist.session import Session

_FALLBACKS = ("nano", "vi")
_TAKE_PLUS_LINE = frozenset(
    ("vi", "vim", "nvim", "view", "nano", "emacs", "emacsclient", "micro", "kak", "joe", "ne", "mg")
)
_TAKE_COLON = frozenset(("hx", "helix", "subl", "zed"))
_TAKE_GOTO = frozenset(("code", "codium", "cursor"))
_HOW = "Set it, for instance: export EDITOR=vim"


@dataclass(frozen=True, slots=True)
class Target:
    """A file that can be edited; ``path`` is relative to the workspace, ``line`` 1-based."""

    path: str
    line: int | None = None
    note: str = ""

    @property
    def place(self) -> str:
        """``path:line``, as far as it is known."""
        return self.path if self.line is None else f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class Editor:
    """An editor as an argument vector, and a word about how it was found."""

    argv: tuple[str, ...]
    said: str = ""


def targets(session: Session, view: ItemView) -> list[Target]:
    """The files that an item is about: places of its findings first, then the others.

    Raises:
        WrongUse: no migration is in work.
    """
    found = [
        Target(finding.path, finding.line, finding.message)
        for evidence in view.state.evidence
        for finding in evidence.findings
        if finding.path is not None
    ]
    named = {target.path for target in found}
    return [*found, *(Target(path) for path in _files_of(session, view) if path not in named)]


def _files_of(session: Session, view: ItemView) -> Iterator[str]:
    migration = session.require_migration()
    workspace, key = session.workspace, view.item.key
    config = workspace.config
    documents = {
        "data-docs": config.docs.data,
        "user-docs": config.docs.user,
        "adr": config.docs.adr,
    }
    if key in documents:
        for path in documents[key]:
            yield from files_below(workspace.root, path)
        return
    if key == "tests":
        for folder in config.tests.paths:
            for path in files_below(workspace.root, folder):
                if f"v{migration.version}_" in path.lower():
                    yield path
    sides = [backend for backend in Backend if backend == key] or list(Backend)
    for backend in sides:
        yield migration_path(workspace, backend, migration.version, migration.name)
    if key == "registry" and (registry := known_registry(workspace).path):
        yield registry


def find_editor(environ: Mapping[str, str]) -> Editor:
    """$VISUAL, else $EDITOR, else a small editor that is there.

    Raises:
        EnvironmentLacks: there is none, or the variable cannot be read as a command.
    """
    for name in ("VISUAL", "EDITOR"):
        if environ.get(name, "").strip():
            try:
                return Editor(tuple(shlex.split(environ[name])))
            except ValueError as error:
                raise EnvironmentLacks(
                    f"${name} is not a command", f"{environ[name]!r}: {error}.", _HOW
                ) from None
    for program in _FALLBACKS:
        if shutil.which(program, path=environ.get("PATH")):
            return Editor(
                (program,), f"$VISUAL and $EDITOR are not set, so {program} was used. {_HOW}"
            )
    raise EnvironmentLacks(
        "No editor", f"$VISUAL and $EDITOR are not set; {', '.join(_FALLBACKS)} are absent.", _HOW
    )


def command(editor: Sequence[str], path: Path, line: int | None) -> list[str]:
    """The editor's argument vector for a file, at a line where it is known how to say so."""
    program = Path(editor[0]).name
    if line is None:
        return [*editor, str(path)]
    if program in _TAKE_PLUS_LINE:
        return [*editor, f"+{line}", str(path)]
    if program in _TAKE_COLON:
        return [*editor, f"{path}:{line}"]
    if program in _TAKE_GOTO:
        return [*editor, "--goto", f"{path}:{line}"]
    return [*editor, str(path)]


def open_editor(app: App[None], root: Path, target: Target) -> str:
    """Give the terminal to the editor until it ends; return what the user should be told.

    Raises:
        EnvironmentLacks: there is no editor, or it cannot be started here.
        ChangeRefused: the file lies outside the workspace.
    """
    from textual.app import SuspendNotSupported

    editor = find_editor(os.environ)
    argv = command(editor.argv, resolve_inside(root, target.path), target.line)
    problem: OSError | None = None
    status = 0
    try:
        with app.suspend():
            # Ctrl+C inside the editor is the editor's; a handler, unlike SIG_IGN, is not inherited.
            before = signal.signal(signal.SIGINT, lambda *_: None)
            try:
                status = subprocess.run(argv, cwd=root, check=False).returncode
            except OSError as error:
                problem = error
            finally:
                signal.signal(signal.SIGINT, before)
    except SuspendNotSupported:
        raise EnvironmentLacks(
            "No editor here",
            "This terminal cannot be handed over.",
            f"Edit {target.path} elsewhere.",
        ) from None
    if problem is not None:
        raise EnvironmentLacks(
            "The editor could not be started", f"{argv[0]}: {problem.strerror or problem}.", _HOW
        )
    return f"{Path(argv[0]).name} ended with exit status {status}." if status else editor.said
