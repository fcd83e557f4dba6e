"""Item 1: the version is the next shared number, and nobody else holds it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mig_assist.errors import MigAssistError
from mig_assist.findings import Finding, Severity
from mig_assist.verify.report import Report, Subject
from mig_assist.workspace.files import MigrationFile, scan
from mig_assist.workspace.model import Workspace
from mig_assist.workspace.numbers import Holder, HolderKind, Holdings, holdings
from mig_assist.workspace.registry import RegistryEntry, RegistryError, open_registry
from mig_assist.workspace.registry_search import conflicted_registry, known_registry

RENUMBER = "Run `mig-assist renumber`."


def next_version(workspace: Workspace, in_work: Iterable[tuple[int, str, str]] = ()) -> int:
    """The first number above both folders, the registry and the base that nobody else holds.

    Args:
        in_work: version, name and branch of migrations that were begun here.

    Raises:
        RegistryError: the registry cannot be read.
        ConfigurationError: mig-assist.toml names a base branch that git does not know.
    """
    held = holdings(workspace, in_work)
    entries = open_registry(workspace).entries()
    return _next(workspace, held, scan(workspace), entries)


def why_skipped(
    workspace: Workspace, version: int, in_work: Iterable[tuple[int, str, str]] = ()
) -> str:
    """Why :func:`next_version` passed numbers over, in a sentence; empty where it did not.

    Raises:
        ConfigurationError: mig-assist.toml names a base branch that git does not know.
    """
    if not workspace.layout.consecutive:
        return ""
    held = holdings(workspace, in_work)
    below = max((f.version for f in scan(workspace) if f.version < version), default=version - 1)
    below = max(below, workspace.config.baseline, held.newest_on_base)
    holders = [next(iter(held.of(number)), None) for number in range(below + 1, version)]
    return f"V{version} is the next free number: {_held_by(holders)}." if any(holders) else ""


def check_number(subject: Subject, in_work: Iterable[tuple[int, str, str]] = ()) -> Report:
    """The version is above the baseline, free, and follows the one before it."""
    workspace, version = subject.workspace, subject.version
    held = holdings(workspace, in_work)
    files = scan(workspace)
    findings: list[Finding] = []
    entries: Sequence[RegistryEntry] = ()
    path = None
    try:
        registry = open_registry(workspace)
        path = registry.path
        entries = registry.entries() if path else ()
    except RegistryError as error:
        findings.append(unreadable_registry(error, path))
    findings += number_findings(subject, files, entries, held)
    findings += _left_behind(workspace, held)
    findings += _circumstances(held)
    predecessor = max((f.version for f in files if f.version < version), default=None)
    follows = "" if predecessor is None else f", after V{predecessor}"
    return Report(f"V{version} is the next shared number{follows}", tuple(findings))


def number_findings(
    subject: Subject,
    files: Sequence[MigrationFile],
    entries: Sequence[RegistryEntry],
    held: Holdings,
) -> Iterable[Finding]:
    """What is wrong with a version, given all files, what the registry lists, and who holds it."""
    yield from _below_baseline(subject, files, entries, held)
    yield from _taken(subject, files, entries, held)
    yield from _held(subject, held)
    yield from _gap(subject, files, held)


def number_problem(subject: Subject, held: Holdings) -> Finding | None:
    """The gravest reason why a migration that lies here should have another number.

    The registry is not read: this is for being asked often.
    """
    migration, files = (subject.version, subject.name), scan(subject.workspace)
    is_here = any((file.version, file.name) == migration for file in files)
    if not is_here or held.is_on_base(migration):
        return None
    found = [*_taken(subject, files, (), held), *_held(subject, held)]
    errors = (finding for finding in found if finding.severity is Severity.ERROR)
    return next(errors, next(iter(found), None))


def unfinished_renumbering(workspace: Workspace, held: Holdings) -> Finding | None:
    """What `mig-assist renumber` would finish where no number is wrong.

    That is a registry in conflict, or files that say what a migration was called before.
    """
    conflict = registry_in_conflict(workspace)
    return conflict or next(iter(_left_behind(workspace, held)), None)


def unreadable_registry(error: RegistryError, path: str | None) -> Finding:
    """The finding about a registry that is none."""
    return Finding(
        "registry/conflict" if error.title.endswith(" is in conflict") else "registry/unreadable",
        Severity.ERROR,
        f"{error.title}. {error.message}",
        error.fix,
        path=path,
        line=error.line,
    )


def registry_in_conflict(workspace: Workspace) -> Finding | None:
    """The finding about a registry that holds git's conflict markers."""
    path = conflicted_registry(workspace)
    if path is None:
        return None
    return Finding(
        "registry/conflict",
        Severity.ERROR,
        f"{path} is in conflict: git's markers stand in it.",
        f"{RENUMBER} It keeps the entries of both sides, in order.",
        path=path,
    )


