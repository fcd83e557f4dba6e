"""What a running worker tells the screen.

Textual writes its own bookkeeping into a message, so these cannot be frozen; what they carry is.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message


@dataclass
class CheckStarted(Message):
    """A check of this process's run began, at a unix time."""

    item: str
    check: str
    at: float


@dataclass
class CheckFinished(Message):
    """A check ended, and its evidence is in the ledger."""

    item: str
    check: str
    passed: bool


@dataclass
class LogArrived(Message):
    """Lines wait in the log buffer; one message stands for any number of them."""

    def can_replace(self, message: Message) -> bool:
        """A second one says nothing new."""
        return isinstance(message, LogArrived)
