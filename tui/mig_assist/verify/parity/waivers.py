"""Findings that are meant: waived with a written reason, and only while they are there.

A waiver stands under ``[[parity.waivers]]`` in mig-assist.toml or as a comment in a migration's
SQL (see :mod:`mig_assist.verify.marks`). One in mig-assist.toml holds for every version, or for
those that it names; a comment holds for the version in whose file it stands and for all later
ones, because what a version parts stays parted until another mends it. For what an older version
parted, which nobody may edit any more, mig-assist.toml is the place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import lru_cache

from mig_assist.backend import Backend
from mig_assist.engines.expressions import canonical
from mig_assist.findings import Finding, Severity
from mig_assist.source_text import UnreadableSource, read_source
from mig_assist.verify.marks import ALLOW, allowances_in
from mig_assist.verify.parity.sides import as_written
from mig_assist.workspace.config import CONFIG_NAME
from mig_assist.workspace.model import Workspace

_CHECK = re.compile(r"(.*?): CHECK \((.*)\)", re.DOTALL | re.IGNORECASE)
_LITERAL = re.compile(r"('(?:[^']|'')*')")
_HEADER = re.compile(r"\s*\[\[\s*parity\s*\.\s*waivers\s*\]\]")


_HOW = "Write `-- mig-assist: allow CODE OBJECT: reason`."
CODES = tuple(
    f"parity/{rule}"
    for rule in (
        "apply-failed behaviour check collation column-order column-type conflict data default"
        " deferrable foreign-key generated index missing-column missing-table name not-probed"
        " not-read not-valid nullability numbering option primary-key trigger unique"
        " missing-extension unknown-function view"
    ).split()
)
"""What a waiver may speak of."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """A finding that a person accepts.

    Attributes:
        object: as the finding names it, whatever the case of its names and blanks; ``*`` for any.
        since: the first version that it is for; None for no lower limit.
        versions: those that it is for; empty for all.
        backend: the side in whose file it stands.
        word: what the comment says instead of ``allow``.
    """

    code: str
    object: str
    reason: str
    path: str
    line: int | None = None
    since: int | None = None
    versions: tuple[int, ...] = ()
    backend: Backend | None = None
    word: str = ALLOW

    @property
    def complete(self) -> bool:
        """Whether it says what it accepts, and why."""
        return bool(self.code and self.object and self.reason)

    def matches(self, finding: Finding) -> bool:
        """Whether it speaks of a finding."""
        return (
            finding.code == self.code
            and (self.object == "*" or _same_object(self.object, finding.object))
            and self._is_for(finding.version)
        )

    def _is_for(self, version: int | None) -> bool:
        if version is None:
            return True
        return (self.since is None or version >= self.since) and (
            not self.versions or version in self.versions
        )


def stated_waivers(workspace: Workspace) -> tuple[Waiver, ...]:
    """What mig-assist.toml waives."""
    stated = workspace.config.parity.waivers
    lines = _lines(workspace) if stated else ()
    return tuple(
        Waiver(
            each.code.strip(),
            each.object.strip(),
            each.reason.strip(),
            CONFIG_NAME,
            lines[index] if index < len(lines) else None,
            versions=each.versions,
        )
        for index, each in enumerate(stated)
    )


def waivers_in(sql: str, version: int, backend: Backend, path: str) -> tuple[Waiver, ...]:
    """What the comments of a migration's file waive."""
    return tuple(
        _understood(
            Waiver(
                each.code,
                each.object,
                each.reason,
                path,
                each.line,
                version,
                backend=backend,
                word=each.word,
            )
        )
        for each in allowances_in(sql, backend)
    )


def _understood(waiver: Waiver) -> Waiver:
    """A comment's waiver; one of another family is none, and says what nobody understands."""
    if not waiver.code or waiver.code.startswith("parity/"):
        return waiver
    return replace(waiver, code="", word=f"{ALLOW} {waiver.code}")


