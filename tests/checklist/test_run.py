"""Running items: order, evidence, logs, cancellation, on real engines and processes."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from mig_assist.checklist.evidence import EvidenceKind, Outcome
from mig_assist.checklist.handoff import summary_markdown
from mig_assist.checklist.items import find_item
from mig_assist.checklist.run import run_item, run_items
from mig_assist.checklist.session import Session, open_session
from mig_assist.checklist.state import State
from mig_assist.draft.begin import plan_beginning
from mig_assist.file_changes import write_all
from mig_assist.process import Cancellation
from tests.checklist.observers import Silent
from tests.conftest import WorkspaceCopy

LIBSQL = "migrations/V18__route_profiles.sql"
POSTGRES = "migrations/postgres/V18__route_profiles.sql"
CREATE = "CREATE TABLE route_profiles (id TEXT PRIMARY KEY NOT NULL);\n"


@pytest.fixture
def root(workspace_copy: WorkspaceCopy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A workspace with a plain V18 and no mise."""
    path = workspace_copy(git=True)
    (path / "mise.toml").unlink()
    session = open_session(path)
    beginning = plan_beginning(session.workspace, 18, "route_profiles", "create-table")
    write_all(path, beginning.changes)
    session.open_migration(18, "route_profiles")
    session.close()
    for side in (LIBSQL, POSTGRES):
        (path / side).write_text(CREATE)
    return path


def give_command(root: Path, task: str, *command: str) -> None:
    config = root / "mig-assist.toml"
    lines = config.read_text().splitlines()
    replaced = [
        f"{task} = {json.dumps(list(command))}" if line.startswith(f"{task} =") else line
        for line in lines
    ]
    config.write_text("\n".join(replaced) + "\n")


_OPENED: list[Session] = []


@pytest.fixture(autouse=True)
def _close_sessions() -> Iterator[None]:
    yield
    while _OPENED:
        _OPENED.pop().close()


def opened(root: Path) -> Session:
    _OPENED.append(open_session(root))
    return _OPENED[-1]


def run(root: Path, *keys: str) -> tuple[Session, Silent]:
    session, observer = opened(root), Silent()
    run_items(session, [find_item(key) for key in keys], observer, Cancellation())
    return session, observer


def test_the_registry_item_records_the_files_as_they_are(root: Path) -> None:
    session, observer = run(root, "registry")
    assert session.overview().view("registry").state.state is State.DONE
    assert observer.lines == ["migrations/registry.toml: recorded V18 as its files are now"]
    again, silent = run(root, "registry")
    assert (silent.lines, again.overview().view("registry").state.state) == ([], State.DONE)


def test_both_sides_are_parsed_even_if_the_first_does_not(root: Path) -> None:
    for side in (LIBSQL, POSTGRES):
        (root / side).write_text("CREATE TABLE ok (id TEXT);\n\nCREAT TABLE broken (id TEXT);\n")
    _, observer = run(root, "pair")
    findings = [finding for evidence in observer.evidence for finding in evidence.findings]
    assert [(f.code, f.path, f.line, f.item) for f in findings] == [
        ("pair/syntax", LIBSQL, 3, "pair"),
        ("pair/syntax", POSTGRES, 3, "pair"),
    ]


def test_the_libsql_path_is_proved_and_then_run(root: Path) -> None:
    run(root, "registry")
    session, observer = run(root, "libsql")
    kinds = [(e.check, e.kind, e.outcome) for e in observer.evidence]
    assert kinds == [
        ("fresh", EvidenceKind.CHECK, Outcome.PASSED),
        ("rollback", EvidenceKind.CHECK, Outcome.PASSED),
        ("parity", EvidenceKind.CHECK, Outcome.PASSED),
        ("migrate", EvidenceKind.TASK, Outcome.PASSED),
    ]
    assert observer.evidence[1].summary == "rolls back cleanly at 2 of 2 fault points"
    assert observer.evidence[0].versions["libsql"].startswith("3.")
    assert observer.evidence[2].versions.keys() >= {"libsql", "postgres"}
    assert {LIBSQL, POSTGRES} <= observer.evidence[2].inputs.keys()
    task = observer.evidence[3]
    assert (task.exit_status, task.versions["runner"]) == (0, "plain command")
    assert "without mise" in task.summary
    assert task.log_path is not None
    assert "applied V18 route_profiles" in (root / task.log_path).read_text()
    assert session.overview().view("libsql").state.state is State.DONE


def test_sql_that_fails_names_its_line_and_runs_no_task(root: Path) -> None:
    (root / LIBSQL).write_text(CREATE + "\nINSERT INTO nowhere VALUES (1);\n")
    run(root, "registry")
    session, observer = run(root, "libsql")
    (finding,) = observer.evidence[-1].findings
    assert (finding.code, finding.line) == ("atomic/apply-failed", 3)
    assert [e.check for e in observer.evidence] == ["fresh"]
    assert session.overview().view("libsql").state.state is State.FAILED


def test_an_unregistered_migration_is_not_applied(root: Path) -> None:
    registry = root / "migrations/registry.toml"
    text = registry.read_text()
    registry.write_text(text[: text.index("[[migration]]\nversion = 18")])
    _, observer = run(root, "libsql")
    assert observer.evidence[0].findings[0].code == "registry/missing-entry"


