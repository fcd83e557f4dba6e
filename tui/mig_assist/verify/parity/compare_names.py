"""Names of constraints and indexes that a person wrote on both sides, and wrote differently."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mig_assist.verify.parity.divergence import Divergence
from mig_assist.verify.parity.names import Kind, folded, made_up, quoted, table_names
from mig_assist.verify.parity.sides import WARNING, TablePair


def name_differs(
    pair: TablePair,
    kind: Kind,
    libsql: str | None,
    postgres: str | None,
    thing: str,
    columns: Sequence[str] = (),
) -> Iterator[Divergence]:
    """A warning, unless a side has no name or one that PostgreSQL made up.

    Args:
        columns: of the constraint on PostgreSQL; of a CHECK those that it mentions.
    """
    if libsql is None or postgres is None or folded(libsql) == folded(postgres):
        return
    guesses: list[Sequence[str]] = [columns]
    if kind is Kind.CHECK:
        guesses = [(), *((column,) for column in columns)]
    if any(
        made_up(table, kind, guess, postgres)
        for table in table_names(pair.postgres)
        for guess in guesses
    ):
        return
    yield naming(
        pair,
        thing,
        libsql,
        postgres,
        f"ALTER TABLE {quoted(pair.postgres.name)} RENAME CONSTRAINT {quoted(postgres)} TO"
        f" {quoted(libsql)};",
    )


def naming(pair: TablePair, thing: str, libsql: str, postgres: str, sql: str) -> Divergence:
    """The warning that one thing has two names."""
    return pair.differs(
        "name",
        thing,
        (libsql, postgres),
        f"{thing} is called {libsql} on libsql and {postgres} on PostgreSQL.",
        f"Rename it: `{sql}` on PostgreSQL.",
        severity=WARNING,
    )
