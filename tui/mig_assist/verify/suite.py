"""Every static and live check of several versions at once: what a CI gate runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from mig_assist.backend import Backend
from mig_assist.findings import Finding, Severity
from mig_assist.verify.apply import check_fresh, check_rollbacks
from mig_assist.verify.name import name_findings
from mig_assist.verify.numbers import check_number
from mig_assist.verify.pair import check_sql, pair_findings
from mig_assist.verify.registry import check_registry
from mig_assist.verify.report import Subject
from mig_assist.verify.task_names import task_name_findings
from mig_assist.workspace.files import Pair, pairs, scan
from mig_assist.workspace.git import Base, base_of, changed_since, content_at
from mig_assist.workspace.model import Workspace


def all_pairs(workspace: Workspace) -> tuple[Pair, ...]:
    """Every pair from the baseline on, lowest version first."""
    return tuple(p for p in pairs(scan(workspace)) if p.version >= workspace.config.baseline)


def changed_pairs(workspace: Workspace, revision: str | None = None) -> tuple[Pair, ...]:
    """The pairs that were added or changed since a revision; all of them where git cannot tell.

    Args:
        revision: a revision; None for the merge base with the default branch.
    """
    base = Base(revision, revision) if revision else base_of(workspace)
    changed = changed_since(workspace.root, base.revision) if base else None
    if changed is None:
        return all_pairs(workspace)
    return tuple(
        pair for pair in all_pairs(workspace) if any(file.path in changed for file in pair.files)
    )


def check_pairs(
    workspace: Workspace,
    chosen: Sequence[Pair],
    postgres_url: Callable[[], str],
    base: Base | None,
) -> Iterable[Finding]:
    """Findings about the registry and the chosen pairs, each naming the item it belongs to.

    Args:
        postgres_url: where a scratch database may be created; asked for only when it is needed.
        base: what counts as merged; None where git cannot tell.
    """
    yield from _of_item("registry", check_registry(workspace).findings)
    yield from task_name_findings(workspace)
    for pair in chosen:
        yield from _static(workspace, pair)
        if base is not None:
            yield from _of_item("version", _edited(workspace, pair, base))
    if not chosen:
        return
    newest = chosen[-1]
    for backend in Backend:
        url = postgres_url() if backend is Backend.POSTGRES else None
        subject = _subject(workspace, newest)
        fresh = check_fresh(subject, backend, url)
        yield from _of_item(str(backend), fresh.findings)
        if not fresh.passed:
            continue
        versions = {pair.version for pair in chosen}
        for _, report in check_rollbacks(workspace, backend, versions, url):
            yield from _of_item(str(backend), report.findings)


def _static(workspace: Workspace, pair: Pair) -> Iterable[Finding]:
    subject = _subject(workspace, pair)
    yield from _of_item("pair", pair_findings(subject, pair))
    for backend in Backend:
        if pair.of(backend) is not None:
            yield from _of_item("pair", check_sql(subject, backend).findings)
    if pair.version > workspace.config.baseline:
        yield from _of_item("version", check_number(subject).findings)
        yield from _of_item("name", name_findings(subject.name, pair.version))


def _edited(workspace: Workspace, pair: Pair, base: Base) -> Iterable[Finding]:
    """A migration that is on the base branch already never changes again."""
    changed = changed_since(workspace.root, base.revision) or frozenset()
    for file in pair.files:
        if file.path in changed and content_at(workspace.root, base.revision, file.path):
            yield Finding(
                "history/edited-after-merge",
                Severity.ERROR,
                f"{file.path} is part of {base.branch} already, and was edited.",
                "Restore it, and make the change in a new version.",
                version=pair.version,
                backend=file.backend,
                path=file.path,
            )


def _subject(workspace: Workspace, pair: Pair) -> Subject:
    return Subject(workspace, pair.version, pair.files[0].name)


def _of_item(key: str, findings: Iterable[Finding]) -> Iterable[Finding]:
    return (replace(finding, item=key) for finding in findings)
