"""Noticing that others have taken the number of the migration in work, before any check is run."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, NamedTuple

from mig_assist.backend import Backend
from mig_assist.checklist.migrations import in_work, note_merged
from mig_assist.checklist.session import Session
from mig_assist.workspace.config import CONFIG_NAME
from mig_assist.workspace.files import migration_folder
from mig_assist.workspace.git import modified, other_work_trees, references_mark
from mig_assist.workspace.numbers import holdings

if TYPE_CHECKING:
    from mig_assist.findings import Finding


class NumberNews(NamedTuple):
    """What is known of the numbers of the migration in work and the others of its branch.

    Attributes:
        problem: the gravest reason why one should have another number; None where none need.
        merged: whether a migration turned out to be merged, or to be so no more.
    """

    problem: Finding | None = None
    merged: bool = False


def numbers_mark(session: Session) -> Hashable:
    """A value that differs whenever somebody may have taken or given up a number.

    Folders and git's own files are looked at, none is read, and no process is started.
    """
    root, migration = session.workspace.root, session.migration
    folders = [migration_folder(session.workspace, backend) for backend in Backend]
    places = [top / folder for top in (root, *other_work_trees(root)) for folder in folders]
    # One that is in conflict is said at the top too.
    stated = session.workspace.config.registry.path
    registry = [root / stated] if stated else []
    return (
        migration and (migration.version, migration.name),
        in_work(session),
        references_mark(root),
        tuple(modified(place) for place in (root / CONFIG_NAME, *registry, *places)),
    )


def look_at_numbers(session: Session) -> NumberNews:
    """Ask every branch and work tree, as item 1 does; remember what is merged.

    Raises:
        ConfigurationError: mig-assist.toml names a base branch that git does not know.
        EnvironmentLacks: a migration folder cannot be listed.
    """
    from mig_assist.findings import Severity
    from mig_assist.verify.numbers import number_problem, unfinished_renumbering
    from mig_assist.verify.report import Subject

    workspace, migration = session.workspace, session.migration
    held = holdings(workspace, in_work(session))
    merged = note_merged(session, held)
    if migration is None:
        return NumberNews(None, merged)
    # What this branch has below it moves along, so its numbers matter too.
    branch = dict.fromkeys([(migration.version, migration.name), *(held.own or ())])
    problems = [number_problem(Subject(workspace, *each), held) for each in branch]
    found = sorted(
        filter(None, problems), key=lambda finding: list(Severity).index(finding.severity)
    )
    unfinished = () if found else filter(None, [unfinished_renumbering(workspace, held)])
    return NumberNews(next(iter([*found, *unfinished]), None), merged)
