"""A workspace that is being worked in: its ledger, its migration, its actions.

Both front ends go through this one door.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from mig_assist.backend import Backend
from mig_assist.checklist.evidence import Evidence, EvidenceKind, Outcome
from mig_assist.checklist.inputs import InputReader, snapshot
from mig_assist.checklist.items import Item
from mig_assist.checklist.ledger import Ledger, MigrationRecord, open_ledger
from mig_assist.checklist.moves import take_over_moves
from mig_assist.checklist.overview import Overview, overview
from mig_assist.errors import WrongUse
from mig_assist.state_folder import JOURNAL
from mig_assist.workspace import Workspace, open_workspace
from mig_assist.workspace.config import SHORTEST_REASON
from mig_assist.workspace.files import migration_path, scan
from mig_assist.workspace.git import base_position, current_branch, head_position, head_revision


@dataclass
class Session:
    """An open workspace.

    Attributes:
        notices: what the user should be told about how it was opened.
    """

    workspace: Workspace
    ledger: Ledger
    migration: MigrationRecord | None
    notices: tuple[str, ...] = ()
    _switched: tuple[int, str | None] | None = None

    def overview(self) -> Overview:
        """Every item's state now."""
        return overview(self.workspace, self.ledger, self.migration)

    def last(self) -> str:
        """Which migration was in work before, and why it is no more; empty where none was."""
        records = self.ledger.migrations()
        if self.migration is not None or not records:
            return ""
        here = _here(self.workspace)
        record = max(records, key=lambda each: ((each.version, each.name) in here, each.id))
        why = "merged" if (record.version, record.name) in here else "whose files are not here"
        return f"V{record.version} {record.name}, {why}"

    def require_migration(self) -> MigrationRecord:
        """The migration in work.

        Raises:
            WrongUse: there is none.
        """
        if self.migration is None:
            raise WrongUse(
                "No migration in work",
                f"The last was {last}." if (last := self.last()) else "None has been begun here.",
                "Begin one with `mig-assist new`.",
            )
        return self.migration

    def open_migration(self, version: int, name: str) -> MigrationRecord:
        """Take up a migration, as it now lies in the folders."""
        root = self.workspace.root
        self.migration = self.ledger.open_migration(
            version,
            name,
            current_branch(root),
            head_revision(root),
            snapshot(self.workspace),
        )
        self._switched = None
        return self.migration

    def switch(self, record: MigrationRecord) -> None:
        """Work on another migration, until this session ends or another branch is checked out.

        Raises:
            WrongUse: its files are not here.
        """
        if not {(record.version, record.name)} & _here(self.workspace):
            where = f"on {record.branch}" if record.branch else "no more"
            raise WrongUse(
                f"V{record.version} {record.name} is not in this work tree",
                f"Its files are {where}.",
                "Check out the branch that has them.",
            )
        self.migration = record
        self._switched = record.id, current_branch(self.workspace.root)

    def moved(self) -> None:
        """Take over into the ledger what a renumbering has just moved."""
        take_over_moves(self.workspace.root, self.ledger)
        if self.migration is not None:
            now = {record.id: record for record in self.ledger.migrations()}
            self.migration = now[self.migration.id]

    def reopened(self) -> Session:
        """The same ledger, with configuration, branch and migration as they are now.

        Raises:
            NotAWorkspace, ConfigurationError, EnvironmentLacks: it cannot be worked in any more.
        """
        workspace = open_workspace(self.workspace.root)
        take_over_moves(workspace.root, self.ledger)
        migration = _resume(workspace, self.ledger)
        if self._switched and self._switched[1] == current_branch(workspace.root):
            here = _here(workspace)
            for record in self.ledger.migrations():
                if record.id == self._switched[0] and (record.version, record.name) in here:
                    migration = record
        return Session(workspace, self.ledger, migration, _switched=self._switched)

    def skip(self, item: Item, reason: str) -> Evidence:
        """Record that an item does not apply to this migration.

        Raises:
            WrongUse: the item has to be proved, or the reason says nothing.
        """
        return self._decide(item, EvidenceKind.SKIP, reason)

    def attest(self, item: Item, reason: str) -> Evidence:
        """Record a person's word that an item is done.

        Raises:
            WrongUse: the item has to be proved, or the reason says nothing.
        """
        return self._decide(item, EvidenceKind.ATTESTATION, reason)

    def close(self) -> None:
        """Close the ledger."""
        self.ledger.close()

    def _decide(self, item: Item, kind: EvidenceKind, reason: str) -> Evidence:
        migration = self.require_migration()
        reason = " ".join(reason.split())
        if not item.decidable:
            raise WrongUse(
                f"{item.title} cannot be skipped or attested",
                f"It protects an invariant: {item.invariant}",
                f"Run it: `mig-assist run {item.key}`.",
            )
        if len(reason) < SHORTEST_REASON:
            raise WrongUse(
                "A reason is needed",
                f"{reason!r} does not tell the next reader why.",
                "Say in a sentence why the item needs no work here.",
            )
        now = time.time()
        evidence = Evidence(
            item.key,
            "",
            kind,
            Outcome.PASSED,
            now,
            now,
            InputReader(self.workspace, migration.version, migration.name).pair(),
            reason=reason,
        )
        self.ledger.append(migration.id, evidence)
        return evidence


