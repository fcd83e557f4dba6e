"""How a task of the page is run here: by mise where mise has it, else by its plain command."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from mig_assist.process import run_command
from mig_assist.workspace.config import Command, Config
from mig_assist.workspace.model import Workspace
from mig_assist.workspace.tasks import NoPlan, Runner, TaskPlan, plan_task, task_environment
from tests.require import require
from tests.workspace.layouts import write

PLAIN = {"gateway-migrate": (("make", "migrate"),)}


def workspace(
    root: Path, tasks: Mapping[str, str] | None = None, commands: Mapping[str, Command] = PLAIN
) -> Workspace:
    return Workspace(root, Config(tasks=tasks or {}, commands=commands))


def planned(subject: Workspace, task: str = "gateway-migrate") -> TaskPlan:
    plan = plan_task(subject, task)
    assert isinstance(plan, TaskPlan), plan
    return plan


def refused(subject: Workspace, task: str = "gateway-migrate") -> NoPlan:
    plan = plan_task(subject, task)
    assert isinstance(plan, NoPlan), plan
    return plan


class TestWithoutMise:
    @pytest.fixture(autouse=True)
    def no_mise(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", "/nowhere")

    def test_the_plain_command_runs_the_task(self, tmp_path: Path) -> None:
        plan = planned(workspace(tmp_path))
        assert (plan.runner, plan.commands) == (Runner.PLAIN, (("make", "migrate"),))

    def test_without_a_plain_command_nothing_runs_and_both_ways_out_are_named(
        self, tmp_path: Path
    ) -> None:
        missing = refused(workspace(tmp_path), "lint")
        assert missing.reason == "mise is not installed"
        assert "Install mise" in missing.fix
        assert "[commands] in mig-assist.toml" in missing.fix

    def test_a_command_may_be_given_by_the_workspaces_own_name_for_the_task(
        self, tmp_path: Path
    ) -> None:
        commands: Mapping[str, Command] = {"db:migrate": (("own",),), **PLAIN}
        renamed = workspace(tmp_path, {"gateway-migrate": "db:migrate"}, commands)
        assert planned(renamed).commands == (("own",),)
        assert planned(workspace(tmp_path, {"gateway-migrate": "db:migrate"})).commands == (
            ("make", "migrate"),
        )

    def test_it_is_shown_as_a_person_would_type_it(self, tmp_path: Path) -> None:
        commands: Mapping[str, Command] = {"lint": (("sh", "-c", "a b"), ("echo", "$HOME"))}
        plan = planned(workspace(tmp_path, commands=commands), "lint")
        assert plan.shown == "sh -c 'a b' && echo '$HOME'"


class TestWithMise:
    @pytest.fixture(autouse=True)
    def own_mise(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
        """The real mise, without the settings and caches of whoever runs the tests."""
        program = require(
            shutil.which("mise") or os.environ.get("MIG_ASSIST_MISE"),
            "mise (on PATH, or its place in MIG_ASSIST_MISE; npm: @jdxcode/mise-linux-x64)",
        )
        monkeypatch.setenv("PATH", f"{Path(program).parent}{os.pathsep}{os.environ['PATH']}")
        for name in list(os.environ):
            if name == "CI" or name.startswith("MISE_"):  # in CI mise trusts every configuration
                monkeypatch.delenv(name)
        home = tmp_path / "home"
        home.mkdir()
        monkeypatch.setenv("HOME", str(home))
        for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("MISE_OFFLINE", "1")
        return program

    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        folder = tmp_path / "workspace"
        folder.mkdir()
        return folder

    def test_mise_runs_a_task_that_it_has(self, root: Path, own_mise: str) -> None:
        write(root, "mise.toml", "[tasks.gateway-migrate]\nrun = 'echo migrated'\n")
        plan = planned(workspace(root))
        assert plan.runner is Runner.MISE
        assert plan.commands == ((own_mise, "run", "gateway-migrate"),)
        done = run_command(plan.commands[0], cwd=root, env=task_environment())
        assert done.exit_status == 0
        assert "migrated" in done.text

    def test_a_task_may_have_another_name_here(self, root: Path) -> None:
        write(root, "mise.toml", "[tasks.'db:migrate']\nrun = 'true'\n")
        renamed = workspace(root, {"gateway-migrate": "db:migrate"})
        assert planned(renamed).commands[0][-1] == "db:migrate"

    @pytest.mark.parametrize(
        "content",
        [
            "[tasks.other]\nalias = 'gateway-migrate'\nrun = 'true'\n",
            "[tasks.gateway-migrate]\nhide = true\nrun = 'true'\n",
        ],
        ids=["alias", "hidden"],
    )
    def test_aliases_and_hidden_tasks_count(self, root: Path, content: str) -> None:
        write(root, "mise.toml", content)
        assert planned(workspace(root)).runner is Runner.MISE

    def test_a_task_may_be_a_script_without_any_configuration(self, root: Path) -> None:
        script = write(root, "mise-tasks/gateway-migrate", "#!/bin/sh\necho migrated\n")
        script.chmod(0o755)
        assert planned(workspace(root)).runner is Runner.MISE

    def test_a_task_of_a_folder_above_counts(self, root: Path) -> None:
        write(root, "mise.toml", "[tasks.gateway-migrate]\nrun = 'true'\n")
        service = root / "service"
        service.mkdir()
        assert planned(workspace(service)).runner is Runner.MISE

    def test_a_task_of_the_users_own_does_not(self, root: Path) -> None:
        write(
            Path.home(), ".config/mise/config.toml", "[tasks.gateway-migrate]\nrun = 'echo mine'\n"
        )
        assert planned(workspace(root)).runner is Runner.PLAIN

    def test_a_task_that_mise_does_not_know_falls_back_to_the_plain_command(
        self, root: Path
    ) -> None:
        write(root, "mise.toml", "[tasks.other]\nrun = 'true'\n")
        assert planned(workspace(root)).runner is Runner.PLAIN
        missing = refused(workspace(root, commands={}))
        assert missing.reason == "the workspace has no mise task named gateway-migrate"
        assert 'gateway-migrate = "…"' in missing.fix

    def test_a_configuration_that_mise_does_not_trust_is_named(self, root: Path) -> None:
        write(
            root, "mise.toml", "[env]\nA = '{{config_root}}'\n[tasks.gateway-migrate]\nrun = ''\n"
        )
        missing = refused(workspace(root, commands={}))
        assert "not trusted" in missing.reason
        assert "mise trust" in missing.fix
        assert planned(workspace(root)).runner is Runner.PLAIN

    def test_a_configuration_that_mise_cannot_read_is_named(self, root: Path) -> None:
        write(root, "mise.toml", "[tasks\n")
        assert refused(workspace(root, commands={})).reason.startswith(
            "mise refused to list the tasks: "
        )


class TestWithAStrangeMise:
    @pytest.mark.parametrize(
        ("script", "told"),
        [
            ("#!/bin/sh\nexit 3\n", "mise refused to list the tasks: no message"),
            ("#!/bin/sh\necho 'too old' >&2; exit 2\n", "mise refused to list the tasks: too old"),
            ("#!/bin/sh\necho nonsense\n", "not a list of tasks"),
            ("#!/bin/sh\necho '[{}]'\n", "not a list of tasks"),
            ("#!/bin/sh\necho '[3]'\n", "not a list of tasks"),
            ("#!/bin/sh\necho '3'\n", "not a list of tasks"),
            ("#!/absent\n", "mise cannot be run: "),
        ],
    )
    def test_what_it_answers_is_never_trusted(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, told: str
    ) -> None:
        write(tmp_path, "bin/mise", script).chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.defpath}")
        assert told in refused(workspace(tmp_path, commands={})).reason
        assert planned(workspace(tmp_path)).runner is Runner.PLAIN


def test_tasks_find_this_mig_assist_and_its_python_first() -> None:
    first = task_environment()["PATH"].split(os.pathsep)[0]
    assert Path(first, "python").samefile(sys.executable)
    assert Path(first, "mig-assist").exists()
