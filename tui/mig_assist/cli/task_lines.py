"""What the page's tasks are in a workspace, for `doctor` and `init`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mig_assist.workspace import task_names
from mig_assist.workspace.config import CONFIG_NAME
from mig_assist.workspace.config_file import Setting
from mig_assist.workspace.mise import NoTaskList
from mig_assist.workspace.model import Workspace
from mig_assist.workspace.tasks import (
    NoPlan,
    StatedAbsent,
    TaskPlan,
    doubt_about,
    names_to_configure,
    plan_task,
    workspace_tasks,
)


class TaskLine(NamedTuple):
    """One or more of the page's tasks: what runs them, or what is missing."""

    found: bool
    detail: str
    fix: str = ""


def task_lines(workspace: Workspace) -> Iterator[TaskLine]:
    """How each of the page's tasks would run, or that it is absent, or what is missing."""
    as_on_the_page = []
    others = []
    missing: dict[str, list[NoPlan]] = {}
    for command in task_names.ALL:
        plan = plan_task(workspace, command)
        if isinstance(plan, StatedAbsent):
            others.append(TaskLine(True, f"{plan.told} (stated in {CONFIG_NAME})"))
        elif isinstance(plan, NoPlan) and _does_without(workspace, command):
            others.append(TaskLine(True, f"{command}: mig-assist starts PostgreSQL by itself"))
        elif isinstance(plan, NoPlan):
            missing.setdefault(plan.reason, []).append(plan)
        elif plan.mise_task is None:
            others.append(TaskLine(True, f"{command} → {plan.shown}"))
        elif plan.mise_task.name == command:
            as_on_the_page.append(command)
        else:
            others.append(_mapped(workspace, plan, plan.mise_task.name))
    if as_on_the_page:
        yield TaskLine(True, f"called as on the page: {', '.join(as_on_the_page)}")
    yield from others
    for reason, plans in missing.items():
        yield TaskLine(False, f"{', '.join(plan.task for plan in plans)}: {reason}", plans[0].fix)


def _mapped(workspace: Workspace, plan: TaskPlan, name: str) -> TaskLine:
    stated = plan.task in workspace.config.tasks
    why = plan.reason or (f"{CONFIG_NAME} says so" if stated else "it has the page's name")
    doubt = doubt_about(workspace, plan.task, workspace_tasks(workspace)) if stated else ""
    fix = f"{doubt}: correct it under [tasks], if it is a slip." if doubt else ""
    return TaskLine(True, f"{plan.task} → {name} ({why})", fix)


def _does_without(workspace: Workspace, command: str) -> bool:
    """Whether mig-assist's own server does what the task would do."""
    return command == task_names.POSTGRES_START and command not in workspace.config.tasks


def missing_tasks(workspace: Workspace) -> tuple[str, ...]:
    """The page's tasks for which nothing is found and nothing is said."""
    return tuple(
        command
        for command in task_names.ALL
        if isinstance(plan_task(workspace, command), NoPlan)
        and not _does_without(workspace, command)
    )


def absence_proposals(missing: Sequence[str]) -> tuple[str, ...]:
    """Lines for mig-assist.toml, to be written as comments, that would say they are absent."""
    if not missing:
        return ()
    return (
        "Nothing was found for these tasks of the checklist. Name yours under [tasks] or",
        "[commands]; or say here why there is none, and the check is passed with that note.",
        "[absent]",
        *(f'{command} = "reason"' for command in missing),
    )


def task_settings(workspace: Workspace) -> list[Setting]:
    """The lines of ``[tasks]`` for what is certain, and called otherwise than on the page."""
    try:
        matches = names_to_configure(workspace)
    except NoTaskList:
        return []
    return [
        Setting("tasks", match.command, match.task.name, f"Taken because {match.reason}.")
        for match in matches
        if match.task is not None
    ]
