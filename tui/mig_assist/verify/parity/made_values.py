"""Which columns may hold what a clock or a random generator made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from mig_assist.engines.schema import Column, Schema, Table
from mig_assist.verify.parity.names import folded
from mig_assist.verify.parity.probes.paired import PairedSchema, PairedTable
from mig_assist.verify.parity.probes.texts import is_chance, is_volatile, mentioned
from mig_assist.verify.parity.probes.values import alike

Same = Callable[[object, object], bool]
"""Whether two values of a column mean the same."""


@dataclass(frozen=True, slots=True)
class Volatility:
    """The texts of both sides' statements, which may ask a clock or a random generator.

    Only where both sides do, the values of a column can differ and yet mean the same.
    """

    scripts: tuple[str, str] = ("", "")

    def columns(self, schema: PairedSchema, table: PairedTable) -> dict[str, Same]:
        """When two values are the same, of the columns that are not compared exactly."""
        sides = zip(self.scripts, (schema.libsql, schema.postgres), table.sides, strict=True)
        made = [
            {
                folded(column.name): [script, *_makers(column, side, whole)]
                for column in side.columns
            }
            for script, whole, side in sides
        ]
        return {
            name: _comparison([*texts, *made[1][name]])
            for name, texts in made[0].items()
            if name in made[1]
            if any(map(is_volatile, texts)) and any(map(is_volatile, made[1][name]))
        }

    def shown(self, schema: PairedSchema, view: str, columns: Iterable[str]) -> dict[str, Same]:
        """The same of the columns that a view shows."""
        tables = [schema.tables[name] for name in schema.behind(view)]
        made = {name: same for t in tables for name, same in self.columns(schema, t).items()}
        texts = (*self.scripts, *schema.definitions(view))
        if all(map(is_volatile, self.scripts)) or any(map(is_volatile, schema.definitions(view))):
            return dict.fromkeys(columns, _comparison(texts))
        if not made:
            return {}
        # What a view calls otherwise than any table does may be what it makes of such a column.
        plain = {name for table in tables for name in table.by_key}
        other = next((same for same in made.values() if same is not alike), alike)
        return {
            name: made.get(name, other) for name in columns if name in made or name not in plain
        }


def _comparison(texts: Iterable[str]) -> Same:
    if any(map(is_chance, texts)):
        return partial(alike, chance=True, any_numbers=True)
    return alike


def _makers(column: Column, table: Table, schema: Schema) -> list[str]:
    """The texts by which a side makes values of a column itself, be it in others' triggers."""
    name, owner = folded(column.name), folded(table.name)
    actions = [
        trigger.action
        for other in schema.tables
        for trigger in other.triggers
        if name in (words := mentioned(trigger.action)) and (other is table or owner in words)
    ]
    return [column.default or "", column.generated or "", *actions]
