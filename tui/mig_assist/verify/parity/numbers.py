"""Numbers that an engine gives to rows: which tell rows apart, and which were given anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mig_assist.verify.parity.probes.paired import PairedTable
from mig_assist.verify.parity.probes.run import Row
from mig_assist.verify.parity.probes.values import Value, canonical

Held = tuple[object, ...]
"""A row that was read, as canonical values."""

Sides = tuple[Sequence[Held], Sequence[Held]]
"""The rows of libsql and of PostgreSQL."""


def unnumbered(rows: Sides, place: int, filled: Iterable[Row], column: str) -> Sides:
    """Rows without the numbers that the engines gave them, in which they count on their own.

    Args:
        place: of the column that is numbered, by its name ``column``.
        filled: the rows that went in with the same numbers on both sides; who still has one of
            these is known by it.
    """
    known = {row[place] for row in rows[0]} & {row[place] for row in rows[1]}
    known &= {dict(row).get(column) for row in filled}
    mine, other = (
        [row if row[place] in known else (*row[:place], None, *row[place + 1 :]) for row in side]
        for side in rows
    )
    return mine, other


def renumbered(
    rows: Sides, table: PairedTable, column: str, filled: Iterable[Row]
) -> tuple[Held, Held] | None:
    """A row that kept its number on one side alone, as each side has it now.

    A copy of a table that leaves out the key gives every row another one; whatever refers to
    them, be it outside of the database, then means another row.
    """
    columns = [each.key for each in table.shared]
    place = columns.index(column)
    there: tuple[Mapping[Held, Held], ...] = tuple(
        {_without(row, place): row for row in side} for side in rows
    )
    numbers = [{row[place]: row for row in side} for side in rows]
    for given in map(dict, filled):
        number = canonical(given.get(column), table.by_key[column].kind)
        for one, other in ((0, 1), (1, 0)):
            kept = numbers[one].get(number)
            if kept is None or number in numbers[other] or not _is(kept, given, table):
                continue
            twin = there[other].get(_without(kept, place))
            if twin is not None:
                return (kept, twin) if one == 0 else (twin, kept)
    return None


def _is(row: Held, given: Mapping[str, Value], table: PairedTable) -> bool:
    """Whether a row is still what went in."""
    return all(
        value == canonical(given[column.key], column.kind)
        for value, column in zip(row, table.shared, strict=True)
        if column.key in given
    )


def _without(row: Held, place: int) -> Held:
    return (*row[:place], *row[place + 1 :])
