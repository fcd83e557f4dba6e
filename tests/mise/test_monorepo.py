"""The page's tasks in a monorepo under the real mise: found, and run in their folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mig_assist.findings import Severity
from mig_assist.process import Cancellation
from mig_assist.verify.report import Report
from mig_assist.verify.task import check_task
from mig_assist.verify.task_names import task_name_findings
from mig_assist.workspace import mise
from mig_assist.workspace.config import Config, MigrationFolders, load_config
from mig_assist.workspace.model import Workspace
from mig_assist.workspace.tasks import NoPlan, TaskPlan, names_to_configure, plan_task
from tests.require import require

pytestmark = pytest.mark.xdist_group("mise")

STORE = "crates/store"
FOLDERS = MigrationFolders(f"{STORE}/migrations", f"{STORE}/migrations/postgres")
PASSED = "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out"
URLS = {
    "POSTGRES_URL": "postgres://a@localhost/dev",
    "TEST_POSTGRES_URL": "postgres://a@localhost/t",
}


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The real mise on PATH, without the settings and caches of whoever runs the tests."""
    found = require(
        shutil.which("mise") or os.environ.get("MIG_ASSIST_MISE"),
        "mise (on PATH, or its place in MIG_ASSIST_MISE; npm: @jdxcode/mise-linux-x64)",
    )
    for name in list(os.environ):
        if name == "CI" or name.startswith(("MISE_", "XDG_")) or "POSTGRES" in name:
            monkeypatch.delenv(name)
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("PATH", f"{Path(found).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MISE_OFFLINE", "1")
    monkeypatch.setenv("MISE_TRUSTED_CONFIG_PATHS", str(tmp_path))
    return found


@pytest.fixture
def root(tmp_path: Path, program: str) -> Path:
    """A monorepo whose store crate and gateway have tasks of their own."""
    del program
    root = tmp_path / "service"
    write(
        root,
        "mise.toml",
        """
        monorepo_root = true
        [monorepo]
        config_roots = ["crates/*", "services/*"]
        [env]
        SHARED = "of the root"
        [tasks.lint]
        run = "echo linted"
        [tasks."pg:up"]
        description = "Start the local PostgreSQL"
        run = "true"
        """,
    )
    write(
        root,
        f"{STORE}/mise.toml",
        f"""
        [env]
        OWN = "of the store"
        [tasks."test:postgres"]
        description = "Run the store's tests on PostgreSQL"
        run = 'echo "$PWD|$SHARED|$OWN|$POSTGRES_URL|$TEST_POSTGRES_URL"; echo "{PASSED}"'
        [tasks.test]
        run = "echo '{PASSED}'"
        """,
    )
    write(
        root,
        "services/gateway/mise.toml",
        """
        [tasks."db:migrate"]
        description = "Migrate the SQLite database"
        run = "echo migrated in $PWD"
        """,
    )
    return root


def write(root: Path, path: str, text: str) -> Path:
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return target


def workspace(root: Path, **config: object) -> Workspace:
    return Workspace(root, Config(migrations=FOLDERS, **config))  # type: ignore[arg-type]


def planned(subject: Workspace, task: str) -> TaskPlan:
    plan = plan_task(subject, task)
    assert isinstance(plan, TaskPlan), plan
    return plan


def refused(subject: Workspace, task: str) -> NoPlan:
    plan = plan_task(subject, task)
    assert isinstance(plan, NoPlan), plan
    return plan


def run(subject: Workspace, task: str) -> tuple[Report, list[str]]:
    lines: list[str] = []
    report = check_task(
        subject, task, environment=URLS, on_line=lines.append, cancellation=Cancellation()
    )
    return report, lines


def test_the_pages_tasks_are_found_in_their_folders(root: Path, program: str) -> None:
    subject = workspace(root)
    found = {
        "lint": "//:lint",
        "postgres-start": "//:pg:up",
        "gateway-migrate": "//services/gateway:db:migrate",
        "test-store": "//crates/store:test",
        "test-rust-postgres": "//crates/store:test:postgres",
    }
    for task, name in found.items():
        assert planned(subject, task).commands == ((program, "run", name),)
    assert {
        match.command: match.task and match.task.name for match in names_to_configure(subject)
    } == {task: name for task, name in found.items() if task != "lint"}


def test_a_task_runs_in_its_folder_with_its_env_and_the_local_postgresql(root: Path) -> None:
    report, lines = run(workspace(root), "test-rust-postgres")
    assert report.findings == ()
    assert "|".join((str(root / STORE), "of the root", "of the store", *URLS.values())) in lines
    assert report.summary == "test-rust-postgres ran as //crates/store:test:postgres with mise"
    assert any('"postgres" in its name' in line for line in lines)


