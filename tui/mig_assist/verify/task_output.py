"""What a test task's output says about the tests that really ran."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mig_assist.findings import Finding, Severity

_TASK = re.compile(r"^\[[^]\s]+\] ")
"""What mise puts before each line where one task depends on others."""

_COUNTS = tuple(
    map(
        re.compile,
        (
            # pytest, cargo test, cargo-nextest, vitest, Jest, Deno. Some count files as well.
            r"^(?!\s*(?:Test Files|Test Suites|Snapshots)\b).*?\b(?P<ran>\d+) (?:tests? )?passed\b",
            r"^(?:#|ℹ) pass (?P<ran>\d+)$",  # node
            r"^DONE (?P<ran>\d+) tests?(?:, (?P<not>\d+) skipped)?",  # gotestsum
            r"^\s*(?P<ran>\d+) passing\b",  # Mocha
            r"^\s*(?P<ran>\d+) pass$",  # Bun
            r"^Ran (?P<ran>\d+) tests? in ",  # unittest: those that it skipped are among them
            r"^OK \((?P<ran>)[\w =,]*\bskipped=(?P<not>\d+)\)",
            r"^OK \((?P<ran>\d+) tests?, ",  # PHPUnit
            r"^\s*(?P<ran>\d+) (?:examples?|tests?), 0 failures"  # RSpec, bats, ExUnit
            r"(?:, (?P<not>\d+) (?:pending|skipped))?",
            r"\bTests run: (?P<ran>\d+), Failures: 0, Errors: 0, Skipped: (?P<not>\d+)",  # Java
        ),
    )
)
_PASSED = re.compile(
    r"^ok\s+\S+\s+(?:[\d.]+s|\(cached\))(?!.*\[no tests to run\])"  # a package of go's
    r"|^\s*ok \d+\b(?!.*# *(?:SKIP|TODO))",  # one test of TAP's: node, bats, pg_prove
    re.IGNORECASE,
)

_NAME_OF_A_PASS = re.compile(r"^\s*(?:[✓✔√]|ok\b|PASS\b|--- PASS)|\bPASSED\b|\.\.\. ok$")
_TAP_SKIP = re.compile(r"# *skip\b", re.IGNORECASE)
_PLACE = re.compile(r"::|/|\\|\.\w+:\d")
_SKIP = re.compile(r"(?<![-\w])skip(?:s|ped|ping)?\b(?! locked)", re.IGNORECASE)
_BARE_SKIP = re.compile(r"^[↓○﹣]|\[skipped\]$")
_VARIABLE = r"\w*(?:POSTGRES\w*|DATABASE|PG|DB)_(?:URL|URI|DSN)"
_DATABASE = rf"(?:databases?|postgres(?:ql)?|{_VARIABLE})"
_ABSENT = (
    r"(?:un(?:set|available|reachable|defined|configured)|missing|empty|absent|down|required"
    r"|needed|not (?:set|found|available|configured|reachable|running|defined|given|installed))"
)
_WANT_OF_DATABASE = re.compile(
    rf"\b(?:needs?|requires?|without|want of|set) (?:\S+ ){{0,3}}{_DATABASE}\b"
    rf"|\bno (?:\S+ )?{_DATABASE}\b"
    rf"|\b{_DATABASE}\b.*\b{_ABSENT}\b"
    rf"|\bskip(?:ped|ping)? (?:\S+ )?{_DATABASE} (?:\S+ )?tests?\b"
    rf"|\b{_DATABASE} (?:\S+ )?tests? (?:\S+ )?skipped\b",
    re.IGNORECASE,
)
_NAMES_A_DATABASE = re.compile(rf"\b{_DATABASE}\b", re.IGNORECASE)
_UNSET = re.compile(
    r"\b\w*(?:POSTGRES\w*|TEST_\w+)_(?:URL|URI|DSN)\b.*\b(?:not set|unset|undefined|missing)\b"
)


def output_findings(task: str, lines: Iterable[str]) -> Iterable[Finding]:
    """Findings about a test task that ended well but may have tested nothing.

    Output in which no known runner says that a test passed counts as none.
    """
    passed = 0
    skipped: str | None = None
    below_skip = False
    for line in (_TASK.sub("", line) for line in lines):
        passed += _passed(line)
        if skipped is None and _skipped_for_database(line, below_skip):
            skipped = line.strip()
        below_skip = line.lstrip().startswith("--- SKIP")  # go says why on the next line
    if skipped is not None:
        yield Finding(
            "tests/skipped",
            Severity.ERROR,
            f"{task} skipped tests for want of a database: {skipped[:200]}",
            "Give it the database: start PostgreSQL with `mig-assist postgres start`.",
        )
    if passed <= 0:
        yield Finding(
            "tests/none-ran",
            Severity.ERROR,
            f"{task} ended well, but its output names no test that passed.",
            "Check the task's filter and the folder that it runs in.",
        )


def _passed(line: str) -> int:
    """How many tests have passed by what one line says."""
    for pattern in _COUNTS:
        if match := pattern.search(line):
            found = match.groupdict()
            return int(found["ran"] or 0) - int(found.get("not") or 0)
    return 1 if _PASSED.match(line) else 0


def _skipped_for_database(line: str, below_skip: bool) -> bool:
    """Whether a line says that a test was skipped because it had no database.

    What a test is called, and where it stands, says nothing about that.
    """
    if _NAME_OF_A_PASS.search(line) and not _TAP_SKIP.search(line):
        return False
    text = " ".join(word for word in line.split() if not _PLACE.search(word))
    if _UNSET.search(text):
        return True
    if _BARE_SKIP.search(text):
        return _NAMES_A_DATABASE.search(text) is not None
    said = below_skip or _SKIP.search(text) is not None
    return said and _WANT_OF_DATABASE.search(text) is not None
