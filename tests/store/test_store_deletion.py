"""What a deletion takes along, what it leaves, and what forbids it."""

from __future__ import annotations

import pytest

from harness import NOON
from refusals import Refusal, refused
from repository import Store
from sample import Sample


def test_a_team_with_ledger_entries_is_not_deleted(store: Store, sample: Sample) -> None:
    with refused(Refusal.FOREIGN_KEY):
        store.delete_team(sample.team)
    assert store.count("api_keys", team_id=sample.team) == 2


def test_a_team_takes_along_all_that_it_owns(store: Store, sample: Sample) -> None:
    store.delete("usage_ledger", team_id=sample.team)
    assert store.delete_team(sample.team)
    for table in (
        "memberships", "service_accounts", "api_keys", "routes", "route_targets",
        "route_capabilities", "budgets", "budget_alerts", "request_logs", "request_payloads",
        "request_attempts",
    ):  # fmt: skip
        assert store.count(table) == 0, table
    for table, rows in (("users", 1), ("models", 2), ("providers", 1), ("admin_audit", 1)):
        assert store.count(table) == rows, table


def test_a_child_team_outlives_its_parent(store: Store) -> None:
    parent = store.add_team("division")
    child = store.add_team("group", parent=parent)
    with refused(Refusal.FOREIGN_KEY):
        store.add_team("orphan", parent="team_unknown")
    assert store.delete_team(parent)
    assert store.value("teams", "parent_team_id", id=child) is None


def test_a_user_takes_along_memberships_and_keys_but_no_record(
    store: Store, sample: Sample
) -> None:
    entry = store.record_usage(sample.team, sample.model, 10, api_key=sample.user_key.id)
    guest = store.add_user("grace@example.org")
    store.add_member(sample.team, guest, invited_by=sample.user)
    assert store.delete("users", id=sample.user) == 1
    assert store.count("memberships", user_id=sample.user) == 0
    assert store.value("memberships", "invited_by_user_id", user_id=guest) is None
    assert store.count("api_keys", id=sample.user_key.id) == 0
    assert store.value("usage_ledger", "api_key_id", id=entry) is None
    assert store.value("usage_ledger", "cost_micros", id=entry) == 10
    assert store.value("admin_audit", "actor_user_id", id=sample.audit_entry) is None
    assert store.value("admin_audit", "actor_label", id=sample.audit_entry) == "ada@example.org"


def test_a_membership_takes_along_the_member_s_keys_in_that_team(
    store: Store, sample: Sample
) -> None:
    design = store.add_team("design")
    store.add_member(design, sample.user)
    elsewhere = store.issue_api_key(design, "laptop", user=sample.user)
    store.delete("memberships", team_id=sample.team, user_id=sample.user)
    assert store.count("api_keys", id=sample.user_key.id) == 0
    assert store.count("api_keys", id=elsewhere.id) == 1


def test_a_service_account_takes_along_its_keys_and_their_budgets(
    store: Store, sample: Sample
) -> None:
    budget = store.set_budget(sample.team, "day", 100, api_key=sample.service_key.id)
    assert store.delete("service_accounts", id=sample.service_account) == 1
    assert store.count("api_keys", id=sample.service_key.id) == 0
    assert store.count("budgets", id=budget) == 0
    assert store.value("request_logs", "api_key_id", id=sample.request) is None


def test_a_key_that_was_rotated_leaves_its_successor(store: Store, sample: Sample) -> None:
    successor = store.issue_api_key(
        sample.team, "laptop 2", user=sample.user, rotated_from=sample.user_key.id
    )
    assert store.delete("api_keys", id=sample.user_key.id) == 1
    assert store.value("api_keys", "rotated_from_key_id", id=successor.id) is None


def test_a_provider_with_models_is_not_deleted(store: Store) -> None:
    another = store.add_provider("another")
    unused_model = store.add_model(another, "unused")
    with refused(Refusal.FOREIGN_KEY):
        store.delete("providers", id=another)
    store.delete("models", id=unused_model)
    assert store.delete("providers", id=another) == 1


@pytest.mark.parametrize("holder", ["route_targets", "request_attempts", "usage_ledger"])
def test_a_model_that_anything_refers_to_is_not_deleted(
    store: Store, sample: Sample, holder: str
) -> None:
    for table in {"route_targets", "request_attempts", "usage_ledger"} - {holder}:
        store.delete(table)
    with refused(Refusal.FOREIGN_KEY):
        store.delete("models", id=sample.spare_model)
    store.delete(holder)
    assert store.delete("models", id=sample.spare_model) == 1
    assert store.count("model_capabilities", model_id=sample.spare_model) == 0


def test_a_model_outlives_its_successor(store: Store, sample: Sample) -> None:
    successor = store.add_model(sample.provider, "large-2")
    store.retire_model(sample.model, successor=successor)
    assert store.delete("models", id=successor) == 1
    assert store.value("models", "successor_model_id", id=sample.model) is None


def test_a_route_takes_along_its_targets_and_leaves_the_log(store: Store, sample: Sample) -> None:
    fast = store.define_route("fast", [sample.spare_model], fallback=sample.route)
    assert store.delete("routes", id=sample.route) == 1
    assert store.count("route_targets", route_id=sample.route) == 0
    assert store.count("route_capabilities", route_id=sample.route) == 0
    assert store.value("routes", "fallback_route_id", id=fast) is None
    assert store.value("request_logs", "route_id", id=sample.request) is None


def test_a_purge_of_the_log_leaves_the_ledger(store: Store, sample: Sample) -> None:
    assert store.purge_requests(NOON) == 0
    assert store.purge_requests(NOON + 1) == 1
    assert store.count("request_payloads") == 0
    assert store.count("request_attempts") == 0
    assert store.value("usage_ledger", "request_id", id=sample.ledger_entry) is None
    assert store.spend_since(sample.team, NOON) == 1_250


def test_an_entry_goes_with_its_corrections_or_not_at_all(store: Store, sample: Sample) -> None:
    store.adjust_usage(sample.ledger_entry, -250)
    with refused(Refusal.FOREIGN_KEY):
        store.delete("usage_ledger", id=sample.ledger_entry)
    assert store.delete("usage_ledger", team_id=sample.team) == 2
