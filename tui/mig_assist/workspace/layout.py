"""How a repository places and names its migration files.

A pattern names the files below a side's folder: ``V{version}__{name}.sql``,
``{version:04}_{name}.up.sql`` (zero padding), ``{version:04}_{name}/up.sql`` (one folder for each
version), ``{version:%Y-%m-%d-%H%M%S}_{name}/up.sql`` (versions that are points in time),
``{version:%s}_{name}.sql`` (seconds since 1970, ten digits). Numbers that are no times may stand
before the times, as they do in a folder that once counted. Where one separator and another stand
in one folder, ``{version:04}_{name}[._]up.sql`` reads both, and the first of them is written;
what stands in parentheses, as in ``{version}_{name}(.autocommit).up.sql``, is read and not written.
``{version:%Y%m%d%H%M%S%f}`` has six more digits, and its versions are without their century, since
history has 64 bits for them.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from mig_assist.backend import Backend

DEFAULT_PATTERN = "V{version}__{name}.sql"

MOST_DIGITS = 9

HIGHEST_VERSION = 10**MOST_DIGITS - 1
"""Counted versions have nine digits at most, so that every database can hold them."""

HIGHEST_COUNTED = 9_999_999
"""Where versions are points in time, numbers up to this one are none: a day has eight digits."""

_TIME_DIGITS = (10, 12, 14, 18)  # since 1970, to the minute, the second, beyond; a day has eight

EPOCH_FORM = "%s"
"""Seconds since 1970-01-01 (UTC): ten digits from 2001 until 2286."""

_EPOCH_DIGITS = 10

SQLITE_WORD = r"(?:[a-z]*qlite[0-9]*|libsql|turso)"
"""The SQLite family as folders and files spell it: sqlite, sqlite3, hiqlite, rqlite, libsql …"""

POSTGRES_WORD = r"(?:(?:pg|pgsql|psql|postgre|postgres|postgressql|postgresql)[0-9]*)"
"""PostgreSQL as folders and files spell it."""

OTHER_WORD = (
    r"(?:mysql|mariadb|mssql|sqlserver|oracle|cockroach|cockroachdb|crdb|clickhouse|duckdb|mongo"
    r"|mongodb|cassandra|scylla|spanner|yugabyte|tidb|redshift|snowflake|db2|h2)"
)
"""Databases that are no side of a pair."""

UP_WORD = "up"
DOWN_WORD = r"(?:down|undo|rollback|revert)"

_PLACEHOLDERS = re.compile(
    r"(?P<prefix>[^{}/\\]*)\{version(?::(?P<form>0[1-9][0-9]?|%[^{}/\\]+))?\}"
    r"(?P<between>[^{}/\\]+)\{name\}(?P<suffix>[^{}\\]*\.sql)"
)
_CHOICE = re.compile(r"\[([-._]{2,3})\]")
_OPTION = re.compile(r"\((\.[a-z]+)\)")
_TIME_FORM = re.compile(r"%s|%Y([-_]?)%m([-_]?)%d(?:([-_]?)%H([-_]?)%M(?:([-_]?)%S(?:%f)?)?)?")
_CENTURY = "20"
_MOST_TIME_DIGITS = 20
_DIGITS = {"%Y": 4, "%f": 6}


class Side(NamedTuple):
    """One backend's half of a layout.

    Attributes:
        folder: relative to the workspace root; ``.`` for the root itself.
        pattern: of the paths below the folder.
        down: the pattern of the down file beside it; empty where there is none.
        common: the pattern of files for both sides, where a side has none of its own.
        aliases: migrations as the files are called → the other side's, whose halves they are.
    """

    folder: str
    pattern: str = DEFAULT_PATTERN
    down: str = ""
    common: str = ""
    aliases: tuple[tuple[tuple[int, str], tuple[int, str]], ...] = ()

    def path(self, version: int, name: str) -> str:
        """Where a migration's file belongs, relative to the workspace."""
        return self.below_root(_compiled(self.pattern).write(*self._called(version, name)))

    def down_path(self, version: int, name: str) -> str:
        """Where its down file belongs, relative to the workspace; empty where there is none."""
        if not self.down:
            return ""
        return self.below_root(_compiled(self.down).write(*self._called(version, name)))

    def _called(self, version: int, name: str) -> tuple[int, str]:
        called = (version, name)
        return next((own for own, other in self.aliases if other == called), called)

    def parse(self, below: str) -> tuple[int, str] | None:
        """Version and name of a path below the folder, or None where it is of another kind.

        The inverse of :meth:`path`. Where numbers are padded with zeros, the width may vary, as
        it does in a folder that has grown. A name with control characters, or with bytes that are
        not UTF-8, is never a migration's, so that no later place has to show, store or pass on
        such a thing.
        """
        parsed = self.own(below)
        if parsed is None and self.common:
            parsed = _compiled(self.common).read(below)
        if self.down and parsed and len(self.down) > len(self.pattern) and self.parse_down(below):
            return None
        return dict(self.aliases).get(parsed, parsed) if self.aliases and parsed else parsed

    def own(self, below: str) -> tuple[int, str] | None:
        """The same for a file that is this side's alone."""
        return _compiled(self.pattern).read(below)

    def named(self, entry: str) -> tuple[int, str] | None:
        """The migration of a file or a folder, with or without what follows its name."""
        ending = self.pattern.partition("{name}")[2]
        whole = _OPTION.sub("", _CHOICE.sub(lambda choice: choice[1][0], ending))
        return self.parse(entry) or self.parse(f"{entry}{whole}")

    def entry(self, version: int, name: str) -> str:
        """What its file or folder is called, without what follows its name."""
        pattern = f"{self.pattern.partition('{name}')[0]}{{name}}.sql"
        return _compiled(pattern).write(version, name).removesuffix(".sql")

    def parse_down(self, below: str) -> tuple[int, str] | None:
        """Version and name of a down file's path below the folder."""
        return _compiled(self.down).read(below) if self.down else None

    def near(self, entry: str) -> int | None:
        """The number of a folder's entry that looks like a migration, well named or not."""
        match = _compiled(self.pattern).near.fullmatch(entry)
        if match is None:
            return None
        word = match["word"] or ""
        foreign = _mark().fullmatch(word) and not self.pattern.endswith(f".{word}.sql")
        return None if foreign else int(match["number"])

    def parse_path(self, path: str) -> tuple[int, str] | None:
        """The same for a path that is relative to the workspace."""
        start = self.below_root("")
        return self.parse(path[len(start) :]) if path.startswith(start) else None

    def below_root(self, below: str) -> str:
        """A path below the folder as one that is relative to the workspace."""
        return below if self.folder == "." else f"{self.folder}/{below}"

    @property
    def inside(self) -> str:
        """The file inside a version's folder; empty where a version is one file."""
        return self.pattern.partition("/")[2]

    @property
    def time_form(self) -> str:
        """The ``strftime`` form of versions that are points in time; empty for plain numbers."""
        return _compiled(self.pattern).time_form


