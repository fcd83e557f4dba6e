"""PostgreSQL's statements that libsql has no words for: which matter there, and which do not.

What only PostgreSQL's storage, planner, locks, catalog or sessions notice is left out, and a plain
comment says why. What changes who sees which rows, what is done when, or what else there is, asks.

| statement | here | manual (https://www.postgresql.org/docs/current/…) |
| --- | --- | --- |
| COMMENT, SECURITY LABEL | left out: no effect on rows | sql-comment, sql-security-label |
| EXTENSION, SCHEMA, STATISTICS | left out: their uses are marked | extend-extensions |
| SET of limits and of the planner | left out | runtime-config-client, runtime-config-query |
| SET search_path, session_replication_role, TIME ZONE | asks | runtime-config-client |
| SET CONSTRAINTS ALL DEFERRED | PRAGMA defer_foreign_keys | sql-set-constraints |
| LOCK | left out: a writer has the database to itself | sql-lock |
| ANALYZE, REINDEX | the same words | sql-analyze, sql-reindex |
| VACUUM, CLUSTER, CHECKPOINT | left out: only where rows lie | sql-vacuum, sql-cluster |
| GRANT, roles, owners | left out: everybody may do everything | sql-grant |
| REVOKE, POLICY, ROW LEVEL SECURITY | asks: libsql hides nothing | ddl-rowsecurity |
| NOTIFY, DO, CALL, COPY, RULE … | asks: it does something | sql-notify, sql-do, sql-createrule |
"""

from __future__ import annotations

from collections.abc import Sequence

from mig_assist.draft.derive.outcome import Outcome, nothing, without_counterpart

_PLACE = "libsql keeps rows where it likes."
_MAY = "Whoever opens the file may do everything on libsql."
_HARMLESS = {
    "COMMENT": "libsql keeps no comments in its catalog.",
    "SECURITY": "libsql has no labels.",
    "GRANT": _MAY,
    "LOCK": "A writer has libsql's database to itself.",
    "VACUUM": _PLACE,
    "CLUSTER": _PLACE,
    "CHECKPOINT": _PLACE,
    "LISTEN": "libsql has no notifications.",
    "UNLISTEN": "libsql has no notifications.",
    "REASSIGN": "libsql has no owners.",
    "SHOW": "This only shows a setting.",
    "EXPLAIN": "This only shows a plan.",
    "DISCARD": "This is about PostgreSQL's session.",
    "DEALLOCATE": "This is about PostgreSQL's session.",
    "LOAD": "This is about PostgreSQL's session.",
}
_HARMLESS_OBJECTS = {
    "EXTENSION": "libsql has no extensions.",
    "SCHEMA": "libsql has no schemas.",
    "STATISTICS": "libsql has no statistics of several columns.",
    "ROLE": _MAY,
    "USER": _MAY,
    "GROUP": _MAY,
    "PUBLICATION": "libsql publishes nothing.",
    "TABLESPACE": _PLACE,
    "SYSTEM": "This is about PostgreSQL's server.",
    "DATABASE": "This is about PostgreSQL's database.",
}
_ASKS = {
    "REVOKE": "libsql has no privileges: whoever opens the file may still do this.",
    "DO": "libsql has no procedural code: write what this block does.",
    "CALL": "libsql has no procedures: write what this one does.",
    "NOTIFY": "libsql has no notifications: tell the listeners some other way.",
    "REFRESH": "libsql has no materialized views.",
    "COPY": "libsql has no COPY: write the rows as INSERT.",
}
_ROWS = "libsql hides no rows: let the application's queries do so."
_OF_THE_PLANNER = (
    "lock_timeout statement_timeout idle_in_transaction_session_timeout transaction_timeout "
    "deadlock_timeout client_min_messages client_encoding check_function_bodies "
    "standard_conforming_strings xmloption row_security default_tablespace temp_tablespaces "
    "default_table_access_method default_with_oids default_toast_compression work_mem "
    "maintenance_work_mem max_parallel_maintenance_workers max_parallel_workers_per_gather "
    "temp_buffers synchronous_commit application_name role vacuum_cost_delay "
    "log_min_duration_statement jit session_authorization authorization"
)
_SETTINGS = frozenset(_OF_THE_PLANNER.split())


def left_out(words: Sequence[str]) -> Outcome | None:
    """What becomes of a statement that libsql has no words for; None for another one.

    Args:
        words: its keywords and signs, upper case; names folded.
    """
    first, second, *_ = (*words, "", "")
    if first in ("SET", "RESET"):
        return _setting(words)
    if first in ("ANALYZE", "ANALYSE", "REINDEX"):
        return None
    if first in _HARMLESS:
        return nothing(_HARMLESS[first])
    if first in _ASKS:
        return without_counterpart(_ASKS[first])
    if first not in ("CREATE", "ALTER", "DROP"):
        return None
    if second == "POLICY":
        return without_counterpart(_ROWS)
    if first == "ALTER" and second == "DEFAULT" and "PRIVILEGES" in words:
        return nothing(_MAY) if "GRANT" in words else without_counterpart(_ASKS["REVOKE"])
    if first == "ALTER" and second not in ("TABLE", "") and words[-3:-1] == ["OWNER", "TO"]:
        return nothing("libsql has no owners.")
    if second in _HARMLESS_OBJECTS:
        return nothing(_HARMLESS_OBJECTS[second])
    return None


def _setting(words: Sequence[str]) -> Outcome:
    name, rest = (*words, "", "")[1], words[2:]
    if name in ("LOCAL", "SESSION") and rest:
        name, rest = rest[0], rest[1:]
    if name == "CONSTRAINTS":
        if "DEFERRED" in rest:
            return Outcome("PRAGMA defer_foreign_keys = ON")
        return Outcome("PRAGMA defer_foreign_keys = OFF")
    folded = name.lower()
    if folded in _SETTINGS or folded.startswith(("enable_", "autovacuum_", "log_")):
        return nothing("libsql needs no such setting.")
    if folded == "search_path":
        known = {"public", "pg_catalog", "", "to", "=", ",", "default", "$user", "'public'", "''"}
        if {word.lower() for word in rest} <= known:
            return nothing("libsql has no schemas.")
    if words[:1] == ["RESET"]:
        return nothing("libsql needs no such setting.")
    return without_counterpart(f"libsql has no setting like {folded}, which may change results.")
