"""Two schemas of one version, compared: what differs, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from mig_assist.backend import Backend
from mig_assist.engines.house_types import HouseTypes
from mig_assist.engines.schema import Check, Column, Domain, Schema, Table
from mig_assist.findings import Severity
from mig_assist.verify.parity.compare_checks import compare_checks
from mig_assist.verify.parity.compare_columns import compare_columns, is_mistyped
from mig_assist.verify.parity.compare_indexes import compare_indexes
from mig_assist.verify.parity.compare_keys import compare_foreign_keys, compare_primary_keys
from mig_assist.verify.parity.compare_triggers import compare_triggers
from mig_assist.verify.parity.compare_views import compare_views
from mig_assist.verify.parity.divergence import Divergence
from mig_assist.verify.parity.habits import Habits
from mig_assist.verify.parity.names import folded, quoted
from mig_assist.verify.parity.sides import (
    TablePair,
    lost_columns,
    matched,
    one_line,
    plain_type,
    said,
)
from mig_assist.verify.parity.type_verdicts import Houses, Tables, TypeMemory

_QUOTED = re.compile(r"""('(?:[^']|'')*'|"(?:[^"]|"")*")""")
# What stands behind the list of an EXCLUDE constraint.
_EXCLUSION = re.compile(
    r"(?<=\))\s+(?:INCLUDE|WITH|USING INDEX|WHERE|(?:NOT )?DEFERRABLE|INITIALLY)\b.*"
)
_VALUE = re.compile(r"\bVALUE\b", re.IGNORECASE)
_PROTECTED = ("ROW LEVEL SECURITY", "UNLOGGED", "PARTITION", "INHERITS", "VIRTUAL TABLE")


def compare(
    libsql: Schema,
    postgres: Schema,
    house: HouseTypes | Houses,
    habits: Habits | None = None,
    *,
    memory: TypeMemory | None = None,
    tables: Tables | None = None,
) -> tuple[Divergence, ...]:
    """Every difference between two schemas, once each, by table.

    A pure function. A table or a column that one side lacks is one divergence, whatever hangs
    on it. What only behaviour can decide is a warning with ``decided=False``.

    Args:
        house: the types of the house; where it is looked back at, those of then and of the end.
        habits: what the house does, where the two schemas are only a part of it.
        memory: what was said of columns' types before; it learns what is said now.
        tables: finds PostgreSQL's tables, where the two schemas are only a part of all.
    """
    memory, tables = memory or TypeMemory(), tables or postgres.table
    houses = (house,) if isinstance(house, HouseTypes) else house
    return tuple(_divergences(libsql, postgres, houses, habits, memory, tables))


def column_pairs(libsql: Schema, postgres: Schema) -> Iterator[tuple[Column, Column]]:
    """The columns that both sides have: what a house's habits of types are learned from."""
    for one, other in matched(libsql.tables, postgres.tables).pairs:
        yield from matched(one.columns, other.columns).pairs


def table_pairs(libsql: Schema, postgres: Schema) -> tuple[TablePair, ...]:
    """The tables that both sides have; PostgreSQL's without domains."""
    return _pairs(matched(libsql.tables, postgres.tables).pairs, postgres)


def _divergences(
    libsql: Schema,
    postgres: Schema,
    houses: Houses,
    habits: Habits | None,
    memory: TypeMemory,
    postgres_tables: Tables,
) -> Iterator[Divergence]:
    found = matched(libsql.tables, postgres.tables)
    pairs = _pairs(found.pairs, postgres)
    habits = habits or Habits.learn(pairs)
    views = {folded(view.name) for view in (*libsql.views, *postgres.views)}
    for backend, tables in ((Backend.LIBSQL, found.libsql), (Backend.POSTGRES, found.postgres)):
        yield from (_missing(table, backend, folded(table.name) in views) for table in tables)
    for pair in pairs:
        judged = replace(pair, verdicts=memory.judge(pair, houses, postgres_tables))
        yield from _table(judged, habits)
    lost = lost_columns(found.pairs)
    # What is a table on the other side has been said to be missing there.
    tables_alone = {folded(table.name) for table in (*found.libsql, *found.postgres)}
    yield from compare_views(
        [view for view in libsql.views if folded(view.name) not in tables_alone],
        [view for view in postgres.views if folded(view.name) not in tables_alone],
        {column for names in lost.values() for _, column in names},
    )


