"""Behaviour decides where texts cannot: the same statements on both engines, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mig_assist.engines.database import Database
from mig_assist.engines.schema import Schema
from mig_assist.verify.parity.divergence import Divergence
from mig_assist.verify.parity.names import folded
from mig_assist.verify.parity.probes.cases import (
    MOST_CASES,
    Subject,
    change_cases,
    concerns_probes,
    default_cases,
    foreign_key_cases,
    insert_cases,
    key_cases,
    subject_of,
)
from mig_assist.verify.parity.probes.paired import PairedSchema
from mig_assist.verify.parity.probes.rows import Known, RowFinder
from mig_assist.verify.parity.probes.run import Bench, Case, Row, Step
from mig_assist.verify.parity.probes.verdicts import (
    Proof,
    Tally,
    Tried,
    Verdict,
    unresolved,
    untouched,
)

__all__ = ["ProbeResult", "Proof", "Verdict", "probe"]

_KEYS = ("parity/unique", "parity/index", "parity/primary-key", "parity/collation")
_FIRST = 60
"""How many cases are tried before anything is looked at; most differences show in them."""


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What probing found.

    Attributes:
        verdicts: one for each suspect, in their order.
        statements: how many statements were run on both engines together.
    """

    verdicts: tuple[Verdict, ...]
    statements: int

    @property
    def divergences(self) -> tuple[Divergence, ...]:
        """What takes the place of the suspects."""
        return tuple(verdict.divergence for verdict in self.verdicts)


def probe(
    libsql: Database,
    postgres: Database,
    schemas: tuple[Schema, Schema],
    suspects: Sequence[Divergence],
) -> ProbeResult:
    """Let both engines decide what texts could not.

    The caller has a transaction open on each database; both are left as they were.

    Args:
        schemas: what libsql's and PostgreSQL's catalog say of the databases.
        suspects: differences; those that behaviour can say nothing about are handed back.

    Raises:
        DatabaseError: an engine gave up, as a server does that is stopped.
    """
    if not any(concerns_probes(suspect) for suspect in suspects):
        return ProbeResult(tuple(untouched(suspect) for suspect in suspects), 0)
    schema = PairedSchema(*schemas)
    bench = Bench(libsql, postgres, schema)
    finder = RowFinder(bench)
    with bench.open():
        verdicts = tuple(_judge(suspect, schema, bench, finder) for suspect in suspects)
    return ProbeResult(verdicts, bench.statements)


def _judge(suspect: Divergence, schema: PairedSchema, bench: Bench, finder: RowFinder) -> Verdict:
    subject = subject_of(suspect, schema) if concerns_probes(suspect) else None
    if subject is None:
        return untouched(suspect)
    if _gives_up_transactions(subject):
        return unresolved(
            suspect, "libsql rolls the whole transaction back where this rule refuses"
        )
    base = finder.row(subject.table.key)
    if isinstance(base, str):
        return unresolved(suspect, base)
    tally = Tally(subject, bench)
    ground = list(base.before)
    for name in subject.others:
        other = finder.row(name)
        if isinstance(other, Known):
            ground += other.steps
    own = {step for step in ground if step.table == subject.table.key}
    with bench.nested():
        bench.keep(dict.fromkeys(step for step in ground if step not in own))
        if suspect.rule == "parity/foreign-key":
            why = _probe_foreign_key(subject, bench, finder, tally)
        elif suspect.rule in _KEYS:
            why = _probe_key(subject, base, bench, finder, tally)
        elif suspect.rule == "parity/default":
            why = _run(default_cases(subject, base), bench, tally, [])
        else:
            why = _probe_rule(subject, base, bench, tally)
    return unresolved(suspect, why) if why and not tally.differs else tally.verdict()


def _probe_rule(subject: Subject, base: Known, bench: Bench, tally: Tally) -> str:
    if not subject.columns and not subject.triggers:
        return "its texts mention no column of the table"
    tried: list[Tried] = []
    _run(insert_cases(subject, base), bench, tally, tried)
    if tally.differs:
        return ""
    accepted = [_inserted(t.case) for t in tried if t.libsql.refusal is None]
    starts = list(dict.fromkeys((base.row, *accepted)))
    _run(change_cases(subject, base, starts, [_inserted(t.case) for t in tried]), bench, tally, [])
    return ""


def _probe_key(subject: Subject, base: Known, bench: Bench, finder: RowFinder, tally: Tally) -> str:
    second = finder.row(subject.table.key, 1)
    if isinstance(second, str):
        return second
    bench.keep(step for step in second.before if step not in base.before)
    return _run(key_cases(subject, base, second), bench, tally, [])


def _probe_foreign_key(subject: Subject, bench: Bench, finder: RowFinder, tally: Tally) -> str:
    key = subject.foreign_key
    if key is None:
        return "its columns are not in the catalog"
    child = finder.linked(subject.table.key, key)
    parent = finder.row(key.target)
    if isinstance(child, str):
        return child
    if isinstance(parent, str):
        return parent
    with bench.nested():
        bench.keep(child.before)
        return _run(foreign_key_cases(subject, child, parent), bench, tally, [])


def _run(cases: Iterable[Case], bench: Bench, tally: Tally, seen: list[Tried]) -> str:
    """Try cases in growing batches until one shows a difference."""
    waiting = list(dict.fromkeys(cases))[: 3 * MOST_CASES]
    size = _FIRST
    while waiting and not tally.differs:
        batch, waiting = waiting[:size], waiting[size:]
        size = MOST_CASES
        for case, (mine, other) in zip(batch, bench.run(batch), strict=True):
            tried = Tried(case, mine, other)
            seen.append(tried)
            tally.add(tried)
    return ""


def _inserted(case: Case) -> Row:
    step: Step = case.steps[-1]
    return step.values


def _gives_up_transactions(subject: Subject) -> bool:
    """Whether libsql would end the caller's transaction (RAISE(ROLLBACK), ON CONFLICT ROLLBACK)."""
    table = subject.table.libsql
    keys = [key for key in (table.primary_key, *table.uniques) if key is not None]
    actions = ["".join(folded(trigger.action).split()) for trigger in table.triggers]
    return any(key.on_conflict == "ROLLBACK" for key in keys) or any(
        "raise(rollback" in action for action in actions
    )