def test_a_name_in_the_configuration_decides(root: Path) -> None:
    tasks = {"test": "//crates/store:test"}
    assert planned(workspace(root, tasks=tasks), "test").commands[0][-1] == "//crates/store:test"


def test_what_is_not_certain_does_not_run_and_names_the_line_to_write(root: Path) -> None:
    write(root, "services/gateway/mise.toml", "[tasks.'db:migrate']\nrun = 'exit 1'\n")
    missing = refused(workspace(root), "gateway-migrate")
    assert "//services/gateway:db:migrate" in missing.reason
    assert 'gateway-migrate = "//services/gateway:db:migrate"' in missing.fix
    report, lines = run(workspace(root), "gateway-migrate")
    assert [finding.code for finding in report.findings] == ["tests/task-missing"]
    assert lines == []


def test_a_name_in_the_configuration_that_is_gone_is_told_with_the_nearest(root: Path) -> None:
    missing = refused(workspace(root, tasks={"test": "//crates/store:tests"}), "test")
    assert "no mise task named //crates/store:tests" in missing.reason
    assert 'test = "//crates/store:test"' in missing.fix


def test_a_workspace_inside_a_monorepo_prefers_its_own_tasks(root: Path) -> None:
    subject = Workspace(root / STORE, Config())
    assert planned(subject, "test").commands[0][-1] == "//crates/store:test"
    assert planned(subject, "lint").commands[0][-1] == "//:lint"
    report, lines = run(subject, "test")
    assert report.findings == ()
    assert PASSED in lines


def test_folders_with_tasks_of_their_own_without_a_monorepo(root: Path, program: str) -> None:
    write(root, "mise.toml", "[tasks.lint]\nrun = 'true'\n")
    plan = planned(workspace(root), "test-rust-postgres")
    assert plan.commands == ((program, "-C", STORE, "run", "test:postgres"),)
    report, lines = run(workspace(root), "test-rust-postgres")
    assert report.findings == ()
    assert any(line.startswith(f"{root / STORE}|") for line in lines)


@pytest.mark.parametrize(
    ("place", "line", "given"),
    [
        ("env", 'TEST_POSTGRES_URL = "postgres://elsewhere/x"', False),
        ("tasks.'test:postgres'.env", 'TEST_POSTGRES_URL = "postgres://elsewhere/x"', False),
        (
            "env",
            "TEST_POSTGRES_URL = \"{{ get_env(name='TEST_POSTGRES_URL', default='x') }}\"",
            True,
        ),
        ("env", 'OTHER = "y"', True),
    ],
    ids=["folder", "task", "default", "other"],
)
def test_a_database_that_mise_puts_in_place_of_the_given_one_is_told(
    root: Path, place: str, line: str, given: bool
) -> None:
    text = f"[tasks.'test:postgres']\nrun = 'echo \"{PASSED}\"'\n[{place}]\n{line}\n"
    write(root, f"{STORE}/mise.toml", text)
    report, _ = run(workspace(root), "test-rust-postgres")
    told = [(finding.code, finding.severity) for finding in report.findings]
    assert told == ([] if given else [("tests/other-database", Severity.WARNING)])
    assert all("elsewhere/x" not in finding.message for finding in report.findings)


def test_tests_that_were_skipped_for_want_of_a_database_are_not_done(root: Path) -> None:
    skipped = "skipping postgres tests: TEST_POSTGRES_URL is not set"
    text = f"[tasks.'test:postgres']\nrun = 'echo \"{skipped}\"; echo \"{PASSED}\"'\n"
    write(root, f"{STORE}/mise.toml", text)
    report, _ = run(workspace(root), "test-rust-postgres")
    assert [finding.code for finding in report.findings] == ["tests/skipped"]


class TestNamesThatMayBeASlip:
    @pytest.mark.parametrize(
        ("tasks", "doubt"),
        [
            ({"postgres-start": "//:lint"}, "//:lint sounds like lint, not like postgres-start"),
            (
                {"test-store": "//crates/store:test", "test": "//crates/store:test"},
                "//crates/store:test stands for test too",
            ),
            ({"gateway-migrate": "//services/gateway:db:migrate"}, ""),
        ],
    )
    def test_are_noted_by_the_gate_and_where_they_run(
        self, root: Path, tasks: dict[str, str], doubt: str
    ) -> None:
        subject = workspace(root, tasks=tasks)
        ran = run(subject, next(iter(tasks)))[0].findings
        for findings in (list(task_name_findings(subject)), ran):
            told = [f for f in findings if f.code == "tests/doubtful-task"]
            assert all(f.severity is Severity.NOTE for f in told)
            assert any(doubt in f.message for f in told) if doubt else not told

    def test_one_task_is_not_guessed_for_two_names(self, root: Path) -> None:
        write(root, f"{STORE}/mise.toml", "[tasks.pg-tests]\nrun = 'true'\n")
        subject = workspace(root)
        plan = planned(subject, "test-rust-postgres")
        assert plan.commands[0][-1] == "//crates/store:pg-tests"
        missing = refused(subject, "test-store")
        assert "//crates/store:pg-tests is rather test-rust-postgres" in missing.reason
        names = [match.command for match in names_to_configure(subject)]
        assert "test-rust-postgres" in names
        assert "test-store" not in names


