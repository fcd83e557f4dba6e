"""The workspace's tasks: what the page calls them, and how they are run here."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from mig_assist.workspace.config import CONFIG_NAME, Command
from mig_assist.workspace.model import Workspace


class Runner(StrEnum):
    """What runs a task."""

    MISE = "mise"
    PLAIN = "plain command"


@dataclass(frozen=True, slots=True)
class TaskPlan:
    """How a task will be run: argument vectors, one after the other until one fails."""

    task: str
    runner: Runner
    commands: Command

    @property
    def shown(self) -> str:
        """The commands as a person would type them."""
        import shlex

        return " && ".join(shlex.join(command) for command in self.commands)


@dataclass(frozen=True, slots=True)
class NoPlan:
    """Why a task cannot be run here, and what to do about it."""

    task: str
    reason: str
    fix: str


def plan_task(workspace: Workspace, task: str) -> TaskPlan | NoPlan:
    """Decide how to run one of the page's tasks.

    mise runs it where mise and the task are there; otherwise the plain command that
    mig-assist.toml gives under ``[commands]``.
    """
    name = workspace.config.tasks.get(task, task)
    commands = workspace.config.commands.get(name) or workspace.config.commands.get(task)
    mise = shutil.which("mise", path=task_path())
    problem = "mise is not installed"
    fix = "Install mise"
    if mise is not None:
        known = _mise_tasks(mise, workspace.root)
        if isinstance(known, str):
            problem, fix = known, "Run `mise trust` in the workspace if the configuration is yours"
        elif name in known:
            return TaskPlan(task, Runner.MISE, ((mise, "run", name),))
        else:
            problem = f"the workspace has no mise task named {name}"
            fix = f'Name it under [tasks] in {CONFIG_NAME}: {task} = "…"'
    if commands:
        return TaskPlan(task, Runner.PLAIN, commands)
    return NoPlan(
        task, problem, f"{fix}, or give its plain command under [commands] in {CONFIG_NAME}."
    )


def task_path() -> str:
    """PATH for tasks: the running mig-assist's own programs first."""
    return os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))


def task_environment() -> dict[str, str]:
    """Variables for every task: a PATH on which `mig-assist` and its Python are found."""
    return {"PATH": task_path(), "PYTHONUNBUFFERED": "1"}


def _mise_tasks(mise: str, root: Path) -> frozenset[str] | str:
    """The names of the workspace's mise tasks, or why mise does not tell.

    A user's own tasks, which mise has in every folder, are none of the workspace's.
    """
    try:
        completed = subprocess.run(
            [mise, "tasks", "ls", "--json", "--hidden"],
            cwd=root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        return f"mise cannot be run: {error.strerror or error}"
    if completed.returncode != 0:
        lines = completed.stderr.replace("mise ERROR ", "").strip().splitlines() or ["no message"]
        told = next((line for line in lines if "not trusted" in line), lines[0])
        return f"mise refused to list the tasks: {told.rstrip('.')}"
    try:
        return frozenset(
            str(name)
            for task in json.loads(completed.stdout)
            if not task.get("global")
            for name in (task["name"], *task.get("aliases", ()))
        )
    except (ValueError, TypeError, AttributeError, KeyError):
        return "mise answered something that is not a list of tasks"
