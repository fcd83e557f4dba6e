"""The live proof: both engines, every version, and what behaviour says where texts cannot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from mig_assist.backend import Backend
from mig_assist.engines.database import DatabaseError
from mig_assist.engines.kept import Shelf
from mig_assist.engines.passed_over import PassedOver
from mig_assist.engines.refusals import Refusal, VersionFailed
from mig_assist.findings import Finding, Severity, summary
from mig_assist.verify.parity.stages import open_stages
from mig_assist.verify.parity.versions import Version, begun_in, versions_of
from mig_assist.verify.parity.waivers import (
    Waiver,
    apply_waivers,
    stated_waivers,
    waivers_in,
)
from mig_assist.verify.report import Report
from mig_assist.workspace.model import Workspace

if TYPE_CHECKING:
    from mig_assist.verify.parity.history import Parting
    from mig_assist.verify.parity.walk import Outcome

Texts = tuple[str | None, str | None]
"""What libsql says, and what PostgreSQL says."""

_MOST_PLACES = 6

FindingKey = tuple[int | None, str, str | None]
"""A finding's version, code and object."""


@dataclass(frozen=True, slots=True)
class ParityReport:
    """What comparing both backends found.

    Attributes:
        versions: those that were asked for, lowest first.
        findings: by version.
        engines: backend → the version of the engine that really answered.
        probed: how many rules were shown to be equal by probes.
        texts: what libsql and PostgreSQL say of the object of a finding.
        static: whether no engine was asked.
        stopped: the version that a side did not take; from there on nothing was compared.
        refused: the versions of which a side did not take everything.
    """

    versions: tuple[int, ...]
    findings: tuple[Finding, ...] = ()
    engines: Mapping[Backend, str] = field(default_factory=dict)
    probed: int = 0
    texts: Mapping[FindingKey, Texts] = field(default_factory=dict)
    static: bool = False
    stopped: int | None = None
    refused: frozenset[int] = frozenset()

    @property
    def how(self) -> str:
        """By what it was compared."""
        return "on " + " and ".join(f"{b.label} {v}" for b, v in self.engines.items())

    @property
    def summary(self) -> str:
        """One line that says what was compared, how, and what came of it."""
        if not self.versions:
            return "no version to compare"
        many, how = len(self.versions), self.how
        compared = f"{many} versions" if many > 1 else f"V{self.versions[0]}"
        if self.stopped is not None or not self.refused.isdisjoint(self.versions):
            stopped = self.versions[-1] + 1 if self.stopped is None else self.stopped
            done = sum(n < stopped and n not in self.refused for n in self.versions)
            compared = f"{done} of {compared}" if many > 1 else f"{compared} not"
        shown = f"; {self.probed} rule{'s' * (self.probed != 1)} shown by probes"
        line = (
            f"{compared} {'equal' if self.equal else 'compared'} {how}{shown * bool(self.probed)}"
        )
        counts = summary(self.findings)
        told = ", ".join(
            f"{n} {word}{'s' * (n != 1 and word != 'waived')}" for word, n in counts.items() if n
        )
        return f"{line}: {told}" if told else line

    @property
    def report(self) -> Report:
        """As the checklist takes it."""
        engines = {str(backend): version for backend, version in self.engines.items()}
        return Report(self.summary, self.findings, engines)

    @property
    def equal(self) -> bool:
        """Whether no unwaived finding is an error."""
        return not any(finding.blocks for finding in self.findings)


def check_parity(workspace: Workspace, chosen: Collection[int], shelf: Shelf) -> ParityReport:
    """Compare both backends on live engines, in every version from the first chosen one on.

    What parted in a version that was not chosen is not reported; whether what parted in a chosen
    one met again later is.

    Args:
        chosen: versions; those that the workspace does not have are left out.

    Raises:
        UnreadableSource: a migration file is no text.
        DatabaseError: an engine does not answer at all.
        WrongUse: scratch databases may not be made on this server.
    """
    versions = versions_of(workspace)
    wanted = tuple(dict.fromkeys(v.number for v in versions if v.number in chosen))
    if not wanted:
        return ParityReport(())
    first = next(i for i, version in enumerate(versions) if version.number == wanted[0])
    base, tail = versions[:first], versions[first:]
    with open_stages(shelf, base, commits=len(tail) > 1) as stages:
        from mig_assist.verify.parity.walk import Walk

        begun = begun_in(workspace, versions, wanted)
        walk = Walk(stages, workspace.config.parity.types, wanted, begun)
        walk.begin()
        walk.go_on(tail[:-1])
        found = walk.tried(tail[-1])
    findings = found_in(found, tail)
    complete = not found.failures and not found.refusals
    findings = waived(
        waivers_of(workspace, versions), versions, wanted, findings, complete=complete
    )
    texts = texts_of(found.partings)
    stopped = stopped_at(found.failures)
    return ParityReport(
        wanted,
        findings,
        stages.engines,
        found.probed,
        texts,
        stopped=stopped,
        refused=refused_in(found.refusals),
    )


