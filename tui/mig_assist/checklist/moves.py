"""A renumbering on its way from the files to the ledger.

A note of which migrations move is written together with the files, all or none. Whoever opens the
workspace next turns it into rows of the ledger, also where the process that wrote it is dead.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from mig_assist.checklist.ledger import Ledger
from mig_assist.state_folder import NAME

if TYPE_CHECKING:
    from mig_assist.file_changes import FileChange
    from mig_assist.workspace.numbers import Migration

NOTE = f"{NAME}/moves.json"


def moves_note(moves: Mapping[Migration, int]) -> FileChange:
    """What has to be written after the files that move: migration as it was → its new version."""
    from mig_assist.file_changes import FileChange

    rows = [[version, name, new] for (version, name), new in moves.items()]
    return FileChange(NOTE, json.dumps(rows).encode())


def take_over_moves(root: Path, ledger: Ledger) -> None:
    """Record what a note says, if there is one, then forget it.

    A second process may do the same at the same time: a record that has moved has no longer the
    number that the note gives.

    Raises:
        EnvironmentLacks: the ledger cannot be written.
    """
    note = root / NOTE
    try:
        moves = {(version, name): new for version, name, new in json.loads(note.read_bytes())}
    except FileNotFoundError:
        return
    except (OSError, ValueError, TypeError):
        moves = {}
    moved = {
        record.id: moves[record.version, record.name]
        for record in ledger.migrations()
        if (record.version, record.name) in moves
    }
    if moved:
        ledger.move(moved)
    with suppress(OSError):
        note.unlink()
