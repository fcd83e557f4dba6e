"""A task of the workspace, run as proof."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from mig_assist.findings import Severity
from mig_assist.process import Cancellation
from mig_assist.verify.report import Report
from mig_assist.verify.task import check_task
from mig_assist.workspace import Workspace
from mig_assist.workspace.config import Command, Config
from tests.verify.conftest import codes


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def run(
    root: Path,
    task: str,
    *commands: tuple[str, ...],
    environment: Mapping[str, str] | None = None,
    cancellation: Cancellation | None = None,
) -> tuple[Report, list[str]]:
    plain: Mapping[str, Command] = {task: commands} if commands else {}
    lines: list[str] = []
    report = check_task(
        Workspace(root, Config(commands=plain)),
        task,
        environment=environment or {},
        on_line=lines.append,
        cancellation=cancellation or Cancellation(),
    )
    return report, lines


@pytest.fixture(autouse=True)
def no_mise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks run as plain commands."""
    monkeypatch.setenv("PATH", "/nowhere")


def test_exit_status_zero_passes_and_says_how_it_ran(tmp_path: Path) -> None:
    report, lines = run(tmp_path, "gateway-migrate", python("print('migrated')"))
    assert report.passed
    assert report.exit_status == 0
    assert report.summary == "gateway-migrate ran as a plain command, without mise"
    assert report.versions == {"runner": "plain command"}
    assert lines[0].startswith("$ ")
    assert lines[1:] == ["migrated"]


def test_it_runs_in_the_workspace_with_the_databases_environment(tmp_path: Path) -> None:
    show = python("import os; print(os.getcwd(), os.environ['POSTGRES_URL'], '1 passed')")
    report, lines = run(tmp_path, "test-store", show, environment={"POSTGRES_URL": "somewhere"})
    assert report.passed
    assert lines[1] == f"{tmp_path} somewhere 1 passed"


def test_a_failure_ends_it_and_shows_the_last_words(tmp_path: Path) -> None:
    fail = python("import sys; print('one\\n\\ntwo\\nthree\\nfour'); sys.exit(3)")
    report, lines = run(tmp_path, "lint", fail, python("print('never')"))
    (finding,) = report.findings
    assert (finding.code, report.exit_status) == ("tests/task-failed", 3)
    assert "exit status 3" in finding.message
    assert "four" in finding.message
    assert "never" not in lines


def test_a_command_that_is_not_there_fails(tmp_path: Path) -> None:
    report, _ = run(tmp_path, "lint", ("no-such-command",))
    assert (report.exit_status, codes(report)) == (127, ["tests/task-failed"])


def test_a_database_of_another_history_is_told_with_the_way_out(tmp_path: Path) -> None:
    fail = python("import sys; print('mig-assist: database reset required'); sys.exit(1)")
    report, _ = run(tmp_path, "gateway-migrate", fail)
    (finding,) = report.findings
    assert finding.code == "history/reset-required"
    assert "--reset" in finding.fix


@pytest.mark.parametrize("task", ["test-store", "test-rust-postgres", "test"])
def test_a_test_task_without_tests_is_not_done(tmp_path: Path, task: str) -> None:
    report, _ = run(tmp_path, task, python("print('0 passed')"))
    assert codes(report) == ["tests/none-ran"]
    skipped, _ = run(tmp_path, task, python("print('skipped: no database'); print('3 passed')"))
    assert codes(skipped) == ["tests/skipped"]
    fine, _ = run(tmp_path, task, python("print('3 passed')"))
    assert fine.passed


def test_other_tasks_need_not_test_anything(tmp_path: Path) -> None:
    assert run(tmp_path, "lint", python("pass"))[0].passed


def test_a_task_that_cannot_be_run_here_says_what_to_do(tmp_path: Path) -> None:
    report, lines = run(tmp_path, "gateway-migrate")
    (finding,) = report.findings
    assert finding.code == "tests/task-missing"
    assert "mise is not installed" in finding.message
    assert "[commands]" in finding.fix
    assert lines == []


def test_it_can_be_cancelled(tmp_path: Path) -> None:
    cancellation = Cancellation()
    started = threading.Event()
    reports: list[Report] = []

    def work() -> None:
        sleeper = python("print('started', flush=True); import time; time.sleep(600)")
        reports.append(
            check_task(
                Workspace(tmp_path, Config(commands={"lint": (sleeper, python("print(1)"))})),
                "lint",
                environment={},
                on_line=lambda line: started.set() if line == "started" else None,
                cancellation=cancellation,
            )
        )

    worker = threading.Thread(target=work)
    worker.start()
    assert started.wait(30)
    cancellation.request()
    worker.join(30)
    (report,) = reports
    assert (report.cancelled, report.passed, report.exit_status) == (True, False, 130)


class TestWhatThereIsNoTaskFor:
    def test_what_is_stated_absent_passes_with_a_note_that_gives_the_reason(
        self, tmp_path: Path
    ) -> None:
        absent = {"test-gateway-postgres-smoke": "the store is a library without a gateway."}
        report = check_task(
            Workspace(tmp_path, Config(absent=absent)),
            "test-gateway-postgres-smoke",
            environment={},
            on_line=lambda _line: None,
            cancellation=Cancellation(),
        )
        (note,) = report.findings
        assert report.passed
        assert report.summary.endswith("not apply here: the store is a library without a gateway")
        assert (note.code, note.severity) == ("tests/not-applicable", Severity.NOTE)

    def test_a_missing_one_fails_and_the_fix_says_what_to_write(self, tmp_path: Path) -> None:
        report, _ = run(tmp_path, "gateway-migrate-prod")
        (finding,) = report.findings
        assert finding.code == "tests/task-missing"
        assert 'under [absent] there: gateway-migrate-prod = "reason"' in finding.fix

    def test_a_server_that_answers_is_all_that_starting_one_is_for(self, tmp_path: Path) -> None:
        report = check_task(
            Workspace(tmp_path, Config()),
            "postgres-start",
            environment={},
            on_line=lambda _line: None,
            cancellation=Cancellation(),
            server="embedded PostgreSQL 18.4 on 127.0.0.1:54317",
        )
        assert report.passed
        assert report.summary.startswith("embedded PostgreSQL 18.4 on 127.0.0.1:54317 answers")

    def test_a_start_task_that_is_named_and_missing_is_no_slip_to_pass_over(
        self, tmp_path: Path
    ) -> None:
        report = check_task(
            Workspace(tmp_path, Config(tasks={"postgres-start": "pg:up"})),
            "postgres-start",
            environment={},
            on_line=lambda _line: None,
            cancellation=Cancellation(),
            server="embedded PostgreSQL 18.4 on 127.0.0.1:54317",
        )
        assert codes(report) == ["tests/task-missing"]
