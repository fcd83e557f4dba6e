"""What a test task's output says about the tests that really ran."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mig_assist.findings import Finding, Severity

_PASSED = re.compile(
    r"(?P<count>\d+) (?:tests? )?passed\b|^# pass (?P<tap>\d+)$|^ok\s+\S+\s+[\d.]+s$"
)
_SKIPPED_FOR_DATABASE = re.compile(
    r"\bskip\w*\b.*\b(?:database|postgres\w*|POSTGRES_URL|TEST_\w*URL|DATABASE_URL)\b"
    r"|\b(?:database|postgres\w*|\w*POSTGRES_URL|DATABASE_URL)\b.*\b(?:not set|unset|skip\w*)\b",
    re.IGNORECASE,
)


def output_findings(task: str, lines: Iterable[str]) -> Iterable[Finding]:
    """Findings about a test task that ended well but may have tested nothing.

    Knows the closing lines of pytest, cargo test, cargo-nextest, node's runner and go test.
    """
    passed = 0
    skipped: str | None = None
    for line in lines:
        for match in _PASSED.finditer(line):
            counted = match["count"] or match["tap"]
            passed += int(counted) if counted else 1
        if skipped is None and _SKIPPED_FOR_DATABASE.search(line):
            skipped = line.strip()
    if skipped is not None:
        yield Finding(
            "tests/skipped",
            Severity.ERROR,
            f"{task} skipped tests for want of a database: {skipped[:200]}",
            "Give it the database: start PostgreSQL with `mig-assist postgres start`.",
        )
    if passed == 0:
        yield Finding(
            "tests/none-ran",
            Severity.ERROR,
            f"{task} ended well, but its output names no test that passed.",
            "Check the task's filter and the folder that it runs in.",
        )
