"""Budgets, their alerts, and the spending that they are compared with."""

from __future__ import annotations

from harness import Clock
from refusals import Refusal, refused
from repository import Store
from sample import Sample


def test_a_new_limit_takes_the_place_of_the_old_one(store: Store, sample: Sample) -> None:
    newer = store.set_budget(sample.team, "month", 9_000_000)
    assert store.value("budgets", "is_enabled", id=sample.budget) == 0
    assert store.value("budgets", "limit_micros", id=newer) == 9_000_000


def test_only_one_budget_of_a_scope_and_period_is_enabled(store: Store, sample: Sample) -> None:
    store.set_budget(sample.team, "day", 1_000)
    store.set_budget(sample.team, "month", 1_000, api_key=sample.user_key.id)
    store.set_budget(sample.team, "month", 1_000, api_key=sample.service_key.id)
    superseded = store.set_budget(sample.team, "day", 2_000)
    store.set_budget(sample.team, "day", 3_000)
    with refused(Refusal.UNIQUE):
        store.update("budgets", {"id": superseded}, is_enabled=1)
    assert store.count("budgets", is_enabled=1) == 4


def test_a_key_s_budget_belongs_to_the_key_s_team(store: Store, sample: Sample) -> None:
    with refused(Refusal.FOREIGN_KEY):
        store.set_budget(store.add_team("design"), "day", 1, api_key=sample.user_key.id)


def test_an_alert_is_unique_by_threshold_and_channel(store: Store, sample: Sample) -> None:
    with refused(Refusal.UNIQUE):
        store.add_budget_alert(sample.budget, 80, "grace@example.org")
    store.add_budget_alert(sample.budget, 90, "ada@example.org")
    with refused(Refusal.FOREIGN_KEY):
        store.add_budget_alert("budget_unknown", 80, "ada@example.org")


def test_alerts_are_reached_as_spending_grows(store: Store, sample: Sample, clock: Clock) -> None:
    clock.advance(1)
    budget = store.set_budget(sample.team, "month", 1_000)
    half = store.add_budget_alert(budget, 50, "ada@example.org")
    full = store.add_budget_alert(budget, 100, "ada@example.org")
    assert store.reached_alerts(budget) == []
    store.record_usage(sample.team, sample.model, 500)
    assert store.reached_alerts(budget) == [half]
    store.record_usage(sample.team, sample.model, 600)
    assert store.reached_alerts(budget) == [half, full]


def test_a_key_s_alerts_look_at_that_key_alone(store: Store, sample: Sample, clock: Clock) -> None:
    clock.advance(1)
    budget = store.set_budget(sample.team, "day", 1_000, api_key=sample.user_key.id)
    alert = store.add_budget_alert(budget, 10, "ada@example.org")
    store.record_usage(sample.team, sample.model, 5_000, api_key=sample.service_key.id)
    assert store.reached_alerts(budget) == []
    store.record_usage(sample.team, sample.model, 100, api_key=sample.user_key.id)
    assert store.reached_alerts(budget) == [alert]
