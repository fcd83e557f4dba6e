"""Items 8, 9 and 10: the right documents changed since the work began."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from mig_assist.findings import Finding, Severity
from mig_assist.verify.report import Report
from mig_assist.workspace.git import base_of, changed_since
from mig_assist.workspace.model import Workspace


@dataclass(frozen=True, slots=True)
class Origin:
    """How things stood when the migration was opened.

    Attributes:
        base: the commit that was checked out then, None without git.
        snapshot: document path → digest at that time.
    """

    base: str | None
    snapshot: Mapping[str, str]


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
    changed = tuple(path for path in sorted(_changed(workspace, now, origin)) if path in now)
    if changed:
        return Report(f"changed: {', '.join(changed)}")
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


def check_adr_form(texts: Mapping[str, str]) -> Iterable[Finding]:
    """An ADR says what was decided: every one has a title and a decision, and no open mark."""
    for path, text in texts.items():
        for heading in ("context", "decision", "consequences"):
            if not re.search(rf"^#+\s+{heading}\b", text, re.IGNORECASE | re.MULTILINE):
                yield Finding(
                    "docs/adr-incomplete",
                    Severity.ERROR,
                    f"The record has no section {heading.title()!r}.",
                    "Complete it; `docs/adr` shows how the others do it.",
                    path=path,
                )


def _changed(workspace: Workspace, now: Mapping[str, str], origin: Origin) -> Collection[str]:
    base = base_of(workspace)
    # On the default branch itself the merge base moves with every commit; the commit that was
    # checked out when the migration was opened does not.
    for revision in (origin.base, base.revision if base else None):
        if revision is not None:
            changed = changed_since(workspace.root, revision)
            if changed:
                return changed & set(now)
    if base is None:
        return {path for path, digest in now.items() if origin.snapshot.get(path) != digest}
    return ()