def apply_waivers(
    findings: Iterable[Finding], waivers: Sequence[Waiver], *, complete: bool
) -> tuple[Finding, ...]:
    """The findings, those that are meant with their reasons, and what is wrong with the waivers.

    Args:
        complete: whether everything was looked at that a waiver may speak of. Only then is one
            that matches nothing an error.
    """
    waived, used = [], set()
    for finding in findings:
        matching = [waiver for waiver in waivers if waiver.matches(finding)]
        used.update(matching)
        reason = next((waiver.reason for waiver in matching if waiver.complete), None)
        if reason is not None and finding.waived is None:
            finding = replace(finding, waived=reason)
        waived.append(finding)
    incomplete = [_incomplete(waiver) for waiver in waivers if not waiver.complete]
    unused = [
        _unused(waiver) for waiver in waivers if complete and waiver.complete and waiver not in used
    ]
    return (*waived, *incomplete, *unused)


def _same_object(stated: str, found: str | None) -> bool:
    if found is None:
        return False
    if _plain(stated) == _plain(found):
        return True
    rules = _CHECK.fullmatch(stated.strip()), _CHECK.fullmatch(found.strip())
    if rules[0] is None or rules[1] is None or _plain(rules[0][1]) != _plain(rules[1][1]):
        return False
    return not _meanings(rules[0][2]).isdisjoint(_meanings(rules[1][2]))


@lru_cache(maxsize=1024)
def _meanings(rule: str) -> frozenset[str]:
    """What a CHECK without a name demands, however an engine or its reader spells it."""
    read = (canonical(as_written(rule), backend) for backend in Backend)
    return frozenset(text for text in read if text is not None)


def _plain(text: str) -> str:
    pieces = _LITERAL.split(" ".join(text.split()))
    return "".join(piece if n % 2 else piece.casefold() for n, piece in enumerate(pieces))


def _lines(workspace: Workspace) -> Sequence[int]:
    """Where each [[parity.waivers]] begins; none where they are written in another way."""
    try:
        text = read_source(workspace.root / CONFIG_NAME, CONFIG_NAME).text
    except UnreadableSource:
        return ()
    return [line for line, content in enumerate(text.split("\n"), 1) if _HEADER.match(content)]


def _incomplete(waiver: Waiver) -> Finding:
    if waiver.word != ALLOW:
        return _finding(
            waiver,
            "parity/incomplete-waiver",
            f"A comment says `mig-assist: {waiver.word}`, which mig-assist does not understand, so"
            " it accepts nothing.",
            f"{_HOW[:-1]}; the codes of what can be accepted begin with parity/.",
        )
    missing = "code" if not waiver.code else "object" if not waiver.object else "reason"
    return _finding(
        waiver,
        "parity/incomplete-waiver",
        f"A waiver{f' of {waiver.code}' if waiver.code else ''}"
        f"{f' for {waiver.object}' if waiver.object else ''} has no {missing}.",
        'Write `reason = "…"`.' if waiver.path == CONFIG_NAME else _HOW,
    )


def _unused(waiver: Waiver) -> Finding:
    fix = "Remove it, or correct its code and object to what the finding says."
    if waiver.code not in CODES:
        nearest = get_close_matches(waiver.code, CODES, 1, 0)
        fix = f"No finding has the code {waiver.code}; write {nearest[0]} where that is meant."
    return _finding(
        waiver,
        "parity/unused-waiver",
        f"A waiver of {waiver.code} for {waiver.object} matches nothing"
        f" (its reason: {waiver.reason}).",
        fix,
    )


def _finding(waiver: Waiver, code: str, message: str, fix: str) -> Finding:
    return Finding(
        code,
        Severity.ERROR,
        message,
        fix,
        version=waiver.since,
        backend=waiver.backend,
        object=waiver.object or None,
        path=waiver.path,
        line=waiver.line,
    )
