"""The automatic part of each item: which examination stands behind which check."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mig_assist.backend import Backend
from mig_assist.checklist.inputs import ABSENT, InputReader
from mig_assist.checklist.items import Check, Item
from mig_assist.checklist.ledger import MigrationRecord
from mig_assist.errors import EnvironmentLacks, MigAssistError
from mig_assist.findings import Finding, Severity
from mig_assist.process import Cancellation
from mig_assist.verify.origin import Origin
from mig_assist.verify.report import Report, Subject
from mig_assist.workspace.model import Workspace
from mig_assist.workspace.task_names import POSTGRES_START

if TYPE_CHECKING:
    from mig_assist.local_postgres import LocalServer


@dataclass
class Work:
    """What the checks of one run share.

    Attributes:
        log: receives each line that is worth showing while a check runs.
    """

    workspace: Workspace
    migration: MigrationRecord
    cancellation: Cancellation
    log: Callable[[str], None] = lambda _line: None
    _server: LocalServer | None = None
    _compared: tuple[Mapping[str, str], Report] | None = None

    @property
    def subject(self) -> Subject:
        """The migration under examination."""
        return Subject(self.workspace, self.migration.version, self.migration.name)

    @property
    def reader(self) -> InputReader:
        """The files as they are now."""
        return InputReader(self.workspace, self.migration.version, self.migration.name)

    @property
    def origin(self) -> Origin:
        """How things stood when the migration was opened."""
        return Origin(self.migration.base, self.migration.snapshot)

    def existing(self, paths: Iterable[str]) -> dict[str, str]:
        """Path → digest of the files that exist at or below the given workspace paths."""
        tree = self.reader.tree(paths)
        return {path: digest for path, digest in tree.items() if digest != ABSENT}

    def server(self) -> LocalServer:
        """The local PostgreSQL, started where none runs.

        Raises:
            MigAssistError: no PostgreSQL can be had; the message says what to do.
        """
        if self._server is None:
            from mig_assist.local_postgres import settings_for, start

            settings = settings_for(self.workspace, os.environ)
            self._server = start(self.workspace.root, settings, on_event=self.log)
            self.log(self._server.description)
        return self._server

    def postgres_environment(self) -> dict[str, str]:
        """POSTGRES_URL and TEST_POSTGRES_URL of the local server, started where none runs.

        Raises:
            MigAssistError: no PostgreSQL can be had; the message says what to do.
        """
        return dict(self.server().environment())

    def compared(self) -> Report:
        """The live proof that both backends are equal; one for all items that ask for it.

        Raises:
            MigAssistError: it cannot be had.
        """
        reader = self.reader
        inputs = {
            **reader.history(Backend.LIBSQL),
            **reader.history(Backend.POSTGRES),
            **reader.parity(),
        }
        if self._compared is None or self._compared[0] != inputs:
            from mig_assist.engines.kept import Shelf
            from mig_assist.verify.parity.proof import check_parity

            shelf = Shelf.on(self.workspace.root, self.server())
            found = check_parity(self.workspace, {self.migration.version}, shelf)
            self._compared = inputs, found.report
        return self._compared[1]


def examine(work: Work, item: Item, check: Check) -> Report:
    """Run one check; whatever keeps it from running becomes a finding."""
    try:
        if check.task:
            return _task(work, item, check)
        return _EXAMINATIONS[item.key, check.key](work)
    except MigAssistError as error:
        code = "tests/environment" if error.exit_code == 3 else f"{_FAMILY[item.key]}/unusable"
        message = f"{error.title}. {error.message}".strip()
        return Report("", (Finding(code, Severity.ERROR, message, error.fix),))


def _task(work: Work, item: Item, check: Check) -> Report:
    from mig_assist.engines.libsql import local_database
    from mig_assist.verify.task import check_task

    absent = check.task in work.workspace.config.absent
    needs_postgres = item.key in ("tests", "postgres", "test") and not absent
    environment = work.postgres_environment() if needs_postgres else {}
    if item.key == "libsql":
        environment["LIBSQL_PATH"] = str(local_database(work.workspace.root, os.environ))
    return check_task(
        work.workspace,
        check.task,
        environment=environment,
        on_line=work.log,
        cancellation=work.cancellation,
        server=work.server().description if check.task == POSTGRES_START and not absent else "",
    )


def _number(work: Work) -> Report:
    from mig_assist.verify.numbers import check_number

    return check_number(work.subject)


def _files(work: Work) -> Report:
    from mig_assist.verify.pair import check_files

    return check_files(work.subject)


def _sql(backend: Backend) -> Callable[[Work], Report]:
    def run(work: Work) -> Report:
        from mig_assist.verify.pair import check_sql

        return check_sql(work.subject, backend)

    return run


def _static_parity(work: Work) -> Report:
    from mig_assist.verify.parity.static import check_static

    report = check_static(work.workspace, {work.migration.version}).report
    if any(finding.code == "parity/apply-failed" for finding in report.findings):
        return Report("not compared: a file of the history cannot be read")  # others say which
    return report


def _live_parity(backend: Backend) -> Callable[[Work], Report]:
    def run(work: Work) -> Report:
        try:
            return work.compared()
        except EnvironmentLacks as error:
            if backend is Backend.POSTGRES:
                raise
            work.log(f"{error.title}: {error.message}")
            return _static_parity(work)

    return run


def _name(work: Work) -> Report:
    from mig_assist.draft.naming import suggest_name
    from mig_assist.source_text import UnreadableSource, read_source
    from mig_assist.verify.name import check_name
    from mig_assist.workspace.names import house_style

    report = check_name(work.subject)
    if not report.findings:
        return report
    style = house_style(work.workspace, work.subject.version)
    path = work.subject.path(Backend.LIBSQL)
    try:
        sql = read_source(work.workspace.root / path, path).text
    except UnreadableSource:
        return report
    return check_name(work.subject, suggest_name(sql, Backend.LIBSQL, style))


def _registry(work: Work) -> Report:
    from mig_assist.draft.registry_entry import registry_edit
    from mig_assist.file_changes import write_all
    from mig_assist.verify.registry import check_registry
    from mig_assist.verify.table_lists import check_table_lists

    report = check_registry(work.workspace)
    unusable = {"registry/unreadable", "registry/order", "registry/duplicate"}
    if not unusable & {finding.code for finding in report.findings}:
        edit = registry_edit(work.workspace, work.migration.version, work.migration.name)
        if edit is not None:
            write_all(work.workspace.root, [edit])
            work.log(f"{edit.path}: recorded V{work.migration.version} as its files are now")
            report = check_registry(work.workspace)
    lists = check_table_lists(work.subject)
    return replace(report, findings=(*report.findings, *lists.findings))


def _own_tests(work: Work) -> Report:
    from mig_assist.verify.store_tests import check_own_tests

    tests = work.existing(work.workspace.config.tests.paths)
    return check_own_tests(work.subject, tests, work.origin)


def _apply(kind: str, backend: Backend) -> Callable[[Work], Report]:
    def run(work: Work) -> Report:
        from mig_assist.verify.apply import check_fresh, check_rollback

        prove = {"fresh": check_fresh, "rollback": check_rollback}[kind]
        url = None
        if backend is Backend.POSTGRES:
            url = work.postgres_environment()["TEST_POSTGRES_URL"]
        return prove(work.subject, backend, url)

    return run


def _documents(kind: str) -> Callable[[Work], Report]:
    def run(work: Work) -> Report:
        from mig_assist.verify.documents import check_documents

        paths = getattr(work.workspace.config.docs, kind)
        return check_documents(
            work.workspace,
            kind,
            paths,
            work.existing(paths),
            work.origin,
        )

    return run


_EXAMINATIONS: dict[tuple[str, str], Callable[[Work], Report]] = {
    ("version", "number"): _number,
    ("pair", "files"): _files,
    ("pair", "libsql-sql"): _sql(Backend.LIBSQL),
    ("pair", "postgres-sql"): _sql(Backend.POSTGRES),
    ("pair", "static"): _static_parity,
    ("name", "descriptive"): _name,
    ("registry", "entry"): _registry,
    ("tests", "own-tests"): _own_tests,
    ("libsql", "fresh"): _apply("fresh", Backend.LIBSQL),
    ("libsql", "rollback"): _apply("rollback", Backend.LIBSQL),
    ("libsql", "parity"): _live_parity(Backend.LIBSQL),
    ("postgres", "fresh"): _apply("fresh", Backend.POSTGRES),
    ("postgres", "rollback"): _apply("rollback", Backend.POSTGRES),
    ("postgres", "parity"): _live_parity(Backend.POSTGRES),
    ("data-docs", "changed"): _documents("data"),
    ("user-docs", "changed"): _documents("user"),
    ("adr", "changed"): _documents("adr"),
}

_FAMILY = {
    "version": "history",
    "pair": "pair",
    "name": "name",
    "registry": "registry",
    "tests": "tests",
    "libsql": "atomic",
    "postgres": "atomic",
    "data-docs": "docs",
    "user-docs": "docs",
    "adr": "docs",
    "lint": "tests",
    "test": "tests",
}
