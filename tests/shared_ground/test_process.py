"""A command's output arrives as it comes, and nothing of it is left when it is over."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mig_assist.process import CANCELLED, NOT_FOUND, Cancellation, Completed, plain, run_command
from tests.processes import alive, survivors

SLEEP = "sleep 1000"


def shell(script: str) -> list[str]:
    return ["sh", "-c", script]


def python(script: str, *arguments: str) -> list[str]:
    return [sys.executable, "-I", "-c", script, *arguments]


# How it ends


@pytest.mark.parametrize(
    ("argv", "status"),
    [
        (shell("exit 0"), 0),
        (shell("exit 3"), 3),
        (shell("kill -KILL $$"), 128 + signal.SIGKILL),
        (shell("kill -TERM $$"), 128 + signal.SIGTERM),
        (["no-such-command-anywhere"], NOT_FOUND),
        ([os.devnull], 126),
        (shell("exec >&- 2>&-; sleep 0.1; exit 5"), 5),
    ],
)
def test_the_exit_status_is_that_of_a_shell(argv: list[str], status: int, tmp_path: Path) -> None:
    assert run_command(argv, cwd=tmp_path).exit_status == status


def test_a_command_that_does_not_exist_is_named(tmp_path: Path) -> None:
    completed = run_command(["no-such-command-anywhere"], cwd=tmp_path)

    assert completed.text == "no-such-command-anywhere: No such file or directory"


def test_a_guard_that_is_killed_counts_as_a_killed_command(tmp_path: Path) -> None:
    completed = run_command(shell("kill -KILL $PPID"), cwd=tmp_path)

    assert completed.exit_status == 128 + signal.SIGKILL


# What it gets


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))))
@settings(max_examples=15)
def test_arguments_arrive_as_they_are(arguments: list[str]) -> None:
    code = "import json, sys; print(json.dumps(sys.argv[1:]))"

    completed = run_command(python(code, *arguments), cwd=Path("/"))

    assert json.loads(completed.text) == arguments


def test_folder_environment_and_empty_input(tmp_path: Path) -> None:
    completed = run_command(
        shell('pwd; echo "$GREETING"; echo "${PATH:+kept}"; cat; echo end'),
        cwd=tmp_path,
        env={"GREETING": "hé"},
    )

    assert completed.output == (str(tmp_path), "hé", "kept", "end")


# What it says


def test_both_streams_come_in_their_order(tmp_path: Path) -> None:
    script = "for n in 1 2 3; do echo out $n; echo err $n >&2; done; printf 'no line end'"
    heard: list[str] = []

    completed = run_command(shell(script), cwd=tmp_path, on_line=heard.append)

    expected = ("out 1", "err 1", "out 2", "err 2", "out 3", "err 3", "no line end")
    assert completed == Completed(0, expected)
    assert tuple(heard) == expected


def test_lines_come_while_the_command_runs(tmp_path: Path) -> None:
    """It goes on only when its first line has been heard."""

    def answer(line: str) -> None:
        if line == "heard?":
            (tmp_path / "answer").touch()

    script = "echo heard?; while [ ! -e answer ]; do sleep 0.01; done; echo yes"

    assert run_command(shell(script), cwd=tmp_path, on_line=answer).output == ("heard?", "yes")


def test_a_flood_of_lines_is_complete(tmp_path: Path) -> None:
    completed = run_command(["seq", "100000"], cwd=tmp_path)

    assert completed.output == tuple(str(n) for n in range(1, 100_001))


def test_a_slow_listener_hears_everything(tmp_path: Path) -> None:
    """The command is over long before its last line has been heard."""
    heard: list[str] = []

    def listen(line: str) -> None:
        if not heard:
            run_command(shell("while [ ! -e over ]; do sleep 0.01; done"), cwd=tmp_path)
        heard.append(line)

    completed = run_command(shell("seq 3000; touch over"), cwd=tmp_path, on_line=listen)

    assert completed.output == tuple(heard)
    assert completed.output == tuple(str(n) for n in range(1, 3001))


@pytest.mark.parametrize(
    "written",
    ["", "\n", "\n\n", "a", "a\n", "a\n\n", "a\n\n\n", "\na", "a\n\nb", "\n\na\n\nb"],
)
def test_empty_lines_are_neither_lost_nor_made(written: str, tmp_path: Path) -> None:
    completed = run_command(["printf", "%s", written], cwd=tmp_path)

    assert completed.output == tuple(written.splitlines())


@pytest.mark.parametrize("length", [8191, 8192, 8193, 16384])
def test_a_piece_that_ends_with_its_line_is_followed_by_no_empty_one(
    length: int, tmp_path: Path
) -> None:
    completed = run_command(["printf", "%s\\n%s\\n", "x" * length, "next"], cwd=tmp_path)

    assert "".join(completed.output[:-1]) == "x" * length
    assert "" not in completed.output
    assert completed.output[-1] == "next"


def test_a_very_long_line_comes_in_pieces_and_no_character_is_split(tmp_path: Path) -> None:
    code = "import sys; sys.stdout.buffer.write(('x' + 'é' * 100_000).encode())"

    completed = run_command(python(code), cwd=tmp_path)

    assert len(completed.output) > 1
    assert "".join(completed.output) == "x" + "é" * 100_000


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (rb"\033[1;31mred\033[0m\033[K", "red"),
        (rb"\033]8;;http://x\033\\link\033]8;;\007", "link"),
        (rb"\033(B\033[mreset\0337\0338\033>\033c", "reset"),
        (rb"\033Pq#0\033\\sixel", "sixel"),
        (rb"tab\there\a\b", "tab\there"),
        (rb"caf\351", "caf\ufffd"),
        (rb"10%%\r20%%\r100%%", "100%"),
        (rb"windows\r", "windows"),
        (rb"[/red] [bold]", "[/red] [bold]"),
        (rb"\033]0;never ended", "0;never ended"),
        (rb"\033[", "["),
    ],
)
def test_a_line_is_what_a_terminal_would_show(written: bytes, shown: str, tmp_path: Path) -> None:
    completed = run_command(["printf", os.fsdecode(written) + r"\n"], cwd=tmp_path)

    assert completed.output == (shown,)


@given(st.text())
def test_plain_text_has_no_control_characters_and_stays_plain(text: str) -> None:
    shown = plain(text)

    assert all(c == "\t" or c.isprintable() for c in shown)
    assert plain(shown) == shown


@given(st.text().filter(lambda text: all(c.isprintable() for c in text)))
def test_printable_text_is_left_as_it_is(text: str) -> None:
    assert plain(text) == text


# What it leaves behind


def pids_in(completed: Completed) -> list[int]:
    return [int(line) for line in completed.output if line.isdigit()]


def test_what_it_left_in_the_background_is_ended(tmp_path: Path) -> None:
    script = f"{SLEEP} & echo $!; ({SLEEP} & echo $!); exit 0"

    completed = run_command(shell(script), cwd=tmp_path)

    assert completed.exit_status == 0
    assert len(pids_in(completed)) == 2
    assert survivors(*pids_in(completed)) == []


def test_what_ignores_the_request_to_end_is_killed(tmp_path: Path) -> None:
    cancellation = Cancellation()
    stubborn = f"trap '' TERM; echo $$; echo ready; while :; do {SLEEP}; done"

    def cancel_when_ready(line: str) -> None:
        if line == "ready":
            cancellation.request()

    completed = run_command(
        shell(stubborn), cwd=tmp_path, on_line=cancel_when_ready, cancellation=cancellation
    )

    assert completed.exit_status == CANCELLED
    assert survivors(*pids_in(completed)) == []


LEAVE = """
import os, subprocess, sys, time
subprocess.Popen(["sh", "-c", sys.argv[1]], start_new_session=True)
while sys.argv[2:] and not os.path.exists(sys.argv[2]):
    time.sleep(0.01)
