"""Who holds which version: the base branch, other branches, other work trees, work in progress."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from mig_assist.backend import Backend
from mig_assist.errors import MigAssistError
from mig_assist.workspace.files import scan
from mig_assist.workspace.git import (
    Base,
    Branch,
    Situation,
    base_branch,
    branches,
    current_branch,
    folder_listings,
    former_tips,
    head_position,
    merged_commits,
    other_work_trees,
    situation,
)
from mig_assist.workspace.model import Workspace

Migration = tuple[int, str]
"""A version and its name."""


class HolderKind(StrEnum):
    """Where a migration that is not this work tree's own was found."""

    BASE = "base"
    BRANCH = "branch"
    WORK_TREE = "work tree"
    IN_WORK = "in work"


class Holder(NamedTuple):
    """Somebody who has given a number to a migration.

    Attributes:
        where: the branch or the folder.
        more: how many other branches have the same migration.
    """

    version: int
    name: str
    kind: HolderKind
    where: str
    more: int = 0

    @property
    def shown(self) -> str:
        """The holder in words: ``feat/x and 2 other branches``."""
        others = (
            "" if not self.more else f" and {self.more} other branch{'es' if self.more > 1 else ''}"
        )
        return self.where + others


class Former(NamedTuple):
    """What this branch's migrations were called before they moved.

    Attributes:
        commit: where the branch was then.
        versions: name → version.
    """

    commit: str
    versions: dict[str, int]


class Holdings(NamedTuple):
    """What is known of the numbers beyond this work tree's files.

    Attributes:
        holders: by version; those of the base first. A migration that this work tree has too is
            among them only where it is on the base.
        own: the migrations of this work tree that are not on the base, in the order in which they
            have to run; None where there is no base to compare with.
        placed: those of them that a rebase or a cherry-pick in progress has committed already.
        former: how this branch numbered them before, newest first.
    """

    base: Base | None = None
    holders: tuple[Holder, ...] = ()
    own: tuple[Migration, ...] | None = None
    situation: Situation = Situation()
    placed: frozenset[Migration] = frozenset()
    former: tuple[Former, ...] = ()

    @property
    def newest_on_base(self) -> int:
        """The highest version of the base branch; 0 for none."""
        return max((h.version for h in self.holders if h.kind is HolderKind.BASE), default=0)

    def of(self, version: int, *, but: str = "") -> tuple[Holder, ...]:
        """Who holds a number, for migrations with another name than ``but``."""
        return tuple(h for h in self.holders if h.version == version and h.name != but)

    def is_on_base(self, migration: Migration) -> bool:
        """Whether the base branch has it."""
        return any(
            (holder.version, holder.name) == migration
            for holder in self.holders
            if holder.kind is HolderKind.BASE
        )

    def next_free(self, workspace: Workspace, highest: int) -> int:
        """The first number above ``highest`` that nobody else holds."""
        held = {holder.version for holder in self.holders}
        version = workspace.layout.next_version(highest)
        while version in held:
            version = workspace.layout.next_version(version)
        return version


def holdings(workspace: Workspace, in_work: Iterable[tuple[int, str, str]] = ()) -> Holdings:
    """Look at every branch and every work tree of the repository.

    Without git there is nothing to look at, and nothing is held.

    Args:
        in_work: version, name and branch of migrations that were begun here.

    Raises:
        ConfigurationError: mig-assist.toml names a base branch that git does not know.
    """
    base, now = base_branch(workspace), situation(workspace.root)
    here = frozenset((file.version, file.name) for file in scan(workspace))
    found = branches(workspace.root)
    current = current_branch(workspace.root)
    head = head_position(workspace.root) if now.unfinished else ""
    incoming = merged_commits(workspace.root) if now.unfinished == "merge" else ()
    twins = _twins(workspace, base, found, current)
    earlier = former_tips(workspace.root, current) if current and base else ()
    tips = [branch.commit for branch in found]
    extra = [*(filter(None, (base.tip, base.revision)) if base else ()), head, *incoming, *earlier]
    by_commit = _migrations(workspace, tuple(dict.fromkeys(filter(None, [*tips, *extra]))))
    at_head = by_commit.get(head, frozenset())
    by_branch = {base.branch: by_commit.get(base.tip, frozenset())} if base else {}
    by_branch |= {twin.name: by_commit.get(twin.commit, frozenset()) for twin in twins}
    if base and incoming and _is_default(base, current) and base.tip not in incoming:
        # What is merged into the default branch comes after all that this has.
        by_branch[str(current)] = at_head
    first: dict[Migration, str] = {}
    for branch, migrations in by_branch.items():
        first |= {migration: branch for migration in migrations if migration not in first}
    on_base = frozenset(first)
    known = here | on_base
    holders = [Holder(*m, HolderKind.BASE, branch) for m, branch in sorted(first.items())]
    holders += _on_branches(found, by_commit, known, current)
    held = {(holder.version, holder.name) for holder in holders}
    for migration, where in _elsewhere(workspace):
        if migration not in known | held:
            holders.append(Holder(*migration, HolderKind.WORK_TREE, where))
            held.add(migration)
    local = {branch.name for branch in found if not branch.remote}
    for version, name, branch in in_work:
        if branch != current and branch in local and (version, name) not in known | held:
            holders.append(Holder(version, name, HolderKind.IN_WORK, branch))
    if base is None:
        return Holdings(None, tuple(holders), None, now)
    mine = here - on_base - by_commit.get(base.revision, frozenset())
    placed = mine & at_head if now.unfinished and now.unfinished != "merge" else frozenset()
    former = _former(mine, [(commit, by_commit.get(commit, frozenset())) for commit in earlier])
    theirs = frozenset[Migration]().union(*(by_commit.get(c, frozenset()) for c in incoming))
    newest = max((version for version, _ in on_base), default=0)
    own = _in_order(mine, placed, theirs - at_head, former, newest)
    return Holdings(base, tuple(holders), own, now, placed, former)


