"""Item 2: both files are there, share one name, are readable and parse in their dialect."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace

from mig_assist.backend import Backend
from mig_assist.findings import Finding, Severity
from mig_assist.source_text import UnreadableSource
from mig_assist.verify.marks import marks_in
from mig_assist.verify.report import Report, Subject
from mig_assist.workspace.files import (
    Pair,
    migration_path,
    near_misses,
    pairs,
    read_inside,
    scan,
)
from mig_assist.workspace.model import Workspace


def check_files(subject: Subject) -> Report:
    """Each backend has exactly one file of this version, and both share one name."""
    found = [pair for pair in pairs(scan(subject.workspace)) if pair.version == subject.version]
    named = (pair for pair in found if any(file.name == subject.name for file in pair.files))
    pair = next(named, found[0] if found else Pair(subject.version, ()))
    findings = (
        *pair_findings(subject, pair),
        *_down_findings(subject),
        *(
            finding
            for finding in near_miss_findings(subject.workspace)
            if finding.version == subject.version
        ),
    )
    return Report("both files are there, with equal names", findings)


def near_miss_findings(workspace: Workspace) -> Iterable[Finding]:
    """Files that were meant to be migrations from the baseline on, but are not named so."""
    for miss in near_misses(workspace):
        if miss.version >= workspace.config.baseline:
            yield Finding(
                "pair/unrecognised-name",
                Severity.ERROR,
                f"{miss.path} looks like a migration, but is not named like one.",
                f"Call it {migration_path(workspace, miss.backend, miss.version, 'what_changes')},"
                " or move it elsewhere.",
                version=miss.version,
                backend=miss.backend,
                path=miss.path,
            )


def pair_findings(subject: Subject, pair: Pair) -> Iterable[Finding]:
    """What is wrong with the files of one version, judged by their names alone."""
    for backend in Backend:
        files = [file for file in pair.files if file.backend is backend]
        if not files:
            other = pair.of(backend.other)
            yield Finding(
                "pair/missing-file",
                Severity.ERROR,
                f"V{pair.version} has no {backend.label} file"
                + (f" beside {other.path}." if other else "."),
                f"Add {subject.path(backend)}; `mig-assist new` writes both.",
                version=pair.version,
                backend=backend,
                path=subject.path(backend),
            )
        for file in files[1:]:
            yield Finding(
                "pair/duplicate-version",
                Severity.ERROR,
                f"{files[0].path} and {file.path} have the same version.",
                "Keep one; give the other the next shared number.",
                version=pair.version,
                backend=backend,
                path=file.path,
            )
    libsql, postgres = pair.of(Backend.LIBSQL), pair.of(Backend.POSTGRES)
    if libsql and postgres and libsql.name != postgres.name:
        yield Finding(
            "pair/names-differ",
            Severity.ERROR,
            f"The sides are called {libsql.name!r} and {postgres.name!r}.",
            "Give both files one name.",
            version=pair.version,
            path=postgres.path,
        )


def _down_findings(subject: Subject) -> Iterable[Finding]:
    """Files that undo this version and are missing, where the other versions have them."""
    for backend in Backend:
        down = subject.workspace.layout.of(backend).down_path(subject.version, subject.name)
        if down and not os.path.lexists(subject.workspace.root / down):
            yield Finding(
                "pair/missing-down-file",
                Severity.WARNING,
                f"V{subject.version} has no {backend.label} file that undoes it, as others have.",
                f"Add {down}; where nothing can be undone, say so in it.",
                version=subject.version,
                backend=backend,
                path=down,
            )


def check_sql(subject: Subject, backend: Backend, path: str = "") -> Report:
    """The file can be read, holds at least one statement, and parses in its own dialect.

    So does the file that undoes it, where the layout has such files.

    Args:
        path: the file, where it is not called quite as the layout would call it now.
    """
    findings, count = _sql_findings(subject, backend, path or subject.path(backend))
    down = subject.workspace.layout.of(backend).down_path(subject.version, subject.name)
    if down and os.path.lexists(subject.workspace.root / down):
        undoing, _ = _sql_findings(subject, backend, down)
        # Where nothing can be undone, comments say so.
        findings += [finding for finding in undoing if finding.code != "pair/empty"]
    plural = "statement" if count == 1 else "statements"
    return Report(f"{count} {plural}, parsed as {backend.label}", tuple(findings))


def _sql_findings(subject: Subject, backend: Backend, path: str) -> tuple[list[Finding], int]:
    """What is wrong with one file, and how many statements it holds."""
    from mig_assist.engines.sections import sections
    from mig_assist.engines.statements import check_syntax, split_statements

    def finding(
        code: str,
        message: str,
        fix: str,
        line: int | None = None,
        severity: Severity = Severity.ERROR,
    ) -> Finding:
        return Finding(
            code, severity, message, fix, None, subject.version, backend, None, path, line
        )

    try:
        source = read_inside(subject.workspace.root, path)
    except UnreadableSource as error:
        return [finding("pair/unreadable", f"{error.title}. {error.message}", error.fix)], 0
    findings = [
        finding("pair/syntax", f"{error.title}: {error.message}", error.fix, error.line)
        for part in sections(source.text)
        for error in check_syntax(part, backend)
    ]
    count = 0 if findings else len(split_statements(source.text, backend))
    if count == 0 and not findings:
        findings.append(
            finding(
                "pair/empty",
                "The file holds no statement.",
                "Write the change; where this side needs none, write `SELECT 1;` and a comment"
                " that says why.",
            )
        )
    findings += [
        replace(mark, version=subject.version, backend=backend, path=path)
        for mark in marks_in(source.text, "pair/placeholder")
    ]
    if source.has_bom:
        findings.append(
            finding(
                "pair/byte-order-mark",
                "The file begins with a byte order mark, which some runners pass to the server.",
                "Save it as UTF-8 without BOM.",
                1,
                Severity.WARNING,
            )
        )
    return findings, count
