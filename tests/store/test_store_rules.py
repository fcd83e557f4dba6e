"""What a column may hold: the CHECKs, defaults, types and obligations of the baseline."""

from __future__ import annotations

import pytest

from refusals import Refusal, refused
from repository import Store
from sample import Sample

FLAG: tuple[tuple[object, ...], tuple[object, ...]] = ((0, 1), (2, -1))
JSON: tuple[tuple[object, ...], tuple[object, ...]] = (
    ("{}", "[]", '"text"', "null", '{"a": [1, 2.5e3, "\\u00e9"]}'),
    ("", "{", "{'a': 1}", "[1,]", "nothing"),
)

# table.column: (accepted values, refused values)
RULES: dict[str, tuple[tuple[object, ...], tuple[object, ...]]] = {
    "teams.slug": (("ab", "x" * 40, "équipe"), ("", "a", "x" * 41)),
    "teams.name": (("R", " R "), ("", "   ")),
    "teams.is_active": FLAG,
    "teams.settings_json": JSON,
    "users.email": (("a@b",), ("", "ada", "@b", "a@")),
    "users.platform_role": (("admin", "member"), ("", "Admin", "owner")),
    "users.is_active": FLAG,
    "memberships.role": (("owner", "admin", "member"), ("", "guest")),
    "service_accounts.name": (("nightly",), ("", " ")),
    "service_accounts.is_active": FLAG,
    "api_keys.name": ((), ("", " ")),
    "api_keys.prefix": ((), ("", "1234567", "123456789")),
    "api_keys.scopes_json": JSON,
    "providers.slug": (("ab",), ("a", "x" * 41)),
    "providers.kind": (("anthropic", "bedrock", "openai", "openai_compatible"), ("", "other")),
    "providers.base_url": (
        ("https://a.example", "http://localhost:8080"),
        ("", "a.example", "ftp://a.example", "HTTPS://a.example"),
    ),
    "providers.config_json": JSON,
    "providers.is_enabled": FLAG,
    "models.context_tokens": ((1, 10_000_000), (0, -1)),
    "models.input_price_micros": ((0, 2**53), (-1,)),
    "models.output_price_micros": ((0, 1), (-1,)),
    "model_capabilities.limits_json": ((None, *JSON[0]), JSON[1]),
    "model_capabilities.capability": ((), ("", "Text", "telepathy")),
    "routes.name": (("chat",), ("", " ")),
    "routes.strategy": (("priority", "weighted", "lowest_latency"), ("", "random")),
    "routes.is_enabled": FLAG,
    "route_capabilities.capability": (("audio", "vision"), ("", "telepathy")),
    "route_capabilities.is_required": FLAG,
    "route_targets.priority": ((), (-1,)),
    "route_targets.weight": ((0.001, 1.0), (0.0, -0.5, 1.001)),
    "route_targets.timeout_ms": ((100, 600_000), (99, 600_001)),
    "route_targets.is_enabled": FLAG,
    "budgets.period": (("day", "week", "month", "total"), ("", "year")),
    "budgets.limit_micros": ((1, 2**53), (0, -1)),
    "budgets.is_hard": FLAG,
    "budgets.is_enabled": FLAG,
    "budget_alerts.threshold_percent": ((1, 100), (0, 101)),
    "budget_alerts.channel": (("email", "webhook"), ("", "pager")),
    "budget_alerts.recipient": (("ada@example.org",), ("", " ")),
    "request_logs.http_status": ((None, 100, 599), (99, 600)),
    "request_logs.is_streamed": FLAG,
    "request_logs.input_tokens": ((0, 2**40), (-1,)),
    "request_logs.output_tokens": ((0, 1), (-1,)),
    "request_logs.tags_json": JSON,
    "request_payloads.request_json": JSON,
    "request_payloads.response_json": ((None, *JSON[0]), JSON[1]),
    "request_payloads.is_redacted": FLAG,
    "request_attempts.attempt": ((), (0, -1)),
    "request_attempts.latency_ms": ((0, 1), (-1,)),
    "admin_audit.actor_label": (("Ada",), ("", " ")),
    "admin_audit.action": (("create", "update", "delete", "sign_in", "rotate"), ("", "read")),
    "admin_audit.before_json": ((None, *JSON[0]), JSON[1]),
    "admin_audit.after_json": ((None, *JSON[0]), JSON[1]),
}


