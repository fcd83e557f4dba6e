"""The verdict after each save: both engines stand at the version before, and try the newest."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import ExitStack
from dataclasses import dataclass
from typing import NamedTuple, Self

from mig_assist.engines.database import DatabaseUnavailable
from mig_assist.engines.kept import Shelf
from mig_assist.verify.parity.history import History
from mig_assist.verify.parity.proof import (
    ParityReport,
    found_in,
    is_ours,
    refused_in,
    stopped_at,
    texts_of,
    waived,
    waivers_in_files,
    waivers_of,
)
from mig_assist.verify.parity.stages import Stages, open_stages
from mig_assist.verify.parity.versions import Version, read_again, versions_of
from mig_assist.verify.parity.waivers import Waiver
from mig_assist.verify.parity.walk import Walk
from mig_assist.workspace.model import Workspace


class Verdict(NamedTuple):
    """What the files say now.

    Attributes:
        report: of the newest version.
        history: both schemas after the newest version that both engines took, with every
            divergence that is there; None where there is no version.
        before: the same before the newest version.
        unseen: how many versions before it only served as its ground.
    """

    report: ParityReport
    history: History | None
    before: History | None = None
    unseen: int = 0


@dataclass(frozen=True, slots=True)
class _Ground:
    """Both engines at the version before the newest."""

    base: tuple[Version, ...]
    stages: Stages
    walk: Walk
    history: History
    number: int
    waivers: tuple[Waiver, ...]
    broken: bool


class ParityWatcher:
    """Keeps both engines at the version before the newest, for one verdict after another.

    It belongs to one thread. When it is closed its databases are dropped, or kept for later.

    Args:
        newest: the version to take for the newest, where later ones are left out.
    """

    def __init__(self, workspace: Workspace, shelf: Shelf, newest: int | None = None) -> None:
        self._workspace = workspace
        self._shelf = shelf
        self._newest = newest
        self._open = ExitStack()
        self._ground: _Ground | None = None
        self._versions: tuple[Version, ...] = ()

    def verdict(self, changed: Collection[str] | None = None) -> Verdict:
        """Compare the newest version as its files are now.

        Args:
            changed: the workspace paths of what was saved since the last verdict; None where
                anything may have changed.

        Raises:
            UnreadableSource: a migration file is no text.
            DatabaseError: an engine does not answer at all.
            WrongUse: scratch databases may not be made on this server.
        """
        again = None if changed is None else read_again(self._workspace, self._versions, changed)
        every = versions_of(self._workspace) if again is None else again
        self._versions = tuple(
            each for each in every if self._newest is None or each.number <= self._newest
        )
        if not self._versions:
            self.close()
            return Verdict(ParityReport(()), None)
        newest = self._versions[-1]
        ground = self._at(self._versions[:-1], newest.number)
        self._versions = (*ground.base, newest)  # the same objects compare fastest next time
        try:
            outcome = ground.walk.tried(newest, ground.history)
        except BaseException:
            self.close()
            raise
        gone = any(isinstance(f.error, DatabaseUnavailable) for f in outcome.failures.values())
        if gone or outcome.gave_up or ground.broken:
            self.close()  # the next verdict begins anew
        else:
            ground.stages.failures.clear()
            ground.stages.warm_up()
        numbers = (newest.number,)
        findings = waived(
            (*ground.waivers, *filter(is_ours, waivers_in_files([newest]))),
            self._versions,
            numbers,
            found_in(outcome, self._versions),
            complete=not (outcome.failures or outcome.refusals) and self._newest is None,
        )
        texts = texts_of(outcome.partings)
        report = ParityReport(
            numbers,
            findings,
            ground.stages.engines,
            outcome.probed,
            texts,
            stopped=stopped_at(outcome.failures),
            refused=refused_in(outcome.refusals),
        )
        return Verdict(report, outcome.history, ground.history, len(ground.base))

    def close(self) -> None:
        """Give both databases back; the next verdict takes new ones."""
        self._ground = None
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _at(self, base: tuple[Version, ...], newest: int) -> _Ground:
        """Both engines with the versions before the newest, from where they are if that holds."""
        ground = self._ground
        if ground is not None and (ground.base, ground.number) == (base, newest):
            return ground
        self.close()
        stages = self._open.enter_context(open_stages(self._shelf, base, commits=True))
        walk = Walk(stages, self._workspace.config.parity.types, {newest})
        walk.begin()
        self._ground = _Ground(
            base,
            stages,
            walk,
            walk.history(),
            newest,
            waivers_of(self._workspace, base),
            bool(stages.failures),
        )
        return self._ground
