"""The operating-system user that a server runs as.

PostgreSQL refuses to run as root (manual, 18.1 "The PostgreSQL User Account"). Root therefore
runs it as ``postgres`` or ``nobody``, who can often not enter root's own folders.
"""

from __future__ import annotations

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from mig_assist.errors import EnvironmentLacks

_UNPRIVILEGED = ("postgres", "nobody")


class SwitchArguments(TypedDict, total=False):
    """Arguments of :class:`subprocess.Popen` that change the user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Account:
    """A user and its primary group; ``switched`` where it is not the one who runs mig-assist."""

    uid: int
    gid: int
    switched: bool

    def arguments(self) -> SwitchArguments:
        """How a subprocess becomes this user; nothing where it is already."""
        if not self.switched:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def give(self, path: Path) -> None:
        """Make this user the owner of ``path``, a file or folder that mig-assist has made."""
        if self.switched:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def can_reach(self, path: Path) -> bool:
        """Whether the permission bits let this user read ``path`` through all its folders."""
        if not self.switched:
            return True
        real = path.resolve()
        return all(self._may(folder, 0o1) for folder in real.parents) and self._may(
            real, 0o5 if real.is_dir() else 0o4
        )

    def _may(self, path: Path, wanted: int) -> bool:
        status = path.stat()
        if status.st_uid == self.uid:
            granted = stat.S_IMODE(status.st_mode) >> 6
        elif status.st_gid == self.gid:
            granted = stat.S_IMODE(status.st_mode) >> 3
        else:
            granted = stat.S_IMODE(status.st_mode)
        return granted & wanted == wanted


def server_account(data: Path | None) -> Account:
    """Who runs a server: the owner of its data folder, or for a new one whoever may.

    Raises:
        EnvironmentLacks: this is root, and there is no unprivileged user to run it as.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), switched=False)
    if data is not None and data.exists() and (owner := data.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid, switched=True)
    for name in _UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid, switched=True)
    raise EnvironmentLacks(
        "No user to run PostgreSQL as",
        "PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody.",
        "Run mig-assist as an ordinary user, or create one: useradd --system postgres",
    )