@pytest.mark.parametrize("table", sorted({place.split(".")[0] for place in RULES}))
def test_a_column_takes_what_its_check_allows_and_nothing_else(
    store: Store, sample: Sample, table: str
) -> None:
    for place, (accepted, rejected) in RULES.items():
        if place.split(".")[0] != table:
            continue
        column = place.split(".")[1]
        for value in accepted:
            assert store.update(table, {}, **{column: value}) > 0, place
        for value in rejected:
            with refused(Refusal.CHECK):
                store.update(table, {}, **{column: value})


def test_a_team_is_not_its_own_parent(store: Store, sample: Sample) -> None:
    with refused(Refusal.CHECK, "teams_not_own_parent"):
        store.update("teams", {"id": sample.team}, parent_team_id=sample.team)


@pytest.mark.parametrize("table", ["teams", "routes"])
def test_nothing_is_updated_before_it_was_created(store: Store, sample: Sample, table: str) -> None:
    assert store.update(table, {}, updated_at=store.now()) == 1
    with refused(Refusal.CHECK, f"{table}_updated_after_created"):
        store.update(table, {}, updated_at=store.now() - 1)


def test_a_user_has_the_credential_of_the_way_they_sign_in(store: Store, sample: Sample) -> None:
    rule = "users_sign_in_has_credential"
    for change in (
        {"password_hash": None},
        {"sign_in": "oidc"},
        {"oidc_subject": "subject"},
        {"sign_in": "oidc", "oidc_subject": "subject"},
    ):
        with refused(Refusal.CHECK, rule):
            store.update("users", {}, **change)
    assert store.update("users", {}, sign_in="oidc", oidc_subject="subject", password_hash=None)


def test_a_key_has_exactly_one_owner(store: Store, sample: Sample) -> None:
    with refused(Refusal.CHECK, "api_keys_one_owner"):
        store.issue_api_key(sample.team, "of nobody")
    with refused(Refusal.CHECK, "api_keys_one_owner"):
        store.issue_api_key(
            sample.team, "of two", user=sample.user, service_account=sample.service_account
        )


def test_a_key_expires_and_is_revoked_after_its_creation(store: Store, sample: Sample) -> None:
    key, created = {"id": sample.user_key.id}, store.now()
    with refused(Refusal.CHECK, "api_keys_expires_after_created"):
        store.update("api_keys", key, expires_at=created)
    with refused(Refusal.CHECK, "api_keys_revoked_after_created"):
        store.update("api_keys", key, revoked_at=created - 1)
    assert store.update("api_keys", key, expires_at=created + 1, revoked_at=created) == 1


def test_a_model_does_not_succeed_itself_and_retires_after_its_creation(
    store: Store, sample: Sample
) -> None:
    model = {"id": sample.model}
    with refused(Refusal.CHECK, "models_not_own_successor"):
        store.update("models", model, successor_model_id=sample.model)
    with refused(Refusal.CHECK, "models_retired_after_created"):
        store.update("models", model, retired_at=store.now() - 1)
    assert store.update("models", model, retired_at=store.now()) == 1


def test_a_route_does_not_fall_back_on_itself(store: Store, sample: Sample) -> None:
    with refused(Refusal.CHECK, "routes_not_own_fallback"):
        store.update("routes", {"id": sample.route}, fallback_route_id=sample.route)


