"""Both schemas as one tree, with what a version did to them and where the sides part.

The tables come at once; what is inside one is worked out when somebody looks at it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

from mig_assist.backend import Backend
from mig_assist.engines.schema import Index, Key, Schema, Table, Trigger, View
from mig_assist.findings import Finding, Severity
from mig_assist.verify.parity import definitions
from mig_assist.verify.parity.look import Look, Schemas
from mig_assist.verify.parity.names import folded
from mig_assist.verify.parity.sides import TablePair, as_written, named_list, one_line

Texts = tuple[str | None, str | None]
"""What libsql has, and what PostgreSQL has."""

_T = TypeVar("_T")
_WORD = re.compile(r"\w+")
_LOOSE = ("parity/not-read", "parity/unused-waiver", "parity/incomplete-waiver")


class Sign(StrEnum):
    """What a version did to something."""

    SAME = ""
    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


_Sides = tuple[Any, Any]
_NEITHER: _Sides = (None, None)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing of the schemas.

    Attributes:
        key: what it is, stable from look to look.
        label: in a few words.
        sides: libsql's and PostgreSQL's after the version.
        former: the same before it.
        text: what is shown of either.
        findings: about it, and where it is a table about everything in it.
    """

    key: tuple[str, ...]
    label: str
    sides: _Sides = _NEITHER
    former: _Sides = _NEITHER
    text: Callable[[Any], str] = str
    findings: tuple[Finding, ...] = ()

    @property
    def kind(self) -> str:
        """``table``, ``column``, ``check`` …"""
        return self.key[0]

    @property
    def sign(self) -> Sign:
        """What the version did to it."""
        if all(now is was or now == was for now, was in zip(self.sides, self.former, strict=True)):
            return Sign.SAME
        if self.former == _NEITHER:
            return Sign.ADDED
        return Sign.REMOVED if self.sides == _NEITHER else Sign.CHANGED

    @property
    def now(self) -> Texts:
        """What both sides say of it after the version."""
        return self._texts(self.sides)

    @property
    def before(self) -> Texts:
        """What both sides said of it before the version."""
        return self._texts(self.former)

    def _texts(self, sides: _Sides) -> Texts:
        libsql, postgres = (None if side is None else self.text(side) for side in sides)
        return libsql, postgres


class Outline:
    """The tree of one look.

    Args:
        shown: the schemas after the version; an earlier look's where this one has none.

    Attributes:
        problems: what keeps the version from being compared, or belongs to no table.
        roots: tables, then views, enums and domains.
        is_before: whether only the schemas before the version are known.
    """

    def __init__(self, look: Look, shown: Schemas | None = None) -> None:
        self.version = look.version
        self.is_before = look.after is None and shown is None
        self._after = look.after or shown or look.before
        self._before = look.before
        hangs = _hanging((*self._after, *self._before))
        found: defaultdict[str | None, list[Finding]] = defaultdict(list)
        for finding in look.report.findings:
            found[_table_of(finding, hangs)].append(finding)
        self._hangs = hangs
        self.problems = tuple(_problem(*each) for each in enumerate(found.pop(None, ())))
        self.roots = tuple(self._roots(found))

    def touches(self, entry: Entry) -> bool:
        """Whether the version concerns something, or what is said of it came with the version."""
        return entry.sign is not Sign.SAME or any(
            finding.version in (self.version, None) for finding in entry.findings
        )

    def _roots(self, findings: Mapping[str | None, Sequence[Finding]]) -> Iterator[Entry]:
        for kind, things, text in _KINDS:
            rows = _by_name(*(things(schema) for schema in (*self._after, *self._before)))
            for name, (*now, libsql, postgres) in rows:
                found = tuple(findings.get(folded(name), ()))
                sides, former = (now[0], now[1]), (libsql, postgres)
                yield Entry((kind, name), name, sides, former, text, found)

    def place_of(self, finding: Finding) -> tuple[Entry, Entry | None] | None:
        """The root that a finding is about, and the part of it; None where neither is known."""
        table = _table_of(finding, self._hangs)
        for root in self.problems:
            if (finding.code, finding.backend) == (root.findings[0].code, root.findings[0].backend):
                return root, None
        for root in self.roots:
            if folded(root.label) == table:
                named = (part for part, called in self._parts(root) if _is_called(finding, called))
                part = next(named, None)
                return root, part
        return None

    def parts(self, root: Entry) -> tuple[Entry, ...]:
        """What a table or view consists of, with what is said of each part."""
        return tuple(_told(self._parts(root), root.findings))

    def _parts(self, root: Entry) -> tuple[_Part, ...]:
        if root.kind == "table":
            return tuple(_parts_of_table(root, self._after))
        return tuple(_parts_of_view(root)) if root.kind == "view" else ()


_Part = tuple[Entry, frozenset[str]]
"""An entry, and what findings call it."""

