"""The gateway's repository layer: one set of statements, which both backends run.

Statements are written with ``?`` as the placeholder; :meth:`Store.execute` and
:meth:`Store.query` are the only place that knows what the backend calls it. Ids are text, times
are unix seconds from the store's clock, money is in millionths of a dollar, flags are 0 or 1.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mig_assist.backend import Backend
from mig_assist.engines.database import Database

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new API key; the secret is known only now, the store keeps its hash."""

    id: str
    secret: str


@dataclass(frozen=True, slots=True)
class Target:
    """A model behind a route, as the gateway tries it."""

    model_id: str
    priority: int
    weight: float


class Store:
    """Reads and writes of the gateway.

    Args:
        database: an open database with every migration applied.
        clock: the current time in unix seconds.
    """

    def __init__(self, database: Database, clock: Callable[[], int] = lambda: int(time.time())):
        self.database = database
        self.now = clock

    # Statements -------------------------------------------------------------------------------

    def query(self, sql: str, *parameters: object) -> list[Row]:
        """The rows of a SELECT that is written with ``?`` placeholders."""
        return self.database.query(self._in_dialect(sql), parameters)

    def execute(self, sql: str, *parameters: object) -> int:
        """Run a statement that is written with ``?`` placeholders; returns the rows it changed."""
        return self.database.execute(self._in_dialect(sql), parameters)

    def insert(self, table: str, **values: object) -> None:
        """Insert one row; columns that are not named take their defaults."""
        marks = ", ".join("?" * len(values))
        self.execute(
            f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", *values.values()
        )

    def update(self, table: str, where: Mapping[str, object], **values: object) -> int:
        """Change the rows whose columns equal ``where``; returns how many there were."""
        settings = ", ".join(f"{column} = ?" for column in values)
        return self.execute(
            f"UPDATE {table} SET {settings}{_matching(where)}", *values.values(), *where.values()
        )

    def delete(self, table: str, **where: object) -> int:
        """Delete the rows whose columns equal ``where``; returns how many there were."""
        return self.execute(f"DELETE FROM {table}{_matching(where)}", *where.values())

    def count(self, table: str, **where: object) -> int:
        """How many rows have columns that equal ``where``."""
        [(number,)] = self.query(f"SELECT count(*) FROM {table}{_matching(where)}", *where.values())
        return int(number)

    def value(self, table: str, column: str, **where: object) -> Any:
        """One column of the single row whose columns equal ``where``."""
        [(value,)] = self.query(f"SELECT {column} FROM {table}{_matching(where)}", *where.values())
        return value

    def _in_dialect(self, sql: str) -> str:
        return sql.replace("?", "%s") if self.database.backend is Backend.POSTGRES else sql

    # Ownership and identity -------------------------------------------------------------------

    def add_team(self, slug: str, *, parent: str | None = None) -> str:
        """Create a team, optionally below another one."""
        team = new_id("team")
        now = self.now()
        self.insert(
            "teams",
            id=team, slug=slug, name=slug.title(), parent_team_id=parent,
            created_at=now, updated_at=now,
        )  # fmt: skip
        return team

    def delete_team(self, team: str) -> bool:
        """Delete a team with all it owns; refused while the ledger has entries for it."""
        return self.delete("teams", id=team) == 1

    def add_user(self, email: str, *, platform_role: str = "member") -> str:
        """Create a user who signs in with a password."""
        user = new_id("user")
        self.insert(
            "users",
            id=user, email=email.lower(), platform_role=platform_role,
            password_hash=_hash(secrets.token_hex()), created_at=self.now(),
        )  # fmt: skip
        return user

    def find_user(self, email: str) -> str | None:
        """The id of the user with this address, in whatever case it is written."""
        return _first_id(self.query("SELECT id FROM users WHERE email = ?", email.lower()))

    def add_member(
        self, team: str, user: str, role: str = "member", *, invited_by: str | None = None
    ) -> None:
        """Make a user a member of a team."""
        self.insert(
            "memberships",
            team_id=team, user_id=user, role=role,
            invited_by_user_id=invited_by, joined_at=self.now(),
        )  # fmt: skip

    def add_service_account(self, team: str, name: str) -> str:
        """Create a service account of a team."""
        account = new_id("account")
        self.insert("service_accounts", id=account, team_id=team, name=name, created_at=self.now())
        return account

    def issue_api_key(
        self,
        team: str,
        name: str,
        *,
        user: str | None = None,
        service_account: str | None = None,
        scopes: Sequence[str] = (),
        expires_at: int | None = None,
        rotated_from: str | None = None,
    ) -> IssuedKey:
        """Issue a key for a member or a service account of the team."""
        key = IssuedKey(new_id("key"), secrets.token_urlsafe(24))
        self.insert(
            "api_keys",
            id=key.id, team_id=team, name=name,
            owner_user_id=user, owner_service_account_id=service_account,
            prefix=secrets.token_hex(4), secret_hash=_hash(key.secret),
            scopes_json=json.dumps(list(scopes)), rotated_from_key_id=rotated_from,
            created_at=self.now(), expires_at=expires_at,
        )  # fmt: skip
        return key

    def revoke_api_key(self, key: str) -> bool:
        """End a key; false where it does not exist or was revoked before."""
        changed = self.execute(
            "UPDATE api_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
            self.now(), key,
        )  # fmt: skip
        return changed == 1

    def find_api_key(self, secret: str) -> str | None:
        """The id of the live key with this secret: neither revoked nor expired."""
        return _first_id(
            self.query(
                "SELECT id FROM api_keys WHERE secret_hash = ? AND revoked_at IS NULL"
                " AND (expires_at IS NULL OR expires_at > ?)",
                _hash(secret), self.now(),
            )
        )  # fmt: skip

    # Providers, models and routes -------------------------------------------------------------

    def add_provider(self, slug: str, *, kind: str = "openai_compatible") -> str:
        """Register an upstream provider."""
        provider = new_id("provider")
        self.insert(
            "providers",
            id=provider, slug=slug, kind=kind, base_url=f"https://{slug}.example/v1",
            created_at=self.now(),
        )  # fmt: skip
        return provider

    def add_model(
        self,
        provider: str,
        upstream_name: str,
        *,
        capabilities: Iterable[str] = ("text",),
        input_price_micros: int = 0,
        output_price_micros: int = 0,
    ) -> str:
        """Register a model with what it can do and its prices per million tokens."""
        model = new_id("model")
        self.insert(
            "models",
            id=model, provider_id=provider, upstream_name=upstream_name, context_tokens=128_000,
            input_price_micros=input_price_micros, output_price_micros=output_price_micros,
            created_at=self.now(),
        )  # fmt: skip
        for capability in capabilities:
            self.insert("model_capabilities", model_id=model, capability=capability)
        return model

    def retire_model(self, model: str, *, successor: str | None = None) -> None:
        """Take a model out of every route without forgetting it."""
        self.update("models", {"id": model}, retired_at=self.now(), successor_model_id=successor)

    def define_route(
        self,
        name: str,
        models: Sequence[str],
        *,
        team: str | None = None,
        capabilities: Iterable[str] = (),
        strategy: str = "priority",
        fallback: str | None = None,
    ) -> str:
        """Define a route over models, the preferred one first; shared where no team is given."""
        route = new_id("route")
        now = self.now()
        self.insert(
            "routes",
            id=route, team_id=team, name=name, strategy=strategy, fallback_route_id=fallback,
            created_at=now, updated_at=now,
        )  # fmt: skip
        for priority, model in enumerate(models):
            self.insert("route_targets", route_id=route, model_id=model, priority=priority)
        for capability in capabilities:
            self.insert("route_capabilities", route_id=route, capability=capability)
        return route

    def find_route(self, name: str, team: str) -> str | None:
        """The enabled route that a team means by a name: its own, else the shared one."""
        return _first_id(
            self.query(
                "SELECT id FROM routes"
                " WHERE name = ? AND is_enabled = 1 AND (team_id = ? OR team_id IS NULL)"
                " ORDER BY CASE WHEN team_id IS NULL THEN 1 ELSE 0 END",
                name, team,
            )
        )  # fmt: skip

    def route_targets(self, route: str) -> list[Target]:
        """What the gateway tries for a route, in order; retired models are left out."""
        rows = self.query(
            "SELECT t.model_id, t.priority, t.weight FROM route_targets AS t"
            " JOIN models AS m ON m.id = t.model_id"
            " WHERE t.route_id = ? AND t.is_enabled = 1 AND m.retired_at IS NULL"
            " ORDER BY t.priority",
            route,
        )
        return [Target(*row) for row in rows]

    # Budgets ----------------------------------------------------------------------------------

    def set_budget(
        self, team: str, period: str, limit_micros: int, *, api_key: str | None = None
    ) -> str:
        """Set the limit of a team, or of one of its keys, in place of the one it had."""
        self.execute(
            "UPDATE budgets SET is_enabled = 0 WHERE team_id = ?"
            " AND coalesce(api_key_id, '') = ? AND period = ? AND is_enabled = 1",
            team, api_key or "", period,
        )  # fmt: skip
        budget = new_id("budget")
        self.insert(
            "budgets",
            id=budget, team_id=team, api_key_id=api_key, period=period,
            limit_micros=limit_micros, starts_at=self.now(),
        )  # fmt: skip
        return budget

    def add_budget_alert(self, budget: str, threshold_percent: int, recipient: str) -> str:
        """Send mail once spending reaches a share of the budget."""
        alert = new_id("alert")
        self.insert(
            "budget_alerts",
            id=alert, budget_id=budget, threshold_percent=threshold_percent,
            channel="email", recipient=recipient,
        )  # fmt: skip
        return alert

    def reached_alerts(self, budget: str) -> list[str]:
        """The alerts of a budget whose threshold its spending has reached, lowest first."""
        [(team, key, starts_at)] = self.query(
            "SELECT team_id, api_key_id, starts_at FROM budgets WHERE id = ?", budget
        )
        rows = self.query(
            "SELECT a.id FROM budget_alerts AS a JOIN budgets AS b ON b.id = a.budget_id"
            " WHERE a.budget_id = ? AND b.limit_micros * a.threshold_percent <= ? * 100"
            " ORDER BY a.threshold_percent",
            budget, self.spend_since(team, starts_at, api_key=key),
        )  # fmt: skip
        return [alert for (alert,) in rows]

    # Request log and usage ledger -------------------------------------------------------------

    def log_request(
        self,
        team: str,
        requested_name: str,
        *,
        api_key: str | None = None,
        route: str | None = None,
        payload: object | None = None,
    ) -> str:
        """Begin the log of a request, with its body where the team keeps bodies."""
        request = new_id("request")
        now = self.now()
        self.insert(
            "request_logs",
            id=request, team_id=team, api_key_id=api_key, route_id=route,
            requested_name=requested_name, started_at=now,
        )  # fmt: skip
        if payload is not None:
            self.insert(
                "request_payloads",
                request_id=request, request_json=json.dumps(payload), expires_at=now + 86400,
            )  # fmt: skip
        return request

    def log_attempt(
        self, request: str, model: str, *, error_code: str | None = None, latency_ms: int = 0
    ) -> int:
        """Log the next try of a model for a request; returns its number."""
        attempt = self.count("request_attempts", request_id=request) + 1
        self.insert(
            "request_attempts",
            request_id=request, attempt=attempt, model_id=model,
            outcome="failed" if error_code else "succeeded", error_code=error_code,
            started_at=self.now(), latency_ms=latency_ms,
        )  # fmt: skip
        return attempt

    def finish_request(self, request: str, status: str, *, http_status: int = 200) -> None:
        """Complete the log of a request."""
        self.update(
            "request_logs", {"id": request},
            status=status, http_status=http_status, finished_at=self.now(),
        )  # fmt: skip

    def purge_requests(self, before: int) -> int:
        """Delete the log of requests that started before a time; the ledger stays."""
        return self.execute("DELETE FROM request_logs WHERE started_at < ?", before)

    def record_usage(
        self,
        team: str,
        model: str,
        cost_micros: int,
        *,
        api_key: str | None = None,
        request: str | None = None,
    ) -> str:
        """Book what a request cost."""
        entry = new_id("entry")
        self.insert(
            "usage_ledger",
            id=entry, team_id=team, model_id=model, api_key_id=api_key, request_id=request,
            cost_micros=cost_micros, occurred_at=self.now(),
        )  # fmt: skip
        return entry

    def adjust_usage(self, entry: str, cost_micros: int) -> str:
        """Correct an entry by a new one; ``cost_micros`` is what to add, often negative."""
        adjustment = new_id("entry")
        self.execute(
            "INSERT INTO usage_ledger"
            " (id, kind, corrects_entry_id, team_id, api_key_id, model_id, cost_micros,"
            " occurred_at)"
            " SELECT ?, 'adjustment', id, team_id, api_key_id, model_id, ?, ?"
            " FROM usage_ledger WHERE id = ?",
            adjustment, cost_micros, self.now(), entry,
        )  # fmt: skip
        return adjustment

    def spend_since(self, team: str, since: int, *, api_key: str | None = None) -> int:
        """What a team, or one of its keys, spent from a time on."""
        # Without the cast PostgreSQL's sum of BIGINT is NUMERIC, a Decimal in Python.
        sql = (
            "SELECT CAST(coalesce(sum(cost_micros), 0) AS BIGINT) FROM usage_ledger"
            " WHERE team_id = ? AND occurred_at >= ?"
        )
        if api_key is None:
            [(spent,)] = self.query(sql, team, since)
        else:
            [(spent,)] = self.query(f"{sql} AND api_key_id = ?", team, since, api_key)
        return int(spent)

    def daily_spend(self, team: str) -> list[Row]:
        """``(day_starts_at, entries, cost_micros)`` of each day with entries, oldest first."""
        return self.query(
            "SELECT day_starts_at, entries, cost_micros FROM team_daily_spend"
            " WHERE team_id = ? ORDER BY day_starts_at",
            team,
        )

    # Administration ---------------------------------------------------------------------------

    def record_audit(
        self, actor: str, action: str, object_kind: str, object_id: str, after: object = None
    ) -> str:
        """Record what an administrator did to an object."""
        entry = new_id("audit")
        self.insert(
            "admin_audit",
            id=entry, actor_user_id=actor, actor_label=self.value("users", "email", id=actor),
            action=action, object_kind=object_kind, object_id=object_id,
            after_json=json.dumps(after), occurred_at=self.now(),
        )  # fmt: skip
        return entry

    def audit_trail(self, object_kind: str, object_id: str) -> list[Row]:
        """``(actor_label, action, occurred_at)`` of an object, newest first."""
        return self.query(
            "SELECT actor_label, action, occurred_at FROM admin_audit"
            " WHERE object_kind = ? AND object_id = ? ORDER BY occurred_at DESC",
            object_kind, object_id,
        )  # fmt: skip


def new_id(kind: str) -> str:
    """A new id that tells what it is of, such as ``team_9f0c…``."""
    return f"{kind}_{secrets.token_hex(8)}"


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _matching(where: Mapping[str, object]) -> str:
    return f" WHERE {' AND '.join(f'{column} = ?' for column in where)}" if where else ""


def _first_id(rows: list[Row]) -> str | None:
    return str(rows[0][0]) if rows else None
