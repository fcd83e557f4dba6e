"""Items 6 and 7: what a live engine can prove about one side of a migration."""

from __future__ import annotations

from collections.abc import Sequence

from mig_assist.backend import Backend
from mig_assist.engines.database import Database, DatabaseError, MigrationScript
from mig_assist.engines.scratch import scratch_database
from mig_assist.engines.scripts import migration_scripts
from mig_assist.engines.statements import SqlSyntaxError, split_statements
from mig_assist.errors import MigAssistError
from mig_assist.findings import Finding, Severity
from mig_assist.verify.report import Report, Subject


def check_fresh(subject: Subject, backend: Backend, postgres_url: str | None = None) -> Report:
    """All registered versions up to this one apply to an empty scratch database."""
    try:
        before, script = _scripts(subject, backend)
        with scratch_database(backend, postgres_url) as database:
            for earlier in (*before, script):
                database.apply(earlier)
            version = database.engine_version()
    except (DatabaseError, SqlSyntaxError) as error:
        return Report("", (_failed_apply(subject, backend, error),))
    except _Unregistered as error:
        return Report("", (error.finding,))
    return Report(
        f"{len(before) + 1} versions apply to a fresh database", (), {str(backend): version}
    )


def check_rollback(subject: Subject, backend: Backend, postgres_url: str | None = None) -> Report:
    """A fault after each statement leaves schema and history as they were, and a retry succeeds.

    The last fault lies between the last statement and the commit of the history row.
    """
    try:
        before, script = _scripts(subject, backend)
        faults = len(split_statements(script.sql, backend)) + 1
        with scratch_database(backend, postgres_url) as database:
            for earlier in before:
                database.apply(earlier)
            untouched = _fingerprint(database)
            for completed in range(faults):
                _apply_with_fault(database, script, completed)
                if _fingerprint(database) != untouched:
                    return Report("", (_not_rolled_back(subject, backend, completed),))
            database.apply(script)
            version = database.engine_version()
    except (DatabaseError, SqlSyntaxError) as error:
        return Report("", (_failed_apply(subject, backend, error),))
    except _Unregistered as error:
        return Report("", (error.finding,))
    return Report(
        f"rolls back cleanly at {faults} of {faults} fault points", (), {str(backend): version}
    )


class _Unregistered(Exception):
    def __init__(self, finding: Finding) -> None:
        self.finding = finding


def _scripts(
    subject: Subject, backend: Backend
) -> tuple[Sequence[MigrationScript], MigrationScript]:
    try:
        scripts = migration_scripts(subject.workspace, backend)
    except MigAssistError as error:
        raise _Unregistered(
            Finding(
                "registry/unusable",
                Severity.ERROR,
                f"{error.title}. {error.message}",
                error.fix,
                None,
                subject.version,
                backend,
            )
        ) from None
    for position, script in enumerate(scripts):
        if script.version == subject.version:
            return scripts[:position], script
    raise _Unregistered(
        Finding(
            "registry/missing-entry",
            Severity.ERROR,
            f"V{subject.version} is not registered, so no runner would apply it.",
            "Run item 4 first: `mig-assist run registry`.",
            None,
            subject.version,
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
        database.query(f'SELECT count(*) FROM "{table.replace(chr(34), chr(34) * 2)}"')[0][0]  # noqa: S608
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


def _failed_apply(
    subject: Subject, backend: Backend, error: DatabaseError | SqlSyntaxError
) -> Finding:
    line = (
        error.line
        if isinstance(error, SqlSyntaxError)
        else (error.statement.line if error.statement else None)
    )
    return Finding(
        "atomic/apply-failed",
        Severity.ERROR,
        f"{error.title}. {error.message}",
        error.fix or "Correct the statement, then run this item again.",
        None,
        subject.version,
        backend,
        None,
        subject.path(backend),
        line,
    )


def _not_rolled_back(subject: Subject, backend: Backend, completed: int) -> Finding:
    return Finding(
        "atomic/not-rolled-back",
        Severity.ERROR,
        f"A fault after statement {completed} left something behind in the schema or the history.",
        "Remove statements that end the transaction or work outside it.",
        None,
        subject.version,
        backend,
        None,
        subject.path(backend),
    )
