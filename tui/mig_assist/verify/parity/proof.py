"""The live proof: both engines, every version, and what behaviour says where texts cannot."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mig_assist.backend import Backend
from mig_assist.engines.database import DatabaseError
from mig_assist.engines.kept import Shelf
from mig_assist.findings import Finding, Severity, summary
from mig_assist.verify.apply import failed_apply
from mig_assist.verify.parity.history import (
    History,
    Parting,
    State,
    Step,
    finding_of,
    history_of,
    partings_of,
)
from mig_assist.verify.parity.places import place_of
from mig_assist.verify.parity.stages import Stages, open_stages
from mig_assist.verify.parity.versions import Version, versions_of
from mig_assist.verify.parity.waivers import (
    Waiver,
    apply_waivers,
    stated_waivers,
    waivers_in,
)
from mig_assist.verify.report import Report
from mig_assist.workspace.model import Workspace

Texts = tuple[str | None, str | None]
"""What libsql says, and what PostgreSQL says."""

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
    """

    versions: tuple[int, ...]
    findings: tuple[Finding, ...] = ()
    engines: Mapping[Backend, str] = field(default_factory=dict)
    probed: int = 0
    texts: Mapping[FindingKey, Texts] = field(default_factory=dict)
    static: bool = False

    @property
    def summary(self) -> str:
        """One line that says what was compared, how, and what came of it."""
        if not self.versions:
            return "no version to compare"
        many = len(self.versions)
        compared = f"{many} versions" if many > 1 else f"V{self.versions[0]}"
        how = (
            "by their files alone, without an engine"
            if self.static
            else "on " + " and ".join(f"{b.label} {v}" for b, v in self.engines.items())
        )
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
    wanted = tuple(version.number for version in versions if version.number in chosen)
    if not wanted:
        return ParityReport(())
    first = next(i for i, version in enumerate(versions) if version.number == wanted[0])
    base, tail = versions[:first], versions[first:]
    with open_stages(shelf, base, commits=len(tail) > 1) as stages:
        found = _Walk(workspace, wanted, tail, stages).proved()
        engines = {backend: stages.database(backend).engine_version() for backend in Backend}
    findings = waived(workspace, versions, wanted, found.findings, complete=not stages.failures)
    return ParityReport(wanted, findings, engines, found.probed, found.texts)


@dataclass(frozen=True, slots=True)
class Proved:
    """What the engines showed, before any waiver."""

    findings: tuple[Finding, ...]
    probed: int = 0
    texts: Mapping[FindingKey, Texts] = field(default_factory=dict)


class _Walk:
    """One walk of both engines through the versions from the first chosen one on."""

    def __init__(
        self,
        workspace: Workspace,
        wanted: Sequence[int],
        tail: Sequence[Version],
        stages: Stages,
    ) -> None:
        self._stated = workspace.config.parity.types
        self._wanted = wanted
        self._tail = tail
        self._stages = stages
        self._steps: list[Step] = []
        self._state = State()
        self._data: list[Parting] = []

    def proved(self) -> Proved:
        """Everything that this walk finds."""
        self._took([self._stages.begin()])
        waiting: list[Version] = []
        for version in self._tail:
            if self._stages.failures:
                break
            if version.number in self._wanted and self._state.moves_rows(version):
                self._took(self._stages.take(waiting))
                waiting = []
                self._compare_data(version)
            waiting.append(version)
        if not self._stages.failures:
            self._took(self._stages.take(waiting[:-1]))
        if self._stages.failures:
            return self._stopped()
        with self._stages.trial(self._tail[-1]) as step:
            if step is None:
                return self._stopped()
            history = history_of([*self._steps, step], self._stated)
            partings = partings_of(history, self._wanted)
            return proved(partings, self._data, history, self._stages, self._tail)

    def _took(self, steps: Iterable[Step]) -> None:
        for step in steps:
            self._steps.append(step)
            self._state.take(step)

    def _compare_data(self, version: Version) -> None:
        """What the version does to rows, from the state that both sides are in."""
        if self._stages.failures:
            return
        found = self._stages.compare_data(version, self._state.part(None))
        self._data += [Parting(divergence, version.number) for divergence in found]

    def _stopped(self) -> Proved:
        """What was found up to the version that an engine did not take."""
        failures = [
            failed_apply(failure.script, backend, failure.error, "parity/apply-failed")
            for backend, failure in sorted(self._stages.failures.items())
        ]
        stopped = min(failure.script.version for failure in self._stages.failures.values())
        later = [number for number in self._wanted if number > stopped]
        failures[0] = replace(
            failures[0],
            message=f"{failures[0].message}"
            + (f"\nFrom V{stopped} on nothing was compared." if later else ""),
        )
        if len(self._steps) == 1 and stopped < self._tail[0].number:
            return Proved(tuple(failures))
        history = history_of(self._steps, self._stated)
        partings = (*partings_of(history, self._wanted), *self._data)
        return Proved((*findings_of(partings, self._tail), *failures), 0, texts_of(partings))