class Layout(NamedTuple):
    """Where both backends keep their migrations."""

    libsql: Side = Side("migrations")
    postgres: Side = Side("migrations/postgres")

    def of(self, backend: Backend) -> Side:
        """One backend's half."""
        return self.libsql if backend is Backend.LIBSQL else self.postgres

    def reader(self, backend: Backend) -> Callable[[str], tuple[int, str] | None]:
        """Reads version and name from a path below the backend's folder; None where it has none.

        Where both sides share a folder, a file belongs to the pattern that says more.
        """
        side, other = self.of(backend), self.of(backend.other)
        if side.folder != other.folder or len(other.pattern) <= len(side.pattern):
            return side.parse

        def read(below: str) -> tuple[int, str] | None:
            return None if other.own(below) or other.parse_down(below) else side.parse(below)

        return read

    @property
    def consecutive(self) -> bool:
        """Whether versions are counted; points in time leave gaps."""
        return not self.libsql.time_form

    def next_version(self, highest: int) -> int:
        """The version after ``highest``: one more, or the present time (UTC) in the time form."""
        if self.consecutive:
            return highest + 1
        form = re.sub(r"[-_]", "", self.libsql.time_form)
        is_epoch = form == EPOCH_FORM
        if is_epoch:
            return max(highest + 1, int(time.time()))
        shown = time.strftime(form.replace("%f", "000000"), time.gmtime())
        return max(highest + 1, int(shown[len(_CENTURY) :] if "%f" in form else shown))


def is_version(number: int) -> bool:
    """Whether a number can be a version: a counted one, or a point in time."""
    return 1 <= number <= HIGHEST_VERSION or len(str(number)) in _TIME_DIGITS


def pattern_problem(pattern: str) -> str:
    """Why a pattern is none; empty where it is one."""
    match = _PLACEHOLDERS.fullmatch(pattern)
    if match is None:
        return (
            "it needs {version} and then {name}, with something between them, in its first part,"
            " and .sql at its end"
        )
    if match["prefix"][-1:].isdigit() or match["between"][0].isdigit():
        return "a digit beside {version} would be taken for a part of it"
    if any(each.search(match["suffix"].partition("/")[2]) for each in (_CHOICE, _OPTION)):
        return "what may vary belongs before the version's own folder ends"
    if ".." in match["suffix"].split("/"):
        return "it must stay below its folder"
    form = match["form"] or ""
    if form.startswith("%") and not _TIME_FORM.fullmatch(form):
        return "a time is written %Y%m%d, %Y%m%d%H%M or %Y%m%d%H%M%S, with - or _ in between, or %s"
    return ""


