"""Text on its way to the screen: made harmless, short, and of one style for one meaning."""

from __future__ import annotations

from textual.content import Content

from mig_assist.checklist.overview import MARKS
from mig_assist.checklist.state import State
from mig_assist.process import plain

MUTED = "$foreground-muted"
"""Style of what is said beside the point."""

STATE_STYLES = {
    State.TODO: MUTED,
    State.RUNNING: "$text-primary bold",
    State.FAILED: "$text-error bold",
    State.DONE: "$text-success",
    State.STALE: "$text-warning bold",
    State.SKIPPED: MUTED,
}
"""Theme colours of states; the mark beside them says the same without colour."""

STATE_WORDS = {
    State.TODO: "to do",
    State.RUNNING: "running",
    State.FAILED: "failed",
    State.DONE: "done",
    State.STALE: "stale",
    State.SKIPPED: "skipped",
}


def one_line(text: str) -> str:
    """Text from a file, a log, a branch or a name as one harmless line.

    Terminal escapes, control and formatting characters go; what UTF-8 cannot encode is escaped.
    """
    encodable = text.encode("utf-8", "backslashreplace").decode()
    return plain(" ".join(encodable.splitlines()).expandtabs(4))


def many_lines(text: str) -> list[str]:
    """The lines of such a text, each as :func:`one_line` has it."""
    return [one_line(line) for line in text.splitlines()]


def fitted(text: str | Content, width: int) -> Content:
    """One line cut to ``width`` cells, the cut shown by an ellipsis."""
    content = Content(text) if isinstance(text, str) else text
    return content.truncate(max(0, width), ellipsis=True)


def split_line(left: Content, right: Content, width: int, fill: str = " ") -> Content:
    """A line of ``width`` cells with ``right`` at its end; where both are long, ``left`` is cut."""
    right = fitted(right, width)
    left = fitted(left, width - right.cell_length - 1)
    return Content.assemble(left, fill * (width - left.cell_length - right.cell_length), right)


def duration(seconds: float) -> str:
    """A finished span: ``12 ms`` below a second, then as :func:`clock`."""
    return f"{seconds * 1000:.0f} ms" if seconds < 0.9995 else clock(seconds)


def clock(seconds: float) -> str:
    """A span as ``mm:ss``, from an hour on as ``h:mm:ss``."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes:02d}:{rest:02d}"


def mark(state: State) -> Content:
    """A state's mark in its style."""
    return Content.styled(MARKS[state], STATE_STYLES[state])
