"""SQL scripts as single statements, each with its line, and their syntax by the real grammars.

Where a statement ends is decided as the engines decide it: for SQLite by the rules of
sqlite3_complete() (https://www.sqlite.org/c3ref/complete.html), for PostgreSQL by its own parser
(libpg_query). A statement's text runs from its first to its last token, without the semicolon.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from mig_assist.backend import Backend
from mig_assist.engines.sections import up_part
from mig_assist.engines.spelling import quoted
from mig_assist.engines.sqlite_tokens import TOKEN
from mig_assist.errors import ErrorInFile

if TYPE_CHECKING:
    from postgast import PgQueryError


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a script; ``line`` is the 1-based line of its first token."""

    text: str
    line: int


class SqlSyntaxError(ErrorInFile):
    """A script is not SQL of its dialect."""

    def __init__(self, message: str, line: int | None = None) -> None:
        place = "" if line is None else f" in line {line}"
        super().__init__(f"SQL syntax error{place}", message, "Correct the SQL.", line)


@lru_cache(maxsize=256)
def split_statements(sql: str, backend: Backend) -> tuple[Statement, ...]:
    """The statements of a script, in order; comments between them belong to none.

    What undoes a version in the same file is no part of it; see :mod:`mig_assist.engines.sections`.

    Raises:
        SqlSyntaxError: the script cannot be taken apart: for PostgreSQL whatever its parser
            refuses, for libsql only what is no text at all.
    """
    _require_text(sql)
    split = _split_sqlite if backend is Backend.LIBSQL else _split_postgres
    return tuple(split(up_part(sql)))


@lru_cache(maxsize=256)
def statements_of(sql: str, backend: Backend) -> tuple[Statement, ...]:
    """As :func:`split_statements`; none where the script cannot be taken apart."""
    try:
        return split_statements(sql, backend)
    except SqlSyntaxError:
        return ()


def check_syntax(sql: str, backend: Backend) -> tuple[SqlSyntaxError, ...]:
    """Every syntax error that the backend's own grammar finds, lowest line first.

    PostgreSQL's parser stops at the first one; SQLite's is asked statement by statement. Whether
    the objects exist that a statement names is not looked at.
    """
    try:
        statements = split_statements(sql, backend)
    except SqlSyntaxError as error:
        return (error,)
    return tuple(_sqlite_errors(statements)) if backend is Backend.LIBSQL else ()


def transaction_control(statements: Iterable[Statement]) -> tuple[Statement, ...]:
    """Those statements that begin or end a transaction.

    A runner that keeps each version in one transaction of its own cannot run them. Savepoints
    (SAVEPOINT, RELEASE, ROLLBACK TO) stay inside the transaction and are not among them.
    """
    return tuple(found for found in statements if _controls_transaction(leading_words(found)))


def leading_words(statement: Statement, count: int = 4) -> tuple[str, ...]:
    """The first tokens of a statement in upper case, those that are no words as empty strings."""
    tokens = (token for token in TOKEN.finditer(statement.text) if token.lastgroup != "trivia")
    return tuple(
        token[0].upper() if token.lastgroup == "word" else "" for token in islice(tokens, count)
    )


def _controls_transaction(words: tuple[str, ...]) -> bool:
    match words:
        case ("ROLLBACK", "TO", *_) | ("ROLLBACK", "WORK" | "TRANSACTION", "TO", *_):
            return False
        case ("BEGIN" | "COMMIT" | "END" | "ROLLBACK" | "ABORT", *_):
            return True
        case ("START" | "PREPARE", "TRANSACTION", *_):
            return True
    return False


def _require_text(sql: str) -> None:
    """Refuse what would reach an engine cut short: C strings end at a NUL."""
    place = sql.find("\0")
    if place >= 0:
        raise SqlSyntaxError("There is a NUL character.", _line_at(sql, place))
    try:
        sql.encode()
    except UnicodeEncodeError as error:
        raise SqlSyntaxError(
            "There is a character that UTF-8 cannot express.", _line_at(sql, error.start)
        ) from None


def _line_at(sql: str, place: int) -> int:
    return sql.count("\n", 0, place) + 1


def _split_sqlite(sql: str) -> Iterator[Statement]:
    """Cut at each semicolon, in CREATE TRIGGER only at that of ``; END ;``."""
    line, counted = 1, 0
    start = stop = 0
    head: list[str] = []
    last_two = ("", "")
    for token in TOKEN.finditer(sql):
        kind = token.lastgroup
        if kind == "trivia":
            continue
        if kind == "end" and (not _creates_trigger(head) or last_two == (";", "END")):
            if head:
                yield Statement(sql[start:stop], line)
            head, last_two = [], ("", "")
            continue
        word = token[0].upper() if kind in ("word", "end") else ""
        if not head:
            start = token.start()
            line += sql.count("\n", counted, start)
            counted = start
        if len(head) < 6:
            head.append(word)
        last_two = (last_two[1], word)
        stop = token.end()
    if head:
        yield Statement(sql[start:stop], line)


