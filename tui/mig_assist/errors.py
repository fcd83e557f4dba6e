"""Errors that a user sees: a title, what happened, and what to do about it."""

from __future__ import annotations


class MigAssistError(Exception):
    """Base of every error that is reported to a user without a traceback.

    Attributes:
        title: a few words that name the problem.
        message: what happened, in full sentences.
        fix: what the user can do about it; may be empty.
        exit_code: the process exit status that design.md assigns to the class.
    """

    exit_code = 1

    def __init__(self, title: str, message: str = "", fix: str = "") -> None:
        super().__init__(title, message, fix)
        self.title = title
        self.message = message
        self.fix = fix

    def __str__(self) -> str:
        return "\n".join(part for part in (self.title, self.message, self.fix) if part)


class ErrorInFile(MigAssistError):
    """What stands in a file cannot be used.

    Attributes:
        line: 1-based line of the problem, where it is known.
    """

    def __init__(
        self, title: str, message: str = "", fix: str = "", line: int | None = None
    ) -> None:
        super().__init__(title, message, fix)
        self.line = line


class WrongUse(MigAssistError):
    """The command line or the configuration asks for something that cannot be done."""

    exit_code = 2


class EnvironmentLacks(MigAssistError):
    """Something outside mig-assist is missing: PostgreSQL, mise, Docker, disk space."""

    exit_code = 3


class Cancelled(MigAssistError):
    """The user interrupted the work."""

    exit_code = 130
