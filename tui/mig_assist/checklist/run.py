"""Running items: their checks in order, each outcome into the ledger at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from mig_assist import __version__
from mig_assist.checklist.automatic import Work, examine
from mig_assist.checklist.evidence import Evidence, Outcome
from mig_assist.checklist.items import Check, Item
from mig_assist.checklist.session import Session
from mig_assist.process import Cancellation
from mig_assist.redaction import redact
from mig_assist.state_folder import state_folder
from mig_assist.verify.report import Report


class Observer(Protocol):
    """Who wants to see a run as it happens; called from the thread that runs it."""

    def check_started(self, item: Item, check: Check) -> None:
        """A check begins."""

    def log(self, line: str) -> None:
        """A line of output, secrets masked."""

    def check_finished(self, item: Item, check: Check, evidence: Evidence) -> None:
        """A check ended and its evidence is in the ledger."""


def run_item(session: Session, item: Item, observer: Observer, cancellation: Cancellation) -> bool:
    """Run an item's checks, as a rule until one does not pass; true if all passed.

    The inputs are read before a check begins, so that an edit made meanwhile leaves its
    evidence stale and never wrong.

    Raises:
        WrongUse: no migration is in work.
        AlreadyRunning: another process works on the item.
        EnvironmentLacks: the ledger cannot be written.
    """
    migration = session.require_migration()
    run = session.ledger.begin_run(migration.id, item.key)
    work = Work(session.workspace, migration, cancellation)
    passed = True
    try:
        for check in item.checks:
            evidence = _run_check(session, work, run, item, check, observer)
            passed = passed and evidence.outcome is Outcome.PASSED
            if not passed and not item.independent:
                break
        return passed
    finally:
        session.ledger.end_run(run)


def run_items(
    session: Session, items: Sequence[Item], observer: Observer, cancellation: Cancellation
) -> dict[str, bool]:
    """Run several items, each whatever came of the one before; key → whether it passed.

    Stops early only when cancelled.
    """
    results: dict[str, bool] = {}
    for item in items:
        if cancellation.requested:
            break
        results[item.key] = run_item(session, item, observer, cancellation)
    return results


def _run_check(
    session: Session, work: Work, run: int, item: Item, check: Check, observer: Observer
) -> Evidence:
    observer.check_started(item, check)
    started = time.time()
    log_name = f"{run:06d}-{item.key}-{check.key}.log"
    with _log_file(session.workspace.root, log_name) as write:

        def log(line: str) -> None:
            line = redact(line)
            write(line)
            observer.log(line)

        work.log = log
        inputs = check.seen(work.reader)
        report = examine(work, item, check)
    if item.key == "registry" and report.passed:
        # The item itself writes the registry: what it looked at is the file as it left it.
        inputs = check.seen(work.reader)
    evidence = _evidence(session, item, check, report, started, inputs, log_name)
    session.ledger.append(work.migration.id, evidence, run)
    observer.check_finished(item, check, evidence)
    return evidence


def _evidence(
    session: Session,
    item: Item,
    check: Check,
    report: Report,
    started: float,
    inputs: dict[str, str],
    log_name: str,
) -> Evidence:
    blocking = [finding for finding in report.findings if finding.blocks]
    if report.cancelled:
        outcome = Outcome.CANCELLED
    else:
        outcome = Outcome.PASSED if report.passed else Outcome.FAILED
    log_path = session.workspace.root / ".mig-assist" / "logs" / log_name
    return Evidence(
        item.key,
        check.key,
        check.kind,
        outcome,
        started,
        time.time(),
        inputs,
        exit_status=report.exit_status,
        summary=blocking[0].message if blocking else report.summary,
        versions={"mig-assist": __version__, **report.versions},
        findings=tuple(replace(finding, item=item.key) for finding in report.findings),
        log_path=f".mig-assist/logs/{log_name}" if log_path.exists() else None,
    )


@contextmanager
def _log_file(root: Path, name: str) -> Iterator[Callable[[str], None]]:
    """A writer for a log file that is made only when something is written."""
    folder = state_folder(root) / "logs"
    file = None

    def write(line: str) -> None:
        nonlocal file
        if file is None:
            folder.mkdir(exist_ok=True)
            file = (folder / name).open("w", encoding="utf-8", errors="backslashreplace")
        file.write(line + "\n")
        file.flush()

    try:
        yield write
    finally:
        if file is not None:
            file.close()
