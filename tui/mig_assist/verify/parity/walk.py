"""One walk of both engines through the versions, with what behaviour says on the way."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mig_assist.backend import Backend
from mig_assist.engines.database import DatabaseError
from mig_assist.engines.passed_over import PassedOver
from mig_assist.engines.refusals import Refusal, VersionFailed
from mig_assist.engines.statements import leading_words, statements_of
from mig_assist.verify.parity.divergence import Divergence
from mig_assist.verify.parity.history import (
    History,
    Parting,
    State,
    Step,
    history_of,
    partings_of,
)
from mig_assist.verify.parity.names import folded
from mig_assist.verify.parity.stages import Stages
from mig_assist.verify.parity.versions import Version

_WORD = re.compile(r"\w+")
_WRITES = frozenset(
    ("INSERT", "REPLACE", "UPDATE", "DELETE", "MERGE", "TRUNCATE", "WITH", "COPY", "DO", "CALL")
)
_MAY_WRITE = frozenset(("ALTER", "CREATE", "SELECT"))
_REWRITES = re.compile(
    r"^ALTER\b.*\bTYPE\b|^CREATE\s+(?:\w+\s+)*TABLE\b.*\bAS\b.*\bSELECT\b|^SELECT\b.*\w\s*\(",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a walk has shown.

    Attributes:
        partings: of the wanted versions.
        history: both schemas where the walk ended; None where it never got anywhere.
        failures: what an engine did not take; nothing was compared from there on.
        gave_up: what kept an engine from showing its behaviour.
        probed: how many rules were shown to be equal by probes.
        passed_over: statements that no engine here can run.
        refusals: what an engine refused, by side; what that is about was not compared.
    """

    partings: tuple[Parting, ...]
    history: History | None
    failures: Mapping[Backend, VersionFailed]
    gave_up: tuple[DatabaseError, ...] = ()
    probed: int = 0
    passed_over: tuple[PassedOver, ...] = ()
    refusals: Mapping[Backend, Sequence[Refusal]] = field(default_factory=dict)


