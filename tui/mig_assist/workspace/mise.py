"""The tasks that mise knows in a workspace, also those of a monorepo's other folders."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mig_assist.errors import EnvironmentLacks

HERE = "."
"""The workspace's own folder, as :attr:`Task.folder` has it."""

MISE_FILES = (
    "mise.toml", ".mise.toml", "mise.local.toml", ".mise.local.toml", "mise/config.toml",
    ".mise/config.toml", ".config/mise.toml", ".config/mise/config.toml", "mise-tasks",
    ".mise-tasks", "mise/tasks", ".mise/tasks", ".config/mise/tasks",
)  # fmt: skip
"""Where a folder's tasks are written: configuration files, and folders of scripts."""

_Stamp = tuple[object, ...]


class NoTaskList(EnvironmentLacks):
    """mise does not tell which tasks there are; the title says why."""


class NoMise(NoTaskList):
    """mise is not installed."""


@dataclass(frozen=True, slots=True)
class Task:
    """One task, as mise lists it.

    Attributes:
        name: what `mise run` takes: ``lint``, or ``//crates/store:test`` in a monorepo.
        folder: of the project that it belongs to, relative to the workspace root.
        variables: the environment variables that it sets for itself.
        source: the file that defines it.
    """

    name: str
    description: str = ""
    aliases: tuple[str, ...] = ()
    folder: str = HERE
    variables: frozenset[str] = frozenset()
    source: str = ""

    @property
    def absolute(self) -> bool:
        """Whether the name says by itself which folder of a monorepo is meant."""
        return self.name.startswith("//")

    @property
    def label(self) -> str:
        """The name without the monorepo's folder."""
        return self.name.partition(":")[2] if self.absolute else self.name

    def answers(self, name: str) -> bool:
        """Whether `mise run NAME` in its folder is this task."""
        return name in (self.name, self.label, f":{self.label}", *self.aliases)

    def command(self, mise: str) -> tuple[str, ...]:
        """argv that runs it from the workspace root."""
        at = () if self.absolute or self.folder == HERE else ("-C", self.folder)
        return (mise, *at, "run", self.name)


def task_path() -> str:
    """PATH for tasks: the running mig-assist's own programs first."""
    return os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))


def find_mise() -> str | None:
    """The mise program, if it is installed."""
    return shutil.which("mise", path=task_path())


def mise_tasks(root: Path, folders: Iterable[str] = (), *, fresh: bool = False) -> tuple[Task, ...]:
    """The tasks of the workspace, its own folder's first.

    A list is kept until one of mise's files changes. A user's own tasks, which mise has in every
    folder, are none of the workspace's.

    Args:
        root: the workspace root.
        folders: further folders below it whose own tasks count where mise does not treat the
            repository as a monorepo.
        fresh: ask mise, whatever is kept.

    Raises:
        NoTaskList: mise is not installed, or refuses.
    """
    mise = find_mise()
    if mise is None:
        raise NoMise("mise is not installed", "", "Install mise")
    below = tuple(f for f in dict.fromkeys(folders) if _has_mise_file(root / f))
    key = (mise, root, below)
    kept = _kept.get(key)
    if kept is not None and not fresh and kept[0] == _stamp(root, below, kept[1]):
        return kept[1]
    tasks = tuple(_ask_everywhere(mise, root, below))
    _kept[key] = _stamp(root, below, tasks), tasks
    return tasks


def variables_set_by_mise(root: Path, task: Task, environment: Mapping[str, str]) -> frozenset[str]:
    """The variables that the task will see otherwise than ``environment`` has them.

    What ``[env]`` of a mise.toml states takes precedence over the environment that mise is
    started with.
    """
    mise = find_mise()
    if mise is None:
        return frozenset()
    command = (mise, "-C", str(root / task.folder), "env", "--json")
    try:
        stated = json.loads(_run(command, root, environment).stdout)
    except (OSError, ValueError):
        stated = {}
    if not isinstance(stated, dict):
        stated = {}
    differing = {
        name for name in environment if stated.get(name, environment[name]) != environment[name]
    }
    return frozenset(differing | (task.variables & set(environment)))