_KINDS: tuple[tuple[str, Callable[[Schema], Sequence[Any]], Callable[[Any], str]], ...] = (
    ("table", lambda schema: schema.tables, definitions.table_text),
    ("view", lambda schema: schema.views, definitions.view_text),
    ("enum", lambda schema: schema.enums, definitions.enum_text),
    ("domain", lambda schema: schema.domains, definitions.domain_text),
)


def worst(findings: Iterable[Finding]) -> Severity | None:
    """The gravest of what is not waived; None where there is nothing."""
    found = {finding.severity for finding in findings if finding.waived is None}
    return next((severity for severity in Severity if severity in found), None)


def _by_name(*sides: Sequence[Any]) -> list[tuple[str, list[Any]]]:
    """The things of one name on several sides, by name."""
    rows: dict[str, list[Any]] = {}
    names: dict[str, str] = {}
    for place, things in enumerate(sides):
        for thing in things:
            key = folded(thing.name)
            if rows.get(key, [None] * len(sides))[place] is not None:
                key = thing.name  # PostgreSQL may have "Teams" beside teams
            names.setdefault(key, thing.name)
            rows.setdefault(key, [None] * len(sides))[place] = thing
    return sorted((names[key], row) for key, row in rows.items())


def _parts_of_table(root: Entry, after: Schemas) -> Iterator[_Part]:
    name = root.label
    sides = (*root.sides, *root.former)
    tables = [side or Table(name, ()) for side in sides]
    names = {side.name for side in sides if side is not None}

    def part(kind: str, row: Sequence[Any], label: str, text: Callable[[Any], str]) -> _Part:
        there = [each for each in row if each is not None]
        called = {text for each in there for text in _called(kind, each, names)}
        entry = Entry((kind, name, label), label, (row[0], row[1]), (row[2], row[3]), text)
        return entry, frozenset(map(_plain, called))

    for label, row in _rows([t.columns for t in tables], [lambda c, _: folded(c.name)]):
        yield part("column", row, label.name, definitions.column_text)
    keys = [t.primary_key for t in tables]
    if any(keys):
        yield part("key", keys, "PRIMARY KEY", lambda key: definitions.key_text(key, "PRIMARY KEY"))
    access = [(*t.uniques, *t.indexes) for t in tables]
    accesses = list(_rows(access, [_access_name, _access_columns]))
    for first, row in accesses:
        if isinstance(first, Key):
            yield part("unique", row, f"UNIQUE {named_list(first.columns)}", _access_text)
    for first, row in _rows([t.foreign_keys for t in tables], [_foreign_columns]):
        label = f"FOREIGN KEY {named_list(first.columns)} → {first.target}"
        yield part("foreign key", row, label, definitions.foreign_key_text)
    pair = TablePair(
        tables[0],
        tables[1],
        {enum.name: enum.labels for enum in after[1].enums},
        {backend: frozenset() for backend in Backend},
    )
    for first, row in _rows([t.checks for t in tables], _check_keys(pair)):
        label = f"CHECK {first.name or f'({as_written(first.expression)})'}"
        yield part("check", row, label, definitions.check_text)
    for first, row in accesses:
        if isinstance(first, Index):
            yield part("index", row, f"INDEX {first.name}", _access_text)
    for first, row in _rows([t.triggers for t in tables], _TRIGGER_KEYS):
        yield part("trigger", row, f"TRIGGER {first.name}", definitions.trigger_text)


def _parts_of_view(root: Entry) -> Iterator[_Part]:
    views = [side or View(root.label, (), "") for side in (*root.sides, *root.former)]
    for first, row in _rows([view.triggers for view in views], _TRIGGER_KEYS):
        key = ("trigger", root.label, first.name)
        text = definitions.trigger_text
        entry = Entry(key, f"TRIGGER {first.name}", (row[0], row[1]), (row[2], row[3]), text)
        names = (each.name for each in row if each is not None)
        yield entry, frozenset(map(_plain, names))


_Key = Callable[[Any, Backend], Hashable | None]


def _rows(sides: Sequence[Sequence[_T]], keys: Sequence[_Key]) -> Iterator[tuple[_T, list[Any]]]:
    """What stands for one thing on several sides: libsql, PostgreSQL, and both of them before.

    The keys are tried in turn; things of one key are one. The thing that is met first names it.
    """
    rows: list[list[Any]] = []
    for place, backend in enumerate((*Backend, *Backend)):
        left = list(sides[place])
        for key in keys:
            marks: defaultdict[Hashable, list[list[Any]]] = defaultdict(list)
            for row in rows:
                if row[place] is None:
                    found = {
                        key(each, side)
                        for each, side in zip(row, (*Backend, *Backend), strict=True)
                        if each is not None
                    }
                    for mark in found - {None}:
                        marks[mark].append(row)
            for thing in list(left):
                mine = key(thing, backend)
                open_rows = [row for row in marks.get(mine, ()) if row[place] is None]
                if open_rows:
                    open_rows[0][place] = thing
                    left.remove(thing)
        for thing in left:
            rows.append([thing if at == place else None for at in range(4)])
    for row in rows:
        yield next(each for each in row if each is not None), row


