"""What the databases of both engines do alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Generic, Self, TypeVar

from mig_assist.engines.database import MigrationScript, OnEvent, ignore_event
from mig_assist.engines.own_transactions import FOREIGN_KEYS_ON
from mig_assist.engines.session import EngineFailure, Outcome, Session
from mig_assist.engines.transaction import runnable, script_transaction

_Session = TypeVar("_Session", bound=Session)


class EngineDatabase(Generic[_Session]):
    """The part of :class:`mig_assist.engines.database.Database` that any session can serve."""

    def __init__(self, session: _Session) -> None:
        self.backend = session.backend
        self._session = session

    def apply(
        self,
        script: MigrationScript,
        *,
        fail_after: int | None = None,
        on_event: OnEvent = ignore_event,
    ) -> None:
        """See :meth:`mig_assist.engines.database.Database.apply`."""
        try:
            with (
                self._session.listening(on_event),
                script_transaction(self._session, script, fail_after=fail_after),
            ):
                pass
        finally:
            self._session.renew()

    @contextmanager
    def transaction(self, script: MigrationScript, *, keep: bool) -> Iterator[None]:
        """See :meth:`mig_assist.engines.database.Database.transaction`."""
        try:
            with script_transaction(self._session, script, keep=keep, together=True):
                yield
        finally:
            if self._session.lingers(script.sql):
                self._session.renew()

    @contextmanager
    def rolled_back(self, script: MigrationScript | None = None) -> Iterator[None]:
        """See :meth:`mig_assist.engines.database.Database.rolled_back`."""
        before = runnable(script, self.backend).before if script else ()
        for statement in before:
            self._run(statement.text, ())
        try:
            self._run("BEGIN", ())
            yield
        finally:
            self._session.abandon()
            if before:
                self._run(FOREIGN_KEYS_ON, ())

    def value(self, sql: str) -> object:
        """See :meth:`mig_assist.engines.database.Database.value`."""
        ((value,),) = self._run(sql, ()).rows
        return value

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """See :meth:`mig_assist.engines.database.Database.query`."""
        return self._run(sql, parameters).rows

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """See :meth:`mig_assist.engines.database.Database.execute`."""
        return self._run(sql, parameters).count

    def close(self) -> None:
        """See :meth:`mig_assist.engines.database.Database.close`."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _run(self, sql: str, parameters: Sequence[object]) -> Outcome:
        try:
            return self._session.run(sql, parameters)
        except EngineFailure as failure:
            title = f"{self.backend.label} refused a statement"
            raise failure.outside_a_script(title, sql) from None
