"""Item 5: tests of this migration's own exist, and nobody left them as a skeleton."""

from __future__ import annotations

import re

from mig_assist.draft.begin import own_test_path
from mig_assist.findings import Finding, Severity
from mig_assist.source_text import UnreadableSource, read_source
from mig_assist.verify.pair import PLACEHOLDER
from mig_assist.verify.report import Report, Subject


def check_own_tests(subject: Subject, files: tuple[str, ...]) -> Report:
    """At least one test file speaks of this version, and none of those has an open mark."""
    number = re.compile(rf"(?<![0-9a-z])v{subject.version}(?![0-9])", re.IGNORECASE)
    own: list[str] = []
    findings: list[Finding] = []
    for path in files:
        try:
            text = read_source(subject.workspace.root / path, path).text
        except UnreadableSource:
            continue
        if not (number.search(path) or number.search(text) or subject.name in text):
            continue
        own.append(path)
        findings += [
            Finding(
                "tests/placeholder",
                Severity.ERROR,
                "The skeleton's question is still open here.",
                "Write the test, then remove the mark.",
                version=subject.version,
                path=path,
                line=line,
            )
            for line, content in enumerate(text.splitlines(), 1)
            if PLACEHOLDER.search(content)
        ]
    if not own:
        findings.append(
            Finding(
                "tests/no-test",
                Severity.ERROR,
                f"No store test speaks of V{subject.version} or {subject.name}.",
                "Add one for the new constraints, indexes and behaviour; `mig-assist new` writes"
                " a skeleton.",
                version=subject.version,
                path=own_test_path(subject.workspace, subject.version, subject.name),
            )
        )
    return Report(f"tests of V{subject.version}: {', '.join(own)}", tuple(findings))
