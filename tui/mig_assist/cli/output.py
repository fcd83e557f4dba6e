"""What commands print: data to standard output, everything else to standard error."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import click

from mig_assist.checklist.state import State

COLOURS = {
    State.TODO: "white",
    State.RUNNING: "cyan",
    State.FAILED: "red",
    State.DONE: "green",
    State.STALE: "yellow",
    State.SKIPPED: "blue",
}
"""Colours of states; the mark beside them says the same without colour."""


def colour_for(stream: Any) -> bool | None:
    """Whether to colour a stream: never with NO_COLOR set, else as click decides."""
    if os.environ.get("NO_COLOR") or not stream.isatty():
        return False
    return None


def echo(text: str = "") -> None:
    """Data, on standard output."""
    click.echo(printable(text), color=colour_for(sys.stdout))


def say(text: str = "") -> None:
    """Everything that is not data, on standard error."""
    click.echo(printable(text), err=True, color=colour_for(sys.stderr))


def echo_json(data: dict[str, object]) -> None:
    """One JSON object on standard output."""
    click.echo(json.dumps(data, indent=2, ensure_ascii=False).encode("utf-8", "replace"))


def printable(text: str) -> str:
    """Text that any UTF-8 terminal takes: undecodable bytes of file names are escaped."""
    return text.encode("utf-8", "backslashreplace").decode()


def duration(seconds: float) -> str:
    """A time span as a person reads it: ``12 ms``, ``3.4 s``, ``2:05``."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def interactive() -> bool:
    """Whether questions can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()
