"""Triggers: told apart by what sets them off; what they do only behaviour can compare."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mig_assist.backend import Backend
from mig_assist.engines.schema import Trigger
from mig_assist.verify.parity.divergence import Divergence
from mig_assist.verify.parity.names import folded, quoted
from mig_assist.verify.parity.sides import WARNING, one_line, said


def compare_triggers(
    table: str, libsql: Sequence[Trigger], postgres: Sequence[Trigger]
) -> Iterator[Divergence]:
    """Each trigger of PostgreSQL beside those of libsql that do its work.

    SQLite has one event for a trigger, PostgreSQL any number. No two bodies are compared as
    texts: every group is undecided.
    """
    rest = {Backend.LIBSQL: list(libsql), Backend.POSTGRES: []}
    for trigger in postgres:
        partners = _partners(trigger, rest[Backend.LIBSQL]) if trigger.enabled else []
        if not partners:
            rest[Backend.POSTGRES].append(trigger)
            continue
        for partner in partners:
            rest[Backend.LIBSQL].remove(partner)
        yield _group(table, partners, trigger)
    for backend, triggers in rest.items():
        for trigger in triggers:
            yield _alone(table, backend, trigger)


def _partners(trigger: Trigger, candidates: Sequence[Trigger]) -> list[Trigger]:
    """Those of the same name, otherwise those that together have the same events."""
    named = [each for each in candidates if _stem(each, candidates) == folded(trigger.name)]
    if named:
        return named
    found: list[Trigger] = []
    for event in trigger.events:
        alike = [
            each
            for each in candidates
            if each.events == (event,)
            and each not in found
            and each.timing == trigger.timing
            and (event != "UPDATE" or _columns(each) == _columns(trigger))
        ]
        found += alike[:1]
    return found if len(found) == len(trigger.events) else []


def _stem(trigger: Trigger, beside: Sequence[Trigger]) -> str:
    """A name without the event that tells it from its fellows: teams_guard_insert."""
    name = folded(trigger.name)
    if len(beside) > 1:
        for event in trigger.events:
            for ending in (event.lower(), event.lower()[:3]):
                if name.endswith(f"_{ending}"):
                    return name.removesuffix(f"_{ending}")
    return name


def _columns(trigger: Trigger) -> frozenset[str]:
    return frozenset(map(folded, trigger.update_of))


def _said(trigger: Trigger) -> str:
    events = " OR ".join(trigger.events)
    columns = f" OF {', '.join(trigger.update_of)}" if trigger.update_of else ""
    condition = f" WHEN ({one_line(trigger.condition)})" if trigger.condition else ""
    each = "" if trigger.for_each_row else " FOR EACH STATEMENT"
    off = "" if trigger.enabled else " DISABLED"
    return f"{trigger.name} {trigger.timing} {events}{columns}{each}{condition}{off}"


def _group(table: str, libsql: Sequence[Trigger], postgres: Trigger) -> Divergence:
    texts = "; ".join(_said(trigger) for trigger in libsql), _said(postgres)
    events = sorted({event for trigger in libsql for event in trigger.events})
    columns = frozenset().union(*(_columns(trigger) for trigger in libsql))
    unlike = (
        events != sorted(postgres.events)
        or columns != _columns(postgres)
        or {trigger.timing for trigger in libsql} != {postgres.timing}
        or not postgres.for_each_row
    )
    return Divergence(
        "parity/trigger",
        WARNING,
        postgres.name if len(libsql) > 1 else libsql[0].name,
        table,
        None,
        *texts,
        f"{table}: {texts[0]} on libsql and {texts[1]} on PostgreSQL"
        + (
            " are set off differently; only behaviour can tell whether they do the same."
            if unlike
            else " are set off alike; only behaviour can tell whether they do the same."
        ),
        "Let both sides do the same on the same events.",
        decided=False,
    )


def _alone(table: str, there: Backend, trigger: Trigger) -> Divergence:
    here, text = there.other, _said(trigger)
    return Divergence(
        "parity/trigger",
        WARNING,
        trigger.name,
        table,
        here,
        *said(there, text),
        f"{table} has the trigger {text} on {there.label} only; {here.label} may do its work in"
        " another way.",
        f"Write its counterpart on {here.label}, or drop it: `DROP TRIGGER {quoted(trigger.name)}"
        + (f" ON {quoted(table)};`." if there is Backend.POSTGRES else ";`."),
        decided=False,
    )