class TestAskingMiseOnce:
    @pytest.fixture
    def asked(self, tmp_path: Path, program: str, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A line for each time that mise was asked for its tasks."""
        log = tmp_path / "asked"
        log.touch()
        script = write(
            tmp_path, "bin/mise", f'#!/bin/sh\necho "$@" >> "{log}"\nexec "{program}" "$@"\n'
        )
        script.chmod(0o755)
        monkeypatch.setenv("PATH", f"{script.parent}{os.pathsep}{os.environ['PATH']}")
        return log

    def test_until_a_file_of_mises_changes(self, root: Path, asked: Path) -> None:
        subject = workspace(root)
        for task in ("lint", "test-store", "test-rust-postgres", "lint"):
            planned(subject, task)
        assert len(asked.read_text().splitlines()) == 1

        write(root, f"{STORE}/mise.toml", "[tasks.'pg:test']\nrun = 'true'\n")
        assert planned(subject, "test-rust-postgres").commands[0][-1] == "//crates/store:pg:test"
        assert len(asked.read_text().splitlines()) == 2

    def test_again_before_a_task_is_said_to_be_missing(self, root: Path, asked: Path) -> None:
        subject = workspace(root)
        refused(subject, "test-gateway-postgres-smoke")
        known = len(asked.read_text().splitlines())
        write(root, "services/smoke/mise.toml", "[tasks.'smoke:pg']\nrun = 'true'\n")
        plan = planned(subject, "test-gateway-postgres-smoke")
        assert plan.commands[0][-1] == "//services/smoke:smoke:pg"
        assert len(asked.read_text().splitlines()) > known

    def test_a_refusal_is_not_kept(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        before = (root / "mise.toml").read_text()
        write(root, "mise.toml", "[tasks\n")
        assert "refused" in refused(workspace(root), "lint").reason
        write(root, "mise.toml", before)
        planned(workspace(root), "lint")
        monkeypatch.setenv("PATH", "/nowhere")
        assert refused(workspace(root), "lint").reason == "mise is not installed"


def test_tasks_of_a_monorepo_know_their_folder(root: Path) -> None:
    folders = {task.name: task.folder for task in mise.mise_tasks(root)}
    assert folders["//:lint"] == mise.HERE
    assert folders["//crates/store:test"] == STORE
    from_inside = {task.name: task.folder for task in mise.mise_tasks(root / STORE)}
    assert from_inside["//:lint"] == "../.."
    assert from_inside["//crates/store:test"] == mise.HERE
    assert from_inside["//services/gateway:db:migrate"] == "../../services/gateway"


class TestWhatIsShown:
    @pytest.fixture
    def repository(self, root: Path) -> Path:
        """The monorepo with a pair in its store crate."""
        for folder in FOLDERS.layout:
            write(root, folder.path(17, "baseline"), "CREATE TABLE a (id TEXT PRIMARY KEY);\n")
        return root

    def test_doctor_says_which_task_is_which_and_why(self, repository: Path) -> None:
        done = mig_assist(repository, "doctor", "--json")
        checks = json.loads(done.stdout)["checks"]
        told = [check["detail"] for check in checks if check["name"] == "tasks"]
        assert "lint → //:lint (it has the page's name)" in told
        assert any(line.startswith("postgres-start → //:pg:up (it has") for line in told)
        (missing,) = (line for line in told if line.startswith("test-gateway-postgres-smoke"))
        assert "no mise task" in missing

    def test_init_writes_the_names_that_differ_and_they_hold(self, repository: Path) -> None:
        mig_assist(repository, "init", "--yes")
        written = load_config(repository).tasks
        assert written["test-rust-postgres"] == "//crates/store:test:postgres"
        assert "lint" not in written
        text = (repository / "mig-assist.toml").read_text()
        assert '# [absent]\n# gateway-migrate-prod = "reason"\n' in text
        assert "# lint" not in text
        again = mig_assist(repository, "init", "--yes")
        assert "Nothing to write" in again.stderr
        subject = Workspace(repository, load_config(repository))
        assert list(task_name_findings(subject)) == []


def mig_assist(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).parent / "mig-assist", "--repo", str(root), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
