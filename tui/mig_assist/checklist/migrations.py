"""Every migration that was begun in a workspace, and where it stands."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from mig_assist.checklist.ledger import MigrationRecord
from mig_assist.checklist.session import Session
from mig_assist.workspace.files import scan
from mig_assist.workspace.numbers import HolderKind, Holdings, holdings


class Standing(StrEnum):
    """Where a migration is; derived from its files."""

    HERE = "in work"
    ELSEWHERE = "elsewhere"
    MERGED = "merged"
    GONE = "gone"


class MigrationView(NamedTuple):
    """A migration that was begun.

    Attributes:
        where: the branch or work tree that has its files, where this one has not.
        is_open: whether it is the one that the session is about.
        checkout: the branch to check out for it; empty where that would not bring it here.
    """

    record: MigrationRecord
    standing: Standing
    where: str
    is_open: bool
    checkout: str = ""

    def to_json(self) -> dict[str, object]:
        """The migration as in the JSON of ``mig-assist status --all``."""
        return {
            "version": self.record.version,
            "name": self.record.name,
            "branch": self.record.branch,
            "state": str(self.standing),
            "where": self.where,
            "open": self.is_open,
        }


def all_migrations(session: Session) -> tuple[MigrationView, ...]:
    """The migrations of the ledger, newest first; of those opened twice the newer record.

    Raises:
        ConfigurationError: mig-assist.toml names a base branch that git does not know.
    """
    workspace, records = session.workspace, session.ledger.migrations()
    held = holdings(workspace, in_work(session))
    note_merged(session, held)
    here = {(file.version, file.name) for file in scan(workspace)}
    newest = {(record.version, record.name): record for record in records}

    def view(migration: tuple[int, str], record: MigrationRecord) -> MigrationView:
        standing, where, checkout = Standing.GONE, "", ""
        others = [h for h in held.holders if (h.version, h.name) == migration]
        if held.is_on_base(migration):
            standing, where = Standing.MERGED, others[0].where
        elif migration in here:
            standing = Standing.HERE
        elif others:
            standing, where = Standing.ELSEWHERE, others[0].shown
            checkout = "" if others[0].kind is HolderKind.WORK_TREE else others[0].where
        is_open = session.migration is not None and session.migration.id == record.id
        return MigrationView(record, standing, where, is_open, checkout)

    found = sorted(newest.items(), key=lambda item: item[1].id, reverse=True)
    return tuple(view(migration, record) for migration, record in found)


def in_work(session: Session) -> tuple[tuple[int, str, str], ...]:
    """Version, name and branch of each migration that was begun on a branch."""
    return tuple(
        (record.version, record.name, record.branch)
        for record in session.ledger.migrations()
        if record.branch
    )


def note_merged(session: Session, held: Holdings) -> bool:
    """Keep in the ledger which migrations are on the base, so that opening need not ask git.

    Returns whether that is news.
    """
    if held.base is None:
        return False
    news = {
        record.id: not record.archived
        for record in session.ledger.migrations()
        if held.is_on_base((record.version, record.name)) is not record.archived
    }
    if news:
        session.ledger.archive(news)
    return bool(news)
