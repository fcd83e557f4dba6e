"""PostgreSQL's ALTER TABLE as single changes, each with the text that it is made of.

https://www.postgresql.org/docs/current/sql-altertable.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mig_assist.backend import Backend
from mig_assist.draft.derive.reader import Reader
from mig_assist.engines.sqlite_tokens import fold


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a table.

    Attributes:
        kind: ADD COLUMN, DROP COLUMN, TYPE, SET DEFAULT, DROP DEFAULT, SET NOT NULL,
            DROP NOT NULL, ADD CONSTRAINT, DROP CONSTRAINT, VALIDATE, RENAME COLUMN,
            RENAME CONSTRAINT, RENAME TABLE, NOTHING for what libsql has no need of, HIDES for what
            hides rows there, LABELS of the column's enum, or OTHER.
        name: of the column or constraint; of an added constraint None where it has none.
        text: the type, default, column definition, constraint or new name, as written.
        using: of TYPE.
        careful: IF EXISTS or IF NOT EXISTS.
        said: the whole change, as written.
        labels: of LABELS, what each is from now on; behind None one that is new.
    """

    kind: str
    name: str | None = None
    text: str = ""
    using: str = ""
    careful: bool = False
    said: str = ""
    labels: tuple[tuple[str | None, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Alter:
    """An ALTER TABLE."""

    table: str
    changes: tuple[Change, ...]


_STORAGE = frozenset({"STATISTICS", "STORAGE", "COMPRESSION", "(", "EXPRESSION"})
_WITHOUT_MEANING = frozenset("OWNER CLUSTER SET RESET REPLICA".split())
_TYPE_ENDS = ("USING", "COLLATE")
BY_BYTES = frozenset(("c", "posix", "ucs_basic", "default", "binary"))
"""The collations that compare as libsql does by itself; the default one counts among them."""


def read_alter(sql: str) -> Alter | None:
    """An ALTER TABLE; None for every other statement."""
    reader = Reader(sql, Backend.POSTGRES)
    if not reader.accept("ALTER", "TABLE"):
        return None
    reader.accept("IF", "EXISTS")
    reader.accept("ONLY")
    table = reader.folded_name()
    return Alter(table, tuple(_changes(reader)))


def _changes(reader: Reader) -> Iterator[Change]:
    while not reader.at_end:
        start = reader.place
        stop = start
        reader.skip_to(",")
        stop, reader.place = reader.place, start
        said = reader.text(start, stop)
        yield _change(Reader(said, Backend.POSTGRES), said)
        reader.place = stop
        reader.accept(",")


def _change(reader: Reader, said: str) -> Change:
    if reader.accept("RENAME"):
        return _rename(reader, said)
    if reader.accept("VALIDATE", "CONSTRAINT"):
        return Change("VALIDATE", reader.folded_name(), said=said)
    if reader.accept("ADD"):
        if reader.peek() in ("CONSTRAINT", "CHECK", "UNIQUE", "PRIMARY", "FOREIGN", "EXCLUDE"):
            name = reader.folded_name() if reader.accept("CONSTRAINT") else None
            kind = "OTHER" if reader.peek() == "EXCLUDE" else "ADD CONSTRAINT"
            return Change(kind, name, reader.text(reader.place), said=said)
        reader.accept("COLUMN")
        careful = reader.accept("IF", "NOT", "EXISTS")
        start = reader.place
        name = reader.folded_name()
        return Change("ADD COLUMN", name, reader.text(start), careful=careful, said=said)
    if reader.accept("DROP"):
        kind = "DROP CONSTRAINT" if reader.accept("CONSTRAINT") else "DROP COLUMN"
        reader.accept("COLUMN")
        careful = reader.accept("IF", "EXISTS")
        return Change(kind, reader.folded_name(), careful=careful, said=said)
    if reader.accept("ALTER"):
        if reader.accept("CONSTRAINT"):
            return Change("OTHER", reader.folded_name(), said=said)
        reader.accept("COLUMN")
        return _column(reader, reader.folded_name(), said)
    if "ROW LEVEL SECURITY" in " ".join(token.key for token in reader.tokens):
        return Change("HIDES" if reader.peek() in ("ENABLE", "FORCE") else "NOTHING", said=said)
    return Change("NOTHING" if reader.peek() in _WITHOUT_MEANING else "OTHER", said=said)


def _rename(reader: Reader, said: str) -> Change:
    if reader.accept("TO"):
        return Change("RENAME TABLE", None, reader.text(reader.place), said=said)
    kind = "RENAME CONSTRAINT" if reader.accept("CONSTRAINT") else "RENAME COLUMN"
    reader.accept("COLUMN")
    name = reader.folded_name()
    reader.accept("TO")
    return Change(kind, name, reader.text(reader.place), said=said)


def _column(reader: Reader, name: str, said: str) -> Change:
    if reader.accept("SET", "NOT", "NULL"):
        return Change("SET NOT NULL", name, said=said)
    if reader.accept("DROP", "NOT", "NULL"):
        return Change("DROP NOT NULL", name, said=said)
    if reader.accept("SET", "DEFAULT"):
        return Change("SET DEFAULT", name, reader.text(reader.place), said=said)
    if reader.accept("DROP", "DEFAULT"):
        return Change("DROP DEFAULT", name, said=said)
    if reader.accept("SET", "DATA", "TYPE") or reader.accept("TYPE"):
        start = reader.place
        reader.skip_to(*_TYPE_ENDS)
        text = reader.text(start, reader.place)
        if reader.accept("COLLATE") and fold(reader.name()) not in BY_BYTES:
            return Change("OTHER", name, said=said)
        using = reader.text(reader.place + 1) if reader.peek() == "USING" else ""
        return Change("TYPE", name, text, using, said=said)
    if reader.accept("SET") and reader.peek() in _STORAGE - {"EXPRESSION"}:
        return Change("NOTHING", name, said=said)
    return Change("OTHER", name, said=said)
