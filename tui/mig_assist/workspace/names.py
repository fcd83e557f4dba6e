"""Which names of migrations say what changes, and in which style a house writes them."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from mig_assist.workspace.files import scan
from mig_assist.workspace.model import Workspace

LONGEST = 80
"""Keeps ``V123456__….sql`` far below the 255 bytes that file systems allow."""

_FEWEST = 3  # names that make a style


class NameStyle(StrEnum):
    """How the words of a name are joined; the value is what people call it.

    All of them hold letters of ASCII, digits, ``_`` and ``-`` alone, a letter first, so that a
    name can be a part of paths, of SQL comments and of code.
    """

    SNAKE = "snake_case"
    KEBAB = "kebab-case"
    CAMEL = "CamelCase"
    LOWER_CAMEL = "camelCase"
    CAPITALISED = "Capitalised_words"

    def fits(self, name: str) -> bool:
        """Whether a name is written so."""
        return re.fullmatch(self.pattern, name) is not None

    def write(self, snake: str) -> str:
        """A snake_case name in this style."""
        words = snake.split("_")
        if self is NameStyle.SNAKE:
            return snake
        if self is NameStyle.KEBAB:
            return "-".join(words)
        if self is NameStyle.CAPITALISED:
            return "_".join([words[0].capitalize(), *words[1:]])
        camel = "".join(word.capitalize() for word in words)
        return camel if self is NameStyle.CAMEL else words[0] + camel[len(words[0]) :]

    @property
    def pattern(self) -> str:
        """The regular expression of names that are written so."""
        return _FORMS[self]

    @property
    def rule(self) -> str:
        """What to do to write so."""
        return _RULES[self]


_FORMS = {
    NameStyle.SNAKE: r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*",
    NameStyle.KEBAB: r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*",
    NameStyle.CAMEL: r"[A-Z][A-Za-z0-9]*",
    NameStyle.LOWER_CAMEL: r"[a-z][A-Za-z0-9]*",
    NameStyle.CAPITALISED: r"[A-Z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*",
}
_RULES = {
    NameStyle.SNAKE: "Use lower-case letters, digits and single underscores, a letter first.",
    NameStyle.KEBAB: "Use lower-case letters, digits and single hyphens, a letter first.",
    NameStyle.CAMEL: "Begin every word with a capital, with nothing in between.",
    NameStyle.LOWER_CAMEL: "Begin every word but the first with a capital, nothing in between.",
    NameStyle.CAPITALISED: "Begin with a capital and join the words by single underscores.",
}
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


def house_style(workspace: Workspace, besides: int | None = None) -> NameStyle:
    """The style of most names from the baseline on; snake_case where fewer than three share one.

    Args:
        besides: a version that does not count, because its own name is in question.
    """
    names = {
        (file.version, file.name)
        for file in scan(workspace)
        if file.version >= workspace.config.baseline and file.version != besides
    }
    for style in NameStyle:  # the plainest first: one word alone fits more than one
        fitting = sum(style.fits(name) for _, name in names)
        if fitting >= _FEWEST and fitting * 2 > len(names):
            return style
    return NameStyle.SNAKE


def snake(name: str) -> str:
    """The words of a name, in lower case and joined by ``_``: ``TOTPKeys`` → ``totp_keys``."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z]{2})(?=[A-Z][a-z])", "_", plain)
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")


def is_vague(name: str) -> bool:
    """Whether a name has no word that says what changes."""
    words = snake(name).split("_")
    return len(name) < 4 or all(word in _VAGUE or word.isdigit() for word in words)


def is_descriptive(name: str, style: NameStyle = NameStyle.SNAKE) -> bool:
    """Whether a name may be given to a migration."""
    return len(name) <= LONGEST and style.fits(name) and not is_vague(name)
