"""Whether a number in a line is a migration's version, or counts or measures something else.

Pure. The answer is yes only where what stands beside the number says so: the house's own words
for versions of a schema, and none of somebody else's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_FAR = 300
"""How many characters beside a number can say what it means; lines may be of any length."""

_CORE = frozenset({"version", "migration", "migrate", "migrated", "migrating"})
_PLACES = frozenset({"schema", "store", "history", "database", "db"})
_TOWARDS = frozenset({"at", "to", "until", "upto", "through", "before", "after", "from", "since"})
_BESIDE = frozenset(
    """a all applied as assert at check current expect expected final first get has head highest
    in is last latest m max mig min new newest next number of old on our prev previous recorded
    record refinery require row run runner schemas stored target the this up with""".split()
)
_PLURALS = frozenset({"migrations", "versions"})
_WORDS = _CORE | _PLACES | _TOWARDS | _BESIDE
_RECEIVERS = _WORDS | frozenset(
    "entry entries manifest rows r e it self state status report target".split()
)

_ABOUT = re.compile(
    r"migrat|schema_history|schema_version|refinery|(?<![A-Za-z0-9])[vV]0*[1-9]\d*__"
    r"|store_before|schema_at",
    re.IGNORECASE,
)
_IDENTIFIER = (
    r"(?P<receiver>(?:[A-Za-z_]\w*(?:\[[^\]]*\]|\(\))?(?:\.|::|\?\.|->))*)"
    r"(?P<name>(?!(?:await|unwrap|expect)\b)[A-Za-z_]\w*)"
)
_CALL_END = r"(?:\([^()]*\))?(?:\.(?:unwrap|expect)\([^()]*\)|\.await|\?|!)*"
_OPERATOR = r"(?:===?|!==?|>=|<=|=>|:=|[=:<>]|#)"
# version: 5, "version" = 5, row.version == 5, schema_version() >= 5, version: u32 = 5
_ASSIGNED = re.compile(
    rf"{_IDENTIFIER}[\"'`]?{_CALL_END}(?:\s*:\s*[ui](?:8|16|32|64|size)|\s*:\s*(?:int|number))?"
    rf"\s*{_OPERATOR}\s*$"
)
# migrate_to(5, Target::Version(5, migrate(to=5
_CALLED = re.compile(rf"{_IDENTIFIER}\(\s*$")
_TARGET = re.compile(
    r"(?:^|[^A-Za-z0-9])migrate\w*\((?:[^()]*,)?\s*(?:to|target|version|until|upto)\s*[=:]\s*$",
    re.IGNORECASE,
)
# assert_eq!(row.version, 5 and expect(row.version).toBe(5
_EXPECTED = re.compile(
    rf"(?:assert\w*!?|equal|expect)\(\s*(?:await\s+)?[&*]?{_IDENTIFIER}{_CALL_END}"
    rf"(?:,\s*|\)\.(?:not\.)?to(?:Be|Equal|StrictEqual)\(\s*)$"
)
# 5 == row.version and assert_eq!(5, row.version
_COMPARED = re.compile(rf"^\s*(?:===?|!==?|>=|<=|<|>)\s*{_IDENTIFIER}")
_EXPECTED_FIRST = re.compile(rf"^\s*,\s*[&*]?{_IDENTIFIER}")
_ASSERTING = re.compile(r"(?:assert\w*!?|equal)\(\s*$", re.IGNORECASE)
# migrate_to_version(&db, 5)
_CALLED_LAST = re.compile(rf"{_IDENTIFIER}\((?:[^()]|\([^()]*\))*,\s*$")
_DEMANDING = frozenset({"assert", "expect", "check", "require"})
# versions().last() == Some(&5), assert_eq!(max(versions), 5
_OUTERMOST = re.compile(
    r"(?:(?P<of>\w+)(?:\([^()]*\))?(?:\.(?:iter|into_iter|copied|cloned|await|unwrap)(?:\(\))?|\?)*"
    r"(?:\.(?:last|max)\(\)|\[-1\]|\.at\(-1\))|(?:max\((?P<python>\w+)(?:\([^()]*\))?\)))"
    rf"{_CALL_END}(?:\s*===?\s*|\s*,\s*|\)\.to(?:Be|Equal|StrictEqual)\()(?:Some\(\s*&?\s*)?$"
)
_LISTS = re.compile(r"(?:^|_)versions$|^(?:applied|history|migrations)$", re.IGNORECASE)
# In a test of this version: assert_eq!(newest(), 5
_NEWEST = re.compile(
    r"(?:^|[^A-Za-z0-9])(?:newest|latest|highest)\([^()]*\)"
    rf"{_CALL_END}(?:\s*===?\s*|\s*,\s*|\)\.to(?:Be|Equal|StrictEqual)\()(?:Some\(\s*&?\s*)?$"
)
_CONSTANT = re.compile(r"(?:^|[^\w.])(?P<name>[A-Za-z]\w*)(?:\s*:\s*\w+)?\s*:?=\s*[1-9]\d*\b(?!\.)")
_STATEMENT = re.compile(
    r"\b(?:UPDATE|DELETE\s+FROM|FROM|INTO|TABLE|JOIN)\s+[\"`\[]?(?:\w+\.)?(\w+)", re.IGNORECASE
)
_PROSE = re.compile(
    r"(?:(?P<lead>[\w.+-]+)[\"'`*_]*\s+)?\b(?P<what>version|migration)\s+$", re.IGNORECASE
)
_LEADS = frozenset(
    """a after also and as at before both by current database db for from in is its latest
    migration new next number of old on or our schema since so store than that the their then
    this through to until up upto with is was what when where which are if but""".split()
)
_OF = re.compile(r"^\s+of\s+(?:the\s+|our\s+|this\s+|its\s+)?[\"'`*]*([\w-]+)", re.IGNORECASE)
_OURS = frozenset("schema database store history migration migrations table tables".split())


def is_about_migrations(path: str, text: str) -> bool:
    """Whether a file speaks of migrations at all; elsewhere a bare ``version`` says nothing."""
    return bool(_ABOUT.search(path) or _ABOUT.search(text))


def version_constants(lines: Sequence[str], *, about: bool) -> frozenset[str]:
    """Names that are set to a number, and used where that number can only be a version."""
    named = {
        match["name"]
        for line in lines
        for match in _CONSTANT.finditer(line)
        if "version" in match["name"].lower()
    }
    if not named or not about:
        return frozenset()
    uses = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(named)))})\b")
    return frozenset(
        match[0]
        for line in lines
        for match in uses.finditer(line)
        if means_version(line[: match.start()], line[match.end() :], "", about=about)
    )


def means_version(
    before: str,
    after: str,
    name: str,
    *,
    about: bool,
    constants: frozenset[str] = frozenset(),
    tested: bool = False,
) -> bool:
    """Whether the number between two halves of a line is a migration's version for certain.

    Args:
        name: of the migration that has this version.
        about: whether the file is about migrations.
        constants: names that stand for versions.
        tested: whether the line is in a test that is called after this version.
    """
    before, after = before[-_FAR:], after[:_FAR]
    if _of_another_table(before):
        return False
    if re.match(rf"\s*(?:,|=>|->|\]\s*===?)\s*[&(]?[\"'`]{re.escape(name)}[\"'`]", after):
        return not re.search(r"\w!?\($", before) or _said_by(_CALLED, before, about)
    if not about:
        return False
    if re.match(r"\s*(?:[-+*/%]|\.\.|\w)", after) and not re.match(
        r"\s+[A-Za-z]|\s*(?:--|//)", after
    ):
        return False  # part of a calculation
    return (
        _said_by(_ASSIGNED, before, about)
        or _is_constant(before, name, constants)
        or _calls(before)
        or _calls_last(before, after)
        or _is_outermost(before)
        or (tested and _NEWEST.search(before) is not None)
        or bool(_TARGET.search(before))
        or _said_by(_EXPECTED, before, about)
        or _said_by(_COMPARED, after, about)
        or (bool(_ASSERTING.search(before)) and _said_by(_EXPECTED_FIRST, after, about))
    )


def prose_means_version(before: str, after: str, *, about: bool) -> bool:
    """The same for a sentence: ``since version 5``, but not ``version 5 of TLS``."""
    match = _PROSE.search(before[-_FAR:])
    if match is None:
        return False
    of = _OF.match(after)
    if of is not None and of[1].lower() not in _OURS:
        return False
    if match["what"].lower() == "migration":
        return True
    lead = (match["lead"] or "").lower()
    return about and (not lead or lead in _LEADS)


def speaks_of_version(before: str) -> bool:
    """Whether a sentence calls the number that follows a version, of whatever thing."""
    return _PROSE.search(before[-_FAR:]) is not None


def _said_by(pattern: re.Pattern[str], text: str, about: bool) -> bool:
    match = pattern.search(text)
    return match is not None and about and _names_version(match["receiver"], match["name"])


def _calls(before: str) -> bool:
    match = _CALLED.search(before)
    if match is None:
        return False
    parts = _parts(match["name"])
    towards = parts and parts[-1] in _TOWARDS
    if towards and any(p in _PLACES | _CORE | _PLURALS for p in parts[:-1]):
        return all(part in _WORDS | _PLURALS for part in parts)
    return _names_version(match["receiver"], match["name"])


def _is_constant(before: str, name: str, constants: frozenset[str]) -> bool:
    """``const LABEL_VERSION: i64 = 5`` for add_label, or any name that is used as a version."""
    match = _ASSIGNED.search(before)
    if match is None or match["receiver"]:
        return False
    if match["name"] in constants:
        return True
    parts, own = _parts(match["name"].lower()), _parts(name)
    return (
        match["name"].isupper()
        and "version" in parts
        and "version" not in own
        and all(part in own or part in _WORDS for part in parts)
    )


def _calls_last(before: str, after: str) -> bool:
    """``migrate_to_version(&db, 5)`` and ``assert_version(&db, 5)``."""
    match = _CALLED_LAST.search(before)
    if match is None or not re.match(r"\s*,?\s*\)", after):
        return False
    parts = _parts(match["name"])
    if not parts or not all(part in _WORDS | _PLURALS for part in parts):
        return False
    if parts[-1] in _TOWARDS:
        return any(part in _PLACES | _CORE | _PLURALS for part in parts[:-1])
    return parts[-1] == "version" and (parts[0] in _DEMANDING or "migrate" in parts)


def _is_outermost(before: str) -> bool:
    """Whether the newest of some versions is compared with what follows."""
    match = _OUTERMOST.search(before)
    return match is not None and _LISTS.search(match["of"] or match["python"]) is not None


def _names_version(receiver: str, name: str) -> bool:
    """``row.version``, ``latest_version``, ``MigrationVersion``; not ``tls.version``."""
    parts = _parts(name)
    if not _CORE.intersection(parts) or not all(part in _WORDS for part in parts):
        return False
    if parts[0] == "migrate" or parts == ["migration"] or "migrat" in name.lower():
        return True
    # Only the nearest one: self.api.version is the version of an API.
    nearest = re.split(r"\.|::|\?\.|->", re.sub(r"\[[^\]]*\]|\(\)", "", receiver).rstrip(".:>-?"))
    return all(part in _RECEIVERS for part in _parts(nearest[-1]))


def _parts(identifier: str) -> list[str]:
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", identifier)
    return [part for part in apart.lower().split("_") if part]


def _of_another_table(before: str) -> bool:
    """Whether a statement in the line is about a table that is not the history."""
    return any(
        not re.search(r"history|migration|schema", table, re.IGNORECASE)
        for table in _STATEMENT.findall(before)
        if table.lower() not in ("the", "a", "version", "this", "our")
    )
