"""The workspace's tasks: what the page calls them, and how they are run here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from mig_assist.workspace import task_names
from mig_assist.workspace.config import CONFIG_NAME, Command
from mig_assist.workspace.mise import (
    HERE,
    NoTaskList,
    Task,
    find_mise,
    mise_tasks,
    task_path,
    variables_set_by_mise,
)
from mig_assist.workspace.model import Workspace
from mig_assist.workspace.task_map import Match, known_better_as, match_task


class Runner(StrEnum):
    """What runs a task."""

    MISE = "mise"
    PLAIN = "plain command"


@dataclass(frozen=True, slots=True)
class TaskPlan:
    """How a task will be run: argument vectors, one after the other until one fails.

    Attributes:
        environment: variables that mise needs for it.
        mise_task: the task of mise's that it is.
        reason: why it is that one; empty where its name says so.
    """

    task: str
    runner: Runner
    commands: Command
    environment: Mapping[str, str] = field(default_factory=dict)
    mise_task: Task | None = None
    reason: str = ""

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


@dataclass(frozen=True, slots=True)
class StatedAbsent:
    """The workspace's own word that it has nothing like a task, and why."""

    task: str
    reason: str

    @property
    def told(self) -> str:
        """It as a sentence, without its stop."""
        return f"{self.task} does not apply here: {self.reason.rstrip('.')}"


def plan_task(workspace: Workspace, task: str) -> TaskPlan | NoPlan | StatedAbsent:
    """Decide how to run one of the page's tasks.

    mise runs it where mise is there and has it: by the name that mig-assist.toml gives under
    ``[tasks]``, else by the page's. Otherwise the plain command that mig-assist.toml gives under
    ``[commands]`` does. Without one, it is the task that :mod:`~mig_assist.workspace.task_map`
    is certain of; a guess never runs. What mig-assist.toml calls absent is not looked for.
    """
    if task in workspace.config.absent:
        return StatedAbsent(task, workspace.config.absent[task])
    name = workspace.config.tasks.get(task, task)
    commands = workspace.config.commands.get(name) or workspace.config.commands.get(task)
    plan = _plan_with_mise(workspace, task, guess=not commands)
    if isinstance(plan, TaskPlan):
        return plan
    return TaskPlan(task, Runner.PLAIN, commands) if commands else plan


def matched_tasks(workspace: Workspace) -> tuple[Match, ...]:
    """What each of the page's names stands for in the workspace.

    Raises:
        NoTaskList: mise is not installed, or refuses to tell its tasks.
    """
    tasks = workspace_tasks(workspace)
    return tuple(_match(workspace, command, tasks) for command in task_names.ALL)


def names_to_configure(workspace: Workspace) -> tuple[Match, ...]:
    """What is certain, not called as on the page, and not in mig-assist.toml yet.

    Raises:
        NoTaskList: mise is not installed, or refuses to tell its tasks.
    """
    tasks = workspace_tasks(workspace)
    return tuple(
        match
        for match in matched_tasks(workspace)
        if match.command not in workspace.config.tasks
        and match.task is not None
        and not match.task.answers(match.command)
        and find_task(match.task.name, tasks) is match.task
    )


def workspace_tasks(
    workspace: Workspace, *, folders: Sequence[str] = (), fresh: bool = False
) -> tuple[Task, ...]:
    """The tasks of the workspace, and those of the folders of its migrations and store tests.

    Args:
        folders: further folders whose own tasks count.
        fresh: ask mise, whatever is known already.

    Raises:
        NoTaskList: mise is not installed, or refuses to tell its tasks.
    """
    below = (*_folders(_homes(workspace)), *folders)
    return mise_tasks(workspace.root, below, fresh=fresh)


def doubt_about(workspace: Workspace, command: str, tasks: Sequence[Task]) -> str:
    """Why the task that mig-assist.toml names for one of the page's may be a slip; else empty."""
    stated = workspace.config.tasks
    task = find_task(stated[command], tasks) if command in stated else None
    if task is None:
        return ""
    better = known_better_as(command, task, _homes(workspace))
    if better:
        return f"{task.name} sounds like {better}, not like {command}"
    twins = [o for o, name in stated.items() if o != command and find_task(name, tasks) is task]
    return f"{task.name} stands for {' and '.join(twins)} too" if twins else ""


def find_task(name: str, tasks: Iterable[Task]) -> Task | None:
    """The task that `mise run NAME` at the workspace root runs; else one of that name below."""
    found = [task for task in tasks if task.answers(name)]
    exact = [task for task in found if task.name == name]
    ranked = sorted(exact or found, key=lambda task: (task.folder != HERE, task.folder[:2] != ".."))
    if len(ranked) > 1 and not exact and ranked[0].folder != HERE and ranked[0].folder[:2] != "..":
        return None  # of several folders below; its full name says which
    return ranked[0] if ranked else None