def refused_in(refusals: Mapping[Backend, Sequence[Refusal]]) -> frozenset[int]:
    """The versions of which a side did not take everything."""
    return frozenset(r.failure.script.version for side in refusals.values() for r in side)


def stopped_at(failures: Mapping[Backend, VersionFailed]) -> int | None:
    """The first version that a side did not take."""
    return min((failure.script.version for failure in failures.values()), default=None)


def found_in(outcome: Outcome, versions: Sequence[Version]) -> tuple[Finding, ...]:
    """Everything that a walk found, as findings."""
    return (
        *findings_of(outcome.partings, versions),
        *refused(outcome.refusals),
        *_failures(outcome.failures, versions[-1].number),
        *map(_gave_up, outcome.gave_up),
        *unknown_functions(outcome.passed_over),
        *_missing_extensions(outcome.passed_over),
    )


def _failures(failures: Mapping[Backend, VersionFailed], newest: int) -> Iterator[Finding]:
    """What the engines did not take; the first says what that leaves open."""
    stopped = stopped_at(failures)
    if stopped is None:
        return
    from mig_assist.verify.apply import failed_apply

    open_end = f"\nFrom V{stopped} on nothing was compared." if stopped < newest else ""
    for backend, failure in sorted(failures.items()):
        found = failed_apply(failure.script, backend, failure.error, "parity/apply-failed")
        yield replace(found, message=found.message + open_end)
        open_end = ""


def refused(refusals: Mapping[Backend, Sequence[Refusal]]) -> Iterator[Finding]:
    """What the engines refused, and what was not compared for it."""
    from mig_assist.verify.apply import failed_apply

    for backend, side in sorted(refusals.items()):
        following = [each.failure for each in side if each.follows]
        for refusal in side:
            if refusal.follows:
                continue
            failure = refusal.failure
            found = failed_apply(failure.script, backend, failure.error, "parity/apply-failed")
            names = ", ".join(sorted(refusal.names))
            more = f"\nFrom V{failure.script.version} on this was not compared: {names}."
            if following:
                more += f" Nor was what failed for it: {_lines(following)}."
                following = []
            said = found.message.partition("\nNothing of it was kept")[0]
            yield replace(found, message=said + more)


def _lines(failures: Sequence[VersionFailed]) -> str:
    """Where statements stand that an engine did not take."""
    places = [
        f"{each.script.path}:{each.error.statement.line}"
        for each in failures
        if isinstance(each.error, DatabaseError) and each.error.statement
    ]
    return _listed(places)


def unknown_functions(passed_over: Iterable[PassedOver]) -> Iterator[Finding]:
    """One warning for each version whose data statements call what only the application knows."""
    by_version: dict[int, list[PassedOver]] = {}
    for found in passed_over:
        if found.function:
            by_version.setdefault(found.script.version, []).append(found)
    for version, several in sorted(by_version.items()):
        names = ", ".join(dict.fromkeys(found.function for found in several))
        first = several[0]
        yield Finding(
            "parity/unknown-function",
            Severity.WARNING,
            f"libsql has no function {names}, as where the application registers it itself."
            f" {len(several)} data statement{'s' * (len(several) != 1)} could not be run, and what"
            " that does to rows was not compared.",
            "Look at it by hand, then waive this in mig-assist.toml with the reason: code ="
            f' "parity/unknown-function", object = "{names}".',
            None,
            version,
            Backend.LIBSQL,
            names,
            first.script.path,
            first.line,
        )


