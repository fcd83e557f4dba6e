"""TOML that people wrote, read into plain values."""

from __future__ import annotations

import re
from typing import Any


class NotToml(Exception):
    """A text is not TOML; ``line`` is 1-based, where it is known."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        match = re.search(r"at line (\d+)", message)
        self.line = int(match[1]) if match else None


def parse_toml(text: str) -> dict[str, Any]:
    """The values of a TOML document.

    Raises:
        NotToml: with the parser's own words.
    """
    import tomllib

    try:
        return tomllib.loads(text)
    except RecursionError:
        raise NotToml("Its values are nested too deeply") from None
    except ValueError as error:  # also a number with thousands of digits, which int() refuses
        raise NotToml(str(error)) from None