def test_a_budget_ends_after_it_starts(store: Store, sample: Sample) -> None:
    with refused(Refusal.CHECK, "budgets_ends_after_starts"):
        store.update("budgets", {}, ends_at=store.now())
    assert store.update("budgets", {}, ends_at=store.now() + 1) == 1


def test_a_request_is_finished_unless_it_is_pending(store: Store, sample: Sample) -> None:
    rule = "request_logs_finished_unless_pending"
    for change in ({"status": "pending"}, {"finished_at": None}):
        with refused(Refusal.CHECK, rule):
            store.update("request_logs", {}, **change)
    with refused(Refusal.CHECK, "request_logs_finished_after_started"):
        store.update("request_logs", {}, finished_at=store.now() - 1)
    with refused(Refusal.CHECK):
        store.update("request_logs", {}, status="lost")
    for status in ("succeeded", "failed", "cancelled"):
        assert store.update("request_logs", {}, status=status) == 1


def test_an_attempt_has_an_error_unless_it_succeeded(store: Store, sample: Sample) -> None:
    last = {"request_id": sample.request, "attempt": 2}
    for change in ({"outcome": "timed_out"}, {"error_code": "overloaded"}):
        with refused(Refusal.CHECK, "request_attempts_error_unless_succeeded"):
            store.update("request_attempts", last, **change)
    with refused(Refusal.CHECK):
        store.update("request_attempts", last, outcome="lost", error_code="lost")
    assert store.update("request_attempts", last, outcome="timed_out", error_code="slow") == 1


# table: (the least that a row needs, what the defaults add to it); parents come first
LEAST: dict[str, tuple[dict[str, object], dict[str, object]]] = {
    "teams": (
        {"id": "t", "slug": "tt", "name": "T", "created_at": 1, "updated_at": 1},
        {"is_active": 1, "settings_json": "{}", "parent_team_id": None},
    ),
    "users": (
        {"id": "u", "email": "u@u", "password_hash": "-", "created_at": 1},
        {"display_name": "", "platform_role": "member", "sign_in": "password", "is_active": 1},
    ),
    "memberships": ({"team_id": "t", "user_id": "u", "joined_at": 1}, {"role": "member"}),
    "service_accounts": (
        {"id": "a", "team_id": "t", "name": "A", "created_at": 1},
        {"description": "", "is_active": 1},
    ),
    "api_keys": (
        {"id": "k", "team_id": "t", "owner_user_id": "u", "name": "K", "prefix": "12345678",
         "secret_hash": "-", "created_at": 1},
        {"scopes_json": "[]", "expires_at": None, "revoked_at": None},
    ),
    "providers": (
        {"id": "p", "slug": "pp", "kind": "openai", "base_url": "https://p", "created_at": 1},
        {"config_json": "{}", "is_enabled": 1},
    ),
    "models": (
        {"id": "m", "provider_id": "p", "upstream_name": "m", "context_tokens": 1,
         "created_at": 1},
        {"input_price_micros": 0, "output_price_micros": 0, "retired_at": None},
    ),
    "routes": (
        {"id": "r", "name": "R", "created_at": 1, "updated_at": 1},
        {"strategy": "priority", "is_enabled": 1, "team_id": None},
    ),
    "route_capabilities": ({"route_id": "r", "capability": "text"}, {"is_required": 1}),
    "route_targets": (
        {"route_id": "r", "model_id": "m", "priority": 0},
        {"weight": 1.0, "timeout_ms": 60_000, "is_enabled": 1},
    ),
    "budgets": (
        {"id": "b", "team_id": "t", "period": "day", "limit_micros": 1, "starts_at": 1},
        {"is_hard": 1, "is_enabled": 1, "ends_at": None},
    ),
    "budget_alerts": (
        {"id": "w", "budget_id": "b", "threshold_percent": 1, "channel": "email",
         "recipient": "u@u"},
        {"last_fired_at": None},
    ),
    "request_logs": (
        {"id": "q", "team_id": "t", "requested_name": "R", "started_at": 1},
        {"status": "pending", "is_streamed": 0, "input_tokens": 0, "output_tokens": 0,
         "tags_json": "{}", "http_status": None},
    ),
    "request_payloads": (
        {"request_id": "q", "request_json": "{}", "expires_at": 1},
        {"is_redacted": 0, "response_json": None},
    ),
    "request_attempts": (
        {"request_id": "q", "attempt": 1, "model_id": "m", "outcome": "succeeded",
         "started_at": 1, "latency_ms": 0},
        {"error_code": None},
    ),
    "admin_audit": (
        {"id": "x", "actor_label": "U", "action": "create", "object_kind": "team",
         "object_id": "t", "occurred_at": 1},
        {"actor_user_id": None, "before_json": None, "after_json": None},
    ),
    "usage_ledger": (
        {"id": "e", "team_id": "t", "model_id": "m", "cost_micros": 1, "occurred_at": 1},
        {"kind": "charge", "input_tokens": 0, "output_tokens": 0, "corrects_entry_id": None},
    ),
}  # fmt: skip


