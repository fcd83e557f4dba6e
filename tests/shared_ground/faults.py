"""Faults at every point where a process touches files: killed, interrupted, out of space.

CPython reports each opening, renaming, removing or copying of a file to audit hooks before it
does it. A forked process that stops at the n-th report has really done all that comes before.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from enum import StrEnum
from itertools import count

from mig_assist.errors import MigAssistError

_OPERATIONS = ("open", "os.", "shutil.", "fcntl.")
_DONE, _MET, _BROKEN = 0, 1, 2


class Fault(StrEnum):
    """What happens instead of the n-th operation on a file."""

    KILLED = "SIGKILL"
    INTERRUPTED = "KeyboardInterrupt"
    NO_SPACE = "ENOSPC"


def faults(fault: Fault, work: Callable[[int], Callable[[], None]]) -> Iterator[int]:
    """Do the same work again and again, each time with the fault one file operation later.

    ``work(n)`` prepares the n-th time and returns what the forked process does. Yields n after
    each; ends with the first time that the work comes to its end without meeting the fault.
    """
    for number in count(1):
        if not _with_fault_at(number, fault, work(number)):
            return
        yield number


def _with_fault_at(number: int, fault: Fault, work: Callable[[], None]) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking beside threads
        process = os.fork()
    if process == 0:
        _work_and_exit(number, fault, work)
    _, status = os.waitpid(process, 0)
    ended = os.waitstatus_to_exitcode(status)
    assert ended in (_DONE, _MET, -signal.SIGKILL), f"not the program's own error, at {number}"
    return ended != _DONE


def _work_and_exit(number: int, fault: Fault, work: Callable[[], None]) -> None:
    seen = 0

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        if event.startswith(_OPERATIONS):
            seen += 1
            if seen == number:
                _fail(fault)

    status = _BROKEN
    try:
        sys.addaudithook(hook)
        with suppress(MigAssistError, KeyboardInterrupt):
            work()
        status = _MET if seen >= number else _DONE
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        os._exit(status)


def _fail(fault: Fault) -> None:
    match fault:
        case Fault.KILLED:
            os.kill(os.getpid(), signal.SIGKILL)
        case Fault.INTERRUPTED:
            raise KeyboardInterrupt
        case Fault.NO_SPACE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