def _table(pair: TablePair, habits: Habits) -> Iterator[Divergence]:
    yield from compare_columns(pair, habits)
    yield from compare_primary_keys(pair)
    yield from compare_foreign_keys(pair)
    mistyped = {
        f"{pair.name}.{column[0].name}" for column in pair.columns if is_mistyped(pair, *column)
    }
    yield from compare_checks(pair, habits, mistyped)
    yield from compare_indexes(pair)
    yield from compare_triggers(pair.name, pair.libsql.triggers, pair.postgres.triggers)
    for option in pair.postgres.options:
        if option.startswith("EXCLUDE"):
            yield _exclusion(pair, option)
        elif option.startswith(_PROTECTED):
            yield pair.differs(
                "option",
                pair.name,
                (None, option),
                f"{pair.name} is {option} on PostgreSQL, which libsql does not have.",
                "Mind it where rows are read or written on both sides.",
                severity=Severity.NOTE,
            )


def _exclusion(pair: TablePair, option: str) -> Divergence:
    """An EXCLUDE constraint, which libsql has nothing like."""
    kept = bool(pair.libsql.triggers)
    # PostgreSQL's catalog names the method that a migration leaves out.
    rule = _EXCLUSION.sub("", one_line(option)).replace(" USING btree ", " ", 1)
    return pair.differs(
        "unique",
        f"{pair.name}: {rule}",
        (None, option),
        f"{pair.name} has {one_line(option)} on PostgreSQL, which refuses rows that libsql takes"
        + (", unless a trigger refuses them." if kept else "."),
        "Refuse the same rows on libsql, by UNIQUE where all operators are =, otherwise by a"
        " trigger; or drop it from PostgreSQL.",
        severity=Severity.WARNING if kept else Severity.ERROR,
        lacks=Backend.LIBSQL,
    )


def _missing(table: Table, there: Backend, is_view: bool) -> Divergence:
    here = there.other
    columns = ", ".join(column.name for column in table.columns)
    instead = f", where it is a view on {here.label}" if is_view else ""
    return Divergence(
        "parity/missing-table",
        Severity.ERROR,
        table.name,
        table.name,
        here,
        *said(there, f"{table.name} ({columns})"),
        f"The table {table.name} is on {there.label} only{instead}.",
        f"Create it on {here.label} (`CREATE TABLE {quoted(table.name)} (…);`), or run `DROP TABLE"
        f" {quoted(table.name)};` on {there.label}.",
    )


def _pairs(tables: Sequence[tuple[Table, Table]], postgres: Schema) -> tuple[TablePair, ...]:
    domains = {domain.name: domain for domain in postgres.domains}
    enums = {enum.name: enum.labels for enum in postgres.enums}
    lost = lost_columns(tables)
    return tuple(
        TablePair(one, _without_domains(other, domains), enums, lost) for one, other in tables
    )


def _without_domains(table: Table, domains: dict[str, Domain]) -> Table:
    """The table as if each rule of a domain stood at the column that has the domain's type."""
    if not any(plain_type(column.type) in domains for column in table.columns):
        return table
    columns: list[Column] = []
    checks = list(table.checks)
    for column in table.columns:
        seen: set[str] = set()
        while (name := plain_type(column.type)) in domains and name not in seen:
            domain = domains[name]
            seen.add(domain.name)
            checks += _checks_of(domain, column)
            column = replace(
                column,
                type=domain.type,
                nullable=column.nullable and domain.nullable,
                default=column.default if column.default is not None else domain.default,
            )
        columns.append(column)
    return replace(table, columns=tuple(columns), checks=tuple(checks))


def _checks_of(domain: Domain, column: Column) -> Iterable[Check]:
    return (
        Check(None, with_value(check.expression, quoted(column.name)), check.validated)
        for check in domain.checks
    )


def with_value(expression: str, column: str) -> str:
    """A domain's CHECK with a column in place of VALUE, outside of quotes."""
    pieces = _QUOTED.split(expression)
    return "".join(
        piece if index % 2 else _VALUE.sub(lambda _: column, piece)
        for index, piece in enumerate(pieces)
    )
