"""A history run on one engine version by version, reading after each only what it changed.

Each version is one transaction, as the runner has it. The last one may be tried: run, looked at,
and rolled back, so that the database stays at the version before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from mig_assist.engines.catalog import read_schema
from mig_assist.engines.database import Database, MigrationScript
from mig_assist.engines.schema import Schema
from mig_assist.engines.touched import Seen, look_at


@dataclass(frozen=True, slots=True)
class Change:
    """What one version made of a schema.

    Attributes:
        schema: the tables that it made or changed, and all views, enums and domains.
        removed: the tables that are gone, or have another name now.
        whole: whether ``schema`` holds every table, changed or not.
    """

    schema: Schema
    removed: frozenset[str] = frozenset()
    whole: bool = False


class Replay:
    """A scratch database that goes through a history; it belongs to one thread at a time."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._look = look_at(database)
        self._rest = Schema()

    def start(self) -> Change:
        """Everything that the database holds now; call it before any version.

        Raises:
            DatabaseError: it does not answer.
        """
        schema = read_schema(self.database) if self._look.start() else Schema()
        self._rest = replace(schema, tables=())
        return Change(schema, whole=True)

    def apply(self, scripts: Sequence[MigrationScript]) -> Iterator[Change]:
        """Run and commit versions, one after the other; what each of them changed.

        Raises:
            DatabaseError: the next one failed, and the database is as it was.
        """
        left = list(scripts)
        while left:
            answers = self.database.apply_together(left, self._look.reading)
            for answer in answers:
                yield self._kept(self._look.read(answer))
            del left[: len(answers)]
            if left:
                with self.database.transaction(left.pop(0), keep=True):
                    seen = self._look.now()
                    change = self._change(seen)
                yield self._kept(seen, change)

    @contextmanager
    def trial(self, script: MigrationScript) -> Iterator[Change]:
        """Run a version for the time of the body, and roll it back.

        Raises:
            DatabaseError: it failed, and the database is as it was; the body has not run.
        """
        with self.database.transaction(script, keep=False):
            yield self._change(self._look.now())

    def _change(self, seen: Seen) -> Change:
        if (seen.schema.enums, seen.schema.domains) != (self._rest.enums, self._rest.domains):
            # Columns anywhere may be of such a type.
            return Change(read_schema(self.database), seen.removed, whole=True)
        return Change(seen.schema, seen.removed)

    def _kept(self, seen: Seen, change: Change | None = None) -> Change:
        """A change that is committed."""
        change = change or self._change(seen)
        self._look.keep(seen)
        self._rest = replace(change.schema, tables=())
        return change
