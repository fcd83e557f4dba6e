"""Items 8, 9 and 10: the right documents changed since the work began."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from mig_assist.findings import Finding, Severity
from mig_assist.source_text import read_source
from mig_assist.verify.pair import PLACEHOLDER
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
    changed = tuple(sorted(_changed(workspace, now, origin)))
    if changed:
        return Report(f"changed: {', '.join(changed)}", tuple(_open_marks(workspace, changed)))
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


def _open_marks(workspace: Workspace, paths: Iterable[str]) -> Iterable[Finding]:
    for path in paths:
        text = read_source(workspace.root / path, path).text
        for number, line in enumerate(text.splitlines(), 1):
            if PLACEHOLDER.search(line):
                yield Finding(
                    "docs/placeholder",
                    Severity.ERROR,
                    "A scaffold's question is still open here.",
                    "Answer it, then remove the mark.",
                    path=path,
                    line=number,
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
