"""Every static and live check of several versions at once: what a CI gate runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from mig_assist.backend import Backend
from mig_assist.digests import content_digest, file_digest
from mig_assist.engines.kept import Shelf
from mig_assist.errors import WrongUse
from mig_assist.findings import Finding, Severity
from mig_assist.source_text import UnreadableSource
from mig_assist.verify.apply import check_fresh, check_rollbacks
from mig_assist.verify.name import name_findings
from mig_assist.verify.numbers import number_findings
from mig_assist.verify.pair import check_sql, near_miss_findings, pair_findings
from mig_assist.verify.parity.proof import check_parity
from mig_assist.verify.registry import check_registry
from mig_assist.verify.report import Subject
from mig_assist.verify.table_lists import check_table_lists
from mig_assist.verify.task_names import task_name_findings
from mig_assist.workspace.files import MigrationFile, Pair, pairs, scan
from mig_assist.workspace.git import Base, base_of, changed_since, content_at
from mig_assist.workspace.model import Workspace
from mig_assist.workspace.names import NameStyle, house_style
from mig_assist.workspace.numbers import Holdings, holdings
from mig_assist.workspace.registry import RegistryEntry, RegistryError, open_registry
from mig_assist.workspace.twins import Half, stated, twins

_OF_THE_REGISTRY = frozenset(("registry/unusable", "registry/missing-entry"))
_NOT_COMPARED = frozenset(("parity/apply-failed", "parity/not-probed"))
_UNREADABLE = frozenset(("pair/missing-file", "pair/syntax", "pair/unreadable"))
_SETTLED_BY_MERGE = frozenset(("pair/empty", "pair/names-differ", "pair/byte-order-mark"))


def all_pairs(workspace: Workspace) -> tuple[Pair, ...]:
    """Every pair from the baseline on, lowest version first."""
    return tuple(p for p in pairs(scan(workspace)) if p.version >= workspace.config.baseline)


def changed_pairs(workspace: Workspace, revision: str | None = None) -> tuple[Pair, ...]:
    """The pairs that were added or changed since a revision.

    Args:
        revision: a revision; None for the merge base with the default branch, and for all pairs
            where git knows none.

    Raises:
        WrongUse: git does not know the revision.
    """
    base = base_of(workspace) if revision is None else None
    since = base.revision if base else revision
    changed = changed_since(workspace.root, since) if since is not None else None
    if changed is None:
        if revision is not None:
            raise WrongUse(
                f"No revision {revision!r}",
                "git does not know it in this workspace.",
                "Name a branch or a commit, and fetch it first.",
            )
        return all_pairs(workspace)
    return tuple(
        pair for pair in all_pairs(workspace) if any(file.path in changed for file in pair.files)
    )


def check_pairs(
    workspace: Workspace,
    chosen: Sequence[Pair],
    shelf: Callable[[], Shelf],
    base: Base | None,
    on_step: Callable[[str], object] = str,
) -> Iterable[Finding]:
    """Findings about the registry and the chosen pairs, each naming the item it belongs to.

    Args:
        shelf: where scratch databases may be created; asked for only when it is needed.
        base: what counts as merged; None where git cannot tell.
        on_step: told what comes next, in a few words.
    """
    registry = check_registry(workspace)
    yield from _of_item("registry", registry.findings)
    yield from _of_item("pair", near_miss_findings(workspace))
    if base is not None:
        yield from _of_item("version", _edited_after_merge(workspace, base))
    files, entries, held = scan(workspace), _entries(workspace), holdings(workspace)
    yield from task_name_findings(workspace)
    style, apart = house_style(workspace), twins(files)
    readable = True
    for pair in chosen:
        on_step(f"reading V{pair.version}")
        for finding in _static(workspace, pair, files, entries, held, style, apart):
            readable = readable and not (finding.blocks and finding.code in _UNREADABLE)
            yield finding
    if not chosen:
        return
    newest = chosen[-1]
    if base is None or not _is_merged(workspace, newest, base):
        lists = check_table_lists(_subject(workspace, newest))
        yield from _of_item("registry", lists.findings)
    versions = {pair.version for pair in chosen}
    failed: set[str] = set()
    for backend in Backend:
        run = [pair for pair in chosen if not _lacks(workspace, pair, backend, base)]
        if not run:
            continue
        url = shelf().postgres_url if backend is Backend.POSTGRES else None
        on_step(f"applying all versions to a fresh {backend.label} database")
        fresh = check_fresh(_subject(workspace, run[-1]), backend, url)
        new = [f for f in fresh.findings if registry.passed or f.code not in _OF_THE_REGISTRY]
        yield from _of_item(str(backend), new)
        if not fresh.passed:
            failed |= {f.code for f in fresh.findings}
            continue
        on_step(f"interrupting and repeating on {backend.label}, statement by statement")
        own = {pair.version for pair in run}
        for _, report in check_rollbacks(workspace, backend, own, url):
            yield from _of_item(str(backend), report.findings)
    # The comparison takes the files as they lie, whatever the registry says of them.
    if not failed or (readable and failed <= _OF_THE_REGISTRY):
        on_step("comparing both backends")
        try:
            found = check_parity(workspace, versions, shelf()).findings
        except UnreadableSource:
            if not failed:
                raise
            return  # the registry's findings say which file that is
        yield from parity_as_history(workspace, found, base)


def parity_as_history(
    workspace: Workspace, findings: Iterable[Finding], base: Base | None
) -> Iterable[Finding]:
    """Findings of the comparison, where those about merged versions say what can still be done.

    What sets the newest schemas apart a new version can mend; what a merged version did to rows
    none can undo.
    """
    findings = tuple(findings)
    numbers = {f.version for f in findings}
    known = [pair for pair in all_pairs(workspace) if pair.version in numbers] if base else []
    merged = {pair.version for pair in known if base and _is_merged(workspace, pair, base)}
    for finding in findings:
        if finding.version not in merged or not finding.blocks or finding.code in _NOT_COMPARED:
            yield finding
        elif finding.code == "parity/data":
            fix = (
                "It is merged, and databases have run it: leave it as it is. Where their rows"
                " should be alike, correct them in a new version."
            )
            yield replace(finding, severity=Severity.WARNING, fix=fix)
        else:
            fix = f"V{finding.version} is merged: mend it in a new version. {finding.fix}"
            yield replace(finding, fix=fix)


def _is_merged(workspace: Workspace, pair: Pair, base: Base) -> bool:
    """Whether the base has the version already, so that nothing of it is in work."""
    return any(
        content_at(workspace.root, base.revision, file.path) is not None for file in pair.files
    )


def _lacks(workspace: Workspace, pair: Pair, backend: Backend, base: Base | None) -> bool:
    """Whether a merged version is the other side's alone, so that this one never runs it."""
    return base is not None and not pair.of(backend) and _is_merged(workspace, pair, base)


