"""Views: their columns, and their text where it is the same but for spelling."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from mig_assist.backend import Backend
from mig_assist.engines.schema import View
from mig_assist.findings import Severity
from mig_assist.verify.parity.compare_triggers import compare_triggers
from mig_assist.verify.parity.divergence import Divergence
from mig_assist.verify.parity.names import folded, quoted
from mig_assist.verify.parity.queries import same_query
from mig_assist.verify.parity.sides import matched, one_line, said

_WORD = re.compile(r"[^\W\d]\w*")


def compare_views(
    libsql: Sequence[View], postgres: Sequence[View], lost: Collection[str]
) -> Iterator[Divergence]:
    """Views of one side only, and views that show something else.

    Args:
        lost: columns of tables that one side lacks; what a view says of them is no other defect.
    """
    found = matched(libsql, postgres)
    for one, other in found.pairs:
        words = set(_WORD.findall(f"{one.definition} {other.definition}".lower()))
        if words.isdisjoint(lost):
            yield from _both(one, other)
        yield from compare_triggers(one.name, one.triggers, other.triggers)
    for backend, views in ((Backend.LIBSQL, found.libsql), (Backend.POSTGRES, found.postgres)):
        for view in views:
            yield _missing(view, backend)


def _missing(view: View, there: Backend) -> Divergence:
    here = there.other
    return Divergence(
        "parity/view",
        Severity.ERROR,
        view.name,
        view.name,
        here,
        *said(there, view.definition),
        f"The view {view.name} is on {there.label} only.",
        f"Create it on {here.label} (`CREATE VIEW {quoted(view.name)} AS …;`), or run `DROP VIEW"
        f" {quoted(view.name)};` on {there.label}.",
    )


def _both(libsql: View, postgres: View) -> Iterator[Divergence]:
    columns = [[folded(name) for name in view.columns] for view in (libsql, postgres)]
    texts = libsql.definition, postgres.definition
    problem, severity, decided = "", Severity.ERROR, True
    if columns[0] != columns[1]:
        reordered = sorted(columns[0]) == sorted(columns[1])
        problem = (
            f"has the columns {', '.join(libsql.columns)} on libsql and"
            f" {', '.join(postgres.columns)} on PostgreSQL"
        )
        severity = Severity.NOTE if reordered else Severity.ERROR
    elif postgres.materialized:
        problem = "is materialized on PostgreSQL, so that it shows old rows until it is refreshed"
        severity = Severity.WARNING
    elif not same_query(*texts):
        problem = (
            f"is {one_line(texts[0])} on libsql and {one_line(texts[1])} on PostgreSQL, which"
            " cannot be compared as texts"
        )
        severity, decided = Severity.WARNING, False
    if problem:
        yield Divergence(
            "parity/view",
            severity,
            libsql.name,
            libsql.name,
            None,
            *texts,
            f"The view {libsql.name} {problem}.",
            "Create it from the same SELECT on both sides.",
            decided,
        )
