"""What the screen shows beside the checklist itself."""

from __future__ import annotations

from typing import NamedTuple


class Running(NamedTuple):
    """What this process works on now.

    Attributes:
        planned: keys of all items of this run.
        item: key of the item in work; empty until its first check begins.
        item_started: unix time in seconds, as is ``check_started``.
        ended: checks of the item that have ended, each with whether it passed; the overview that
            tells more of them may still be on its way.
        stopping: whether a stop has been asked for.
    """

    planned: tuple[str, ...]
    item: str = ""
    check: str = ""
    item_started: float = 0.0
    check_started: float = 0.0
    ended: tuple[tuple[str, bool], ...] = ()
    stopping: bool = False


class PostgresStatus(NamedTuple):
    """The local PostgreSQL, as far as it is known.

    Attributes:
        known: whether anybody has looked yet.
        version: as the server tells it; empty where none runs.
        source: ``url``, ``task``, ``embedded`` or ``docker``.
        url: with the password masked.
        description: for people.
    """

    known: bool = False
    version: str = ""
    source: str = ""
    url: str = ""
    description: str = ""

    @property
    def runs(self) -> bool:
        """Whether a server answered."""
        return bool(self.version)

    @property
    def labels(self) -> tuple[str, str]:
        """For the head of the screen, and in short."""
        if not self.known:
            return "postgres …", "pg …"
        if self.runs:
            return f"postgres {self.version} ● {self.source}", f"pg {self.version} ●"
        return "postgres ○ stopped", "pg ○"
