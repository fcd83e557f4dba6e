"""PostgreSQL migrations read by its own grammar: the schema that they make, without a server.

Only what is certain is said. What a statement does that cannot be told from its text alone, as a
DO block or CREATE TABLE AS, is kept as :class:`Unknown`, and the objects that it may touch are no
part of the schema until they are dropped or made anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from mig_assist.backend import Backend
from mig_assist.engines.database import MigrationScript, shortened
from mig_assist.engines.postgres_static.catalog import TEMPORARY, Catalog, Unclear
from mig_assist.engines.postgres_static.expressions import Node
from mig_assist.engines.postgres_static.interpreter import carry_out, end_session
from mig_assist.engines.schema import Schema
from mig_assist.engines.sections import up_part
from mig_assist.engines.statements import SqlSyntaxError, split_statements


@dataclass(frozen=True, slots=True)
class Unknown:
    """A statement whose effect cannot be told from its text.

    Attributes:
        line: where it begins in ``path``.
        objects: the tables, views and types that it may touch; None for any.
    """

    version: int
    line: int
    path: str
    statement: str
    objects: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class StaticResult:
    """What is known after some migrations.

    Attributes:
        schema: every object that is known for certain.
        unknown: the statements for which other objects are not, of all migrations so far.
        catalog: what the next migration is read on.
    """

    schema: Schema = field(default_factory=Schema)
    unknown: tuple[Unknown, ...] = ()
    catalog: Catalog = field(default_factory=Catalog, repr=False, compare=False)

    @property
    def unclear(self) -> frozenset[str]:
        """The objects that exist, or may exist, and are in no way certain."""
        return frozenset(map(self.catalog.plain, self.catalog.unclear))

    def knows(self, name: str) -> bool:
        """Whether it is certain what a table, view, enum or domain is like, or that it is not.

        Case does not matter, for a name may be that of the same thing on libsql.
        """
        wanted = name.lower()
        if any(wanted == unclear.lower() for unclear in self.unclear):
            return False
        return not self.catalog.rest_unclear or any(
            wanted == self.catalog.plain(known).lower() for known in self.catalog.everything()
        )


NOTHING = StaticResult()
"""An empty database."""


def interpret(before: StaticResult, script: MigrationScript) -> StaticResult:
    """What one migration makes of what is known before it, which stays as it is.

    Raises:
        SqlSyntaxError: it is not PostgreSQL's SQL.
    """
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
    from postgast import PgQueryError

    catalog = before.catalog.copy()
    unknown: list[Unknown] = []
    for number, statement in enumerate(_trees(script.sql)):
        try:
            if statement is None:
                raise Unclear
            carry_out(catalog, statement)
        except Unclear as unclear:
            found = _noted(catalog, unclear, script, number)
        except (PgQueryError, DecodeError):
            found = _noted(catalog, Unclear(), script, number)
        else:
            continue
        unknown += [found] if found else []
    end_session(catalog)
    still = {catalog.plain(name) for name in catalog.unclear}
    return StaticResult(
        catalog.schema(),
        tuple(
            item
            for item in (*before.unknown, *unknown)
            if item.objects is None or item.objects & still
        ),
        catalog,
    )


def _trees(sql: str) -> Iterator[Node | None]:
    """The statements' trees; None for one that is nested too deeply to be read back."""
    import postgast
    from google.protobuf.message import DecodeError

    try:
        for item in postgast.parse(up_part(sql)).stmts:
            yield item.stmt
        return
    except postgast.PgQueryError:
        split_statements(sql, Backend.POSTGRES)  # raises it with its line
        raise SqlSyntaxError("PostgreSQL's parser refuses it.") from None
    except DecodeError:
        pass
    for statement in split_statements(sql, Backend.POSTGRES):
        try:
            yield postgast.parse(statement.text).stmts[0].stmt
        except DecodeError:
            yield None


def _noted(
    catalog: Catalog, unclear: Unclear, script: MigrationScript, number: int
) -> Unknown | None:
    """Keep in mind what is unclear now; None where it has been so before."""
    if unclear.objects is None:
        catalog.unclear |= catalog.everything()
        catalog.rest_unclear = True
    elif unclear.objects <= catalog.unclear:
        return None
    else:
        catalog.unclear |= unclear.objects
    lasting = [name for name in unclear.objects or () if name[0] != TEMPORARY]
    if unclear.objects is not None and not lasting:
        return None
    statement = split_statements(script.sql, Backend.POSTGRES)[number]
    return Unknown(
        script.version,
        statement.line,
        script.path,
        shortened(statement.text),
        frozenset(map(catalog.plain, lasting)) if unclear.objects is not None else None,
    )
