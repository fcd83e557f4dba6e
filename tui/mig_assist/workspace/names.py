"""Which names of migrations say what changes."""

from __future__ import annotations

import re

LONGEST = 80
"""Keeps ``V123456__….sql`` far below the 255 bytes that file systems allow."""

_SNAKE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_VAGUE = frozenset(
    """
    a add adjust alter amend an and better bug bugfix change changed changes cleanup
    column columns create data database db delete do draft drop edit final fix fixed fixes
    fixup for hotfix improve improved improvement improvements in index it libsql make
    manual migrate migration migrations minor misc modify more my new newest next of old
    on other patch pg postgres postgresql quick refactor remove rename schema script small
    some sql sqlite stuff table tables temp temporary test that the thing things this tmp
    to todo tweak tweaks update updated updates various version wip with work
    """.split()
)


def is_snake_case(name: str) -> bool:
    """Whether a name is lower-case words, the first with a letter in front, joined by ``_``."""
    return _SNAKE.fullmatch(name) is not None


def is_vague(name: str) -> bool:
    """Whether a name has no word that says what changes."""
    return len(name) < 4 or all(word in _VAGUE or word.isdigit() for word in name.split("_"))


def is_descriptive(name: str) -> bool:
    """Whether a name may be given to a migration."""
    return len(name) <= LONGEST and is_snake_case(name) and not is_vague(name)
