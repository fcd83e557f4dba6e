"""One migration in one transaction: the same steps, order and errors on every engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace

from mig_assist.backend import Backend
from mig_assist.engines.database import DatabaseError, MigrationScript, one_line, shortened
from mig_assist.engines.own_transactions import (
    FOREIGN_KEYS_OFF,
    FOREIGN_KEYS_ON,
    Course,
    course_of,
)
from mig_assist.engines.sections import forgoes_transaction
from mig_assist.engines.session import EngineFailure, Session
from mig_assist.engines.statements import (
    SqlSyntaxError,
    Statement,
    leading_words,
    split_statements,
    transaction_control,
)


@contextmanager
def script_transaction(
    session: Session,
    script: MigrationScript,
    *,
    fail_after: int | None = None,
    keep: bool = True,
    together: bool = False,
) -> Iterator[None]:
    """Run a migration's statements and write its history row in one transaction.

    The body runs inside it, before it is committed, or with ``keep=False`` rolled back. With
    ``together`` statements may go out at once; where one fails all are run again, one by one, so
    that it is known which.

    Raises:
        DatabaseError: see :meth:`mig_assist.engines.database.Database.apply`.
    """
    place = _Place(script, session.backend)
    course = runnable(script, session.backend)
    statements = course.inside
    if fail_after is not None and not 0 <= fail_after <= len(statements):
        raise ValueError(f"there is no fault point {fail_after} in {len(statements)} statements")
    try:
        for statement in course.before:
            with place.of(statement):
                session.run(statement.text)
        with place.of("opening the transaction"):
            session.begin()
            recorded = not script.part and session.is_recorded(script.version)
        if recorded:
            raise DatabaseError(
                f"{script.label} is in history already",
                f"Nothing of {script.path} was run.",
                "Look at `mig-assist migrate --status`.",
            )
        ran = together and _ran_together(session, statements, place)
        if not ran and not session.in_transaction():
            with place.of("opening the transaction"):
                session.begin()
        for done, statement in enumerate(() if ran else statements):
            if done == fail_after:
                raise place.injected_fault(done, len(statements))
            with place.of(statement):
                session.run(statement.text)
                if not session.in_transaction():
                    raise EngineFailure(
                        "This statement ended the transaction that holds the version.",
                        fix="Take it out: the runner opens and commits the transaction.",
                    )
        if not script.part:
            with place.of("writing the history row"):
                session.record(script)
        if fail_after == len(statements):
            raise place.injected_fault(fail_after, fail_after)
        if not keep:
            with place.of("commit"):
                session.settle()
        yield
        if keep:
            with place.of("commit"):
                session.commit()
    finally:
        session.abandon()
        if course.before:
            with suppress(EngineFailure):
                session.run(FOREIGN_KEYS_ON)


def _ran_together(session: Session, statements: Sequence[Statement], place: _Place) -> bool:
    """Whether all statements have run; where one of them failed the transaction is rolled back."""
    try:
        ran = session.run_together([statement.text for statement in statements])
    except EngineFailure as failure:
        if failure.lost:
            raise place.error(failure, "running its statements") from None
        session.abandon()
        return False
    return ran and session.in_transaction()


def runnable(script: MigrationScript, backend: Backend) -> Course:
    """The statements of a migration, if all of them can run before or inside its transaction.

    Raises:
        DatabaseError: one cannot.
    """
    place = _Place(script, backend)
    try:
        statements = split_statements(script.sql, place.backend)
    except SqlSyntaxError as error:
        line = error.line or 1
        text = "".join(script.sql.splitlines()[line - 1 : line]).strip()
        raise place.error(EngineFailure(error.message), Statement(text, line)) from None
    opens = script.manner.opens_transaction and not forgoes_transaction(script.sql)
    for statement, failure in outside_transaction(statements, backend, opens=opens):
        raise place.error(failure, statement)
    course = None if opens else course_of(statements, backend)
    if course is None:
        course = Course((), statements)
    if not script.manner.foreign_keys and not course.before:
        course = replace(course, before=(Statement(FOREIGN_KEYS_OFF, 1),))
    return course


def outside_transaction(
    statements: Sequence[Statement], backend: Backend, *, opens: bool = True
) -> Iterator[tuple[Statement, EngineFailure]]:
    """Those that cannot be part of a version's transaction, and why, without asking an engine.

    Args:
        opens: whether the runner opens the transaction; otherwise the file may do so.
    """
    controls = transaction_control(statements)
    if controls and (opens or course_of(statements, backend) is None):
        for statement in controls:
            yield statement, _not_ours(opens=opens)
    for statement in statements:
        reason = _why_outside(statement, backend)
        if reason:
            yield statement, EngineFailure(reason, fix="Take it out.")


def _not_ours(*, opens: bool) -> EngineFailure:
    if opens:
        return EngineFailure(
            "This begins or ends a transaction, but each version is one transaction, which"
            " the runner opens and commits.",
            fix="Take it out. SAVEPOINT, ROLLBACK TO and RELEASE may stay.",
        )
    return EngineFailure(
        "This begins or ends a transaction, but not every BEGIN has its COMMIT here.",
        fix="End each transaction with COMMIT before the next one begins.",
    )


def _why_outside(statement: Statement, backend: Backend) -> str | None:
    """Why a statement cannot be part of the transaction, where the engine would not say so."""
    command = leading_words(statement, 1)[0]
    if backend is Backend.LIBSQL and command in ("ATTACH", "DETACH"):
        return "A migration works on one database: another file would not roll back with it."
    if backend is Backend.POSTGRES and command == "COPY":
        words = {word.strip("();").upper() for word in statement.text.split()}
        if words & {"STDIN", "STDOUT"}:
            return "This COPY sends or takes rows through the client, and the runner has none."
    return None


class _Place:
    """Where in which migration something failed, as an error says it."""

    def __init__(self, script: MigrationScript, backend: Backend) -> None:
        self.script = script
        self.backend = backend
        self._title = one_line(f"{script.label} failed on {backend.label}")
        self._path = one_line(script.path)

    @contextmanager
    def of(self, step: Statement | str) -> Iterator[None]:
        """Report what the engine says meanwhile as the failure of a statement or another step."""
        try:
            yield
        except EngineFailure as failure:
            raise self.error(failure, step) from None

    def error(self, failure: EngineFailure, step: Statement | str) -> DatabaseError:
        if isinstance(step, Statement):
            line = step.line + step.text.count("\n", 0, failure.offset)
            what = f"{self._path}:{line}: {failure.message}\n{shortened(step.text)}"
        else:
            what = f"{self._path}, {step}: {failure.message}"
        outcome = f"Nothing of it was kept; V{self.script.version} is pending."
        if failure.lost and step == "commit":
            outcome = "Whether it was committed is unknown: look at `mig-assist migrate --status`."
        return failure.error(
            self._title,
            f"{what}\n{outcome}",
            step if isinstance(step, Statement) else None,
            "Correct the migration, then run it again.",
        )

    def injected_fault(self, done: int, total: int) -> DatabaseError:
        return DatabaseError(
            self._title, f"A fault was injected after {done} of {total} statements."
        )
