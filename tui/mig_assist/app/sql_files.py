"""The pair's files as an editor sees them; everything here may run in a thread."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING

from mig_assist.backend import Backend
from mig_assist.digests import content_digest
from mig_assist.errors import MigAssistError
from mig_assist.findings import Severity
from mig_assist.source_text import SourceText, UnreadableSource
from mig_assist.workspace.files import read_inside

if TYPE_CHECKING:
    from mig_assist.draft.derive import Derived
    from mig_assist.workspace.model import Workspace

_ELSEWHERE = "Edit it in $EDITOR."


@dataclass(frozen=True, slots=True)
class SqlFile:
    """A file as it was read.

    Attributes:
        path: relative to the workspace.
        digest: of its content; None where there is no file.
        refused: why it cannot be edited here; empty where it can.
    """

    path: str
    source: SourceText
    digest: str | None
    refused: str = ""

    @property
    def text(self) -> str:
        """Its lines, ended by LF."""
        return self.source.text

    def holding(self, text: str) -> SqlFile:
        """The same file with another text, in its own line endings."""
        content = self.source.encode(text)
        source = SourceText(text, self.source.newline, self.source.has_bom)
        return SqlFile(self.path, source, content_digest(content))


class Kind(Enum):
    """What a problem is about."""

    PARSE = auto()
    MARK = auto()
    SAFETY = auto()
    PARITY = auto()


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to look at in a text; ``line`` is 1-based."""

    line: int
    message: str
    severity: Severity
    kind: Kind


def read_file(root: Path, path: str) -> SqlFile:
    """A file of the workspace as it is now; one that is not there is empty."""
    try:
        source = read_inside(root, path)
    except UnreadableSource as error:
        if not os.path.lexists(root / path):
            return SqlFile(path, SourceText(""), None)
        said = " ".join(part for part in (f"{error.title}.", error.message, error.fix) if part)
        return SqlFile(path, SourceText(""), None, said)
    digest = content_digest(source.encode(source.text))
    return SqlFile(path, source, digest, why_not_here(source.text))


def why_not_here(text: str) -> str:
    """Why a text cannot be edited in the app; empty where it can."""
    from mig_assist.app.widgets.code_area import MOST_COLOURED

    if len(text) > MOST_COLOURED:
        return (
            f"This is too large to be edited here: {len(text):,} characters; the limit is"
            f" {MOST_COLOURED:,}. {_ELSEWHERE}"
        )
    if text.splitlines() != text.removesuffix("\n").split("\n") and text:
        return f"This has characters that would be taken for ends of lines here. {_ELSEWHERE}"
    return ""


def stamp(root: Path, path: str) -> tuple[int, int, int] | None:
    """What tells a file from the same one after a save; None where there is none."""
    with suppress(OSError):
        found = (root / path).stat()
        return found.st_mtime_ns, found.st_size, found.st_ino
    return None


def problems_in(text: str, backend: Backend, *, opens: bool = True) -> tuple[Problem, ...]:
    """What needs no engine to be told, by line.

    That is what the backend's grammar refuses, what cannot run in a version's transaction, and
    the marks that nobody has answered.

    Args:
        opens: whether the application's runner opens that transaction.
    """
    return tuple(sorted(_problems(text, backend, opens), key=lambda problem: problem.line))


def own_transactions(workspace: Workspace) -> frozenset[Backend]:
    """The sides whose files begin and commit their transactions themselves."""
    from mig_assist.verify.parity.versions import versions_of

    try:
        scripts = {b: s for version in versions_of(workspace) for b, s in version.scripts.items()}
    except MigAssistError:  # whoever judges the files says so
        return frozenset()
    return frozenset(b for b, s in scripts.items() if not s.manner.opens_transaction)


def _problems(text: str, backend: Backend, opens: bool) -> Iterator[Problem]:
    from mig_assist.engines.statements import check_syntax, split_statements
    from mig_assist.engines.transaction import outside_transaction
    from mig_assist.verify.marks import marks_in

    errors = check_syntax(text, backend)
    for error in errors:
        yield Problem(error.line or 1, error.message, Severity.ERROR, Kind.PARSE)
    statements = () if errors else split_statements(text, backend)
    for statement, failure in outside_transaction(statements, backend, opens=opens):
        yield Problem(statement.line, failure.message, Severity.ERROR, Kind.SAFETY)
    for mark in marks_in(text, ""):
        yield Problem(mark.line or 1, mark.message, Severity.WARNING, Kind.MARK)


def has_sql(text: str) -> bool:
    """Whether there is more than comments and white space.

    They are told apart by the rules that both dialects share.
    """
    from mig_assist.engines.sqlite_tokens import TOKEN

    return any(token.lastgroup != "trivia" for token in TOKEN.finditer(text))


def derived_from(workspace: Workspace, version: int, text: str, source: Backend) -> Derived:
    """The other backend's text of a version, by the schemas before it and the house's habits.

    Raises:
        MigAssistError: the workspace cannot be read.
    """
    from mig_assist.draft.derive import derive
    from mig_assist.draft.derive.surroundings import context_before

    return derive(text, source, context_before(workspace, version))


def only_written(workspace: Workspace, version: int, name: str) -> Backend | None:
    """The side that is written while the other is empty or still has marks; None otherwise."""
    from mig_assist.workspace.files import migration_path

    written = [
        backend
        for backend in Backend
        if _is_written(workspace.root, migration_path(workspace, backend, version, name))
    ]
    return written[0] if len(written) == 1 else None


def _is_written(root: Path, path: str) -> bool:
    from mig_assist.verify.marks import marks_in

    try:
        text = read_inside(root, path).text
    except UnreadableSource:
        return False
    return has_sql(text) and not any(True for _ in marks_in(text, ""))