def _creates_trigger(head: Sequence[str]) -> bool:
    match head:
        case ["EXPLAIN", "QUERY", "PLAN", *rest] | ["EXPLAIN", *rest]:
            return _creates_trigger(rest)
        case ["CREATE", "TRIGGER", *_] | ["CREATE", "TEMP" | "TEMPORARY", "TRIGGER", *_]:
            return True
    return False


def _split_postgres(sql: str) -> Iterator[Statement]:
    import postgast
    from postgast.pg_query_pb2 import C_COMMENT, SQL_COMMENT

    # postgast.parse would give the places, but its tree cannot be read back where an expression
    # is deeply nested. split() gives the texts; the scanner's tokens give their places in bytes.
    try:
        texts = postgast.split(sql)
        scanned = postgast.scan(sql).tokens
    except postgast.PgQueryError as error:
        raise _postgres_error(sql, error) from None
    content = sql.encode()
    tokens = [(t.start, t.end) for t in scanned if t.token not in (C_COMMENT, SQL_COMMENT)]
    line, counted, index = 1, 0, 0
    for text in texts:
        while content[slice(*tokens[index])] == b";":
            index += 1
        start = tokens[index][0]
        limit = start + len(text.encode())
        while index < len(tokens) and tokens[index][0] < limit:
            index += 1
        line += content.count(b"\n", counted, start)
        counted = start
        yield Statement(content[start : tokens[index - 1][1]].decode(), line)


def _postgres_error(sql: str, error: PgQueryError) -> SqlSyntaxError:
    # PostgreSQL counts the position in characters (scanner_errposition), whatever postgast says.
    before = sql[: max(error.cursorpos - 1, 0)]
    if "end of input" in error.message:
        before = before.rstrip()
    return SqlSyntaxError(error.message, before.count("\n") + 1 if error.cursorpos else None)


_SQLITE_SYNTAX = re.compile(
    r"syntax error|unrecognized token|incomplete input|unknown table option|unknown join type"
    r"|JOIN clause is required before|clause should come (?:after|before)|parser stack overflow"
    r"|within triggers$"
)
_ROWS = frozenset(("INSERT", "REPLACE", "UPDATE", "DELETE"))
_NO_SUCH_TABLE = re.compile(r"no such table: (?:main\.)?(?P<name>.+)", re.DOTALL)


def _sqlite_errors(statements: Iterable[Statement]) -> Iterator[SqlSyntaxError]:
    grammar = _SqliteGrammar()
    for statement in statements:
        message = grammar.error(statement.text)
        if message is not None:
            line = statement.line + grammar.lines_before_error(statement.text)
            yield SqlSyntaxError(message, line)


class _SqliteGrammar:
    """SQLite's own parser, asked by preparing statements on an empty in-memory database."""

    def __init__(self) -> None:
        import libsql

        self._connection = libsql.connect(":memory:", isolation_level=None)

    def error(self, sql: str) -> str | None:
        """The syntax error in a statement; None where it has none.

        The parser stops at the head of a CREATE TRIGGER or ALTER TABLE whose table is missing.
        With a stand-in of that name, a table or a view, it reads on. A statement that changes
        rows has been read to its end by then.
        """
        message = self._prepare(sql)
        missing = _NO_SUCH_TABLE.match(message)
        if missing and leading_words(Statement(sql, 1), 1)[0] not in _ROWS:
            name = quoted(missing["name"])
            for kind, definition in (("TABLE", "(stand_in)"), ("VIEW", "AS SELECT 1")):
                self._prepare(f"CREATE {kind} {name} {definition}", explain=False)
                message = self._prepare(sql)
                self._prepare(f"DROP {kind} IF EXISTS {name}", explain=False)
                if _SQLITE_SYNTAX.search(message):
                    break
        return message if _SQLITE_SYNTAX.search(message) else None

    def lines_before_error(self, sql: str) -> int:
        """How many lines of a wrong statement stand before the token at which the parser gives up.

        libsql does not say where that is. But a text cut before that token is at worst
        incomplete, and one that includes it is wrong, so the place can be bisected. A statement
        that is itself incomplete is reported where it begins.
        """
        tokens = [token for token in TOKEN.finditer(sql) if token.lastgroup != "trivia"]

        def is_wrong_up_to(index: int) -> bool:
            message = self.error(sql[: tokens[index].end()])
            return message is not None and "incomplete input" not in message

        first_wrong = bisect_left(range(len(tokens)), True, key=is_wrong_up_to)
        return sql.count("\n", 0, tokens[first_wrong].start()) if first_wrong < len(tokens) else 0

    def _prepare(self, sql: str, *, explain: bool = True) -> str:
        words = leading_words(Statement(sql, 1), 1)
        prefix = "EXPLAIN " if explain and words != ("EXPLAIN",) else ""
        try:
            self._connection.execute(prefix + sql)
        except ValueError as error:  # libsql raises nothing finer
            return str(error)
        return ""
