"""What deriving is given, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mig_assist.backend import Backend
from mig_assist.engines.schema import Schema

if TYPE_CHECKING:
    from mig_assist.draft.derive.types_of import HouseTypesBySide
    from mig_assist.draft.house import HouseStyle


@dataclass(frozen=True, slots=True)
class Mark:
    """A passage that was not carried with certainty; it stands in the result as a comment.

    Attributes:
        line: 1-based, in the result.
        message: what a person has to decide, in a sentence.
    """

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Derived:
    """A script in the other dialect, with what a person has to look at."""

    sql: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Context:
    """What is known besides the file: both schemas before this version, and the house's habits.

    Attributes:
        definitions: libsql's own CREATE statements by folded name, as far as they are at hand
            (sqlite_schema.sql); what is edited there keeps its layout and comments.
        version: the file's, where it is known.
        types: what was learned of the pairs of types before the file; learned where it is None.
        own_transactions: the sides whose files begin and commit their transactions themselves.
        trigger_functions: what PostgreSQL's triggers call, by their folded names, as its files say.
    """

    libsql: Schema
    postgres: Schema
    house: HouseStyle
    definitions: Mapping[str, str] = field(default_factory=dict)
    version: int | None = None
    types: HouseTypesBySide | None = field(default=None, compare=False, repr=False)
    own_transactions: frozenset[Backend] = frozenset()
    trigger_functions: Mapping[str, str] = field(default_factory=dict)
