"""Running items with their progress on standard error."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

import click

from mig_assist.checklist.evidence import Evidence, Outcome
from mig_assist.checklist.items import Check, Item
from mig_assist.checklist.run import run_items
from mig_assist.checklist.session import Session
from mig_assist.cli.findings import finding_text
from mig_assist.cli.output import duration, say
from mig_assist.errors import Cancelled
from mig_assist.process import Cancellation

_OUTCOMES = {
    Outcome.PASSED: ("✔", "green"),
    Outcome.FAILED: ("✘", "red"),
    Outcome.CANCELLED: ("·", "yellow"),
}

_SILENCE_SECONDS = 10.0
"""After so long without a word a person wonders whether anything still happens."""


@contextmanager
def signs_of_life(silence: float = _SILENCE_SECONDS) -> Iterator[Callable[[str], None]]:
    """Say on standard error now and then what is being done; short work stays silent.

    Yields the function that is to be told what comes next.
    """
    begun = time.monotonic()
    ended = threading.Event()
    step = ""

    def on_step(text: str) -> None:
        nonlocal step
        step = text

    def tell() -> None:
        while not ended.wait(silence):
            if step:
                say(f"… {step} ({duration(time.monotonic() - begun)} so far)")

    teller = threading.Thread(target=tell, daemon=True, name="signs of life")
    teller.start()
    try:
        yield on_step
    finally:
        ended.set()
        teller.join()


class Printer:
    """An observer that prints each check as it ends, and the log of tasks as it comes."""

    def __init__(self) -> None:
        self._item = ""

    def check_started(self, item: Item, check: Check) -> None:  # noqa: ARG002
        """Print the item's title before its first check."""
        if item.key != self._item:
            self._item = item.key
            number = f"{item.number}  " if item.number else ""
            say(click.style(f"{number}{item.title}", bold=True))

    def log(self, line: str) -> None:
        """Print a line of output, dimmed."""
        say(click.style(f"     │ {line}", dim=True))

    def check_finished(self, item: Item, check: Check, evidence: Evidence) -> None:  # noqa: ARG002
        """Print what came of a check, and its findings."""
        mark, colour = _OUTCOMES[evidence.outcome]
        took = duration(evidence.finished - evidence.started)
        text = check.title if evidence.outcome is not Outcome.PASSED else evidence.summary
        say(f"   {click.style(mark, fg=colour)} {text}  {click.style(took, dim=True)}")
        for finding in evidence.findings:
            say(finding_text(finding, "     "))


def run_and_print(session: Session, items: Sequence[Item]) -> int:
    """Run items; 0 where all passed, 1 where one did not.

    Raises:
        Cancelled: the user interrupted it; whatever was running has been ended.
    """
    with interruptible() as cancellation:
        results = run_items(session, items, Printer(), cancellation)
    if cancellation.requested:
        raise Cancelled("Interrupted", "What was running has been ended.", "Run it again.")
    return 0 if all(results.values()) else 1


@contextmanager
def interruptible() -> Iterator[Cancellation]:
    """A cancellation that SIGINT and SIGTERM request; a second SIGINT is Python's own."""
    cancellation = Cancellation()

    def request(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        cancellation.request()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = {number: signal.signal(number, request) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield cancellation
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
