"""Behaviour decides where texts cannot: the same statements on both engines, side by side."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from mig_assist.backend import Backend
from mig_assist.engines.database import Database, DatabaseError, DatabaseUnavailable
from mig_assist.engines.schema import Schema
from mig_assist.verify.parity.divergence import Divergence
from mig_assist.verify.parity.names import folded
from mig_assist.verify.parity.probes.cases import (
    KEY_RULES,
    MOST_CASES,
    Subject,
    change_cases,
    concerns_probes,
    default_cases,
    foreign_key_cases,
    insert_cases,
    key_cases,
    sign_cases,
    subject_of,
    variations,
)
from mig_assist.verify.parity.probes.paired import PairedSchema
from mig_assist.verify.parity.probes.refusals import Category
from mig_assist.verify.parity.probes.rows import Known, RowFinder, check_columns
from mig_assist.verify.parity.probes.run import Bench, Case, Row, Step
from mig_assist.verify.parity.probes.texts import is_chance, is_volatile
from mig_assist.verify.parity.probes.verdicts import (
    Proof,
    Tally,
    Tried,
    Verdict,
    unresolved,
    untouched,
    view_verdict,
)

__all__ = ["ProbeResult", "Proof", "Verdict", "probe"]

_LEAVES_OUT = re.compile(
    r"\b(?:WHERE|HAVING|JOIN|LIMIT|FETCH|DISTINCT|EXCEPT|INTERSECT|FILTER)\b", re.IGNORECASE
)
_FIRST = 60
"""How many cases are tried before anything is looked at; most differences show in them."""
_FURTHER = 120
_PLENTY = 180
_ENOUGH = 40
"""How many accepted, and how many rejected, of how many cases of one kind will do."""


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
    if suspect.rule == "parity/view" and concerns_probes(suspect):
        return _judge_view(suspect, schema, bench)
    subject = subject_of(suspect, schema) if concerns_probes(suspect) else None
    if subject is None:
        return untouched(suspect)
    if _gives_up_transactions(subject):
        return unresolved(
            suspect, "libsql rolls the whole transaction back where this rule refuses"
        )
    base = finder.row(subject.table.key)
    if isinstance(base, str):
        return _judge_without_row(subject, bench, finder, base)
    rows = _rows_for(subject, finder)
    if isinstance(rows, str):
        return unresolved(suspect, rows)
    tally = Tally(subject, bench)
    tested = {step for row in rows for step in (row.insert,)} | {base.insert}
    ground = [step for row in (base, *rows) for step in row.before]
    ground += [step for row in _mentioned_rows(subject, finder) for step in row.steps]
    if suspect.rule == "parity/foreign-key" and len(rows) > 1:
        ground += rows[1].steps
        tested.discard(rows[1].insert)
    try:
        with bench.nested():
            bench.keep(dict.fromkeys(step for step in ground if step not in tested))
            tally.begin()
            if suspect.rule == "parity/foreign-key":
                _run(foreign_key_cases(subject, *rows), bench, tally)
            elif suspect.rule in KEY_RULES:
                for each in _by_key(subject):
                    _run(key_cases(each, base, *rows), bench, tally)
            elif suspect.rule == "parity/default":
                _probe_default(subject, base, bench, tally)
            elif subject.columns or subject.triggers:
                _probe_rule(subject, base, bench, tally)
    except DatabaseUnavailable:
        raise
    except DatabaseError as error:
        return unresolved(suspect, f"rows that it needs exclude one another: {error.message}")
    return tally.verdict()


def _judge_view(suspect: Divergence, schema: PairedSchema, bench: Bench) -> Verdict:
    """The verdict on a view, by what it shows of the same rows."""
    from mig_assist.verify.parity.population import Extent, Script, plan

    view = folded(suspect.table)
    if view not in schema.views:
        return untouched(suspect)
    texts, tables = schema.definitions(view), schema.behind(view)
    chosen = plan(bench, Extent(tables, ()), Script(texts))
    with bench.nested():
        filled = chosen.fill(bench)
        shown = bench.rows_of_view(view)
    if shown is None:
        return unresolved(suspect, "an engine cannot show it on rows as they may be")
    columns = [column.strip('"') for column, _, _ in bench.shape(view)]
    given = max((len(filled.rows.get(name, ())) for name in tables), default=0)
    # A view that has no word for it leaves nothing out.
    outside = given > len(shown[0]) or not any(map(_LEAVES_OUT.search, texts))
    return view_verdict(
        suspect,
        columns,
        shown,
        outside=outside,
        volatile=any(map(is_volatile, texts)),
        chance=any(map(is_chance, texts)),
    )


def _judge_without_row(subject: Subject, bench: Bench, finder: RowFinder, why: str) -> Verdict:
    """The verdict on a table that takes no row on both sides: perhaps one side takes some."""
    tally = Tally(subject, bench)
    for side in Backend:
        row = finder.one_sided(subject.table.key, side)
        if isinstance(row, Known):
            with bench.nested():
                bench.keep(row.before)
                _run([Case((row.insert,))], bench, tally)
    return tally.verdict() if tally.differs else unresolved(subject.suspect, why)


def _rows_for(subject: Subject, finder: RowFinder) -> tuple[Known, ...] | str:
    """The rows beside the base row that the cases need: the child and parent, or a second row."""
    name = subject.table.key
    if subject.suspect.rule == "parity/foreign-key":
        key = subject.foreign_key
        if key is None:
            return "its columns are not in the catalog"
        wanted = [finder.linked(name, key), finder.row(key.target)]
    elif subject.suspect.rule in KEY_RULES:
        wanted = [finder.row(name, 1)]
    else:
        wanted = []
    found: list[Known] = []
    for row in wanted:
        if isinstance(row, str):
            return row
        found.append(row)
    return tuple(found)


def _mentioned_rows(subject: Subject, finder: RowFinder) -> tuple[Known, ...]:
    """Rows of the further tables that a rule mentions."""
    found = (finder.row(name) for name in subject.others)
    return tuple(row for row in found if isinstance(row, Known))


def _by_key(subject: Subject) -> list[Subject]:
    """The subject for each key that it is about: a column's collation is about all of its own."""
    keys = [
        key.columns
        for key in subject.table.keys
        if subject.suspect.rule == "parity/collation"
        and not set(subject.columns).isdisjoint(key.columns)
    ]
    return [replace(subject, columns=columns) for columns in keys] or [subject]


