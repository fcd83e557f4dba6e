"""Habits that the texts of migrations show, statement by statement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mig_assist.backend import Backend
from mig_assist.draft.derive.pieces import Piece, pieces
from mig_assist.draft.derive.tokens import Token
from mig_assist.draft.house.votes import Votes

if TYPE_CHECKING:
    from mig_assist.draft.house.learning import Script


def vote(votes: Votes, pairs: Sequence[tuple[Script | None, Script | None]]) -> None:
    """Count what scripts show."""
