"""What two schemas of one engine do not have in common, whatever the spelling of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from mig_assist.backend import Backend
from mig_assist.engines.expressions import (
    canonical,
    canonical_default,
    canonical_filter,
    conjuncts,
)
from mig_assist.engines.logical_types import LogicalType, logical_type
from mig_assist.engines.schema import ForeignKey, Index, Schema, Table, Trigger

Fact = tuple[object, ...]
_MADE_UP = re.compile(r"_(?:pkey|key|fkey|check)\d*$|^sqlite_autoindex_")
_TOKEN = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | /\*.*?\*/ | \w+ | [^\w\s]""",
    re.VERBOSE | re.DOTALL,
)
_AS = re.compile(r"\bas ")
_WHERE = re.compile(r"\bwhere\b", re.IGNORECASE)
_FURTHER = re.compile(r"\b(?:select|group|having|order|limit|union|except)\b|'", re.IGNORECASE)
_QUALIFIED = re.compile(r"\b([^\W\d]\w*)\.([^\W\d]\w*)\b")
_RETURN = re.compile(r"\breturn (?:null|new|old) ;")


def differences(wanted: Schema, found: Schema, backend: Backend) -> tuple[str, ...]:
    """Each fact that only one of two schemas holds, in words.

    Names that an engine made up, the order of columns and the spelling of expressions are no
    facts. A UNIQUE constraint and a unique index over the same columns are one fact: to rows they
    are the same.
    """
    one, other = dict(_facts(wanted, backend)), dict(_facts(found, backend))
    words = [f"lacks {_said(fact)}" for fact in one if fact not in other]
    words += [f"has {_said(fact)}" for fact in other if fact not in one]
    for fact, name in one.items():
        twin = other.get(fact)
        if name and twin and name != twin and not any(map(_MADE_UP.search, (name, twin))):
            words.append(f"calls {_said(fact)} {twin}, not {name}")
    return tuple(words)


def _said(fact: Fact) -> str:
    return " ".join(str(part) for part in fact if part not in (None, "", (), False))


def _facts(schema: Schema, backend: Backend) -> Iterator[tuple[Fact, str | None]]:
    """Each fact with the name that it has beside, where names may differ."""
    enums = {enum.name for enum in schema.enums}
    for table in schema.tables:
        yield ("table", table.name, table.strict, table.options), None
        yield from _of_table(_Reader(table, backend, enums))
    types = _types_everywhere(schema, backend)
    for view in schema.views:
        yield (
            (
                "view",
                view.name,
                view.columns,
                view.materialized,
                *_query(view.definition, backend, types),
            ),
            None,
        )
        for trigger in view.triggers:
            yield _trigger(view.name, trigger, None), None
    for enum in schema.enums:
        yield ("enum", enum.name, enum.labels), None
    for domain in schema.domains:
        yield ("domain", domain.name, domain.type, domain.nullable, domain.default), None


def _types_everywhere(schema: Schema, backend: Backend) -> Mapping[str, LogicalType]:
    """What each name means that means the same in every table."""
    enums = {enum.name for enum in schema.enums}
    found: dict[str, set[LogicalType]] = {}
    for table in schema.tables:
        for column in table.columns:
            kind = logical_type(column.type, backend, enums=enums)
            found.setdefault(column.name, set()).add(kind)
    return {name: kinds.pop() for name, kinds in found.items() if len(kinds) == 1}


def _query(
    definition: str, backend: Backend, types: Mapping[str, LogicalType]
) -> tuple[str, str | None]:
    """A query up to its WHERE, and the condition in one spelling where it is a plain one."""
    head, *rest = _WHERE.split(definition.rstrip().rstrip(";"))
    if len(rest) == 1 and not _FURTHER.search(rest[0]):
        names = set(_QUALIFIED.findall(rest[0]))
        if len({name for _, name in names}) == len(names):
            bare = _QUALIFIED.sub(r"\2", rest[0])
            condition = canonical_filter(bare, backend, columns=types)
            if condition is not None:
                return _AS.sub("", plain(head) or ""), condition
    return _AS.sub("", plain(definition) or ""), None


