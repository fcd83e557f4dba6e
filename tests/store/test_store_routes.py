"""Providers, models, capabilities, routes and their targets."""

from __future__ import annotations

from refusals import Refusal, refused
from repository import Store, Target
from sample import Sample


def test_targets_come_back_in_their_order(store: Store, sample: Sample) -> None:
    assert store.route_targets(sample.route) == [
        Target(sample.model, 0, 1.0),
        Target(sample.spare_model, 1, 1.0),
    ]


def test_disabled_targets_and_retired_models_are_left_out(store: Store, sample: Sample) -> None:
    store.retire_model(sample.model, successor=sample.spare_model)
    assert [target.model_id for target in store.route_targets(sample.route)] == [sample.spare_model]
    store.update("route_targets", {"model_id": sample.spare_model}, is_enabled=0)
    assert store.route_targets(sample.route) == []


def test_a_model_stands_once_in_a_route_and_alone_at_its_priority(
    store: Store, sample: Sample
) -> None:
    with refused(Refusal.UNIQUE):
        store.insert("route_targets", route_id=sample.route, model_id=sample.model, priority=9)
    other = store.add_model(sample.provider, "medium-1")
    with refused(Refusal.UNIQUE):
        store.insert("route_targets", route_id=sample.route, model_id=other, priority=0)
    store.insert("route_targets", route_id=sample.route, model_id=other, priority=9)


def test_a_target_needs_a_route_and_a_model(store: Store, sample: Sample) -> None:
    with refused(Refusal.FOREIGN_KEY):
        store.define_route("broken", ["model_unknown"])
    with refused(Refusal.FOREIGN_KEY):
        store.insert("route_targets", route_id="route_unknown", model_id=sample.model, priority=0)


def test_a_slug_belongs_to_one_provider(store: Store, sample: Sample) -> None:
    with refused(Refusal.UNIQUE):
        store.add_provider("upstream")


def test_a_model_name_is_unique_within_its_provider(store: Store, sample: Sample) -> None:
    with refused(Refusal.UNIQUE):
        store.add_model(sample.provider, "large-1")
    store.add_model(store.add_provider("another"), "large-1")


def test_a_capability_is_listed_once(store: Store, sample: Sample) -> None:
    with refused(Refusal.UNIQUE):
        store.insert("model_capabilities", model_id=sample.model, capability="tools")
    with refused(Refusal.UNIQUE):
        store.insert("route_capabilities", route_id=sample.route, capability="text")
    store.insert("model_capabilities", model_id=sample.model, capability="vision")


def test_a_team_s_own_route_comes_before_the_shared_one(store: Store, sample: Sample) -> None:
    shared = store.define_route("chat", [sample.spare_model])
    other_team = store.add_team("design")
    assert store.find_route("chat", sample.team) == sample.route
    assert store.find_route("chat", other_team) == shared
    store.update("routes", {"id": sample.route}, is_enabled=0)
    assert store.find_route("chat", sample.team) == shared
    assert store.find_route("unknown", sample.team) is None


def test_a_route_name_is_unique_in_its_team_and_among_the_shared_ones(
    store: Store, sample: Sample
) -> None:
    with refused(Refusal.UNIQUE):
        store.define_route("chat", [], team=sample.team)
    store.define_route("chat", [], team=store.add_team("design"))
    store.define_route("chat", [])
    with refused(Refusal.UNIQUE):
        store.define_route("chat", [])


def test_a_fallback_is_an_existing_route(store: Store, sample: Sample) -> None:
    fast = store.define_route("fast", [sample.spare_model], fallback=sample.route)
    store.update("routes", {"id": sample.route}, fallback_route_id=fast)
    with refused(Refusal.FOREIGN_KEY):
        store.define_route("lost", [], fallback="route_unknown")
