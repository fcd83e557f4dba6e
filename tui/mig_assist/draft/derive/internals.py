"""The engines' own tables and functions, which the other engine does not have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from mig_assist.backend import Backend
from mig_assist.draft.derive.outcome import Outcome
from mig_assist.draft.derive.tokens import Sort, Token, tokenize
from mig_assist.draft.derive.words import string_value

if TYPE_CHECKING:
    from mig_assist.draft.derive.rebuilds import Rebuild
    from mig_assist.draft.derive.rewrite import Writer

_OF_LIBSQL = frozenset(
    "sqlite_master sqlite_schema sqlite_temp_master sqlite_temp_schema sqlite_sequence".split()
)
_BEFORE_TABLES = frozenset("FROM JOIN INTO UPDATE ONLY TABLE ,".split())
_COUNTER = "sqlite_sequence"
_COPY = "INTO sqlite_sequence ( name , seq ) SELECT ? , seq FROM sqlite_sequence WHERE name = ?"
_COPY_ALL = _COPY.replace("( name , seq ) ", "")
_CARRIED = frozenset(
    tuple(shape.lower().split())
    for shape in (
        *(f"INSERT {copy}" for copy in (_COPY, _COPY_ALL)),
        *(f"REPLACE {copy}" for copy in (_COPY, _COPY_ALL)),
        *(
            f"INSERT OR {way} {copy}"
            for way in ("REPLACE", "IGNORE")
            for copy in (_COPY, _COPY_ALL)
        ),
        "UPDATE sqlite_sequence SET seq ="
        " ( SELECT seq FROM sqlite_sequence WHERE name = ? ) WHERE name = ?",
        "UPDATE sqlite_sequence SET name = ? WHERE name = ?",
    )
)
_FORGOTTEN = tuple("DELETE FROM sqlite_sequence WHERE name = ?".lower().split())


def withheld(outcome: Outcome, writer: Writer) -> Outcome:
    """What came of a statement; only marks where it speaks of what the engine alone has."""
    found = doubts_of(writer) if outcome.text is not None else []
    if not found:
        return outcome
    return Outcome(None, list(dict.fromkeys([*found, *outcome.doubts])))


def doubts_of(writer: Writer) -> list[str]:
    """What a person has to decide about the internals that a statement speaks of."""
    found = []
    for k in range(len(writer.tokens)):
        if writer.is_name(k) and _is_internal(writer, k):
            name = writer.tokens[k].folded
            if name == _COUNTER:
                found.append(
                    "sqlite_sequence holds libsql's counters: PostgreSQL's sequences keep their"
                    " own, and setval() sets one."
                )
            else:
                found.append(f"{name} is {writer.source.label}'s own: decide what takes its place.")
    return list(dict.fromkeys(found))


def _is_internal(writer: Writer, k: int) -> bool:
    name = writer.tokens[k].folded
    table = writer.key(k - 1) in _BEFORE_TABLES or writer.key(k + 1) == "."
    if writer.source is Backend.LIBSQL:
        return name in _OF_LIBSQL or (table and name.startswith(("sqlite_", "pragma_")))
    if name == "information_schema":
        return writer.key(k + 1) == "."
    if not name.startswith("pg_") or name == "pg_catalog" or writer.known.table(name) is not None:
        return False
    if name in writer.tables:
        return False
    catalog = writer.key(k - 1) == "." and writer.tokens[k - 2].folded == "pg_catalog"
    named = writer.key(k - 1) in _BEFORE_TABLES - {",", "TABLE"}
    return catalog or named or writer.key(k + 1) == "." or writer.is_call(k)


def keeps_counter(sql: str, rebuilds: Iterable[Rebuild]) -> bool:
    """Whether a statement only carries a counter over from a table to the one in its place.

    SQLite counts AUTOINCREMENT in ``sqlite_sequence`` by the table's name
    (https://www.sqlite.org/autoinc.html); PostgreSQL's sequence stays through an ALTER TABLE.
    """
    if _COUNTER not in sql.lower():
        return False
    shape, names = _shape(tokenize(sql, Backend.LIBSQL)[0])
    for rebuild in rebuilds:
        if shape == _FORGOTTEN and names <= rebuild.names:
            return True
        both = rebuild.names | {rebuild.after.name.lower()}
        if shape in _CARRIED and len(names) == 2 and names <= both:
            return True
    return False


def _shape(tokens: Sequence[Token]) -> tuple[tuple[str, ...], frozenset[str]]:
    """The words of a statement with ``?`` for the names of tables as values, and those names."""
    words: list[str] = []
    names: set[str] = set()
    for k, token in enumerate(tokens):
        value = k > 0 and tokens[k - 1].key in ("=", "==", "SELECT")
        if token.sort is Sort.STRING or (value and token.text.startswith('"')):
            text = string_value(token.text) if token.sort is Sort.STRING else token.name
            names.add(text.lower())
            words.append("?")
        elif token.key != ";":
            words.append(
                "=" if token.key == "==" else token.folded if token.is_name else token.text
            )
    return tuple(word.lower() for word in words), frozenset(names)
