"""Where the embedded server keeps its data.

An ordinary user's server lives in the workspace, under ``.mig-assist/postgres/``. Where its
account cannot get there, as with root's server and a workspace under a private home, or where
the path is too long for PostgreSQL, it lives in a folder of the machine, named after the
workspace. Nobody's folders are made more open than they are.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mig_assist.errors import EnvironmentLacks
from mig_assist.local_postgres.account import Account, server_account
from mig_assist.state_folder import NAME, state_folder

_LONGEST_PATH = 900
"""PostgreSQL's own limit is 1023 bytes (MAXPGPATH), for the longest path inside its data."""


@dataclass(frozen=True, slots=True)
class Place:
    """One server's folder."""

    folder: Path

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder; it belongs to the server's account."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.folder / "log"

    @property
    def state(self) -> Path:
        """What mig-assist remembers about the server."""
        return self.folder / "embedded.json"

    @property
    def exists(self) -> bool:
        """Whether a server has been made here, as far as one may look."""
        return any(os.access(path, os.F_OK) for path in (self.state, self.data))


def workspace_id(root: Path) -> str:
    """A short name for a workspace, made from its path."""
    return hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:16]


def workspace_place(root: Path) -> Place:
    """The place inside the workspace; it need not exist."""
    return Place(root.resolve() / NAME / "postgres")


def make_workspace_folder(root: Path) -> Path:
    """The folder for server state inside the workspace, made if it is not there.

    Raises:
        EnvironmentLacks: it cannot be made.
    """
    state_folder(root)
    folder = workspace_place(root).folder
    try:
        folder.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, exist_ok=True)
    except OSError as error:
        raise EnvironmentLacks(
            f"{NAME}/postgres cannot be made",
            f"{error.strerror or error}: {folder}",
            "Make the workspace writable, or free some disk space.",
        ) from None
    return folder


def find_place(root: Path) -> Place | None:
    """Where the workspace's server was made, or None where there is none; quick."""
    inside = workspace_place(root)
    if inside.exists:
        return inside
    if os.geteuid() != 0 and _is_short(inside.folder):
        return None
    outside = (Place(base / workspace_id(root)) for base in shared_bases() if _is_trusted(base))
    return next((place for place in outside if place.exists), None)


def make_place(root: Path) -> tuple[Place, Account]:
    """Where the workspace's server lives, made if it is not there, and who runs it.

    Raises:
        EnvironmentLacks: no folder can be made, or nobody can run the server.
    """
    if (found := find_place(root)) is not None:
        return found, server_account(found.data)
    account = server_account(None)
    inside = make_workspace_folder(root)
    if _is_short(inside) and account.can_reach(inside.parent):
        return Place(inside), account
    folder = make_shared_folder(workspace_id(root))
    return Place(folder), account


def make_shared_folder(name: str) -> Path:
    """A folder of this name outside every workspace, which any account can enter.

    Raises:
        EnvironmentLacks: none can be made.
    """
    reasons = []
    for base in shared_bases():
        folder = base / name
        try:
            base.mkdir(parents=True, exist_ok=True)
            if (reason := _distrust(base)) is None:
                folder.mkdir(exist_ok=True)
                if os.geteuid() == 0:
                    base.chmod(0o755)
                    folder.chmod(0o755)
                return folder
        except OSError as error:
            reason = error.strerror or str(error)
        reasons.append(f"{base}: {reason}")
    raise EnvironmentLacks(
        "No folder for PostgreSQL",
        f"The workspace's own folder does not do, and no other can be made. {'; '.join(reasons)}.",
        "Free some disk space, or make one of these folders writable.",
    )


def shared_places() -> Iterator[Place]:
    """Every place outside of workspaces in which a server has been made."""
    for base in shared_bases():
        if _is_trusted(base):
            yield from (place for folder in base.iterdir() if (place := Place(folder)).exists)


def shared_bases() -> Iterator[Path]:
    """Folders outside every workspace, best first."""
    if os.geteuid() == 0:
        yield Path("/var/lib/mig-assist")
    else:
        from platformdirs import user_state_path

        yield user_state_path("mig-assist")
    yield Path(tempfile.gettempdir()) / f"mig-assist-{os.geteuid()}"


def _is_short(folder: Path) -> bool:
    return len(os.fsencode(folder)) <= _LONGEST_PATH


def _is_trusted(base: Path) -> bool:
    return base.exists() and _distrust(base) is None


def _distrust(base: Path) -> str | None:
    """Why a folder may hold another user's traps; None where only we can have filled it."""
    status = base.lstat()
    if not stat.S_ISDIR(status.st_mode):
        return "it is not a folder"
    if status.st_uid != os.geteuid():
        return "it belongs to another user"
    if status.st_mode & 0o022:
        return "other users can write to it"
    return None