def proved(
    partings: Sequence[Parting],
    data: Sequence[Parting],
    history: History,
    stages: Stages,
    versions: Iterable[Version],
) -> Proved:
    """The findings about partings, after probes have judged those that are there now.

    Both databases are in an open transaction, in the state that the history has.

    Args:
        data: what data statements did; where an object parted by itself, its rows say no more.
    """
    known = {(parting.since, parting.divergence.object) for parting in partings}
    data = [p for p in data if (p.since, p.divergence.object) not in known]
    from mig_assist.verify.parity.probes import Proof, probe

    there = [parting for parting in partings if parting.mended is None]
    partings = (*partings, *data)
    if not there:
        return Proved(tuple(findings_of(partings, versions)), 0, texts_of(partings))
    libsql, postgres = (stages.database(backend) for backend in Backend)
    try:
        result = probe(libsql, postgres, history.schemas, [p.divergence for p in there])
    except DatabaseError as error:
        failed = Finding(
            "parity/not-probed",
            Severity.ERROR,
            f"An engine gave up while rules were probed. {error.title}. {error.message}",
            error.fix or "Run it again.",
        )
        return Proved((*findings_of(partings, versions), failed), 0, texts_of(partings))
    judged = {p: verdict.divergence for p, verdict in zip(there, result.verdicts, strict=True)}
    shown = sum(verdict.proof is Proof.EQUAL for verdict in result.verdicts)
    now = [p._replace(divergence=judged[p]) if p in judged else p for p in partings]
    return Proved(tuple(findings_of(now, versions)), shown, texts_of(now))


def texts_of(partings: Iterable[Parting]) -> dict[FindingKey, Texts]:
    """What both sides say of each parting."""
    return {
        (parting.since, found.rule, found.object): (found.libsql, found.postgres)
        for parting in partings
        for found in (parting.divergence,)
    }


def findings_of(partings: Iterable[Parting], versions: Iterable[Version]) -> Iterator[Finding]:
    """The findings about partings, each at its place."""
    by_number = {version.number: version for version in versions}
    for parting in partings:
        finding = finding_of(parting)
        if finding is None:
            continue
        version = by_number.get(parting.since) if parting.since is not None else None
        place = place_of(parting.divergence, version) if version else None
        yield replace(finding, path=place.path, line=place.line) if place else finding


def waived(
    workspace: Workspace,
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
    waivers = [waiver for waiver in _waivers(workspace, versions) if _is_ours(waiver)]
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


def _waivers(workspace: Workspace, versions: Iterable[Version]) -> Iterator[Waiver]:
    yield from stated_waivers(workspace)
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


def _is_ours(waiver: Waiver) -> bool:
    return waiver.code.startswith("parity/") or not waiver.code
