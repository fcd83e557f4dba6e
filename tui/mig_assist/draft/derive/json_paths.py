"""JSON in scripts: its texts, and paths into it as PostgreSQL and SQLite write them."""

from __future__ import annotations

import json
import re

from mig_assist.engines.spelling import literal

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_STEP = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^",{}\\]*[^",{}\\\s]))\s*(,|$)')
_PATH = re.compile(r"""\.(?:"([^"]*)"|([A-Za-z_][A-Za-z0-9_]*))|\[(\d+)\]""")
_INDEX = re.compile(r"-?\d+")


def is_json(text: str) -> bool:
    """Whether a text is a JSON value."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def text_of_bytes(token: str) -> str | None:
    """The JSON text that ``x'…'`` holds; None where it holds something else."""
    try:
        text = bytes.fromhex(token[2:-1]).decode()
    except ValueError:
        return None
    return text if is_json(text) else None


def path_steps(text: str | None) -> list[str] | None:
    """The steps of a path such as ``{a,0}``; None where it is not understood."""
    if text is None or text[:1] + text[-1:] != "{}":
        return None
    inner, position, steps = text[1:-1], 0, list[str]()
    while position < len(inner):
        match = _STEP.match(inner, position)
        if match is None:
            return None
        step = match[2] if match[1] is None else re.sub(r"\\(.)", r"\1", match[1])
        steps.append(step)
        position = match.end()
    return steps or None


def json_way(steps: list[str], *, keys: bool = False) -> str:
    """Steps as SQLite writes them.

    Args:
        keys: whether a number is a key, too, and no place in an array.
    """
    way = "$"
    for step in steps:
        if _INDEX.fullmatch(step) and not keys:
            way += f"[#{step}]" if step.startswith("-") else f"[{step}]"
        else:
            way += f".{step}" if _PLAIN.fullmatch(step) else f'."{step}"'
    return way


def json_path(path: str) -> list[str] | None:
    """The steps of a JSON path such as ``$.a[0]``; None where it has others."""
    if not path.startswith("$"):
        return None
    steps: list[str] = []
    position = 1
    while position < len(path):
        match = _PATH.match(path, position)
        if match is None:
            return None
        steps.append(next(group for group in match.groups() if group is not None))
        position = match.end()
    return steps


def reach(text: str, path: list[str], arrow: str) -> str:
    """What lies at a path of a JSONB value, as JSONB (``->``) or as a text (``->>``)."""
    if len(path) == 1:
        step = path[0] if path[0].isdecimal() else literal(path[0])
        return f"({text} {arrow} {step})"
    listed = ",".join(f'"{step}"' if re.search(r"[^\w]", step) else step for step in path)
    return f"({text} {'#>>' if arrow == '->>' else '#>'} {literal('{' + listed + '}')})"