def test_defaults_complete_the_least_that_a_row_needs(store: Store) -> None:
    for table, (least, defaults) in LEAST.items():
        store.insert(table, **least)
        for column, expected in defaults.items():
            value = store.value(table, column)
            assert (value, type(value)) == (expected, type(expected)), (table, column)


def test_a_value_of_the_wrong_type_is_refused_in_every_table(store: Store) -> None:
    for table, (least, defaults) in LEAST.items():
        numbers = [
            column for column, value in (least | defaults).items() if isinstance(value, int | float)
        ]
        for column in numbers:
            with refused(Refusal.TYPE):
                store.insert(table, **{**least, column: "soon"})
        store.insert(table, **least)


REQUIRED = {
    "teams": "id slug name is_active settings_json created_at updated_at",
    "users": "id email display_name platform_role sign_in is_active created_at",
    "memberships": "team_id user_id role joined_at",
    "service_accounts": "id team_id name description is_active created_at",
    "api_keys": "id team_id name prefix secret_hash scopes_json created_at",
    "providers": "id slug kind base_url config_json is_enabled created_at",
    "models": "id provider_id upstream_name context_tokens input_price_micros"
    " output_price_micros created_at",
    "model_capabilities": "model_id capability",
    "routes": "id name strategy is_enabled created_at updated_at",
    "route_capabilities": "route_id capability is_required",
    "route_targets": "route_id model_id priority weight timeout_ms is_enabled",
    "budgets": "id team_id period limit_micros is_hard is_enabled starts_at",
    "budget_alerts": "id budget_id threshold_percent channel recipient",
    "request_logs": "id team_id requested_name status is_streamed input_tokens output_tokens"
    " tags_json started_at",
    "request_payloads": "request_id request_json is_redacted expires_at",
    "request_attempts": "request_id attempt model_id outcome started_at latency_ms",
    "admin_audit": "id actor_label action object_kind object_id occurred_at",
}


@pytest.mark.parametrize("table", REQUIRED)
def test_what_must_be_known_is_not_null(store: Store, sample: Sample, table: str) -> None:
    for column in REQUIRED[table].split():
        with refused(Refusal.NOT_NULL, column):
            store.update(table, {}, **{column: None})


@pytest.mark.parametrize(
    "column",
    "id team_id model_id kind input_tokens output_tokens cost_micros occurred_at".split(),
)
def test_what_the_ledger_must_know_is_not_null(store: Store, sample: Sample, column: str) -> None:
    entry: dict[str, object] = {
        "id": "entry", "team_id": sample.team, "model_id": sample.model, "kind": "charge",
        "input_tokens": 0, "output_tokens": 0, "cost_micros": 1, "occurred_at": store.now(),
    }  # fmt: skip
    store.insert("usage_ledger", **entry)
    with refused(Refusal.NOT_NULL, column):
        store.insert("usage_ledger", **{**entry, "id": "another", column: None})
