"""Statements that no engine here can run, and without which a replay goes on.

Those are data statements that call a function which only the application's own connection knows,
and what needs an extension that this PostgreSQL does not have. On an empty database the former
move nothing; what any of them does nobody can tell here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from mig_assist.backend import Backend
from mig_assist.engines.database import Database, DatabaseError, MigrationScript
from mig_assist.engines.extensions import Missing
from mig_assist.engines.stand_ins import STAND_INS
from mig_assist.engines.statements import Statement, leading_words

_UNKNOWN = re.compile(r"no such function: (?P<name>\w+)")
_DATA = frozenset(("INSERT", "REPLACE", "UPDATE", "DELETE", "WITH"))
_CREATE_EXTENSION = re.compile(
    r'\bCREATE\s+EXTENSION\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:"(?P<quoted>[^"]+)"|(?P<plain>\w+))',
    re.IGNORECASE,
)
_NOT_AVAILABLE = ("0A000", "58P01")
"""feature_not_supported, undefined_file."""


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A statement that was left out, or something like it run instead.

    Attributes:
        line: of the file, where it begins.
        function: what it calls that is not known; empty where it is about an extension.
        extensions: those that it creates, or may have needed.
        creates: whether it creates them.
        instead: whether something that is almost the same was run.
    """

    script: MigrationScript
    line: int
    function: str = ""
    extensions: tuple[str, ...] = ()
    creates: bool = False
    instead: bool = False


def unknown_function(error: DatabaseError) -> str | None:
    """The function that libsql does not know, where a data statement failed for nothing else."""
    found = _UNKNOWN.search(error.message)
    statement = error.statement
    if found is None or statement is None:
        return None
    return found["name"] if set(leading_words(statement, 1)) <= _DATA else None


def missing_extensions(database: Database, scripts: Iterable[MigrationScript]) -> Missing:
    """The extensions that scripts create and a server does not have."""
    if database.backend is not Backend.POSTGRES:
        return Missing()
    texts = tuple(script.sql for script in scripts)
    wanted = {name for sql in texts for name in _extensions_in(sql)}
    if not wanted:
        return Missing()
    rows = database.query("SELECT name FROM pg_available_extensions")
    lacking = tuple(sorted(wanted.difference(str(name) for (name,) in rows)))
    if not lacking:
        return Missing()
    known = database.query(
        "SELECT proname FROM pg_proc WHERE oid < 16384"
        " UNION SELECT typname FROM pg_type WHERE oid < 16384"
        " UNION SELECT opcname FROM pg_opclass WHERE oid < 16384"
    )
    return Missing(lacking, frozenset(str(name) for (name,) in known), texts)


def without_statement(
    script: MigrationScript,
    error: DatabaseError,
    missing: Callable[[], Missing] = Missing,
) -> tuple[MigrationScript, PassedOver] | None:
    """A script without the statement that failed, where nobody is to blame for that.

    Every other statement stays on its line.

    Args:
        missing: the extensions that the script and those before it ask for in vain.
    """
    statement = error.statement
    if statement is None:
        return None
    passed = PassedOver(script, statement.line)
    instead = ""
    if function := unknown_function(error):
        passed = replace(passed, function=function)
    elif error.sqlstate in _NOT_AVAILABLE and (created := _extensions_in(statement.text)):
        instead = "; ".join(STAND_INS[name] for name in created if name in STAND_INS)
        passed = replace(passed, extensions=created, creates=True)
    elif error.sqlstate and (names := missing().needed_by(error)):
        if "INDEX" in leading_words(statement, 3)[1:]:
            instead = _plain_index(statement.text)
        passed = replace(passed, extensions=names)
    else:
        return None
    sql = without_text(script.sql, statement, instead)
    if sql is None:
        return None
    return replace(script, sql=sql), replace(passed, instead=bool(instead))


def _extensions_in(sql: str) -> tuple[str, ...]:
    found = _CREATE_EXTENSION.finditer(sql)
    return tuple(match["quoted"] or match["plain"].lower() for match in found)


def _plain_index(sql: str) -> str:
    """The index without its access method and operator classes; empty where it has none."""
    import postgast

    tree = postgast.parse(sql)
    index = tree.stmts[0].stmt.index_stmt
    classes = [param.index_elem for param in index.index_params if param.index_elem.opclass]
    if index.access_method in ("", "btree") and not classes:
        return ""
    index.access_method = "btree"
    for element in classes:
        del element.opclass[:]
        del element.opclassopts[:]
    return str(postgast.deparse(tree))


def without_text(sql: str, statement: Statement, instead: str = "") -> str | None:
    """A script with nothing, or another text, for a statement; None where that is not found.

    Every other statement stays on its line.
    """
    lines = sql.splitlines(keepends=True)
    start = len("".join(lines[: statement.line - 1]))
    place = sql.find(statement.text, start)
    if place < 0:
        return None
    end = place + len(statement.text)
    return sql[:place] + instead.replace("\n", " ") + "\n" * statement.text.count("\n") + sql[end:]
