"""Where a PostgreSQL comes from: a given URL, the workspace's own task, embedded, or Docker.

Importing this package is cheap: neither psycopg nor docker is loaded before it is needed.
"""

from mig_assist.local_postgres.manager import (
    follow_log,
    log_text,
    remove,
    require_own,
    reset,
    running,
    start,
    stop,
    watch,
)
from mig_assist.local_postgres.settings import (
    LocalServer,
    PostgresSettings,
    Source,
    settings_for,
)
from mig_assist.local_postgres.urls import is_local, redact_url

__all__ = [
    "LocalServer",
    "PostgresSettings",
    "Source",
    "follow_log",
    "is_local",
    "log_text",
    "redact_url",
    "remove",
    "require_own",
    "reset",
    "running",
    "settings_for",
    "start",
    "stop",
    "watch",
]
