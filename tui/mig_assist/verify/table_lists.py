"""Lists of tables that are kept by hand: they name the new tables, and none that is gone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from mig_assist.backend import Backend
from mig_assist.engines.statements import SqlSyntaxError, split_statements
from mig_assist.file_changes import FileChange
from mig_assist.findings import Finding, Severity
from mig_assist.source_text import UnreadableSource
from mig_assist.verify.report import Report, Subject
from mig_assist.workspace.files import read_inside
from mig_assist.workspace.table_lists import TableList, TableListError, table_lists

_GAP = r"(?:\s|--[^\n]*\n|/\*.*?\*/)+"
_NAME = r'(?:"(?:[^"]|"")+"|`[^`]+`|\[[^\]]+\]|[^\W\d][\w$]*+)'
_QUALIFIED = rf"(?>(?:{_NAME}\s*\.\s*)?{_NAME})"
_CREATE = re.compile(
    rf"CREATE{_GAP}(?:(?:VIRTUAL|UNLOGGED){_GAP})?TABLE{_GAP}(?:IF{_GAP}NOT{_GAP}EXISTS{_GAP})?"
    rf"(?P<name>{_QUALIFIED})(?!{_GAP}PARTITION{_GAP}OF\b)",
    re.IGNORECASE | re.DOTALL,
)
_DROP = re.compile(
    rf"DROP{_GAP}TABLE{_GAP}(?:IF{_GAP}EXISTS{_GAP})?"
    rf"(?P<names>{_QUALIFIED}(?:\s*,\s*{_QUALIFIED})*)",
    re.IGNORECASE | re.DOTALL,
)
_RENAME = re.compile(
    rf"ALTER{_GAP}TABLE{_GAP}(?:IF{_GAP}EXISTS{_GAP})?(?:ONLY{_GAP})?(?P<old>{_QUALIFIED})"
    rf"(?:\s*\*)?{_GAP}RENAME{_GAP}TO{_GAP}(?P<new>{_NAME})",
    re.IGNORECASE | re.DOTALL,
)
_TEMPORARY = re.compile(r"(?:temp|pg_temp)\s*\.", re.IGNORECASE)


class TableChanges(NamedTuple):
    """The tables that are there only after a script, and those that are gone after it."""

    created: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()


def check_table_lists(subject: Subject) -> Report:
    """Every configured list against the tables that the pair creates and drops."""
    lists = table_lists(subject.workspace)
    if not lists:
        return Report("no list of tables is kept by hand")
    changes = pair_changes(subject)
    findings = tuple(f for each in lists for f in _findings(subject, each, changes))
    plural = "list names" if len(lists) == 1 else "lists name"
    return Report(f"{len(lists)} {plural} the tables as V{subject.version} leaves them", findings)


def list_edits(subject: Subject) -> tuple[FileChange, ...]:
    """The edits that bring every configured list up to date with the pair.

    Raises:
        TableListError: a list cannot be read or edited.
    """
    changes = pair_changes(subject)
    edits = (
        each.changed(changes.created, changes.dropped) for each in table_lists(subject.workspace)
    )
    return tuple(edit for edit in edits if edit is not None)


def pair_changes(subject: Subject) -> TableChanges:
    """What the pair does to the set of tables, on either side; unreadable files do nothing."""
    sides = [_side_changes(subject, backend) for backend in Backend]
    created = dict.fromkeys(name for side in sides for name in side.created)
    dropped = dict.fromkeys(name for side in sides for name in side.dropped)
    return TableChanges(tuple(created), tuple(name for name in dropped if name not in created))


def table_changes(sql: str, backend: Backend) -> TableChanges:
    """What a script does to the set of tables; a rebuild under the same name does nothing.

    Temporary tables and partitions do not count. Names come without their schema, and in lower
    case where they are not quoted.

    Raises:
        SqlSyntaxError: the script cannot be taken apart.
    """
    created: dict[str, None] = {}
    dropped: dict[str, None] = {}
    for statement in split_statements(sql, backend):
        text = statement.text
        if (match := _CREATE.match(text)) and not _TEMPORARY.match(match["name"]):
            _swap(_bare(match["name"]), dropped, created)
        elif match := _DROP.match(text):
            for name in re.findall(_QUALIFIED, match["names"]):
                _swap(_bare(name), created, dropped)
        elif match := _RENAME.match(text):
            _swap(_bare(match["old"]), created, dropped)
            _swap(_bare(match["new"]), dropped, created)
    return TableChanges(tuple(created), tuple(dropped))


def _swap(name: str, undone: dict[str, None], done: dict[str, None]) -> None:
    """Note a change, unless it takes back an earlier one."""
    if name in undone:
        del undone[name]
    else:
        done[name] = None


def _bare(name: str) -> str:
    """A name without its schema and quotes."""
    last = re.findall(_NAME, name)[-1]
    if last[0] in '"`[':
        return str(last[1:-1].replace('""', '"'))
    return str(last.lower())


def _side_changes(subject: Subject, backend: Backend) -> TableChanges:
    try:
        source = read_inside(subject.workspace.root, subject.path(backend))
        return table_changes(source.text, backend)
    except (UnreadableSource, SqlSyntaxError):
        return TableChanges()  # what is wrong with the file is said of the pair


def _findings(subject: Subject, each: TableList, changes: TableChanges) -> Iterable[Finding]:
    try:
        text = each.read()
    except TableListError as error:
        yield _finding(subject, each, f"{error.title}. {error.message}", error.fix, error.line, "")
        return
    listed = {table.name.lower(): table for table in reversed(text.tables)}
    for name in _unlisted(changes.created, listed):
        yield _finding(
            subject,
            each,
            f"V{subject.version} creates {name}, which {each.path} does not list.",
            "Add it by hand, or with `mig-assist run registry --lists`.",
            text.line,
            name,
        )
    for name in changes.dropped:
        table = listed.get(name.lower())
        if table is not None:
            yield _finding(
                subject,
                each,
                f"V{subject.version} drops {name}, which {each.path} still lists.",
                "Remove it by hand, or with `mig-assist run registry --lists`.",
                table.line,
                name,
            )


def _unlisted(created: Sequence[str], listed: Iterable[str]) -> Iterable[str]:
    known = set(listed)
    return (name for name in created if name.lower() not in known)


def _finding(
    subject: Subject, each: TableList, message: str, fix: str, line: int | None, name: str
) -> Finding:
    return Finding(
        "registry/table-list",
        Severity.ERROR,
        message,
        fix,
        version=subject.version,
        object=name or None,
        path=each.path,
        line=line,
    )
