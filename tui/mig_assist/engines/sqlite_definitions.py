"""What the text of SQLite's CREATE statements says and its pragmas do not tell.

The statements come from sqlite_schema, so SQLite has accepted them already. A text that was put
there by force (writable_schema) yields less, but never an error.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from mig_assist.engines.schema import Check, Trigger
from mig_assist.engines.sqlite_tokens import TOKEN, fold, unquoted

_TABLE_CONSTRAINTS = {"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"}
_COLUMN_WORDS = set(
    "CONSTRAINT PRIMARY NOT NULL UNIQUE CHECK COLLATE AS REFERENCES DEFERRABLE DEFAULT (".split()
)
_EVENTS = {"INSERT", "UPDATE", "DELETE"}
_STATEMENTS = {"INSERT", "REPLACE", "UPDATE", "DELETE", "SELECT", "WITH"}


@dataclass(slots=True)
class ColumnText:
    """What a column's definition says.

    Attributes:
        name: in its own spelling.
        generated: the expression of a generated column.
        not_null_conflict: the conflict clause of NOT NULL; empty for ABORT, the default.
    """

    name: str
    collation: str | None = None
    generated: str | None = None
    not_null_conflict: str = ""


@dataclass(slots=True)
class KeyText:
    """A PRIMARY KEY or UNIQUE constraint; its columns are folded."""

    name: str | None
    columns: tuple[str, ...]
    on_conflict: str = ""


@dataclass(slots=True)
class ForeignKeyText:
    """A foreign key; its columns are folded, its target is as written."""

    name: str | None
    columns: tuple[str, ...]
    target: str = ""
    target_columns: tuple[str, ...] = ()
    deferrable: bool = False
    deferred: bool = False


@dataclass(slots=True)
class TableText:
    """What a CREATE TABLE says.

    Attributes:
        columns: by folded name, in their order.
        foreign_keys: in the order in which they are declared.
        module: of a virtual table, with its arguments.
    """

    columns: dict[str, ColumnText] = field(default_factory=dict)
    primary_key: KeyText | None = None
    uniques: list[KeyText] = field(default_factory=list)
    foreign_keys: list[ForeignKeyText] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    autoincrement: bool = False
    module: str | None = None


@dataclass(frozen=True, slots=True)
class IndexText:
    """What a CREATE INDEX says: each part's expression without its order, and the predicate."""

    parts: tuple[str, ...]
    predicate: str | None


class _Cursor:
    """A place between the tokens of a statement; white space and comments are no tokens."""

    def __init__(self, sql: str) -> None:
        self._sql = sql
        self._tokens = [token for token in TOKEN.finditer(sql) if token.lastgroup != "trivia"]
        self._words = [
            "" if token.lastgroup == "quoted" else token[0].upper() for token in self._tokens
        ]
        self._end = len(self._tokens)
        self._place = 0

    @property
    def place(self) -> int:
        """How many tokens lie behind."""
        return self._place

    @property
    def at_end(self) -> bool:
        """Whether no token follows."""
        return self._place >= self._end

    def peek(self, ahead: int = 0) -> str:
        """A keyword or unquoted name in upper case, or a sign; empty for what is quoted."""
        place = self._place + ahead
        return self._words[place] if 0 <= place < self._end else ""

    def advance(self) -> None:
        """Pass one token."""
        self._place += 1

    def accept(self, *words: str) -> bool:
        """Pass these words, if they are what follows."""
        stop = self._place + len(words)
        if tuple(self._words[self._place : stop]) != words:
            return False
        self._place = stop
        return True

    def name(self) -> str:
        """Pass a name, quoted or not, and return it."""
        if self.at_end:
            return ""
        token = self._tokens[self._place]
        self._place += 1
        return unquoted(token[0])

    def skip_group(self) -> None:
        """Pass what is in parentheses; they must follow."""
        depth = 0
        while not self.at_end:
            depth += {"(": 1, ")": -1}.get(self.peek(), 0)
            self.advance()
            if depth <= 0:
                return

    def group(self) -> str:
        """Pass what is in parentheses and return it without them; empty where there are none."""
        if self.peek() != "(":
            return ""
        start = self._place + 1
        self.skip_group()
        return self.text(start, self._place - 1)

    def names(self) -> tuple[str, ...]:
        """Pass names in parentheses, without the order and collation that may stand with them."""
        found: list[str] = []
        if not self.accept("("):
            return ()
        while not self.at_end and self.peek() != ")":
            found.append(self.name())
            self.skip_to(",", ")")
            self.accept(",")
        self.advance()
        return tuple(found)

    def skip_to(self, *signs: str) -> None:
        """Pass everything before the next of some words or signs outside parentheses."""
        while not self.at_end and self.peek() not in signs:
            if self.peek() == "(":
                self.skip_group()
            else:
                self.advance()

    def text(self, start: int, stop: int | None = None) -> str:
        """The text from one token to another, each comment as one space."""
        tokens = self._tokens[start:stop]
        if not tokens:
            return ""
        return without_comments(self._sql[tokens[0].start() : tokens[-1].end()])

    def encloses(self, start: int, stop: int) -> bool:
        """Whether the first token's parenthesis is closed by the last one."""
        if stop - start < 2 or self._tokens[start][0] != "(":
            return False
        depth = 0
        for place in range(start, stop):
            depth += {"(": 1, ")": -1}.get(self._tokens[place][0], 0)
            if depth == 0:
                return place == stop - 1
        return False

    def unwrapped(self, start: int, stop: int) -> str:
        """As :meth:`text`, without parentheses around the whole."""
        while self.encloses(start, stop):
            start, stop = start + 1, stop - 1
        return self.text(start, stop)

    def back_to(self, place: int) -> None:
        """Return to a place."""
        self._place = place


