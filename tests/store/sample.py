"""A small populated gateway, with at least one row in every table of the baseline."""

from __future__ import annotations

from dataclasses import dataclass

from repository import IssuedKey, Store


@dataclass(frozen=True, slots=True)
class Sample:
    """The ids of what :func:`populate` wrote."""

    team: str
    user: str
    service_account: str
    user_key: IssuedKey
    service_key: IssuedKey
    provider: str
    model: str
    spare_model: str
    route: str
    budget: str
    alert: str
    request: str
    ledger_entry: str
    audit_entry: str


def populate(store: Store) -> Sample:
    """One team with an owner, a service account, keys, a route, a budget and one paid request."""
    team = store.add_team("research")
    user = store.add_user("ada@example.org", platform_role="admin")
    store.add_member(team, user, "owner")
    account = store.add_service_account(team, "nightly evaluation")
    user_key = store.issue_api_key(team, "laptop", user=user)
    service_key = store.issue_api_key(team, "runner", service_account=account)
    provider = store.add_provider("upstream")
    model = store.add_model(provider, "large-1", capabilities=("text", "tools"))
    spare_model = store.add_model(provider, "small-1")
    route = store.define_route("chat", [model, spare_model], team=team, capabilities=("text",))
    budget = store.set_budget(team, "month", 5_000_000)
    alert = store.add_budget_alert(budget, 80, "ada@example.org")
    request = store.log_request(
        team, "chat", api_key=service_key.id, route=route, payload={"messages": []}
    )
    store.log_attempt(request, model, error_code="overloaded")
    store.log_attempt(request, spare_model, latency_ms=420)
    store.finish_request(request, "succeeded")
    entry = store.record_usage(team, spare_model, 1_250, api_key=service_key.id, request=request)
    audit = store.record_audit(user, "create", "team", team, {"slug": "research"})
    return Sample(
        team, user, account, user_key, service_key, provider, model, spare_model,
        route, budget, alert, request, entry, audit,
    )  # fmt: skip
