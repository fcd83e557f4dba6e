"""The state of an item, derived from evidence and from content as it is now.

Pure: nothing here reads a file, a clock or the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from mig_assist.checklist.evidence import Evidence, EvidenceKind, Outcome
from mig_assist.workspace.task_names import NOT_APPLICABLE

Inputs = Mapping[str, str]
"""Input → digest of its content now; an absent file has the digest ``"absent"``."""


CONFIGURATION = "the configuration"
"""How the name of an input begins that is a part of mig-assist.toml."""


class State(StrEnum):
    """Where an item, or one of its checks, stands."""

    TODO = "todo"
    RUNNING = "running"
    FAILED = "failed"
    DONE = "done"
    STALE = "stale"
    SKIPPED = "skipped"

    @property
    def settled(self) -> bool:
        """Whether nothing is left to do."""
        return self in (State.DONE, State.SKIPPED)


class CheckState(NamedTuple):
    """A check's state, the sentence that explains it, and the newest evidence for it."""

    state: State
    reason: str
    evidence: Evidence | None


class ItemState(NamedTuple):
    """An item's state, the sentence that explains it, and what it rests on."""

    state: State
    reason: str
    decision: Evidence | None
    checks: tuple[CheckState, ...]

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The evidence that the state rests on."""
        if self.decision is not None:
            return (self.decision,)
        return tuple(check.evidence for check in self.checks if check.evidence is not None)


def check_state(evidence: Evidence | None, inputs: Inputs) -> CheckState:
    """State of one check from its newest evidence and its inputs now."""
    if evidence is None:
        return CheckState(State.TODO, "not run yet", None)
    if evidence.outcome is Outcome.CANCELLED:
        return CheckState(State.TODO, "cancelled before it finished", evidence)
    changed = changed_inputs(evidence.inputs, inputs)
    if changed:
        told = _told(changed, evidence.inputs, inputs)
        return CheckState(State.STALE, f"changed since: {told}", evidence)
    if evidence.outcome is Outcome.FAILED:
        return CheckState(State.FAILED, evidence.summary, evidence)
    return CheckState(State.DONE, evidence.summary, evidence)


def item_state(
    evidence: Iterable[Evidence],
    check_inputs: Sequence[tuple[str, Inputs]],
    decision_inputs: Inputs,
    running: bool = False,
    interrupted: bool = False,
) -> ItemState:
    """State of one item.

    Args:
        evidence: the item's evidence, oldest first.
        check_inputs: each required check's key with its inputs now, in order.
        decision_inputs: the inputs now of a skip or an attestation.
        running: whether a living process works on the item.
        interrupted: whether the newest run of the item ended with its process, unfinished.
    """
    newest: dict[str, Evidence] = {}
    decision: Evidence | None = None
    for record in evidence:
        if record.kind in (EvidenceKind.SKIP, EvidenceKind.ATTESTATION):
            decision = record
        else:
            decision = None
            newest[record.check] = record
    checks = tuple(check_state(newest.get(key), inputs) for key, inputs in check_inputs)
    if running:
        return ItemState(State.RUNNING, "running", decision, checks)
    if decision is not None:
        return _decided(decision, decision_inputs, checks)
    state, reason = _combined(checks)
    if interrupted and state is not State.DONE:
        reason = "the last run was interrupted; run it again"
    return ItemState(state, reason, None, checks)


def changed_inputs(then: Inputs, now: Inputs) -> tuple[str, ...]:
    """Names of inputs that differ, sorted."""
    return tuple(sorted(name for name in {*then, *now} if then.get(name) != now.get(name)))


def _told(changed: Sequence[str], then: Inputs, now: Inputs) -> str:
    """The inputs that changed, for people: where the configuration did, not what it adds."""
    said = [name for name in changed if name.startswith(CONFIGURATION)]
    edited = [name for name in changed if name in then and name in now and name not in said]
    return _listed([*said, *edited] if said else changed)


def _decided(decision: Evidence, inputs: Inputs, checks: tuple[CheckState, ...]) -> ItemState:
    changed = changed_inputs(decision.inputs, inputs)
    word = "skipped" if decision.kind is EvidenceKind.SKIP else "attested"
    if changed:
        reason = f"{word} before these changed: {_told(changed, decision.inputs, inputs)}"
        return ItemState(State.STALE, reason, decision, checks)
    state = State.SKIPPED if decision.kind is EvidenceKind.SKIP else State.DONE
    return ItemState(state, f"{word}: {decision.reason}", decision, checks)


def _combined(checks: Sequence[CheckState]) -> tuple[State, str]:
    for state in (State.FAILED, State.STALE):
        for check in checks:
            if check.state is state:
                return state, check.reason
    missing = [check for check in checks if check.state is State.TODO]
    if not missing:
        return State.DONE, "; ".join(_worth_telling(checks))
    if len(missing) == len(checks):
        return State.TODO, missing[0].reason
    return State.TODO, f"{len(checks) - len(missing)} of {len(checks)} checks done"


def _worth_telling(checks: Sequence[CheckState]) -> Iterator[str]:
    """What the last check saw, and before it whatever did not apply here."""
    for check in checks:
        found = check.evidence.findings if check.evidence else ()
        if check is checks[-1] or any(finding.code == NOT_APPLICABLE for finding in found):
            yield check.reason


def _listed(names: Sequence[str], most: int = 2) -> str:
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
