"""One version looked at closely: both schemas before and after it, and what sets them apart."""

from __future__ import annotations

from dataclasses import dataclass

from mig_assist.engines.schema import Schema
from mig_assist.findings import Finding
from mig_assist.verify.parity.proof import ParityReport
from mig_assist.verify.parity.watcher import Verdict
from mig_assist.workspace.model import Workspace

Schemas = tuple[Schema, Schema]
"""libsql's and PostgreSQL's."""

NOTHING: Schemas = (Schema(), Schema())


@dataclass(frozen=True, slots=True)
class Look:
    """What one version makes of both schemas.

    Attributes:
        report: of this version, and of those before it that were looked at.
        before: both schemas before it.
        after: both schemas after it; None where a side does not take it.
        left_open: what could not be compared, in a few words.
        unseen: how many versions before it were not looked at.
    """

    version: int
    report: ParityReport
    before: Schemas
    after: Schemas | None
    left_open: str = ""
    unseen: int = 0

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Those of this version, or of none in particular."""
        return tuple(f for f in self.report.findings if f.version in (self.version, None))


def look_live(version: int, verdict: Verdict) -> Look:
    """What live engines said of a version, the newest that they were asked about."""
    failed = any(finding.code == "parity/apply-failed" for finding in verdict.report.findings)
    before = verdict.before.schemas if verdict.before else NOTHING
    after = verdict.history.schemas if verdict.history and not failed else None
    return Look(version, verdict.report, before, after, unseen=verdict.unseen)


def look_static(workspace: Workspace, version: int) -> Look:
    """By the files alone, without a server.

    Raises:
        UnreadableSource: a file is no text.
        DatabaseError: libsql cannot make a temporary database.
    """
    from mig_assist.verify.parity.static import static_report, static_schemas
    from mig_assist.verify.parity.versions import versions_of

    versions = [each for each in versions_of(workspace) if each.number <= version]
    known = tuple(static_schemas(versions))
    numbers = tuple(each.number for each in versions)
    report = static_report(workspace, versions, numbers, known)
    before, after = NOTHING, None
    for each in known:
        if each.version.number == version and not each.failures:
            after = each.libsql, each.postgres
        elif not each.failures:
            before = each.libsql, each.postgres
    left = [f"{report.undecided} left to the engines"] if report.undecided else []
    left += [f"{', '.join(report.left_out)} left out"] if report.left_out else []
    return Look(version, report, before, after, ", ".join(left))