def _left_behind(workspace: Workspace, held: Holdings) -> Iterable[Finding]:
    """Files of this branch that say a number which a migration had before it moved."""
    if not held.former or not held.own:
        return
    from mig_assist.draft.renumber import plan_renumbering

    try:
        plan = plan_renumbering(workspace, held.own, held)
    except MigAssistError:  # another finding says what is wrong
        return
    if plan.moves or not plan.finished:
        return
    paths = [change.path for change in plan.changes if change.content is not None]
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    moved = ", ".join(f"V{move.old} is V{move.new} {move.name} now" for move in plan.finished)
    yield Finding(
        "history/old-number-left",
        Severity.WARNING,
        f"An old number still stands in {', '.join(paths[:3])}{more}: {moved}.",
        f"{RENUMBER} It finishes what the move left behind.",
        path=paths[0],
    )


def _next(
    workspace: Workspace, held: Holdings, *here: Iterable[MigrationFile | RegistryEntry]
) -> int:
    versions = (holder.version for each in here for holder in each)
    highest = max((workspace.config.baseline, held.newest_on_base, *versions))
    return held.next_free(workspace, highest)


def _below_baseline(
    subject: Subject,
    files: Sequence[MigrationFile],
    entries: Sequence[RegistryEntry],
    held: Holdings,
) -> Iterable[Finding]:
    workspace, version = subject.workspace, subject.version
    baseline = workspace.config.baseline
    if version <= baseline:
        yield Finding(
            "history/below-baseline",
            Severity.ERROR,
            f"V{version} is not above the V{baseline} baseline, where all history begins.",
            f"Use V{_next(workspace, held, files, entries)}, the next shared number.",
            version=version,
        )


def _taken(
    subject: Subject,
    files: Sequence[MigrationFile],
    entries: Sequence[RegistryEntry],
    held: Holdings,
) -> Iterable[Finding]:
    version, ours = subject.version, held.is_on_base((subject.version, subject.name))
    told = set()
    for holder in held.of(version, but=subject.name):
        if holder.kind is HolderKind.BASE and not ours:
            told.add(holder.name)
            yield Finding(
                "history/number-taken",
                Severity.ERROR,
                f"V{version} is {holder.name!r} on {holder.where} already.",
                f"{RENUMBER} It moves V{version} {subject.name} to the next free number.",
                version=version,
            )
    on_base = any(h.kind is HolderKind.BASE for h in held.of(version))
    # A side that has another name and nothing else is no second migration, but half of this one.
    sides = {f.backend for f in files if (f.version, f.name) == (version, subject.name)}
    for file in files:
        if sides and file.backend not in sides:
            continue
        if ours and held.is_on_base((file.version, file.name)):
            continue  # nobody moves what is merged
        if file.version == version and file.name not in (subject.name, *told):
            yield Finding(
                "history/number-taken",
                Severity.ERROR,
                f"V{file.version} is also the number of {file.path}.",
                RENUMBER
                if on_base
                else "One version, one pair: remove the file that does not belong, or run"
                " `mig-assist renumber`.",
                version=file.version,
                backend=file.backend,
                path=file.path,
            )
    for entry in entries:
        if entry.version == version and entry.name not in (subject.name, *told):
            yield Finding(
                "history/number-taken",
                Severity.ERROR,
                f"The registry gives V{entry.version} to {entry.name!r}.",
                RENUMBER if on_base else "Take another number with `mig-assist new`.",
                version=entry.version,
                path=known_registry(subject.workspace).path or None,
            )