_kept: dict[tuple[str, Path, tuple[str, ...]], tuple[_Stamp, tuple[Task, ...]]] = {}


def _ask_everywhere(mise: str, root: Path, folders: tuple[str, ...]) -> Iterator[Task]:
    tasks = _ask(mise, root, HERE)
    yield from tasks
    if any(task.absolute for task in tasks):
        return
    known = {(task.name, task.source) for task in tasks}
    for folder in folders:
        for task in _ask(mise, root, folder):
            if (task.name, task.source) not in known:  # not one that it has from above
                known.add((task.name, task.source))
                yield task


def _ask(mise: str, root: Path, folder: str) -> list[Task]:
    command = [mise, "tasks", "ls", "--json", "--hidden", "--all"]
    try:
        completed = _run(command, root / folder)
        if completed.returncode != 0 and "--all" in completed.stderr:  # from before monorepos
            completed = _run(command[:-1], root / folder)
    except OSError as error:
        raise NoTaskList(f"mise cannot be run: {error.strerror or error}") from None
    if completed.returncode != 0:
        lines = completed.stderr.replace("mise ERROR ", "").strip().splitlines() or ["no message"]
        told = next((line for line in lines if "not trusted" in line), lines[0])
        raise NoTaskList(
            f"mise refused to list the tasks: {told.rstrip('.')}",
            "",
            "Run `mise trust` in the workspace if the configuration is yours",
        )
    try:
        tasks = [_task(entry, folder) for entry in json.loads(completed.stdout) if _ours(entry)]
    except (ValueError, TypeError, AttributeError, KeyError):
        raise NoTaskList("mise answered something that is not a list of tasks") from None
    return _placed(root, tasks)


def _run(
    command: Iterable[str], folder: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(command),
        cwd=folder,
        # Monorepos were an experiment of mise's for a year.
        env={**os.environ, "MISE_EXPERIMENTAL": "1", **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )


def _ours(entry: Any) -> bool:
    return not entry.get("global")


def _task(entry: Any, folder: str) -> Task:
    pairs = (each for each in entry.get("env", ()) if isinstance(each, str))
    return Task(
        str(entry["name"]),
        str(entry.get("description") or ""),
        tuple(map(str, entry.get("aliases") or ())),
        folder,
        frozenset(pair.partition("=")[0] for pair in pairs),
        str(entry.get("source") or ""),
    )


def _placed(root: Path, tasks: list[Task]) -> list[Task]:
    """The same tasks, those of a monorepo with the folder of their project."""
    top = next(filter(None, (_monorepo_root(root, task) for task in tasks)), str(root))
    return [
        replace(task, folder=os.path.relpath(os.path.join(top, _project(task)), root))  # noqa: PTH118
        if task.absolute
        else task
        for task in tasks
    ]


def _project(task: Task) -> str:
    return task.name.removeprefix("//").partition(":")[0]


def _monorepo_root(root: Path, task: Task) -> str | None:
    """The monorepo's folder, as far as a task's name and file tell it."""
    if not task.absolute or not task.source:
        return None
    project = _project(task)
    if project:
        head, found, _ = task.source.rpartition(f"/{project}/")
        return head if found else None
    above = (str(folder) for folder in (root, *root.parents))
    return next((f for f in above if task.source.startswith(f.rstrip("/") + "/")), None)


def _has_mise_file(folder: Path) -> bool:
    return any(os.path.lexists(folder / name) for name in MISE_FILES)


def _stamp(root: Path, folders: tuple[str, ...], tasks: tuple[Task, ...]) -> _Stamp:
    """What changes when the list may have changed."""
    places = {root, *root.parents, *(root / folder for folder in folders)}
    places |= {root / task.folder for task in tasks}
    paths = [place / name for place in sorted(places) for name in MISE_FILES]
    sources = sorted({task.source for task in tasks if task.source})
    settings = sorted((k, v) for k, v in os.environ.items() if k.startswith("MISE_"))
    return (*map(_state, paths), *map(_state, sources), *settings)


def _state(path: Path | str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - many of them, and quickly
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