def nearest_name(name: str, tasks: Iterable[Task]) -> str | None:
    """The name of a task that resembles ``name`` most."""
    import difflib

    by_spelling = {spelling: task.name for task in tasks for spelling in (task.label, task.name)}
    label = name.rpartition("//")[2].partition(":")[2] if name.startswith("//") else name
    close = difflib.get_close_matches(name, by_spelling, 1) or difflib.get_close_matches(
        label, by_spelling, 1
    )
    return by_spelling[close[0]] if close else None


def foreign_variables(
    workspace: Workspace, plan: TaskPlan, environment: Mapping[str, str]
) -> frozenset[str]:
    """The variables of ``environment`` for which mise puts values of its own."""
    if plan.mise_task is None or not environment:
        return frozenset()
    return variables_set_by_mise(workspace.root, plan.mise_task, environment)


def task_environment() -> dict[str, str]:
    """Variables for every task: a PATH on which `mig-assist` and its Python are found."""
    return {"PATH": task_path(), "PYTHONUNBUFFERED": "1"}


def _plan_with_mise(workspace: Workspace, command: str, *, guess: bool) -> TaskPlan | NoPlan:
    try:
        match = _match(workspace, command, workspace_tasks(workspace))
        if match.task is None:  # perhaps since the list was read
            match = _match(workspace, command, workspace_tasks(workspace, fresh=True))
    except NoTaskList as error:
        fix = error.fix or "Mend it"
        return NoPlan(command, error.title, _other_ways(command, fix))
    task, mise = match.task, find_mise()
    named = task is not None and (command in workspace.config.tasks or task.answers(command))
    if task is None or mise is None or not (named or guess):
        return NoPlan(command, *_unmatched(workspace, match))
    return TaskPlan(
        command,
        Runner.MISE,
        (task.command(mise),),
        # Monorepos were an experiment of mise's for a year.
        {"MISE_EXPERIMENTAL": "1"} if task.absolute else {},
        task,
        "" if named else match.reason,
    )


def _match(workspace: Workspace, command: str, tasks: Sequence[Task]) -> Match:
    """What a name of the page stands for; a task that is rather another's is not guessed for it."""
    match = _own_match(workspace, command, tasks)
    if not _is_guess(workspace, match):
        return match
    for other in task_names.ALL:
        rival = _own_match(workspace, other, tasks)
        if other == command or rival.task is not match.task:
            continue
        stated = other in workspace.config.tasks
        if stated or (_is_guess(workspace, rival) and _rank(rival) > _rank(match)):
            reason = f"{match.candidates[0].task.name} is rather {other}"
            return Match(command, None, reason, match.candidates)
    return match


def _own_match(workspace: Workspace, command: str, tasks: Sequence[Task]) -> Match:
    name = workspace.config.tasks.get(command)
    if name is None:
        return match_task(command, tasks, _homes(workspace))
    task = find_task(name, tasks)
    return Match(command, task, f"{CONFIG_NAME} says so" if task else f"there is no {name}")


def _is_guess(workspace: Workspace, match: Match) -> bool:
    """Whether a task was taken by its words alone."""
    stated = match.command in workspace.config.tasks
    return match.task is not None and not stated and not match.task.answers(match.command)


def _rank(match: Match) -> tuple[int, int]:
    """How much speaks for a guess; of equals the one that the page comes to first."""
    return match.candidates[0].score, -task_names.ALL.index(match.command)


def _unmatched(workspace: Workspace, match: Match) -> tuple[str, str]:
    """Why none is run, and what to do."""
    command = match.command
    name = workspace.config.tasks.get(command)
    if name is not None:
        tasks = workspace_tasks(workspace)
        near = nearest_name(name, tasks)
        meant = f'{command} = "{near or "…"}"'
        return (
            f"the workspace has no mise task named {name}, as {CONFIG_NAME} calls it",
            _other_ways(command, f"Correct the name under [tasks] in {CONFIG_NAME}: {meant}"),
        )
    reason = f"the workspace has no mise task named {command}"
    line = f"Name it under [tasks] in {CONFIG_NAME}"
    if not match.candidates:
        return reason, _other_ways(command, f'{line}: {command} = "…"')
    told = "; ".join(f"{each.task.name} ({each.reason})" for each in match.candidates)
    first = match.candidates[0].task.name
    return (
        f"{reason}, and {match.reason}: {told}",
        _other_ways(command, f'{line}, for instance {command} = "{first}"'),
    )


def _other_ways(command: str, fix: str) -> str:
    """A fix, with the plain command and the word that there is none as further ways out."""
    return (
        f"{fix}, or give its plain command under [commands] in {CONFIG_NAME}. If the workspace has"
        f' nothing like it, say why under [absent] there: {command} = "reason".'
    )


def _homes(workspace: Workspace) -> tuple[str, ...]:
    config = workspace.config
    return (config.migrations.libsql, config.migrations.postgres, *config.tests.paths)


def _folders(homes: Iterable[str]) -> tuple[str, ...]:
    """The folders that hold one of ``homes``, the deepest last."""
    folders = {
        "/".join(parts[:depth])
        for parts in (home.split("/") for home in homes)
        for depth in range(1, len(parts) + 1)
    }
    return tuple(sorted(folders, key=lambda folder: (folder.count("/"), folder)))