class Walk:
    """Both engines on their way: versions are applied for good, and the last one is tried.

    What parted is told of the wanted versions; of all where None. What the sides bring along
    counts to the version in which they have ``begun``.
    """

    def __init__(
        self,
        stages: Stages,
        stated: Mapping[str, Sequence[str]],
        wanted: Collection[int] | None = None,
        begun: int | None = None,
    ) -> None:
        self._stages = stages
        self._stated = stated
        self._wanted = wanted
        self._begun = begun
        self._steps: list[Step] = []
        self._state = State()
        self._data: list[Parting] = []
        self._gave_up: list[DatabaseError] = []
        self._judgements: dict[Divergence, tuple[Divergence, bool]] = {}

    def begin(self) -> None:
        """Look at what both sides hold before the first version.

        Raises:
            DatabaseError: an engine does not answer.
        """
        self._took([self._stages.begin()])

    def go_on(self, versions: Iterable[Version], *, rows: bool = True) -> None:
        """Apply versions for good, as far as both sides take them.

        Args:
            rows: whether to look at what they do to rows.
        """
        waiting: list[Version] = []
        for version in versions:
            if rows and self._wants(version) and self._moves_rows(version, waiting):
                self._take(waiting)
                waiting = []
                self._data += self._compare_data(version)
            waiting.append(version)
        self._take(waiting)

    def history(self) -> History:
        """The history up to here."""
        return history_of(self._steps, self._stated)

    def tried(self, version: Version, before: History | None = None) -> Outcome:
        """What one more version shows, which is rolled back afterwards.

        Args:
            before: the history up to here, where it is known.
        """
        data = list(self._data)
        if self._stages.failures:
            return self._stopped(before)
        if self._wants(version) and self._moves_rows(version, ()):
            data += self._compare_data(version)
        with self._stages.trial(version) as step:
            if step is None:
                return self._stopped(before)
            after = before.tried(step) if before else None
            after = after or history_of([*self._steps, step], self._stated)
            return self._probed(after, data, step)

    def _wants(self, version: Version) -> bool:
        return self._wanted is None or version.number in self._wanted

    def _probed(self, history: History, data: Sequence[Parting], step: Step) -> Outcome:
        """The partings after probes have judged those that are there now."""
        partings = self._in_sight(partings_of(history, self._wanted, self._begun))
        data = self._in_sight(data)
        # Where an object parted by itself, its rows say no more.
        known = {(parting.since, parting.called) for parting in partings}
        data = [p for p in data if (p.since, p.divergence.object) not in known]
        there = [parting.divergence for parting in partings if parting.mended is None]
        touched = {folded(t.name) for c in step.changes.values() for t in c.schema.tables}
        for found in [f for f in self._judgements if folded(f.table) in touched]:
            del self._judgements[found]
        gave_up = list(self._gave_up)
        suspects = [found for found in there if found not in self._judgements]
        try:
            self._judge(suspects, history)
        except DatabaseError as error:
            gave_up.append(error)
        judged = [self._judgements.get(found, (found, False)) for found in there]
        now = {found: verdict for found, (verdict, _) in zip(there, judged, strict=True)}
        partings = tuple(
            parting
            if parting.mended is not None
            else parting._replace(divergence=now[parting.divergence])
            for parting in partings
        )
        shown = sum(equal for _, equal in judged)
        partings = (*partings, *data)
        return Outcome(
            partings,
            history,
            {},
            tuple(gave_up),
            shown,
            self._passed_over(),
            self._stages.refusals,
        )

    def _judge(self, suspects: Sequence[Divergence], history: History) -> None:
        """Let probes judge what texts could not; their verdicts are remembered."""
        if not suspects:
            return
        from mig_assist.verify.parity.probes import Proof, probe

        libsql, postgres = (self._stages.database(backend) for backend in Backend)
        # Else libsql reads its whole catalog again after each savepoint that is rolled back, as
        # long as the transaction has changed the schema.
        libsql.query("PRAGMA writable_schema = RESET")
        texts = (t for s in suspects for t in (s.table, s.libsql, s.postgres) if t)
        schemas = history.state.around(_words(texts))
        for verdict in probe(libsql, postgres, schemas, suspects).verdicts:
            self._judgements[verdict.suspect] = verdict.divergence, verdict.proof is Proof.EQUAL

    def _stopped(self, before: History | None = None) -> Outcome:
        """What was found up to the version that an engine did not take."""
        history = before or (history_of(self._steps, self._stated) if self._steps else None)
        found = partings_of(history, self._wanted, self._begun) if history else ()
        partings = self._in_sight(found)
        # What probes have judged already stays judged.
        partings = tuple(
            parting._replace(divergence=self._judgements[parting.divergence][0])
            if parting.mended is None and parting.divergence in self._judgements
            else parting
            for parting in partings
        )
        # An engine that is gone has told why by the version that it did not take.
        return Outcome(
            (*partings, *self._in_sight(self._data)),
            history,
            dict(self._stages.failures),
            passed_over=self._passed_over(),
            refusals=self._stages.refusals,
        )

    def _in_sight(self, partings: Sequence[Parting]) -> tuple[Parting, ...]:
        """The partings without those that only show what an engine refused."""
        refusals = [each for side in self._stages.refusals.values() for each in side]
        failed = {f.script.version for f in self._stages.failures.values()}
        failed |= {refusal.failure.script.version for refusal in refusals}
        lost: dict[str, int] = {}
        for refusal in refusals:
            for name in refusal.names:
                since = refusal.failure.script.version
                lost[name] = min(since, lost.get(name, since))

        def shows(parting: Parting) -> bool:
            since = parting.since or 0
            name = folded(parting.divergence.table).lower()
            is_data = parting.divergence.rule == "parity/data"
            return since < lost.get(name, since + 1) and not (is_data and since in failed)

        return tuple(filter(shows, partings))

    def _passed_over(self) -> tuple[PassedOver, ...]:
        wanted = self._wanted
        return tuple(
            found
            for found in self._stages.passed_over
            if wanted is None or found.script.version in wanted
        )

    def _take(self, versions: Sequence[Version]) -> None:
        if versions and not self._stages.failures:
            self._took(self._stages.take(versions))

    def _took(self, steps: Iterable[Step]) -> None:
        for step in steps:
            self._steps.append(step)
            self._state.take(step)

    def _moves_rows(self, version: Version, waiting: Iterable[Version]) -> bool:
        """Whether a version may change rows of tables that are there before it."""
        texts = [script.sql for script in version.scripts.values()]
        if not any(is_about_rows(s.sql, backend) for backend, s in version.scripts.items()):
            return False
        words = _words(texts)
        made = _words(script.sql for v in waiting for script in v.scripts.values())
        return self._state.has_any(words) or not words.isdisjoint(made)

    def _compare_data(self, version: Version) -> list[Parting]:
        """What a version does to rows, from the state that both sides are in."""
        words = _words(script.sql for script in version.scripts.values())
        if self._stages.failures or any(
            not words.isdisjoint(map(folded, refusal.names))
            for side in self._stages.refusals.values()
            for refusal in side
        ):
            return []
        try:
            divergences = self._stages.compare_data(version, self._state.around(words))
        except DatabaseError as error:
            self._gave_up.append(error)
            return []
        return [Parting(found, version.number, called=found.object) for found in divergences]


def is_about_rows(sql: str, backend: Backend) -> bool:
    """Whether a statement writes rows, or rewrites those that are there.

    What a new column holds in them its default says, which the schemas show.
    """
    return any(
        words[:1] and (words[0] in _WRITES or (words[0] in _MAY_WRITE and _REWRITES.search(text)))
        for words, text in (
            (leading_words(statement, 1), statement.text)
            for statement in statements_of(sql, backend)
        )
    )


def _words(texts: Iterable[str]) -> frozenset[str]:
    """The folded names that texts may mention."""
    return frozenset(folded(word) for text in texts for word in _WORD.findall(text))
