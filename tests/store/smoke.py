"""The PostgreSQL path from end to end, the way a gateway would use it; leaves nothing behind.

It takes the server of POSTGRES_URL, else the workspace's own local one, which it starts and stops
again where it does not run yet. In a scratch database on it the command line migrates and reports,
and the repository layer writes and reads.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from harness import ROOT, Clock
from mig_assist.engines.postgres import open_postgres
from mig_assist.engines.scratch import scratch_url
from mig_assist.errors import MigAssistError
from mig_assist.local_postgres import running, settings_for, start, stop
from mig_assist.process import run_command
from mig_assist.workspace import open_workspace
from repository import Store
from sample import populate


class SmokeFailed(MigAssistError):
    """A step did not do what it should."""


def main() -> int:
    """Run every step; the exit status is 0 only if all of them succeeded."""
    try:
        with ExitStack() as cleanup:
            run_steps(cleanup)
    except MigAssistError as error:
        print(f"\nThe smoke test failed.\n{error}", file=sys.stderr)
        return error.exit_code
    print("The PostgreSQL path works.")
    return 0


def run_steps(cleanup: ExitStack) -> None:
    """Every step in order; what they leave behind is registered with ``cleanup``."""
    with step("find or start a PostgreSQL"):
        server = postgres_server(cleanup)
    with step("create a scratch database"):
        url = cleanup.enter_context(scratch_url(server))
    with step("mig-assist migrate --apply"):
        mig_assist("migrate", "--backend", "postgres", "--apply", url=url)
    with step("mig-assist migrate --check"):
        mig_assist("migrate", "--backend", "postgres", "--check", url=url)
    with step("mig-assist migrate --status"):
        mig_assist("migrate", "--backend", "postgres", "--status", url=url)
    database = cleanup.enter_context(open_postgres(url))
    store = Store(database, Clock())
    with step("write through the repository layer"):
        sample = populate(store)
    with step("read it back"):
        require(store.find_api_key(sample.user_key.secret) == sample.user_key.id, "the API key")
        require(store.find_route("chat", sample.team) == sample.route, "the route")
        require(len(store.route_targets(sample.route)) == 2, "the route's targets")
        require(store.spend_since(sample.team, 0) == 1_250, "the spending")
    with step("refuse what the schema forbids"):
        try:
            store.delete_team(sample.team)
        except MigAssistError:
            pass
        else:
            raise SmokeFailed("A team with ledger entries could be deleted")


def postgres_server(cleanup: ExitStack) -> str:
    """The URL of a server; one that had to be started is stopped by ``cleanup``."""
    settings = settings_for(open_workspace(ROOT), os.environ)
    server = running(ROOT, settings)
    if server is None:
        server = start(ROOT, settings)
        cleanup.callback(stop, ROOT, settings)
        cleanup.callback(print, "  stop the PostgreSQL that was started for this")
    print(f"({server.description}) ", end="")
    return server.url


def mig_assist(*arguments: str, url: str) -> None:
    """Run the command line on the scratch database."""
    completed = run_command(
        [sys.executable, "-m", "mig_assist", *arguments], cwd=ROOT, env={"POSTGRES_URL": url}
    )
    if completed.exit_status != 0:
        raise SmokeFailed(
            f"mig-assist {' '.join(arguments)} ended with {completed.exit_status}", completed.text
        )


def require(condition: bool, what: str) -> None:
    """Fail unless ``condition`` holds."""
    if not condition:
        raise SmokeFailed(f"{what.capitalize()} could not be read back as it was written")


@contextmanager
def step(name: str) -> Iterator[None]:
    """Print a step's name, and how long it took once it is done."""
    print(f"  {name} ... ", end="", flush=True)
    started = time.monotonic()
    yield
    print(f"{(time.monotonic() - started) * 1000:.0f} ms", flush=True)


if __name__ == "__main__":
    sys.exit(main())
