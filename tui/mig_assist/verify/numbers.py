"""Item 1: the version is the next shared number, and nobody else holds it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mig_assist.findings import Finding, Severity
from mig_assist.verify.report import Report, Subject
from mig_assist.workspace.files import MigrationFile, scan
from mig_assist.workspace.model import Workspace
from mig_assist.workspace.registry import RegistryEntry, RegistryError, open_registry


def next_version(workspace: Workspace) -> int:
    """One more than the highest version in both folders and the registry.

    Raises:
        RegistryError: the registry cannot be read.
    """
    return _next(workspace, scan(workspace), open_registry(workspace).entries())


def check_number(subject: Subject) -> Report:
    """The version is above the baseline, free, and follows the one before it."""
    workspace, version = subject.workspace, subject.version
    files = scan(workspace)
    registry = open_registry(workspace)
    findings: list[Finding] = []
    entries: Sequence[RegistryEntry] = ()
    try:
        entries = registry.entries() if registry.path else ()
    except RegistryError as error:
        findings.append(unreadable_registry(error, registry.path))
    findings += number_findings(subject, files, entries)
    predecessor = max((f.version for f in files if f.version < version), default=None)
    follows = "" if predecessor is None else f", after V{predecessor}"
    return Report(f"V{version} is the next shared number{follows}", tuple(findings))


def number_findings(
    subject: Subject, files: Sequence[MigrationFile], entries: Sequence[RegistryEntry]
) -> Iterable[Finding]:
    """What is wrong with a version, given all files and what the registry lists."""
    yield from _below_baseline(subject, files, entries)
    yield from _taken(subject, files, entries)
    yield from _gap(subject, files)


def unreadable_registry(error: RegistryError, path: str | None) -> Finding:
    """The finding about a registry that is none."""
    return Finding(
        "registry/unreadable",
        Severity.ERROR,
        f"{error.title}. {error.message}",
        error.fix,
        path=path,
        line=error.line,
    )


def _next(workspace: Workspace, *holders: Iterable[MigrationFile | RegistryEntry]) -> int:
    held = (holder.version for each in holders for holder in each)
    return max((workspace.config.baseline, *held)) + 1


def _below_baseline(
    subject: Subject, files: Sequence[MigrationFile], entries: Sequence[RegistryEntry]
) -> Iterable[Finding]:
    workspace, version = subject.workspace, subject.version
    baseline = workspace.config.baseline
    if version <= baseline:
        yield Finding(
            "history/below-baseline",
            Severity.ERROR,
            f"V{version} is not above the V{baseline} baseline, where all history begins.",
            f"Use V{_next(workspace, files, entries)}, the next shared number.",
            version=version,
        )


def _taken(
    subject: Subject, files: Sequence[MigrationFile], entries: Sequence[RegistryEntry]
) -> Iterable[Finding]:
    for file in files:
        if file.version == subject.version and file.name != subject.name:
            yield Finding(
                "history/number-taken",
                Severity.ERROR,
                f"V{file.version} is also the number of {file.path}.",
                "One version, one pair: rename or remove the file that does not belong.",
                version=file.version,
                backend=file.backend,
                path=file.path,
            )
    for entry in entries:
        if entry.version == subject.version and entry.name != subject.name:
            yield Finding(
                "history/number-taken",
                Severity.ERROR,
                f"The registry gives V{entry.version} to {entry.name!r}.",
                "Take another number with `mig-assist new`.",
                version=entry.version,
                path=subject.workspace.config.registry.path or None,
            )


def _gap(subject: Subject, files: Iterable[MigrationFile]) -> Iterable[Finding]:
    version, baseline = subject.version, subject.workspace.config.baseline
    held = {file.version for file in files} | {baseline}
    predecessor = max((number for number in held if number < version), default=version - 1)
    if predecessor != version - 1:
        yield Finding(
            "history/gap",
            Severity.ERROR,
            f"No migration has the number V{predecessor + 1}, so V{version} leaves a gap.",
            f"Use V{predecessor + 1}.",
            version=version,
        )
