"""What becomes of one statement."""

from __future__ import annotations

from dataclasses import dataclass, field

MARK = "mig-assist: todo"
"""How a comment begins that asks a person to decide; see verify/marks.py."""

LEFT_OUT = "; left out: "
"""What stands in a doubt before the rule that was left out of a table for its sake."""
UNKNOWN = " is not known on "
"""What a doubt says of a function that the other side does not have."""


@dataclass(slots=True)
class Outcome:
    """A statement in the other dialect.

    Attributes:
        text: the statement or statements, without the last semicolon; None where there is none.
        doubts: what a person has to decide, one sentence each.
        shown: whether the source stands as a comment where there is no text.
        after: a statement that follows, once behind all neighbours that ask for the same.
        note: said in a comment that asks nothing.
    """

    text: str | None
    doubts: list[str] = field(default_factory=list)
    shown: bool = True
    note: str = ""
    after: str = ""


def nothing(note: str = "") -> Outcome:
    """A statement that has no meaning on the other side, and needs none."""
    return Outcome(None, shown=bool(note), note=note)


def without_counterpart(message: str) -> Outcome:
    """A statement that a person has to look at."""
    return Outcome(None, [message])


def one_line(text: str) -> str:
    """A message in one line."""
    return " ".join(text.split())[:200]