def _static(
    workspace: Workspace,
    pair: Pair,
    files: Sequence[MigrationFile],
    entries: Sequence[RegistryEntry],
    held: Holdings,
    style: NameStyle,
    apart: Mapping[Half, Half],
) -> Iterable[Finding]:
    subject = _subject(workspace, pair)
    found = list(_of_item("pair", pair_findings(subject, pair)))
    for backend in Backend:
        file = pair.of(backend)
        if file is not None:
            side = Subject(workspace, file.version, file.name)
            found += _of_item("pair", check_sql(side, backend, file.path).findings)
    if pair.version > workspace.config.baseline:
        found += _of_item("version", number_findings(subject, files, entries, held))
        found += _of_item("name", name_findings(subject.name, pair.version, style=style))
    if held.is_on_base((pair.version, subject.name)):
        here = {(file.version, file.name) for file in pair.files}
        told = stated(workspace, {a: b for a, b in apart.items() if not here.isdisjoint((a, b))})
        return (_as_history(finding, told) for finding in found)
    return found


def _as_history(finding: Finding, apart: Sequence[str]) -> Finding:
    """A finding about a merged version: what nobody may mend any more is no error.

    Args:
        apart: the halves of it that seem to stand under another number on the other side.
    """
    if apart and finding.code in ("pair/missing-file", "pair/names-differ"):
        pairs = ", ".join(f'"{each}"' for each in apart)
        fix = (
            "It is merged: rename nothing. Where these names are one change, say so in"
            f" mig-assist.toml, under [migrations]: pairs = [{pairs}]; `mig-assist init` writes it."
        )
        return replace(finding, severity=Severity.WARNING, fix=fix)
    if finding.code == "pair/missing-file":
        fix = (
            "It is merged, and databases have gone past it: leave it as it is. Where the sides"
            " should be alike, make the change in a new version."
        )
        return replace(finding, severity=Severity.WARNING, fix=fix)
    if finding.code == "pair/duplicate-version":
        fix = (
            "They are merged: leave them as they are. The first alone is looked at, because the"
            " sides do not have the same names under this number."
        )
        return replace(finding, severity=Severity.WARNING, fix=fix)
    if finding.code not in _SETTLED_BY_MERGE and not finding.code.startswith("name/"):
        return finding
    fix = "It is merged, and databases have run it: leave it as it is."
    return replace(finding, severity=Severity.NOTE, fix=fix)


def _entries(workspace: Workspace) -> Sequence[RegistryEntry]:
    try:
        registry = open_registry(workspace)
        return registry.entries() if registry.path else ()
    except RegistryError:  # check_registry says so
        return ()


def _edited_after_merge(workspace: Workspace, base: Base) -> Iterable[Finding]:
    """A migration that is on the base branch already never changes again."""
    for path in sorted(changed_since(workspace.root, base.revision) or ()):
        for backend in Backend:
            side = workspace.layout.of(backend)
            parsed = side.parse_path(path)
            if parsed is None or parsed[0] < workspace.config.baseline:
                continue
            merged = content_at(workspace.root, base.revision, path)
            now = file_digest(workspace.root / path)
            if merged is not None and content_digest(merged) != now:
                yield Finding(
                    "history/edited-after-merge",
                    Severity.ERROR,
                    f"{path} is part of {base.branch} already, and was"
                    f" {'edited' if now else 'removed or renamed'}.",
                    "Restore it, and make the change in a new version.",
                    version=parsed[0],
                    backend=backend,
                    path=path,
                )


def _subject(workspace: Workspace, pair: Pair) -> Subject:
    return Subject(workspace, pair.version, pair.files[0].name)


def _of_item(key: str, findings: Iterable[Finding]) -> Iterable[Finding]:
    return (replace(finding, item=key) for finding in findings)
