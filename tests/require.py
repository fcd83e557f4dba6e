"""What a test needs from the machine; where it is absent the test is skipped, loudly."""

from __future__ import annotations

from typing import TypeVar

import pytest

_Value = TypeVar("_Value")


def require(value: _Value | None, what: str) -> _Value:
    """Skip the test unless ``value`` is truthy; return it otherwise.

    Args:
        value: a condition, or something that was looked for, such as ``shutil.which("tmux")``.
        what: what is missing and how to get it, such as ``"tmux (apt-get install tmux)"``.
    """
    __tracebackhide__ = True  # so that the report names the test
    if not value:
        pytest.skip(f"needs {what}")
    return value
