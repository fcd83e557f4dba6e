"""Observers for tests."""

from __future__ import annotations

from mig_assist.checklist.evidence import Evidence
from mig_assist.checklist.items import Check, Item


class Silent:
    """Keeps the evidence and the log, shows nothing."""

    def __init__(self) -> None:
        self.evidence: list[Evidence] = []
        self.lines: list[str] = []

    def check_started(self, item: Item, check: Check) -> None:
        pass

    def log(self, line: str) -> None:
        self.lines.append(line)

    def check_finished(self, item: Item, check: Check, evidence: Evidence) -> None:
        self.evidence.append(evidence)
