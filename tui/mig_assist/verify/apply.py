"""Items 6 and 7: what a live engine can prove about one side of a migration."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from mig_assist.backend import Backend
from mig_assist.engines.database import Database, DatabaseError, MigrationScript
from mig_assist.engines.extensions import Missing
from mig_assist.engines.passed_over import PassedOver, missing_extensions, without_statement
from mig_assist.engines.scratch import scratch_database
from mig_assist.engines.scripts import migration_scripts
from mig_assist.engines.spelling import quoted
from mig_assist.engines.statements import SqlSyntaxError
from mig_assist.engines.transaction import runnable
from mig_assist.errors import MigAssistError
from mig_assist.findings import Finding, Severity
from mig_assist.verify.report import Report, Subject
from mig_assist.workspace.model import Workspace

_T = TypeVar("_T")

WHERE_EXTENSIONS_ARE = (
    'Run it on a server that has it: `source = "docker"` under [postgres] in mig-assist.toml takes'
    " an image, which has PostgreSQL's own extensions, or `image` names one that has others; or"
    " give the URL of a server of yours as POSTGRES_URL."
)
"""Which server has the extensions that the embedded one lacks."""

MOST_FAULTS = 64
"""Fault points in one script at most."""

MOST_EXECUTED = 100_000
"""Statements that all fault points of one script run together, about."""


def check_fresh(subject: Subject, backend: Backend, postgres_url: str | None = None) -> Report:
    """All registered versions up to this one apply to an empty scratch database."""
    try:
        before, script = _scripts(subject.workspace, backend, subject.version)
    except _Unregistered as error:
        return Report("", (error.finding,))
    with scratch_database(backend, postgres_url) as database:
        missing = partial(missing_extensions, database, (*before, script))
        for current in (*before, script):
            try:
                _, passed_over = _as_far_as_known(current, database.apply, missing)
            except (DatabaseError, SqlSyntaxError) as error:
                return Report("", (failed_apply(current, backend, error),))
        version = database.engine_version()
    return Report(
        f"{len(before) + 1} versions apply to a fresh database",
        tuple(map(_passed_over, passed_over)),
        {str(backend): version},
    )


def check_rollback(subject: Subject, backend: Backend, postgres_url: str | None = None) -> Report:
    """A fault after each statement leaves schema and history as they were, and a retry succeeds.

    The last fault lies between the last statement and the commit of the history row.
    """
    reports = dict(check_rollbacks(subject.workspace, backend, {subject.version}, postgres_url))
    return reports[subject.version]


def check_rollbacks(
    workspace: Workspace,
    backend: Backend,
    versions: Collection[int],
    postgres_url: str | None = None,
) -> Iterator[tuple[int, Report]]:
    """:func:`check_rollback` for several versions in one pass over the history."""
    last = max(versions)
    try:
        before, script = _scripts(workspace, backend, last)
    except _Unregistered as error:
        yield last, Report("", (error.finding,))
        return
    with scratch_database(backend, postgres_url) as database:
        missing = partial(missing_extensions, database, (*before, script))
        for current in (*before, script):
            asked = current.version in versions
            try:
                report, passed_over = _as_far_as_known(
                    current, partial(_proved, database, faults=asked), missing
                )
            except (DatabaseError, SqlSyntaxError) as error:
                finding = failed_apply(current, backend, error)
                yield from (
                    (version, Report("", (finding,))) for version in {last, current.version}
                )
                return
            if report is not None:
                told = tuple(map(_passed_over, passed_over))
                yield current.version, replace(report, findings=(*report.findings, *told))


def fault_points(statements: int) -> tuple[int, ...]:
    """After how many statements a fault is injected: after each, and before the commit.

    A script of many statements gets ``MOST_FAULTS`` points spread evenly over it, both ends
    included, because each point runs everything before it again; and fewer, but never less than
    three, where they would run more than ``MOST_EXECUTED`` statements.
    """
    if statements < MOST_FAULTS:
        return tuple(range(statements + 1))
    points = max(3, min(MOST_FAULTS, 2 * MOST_EXECUTED // statements))
    return tuple(n * statements // (points - 1) for n in range(points))


def _as_far_as_known(
    script: MigrationScript,
    work: Callable[[MigrationScript], _T],
    missing: Callable[[], Missing],
) -> tuple[_T, tuple[PassedOver, ...]]:
    """What comes of a script without the statements that no engine here can run."""
    passed_over: list[PassedOver] = []
    while True:
        try:
            return work(script), tuple(passed_over)
        except DatabaseError as error:
            left = without_statement(script, error, missing)
            if left is None:
                raise
            script = left[0]
            passed_over.append(left[1])


def _proved(database: Database, script: MigrationScript, *, faults: bool) -> Report | None:
    """The version is applied; before, the proof that it rolls back, where that is asked for."""
    report = _faulted(database, script) if faults else None
    database.apply(script)
    return report


def _passed_over(passed: PassedOver) -> Finding:
    script = passed.script
    if passed.extensions:
        names = ", ".join(passed.extensions)
        if passed.creates:
            done = "what stands in for it was made" if passed.instead else "it was left out"
        else:
            done = "it was made as a plain one" if passed.instead else "it was left out"
        return Finding(
            "atomic/missing-extension",
            Severity.NOTE if passed.creates else Severity.WARNING,
            f"This PostgreSQL does not have what this statement needs ({names}): {done}.",
            WHERE_EXTENSIONS_ARE,
            None,
            script.version,
            Backend.POSTGRES,
            names,
            script.path,
            passed.line,
        )
    return Finding(
        "atomic/unknown-function",
        Severity.WARNING,
        f"libsql has no function {passed.function}, as where the application registers it itself:"
        " this statement was left out.",
        "Run the application's own task, or see by hand that the statement does what it should.",
        None,
        script.version,
        Backend.LIBSQL,
        passed.function,
        script.path,
        passed.line,
    )


def _faulted(database: Database, script: MigrationScript) -> Report:
    backend = database.backend
    points = fault_points(len(runnable(script, backend).inside))
    untouched = _fingerprint(database)
    for completed in points:
        _apply_with_fault(database, script, completed)
        if _fingerprint(database) != untouched:
            return Report("", (_not_rolled_back(script, backend, completed),))
    return Report(
        f"rolls back cleanly at {len(points)} of {len(points)} fault points",
        (),
        {str(backend): database.engine_version()},
    )


class _Unregistered(Exception):
    def __init__(self, finding: Finding) -> None:
        self.finding = finding


def _scripts(
    workspace: Workspace, backend: Backend, version: int
) -> tuple[Sequence[MigrationScript], MigrationScript]:
    try:
        scripts = migration_scripts(workspace, backend)
    except MigAssistError as error:
        raise _Unregistered(
            Finding(
                "registry/unusable",
                Severity.ERROR,
                f"{error.title}. {error.message}",
                error.fix,
                None,
                version,
                backend,
            )
        ) from None
    for position, script in reversed(tuple(enumerate(scripts))):
        if script.version == version:
            return scripts[:position], script
    raise _Unregistered(
        Finding(
            "registry/missing-entry",
            Severity.ERROR,
            f"V{version} is not registered, so no runner would apply it.",
            "Run item 4 first: `mig-assist run registry`.",
            None,
            version,
            backend,
        )
    )


def _apply_with_fault(database: Database, script: MigrationScript, completed: int) -> None:
    try:
        database.apply(script, fail_after=completed)
    except DatabaseError:
        return
    raise AssertionError("an injected fault did not stop the migration")


def _fingerprint(database: Database) -> tuple[object, ...]:
    """The catalog and the rows' number of every table, and the history."""
    tables = database.application_tables()
    counts = tuple(
        database.query(f"SELECT count(*) FROM {quoted(table)}")[0][0]  # noqa: S608
        for table in tables
    )
    return (database.history(), tables, counts, tuple(database.query(_CATALOG[database.backend])))


