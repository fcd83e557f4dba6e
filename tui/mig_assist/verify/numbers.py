"""Item 1: the version is the next shared number, and nobody else holds it."""

from __future__ import annotations

from collections.abc import Iterable

from mig_assist.findings import Finding, Severity
from mig_assist.verify.report import Report, Subject
from mig_assist.workspace.files import MigrationFile, pairs, scan
from mig_assist.workspace.model import Workspace
from mig_assist.workspace.registry import RegistryError, open_registry


def next_version(workspace: Workspace) -> int:
    """The version after the highest one in both folders and the registry.

    Raises:
        RegistryError: the registry cannot be read.
    """
    held = [file.version for file in scan(workspace)]
    held += [entry.version for entry in open_registry(workspace).entries()]
    return workspace.layout.next_version(max([workspace.config.baseline, *held]))


def check_number(subject: Subject) -> Report:
    """The version is above the baseline, free, and follows the one before it."""
    workspace, version = subject.workspace, subject.version
    files = scan(workspace)
    findings = [
        *_below_baseline(workspace, version),
        *_taken(subject, files),
        *_gap(workspace, version, files),
    ]
    try:
        entries = open_registry(workspace).entries()
    except RegistryError as error:
        findings.append(
            Finding(
                "registry/unreadable", Severity.ERROR, f"{error.title}: {error.message}", error.fix
            )
        )
    else:
        findings += [
            Finding(
                "history/number-taken",
                Severity.ERROR,
                f"The registry gives V{version} to {entry.name!r}.",
                "Take another number with `mig-assist new`.",
                version=version,
                path=workspace.config.registry.path or None,
            )
            for entry in entries
            if entry.version == version and entry.name != subject.name
        ]
    predecessor = max((f.version for f in files if f.version < version), default=None)
    follows = "" if predecessor is None else f", after V{predecessor}"
    return Report(f"V{version} is the next shared number{follows}", tuple(findings))


def _below_baseline(workspace: Workspace, version: int) -> Iterable[Finding]:
    baseline = workspace.config.baseline
    if version <= baseline:
        yield Finding(
            "history/below-baseline",
            Severity.ERROR,
            f"V{version} is not above the V{baseline} baseline, where all history begins.",
            f"Use V{next_version(workspace)}, the next shared number.",
            version=version,
        )


def _taken(subject: Subject, files: Iterable[MigrationFile]) -> Iterable[Finding]:
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


def _gap(workspace: Workspace, version: int, files: Iterable[MigrationFile]) -> Iterable[Finding]:
    if not workspace.layout.consecutive:
        return
    held = {pair.version for pair in pairs(files)} | {workspace.config.baseline}
    predecessor = max((number for number in held if number < version), default=version - 1)
    if predecessor != version - 1:
        yield Finding(
            "history/gap",
            Severity.ERROR,
            f"No migration has the number V{predecessor + 1}, so V{version} leaves a gap.",
            f"Use V{predecessor + 1}.",
            version=version,
        )
