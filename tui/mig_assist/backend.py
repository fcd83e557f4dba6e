"""The two backends of a paired schema."""

from __future__ import annotations

from enum import StrEnum


class Backend(StrEnum):
    """A database family for which a workspace keeps migrations."""

    LIBSQL = "libsql"
    POSTGRES = "postgres"

    @property
    def label(self) -> str:
        """The name that the user interface shows."""
        return "libsql" if self is Backend.LIBSQL else "PostgreSQL"

    @property
    def other(self) -> Backend:
        """The opposite side of a pair."""
        return Backend.POSTGRES if self is Backend.LIBSQL else Backend.LIBSQL