def test_without_mise_and_without_a_plain_command_the_item_is_not_done(root: Path) -> None:
    config = root / "mig-assist.toml"
    config.write_text(config.read_text().partition("[commands]")[0])
    run(root, "registry")
    session, observer = run(root, "libsql")
    assert [e.outcome for e in observer.evidence] == [
        Outcome.PASSED, Outcome.PASSED, Outcome.PASSED, Outcome.FAILED,
    ]  # fmt: skip
    finding = observer.evidence[-1].findings[0]
    assert finding.code == "tests/task-missing"
    assert "mise" in finding.message
    assert session.overview().view("libsql").state.state is State.FAILED


def test_a_database_that_ran_an_older_v18_is_named_with_the_way_out(root: Path) -> None:
    run(root, "registry", "libsql")
    (root / LIBSQL).write_text(CREATE + "CREATE INDEX route_profiles_id ON route_profiles (id);\n")
    _, observer = run(root, "registry", "libsql")
    (finding,) = observer.evidence[-1].findings
    assert finding.code == "history/reset-required"
    assert "mig-assist migrate --backend libsql --reset" in finding.fix


def test_a_test_task_that_ran_no_test_is_not_done(root: Path) -> None:
    give_command(root, "test-store", "echo", "no tests ran in 0.01s")
    test = root / "tests/store/test_v18_route_profiles.py"
    test.write_text("def test_v18() -> None:\n    assert 18 == 18\n")
    session, observer = run(root, "tests")
    assert observer.evidence[-1].findings[0].code == "tests/none-ran"
    assert session.overview().view("tests").state.state is State.FAILED


def test_the_skeleton_itself_is_not_enough(root: Path) -> None:
    _, observer = run(root, "tests")
    assert [e.findings[0].code for e in observer.evidence] == ["tests/placeholder"]


def test_cancelling_ends_the_whole_process_group_and_leaves_the_item_to_do(root: Path) -> None:
    marker = "mig-assist-cancel-test"
    give_command(
        root, "gateway-migrate", "sh", "-c", f"sleep 301 & echo {marker} $$; sleep 302", marker
    )
    run(root, "registry")
    cancellation = Cancellation()
    started = threading.Event()

    class CancelOnOutput(Silent):
        def log(self, line: str) -> None:
            super().log(line)
            if line.startswith(f"{marker} "):
                started.set()
                cancellation.request()

    session, observer = opened(root), CancelOnOutput()
    assert not run_item(session, find_item("libsql"), observer, cancellation)
    assert started.is_set()
    shell = int(observer.lines[-1].split()[1])
    assert not psutil.pid_exists(shell)
    assert not [p for p in psutil.process_iter(["cmdline"]) if marker in (p.info["cmdline"] or [])]
    assert observer.evidence[-1].outcome is Outcome.CANCELLED
    view = session.overview().view("libsql").state
    assert (view.state, view.reason) == (State.TODO, "3 of 4 checks done")


def test_secrets_in_a_tasks_output_are_masked_in_log_and_screen(root: Path) -> None:
    give_command(root, "gateway-migrate", "echo", "postgres://ada:tr0ub4dor@localhost/x")
    run(root, "registry")
    _, observer = run(root, "libsql")
    log = observer.evidence[-1].log_path
    assert log is not None
    assert "tr0ub4dor" not in "\n".join(observer.lines) + (root / log).read_text()
    assert "ada:•••@localhost" in (root / log).read_text()


def test_an_edit_while_a_check_runs_leaves_its_evidence_stale(root: Path) -> None:
    run(root, "registry")

    class EditMeanwhile(Silent):
        def log(self, line: str) -> None:
            super().log(line)
            if "applied" in line:
                (root / LIBSQL).write_text(CREATE + "-- edited while the task runs\n")

    session = opened(root)
    run_item(session, find_item("libsql"), EditMeanwhile(), Cancellation())
    assert session.overview().view("libsql").state.state is State.STALE


def test_documents_count_from_the_moment_the_migration_was_opened(root: Path) -> None:
    session, observer = run(root, "data-docs")
    assert observer.evidence[0].findings[0].code == "docs/not-changed"
    with (root / "docs/data-relationships.md").open("a") as file:
        file.write("\n## Route profiles\n\nOne for each route.\n")
    session, observer = run(root, "data-docs")
    assert observer.evidence[0].summary == "changed: docs/data-relationships.md"
    assert session.overview().view("data-docs").state.state is State.DONE


def test_what_the_configuration_calls_absent_is_done_with_its_reason_until_that_changes(
    root: Path,
) -> None:
    config = root / "mig-assist.toml"
    kept = [line for line in config.read_text().splitlines() if not line.startswith("lint =")]
    reason = "a schema alone has nothing to lint"
    config.write_text("\n".join([*kept, "[absent]", f'lint = "{reason}"', ""]))
    session, _ = run(root, "lint")
    view = session.overview().view("lint")
    assert (view.state.state, view.state.reason) == (
        State.DONE,
        f"lint does not apply here: {reason}",
    )
    assert reason in summary_markdown(session.workspace, session.overview())
    config.write_text(config.read_text().replace(reason, "nobody has asked for it"))
    stale = opened(root).overview().view("lint").state
    assert (stale.state, stale.reason) == (
        State.STALE,
        "changed since: the configuration (absent lint)",
    )


def test_the_libsql_task_is_given_the_file_that_a_reset_moves_aside(root: Path) -> None:
    give_command(root, "gateway-migrate", "sh", "-c", "echo at $LIBSQL_PATH")
    _, observer = run(root, "registry", "libsql")
    assert f"at {root / '.mig-assist' / 'gateway.db'}" in observer.lines
