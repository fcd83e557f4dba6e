"""Who holds which version: the base branch, other branches, other work trees, work in progress."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
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


class Holdings(NamedTuple):
    """What is known of the numbers beyond this work tree's files.

    Attributes:
        holders: by version; those of the base first. A migration that this work tree has too is
            among them only where it is on the base.
        own: the migrations of this work tree that are not on the base, lowest version first;
            None where there is no base to compare with.
    """

    base: Base | None = None
    holders: tuple[Holder, ...] = ()
    own: tuple[Migration, ...] | None = None
    situation: Situation = Situation()

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
    base = base_branch(workspace)
    here = frozenset((file.version, file.name) for file in scan(workspace))
    found = branches(workspace.root)
    tips = [branch.commit for branch in found]
    extra = [commit for commit in (base.tip, base.revision) if commit] if base else []
    by_commit = _migrations(workspace, tuple(dict.fromkeys([*tips, *extra])))
    on_base = by_commit.get(base.tip, frozenset()) if base else frozenset()
    known = here | on_base
    holders = [Holder(*m, HolderKind.BASE, base.branch) for m in sorted(on_base)] if base else []
    current = current_branch(workspace.root)
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
    own = None
    if base is not None:
        own = tuple(sorted(here - on_base - by_commit.get(base.revision, frozenset())))
    return Holdings(base, tuple(holders), own, situation(workspace.root))


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
