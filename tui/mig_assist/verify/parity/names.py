"""Whose name a name is: a person's, or one that PostgreSQL made up.

PostgreSQL names what a migration leaves unnamed after the table, the columns and the kind, clips
that to 63 bytes and numbers it where it is taken (ChooseConstraintName, ChooseIndexName and
makeObjectName in its source). SQLite keeps such things nameless and clips nothing.
"""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from itertools import islice, product

from mig_assist.engines import spelling
from mig_assist.engines.postgres_names import (
    LONGEST_NAME,
    clipped,
    joined,
    object_name,
    told_apart,
)
from mig_assist.engines.schema import IndexPart, Table

_NUMBER = re.compile(r"\d+$")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MOST_GUESSES = 1000
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


class Kind(StrEnum):
    """What a name is made up for; the value is the word that PostgreSQL appends."""

    PRIMARY_KEY = "pkey"
    UNIQUE = "key"
    FOREIGN_KEY = "fkey"
    CHECK = "check"
    INDEX = "idx"


@lru_cache(maxsize=16384)
def folded(name: str) -> str:
    """What both engines take for one name: SQLite minds no case, PostgreSQL clips what is long."""
    return clipped(name.translate(_LOWER), LONGEST_NAME)


def quoted(name: str) -> str:
    """A name as SQL of both dialects writes it, in quotes only where it needs them."""
    plain = re.fullmatch(r"[a-z_][a-z0-9_]*", name) and name not in _RESERVED
    return name if plain else spelling.quoted(name)


def made_up(table: str, kind: Kind, columns: Sequence[str], name: str) -> bool:
    """Whether PostgreSQL itself would name a constraint or index of these columns so.

    Args:
        columns: those of the key, in their order; of a CHECK the one column that it mentions,
            and none where it mentions several.
    """
    number = _NUMBER.search(name)
    labels = (kind.value, kind.value + number[0]) if number else (kind.value,)
    middle = None if kind is Kind.PRIMARY_KEY else joined(told_apart(columns))
    return any(name == object_name(table, middle or None, label) for label in labels)


def made_up_index(
    table: str, parts: Sequence[IndexPart], include: Sequence[str], name: str
) -> bool:
    """Whether PostgreSQL would name an index so that was created without a name.

    It names an expression after its function, its type or its column
    (FigureIndexColname), otherwise ``expr``; any word of the expression is taken for that.
    """
    words = [_part_names(part) for part in parts] + [[column] for column in include]
    return any(
        made_up(table, Kind.INDEX, guess, name) for guess in islice(product(*words), _MOST_GUESSES)
    )


def table_names(table: Table) -> tuple[str, ...]:
    """What a PostgreSQL table is called, and was called before it was renamed.

    Renaming a table leaves the names of its constraints behind, its primary key's among them.
    """
    key = table.primary_key
    former = re.fullmatch(r"(.+)_pkey\d*", key.name) if key and key.name else None
    return (table.name,) if former is None else tuple(dict.fromkeys((table.name, former[1])))


def _part_names(part: IndexPart) -> list[str]:
    if not part.is_expression:
        return [part.text]
    return ["expr", *dict.fromkeys(word.lower() for word in _WORD.findall(part.text))]


# The words that neither dialect takes for a plain name.
_RESERVED = frozenset(
    """
    all analyse analyze and any array as asc asymmetric authorization between both by case cast
    check collate collation column commit concurrently constraint create cross current_catalog
    current_date current_role current_time current_timestamp current_user default deferrable
    delete desc distinct do drop else end escape except exists false fetch for foreign freeze
    from full grant group having if ilike in index initially inner insert intersect into is
    isnull join lateral leading left like limit localtime localtimestamp natural not nothing
    notnull null offset on only or order outer overlaps placing primary references returning
    right rollback select session_user set similar some symmetric system_user table tablesample
    then to trailing transaction true union unique update user using values variadic verbose
    when where window with
    """.split()
)
