"""What V18 route_compatibility_profiles changes, on both backends."""

from __future__ import annotations

from collections.abc import Callable

from harness import Upgrade
from refusals import Refusal, refused
from repository import Store
from sample import Sample, populate

TABLE = "route_compatibility_profiles"


def add(store: Store, profile: str, route: str, **values: object) -> None:
    store.insert(TABLE, id=profile, route_id=route, created_at=1, updated_at=1, **values)


def test_a_profile_starts_with_safe_defaults(store: Store, sample: Sample) -> None:
    add(store, "p", sample.route)
    assert store.value(TABLE, "api_dialect", id="p") == "openai_chat"
    assert store.value(TABLE, "is_default", id="p") == 0


def test_only_known_dialects_and_sane_limits_are_accepted(store: Store, sample: Sample) -> None:
    for values in ({"api_dialect": "telnet"}, {"max_output_tokens": 0}, {"is_default": 2}):
        with refused(Refusal.CHECK):
            add(store, "p", sample.route, **values)


def test_a_route_has_one_default_profile(store: Store, sample: Sample) -> None:
    add(store, "p", sample.route, is_default=1)
    with refused(Refusal.UNIQUE):
        add(store, "q", sample.route, is_default=1, api_dialect="anthropic_messages")


def test_a_profile_belongs_to_a_known_route_and_goes_with_it(store: Store, sample: Sample) -> None:
    with refused(Refusal.FOREIGN_KEY):
        add(store, "p", "route_unknown")
    add(store, "p", sample.route)
    store.delete("routes", id=sample.route)
    assert store.count(TABLE, id="p") == 0


def test_existing_routes_get_a_default_profile(store_before: Callable[[int], Upgrade]) -> None:
    upgrade = store_before(18)
    sample = populate(upgrade.store)
    routes = upgrade.store.count("routes")
    upgrade.apply()
    assert upgrade.store.count(TABLE, is_default=1) == routes
    assert upgrade.store.value(TABLE, "id", route_id=sample.route) == f"profile_{sample.route}"
