"""One PostgreSQL data folder: made, started, stopped, mended.

It is a development server: nothing is flushed to disk (``fsync`` and ``full_page_writes`` are
off; manual, 14.5 "Non-Durable Settings"), little memory is taken, and it listens on 127.0.0.1
only. Its data may not survive a crash of the machine. It does survive a killed server:
``synchronous_commit`` stays on, which costs next to nothing where nothing is flushed.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mig_assist.errors import EnvironmentLacks
from mig_assist.local_postgres.account import Account
from mig_assist.local_postgres.installation import MAJOR_VERSION, Installation, environment
from mig_assist.local_postgres.log_file import LogFile
from mig_assist.local_postgres.own_server import HOST, SUPERUSER
from mig_assist.local_postgres.places import Place
from mig_assist.local_postgres.server_processes import (
    end_processes_in,
    ends_after,
    is_running,
    works_in,
)
from mig_assist.local_postgres.system_errors import disk_full, is_full, tells_of_full_disk

_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
}
_INITDB_SECONDS = 180.0
_START_SECONDS = 60
_STOP_SECONDS = 15.0
_SWEEP_SECONDS = 5.0


class PortTaken(Exception):
    """The server did not start because something else listens on its port."""


@dataclass(frozen=True, slots=True)
class Postmaster:
    """The running server of a data folder, as its ``postmaster.pid`` says."""

    pid: int
    port: int


@dataclass(frozen=True, slots=True)
class Cluster:
    """A data folder with the programs and the account that serve it."""

    place: Place
    account: Account
    installation: Installation

    def require_version(self) -> None:
        """Refuse a data folder that another major version of PostgreSQL made.

        Raises:
            EnvironmentLacks: with what to do.
        """
        try:
            found = (self.place.data / "PG_VERSION").read_text(encoding="ascii").strip()
        except (FileNotFoundError, UnicodeDecodeError):
            found = ""
        if found == str(MAJOR_VERSION):
            return
        what = f"PostgreSQL {found}" if found else "something that is no PostgreSQL"
        raise EnvironmentLacks(
            "The data folder is of another PostgreSQL",
            f"{self.place.data} was made by {what}; the embedded one is {MAJOR_VERSION}.",
            "Save what you need from it, then run: mig-assist postgres reset",
        )

    def create(self, password: str) -> None:
        """Make the data folder, complete or not at all (manual, ``initdb``).

        Raises:
            EnvironmentLacks: initdb failed; it said why.
            OSError: the folder cannot be written.
        """
        self.sweep()
        data = self.place.folder / f"data.new-{os.getpid()}"
        secret = self.place.folder / f"password.new-{os.getpid()}"
        try:
            data.mkdir(mode=0o700)
            self.account.give(data)
            secret.touch(mode=0o600)
            secret.write_text(password, encoding="ascii")
            self.account.give(secret)
            self._initdb(data, secret)
            data.replace(self.place.data)
        finally:
            secret.unlink(missing_ok=True)
            if data.exists():
                shutil.rmtree(data, ignore_errors=True)

    def _initdb(self, data: Path, secret: Path) -> None:
        completed = self._run(
            "initdb",
            f"--pgdata={data}",
            f"--pwfile={secret}",
            f"--username={SUPERUSER}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--no-locale",
            "--no-sync",
            "--no-instructions",
            "--wal-segsize=1",
            timeout=_INITDB_SECONDS,
        )
        if completed.returncode != 0:
            raise self.failure("PostgreSQL's data folder could not be made", completed.stdout)

    def sweep(self) -> None:
        """Remove what a killed ``create`` left behind; its initdb may still be at work."""
        for rest in list(self.place.folder.glob("*.new-*")):
            if not rest.is_dir():
                rest.unlink(missing_ok=True)
                continue
            deadline = time.monotonic() + _SWEEP_SECONDS
            while rest.exists() and time.monotonic() < deadline:
                end_processes_in(rest)
                shutil.rmtree(rest, ignore_errors=True)

    def start(self, port: int) -> None:
        """Start the server, detached from this process, its terminal and its group.

        Raises:
            PortTaken: something else listens on ``port``.
            EnvironmentLacks: it does not start for another reason.
        """
        self._clear_the_way()
        log = LogFile(self.place.log)
        log.bound()
        log.path.touch(mode=0o640)
        self.account.give(log.path)
        before = log.size()
        options = " ".join(
            f"-c {name}={value or chr(39) * 2}"
            for name, value in {**_SETTINGS, "port": port}.items()
        )
        completed = self._run(
            "pg_ctl",
            "start",
            "--wait",
            f"--timeout={_START_SECONDS}",
            "--silent",
            "--log=log",
            f"--options={options}",
            variables={"PGDATA": str(self.place.data)},
            timeout=_START_SECONDS + 10,
        )
        if completed.returncode == 0:
            return
        said = log.text_from(before)
        if "could not bind" in said or "could not create any TCP/IP sockets" in said:
            raise PortTaken
        raise self.failure("PostgreSQL does not start", said or completed.stdout)

    def set_password(self, password: str) -> None:
        """Give the superuser a new password, in single-user mode; the server must be stopped.

        Raises:
            EnvironmentLacks: the data folder cannot be opened.
        """
        self._clear_the_way()
        completed = self._run(
            "postgres",
            "--single",
            "-D",
            str(self.place.data),
            *(f"-c{name}={value}" for name, value in _SETTINGS.items()),
            "postgres",
            stdin=f"ALTER ROLE {SUPERUSER} PASSWORD '{password}'\n",
            timeout=_START_SECONDS,
        )
        if completed.returncode != 0 or "ERROR:" in completed.stdout:
            raise self.failure("PostgreSQL's password could not be set", completed.stdout)

    def _clear_the_way(self) -> None:
        """End what a killed server left behind, and remove a pid file that is not about ours.

        PostgreSQL itself sees through the pid file of a server that is dead. It refuses to start
        where a backend of that server still runs, and where the number belongs to another
        living process by now.
        """
        pid_file = self.place.data / "postmaster.pid"
        if not pid_file.exists():
            return
        end_processes_in(self.place.data)
        recorded = _read_pid_file(pid_file)
        if recorded is None or is_running(recorded.pid):
            pid_file.unlink(missing_ok=True)

    def _run(
        self,
        program: str,
        *arguments: str,
        variables: Mapping[str, str] | None = None,
        stdin: str | None = None,
        timeout: float,
    ) -> subprocess.CompletedProcess[str]:
        """Run one of PostgreSQL's programs as the server's account, in a session of its own."""
        command: Sequence[str] = [str(self.installation.program(program)), *arguments]
        try:
            return subprocess.run(
                command,
                cwd=self.place.folder,
                env={**environment(), **(variables or {})},
                input=stdin,
                stdin=subprocess.DEVNULL if stdin is None else None,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                timeout=timeout,
                check=False,
                start_new_session=True,
                umask=0o077,
                **self.account.arguments(),
            )
        except subprocess.TimeoutExpired:
            raise EnvironmentLacks(
                f"{program} does not come to an end",
                f"It was given {timeout:.0f} seconds for {self.place.data}.",
                "Look at the log: mig-assist postgres logs",
            ) from None

    def failure(self, title: str, said: str) -> EnvironmentLacks:
        """The error for what one of the programs, or the log, said."""
        if tells_of_full_disk(said) or is_full(self.place.folder):
            return disk_full(self.place.folder)
        if foreign := self._foreign():
            return foreign
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        return EnvironmentLacks(
            title,
            " ".join(lines[-4:]) or f"It said nothing, and left nothing in {self.place.log}.",
            "If its data may go, run: mig-assist postgres reset",
        )

    def _foreign(self) -> EnvironmentLacks | None:
        """The error for a data folder that the server's user may not use, as after `cp -r`."""
        data = self.place.data
        try:
            owner = data.stat().st_uid
            held = (data / "PG_VERSION").stat().st_uid
        except OSError:
            return None
        if owner == held == self.account.uid:
            return None
        return EnvironmentLacks(
            "PostgreSQL's data belongs to another user",
            f"{data} belongs to user id {held if held != self.account.uid else owner}, and the"
            f" server runs as {self.account.uid}; a copy or a change of user does that.",
            f"Give it back: chown -R {self.account.uid}:{self.account.gid} '{data}'. Or, if its"
            " data may go: mig-assist postgres reset",
        )


def stop_postmaster(place: Place) -> bool:
    """Stop the server of a data folder; whether there was one.

    First as ``pg_ctl stop --mode=fast`` does, which ends sessions and leaves nothing to recover,
    then without waiting for anything (manual, 18.5 "Shutting Down the Server").
    """
    found = find_postmaster(place)
    if found is None:
        return False
    for number in (signal.SIGINT, signal.SIGQUIT):
        if ends_after(number, found.pid, place.data, _STOP_SECONDS):
            return True
    end_processes_in(place.data)
    return True


def find_postmaster(place: Place) -> Postmaster | None:
    """The server that runs on a data folder now.

    A pid file alone proves nothing: its server may have been killed, the number may belong to
    another process by now, and a copied folder has the original's file. A postmaster works in
    its data folder, so that is what its process is asked.
    """
    found = _read_pid_file(place.data / "postmaster.pid")
    return found if found is not None and works_in(found.pid, place.data) else None


def _read_pid_file(path: Path) -> Postmaster | None:
    """Lines 1 and 4 of ``postmaster.pid`` (PostgreSQL's ``miscadmin.h``); None if damaged."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        return Postmaster(pid=int(lines[0]), port=int(lines[3]))
    except (OSError, ValueError, IndexError):
        return None
