"""Run one command in a process group of its own and end that group with its parent.

Started as a script by :mod:`mig_assist.process`, in an isolated interpreter without
site-packages, with a word to say at the end and the command. Standard input is a pipe whose
other end only the parent holds: when the parent ends in whatever way, SIGKILL included, the pipe
closes and the whole group is ended with it.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time

GRACE_SECONDS = 3.0


def main(argv: list[str]) -> int:
    """Run ``argv`` until it ends or the parent does; return its exit status as a shell would."""
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake_write)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    _adopt_orphans()
    try:
        child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, start_new_session=True)
    except OSError as error:
        print(f"{argv[0]}: {error.strerror or error}", file=sys.stderr)
        return 127 if isinstance(error, FileNotFoundError) else 126
    try:
        while child.poll() is None:
            ready, _, _ = select.select([0, wake_read], [], [])
            if 0 in ready:
                break
            woken_by = os.read(wake_read, 64)
            if any(number != signal.SIGCHLD for number in woken_by):
                break
        interrupted = child.poll() is None
    finally:
        end_group(child)
    status = child.wait()
    if interrupted:
        return 130
    return status if status >= 0 else 128 - status


def end_group(child: subprocess.Popen[bytes]) -> None:
    """End what the command left running in its group: SIGTERM, a grace period, SIGKILL."""
    group = child.pid
    for number, patience in ((signal.SIGTERM, GRACE_SECONDS), (signal.SIGKILL, 1.0)):
        try:
            os.killpg(group, number)
        except (ProcessLookupError, PermissionError):
            return
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            child.poll()
            _reap(group)
            try:
                os.killpg(group, 0)
            except (ProcessLookupError, PermissionError):
                return
            time.sleep(0.02)


def say_ended(word: str) -> None:
    """Write ``word`` on a line of its own, after all that the command has written.

    What a daemon writes later, into the same pipe, can so be told from the command's output.
    Where the reader has stopped reading, nothing is written.
    """
    try:
        if select.select([], [1], [], GRACE_SECONDS)[1]:
            os.write(1, f"\n{word}\n".encode())
    except OSError:
        pass


def _adopt_orphans() -> None:
    """Become the parent of grandchildren whose parent ends, so that they can be reaped here.

    Where process 1 does not reap (many containers), a dead orphan would otherwise count as a
    living member of its group. prctl(2): PR_SET_CHILD_SUBREAPER is 36.
    """
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)


def _reap(group: int) -> None:
    try:
        while os.waitpid(-group, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


if __name__ == "__main__":
    status = main(sys.argv[2:])
    say_ended(sys.argv[1])
    sys.exit(status)
