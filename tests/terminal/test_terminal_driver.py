"""The terminal that end-to-end tests drive: keys in, screen out, nothing left behind."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil
import pytest

from tests.processes import alive
from tests.terminal.driver import OpenTerminal, TerminalTimeout

ECHO = """
import os, signal, sys, tty
tty.setcbreak(0)
def show(*_):
    size = os.get_terminal_size()
    print(f"size {size.columns}x{size.lines}", flush=True)
signal.signal(signal.SIGWINCH, show)
print("ready", sys.argv[1:], os.environ.get("GREETING"), os.getcwd(), "✔", flush=True)
show()
while (key := os.read(0, 64)) != b"q":
    print("key", key.decode(), flush=True)
sys.exit(7)
"""


@pytest.fixture
def program(tmp_path: Path) -> list[str]:
    (tmp_path / "echo.py").write_text(ECHO)
    return [sys.executable, str(tmp_path / "echo.py")]


def test_arguments_environment_and_folder_reach_the_program_as_they_are(
    terminal: OpenTerminal, program: list[str], tmp_path: Path
) -> None:
    arguments = ["a b", "$HOME; #{pane_id}", "ends;", "--", "-x"]
    here = terminal([*program, *arguments], cwd=tmp_path, env={"GREETING": "hé"}, columns=400)

    screen = here.wait_for("ready")

    assert f"ready {arguments} hé {tmp_path} ✔" in screen


def test_keys_and_text_arrive(terminal: OpenTerminal, program: list[str], tmp_path: Path) -> None:
    here = terminal(program, cwd=tmp_path)
    here.wait_for("ready")

    here.type("Enter;")
    here.wait_for("key Enter;")
    here.press("x")
    here.wait_for("key x")
    here.press("q")

    assert here.wait_for_exit() == 7
    assert "key x" in here.screen(), "the last screen can be read after the end"


def test_the_program_sees_the_terminals_size(
    terminal: OpenTerminal, program: list[str], tmp_path: Path
) -> None:
    here = terminal(program, cwd=tmp_path, columns=80, lines=24)
    here.wait_for("size 80x24")

    here.resize(120, 40)

    here.wait_for("size 120x40")
    assert here.size() == (120, 40)


def test_the_pane_is_the_program_itself_and_can_be_killed(
    terminal: OpenTerminal, program: list[str], tmp_path: Path
) -> None:
    here = terminal(program, cwd=tmp_path)
    here.wait_for("ready")
    assert psutil.Process(here.pid).cmdline() == program

    here.kill()

    assert here.exit_status == 137


def test_waiting_for_what_never_comes_shows_the_screen(
    terminal: OpenTerminal, program: list[str], tmp_path: Path
) -> None:
    here = terminal(program, cwd=tmp_path)
    here.wait_for("ready")
    with pytest.raises(TerminalTimeout, match=r"(?s)after 0\.1 s.*ready"):
        here.wait_for("no such text", seconds=0.1)
    here.press("q")
    with pytest.raises(TerminalTimeout, match=r"(?s)status 7.*size"):
        here.wait_for("no such text")


def test_text_that_leaves_the_screen_is_noticed(terminal: OpenTerminal, tmp_path: Path) -> None:
    clear = "import sys; print('here', flush=True); input(); print('\\033[2J', flush=True); input()"
    here = terminal([sys.executable, "-c", clear], cwd=tmp_path)
    here.wait_for("here")

    here.press("Enter")

    assert "here" not in here.wait_until_gone("here")


def test_several_terminals_at_once_end_with_the_test(
    tmp_path: Path, repository: Path, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(repository))
    pytester.makeconftest("pytest_plugins = ['tests.terminal.driver']")
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function")
    pytester.makepyfile(
        f"""
        import sys
        from pathlib import Path

        OBEDIENT = "import signal; print('ready', flush=True); signal.pause()"
        STUBBORN = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN);" + OBEDIENT

        def test_two(terminal):
            both = [
                terminal([sys.executable, "-c", program], cwd=Path.cwd())
                for program in (OBEDIENT, STUBBORN)
            ]
            for one in both:
                one.wait_for("ready")
            Path({str(tmp_path / "pids")!r}).write_text(" ".join(str(one.pid) for one in both))
        """
    )

    result = pytester.runpytest_subprocess()

    result.assert_outcomes(passed=1)
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert len(pids) == 2
    assert not any(alive(pid) for pid in pids)