def open_session(start: Path, create: bool = True) -> Session:
    """Open the workspace that ``start`` lies in, complete an interrupted write, resume.

    Without ``create`` nothing is written into a workspace that mig-assist never worked in.

    Raises:
        NotAWorkspace, ConfigurationError, EnvironmentLacks: it cannot be worked in.
    """
    workspace = open_workspace(start)
    notices = []
    if (workspace.root / JOURNAL).exists():
        from mig_assist.file_changes import recover

        completed = recover(workspace.root)
        if completed:
            notices.append(f"An interrupted step was completed: {', '.join(completed)}.")
    ledger = open_ledger(workspace.root, create)
    if ledger.set_aside:
        notices.append(
            f"The ledger was damaged; it is kept as .mig-assist/{ledger.set_aside}, and a new one"
            " was begun. Run the items again."
        )
    take_over_moves(workspace.root, ledger)
    return Session(workspace, ledger, _resume(workspace, ledger), tuple(notices))


def _resume(workspace: Workspace, ledger: Ledger) -> MigrationRecord | None:
    """The newest migration of this branch; else the newest whose files are here.

    One that is known to be merged comes after those that are in work, and on the base branch
    itself it is not in work. Git is not asked.
    """
    records = ledger.migrations()
    if not records:
        return None
    branch = current_branch(workspace.root)
    here = _here(workspace)

    def is_here(record: MigrationRecord) -> bool:
        return (record.version, record.name) in here

    def fitness(record: MigrationRecord) -> tuple[bool, bool, bool, int]:
        return is_here(record), not record.archived, record.branch == branch, record.id

    best = max(records, key=fitness)
    if is_here(best):
        return None if _came_by_merge(workspace, best, branch) else best
    # Renamed to something that item 3 will complain of, it is still the one in work.
    paths = (migration_path(workspace, side, best.version, best.name) for side in Backend)
    is_left = any(version == best.version for version, _ in here) or any(
        (workspace.root / path).is_file() for path in paths
    )
    return best if best.branch == branch and is_left else None


def _came_by_merge(workspace: Workspace, record: MigrationRecord, branch: str | None) -> bool:
    """Whether the base branch is checked out, and has the migration, as far as is known."""
    if branch is None or not _is_base(workspace, branch):
        return False
    moved = record.base != head_position(workspace.root)
    return record.archived or (moved and record.branch not in (None, branch))


def _is_base(workspace: Workspace, branch: str) -> bool:
    """Whether a checked-out branch is the one that is merged into."""
    position = base_position(workspace)
    if position is not None:
        return position.rpartition(" ")[0] == f"origin/{branch}"
    named = workspace.config.git.base
    return branch in ((named,) if named else ("main", "master"))


def _here(workspace: Workspace) -> set[tuple[int, str]]:
    return {(file.version, file.name) for file in scan(workspace)}