os._exit(0)
"""


def test_a_daemon_that_left_stays_and_is_not_waited_for(tmp_path: Path) -> None:
    completed = run_command(python(LEAVE, f"echo $$; touch up; {SLEEP}", "up"), cwd=tmp_path)

    (daemon,) = pids_in(completed)
    try:
        assert completed.exit_status == 0
        assert alive(daemon)
    finally:
        os.killpg(daemon, signal.SIGKILL)
    assert survivors(daemon) == []


def test_a_daemons_later_words_are_not_the_commands(tmp_path: Path) -> None:
    """They are still read, so that the daemon can go on."""
    wait = "while [ ! -e go ]; do sleep 0.01; done"
    flood = f"echo $$; touch up; {wait}; seq 100000; echo more; touch said; {SLEEP}"
    heard: list[str] = []

    completed = run_command(python(LEAVE, flood, "up"), cwd=tmp_path, on_line=heard.append)

    (daemon,) = pids_in(completed)
    try:
        (tmp_path / "go").touch()
        run_command(shell("while [ ! -e said ]; do sleep 0.01; done"), cwd=tmp_path)
    finally:
        os.killpg(daemon, signal.SIGKILL)
    assert heard == list(completed.output)
    assert survivors(daemon) == []


# How it is ended


def test_cancelling_before_the_start_ends_it_at_once(tmp_path: Path) -> None:
    cancellation = Cancellation()
    cancellation.request()

    completed = run_command(shell(SLEEP), cwd=tmp_path, cancellation=cancellation)

    assert completed.exit_status == CANCELLED


def test_cancelling_lets_a_command_say_goodbye(tmp_path: Path) -> None:
    cancellation = Cancellation()
    script = "trap 'echo bye; exit 0' TERM; echo $$; echo ready; while :; do sleep 0.01; done"

    def cancel_when_ready(line: str) -> None:
        if line == "ready":
            cancellation.request()

    completed = run_command(
        shell(script), cwd=tmp_path, on_line=cancel_when_ready, cancellation=cancellation
    )

    assert completed.exit_status == CANCELLED
    assert completed.output[-1] == "bye"
    assert survivors(*pids_in(completed)) == []


def test_a_listener_that_fails_ends_the_command(tmp_path: Path) -> None:
    pids: list[int] = []

    def fail(line: str) -> None:
        pids.append(int(line))
        raise LookupError("nobody listens")

    with pytest.raises(LookupError, match="nobody listens"):
        run_command(shell(f"echo $$; while :; do {SLEEP}; done"), cwd=tmp_path, on_line=fail)

    assert survivors(*pids) == []


PARENT = f"""
import sys
from pathlib import Path
from mig_assist.process import run_command
script = "{SLEEP} & echo $!; echo $$; echo ready; wait"
run_command(["sh", "-c", script], cwd=Path("/"), on_line=lambda line: print(line, flush=True))
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_its_parent_however_that_ends(number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-I", "-c", PARENT], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        pids = []
        while (line := parent.stdout.readline().decode().strip()) != "ready":
            pids.append(int(line))
        guard = psutil.Process(pids[-1]).ppid()

        parent.send_signal(number)
        parent.communicate()

    assert len(pids) == 2
    assert survivors(guard, *pids) == []


def test_a_cancellation_is_heard_once_by_each_listener() -> None:
    heard: list[str] = []
    cancellation = Cancellation()
    cancellation.listen(lambda: heard.append("before"))
    assert not cancellation.requested

    cancellation.request()
    cancellation.request()
    cancellation.listen(lambda: heard.append("after"))

    assert cancellation.requested
    assert heard == ["before", "after"]
