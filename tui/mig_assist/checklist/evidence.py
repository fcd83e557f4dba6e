"""Evidence: what was examined, by whom, on which content, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from mig_assist.findings import Finding


class EvidenceKind(StrEnum):
    """How a piece of evidence came about."""

    CHECK = "check"
    TASK = "task"
    ATTESTATION = "attestation"
    SKIP = "skip"


class Outcome(StrEnum):
    """What came of it."""

    PASSED = "passed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Evidence(NamedTuple):
    """One record of the ledger.

    Attributes:
        item: key of the checklist item.
        check: key of the check or task inside the item; empty for a skip or an attestation,
            which speak of the whole item.
        started: unix time in seconds.
        finished: unix time in seconds.
        exit_status: of a task's process.
        reason: what the person wrote, for skips and attestations.
        summary: one line that says what was seen.
        versions: tool or engine → the version that really answered.
        inputs: path or other input → digest of the content that was looked at.
        log_path: where the full output lies, relative to the workspace root.
    """

    item: str
    check: str
    kind: EvidenceKind
    outcome: Outcome
    started: float
    finished: float
    inputs: Mapping[str, str]
    exit_status: int | None = None
    reason: str | None = None
    summary: str = ""
    versions: Mapping[str, str] = MappingProxyType({})
    findings: tuple[Finding, ...] = ()
    log_path: str | None = None

    def to_json(self) -> dict[str, object]:
        """The record as JSON values."""
        return {
            "item": self.item,
            "check": self.check,
            "kind": str(self.kind),
            "outcome": str(self.outcome),
            "started": self.started,
            "finished": self.finished,
            "exit_status": self.exit_status,
            "reason": self.reason,
            "summary": self.summary,
            "versions": dict(self.versions),
            "inputs": dict(self.inputs),
            "findings": [finding.to_json() for finding in self.findings],
            "log_path": self.log_path,
        }