class _Reader:
    """Expressions over one table, each in one spelling."""

    def __init__(self, table: Table, backend: Backend, enums: set[str]) -> None:
        self.table = table
        self._backend = backend
        self.types: Mapping[str, LogicalType] = {
            column.name: logical_type(column.type, backend, enums=enums) for column in table.columns
        }
        self._not_null = [column.name for column in table.columns if not column.nullable]

    def value(self, text: str | None) -> str | None:
        known = text and canonical(text, self._backend, columns=self.types, not_null=self._not_null)
        return known or plain(text)

    def filter(self, text: str | None) -> str | None:
        known = text and canonical_filter(
            text, self._backend, columns=self.types, not_null=self._not_null
        )
        return known or plain(text)

    def default(self, text: str | None, column: str) -> str | None:
        return canonical_default(text, self._backend, self.types[column]) or plain(text)

    def rules(self, text: str) -> frozenset[str]:
        found = conjuncts(text, self._backend, columns=self.types, not_null=self._not_null)
        return frozenset([plain(text) or ""]) if found is None else found


def _of_table(read: _Reader) -> Iterator[tuple[Fact, str | None]]:
    table = read.table
    for column in table.columns:
        yield (
            (
                "column",
                f"{table.name}.{column.name}",
                column.type.lower(),
                "NULL" if column.nullable else "NOT NULL",
                read.default(column.default, column.name),
                read.value(column.generated),
                column.stored and "stored",
                column.numbered and "numbered",
                column.never_reused and "never reused",
                column.collation,
            ),
            None,
        )
    if table.primary_key is not None:
        yield ("primary key", table.name, table.primary_key.columns), table.primary_key.name
    for key in table.uniques:
        yield ("unique", table.name, key.columns, key.nulls_distinct, key.on_conflict), key.name
    for foreign in table.foreign_keys:
        yield _foreign_key(table.name, foreign), foreign.name
    for check in table.checks:
        rules = read.rules(check.expression)
        for rule in rules:
            # A rule of its own may have a name; parts of one are known by what they say.
            name = check.name if len(rules) == 1 else None
            yield ("check", table.name, rule, not check.validated and "not valid"), name
    for index in table.indexes:
        yield _index(read, index), index.name
    for trigger in table.triggers:
        yield _trigger(table.name, trigger, read.filter(trigger.condition)), None


def _foreign_key(table: str, key: ForeignKey) -> Fact:
    return (
        "foreign key",
        table,
        key.columns,
        key.target,
        key.target_columns,
        f"on delete {key.on_delete}",
        f"on update {key.on_update}",
        key.deferrable and "deferrable",
        key.deferred and "deferred",
        key.match_full and "match full",
        key.set_columns,
        not key.validated and "not valid",
    )


def _index(read: _Reader, index: Index) -> Fact:
    parts = tuple(
        (
            read.value(part.text) if part.is_expression else part.text,
            part.descending,
            part.nulls_first,
            part.collation,
            part.operator_class,
        )
        for part in index.parts
    )
    columns = tuple(part.text for part in index.parts)
    bare = not any(
        part.is_expression or part.descending or part.collation or part.operator_class
        for part in index.parts
    )
    if index.unique and bare and index.predicate is None and not index.include:
        return ("unique", read.table.name, columns, index.nulls_distinct, "")
    return (
        "unique index" if index.unique else "index",
        read.table.name,
        parts,
        read.filter(index.predicate),
        index.method,
        index.include,
    )


def _trigger(table: str, trigger: Trigger, condition: str | None) -> Fact:
    action = plain(trigger.action) or ""
    if trigger.timing == "AFTER":
        action = _RETURN.sub("", action)  # what it returns is ignored
    return (
        "trigger",
        f"{table}.{trigger.name}",
        trigger.timing,
        trigger.events,
        trigger.update_of,
        condition,
        " ".join(action.split()),
        trigger.for_each_row,
    )


def plain(text: str | None) -> str | None:
    """A text without comments, case and blanks that mean nothing."""
    if text is None:
        return None
    tokens = (found[0] for found in _TOKEN.finditer(text))
    return " ".join(
        token if token[0] == "'" else token.strip('"').lower()
        for token in tokens
        if not token.startswith(("--", "/*"))
    )
