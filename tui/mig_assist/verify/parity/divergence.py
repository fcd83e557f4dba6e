"""What two schemas of one version say differently, before it becomes a finding."""

from __future__ import annotations

from dataclasses import dataclass

from mig_assist.backend import Backend
from mig_assist.findings import Finding, Severity


@dataclass(frozen=True, slots=True)
class Divergence:
    """One difference between the two backends, about one object.

    Attributes:
        rule: the finding's code, ``parity/…``.
        object: what a person calls it and a waiver names: ``teams.slug``,
            ``teams: UNIQUE (slug)``, ``teams_slug_idx``; stable from version to version.
        table: the table or view that it hangs on.
        backend: the side that lacks the object; None where both have it and differ.
        libsql: what one side says, as it says it; None where it says nothing.
        postgres: likewise.
        fix: an imperative sentence, with the SQL where that is simple.
        decided: False where the texts cannot be compared, so that only behaviour can tell.
    """

    rule: str
    severity: Severity
    object: str
    table: str
    backend: Backend | None
    libsql: str | None
    postgres: str | None
    message: str
    fix: str
    decided: bool = True

    def finding(
        self,
        version: int | None = None,
        path: str | None = None,
        line: int | None = None,
    ) -> Finding:
        """The divergence as a finding of a version, at a place."""
        return Finding(
            self.rule,
            self.severity,
            self.message,
            self.fix,
            version=version,
            backend=self.backend,
            object=self.object,
            path=path,
            line=line,
        )
