"""Items 8, 9 and 10: the right documents changed since the work began."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from mig_assist.findings import Finding, Severity
from mig_assist.verify.marks import open_marks
from mig_assist.verify.origin import Origin, changed_files
from mig_assist.verify.report import Report
from mig_assist.workspace.files import shown
from mig_assist.workspace.model import Workspace


def check_documents(
    workspace: Workspace,
    kind: str,
    paths: Collection[str],
    now: Mapping[str, str],
    origin: Origin,
) -> Report:
    """At least one of the documents at ``paths`` changed since the base revision.

    Args:
        kind: how the message calls them, for instance "data-model documents".
        paths: the files and folders that the configuration names.
        now: path → digest of each document that exists now.
        origin: compared with where git cannot tell.
    """
    if not paths:
        return Report(
            "",
            (
                Finding(
                    "docs/not-configured",
                    Severity.ERROR,
                    f"mig-assist.toml names no {kind}.",
                    "Name them under [docs], or skip the item with a reason.",
                ),
            ),
        )
    changed = changed_files(workspace, now, origin)
    if changed:
        return Report(
            f"changed: {', '.join(map(shown, changed))}",
            tuple(open_marks(workspace, changed, "docs/placeholder")),
        )
    return Report(
        "",
        (
            Finding(
                "docs/not-changed",
                Severity.ERROR,
                f"No change in the {kind} since the work began: {', '.join(paths)}.",
                "Describe what the migration changes there, or skip the item with a reason.",
                path=next(iter(paths)),
            ),
        ),
    )
