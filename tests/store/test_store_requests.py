"""Request log, usage ledger, the spending view and the admin audit."""

from __future__ import annotations

import pytest

from harness import NOON, Clock
from refusals import Refusal, refused
from repository import Store
from sample import Sample

NEVER_UPDATED = "usage_ledger entries are never updated"


def test_a_request_is_pending_until_it_is_finished(
    store: Store, sample: Sample, clock: Clock
) -> None:
    request = store.log_request(sample.team, "chat", api_key=sample.user_key.id)
    assert store.value("request_logs", "status", id=request) == "pending"
    finished = clock.advance(2)
    store.finish_request(request, "failed", http_status=502)
    assert store.query(
        "SELECT status, http_status, started_at, finished_at FROM request_logs WHERE id = ?",
        request,
    ) == [("failed", 502, NOON, finished)]


def test_attempts_are_numbered_within_their_request(store: Store, sample: Sample) -> None:
    request = store.log_request(sample.team, "chat")
    assert store.log_attempt(request, sample.model, error_code="overloaded") == 1
    assert store.log_attempt(request, sample.spare_model) == 2
    assert store.query(
        "SELECT attempt, outcome, error_code FROM request_attempts"
        " WHERE request_id = ? ORDER BY attempt",
        request,
    ) == [(1, "failed", "overloaded"), (2, "succeeded", None)]
    with refused(Refusal.UNIQUE):
        store.update("request_attempts", {"request_id": request, "attempt": 2}, attempt=1)


def test_a_body_is_stored_once_and_only_for_a_logged_request(store: Store, sample: Sample) -> None:
    body = {"request_json": "{}", "expires_at": store.now()}
    with refused(Refusal.UNIQUE):
        store.insert("request_payloads", request_id=sample.request, **body)
    with refused(Refusal.FOREIGN_KEY):
        store.insert("request_payloads", request_id="request_unknown", **body)


def test_spending_is_summed_from_a_time_on(store: Store, sample: Sample, clock: Clock) -> None:
    later = clock.advance(3600)
    store.record_usage(sample.team, sample.model, 2_000, api_key=sample.user_key.id)
    assert store.spend_since(sample.team, NOON) == 3_250
    assert store.spend_since(sample.team, later) == 2_000
    assert store.spend_since(sample.team, NOON, api_key=sample.service_key.id) == 1_250
    assert store.spend_since(sample.team, later + 1) == 0


def test_a_request_is_charged_once(store: Store, sample: Sample) -> None:
    with refused(Refusal.UNIQUE):
        store.record_usage(sample.team, sample.model, 1, request=sample.request)
    for _ in range(2):
        store.record_usage(sample.team, sample.model, 1)


@pytest.mark.parametrize(
    "column",
    [
        "id", "team_id", "model_id", "kind", "corrects_entry_id", "input_tokens",
        "output_tokens", "cost_micros", "occurred_at",
    ],
)  # fmt: skip
def test_a_booked_fact_is_never_updated(store: Store, sample: Sample, column: str) -> None:
    entry = {"id": sample.ledger_entry}
    booked = store.value("usage_ledger", column, **entry)
    with refused(Refusal.TRIGGER, NEVER_UPDATED):
        store.update("usage_ledger", entry, **{column: booked})


def test_a_mistake_is_corrected_by_an_adjustment(store: Store, sample: Sample) -> None:
    adjustment = store.adjust_usage(sample.ledger_entry, -250)
    assert store.spend_since(sample.team, NOON) == 1_000
    assert store.value("usage_ledger", "corrects_entry_id", id=adjustment) == sample.ledger_entry


def test_only_an_adjustment_is_negative_or_corrects_something(store: Store, sample: Sample) -> None:
    entry: dict[str, object] = {
        "team_id": sample.team, "model_id": sample.model, "occurred_at": store.now(),
    }  # fmt: skip
    with refused(Refusal.CHECK, "usage_ledger_charge_not_negative"):
        store.insert("usage_ledger", id="a", cost_micros=-1, **entry)
    with refused(Refusal.CHECK, "usage_ledger_adjustment_corrects"):
        store.insert("usage_ledger", id="a", cost_micros=-1, kind="adjustment", **entry)
    with refused(Refusal.CHECK, "usage_ledger_adjustment_corrects"):
        store.insert(
            "usage_ledger", id="a", cost_micros=1, corrects_entry_id=sample.ledger_entry, **entry
        )
    for column in ("input_tokens", "output_tokens"):
        with refused(Refusal.CHECK):
            store.insert("usage_ledger", id="a", cost_micros=1, **{column: -1}, **entry)
    with refused(Refusal.CHECK):
        store.insert("usage_ledger", id="a", cost_micros=1, kind="gift", **entry)
    with refused(Refusal.FOREIGN_KEY):
        store.insert(
            "usage_ledger", id="a", cost_micros=1, kind="adjustment",
            corrects_entry_id="entry_unknown", **entry,
        )  # fmt: skip


def test_the_view_sums_each_day_of_each_team(store: Store, sample: Sample, clock: Clock) -> None:
    midnight = NOON - NOON % 86400
    store.adjust_usage(sample.ledger_entry, -250)
    clock.now = midnight + 86400
    store.record_usage(sample.team, sample.model, 70)
    store.record_usage(store.add_team("design"), sample.model, 5)
    days = store.daily_spend(sample.team)
    assert days == [(midnight, 2, 1_000), (midnight + 86400, 1, 70)]
    assert {type(value) for day in days for value in day} == {int}


def test_the_audit_trail_is_newest_first(store: Store, sample: Sample, clock: Clock) -> None:
    first, second = NOON, clock.advance(60)
    store.record_audit(sample.user, "update", "team", sample.team, {"name": "Research"})
    store.record_audit(sample.user, "create", "route", sample.route)
    assert store.audit_trail("team", sample.team) == [
        ("ada@example.org", "update", second),
        ("ada@example.org", "create", first),
    ]