_CATALOG = {
    Backend.LIBSQL: "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name",
    Backend.POSTGRES: """
        SELECT 'column', c.oid::regclass::text, a.attname,
               format_type(a.atttypid, a.atttypmod) || a.attnotnull::text
          FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
         WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
        UNION ALL
        SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid)
          FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL
        SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid)
          FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL
        SELECT 'function', '', proname, md5(prosrc)
          FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        ORDER BY 1, 2, 3, 4""",
}


def _fix(backend: Backend, error: DatabaseError | SqlSyntaxError) -> str:
    if backend is Backend.LIBSQL and "no such function" in error.message:
        return (
            "Where the application registers that function itself, mig-assist cannot run this"
            " statement: let the schema do without it, or move what it does to a data statement,"
            " which is left out here with a warning."
        )
    return error.fix or "Correct the statement, then run this item again."


def failed_apply(
    script: MigrationScript,
    backend: Backend,
    error: DatabaseError | SqlSyntaxError,
    code: str = "atomic/apply-failed",
) -> Finding:
    """The finding about a version that an engine did not take."""
    line = (
        error.line
        if isinstance(error, SqlSyntaxError)
        else (error.statement.line if error.statement else None)
    )
    return Finding(
        code,
        Severity.ERROR,
        f"{error.title}. {error.message}",
        _fix(backend, error),
        None,
        script.version,
        backend,
        None,
        script.path,
        line,
    )


def _not_rolled_back(script: MigrationScript, backend: Backend, completed: int) -> Finding:
    return Finding(
        "atomic/not-rolled-back",
        Severity.ERROR,
        f"A fault after statement {completed} left something behind in the schema or the history.",
        "Remove statements that end the transaction or work outside it.",
        None,
        script.version,
        backend,
        None,
        script.path,
    )
