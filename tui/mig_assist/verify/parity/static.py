"""The static proof: what the files say by their grammars, without a server.

Libsql is a library and reads its own side itself. Of PostgreSQL's side only what is certain is
compared, and what only behaviour can decide is left to the engines.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from mig_assist.backend import Backend
from mig_assist.engines.database import DatabaseError
from mig_assist.engines.postgres_static import NOTHING, StaticResult, interpret
from mig_assist.engines.replay import Change, Replay
from mig_assist.engines.schema import Schema
from mig_assist.engines.scratch import scratch_database
from mig_assist.engines.statements import SqlSyntaxError
from mig_assist.findings import Finding
from mig_assist.verify.apply import failed_apply
from mig_assist.verify.parity.history import Parting, Step, history_of, partings_of
from mig_assist.verify.parity.proof import ParityReport, findings_of, texts_of, waived
from mig_assist.verify.parity.versions import versions_of
from mig_assist.workspace.model import Workspace


def check_static(workspace: Workspace, chosen: Collection[int]) -> ParityReport:
    """Compare both backends by what their files say, as far as that is certain.

    Args:
        chosen: versions; those that the workspace does not have are left out.

    Raises:
        UnreadableSource: a migration file is no text.
    """
    versions = versions_of(workspace)
    wanted = tuple(version.number for version in versions if version.number in chosen)
    if not wanted:
        return ParityReport((), static=True)
    steps: list[Step] = []
    failed: list[Finding] = []
    known = NOTHING
    with scratch_database(Backend.LIBSQL) as database:
        database.query("PRAGMA synchronous = OFF")
        replay = Replay(database)
        replay.start()
        engine = database.engine_version()
        for version in versions:
            changes: dict[Backend, Change] = {}
            for backend, script in version.scripts.items():
                try:
                    if backend is Backend.LIBSQL:
                        changes[backend] = replay.apply(script)
                    else:
                        before, known = known, interpret(known, script)
                        changes[backend] = _change(before.schema, known.schema)
                except (DatabaseError, SqlSyntaxError) as error:
                    failed.append(failed_apply(script, backend, error, "parity/apply-failed"))
            if failed:
                break
            steps.append(Step(version.number, changes))
    history = history_of(steps, workspace.config.parity.types)
    partings = [parting for parting in partings_of(history, wanted) if _is_certain(parting, known)]
    findings = waived(
        workspace, versions, wanted, [*findings_of(partings, versions), *failed], complete=False
    )
    return ParityReport(
        wanted, findings, {Backend.LIBSQL: engine}, texts=texts_of(partings), static=True
    )


def _is_certain(parting: Parting, known: StaticResult) -> bool:
    found = parting.divergence
    return found.decided and known.knows(found.table)


def _change(before: Schema, after: Schema) -> Change:
    old = {table.name: table for table in before.tables}
    new = {table.name: table for table in after.tables}
    changed = tuple(
        table
        for name, table in new.items()
        if old.get(name) is not table and old.get(name) != table
    )
    return Change(replace(after, tables=changed), frozenset(old.keys() - new.keys()))