def _is_default(base: Base, branch: str | None) -> bool:
    return branch is not None and base.branch in (branch, f"origin/{branch}")


def _twins(
    workspace: Workspace, base: Base | None, found: Iterable[Branch], current: str | None
) -> list[Branch]:
    """The base branch here or on the remote, whichever of the two the base is not.

    What has been merged into either is nobody's to move; but what was committed to the default
    branch itself, and not pushed, is this work tree's own.
    """
    if base is None or workspace.config.git.base:
        return []
    name = base.branch.removeprefix("origin/")
    return [
        branch
        for branch in found
        if branch.local_name == name
        and branch.remote in ("", "origin")
        and branch.name not in (base.branch, current)
    ]


def _former(
    mine: frozenset[Migration], earlier: Iterable[tuple[str, frozenset[Migration]]]
) -> tuple[Former, ...]:
    """The numberings of this branch's past that differ from today's, each where it ended."""
    today = {name: version for version, name in mine}
    told: list[Former] = []
    for commit, migrations in earlier:
        # One that has its present number there was not moved, whatever has its name besides.
        known = {
            name: version
            for version, name in sorted(migrations)
            if name in today and (today[name], name) not in migrations
        }
        kept = {name: today[name] for _, name in mine & migrations}
        versions = {**known, **kept}
        if known and not any(versions.items() <= each.versions.items() for each in told):
            told.append(Former(commit, versions))
    return tuple(told)


def _in_order(
    mine: frozenset[Migration],
    placed: frozenset[Migration],
    incoming: frozenset[Migration],
    former: Sequence[Former],
    newest: int,
) -> tuple[Migration, ...]:
    """This branch's migrations in the order in which they have to run.

    That is the order of their versions, but where some have moved and others not yet: then what
    was replayed already comes first, then what is left in the order that the branch had before.
    """
    numbers = {version for version, _ in mine}
    half_moved = len(numbers) < len(mine) or min(numbers, default=newest + 1) <= newest
    before = former[0].versions if former and half_moved else {}

    def place(migration: Migration) -> tuple[bool, bool, int, bool, str]:
        version, name = migration
        return (
            bool(placed) and migration not in placed,
            bool(before) and name not in before,
            before.get(name, version),
            # Of two with one number, the one that is merged in has had it longer.
            migration not in incoming,
            name,
        )

    return tuple(sorted(mine, key=place))


def _migrations(workspace: Workspace, commits: tuple[str, ...]) -> dict[str, frozenset[Migration]]:
    """The migrations at each commit, as far as it has any."""
    at: dict[str, frozenset[Migration]] = defaultdict(frozenset)
    for backend in Backend:
        side, read = workspace.layout.of(backend), workspace.layout.reader(backend)
        listings = folder_listings(workspace.root, commits, side.folder)
        parsed: dict[str, Migration | None] = {}
        by_tree: dict[str, frozenset[Migration]] = {}
        for commit, (names, tree) in listings.items():
            if tree not in by_tree:
                for name in names - parsed.keys():
                    parsed[name] = read(f"{name}/{side.inside}" if side.inside else name)
                by_tree[tree] = frozenset(filter(None, map(parsed.get, names)))
            at[commit] |= by_tree[tree]
    return at


def _on_branches(
    found: Iterable[Branch],
    by_commit: dict[str, frozenset[Migration]],
    known: frozenset[Migration],
    current: str | None,
) -> Iterator[Holder]:
    """What other branches have beyond what is known, each migration once."""
    where: dict[Migration, list[str]] = defaultdict(list)
    for branch in found:
        # What was pushed of this branch is no other's, however old it is.
        if branch.local_name == current:
            continue
        for migration in by_commit.get(branch.commit, frozenset()) - known:
            names = where[migration]
            if branch.local_name not in names:
                names.append(branch.name)
    for migration, names in sorted(where.items()):
        yield Holder(*migration, HolderKind.BRANCH, names[0], len(names) - 1)


def _elsewhere(workspace: Workspace) -> Iterator[tuple[Migration, str]]:
    """What lies in other work trees, committed or not."""
    for root in other_work_trees(workspace.root):
        try:
            files = scan(workspace._replace(root=root))
        except MigAssistError:  # another folder's problem is told where somebody works in it
            continue
        shown = os.path.relpath(root, workspace.root)
        yield from (((file.version, file.name), shown) for file in files)