def _access_name(thing: Index | Key, _: Backend) -> Hashable | None:
    return folded(thing.name) if isinstance(thing, Index) else None


def _access_columns(thing: Index | Key, _: Backend) -> Hashable:
    if isinstance(thing, Key):
        return True, tuple(map(folded, thing.columns)), False
    parts = tuple(
        one_line(part.text).lower() if part.is_expression else folded(part.text)
        for part in thing.parts
    )
    return thing.unique, parts, thing.predicate is not None


def _access_text(thing: Index | Key) -> str:
    if isinstance(thing, Key):
        return definitions.key_text(thing, "UNIQUE")
    return definitions.index_text(thing)


def _foreign_columns(key: Any, _: Backend) -> Hashable:
    return tuple(map(folded, key.columns))


def _check_keys(pair: TablePair) -> list[_Key]:
    known: dict[tuple[str, Backend], str | None] = {}

    def meaning(check: Any, backend: Backend) -> Hashable | None:
        key = check.expression, backend
        if key not in known:
            known[key] = pair.canonical(*key)
        return known[key]

    def columns(check: Any, backend: Backend) -> Hashable | None:
        return pair.mentions(check.expression, backend) or None

    return [
        lambda check, backend: (backend, check.name, check.expression),
        lambda check, _: folded(check.name) if check.name else None,
        meaning,
        columns,
    ]


_TRIGGER_KEYS: list[_Key] = [
    lambda trigger, _: folded(trigger.name),
    lambda trigger, _: (trigger.timing, trigger.events, trigger.update_of),
]


def _called(kind: str, thing: Any, tables: Iterable[str]) -> Iterator[str]:
    """What findings call a part of a table."""
    for table in tables:
        if kind == "column":
            yield f"{table}.{thing.name}"
        elif kind == "key":
            yield f"{table}: PRIMARY KEY"
        elif isinstance(thing, Key):
            yield f"{table}: UNIQUE {named_list(thing.columns)}"
        elif kind == "foreign key":
            yield f"{table}: FOREIGN KEY {named_list(thing.columns)}"
        elif kind == "check":
            yield f"{table}: CHECK {thing.name}"
            for text in (one_line(thing.expression), as_written(thing.expression)):
                yield f"{table}: CHECK ({text})"
        elif isinstance(thing, Index | Trigger):
            yield thing.name


def _told(parts: Iterable[_Part], findings: Iterable[Finding]) -> Iterator[Entry]:
    """The parts, each with what is said of it."""
    left = list(findings)
    for entry, called in parts:
        mine = tuple(finding for finding in left if _is_called(finding, called))
        left = [finding for finding in left if finding not in mine]
        yield replace(entry, findings=mine)


def _is_called(finding: Finding, called: frozenset[str]) -> bool:
    return finding.object is not None and _plain(finding.object) in called


def _problem(number: int, finding: Finding) -> Entry:
    side = f" on {finding.backend.label}" if finding.backend else ""
    label = {
        "parity/apply-failed": f"does not apply{side}",
        "parity/not-probed": "not probed to the end",
        "parity/missing-extension": f"missing here: {finding.object}",
        "parity/unknown-function": f"unknown here: {finding.object or 'a function'}",
        "parity/not-read": f"not read: {finding.object or 'a statement'}",
    }.get(finding.code, finding.object or finding.code)
    key = ("problem", str(number), finding.code, str(finding.backend))
    return Entry(key, label, findings=(finding,))


def _hanging(schemas: Iterable[Schema]) -> dict[str, set[str]]:
    """What findings may call something → the folded tables and views that it may hang on."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for schema in schemas:
        things: list[Table | View] = [*schema.tables, *schema.views]
        for thing in things:
            names = [each.name for each in thing.indexes]
            names += [each.name for each in thing.triggers]
            for name in (thing.name, *names):
                found[_plain(name)].add(folded(thing.name))
    return found


def _table_of(finding: Finding, hangs: Mapping[str, set[str]]) -> str | None:
    """The folded name of the table or view that a finding is about."""
    if finding.object is None or finding.code in _LOOSE:
        return None
    thing = _plain(finding.object)
    named = (thing, thing.partition(": ")[0], thing.rpartition(".")[0], thing.partition(".")[0])
    candidates = next((hangs[name] for name in named if name in hangs), set())
    if len(candidates) > 1:
        words = {folded(word) for word in _WORD.findall(finding.message)}
        candidates = candidates & words or candidates
    return min(candidates, default=None)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