def without_comments(sql: str) -> str:
    """A text with each comment as one space."""
    if "--" not in sql and "/*" not in sql:
        return sql
    return TOKEN.sub(lambda token: " " if token[0][:2] in ("--", "/*") else token[0], sql).strip()


def _head(cursor: _Cursor, kind: str) -> None:
    """Pass everything up to and including the name of what is created."""
    cursor.skip_to(kind)
    cursor.advance()
    cursor.accept("IF", "NOT", "EXISTS")
    cursor.name()
    if cursor.accept("."):
        cursor.name()


@lru_cache(maxsize=4096)
def table_text(sql: str) -> TableText:
    """Read a CREATE TABLE or CREATE VIRTUAL TABLE. The answer is shared: do not change it."""
    cursor, table = _Cursor(sql), TableText()
    _head(cursor, "TABLE")
    if cursor.accept("USING"):
        table.module = cursor.text(cursor.place)
        return table
    if not cursor.accept("("):
        return table
    while not cursor.at_end and cursor.peek() != ")":
        if cursor.accept(","):
            continue
        if cursor.peek() in _TABLE_CONSTRAINTS:
            _table_constraint(cursor, table)
        else:
            _column(cursor, table)
    return table


def _column(cursor: _Cursor, table: TableText) -> None:
    column = ColumnText(cursor.name())
    name = fold(column.name)
    table.columns[name] = column
    own: list[ForeignKeyText] = []
    label: str | None = None
    while not cursor.at_end and (word := cursor.peek()) not in (",", ")"):
        if word not in _COLUMN_WORDS:  # of the type or of a DEFAULT
            cursor.advance()
            label = None
            continue
        if cursor.accept("CONSTRAINT"):
            label = cursor.name()
            continue
        if cursor.accept("PRIMARY", "KEY"):
            _ = cursor.accept("ASC") or cursor.accept("DESC")
            table.primary_key = KeyText(label, (name,), _on_conflict(cursor))
            table.autoincrement |= cursor.accept("AUTOINCREMENT")
        elif cursor.accept("NOT", "NULL"):
            column.not_null_conflict = _on_conflict(cursor)
        elif cursor.accept("NULL"):
            _on_conflict(cursor)
        elif cursor.accept("UNIQUE"):
            table.uniques.append(KeyText(label, (name,), _on_conflict(cursor)))
        elif cursor.accept("CHECK"):
            table.checks.append(Check(label, cursor.group()))
        elif cursor.accept("COLLATE"):
            column.collation = cursor.name()
        elif cursor.accept("AS"):
            column.generated = cursor.group()
        elif word == "REFERENCES":
            own.append(_references(cursor, ForeignKeyText(label, (name,))))
        elif word == "DEFERRABLE" or cursor.peek(1) == "DEFERRABLE":
            _deferral(cursor, own[-1] if own else ForeignKeyText(None, ()))
        elif word == "(":
            cursor.skip_group()
        else:
            cursor.advance()
            if word == "DEFAULT" and cursor.peek() != "(":
                cursor.advance()
        label = None
    table.foreign_keys.extend(own)


def _table_constraint(cursor: _Cursor, table: TableText) -> None:
    label: str | None = None
    while cursor.accept("CONSTRAINT"):
        label = cursor.name()
    if cursor.accept("PRIMARY", "KEY"):
        columns, auto = _key_columns(cursor)
        table.primary_key = KeyText(label, columns, _on_conflict(cursor))
        table.autoincrement |= auto
    elif cursor.accept("UNIQUE"):
        columns, _ = _key_columns(cursor)
        table.uniques.append(KeyText(label, columns, _on_conflict(cursor)))
    elif cursor.accept("CHECK"):
        table.checks.append(Check(label, cursor.group()))
        _on_conflict(cursor)
    elif cursor.accept("FOREIGN", "KEY"):
        columns = tuple(fold(name) for name in cursor.names())
        table.foreign_keys.append(_references(cursor, ForeignKeyText(label, columns)))
    elif cursor.peek() not in (",", ")"):
        cursor.advance()


