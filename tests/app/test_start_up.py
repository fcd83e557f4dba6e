"""Starting: what is loaded, what is refused, what a signal does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.app.conftest import let_lint_sleep
from tests.conftest import WorkspaceCopy
from tests.terminal.driver import OpenTerminal

HEAVY = ("docker", "jinja2", "libsql", "postgast", "psycopg", "sqlglot", "tree_sitter", "tomlkit",
         "mig_assist.local_postgres", "mig_assist.engines")  # fmt: skip


def test_the_first_paint_waits_for_nothing_heavy(workspace_copy: WorkspaceCopy) -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from mig_assist.app.app import WizardApp\n"
        "from mig_assist.app.lookout import Lookout\n"
        "from mig_assist.checklist.session import open_session\n"
        "session = open_session(Path('.'))\n"
        "app = WizardApp(session)\n"
        "Lookout.begin = lambda self: app.exit()  # the screen has been painted\n"
        "app.run(headless=True)\n"
        "session.close()\n"
        "print('\\n'.join(sys.modules))\n"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", script],
        cwd=workspace_copy(), check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    assert "textual" in loaded
    assert not set(loaded) & set(HEAVY)


def test_errors_before_the_start_leave_the_terminal_alone(
    terminal: OpenTerminal, tmp_path: Path
) -> None:
    w = terminal([sys.executable, "-m", "mig_assist"], cwd=tmp_path)
    assert w.wait_for_exit() == 2
    assert "Change into the repository" in w.screen()


def test_the_screen_is_not_drawn_where_nobody_sees_it(begun: Path, terminal: OpenTerminal) -> None:
    shell = f'"{sys.executable}" -m mig_assist 2>err; echo status $?; read x'
    w = terminal(["sh", "-c", shell], cwd=begun)
    w.wait_for("status 2")
    assert "needs a terminal" in (begun / "err").read_text()


def test_a_hang_up_leaves_no_process_and_an_interrupted_run(
    terminal: OpenTerminal, begun: Path
) -> None:
    let_lint_sleep(begun)
    w = terminal([sys.executable, "-m", "mig_assist"], cwd=begun)
    w.wait_for("not run yet")
    w.press("End", "k", "r")
    screen = w.wait_for("pid ")
    pid = int(screen.partition("pid ")[2].split()[0])
    group = os.getpgid(pid)
    w.hang_up()
    w.wait_for_exit()
    _wait_for_end_of(group)

    again = terminal([sys.executable, "-m", "mig_assist"], cwd=begun)
    again.wait_for("not run yet")
    again.press("End", "k")
    again.wait_for("the last run was interrupted; run it again")


def test_sigterm_ends_the_run_and_gives_the_terminal_back(
    terminal: OpenTerminal, begun: Path
) -> None:
    let_lint_sleep(begun)
    w = terminal([sys.executable, "-m", "mig_assist"], cwd=begun)
    w.wait_for("not run yet")
    w.press("End", "k", "r")
    screen = w.wait_for("pid ")
    group = os.getpgid(int(screen.partition("pid ")[2].split()[0]))
    os.kill(w.pid, signal.SIGTERM)
    assert w.wait_for_exit() == 128 + signal.SIGTERM
    _wait_for_end_of(group)


def _wait_for_end_of(group: int) -> None:
    while True:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        os.sched_yield()
