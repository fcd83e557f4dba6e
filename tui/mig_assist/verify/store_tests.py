"""Item 5: tests of this migration's own exist, and nobody left them as a skeleton."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from mig_assist.backend import Backend
from mig_assist.draft.begin import own_test_path
from mig_assist.errors import MigAssistError
from mig_assist.findings import Finding, Severity
from mig_assist.verify.marks import open_marks
from mig_assist.verify.origin import Origin, changed_files
from mig_assist.verify.report import Report, Subject
from mig_assist.verify.touched_tables import touched_tables
from mig_assist.workspace.config import CONFIG_NAME
from mig_assist.workspace.files import read_inside, shown
from mig_assist.workspace.git import base_of, content_at

_UNIT_TESTS = re.compile(r"^[ \t]*#\[(?:cfg\(test\)|(?:\w+::)?test\b)", re.MULTILINE)


def check_own_tests(subject: Subject, tests: Mapping[str, str], origin: Origin) -> Report:
    """A store test was added or changed since the work began, and none has an open mark.

    A Rust source file with unit tests is more than a test: it counts where its tests changed and
    speak of the version, its name or one of its tables.

    Args:
        tests: path → digest of the store tests as they are now.
        origin: how they stood when the migration was opened.
    """
    touched = changed_files(subject.workspace, tests, origin)
    words = _words_of(subject) if any(map(_is_source, touched)) else frozenset()
    changed = [path for path in touched if not _is_source(path) or _is_tested(subject, path, words)]
    if not changed:
        paths = subject.workspace.config.tests.paths
        passed_over = f" {_listed(touched)} changed, but not in a test of it." if touched else ""
        return Report(
            "",
            (
                Finding(
                    "tests/no-test",
                    Severity.ERROR,
                    f"No store test was added or changed for V{subject.version}.{passed_over}",
                    " ".join(_ways_out(subject, paths)),
                    version=subject.version,
                    path=own_test_path(subject.workspace, subject.version, subject.name),
                ),
            ),
        )
    marks = open_marks(subject.workspace, changed, "tests/placeholder")
    return Report(f"changed: {', '.join(map(shown, changed))}", tuple(marks))


def _ways_out(subject: Subject, paths: tuple[str, ...]) -> Iterator[str]:
    if not paths:
        yield f"Say where the store tests lie: [tests] paths in {CONFIG_NAME}."
        return
    wanted = "Add one for the new constraints, indexes and behaviour"
    if own_test_path(subject.workspace, subject.version, subject.name):
        yield f"{wanted}; `mig-assist new` writes a skeleton."
        return
    yield f"{wanted} below {_listed(paths)}; whatever is added or changed there counts."
    if any(map(_is_source, paths)) or any(path.endswith("src") for path in paths):
        yield (
            "In a source file with unit tests, those count that name"
            f" {', '.join(sorted(_words_of(subject)))}."
        )


def _is_source(path: str) -> bool:
    """Whether a file is Rust source of a crate rather than a test alone."""
    stem = path.rpartition("/")[2].removesuffix(".rs")
    in_source = "src" in path.split("/")[:-1]
    return path.endswith(".rs") and in_source and not stem.endswith(("test", "tests"))


def _is_tested(subject: Subject, path: str, words: frozenset[str]) -> bool:
    """Whether the tests in a source file changed, and speak of the version."""
    root = subject.workspace.root
    try:
        tests = _unit_tests(read_inside(root, path).text)
    except MigAssistError:
        return False
    base = base_of(subject.workspace)
    before = content_at(root, base.revision, path) if base else None
    if before is not None and _unit_tests(before.decode("utf-8", "replace")) == tests:
        return False
    # Inside longer words too, as in `fn keeps_label_sets()`.
    return any(
        re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", tests.lower()) for word in words
    )


def _unit_tests(text: str) -> str:
    """What follows the first mark of a test, as unit tests stand at the end of a file."""
    mark = _UNIT_TESTS.search(text)
    return text[mark.start() :] if mark else ""


def _words_of(subject: Subject) -> frozenset[str]:
    """What a version is recognised by in a test, in lower case: number, name and tables."""
    tables: set[str] = set()
    for backend in Backend:
        try:
            sql = read_inside(subject.workspace.root, subject.path(backend)).text
        except MigAssistError:
            continue
        tables |= touched_tables(sql, backend) or frozenset()
    return frozenset((f"v{subject.version}", subject.name.lower(), *tables))


def _listed(paths: tuple[str, ...], most: int = 3) -> str:
    more = len(paths) - most
    return ", ".join(map(shown, paths[:most])) + (f" and {more} more" if more > 0 else "")