def _missing_extensions(passed_over: Iterable[PassedOver]) -> Iterator[Finding]:
    """One finding for all that PostgreSQL could not run for want of extensions."""
    found = [each for each in passed_over if each.extensions]
    if not found:
        return
    from mig_assist.verify.apply import WHERE_EXTENSIONS_ARE

    names = ", ".join(sorted({name for each in found for name in each.extensions}))
    lost = [each for each in found if not each.creates and not each.instead]
    other = [each for each in found if not each.creates and each.instead]
    message = f"This PostgreSQL does not have {names}."
    if lost:
        message += f" What needs it was left out and not compared: {_places(lost)}."
    if other:
        message += f" Its indexes were made as plain ones: {_places(other)}."
    if not lost and not other:
        message += " Nothing else asked for it, or what stands in for it here behaves alike."
    first = found[0]
    yield Finding(
        "parity/missing-extension",
        Severity.WARNING if lost or other else Severity.NOTE,
        message,
        WHERE_EXTENSIONS_ARE,
        None,
        first.script.version,
        Backend.POSTGRES,
        names,
        first.script.path,
        first.line,
    )


def _places(passed_over: Sequence[PassedOver]) -> str:
    return _listed([f"{each.script.path}:{each.line}" for each in passed_over])


def _listed(places: Sequence[str]) -> str:
    shown = places[:_MOST_PLACES]
    more = len(places) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _gave_up(error: DatabaseError) -> Finding:
    return Finding(
        "parity/not-probed",
        Severity.ERROR,
        f"An engine gave up while its behaviour was looked at. {error.title}. {error.message}",
        error.fix or "Run it again.",
    )


def texts_of(partings: Iterable[Parting]) -> dict[FindingKey, Texts]:
    """What both sides say of each parting."""
    return {
        (parting.since, found.rule, found.object): (found.libsql, found.postgres)
        for parting in partings
        for found in (parting.divergence,)
    }


def findings_of(partings: Iterable[Parting], versions: Iterable[Version]) -> Iterator[Finding]:
    """The findings about partings, each at its place."""
    from mig_assist.verify.parity.history import finding_of
    from mig_assist.verify.parity.places import place_of

    by_number: defaultdict[int | None, list[Version]] = defaultdict(list)
    for version in versions:
        by_number[version.number].append(version)
    for parting in partings:
        finding = finding_of(parting)
        if finding is None:
            continue
        place = place_of(parting.divergence, *by_number[parting.since])
        yield replace(finding, path=place.path, line=place.line) if place else finding


def waived(
    waivers: Iterable[Waiver],
    versions: Iterable[Version],
    wanted: Sequence[int],
    findings: Sequence[Finding],
    *,
    complete: bool,
) -> tuple[Finding, ...]:
    """The findings after the workspace's waivers, by version.

    Args:
        complete: whether everything was looked at in the wanted versions.
    """
    numbers = [version.number for version in versions]
    waivers = list(waivers)
    sure = [
        waiver for waiver in waivers if complete and set(_numbers(waiver, numbers)) <= set(wanted)
    ]
    unsure = [waiver for waiver in waivers if waiver not in sure]
    findings = apply_waivers(findings, unsure, complete=False)
    findings = apply_waivers(findings, sure, complete=True)
    of_items = (replace(finding, item=_item(finding)) for finding in findings)
    return tuple(sorted(of_items, key=lambda finding: finding.version or 0))


def _item(finding: Finding) -> str:
    """The checklist item that a finding belongs to: that of the side that lacks something."""
    return str(finding.backend or Backend.LIBSQL)


def waivers_of(workspace: Workspace, versions: Iterable[Version]) -> tuple[Waiver, ...]:
    """What mig-assist.toml and the versions' files waive of our own findings."""
    return tuple(filter(is_ours, (*stated_waivers(workspace), *waivers_in_files(versions))))


def waivers_in_files(versions: Iterable[Version]) -> Iterator[Waiver]:
    """What the comments of the versions' files waive."""
    for version in versions:
        for backend, script in version.scripts.items():
            yield from waivers_in(script.sql, version.number, backend, script.path)


def _numbers(waiver: Waiver, numbers: Iterable[int]) -> Iterator[int]:
    """The versions in which what a waiver speaks of can have parted."""
    return (
        number
        for number in numbers
        if (waiver.since is None or number >= waiver.since)
        and (not waiver.versions or number in waiver.versions)
    )


def is_ours(waiver: Waiver) -> bool:
    """Whether a waiver speaks of findings of this family."""
    return waiver.code.startswith("parity/") or not waiver.code
