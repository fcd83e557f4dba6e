"""The checklist as front ends show it: every item with its state and its evidence."""

from __future__ import annotations

from typing import NamedTuple

from mig_assist.checklist.inputs import InputReader
from mig_assist.checklist.items import HANDOFF, ITEMS, Check, Item
from mig_assist.checklist.ledger import Ledger, MigrationRecord, RunRecord
from mig_assist.checklist.state import CheckState, ItemState, State, item_state
from mig_assist.workspace.model import Workspace


class ItemView(NamedTuple):
    """An item with its derived state."""

    item: Item
    state: ItemState

    @property
    def checks(self) -> tuple[tuple[Check, CheckState], ...]:
        """Each check of the item with its state."""
        return tuple(zip(self.item.checks, self.state.checks, strict=True))

    def to_json(self) -> dict[str, object]:
        """The item as the JSON of ``mig-assist status``."""
        return {
            "number": self.item.number,
            "key": self.item.key,
            "title": self.item.title,
            "state": str(self.state.state),
            "reason": self.state.reason,
            "evidence": [evidence.to_json() for evidence in self.state.evidence],
        }


class Overview(NamedTuple):
    """All items of one migration; without a migration every item is to do."""

    migration: MigrationRecord | None
    items: tuple[ItemView, ...]
    handoff: tuple[ItemView, ...]

    def view(self, key: str) -> ItemView:
        """The item with a key, the hand-off's included."""
        return next(view for view in (*self.items, *self.handoff) if view.item.key == key)

    @property
    def complete(self) -> bool:
        """Whether all ten items are done or skipped."""
        return self.migration is not None and all(v.state.state.settled for v in self.items)

    @property
    def next_key(self) -> str:
        """Key of the first item that is not settled; the hand-off's first after them."""
        for view in (*self.items, *self.handoff):
            if not view.state.state.settled:
                return view.item.key
        return self.handoff[-1].item.key

    def to_json(self) -> dict[str, object]:
        """The JSON of ``mig-assist status``, as design.md fixes it."""
        migration = self.migration
        return {
            "schema": 1,
            "migration": migration and {"version": migration.version, "name": migration.name},
            "items": [view.to_json() for view in self.items],
            "handoff": [view.to_json() for view in self.handoff],
        }


def overview(workspace: Workspace, ledger: Ledger, migration: MigrationRecord | None) -> Overview:
    """Derive every item's state from the ledger and the files as they are now."""
    if migration is None:
        blank = {
            item.key: ItemView(item, item_state((), [(check.key, {}) for check in item.checks], {}))
            for item in (*ITEMS, *HANDOFF)
        }
        return Overview(
            None, tuple(blank[i.key] for i in ITEMS), tuple(blank[i.key] for i in HANDOFF)
        )
    reader = InputReader(workspace, migration.version, migration.name)
    evidence = ledger.evidence(migration.id)
    runs = {run.item: run for run in ledger.runs(migration.id)}

    def view(item: Item) -> ItemView:
        run: RunRecord | None = runs.get(item.key)
        return ItemView(
            item,
            item_state(
                [record for record in evidence if record.item == item.key],
                [(check.key, check.seen(reader)) for check in item.checks],
                reader.pair(),
                running=run is not None and run.alive,
                interrupted=run is not None and run.interrupted,
            ),
        )

    return Overview(migration, tuple(map(view, ITEMS)), tuple(map(view, HANDOFF)))


MARKS = {
    State.TODO: "·",
    State.RUNNING: "▶",
    State.FAILED: "✘",
    State.DONE: "✔",
    State.STALE: "!",
    State.SKIPPED: "–",
}
"""One character for each state, so that it is never told by colour alone."""
