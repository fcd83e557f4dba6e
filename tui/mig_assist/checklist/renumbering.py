"""A renumbering from the proposal to what follows it; both front ends lead through it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from mig_assist.checklist.migrations import in_work
from mig_assist.checklist.moves import moves_note, take_over_moves
from mig_assist.checklist.overview import ItemView
from mig_assist.checklist.session import Session
from mig_assist.workspace.numbers import Migration, holdings

if TYPE_CHECKING:
    from mig_assist.draft.renumber import Renumbering

_CURED = frozenset(
    ("history/number-taken", "history/number-claimed", "history/behind-base",
     "history/below-baseline", "history/old-number-left", "registry/conflict")
)  # fmt: skip


def renumberable(view: ItemView) -> bool:
    """Whether an item found that the migration should have another number."""
    return any(
        finding.code in _CURED for evidence in view.state.evidence for finding in evidence.findings
    )


class Proposal(NamedTuple):
    """What would move, and what git is in the middle of.

    Attributes:
        own: the migrations of this branch, as they are now.
        unfinished: "merge", "rebase", "cherry-pick" or "revert"; empty for none.
    """

    own: tuple[Migration, ...]
    plan: Renumbering
    unfinished: str

    @property
    def title(self) -> str:
        """What happens, in a line."""
        if self.plan.moves:
            return ", ".join(f"V{m.old} {m.name} becomes V{m.new}" for m in self.plan.moves)
        return " ".join(self.besides)

    @property
    def besides(self) -> tuple[str, ...]:
        """What happens besides that numbers move, a sentence each."""
        said = []
        if self.plan.resolved:
            said.append(f"{self.plan.resolved} keeps the entries of both sides of its conflict.")
        if self.plan.finished:
            # A number that was given up twice leads to the same one now.
            moved = dict.fromkeys(f"V{m.old} is V{m.new} {m.name}" for m in self.plan.finished)
            said.append(f"Where this branch's files still say an old number: {_listed(moved)}.")
        return tuple(said)

    @property
    def old(self) -> tuple[Migration, ...]:
        """What moves, as databases may have run it."""
        return tuple((move.old, move.name) for move in self.plan.moves)

    @property
    def old_numbers(self) -> str:
        """The numbers that are given up, in words."""
        return _listed(f"V{version}" for version, _ in self.old)

    @property
    def nothing(self) -> str:
        """What to say where nothing is to be written."""
        kept = ", ".join(f"V{version} {name}" for version, name in self.own)
        return f"Nothing to move: {kept or 'no migration of this branch'}."

    @property
    def file_count(self) -> int:
        """How many files are written; one that gets another name counts once."""
        return len(self.plan.changes) - len(self.plan.renames)

    def left_alone(self) -> Iterator[str]:
        """The mentions that a person should look at, a line each."""
        for mention in self.plan.left_alone:
            yield f"{mention.path}:{mention.line}: {mention.text[:80]}  ({mention.reason})"

    def git_steps(self) -> Iterator[str]:
        """How git goes on where it is in the middle of something.

        What still has conflict markers is never among what is to be added.
        """
        if not self.unfinished:
            return
        unresolved = self.plan.in_conflict
        ready = [change.path for change in self.plan.changes if change.path not in unresolved]
        if ready:
            yield f"The {self.unfinished} goes on with: git add -A -- {shlex.join(ready)}"
        for path in unresolved:
            yield f"Still in conflict, resolve by hand: {path}"
        if unresolved:
            yield "then run `mig-assist renumber` again, for the old numbers in them"
        yield f"and, when nothing else is in conflict: git {self.unfinished} --continue"


def _listed(words: Iterable[str]) -> str:
    """``V4``, ``V4 and V5``, ``V4, V5 and V6``."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def propose(session: Session, to: int | None = None) -> Proposal:
    """Plan to move this branch's migrations behind the base, or to ``to`` and the ones after it.

    Without a base to compare with, the migration in work is the one that moves.

    Raises:
        WrongUse: no migration is in work, or ``to`` is not free.
        ConfigurationError: mig-assist.toml names a base branch that git does not know.
        UnreadableSource, RegistryError, ChangeRefused: a file cannot be read or edited.
    """
    from mig_assist.draft.renumber import plan_renumbering

    held = holdings(session.workspace, in_work(session))
    own = held.own
    if own is None or held.base is None:
        record = session.require_migration()
        own = ((record.version, record.name),)
    plan = plan_renumbering(session.workspace, own, held, to)
    return Proposal(own, plan, held.situation.unfinished)


def carry_out(session: Session, plan: Renumbering) -> None:
    """Write all of a plan or none of it, and let the records follow, also after a crash.

    Raises:
        ChangeRefused: a file changed since the plan was made.
        EnvironmentLacks: permission or disk space is missing.
    """
    from mig_assist.file_changes import write_all

    root = session.workspace.root
    take_over_moves(root, session.ledger)
    note = moves_note({(move.old, move.name): move.new for move in plan.moves})
    write_all(root, [*plan.changes, *([note] if plan.moves else [])])
    session.moved()