def _key_columns(cursor: _Cursor) -> tuple[tuple[str, ...], bool]:
    """The folded columns of a key, and whether AUTOINCREMENT stands behind the last of them."""
    start = cursor.place
    columns = tuple(fold(name) for name in cursor.names())
    stop = cursor.place
    cursor.back_to(stop - 2)
    auto = stop - start > 3 and cursor.peek() == "AUTOINCREMENT"
    cursor.back_to(stop)
    return columns, auto


def _on_conflict(cursor: _Cursor) -> str:
    if not cursor.accept("ON", "CONFLICT"):
        return ""
    clause = cursor.peek()
    cursor.advance()
    return "" if clause == "ABORT" else clause


def _references(cursor: _Cursor, key: ForeignKeyText) -> ForeignKeyText:
    cursor.accept("REFERENCES")
    key.target = cursor.name()
    key.target_columns = cursor.names()
    while True:
        if cursor.accept("ON"):
            cursor.advance()
            _ = cursor.accept("SET") or cursor.accept("NO")
            cursor.advance()
        elif cursor.accept("MATCH"):
            cursor.name()
        elif cursor.peek() == "DEFERRABLE" or (
            cursor.peek() == "NOT" and cursor.peek(1) == "DEFERRABLE"
        ):
            _deferral(cursor, key)
        else:
            return key


def _deferral(cursor: _Cursor, key: ForeignKeyText) -> None:
    never = cursor.accept("NOT")
    cursor.accept("DEFERRABLE")
    key.deferrable = not never
    key.deferred = cursor.accept("INITIALLY", "DEFERRED") and not never
    cursor.accept("INITIALLY", "IMMEDIATE")


@lru_cache(maxsize=4096)
def index_text(sql: str) -> IndexText:
    """Read a CREATE INDEX."""
    cursor = _Cursor(sql)
    _head(cursor, "INDEX")
    cursor.skip_to("(")
    cursor.advance()
    parts: list[str] = []
    while not cursor.at_end and cursor.peek() != ")":
        start = cursor.place
        cursor.skip_to(",", ")")
        parts.append(_index_part(cursor, start, cursor.place))
        cursor.accept(",")
    cursor.advance()
    start = cursor.place + 1
    predicate = cursor.text(start) if cursor.accept("WHERE") else None
    return IndexText(tuple(parts), predicate)


def _index_part(cursor: _Cursor, start: int, stop: int) -> str:
    """The expression without ASC and DESC, and without a COLLATE that is about all of it."""
    after = cursor.place
    cursor.back_to(stop - 1)
    if stop - start > 1 and cursor.peek() in ("ASC", "DESC"):
        stop -= 1
    cursor.back_to(stop - 2)
    if stop - start > 2 and cursor.peek() == "COLLATE":
        cursor.back_to(start)
        called = start + (cursor.peek() != "(")
        if stop - start == 3 or cursor.encloses(called, stop - 2):
            stop -= 2
    cursor.back_to(after)
    return cursor.unwrapped(start, stop)


def view_definition(sql: str) -> str:
    """The SELECT of a CREATE VIEW."""
    cursor = _Cursor(sql)
    _head(cursor, "VIEW")
    cursor.names()
    cursor.accept("AS")
    return cursor.text(cursor.place)


@lru_cache(maxsize=4096)
def trigger_definition(name: str, sql: str) -> Trigger:
    """Read a CREATE TRIGGER."""
    cursor = _Cursor(sql)
    _head(cursor, "TRIGGER")
    timing = "BEFORE"
    for words in (("BEFORE",), ("AFTER",), ("INSTEAD", "OF")):
        if cursor.accept(*words):
            timing = " ".join(words)
    event = cursor.peek() if cursor.peek() in _EVENTS else ""
    cursor.advance()
    update_of: list[str] = []
    if cursor.accept("OF"):
        update_of.append(cursor.name())
        while cursor.accept(","):
            update_of.append(cursor.name())
    cursor.accept("ON")
    cursor.name()
    cursor.accept("FOR", "EACH", "ROW")
    condition: str | None = None
    if cursor.accept("WHEN"):
        start = cursor.place
        while not cursor.at_end and not _body_follows(cursor):
            cursor.advance()
        condition = cursor.unwrapped(start, cursor.place)
    cursor.accept("BEGIN")
    action = cursor.text(cursor.place, -1)
    return Trigger(
        name=name,
        timing=timing,
        events=(event,) if event else (),
        action=action,
        update_of=tuple(sorted(update_of)),
        condition=condition,
    )


def _body_follows(cursor: _Cursor) -> bool:
    """Whether BEGIN is the keyword here: it may also be a column's name."""
    return cursor.peek() == "BEGIN" and cursor.peek(-1) != "." and cursor.peek(1) in _STATEMENTS
