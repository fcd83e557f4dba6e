"""The static proof: both backends compared without a server.

libsql is asked itself, for it comes with this program; PostgreSQL's files are read by its grammar
(:mod:`mig_assist.engines.postgres_static`). What only a server can tell is left out, and so is
what only behaviour can decide; both are counted. Everything else is what the live proof says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from mig_assist.backend import Backend
from mig_assist.engines.database import DatabaseError, MigrationScript
from mig_assist.engines.libsql import engine_version
from mig_assist.engines.passed_over import PassedOver, without_statement
from mig_assist.engines.postgres_static import NOTHING, StaticResult, Unknown, interpret
from mig_assist.engines.refusals import Refusal, VersionFailed, names_in, without_refused
from mig_assist.engines.replay import Change, Replay
from mig_assist.engines.schema import Schema
from mig_assist.engines.scratch import scratch_database
from mig_assist.engines.statements import SqlSyntaxError
from mig_assist.findings import Finding, Severity
from mig_assist.verify.apply import failed_apply
from mig_assist.verify.parity.history import Parting, Step, history_of, partings_of
from mig_assist.verify.parity.names import folded
from mig_assist.verify.parity.proof import (
    ParityReport,
    findings_of,
    refused,
    refused_in,
    texts_of,
    unknown_functions,
    waived,
    waivers_of,
)
from mig_assist.verify.parity.versions import Version, begun_in, versions_of
from mig_assist.workspace.model import Workspace


@dataclass(frozen=True, slots=True)
class StaticVersion:
    """Both schemas after a version, as far as they are known.

    Attributes:
        left_out: the tables and views, folded, that either side has and of which it is not known
            what they are like on PostgreSQL; they are in neither schema.
        unknown: the statements for which that is so.
        failures: why this version cannot be looked at; the schemas then say nothing about it.
        passed_over: its data statements that call what only the application knows.
        refusals: what was left out of it, by side, and is lost sight of from here on.
    """

    version: Version
    libsql: Schema
    postgres: Schema
    left_out: frozenset[str] = frozenset()
    unknown: tuple[Unknown, ...] = ()
    failures: tuple[Finding, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()
    refusals: tuple[tuple[Backend, Refusal], ...] = ()


@dataclass(frozen=True)
class StaticReport(ParityReport):
    """What comparing both backends without a server found.

    Attributes:
        undecided: how many differences only behaviour could judge; they are no findings.
        left_out: the tables and views that could not be compared after the last version.
    """

    undecided: int = 0
    left_out: tuple[str, ...] = ()

    @property
    def how(self) -> str:
        """By what it was compared, and what that leaves open in any case."""
        return "by their files alone, not yet proved on PostgreSQL"

    @property
    def summary(self) -> str:
        """As of the live proof, with how much more that leaves open."""
        parts = [super().summary]
        if self.undecided:
            differences = "1 difference" if self.undecided == 1 else f"{self.undecided} differences"
            parts.append(f"{differences} left to the engines")
        if self.left_out:
            parts.append(f"{', '.join(self.left_out)} left out")
        return "; ".join(parts)


def check_static(workspace: Workspace, chosen: Collection[int]) -> StaticReport:
    """Compare both backends without a server, in every version from the first chosen one on.

    Args:
        workspace: whose files are compared.
        chosen: versions; those that the workspace does not have are left out.

    Raises:
        UnreadableSource: a migration file is no text.
        DatabaseError: libsql cannot make a temporary database.
    """
    versions = versions_of(workspace)
    wanted = tuple(dict.fromkeys(v.number for v in versions if v.number in chosen))
    if not wanted:
        return StaticReport((), static=True)
    return static_report(workspace, versions, wanted, tuple(static_schemas(versions)))


def static_report(
    workspace: Workspace,
    versions: Sequence[Version],
    wanted: tuple[int, ...],
    after: Sequence[StaticVersion],
) -> StaticReport:
    """What :func:`static_schemas` of the versions, which is known already, says of some of them.

    Raises:
        UnreadableSource: mig-assist.toml is no text.
    """
    history = history_of(tuple(_steps(after)), workspace.config.parity.types)
    begun = begun_in(workspace, versions, wanted)
    partings = tuple(
        parting
        for parting in partings_of(history, wanted, begun)
        if not _lost_sight_of(parting, after)
    )
    refusals = {
        side: [refusal for each in after for b, refusal in each.refusals if b is side]
        for side in Backend
    }
    decided = tuple(parting for parting in partings if parting.divergence.decided)
    findings = (
        *findings_of(decided, versions),
        *(_not_read(unknown) for unknown in _unknowns(after) if unknown.version in wanted),
        *refused(refusals),
        *(failure for each in after for failure in each.failures),
        *unknown_functions(
            found for each in after if each.version.number in wanted for found in each.passed_over
        ),
    )
    # A waiver may be meant for what this proof does not see, so none is called useless.
    return StaticReport(
        wanted,
        waived(waivers_of(workspace, versions), versions, wanted, findings, complete=False),
        {Backend.LIBSQL: engine_version()},
        texts=texts_of(decided),
        static=True,
        stopped=next((each.version.number for each in after if each.failures), None),
        refused=refused_in(refusals),
        undecided=len(partings) - len(decided),
        left_out=tuple(sorted(after[-1].left_out)) if after else (),
    )


def static_schemas(versions: Iterable[Version]) -> Iterator[StaticVersion]:
    """Both schemas after each version; ends with the first one that cannot be applied or read."""
    read, libsql = NOTHING, Schema()
    with scratch_database(Backend.LIBSQL) as database:
        database.query("PRAGMA synchronous = OFF")
        replay = Replay(database)
        replay.start()
        lost: set[str] = set()
        for version in versions:
            failures: list[Finding] = []
            passed: list[PassedOver] = []
            refusals: list[tuple[Backend, Refusal]] = []
            for backend, script in version.scripts.items():
                try:
                    if backend is Backend.LIBSQL:
                        applied = _Applied(replay, passed, refusals, frozenset(lost))
                        libsql = _after(libsql, applied.change(script))
                    else:
                        read = interpret(read, script)
                except DatabaseError as error:
                    failures.append(failed_apply(script, backend, error, "parity/apply-failed"))
                except SqlSyntaxError as error:
                    names = names_in(script.sql)
                    if names:
                        refusals.append((backend, Refusal(VersionFailed(script, error), names)))
                    else:
                        failures.append(failed_apply(script, backend, error, "parity/apply-failed"))
            lost.update(name for _, refusal in refusals for name in refusal.names)
            yield replace(
                _known(version, libsql, read, failures, lost),
                passed_over=tuple(passed),
                refusals=tuple(refusals),
            )
            if failures:
                return


@dataclass(frozen=True, slots=True)
class _Applied:
    """What libsql makes of a version, and what had to be left out of it for that.

    Attributes:
        lost: the tables that are lost sight of already.
    """

    replay: Replay
    passed: list[PassedOver]
    refusals: list[tuple[Backend, Refusal]]
    lost: frozenset[str]

    def change(self, script: MigrationScript) -> Change:
        """What a script changes, without what cannot be run of it.

        Raises:
            DatabaseError: it is not known what that is about.
        """
        wanted = script
        while True:
            try:
                (change,) = self.replay.apply([wanted])
                return change
            except DatabaseError as error:
                left = without_statement(wanted, error)
                if left is not None:
                    wanted = left[0]
                    self.passed.append(replace(left[1], script=script))
                    continue
                lost = self.lost.union(*(refusal.names for _, refusal in self.refusals))
                rest = without_refused(wanted, script, error, Backend.LIBSQL, lost)
                if rest is None:
                    raise
                wanted = rest[0]
                self.refusals.append((Backend.LIBSQL, rest[1]))


def _after(schema: Schema, change: Change) -> Schema:
    before = Schema() if change.whole else schema
    tables = before.with_tables(change.schema.tables, change.removed).tables
    return replace(change.schema, tables=tables)


def _known(
    version: Version,
    libsql: Schema,
    read: StaticResult,
    failures: Sequence[Finding],
    lost: Collection[str],
) -> StaticVersion:
    there = [*(table.name for table in libsql.tables), *(view.name for view in libsql.views)]
    unknown = [name for name in there if not read.knows(name)]
    gone = [*there, *(t.name for t in read.schema.tables), *(v.name for v in read.schema.views)]
    unknown += [name for name in gone if folded(name).lower() in lost]
    left_out = frozenset(map(folded, (*unknown, *read.unclear)))
    return StaticVersion(
        version,
        _without(libsql, left_out),
        _without(read.schema, left_out),
        left_out,
        read.unknown,
        tuple(failures),
    )


def _without(schema: Schema, names: frozenset[str]) -> Schema:
    if not names:
        return schema
    return replace(
        schema,
        tables=tuple(table for table in schema.tables if folded(table.name) not in names),
        views=tuple(view for view in schema.views if folded(view.name) not in names),
    )


def _steps(versions: Iterable[StaticVersion]) -> Iterator[Step]:
    libsql, postgres = Schema(), Schema()
    for each in versions:
        if not each.failures:
            changes = {
                Backend.LIBSQL: _change(libsql, each.libsql),
                Backend.POSTGRES: _change(postgres, each.postgres),
            }
            yield Step(each.version.number, changes)
            libsql, postgres = each.libsql, each.postgres


def _change(before: Schema, after: Schema) -> Change:
    known = {table.name: table for table in before.tables}
    changed = tuple(table for table in after.tables if known.pop(table.name, None) != table)
    return Change(replace(after, tables=changed), frozenset(known))


def _lost_sight_of(parting: Parting, versions: Sequence[StaticVersion]) -> bool:
    """Whether a divergence only seems mended, because its table is no longer known."""
    ended = next((each for each in versions if each.version.number == parting.mended), None)
    return ended is not None and folded(parting.divergence.table) in ended.left_out


def _unknowns(versions: Iterable[StaticVersion]) -> Iterable[Unknown]:
    """Every statement that could not be read, once."""
    return dict.fromkeys(unknown for each in versions for unknown in each.unknown)


def _not_read(unknown: Unknown) -> Finding:
    names = ", ".join(sorted(unknown.objects or ()))
    return Finding(
        "parity/not-read",
        Severity.NOTE,
        f"Only a server can tell what this does to {names or 'the schema'}: {unknown.statement}",
        "Compare on live engines: `mig-assist postgres start`, then `mig-assist parity`.",
        version=unknown.version,
        backend=Backend.POSTGRES,
        object=names or None,
        path=unknown.path,
        line=unknown.line,
    )
