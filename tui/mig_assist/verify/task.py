"""Running one of the workspace's tasks as an examination."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from mig_assist.findings import Finding, Severity
from mig_assist.process import CANCELLED, Cancellation, run_command
from mig_assist.verify.report import Report
from mig_assist.verify.task_output import output_findings
from mig_assist.workspace.config import CONFIG_NAME
from mig_assist.workspace.model import Workspace
from mig_assist.workspace.task_names import NOT_APPLICABLE, POSTGRES_TESTS, STORE_TESTS, TEST
from mig_assist.workspace.tasks import (
    NoPlan,
    Runner,
    StatedAbsent,
    TaskPlan,
    doubt_about,
    foreign_variables,
    plan_task,
    task_environment,
    workspace_tasks,
)

_TEST_TASKS = (STORE_TESTS, POSTGRES_TESTS, TEST)
RESET_REQUIRED = "database reset required"
"""What the runner prints when a database's history does not match the registry."""


def check_task(
    workspace: Workspace,
    task: str,
    *,
    environment: Mapping[str, str],
    on_line: Callable[[str], None],
    cancellation: Cancellation,
    server: str = "",
) -> Report:
    """Run a task to its end; it passes with exit status 0 and, for tests, tests that ran.

    One that mig-assist.toml calls absent passes with a note that says so.

    Args:
        server: for the task that starts PostgreSQL, the server that answers already: the task is
            only one of the ways to have one.
    """
    plan = plan_task(workspace, task)
    if isinstance(plan, StatedAbsent):
        note = Finding(NOT_APPLICABLE, Severity.NOTE, f"{plan.told}.", path=CONFIG_NAME)
        return Report(plan.told, (note,))
    if isinstance(plan, NoPlan):
        if server and task not in workspace.config.tasks:
            return Report(f"{server} answers; the workspace needs no {task} of its own for it")
        return Report(
            "",
            (Finding("tests/task-missing", Severity.ERROR, f"{task}: {plan.reason}.", plan.fix),),
        )
    if plan.reason:
        on_line(f"# {task} is {_name_here(plan)} here: {plan.reason}")
    on_line(f"$ {plan.shown}")
    lines: list[str] = []
    status = 0
    for command in plan.commands:
        completed = run_command(
            command,
            cwd=workspace.root,
            env={**task_environment(), **plan.environment, **environment},
            on_line=on_line,
            cancellation=cancellation,
        )
        lines += completed.output
        status = completed.exit_status
        if status != 0:
            break
    if cancellation.requested:
        return Report(f"{task} was cancelled", exit_status=CANCELLED, cancelled=True)
    findings = _failure(task, status, lines) if status else ()
    if not findings and task in _TEST_TASKS:
        findings = tuple(output_findings(task, lines))
    findings += (
        *_other_database(workspace, plan, environment),
        *_doubt(workspace, plan),
    )
    how = "with mise" if plan.runner is Runner.MISE else "as a plain command, without mise"
    called = "" if plan.mise_task is None or plan.mise_task.name == task else _name_here(plan)
    ran = f"{task} ran as {called}" if called else f"{task} ran"
    return Report(f"{ran} {how}", findings, {"runner": str(plan.runner)}, status)


def _name_here(plan: TaskPlan) -> str:
    return plan.mise_task.name if plan.mise_task else plan.task


def _other_database(
    workspace: Workspace, plan: TaskPlan, environment: Mapping[str, str]
) -> Iterator[Finding]:
    """A task whose mise.toml sets the database's URL has not used the one it was given.

    Where its libsql file lies is its own affair.
    """
    urls = {name: value for name, value in environment.items() if "POSTGRES" in name}
    for name in sorted(foreign_variables(workspace, plan, urls)):
        yield Finding(
            "tests/other-database",
            Severity.WARNING,
            f"{plan.task} did not use the PostgreSQL that it was given: mise sets {name} for it.",
            "Let the environment come first in mise.toml:"
            f" {name} = \"{{{{ get_env(name='{name}', default='…') }}}}\".",
            object=_name_here(plan),
        )


def _doubt(workspace: Workspace, plan: TaskPlan) -> Iterator[Finding]:
    """A task that mig-assist.toml names by a slip, as it seems, has proved something else."""
    named = plan.mise_task is not None and plan.task in workspace.config.tasks
    if named and (doubt := doubt_about(workspace, plan.task, workspace_tasks(workspace))):
        yield Finding(
            "tests/doubtful-task",
            Severity.NOTE,
            f"{plan.task} ran as what mig-assist.toml names, but {doubt}.",
            f"Correct the name under [tasks] in {CONFIG_NAME}, if it is a slip.",
            object=_name_here(plan),
        )


def _failure(task: str, status: int, lines: list[str]) -> tuple[Finding, ...]:
    if any(RESET_REQUIRED in line for line in lines):
        return (
            Finding(
                "history/reset-required",
                Severity.ERROR,
                f"{task}: the local database ran another version of this history.",
                "Recreate it (x in the wizard; `mig-assist migrate --backend libsql --reset` or"
                " `mig-assist postgres reset`), then run the item again.",
            ),
        )
    # Rules and banners such as "==== 1 failed ====" lose their ornament.
    told = [text for line in lines if (text := line.strip("=-_ \t"))][-3:]
    last = " / ".join(told) or "no output"
    return (
        Finding(
            "tests/task-failed",
            Severity.ERROR,
            f"{task} ended with exit status {status}: {last[:400]}",
            "Read its log above, mend the cause, then run the item again.",
        ),
    )
