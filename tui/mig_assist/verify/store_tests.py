"""Item 5: tests of this migration's own exist, and nobody left them as a skeleton."""

from __future__ import annotations

from collections.abc import Mapping

from mig_assist.draft.begin import own_test_path
from mig_assist.findings import Finding, Severity
from mig_assist.verify.marks import open_marks
from mig_assist.verify.origin import Origin, changed_files
from mig_assist.verify.report import Report, Subject
from mig_assist.workspace.files import shown


def check_own_tests(subject: Subject, tests: Mapping[str, str], origin: Origin) -> Report:
    """A store test was added or changed since the work began, and none has an open mark.

    Args:
        tests: path → digest of the store tests as they are now.
        origin: how they stood when the migration was opened.
    """
    changed = changed_files(subject.workspace, tests, origin)
    if not changed:
        return Report(
            "",
            (
                Finding(
                    "tests/no-test",
                    Severity.ERROR,
                    f"No store test was added or changed for V{subject.version}.",
                    "Add one for the new constraints, indexes and behaviour; `mig-assist new`"
                    " writes a skeleton.",
                    version=subject.version,
                    path=own_test_path(subject.workspace, subject.version, subject.name),
                ),
            ),
        )
    marks = open_marks(subject.workspace, changed, "tests/placeholder")
    return Report(f"changed: {', '.join(map(shown, changed))}", tuple(marks))