def _probe_rule(subject: Subject, base: Known, bench: Bench, tally: Tally) -> None:
    tried = _run(insert_cases(subject, base), bench, tally)
    if tally.differs:
        return
    hidden = _hiding_columns(subject, tried)
    if hidden and (subject.suspect.decided or not tally.rejected):
        wider = subject.with_columns(hidden)
        tried += _run(islice(insert_cases(wider, base), len(tried), None), bench, tally)
    accepted = [
        _inserted(t.case)
        for t in tried
        if t.libsql.refusal is None and t.postgres.refusal is None and not t.void
    ]
    starts = list(dict.fromkeys((base.row, *accepted)))
    for name in subject.columns:
        if not tally.differs:
            _run(sign_cases(subject, name, starts), bench, tally, enough=False)
    if tally.differs:
        return
    _run(change_cases(subject, base, starts, [_inserted(t.case) for t in tried]), bench, tally)


def _probe_default(subject: Subject, base: Known, bench: Bench, tally: Tally) -> None:
    tried = _run(default_cases(subject, [base.row]), bench, tally)
    hidden = _hiding_columns(subject, tried)
    if hidden and not tally.accepted:
        wider = replace(subject, columns=hidden)
        _run(default_cases(subject, variations(wider, base)), bench, tally)


def _hiding_columns(subject: Subject, tried: Iterable[Tried]) -> tuple[str, ...]:
    """The columns of other rules that refused what the subject's rule was to judge."""
    found: dict[str, None] = {}
    for one in tried:
        for refusal in (one.libsql.refusal, one.postgres.refusal):
            if refusal is not None and refusal.category is Category.CHECK:
                found.update(dict.fromkeys(check_columns(subject.table, refusal)))
    return tuple(column for column in found if column not in subject.columns)


def _run(cases: Iterable[Case], bench: Bench, tally: Tally, *, enough: bool = True) -> list[Tried]:
    """Try cases in growing batches until one shows a difference, or both outcomes are plain.

    Args:
        enough: many cases of one outcome make further ones needless.
    """
    waiting = list(dict.fromkeys(islice(cases, 3 * MOST_CASES)))
    seen: list[Tried] = []
    size = _FIRST
    start = (tally.accepted, tally.rejected)
    while waiting and not tally.differs:
        batch, waiting = waiting[:size], waiting[size:]
        size = _FURTHER
        for case, (mine, other) in zip(batch, bench.run(batch), strict=True):
            tried = Tried(case, mine, other)
            seen.append(tried)
            tally.add(tried)
        counts = (tally.accepted - start[0], tally.rejected - start[1])
        if enough and len(seen) >= _PLENTY and min(counts) >= _ENOUGH:
            break
    return seen


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
