"""Findings: what a check has to say, in one shape for the app, the CLI and JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from mig_assist.backend import Backend


class Severity(StrEnum):
    """How much a finding weighs; only an error makes its item fail."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One statement of a check about one object at one place.

    Attributes:
        code: ``family/rule``, stable, explained by ``mig-assist explain CODE``.
        path: relative to the workspace root, with forward slashes.
        line: 1-based line in ``path``.
        fix: what to do; an imperative sentence.
        waived: the written reason for which this finding is accepted.
    """

    code: str
    severity: Severity
    message: str
    fix: str = ""
    item: str | None = None
    version: int | None = None
    backend: Backend | None = None
    object: str | None = None
    path: str | None = None
    line: int | None = None
    waived: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The finding as the JSON object of design.md's public contract."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Finding:
        """The inverse of :meth:`to_json`."""
        backend = data.get("backend")
        return cls(
            **{
                **data,
                "severity": Severity(data["severity"]),
                "backend": Backend(backend) if backend else None,
            }
        )

    @property
    def place(self) -> str:
        """``path:line``, as far as it is known; empty otherwise."""
        if self.path is None:
            return ""
        return self.path if self.line is None else f"{self.path}:{self.line}"

    @property
    def blocks(self) -> bool:
        """Whether the finding keeps its item from being done."""
        return self.severity is Severity.ERROR and self.waived is None


def summary(findings: Iterable[Finding]) -> dict[str, int]:
    """Count findings by severity, waived ones apart."""
    counts = {"error": 0, "warning": 0, "note": 0, "waived": 0}
    for finding in findings:
        counts["waived" if finding.waived is not None else finding.severity.value] += 1
    return counts
