"""What comments say to mig-assist: ``mig-assist:`` and a word.

``todo`` and ``decide`` are the marks that scaffolds leave where a person has to decide.
``allow CODE OBJECT: reason`` accepts a finding, whose code and object are as the finding names
them; ``*`` stands for any object. Both may stand in one file: a mark asks, an allowance answers.
Only a comment of the file's dialect allows anything, and only what begins it or a line of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from mig_assist.backend import Backend
from mig_assist.engines.sqlite_tokens import TOKEN
from mig_assist.findings import Finding, Severity
from mig_assist.source_text import UnreadableSource
from mig_assist.workspace.files import read_inside, shown
from mig_assist.workspace.model import Workspace

_MARK = re.compile(r"mig-assist:\s*(?:todo|decide)\b\s*(?P<question>.*)", re.IGNORECASE)
_SAID = re.compile(
    r"[\s*/-]*mig-assist:\s*(?P<word>[^\s:]*)\s*(?P<code>[^\s:]*)\s*(?P<rest>.*)", re.IGNORECASE
)
_ASKS = frozenset(("todo", "decide"))
ALLOW = "allow"
"""The word of a comment that accepts a finding."""
# A constraint's object has colons and blanks of its own: "teams: UNIQUE (slug)".
_OBJECT = re.compile(
    r"""
    (?P<object>
        [^:]*? : \s* (?: PRIMARY\ KEY | (?:UNIQUE|FOREIGN\ KEY|CHECK|EXCLUDE(?:\ USING\ \w+)?)
                        \s* (?P<opening>\()
                      | CHECK\s+[^\s:(]+ )
      | [^:]*
    )
    (?P<rest>.*)
    """,
    re.VERBOSE,
)
_PARENTHESIS = re.compile(r"""[()]|'[^']*'|"[^"]*["]""")


@dataclass(frozen=True, slots=True)
class Allowance:
    """A comment that accepts a finding; what it leaves out is empty.

    Attributes:
        word: ``allow``; another where the comment says what nobody understands.
    """

    code: str
    object: str
    reason: str
    line: int
    word: str = ALLOW


def open_marks(workspace: Workspace, paths: Iterable[str], code: str) -> Iterable[Finding]:
    """A finding for each mark that nobody has answered yet; unreadable files have none."""
    for path in paths:
        try:
            text = read_inside(workspace.root, path).text
        except UnreadableSource:
            continue
        yield from (replace(finding, path=shown(path)) for finding in marks_in(text, code))


def marks_in(text: str, code: str) -> Iterable[Finding]:
    """A finding for each open mark in a text."""
    for line, content in enumerate(text.split("\n"), 1):
        match = _MARK.search(content)
        if match:
            question = match["question"].removesuffix("-->").strip() or "this place"
            yield Finding(
                code,
                Severity.ERROR,
                f"To decide: {question}",
                "Answer it, then remove the mark.",
                line=line,
            )


def allowances_in(text: str, backend: Backend) -> Iterator[Allowance]:
    """What each comment of a SQL file says to mig-assist, but for marks; complete or not."""
    if "mig-assist:" not in text.lower():
        return
    for line, content in _comment_lines(text, backend):
        match = _SAID.match(content)
        if match is None or match["word"].lower() in _ASKS:
            continue
        if match["word"].lower() != ALLOW:
            yield Allowance("", "", "", line, match["word"])
            continue
        rest = match["rest"].strip().removesuffix("*/").strip()
        thing, reason = _object_and_reason(rest)
        yield Allowance(match["code"], thing, reason, line)


def _comment_lines(sql: str, backend: Backend) -> Iterator[tuple[int, str]]:
    """The lines of a file's comments, with their numbers; what a string holds is none."""
    comments = _sqlite_comments if backend is Backend.LIBSQL else _postgres_comments
    for start, comment in comments(sql):
        first = sql.count("\n", 0, start) + 1
        yield from enumerate(comment.split("\n"), first)


def _sqlite_comments(sql: str) -> Iterator[tuple[int, str]]:
    for token in TOKEN.finditer(sql):
        if token.lastgroup == "trivia" and token[0].startswith(("--", "/*")):
            yield token.start(), token[0]


def _postgres_comments(sql: str) -> Iterator[tuple[int, str]]:
    import postgast
    from postgast.pg_query_pb2 import C_COMMENT, SQL_COMMENT

    try:
        tokens = postgast.scan(sql).tokens
    except (postgast.PgQueryError, UnicodeEncodeError):
        return  # which is told where the syntax is checked
    content = sql.encode()
    for token in tokens:
        if token.token in (C_COMMENT, SQL_COMMENT):
            start = len(content[: token.start].decode())
            yield start, content[token.start : token.end].decode()


def _object_and_reason(text: str) -> tuple[str, str]:
    match = _OBJECT.match(text)
    if match is None:
        return "", ""
    end = match.end("object")
    if match["opening"]:
        end = _closing(text, match.start("opening"))
    thing, rest = text[:end].strip(), text[end:].strip()
    return thing, rest.removeprefix(":").strip() if rest.startswith(":") else ""


def _closing(text: str, opening: int) -> int:
    """The place behind the parenthesis that closes another, quotes minded; the end without one."""
    depth = 0
    for token in _PARENTHESIS.finditer(text, opening):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if depth == 0:
            return token.end()
    return len(text)
