"""What every examination gets and gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mig_assist.backend import Backend
from mig_assist.findings import Finding
from mig_assist.workspace.files import migration_path
from mig_assist.workspace.model import Workspace


@dataclass(frozen=True, slots=True)
class Subject:
    """The migration under examination."""

    workspace: Workspace
    version: int
    name: str

    def path(self, backend: Backend) -> str:
        """Where its file of one backend belongs, relative to the workspace."""
        return migration_path(self.workspace, backend, self.version, self.name)


@dataclass(frozen=True, slots=True)
class Report:
    """The result of one examination.

    Attributes:
        summary: one line for the checklist; where it failed, the first error is shown instead.
        versions: tool or engine → the version that really answered.
        exit_status: of the process, where one was run.
        cancelled: whether the user stopped it.
    """

    summary: str
    findings: tuple[Finding, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    exit_status: int | None = None
    cancelled: bool = False

    @property
    def passed(self) -> bool:
        """Whether nothing stands against it."""
        return not self.cancelled and not any(finding.blocks for finding in self.findings)
