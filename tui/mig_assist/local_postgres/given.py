"""A PostgreSQL of the user's own, given by its URL; used, never started or stopped."""

from __future__ import annotations

import time
from pathlib import Path

from mig_assist.errors import EnvironmentLacks
from mig_assist.local_postgres.probe import NoAnswer, ask_version, listens
from mig_assist.local_postgres.settings import LocalServer, OnEvent, PostgresSettings, Source
from mig_assist.local_postgres.urls import PostgresUrl, redact_url, require_usable

_DEFAULT_PORT = 5432
_POLL_SECONDS = 0.2


class GivenUrl:
    """The server that the configuration or the environment names."""

    source = Source.URL

    def unavailable(self, settings: PostgresSettings) -> str | None:
        """Why this source cannot be used; None where it can."""
        if settings.url is None:
            return "no URL is given, neither in mig-assist.toml nor in POSTGRES_URL"
        if settings.start_task is not None and settings.source is None:
            parts = require_usable(settings.url, allow_remote=settings.allow_remote)
            if not _may_listen(parts):
                return f"nothing answers at {redact_url(settings.url)} yet"
        return None

    def start(self, root: Path, settings: PostgresSettings, on_event: OnEvent) -> LocalServer:
        """Make sure that the given server answers.

        Raises:
            WrongUse: the URL is malformed, or leads elsewhere and that is not allowed.
            EnvironmentLacks: the server does not answer, or does not let us in.
        """
        del root, on_event
        return reach(settings, self.source)

    def running(self, root: Path, settings: PostgresSettings) -> LocalServer | None:
        """The given server, if it answers.

        Raises:
            WrongUse: the URL is malformed, or leads elsewhere and that is not allowed.
        """
        del root
        return reach_if_there(settings, self.source)


def reach(settings: PostgresSettings, source: Source, patience: float = 0.0) -> LocalServer:
    """The server at the given URL, for which ``patience`` seconds are waited.

    Raises:
        WrongUse: the URL is malformed, or leads elsewhere and that is not allowed.
        EnvironmentLacks: the server does not answer, or does not let us in.
    """
    url = settings.url or ""
    parts = require_usable(url, allow_remote=settings.allow_remote)
    if settings.test_url:
        require_usable(settings.test_url, allow_remote=settings.allow_remote)
    deadline = time.monotonic() + patience
    while True:
        reason = "Nothing listens there."
        if _may_listen(parts):
            try:
                version = ask_version(url)
            except NoAnswer as error:
                reason = error.reason
            else:
                break
        if time.monotonic() >= deadline:
            raise EnvironmentLacks(
                f"No PostgreSQL answers at {redact_url(url)}",
                reason,
                "Start that server or correct the URL; or unset POSTGRES_URL and"
                " [postgres] url, and mig-assist starts a server itself.",
            )
        time.sleep(_POLL_SECONDS)
    return LocalServer(
        source=source,
        version=version,
        url=url,
        test_url=settings.test_url or url,
        description=f"{_KINDS[source]} PostgreSQL {version} at {redact_url(url)}",
    )


def reach_if_there(settings: PostgresSettings, source: Source) -> LocalServer | None:
    """The server at the given URL, or None where there is no URL or no answer.

    Raises:
        WrongUse: the URL is malformed, or leads elsewhere and that is not allowed.
    """
    if settings.url is None:
        return None
    try:
        return reach(settings, source)
    except EnvironmentLacks:
        return None


_KINDS = {Source.URL: "given", Source.TASK: "the workspace's own"}


def _may_listen(parts: PostgresUrl) -> bool:
    """False where surely nothing listens; asking that first spares loading the driver."""
    if len(parts.addresses) != 1 or parts.parameters:
        return True
    host, port = parts.addresses[0]
    return not host or host.startswith(("/", "@")) or listens(host, port or _DEFAULT_PORT)