def _held(subject: Subject, held: Holdings) -> Iterable[Finding]:
    """What others do with this number, or beyond it."""
    version = subject.version
    merged = held.is_on_base((version, subject.name))
    for holder in held.of(version, but=subject.name):
        if holder.kind is not HolderKind.BASE and not merged:
            yield Finding(
                "history/number-claimed",
                Severity.WARNING,
                f"V{version} is held by {holder.shown} too, for {holder.name!r}.",
                "Whoever merges second runs `mig-assist renumber`.",
                version=version,
            )
    newest = held.newest_on_base
    if held.base and version < newest and (version, subject.name) in (held.own or ()):
        yield Finding(
            "history/behind-base",
            Severity.ERROR,
            f"{held.base.branch} is at V{newest}: a database there would never run V{version}.",
            f"{RENUMBER} It moves V{version} behind V{newest}.",
            version=version,
        )


def _gap(subject: Subject, files: Iterable[MigrationFile], held: Holdings) -> Iterable[Finding]:
    workspace, version = subject.workspace, subject.version
    # Nobody moves what is merged.
    if not workspace.layout.consecutive or held.is_on_base((version, subject.name)):
        return
    numbers = {file.version for file in files} | {workspace.config.baseline}
    predecessor = max((number for number in numbers if number < version), default=version - 1)
    missing = range(predecessor + 1, version)
    if not missing:
        return
    holders = [next(iter(held.of(number)), None) for number in missing]
    if all(holders):
        yield Finding(
            "history/number-waits",
            Severity.WARNING,
            f"V{version} is the next free number: {_held_by(holders)}.",
            f"Merge or rebase onto {held.base.branch}."
            if held.base and any(h and h.kind is HolderKind.BASE for h in holders)
            else "Merge what holds the lower number first, or take it: `mig-assist renumber"
            f" --to {missing[0]}`.",
            version=version,
        )
    else:
        free = missing[holders.index(None)]
        yield Finding(
            "history/gap",
            Severity.ERROR,
            f"No migration has the number V{free}, so V{version} leaves a gap.",
            f"Use V{free}: `mig-assist renumber --to {free}`.",
            version=version,
        )


def _held_by(holders: Iterable[Holder | None]) -> str:
    """``feat/two holds V5 to V7, feat/three holds V8``."""
    by_holder: dict[str, list[int]] = {}
    for holder in filter(None, holders):
        by_holder.setdefault(holder.shown, []).append(holder.version)
    return ", ".join(f"{shown} holds {_spans(held)}" for shown, held in by_holder.items())


def _spans(versions: Sequence[int]) -> str:
    """``V5``, ``V5 and V6``, ``V5 to V7``, ``V5, V7 and V9``."""
    *most, last = versions
    if most and last - most[0] == len(most) > 1:
        return f"V{most[0]} to V{last}"
    return " and ".join(filter(None, [", ".join(f"V{version}" for version in most), f"V{last}"]))


def _circumstances(held: Holdings) -> Iterable[Finding]:
    """What git is in the middle of, and what it cannot tell here."""
    now = held.situation
    if now.unfinished:
        yield Finding(
            "history/git-unfinished",
            Severity.NOTE,
            f"A {now.unfinished} is not finished; numbers may change with it.",
            f"Finish it (`git {now.unfinished} --continue`), then run this item again.",
        )
    elif now.detached:
        yield Finding(
            "history/git-detached",
            Severity.NOTE,
            "No branch is checked out, so every branch counts as somebody else's.",
            "Check out the branch that the migration belongs to.",
        )
    if now.shallow and (held.base is None or not held.base.revision):
        yield Finding(
            "history/git-shallow",
            Severity.WARNING,
            "The clone is shallow: where this work left the base branch is not known.",
            "Run: git fetch --unshallow",
        )
