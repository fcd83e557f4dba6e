"""What the page's tasks are in a workspace, for `doctor` and `init`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from mig_assist.workspace import task_names
from mig_assist.workspace.config import CONFIG_NAME
from mig_assist.workspace.config_file import Setting
from mig_assist.workspace.mise import NoMise, NoTaskList
from mig_assist.workspace.model import Workspace
from mig_assist.workspace.tasks import NoPlan, names_to_configure, plan_task, workspace_tasks


class TaskLine(NamedTuple):
    """One or more of the page's tasks: what runs them, or what is missing."""

    found: bool
    detail: str
    fix: str = ""


def task_lines(workspace: Workspace) -> Iterator[TaskLine]:
    """How each of the page's tasks would run; nothing where mise is not installed."""
    try:
        workspace_tasks(workspace)
    except NoMise:
        return
    except NoTaskList as error:
        yield TaskLine(False, error.title, f"{error.fix}." if error.fix else "")
        return
    as_on_the_page = []
    others = []
    for command in task_names.ALL:
        plan = plan_task(workspace, command)
        if isinstance(plan, NoPlan):
            others.append(TaskLine(False, f"{command}: {plan.reason}", plan.fix))
        elif plan.mise_task is None:
            others.append(TaskLine(True, f"{command} → {plan.shown}"))
        elif plan.mise_task.name == command:
            as_on_the_page.append(command)
        else:
            why = plan.reason or (
                f"{CONFIG_NAME} says so"
                if command in workspace.config.tasks
                else "it has the page's name"
            )
            others.append(TaskLine(True, f"{command} → {plan.mise_task.name} ({why})"))
    if as_on_the_page:
        yield TaskLine(True, f"called as on the page: {', '.join(as_on_the_page)}")
    yield from others


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