class _Compiled(NamedTuple):
    """A pattern, ready for use."""

    regex: re.Pattern[str]
    near: re.Pattern[str]
    template: str
    width: int
    time_form: str

    def write(self, version: int, name: str) -> str:
        return self.template.format(version=self._number(version), name=name)

    def read(self, below: str) -> tuple[int, str] | None:
        match = self.regex.fullmatch(below)
        if match is None or not below.isprintable():
            return None
        number, name = match.groups()
        # What follows a last dot says which backend or which direction a file is for.
        if "." in name and _mark().fullmatch(name.rpartition(".")[2]):
            return None
        digits = re.sub(r"[-_]", "", number) if self.time_form else number
        return int(digits[len(_CENTURY) :] if len(digits) == _MOST_TIME_DIGITS else digits), name

    def _number(self, version: int) -> str:
        if self.time_form and 0 < version <= HIGHEST_COUNTED:
            return str(version)
        digits = str(version).zfill(self.width)
        if self.width == _MOST_TIME_DIGITS:
            digits = _CENTURY + digits[-_MOST_TIME_DIGITS + len(_CENTURY) :]
        separated = self.time_form not in ("", EPOCH_FORM)
        return "".join(_in_time_form(self.time_form, digits)) if separated else digits


def _in_time_form(form: str, digits: str) -> Iterator[str]:
    """The digits of a version with the separators of its form between them."""
    for part in re.split(r"(%[A-Za-z])", form):
        if part.startswith("%"):
            # A number too long for the form is kept whole: the year takes what is left over.
            width = len(digits) - _digits_after_year(form) if part == "%Y" else _DIGITS.get(part, 2)
            yield digits[:width]
            digits = digits[width:]
        else:
            yield part


@lru_cache(maxsize=1)
def _mark() -> re.Pattern[str]:
    words = (UP_WORD, DOWN_WORD, SQLITE_WORD, POSTGRES_WORD, OTHER_WORD)
    return re.compile("|".join(words), re.IGNORECASE)


def _digits_after_year(form: str) -> int:
    return 2 * (form.count("%") - 1) + (4 if form.endswith("%f") else 0)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> _Compiled:
    match = _PLACEHOLDERS.fullmatch(pattern)
    if match is None or pattern_problem(pattern):
        raise ValueError(f"not a pattern: {pattern!r}")
    form = match["form"] or ""
    time_form = form if form.startswith("%") else ""
    if time_form == EPOCH_FORM:
        number, width = f"[1-9][0-9]{{{_EPOCH_DIGITS - 1}}}", _EPOCH_DIGITS
    elif time_form:
        number = re.sub(
            r"%[A-Za-z]|[-_]",
            lambda part: "[-_]" if len(part[0]) == 1 else f"[0-9]{{{_DIGITS.get(part[0], 2)}}}",
            time_form,
        )
        width = 4 + _digits_after_year(time_form)
    else:
        width = int(form or 1)
        further = f"[0-9]{{0,{MOST_DIGITS - 1}}}"
        number = f"[0-9]{further}" if form else f"(?:0|[1-9]{further})"
    if time_form:
        number = f"(?:{number}|[0-9]{{1,{len(str(HIGHEST_COUNTED))}}})"
    prefix, between, suffix = match["prefix"], match["between"], match["suffix"]
    ending = re.escape(suffix)
    for choice in _CHOICE.findall(suffix):
        ending = ending.replace(re.escape(f"[{choice}]"), f"[{re.escape(choice)}]")
    for option in _OPTION.findall(suffix):
        ending = ending.replace(re.escape(f"({option})"), f"(?:{re.escape(option)})?")
    suffix = _OPTION.sub("", _CHOICE.sub(lambda choice: choice[1][0], suffix))
    return _Compiled(
        re.compile(
            f"{re.escape(prefix)}(?P<version>{number}){re.escape(between)}"
            rf"(?P<name>[^/\\]+?){ending}"
        ),
        re.compile(
            rf"{re.escape(prefix)}(?P<number>[0-9]+).*?(?:\.(?P<word>[a-z0-9]+))?"
            + (r"" if "/" in suffix else r"\.sql"),
            re.IGNORECASE | re.DOTALL,
        ),
        f"{prefix}{{version}}{between}{{name}}{suffix}",
        width,
        time_form,
    )
