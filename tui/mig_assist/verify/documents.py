"""Items 8, 9 and 10: the right documents changed since the work began."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from mig_assist.findings import Finding, Severity
from mig_assist.verify.marks import open_marks
from mig_assist.verify.origin import Origin, changed_files
from mig_assist.verify.report import Report
from mig_assist.workspace.config import CONFIG_NAME
from mig_assist.workspace.files import shown
from mig_assist.workspace.model import Workspace

_CALLED = {
    "data": "data-model documents",
    "user": "admin and user documents",
    "adr": "decision records",
}


def check_documents(
    workspace: Workspace,
    key: str,
    paths: Collection[str],
    now: Mapping[str, str],
    origin: Origin,
) -> Report:
    """At least one of the documents at ``paths`` changed since the base revision.

    Args:
        key: theirs under ``[docs]``: ``data``, ``user`` or ``adr``.
        paths: the files and folders that the configuration names.
        now: path → digest of each document that exists now.
        origin: compared with where git cannot tell.
    """
    kind = _CALLED[key]
    if not paths:
        return Report(
            "",
            (
                Finding(
                    "docs/not-configured",
                    Severity.ERROR,
                    f"No {kind} are named in the configuration.",
                    f'Write in {CONFIG_NAME}: [docs] {key} = ["path"], or let `mig-assist init`'
                    " look for them; or skip the item with a reason.",
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
