"""PostgreSQL's enums, whose labels libsql keeps in a CHECK of each column.

https://www.postgresql.org/docs/current/sql-altertype.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mig_assist.backend import Backend
from mig_assist.draft.derive.reader import Reader, edited
from mig_assist.draft.derive.tokens import Sort, tokenize
from mig_assist.draft.derive.words import string_value
from mig_assist.engines.schema import EnumType, Schema
from mig_assist.engines.spelling import literal

Labels = Sequence[tuple[str | None, str]]
"""What labels are from now on, each behind what it has been; behind None one that is new."""


@dataclass(frozen=True, slots=True)
class EnumChange:
    """ALTER TYPE … ADD VALUE or RENAME VALUE.

    Attributes:
        old: the label that has another name now; None where ``new`` is one more.
    """

    enum: str
    old: str | None
    new: str


def read_enum(sql: str) -> EnumType | None:
    """The enum that a statement creates."""
    reader = Reader(sql, Backend.POSTGRES)
    if not reader.accept("CREATE", "TYPE"):
        return None
    name = reader.name()
    if not reader.accept("AS", "ENUM", "("):
        return None
    texts = [token.text for token in reader.tokens if token.sort is Sort.STRING]
    return EnumType(name, tuple(map(string_value, texts)))


def read_enum_change(sql: str) -> EnumChange | None:
    """The label that a statement adds or renames."""
    reader = Reader(sql, Backend.POSTGRES)
    if not reader.accept("ALTER", "TYPE"):
        return None
    name = reader.name()
    added = reader.accept("ADD", "VALUE")
    if not added and not reader.accept("RENAME", "VALUE"):
        return None
    reader.accept("IF", "NOT", "EXISTS")
    texts = [t.text for t in reader.tokens[reader.place :] if t.sort is Sort.STRING]
    texts = [string_value(text) for text in texts if text.startswith("'")]
    if added and texts:
        return EnumChange(name, None, texts[0])
    return EnumChange(name, texts[0], texts[1]) if len(texts) == 2 else None


def with_enum(schema: Schema, enum: EnumType) -> Schema:
    """A schema with an enum as it is from now on."""
    others = [each for each in schema.enums if each.name.lower() != enum.name.lower()]
    return replace(schema, enums=tuple(sorted((*others, enum), key=lambda each: each.name)))


def changed(enum: EnumType, change: EnumChange) -> EnumType:
    """An enum after a change; a label that it has is not added again."""
    if change.old is not None:
        labels = tuple(change.new if label == change.old else label for label in enum.labels)
        return replace(enum, labels=labels)
    return enum if change.new in enum.labels else replace(enum, labels=(*enum.labels, change.new))


def relabelled(check: str, labels: Labels) -> str:
    """A list of labels in a CHECK as it is from now on; its layout stays."""
    text = with_labels(check, {o: n for o, n in labels if o is not None}, Backend.LIBSQL)
    tokens, _ = tokenize(text, Backend.LIBSQL)
    there = [token for token in tokens if token.sort is Sort.STRING]
    said = {string_value(token.text) for token in there}
    more = [new for old, new in labels if old is None and new not in said]
    if not there or not more:
        return text
    last = there[-1]
    space = last.before if len(there) > 1 else " "
    place = last.start + len(last.text)
    return edited(text, [(place, place, "".join(f",{space}{literal(new)}" for new in more))])


def with_labels(sql: str, renamed: Mapping[str, str], backend: Backend) -> str:
    """A text with other labels."""
    tokens, _ = tokenize(sql, backend)
    return edited(
        sql,
        (
            (token.start, token.start + len(token.text), literal(renamed[value]))
            for token in tokens
            if token.sort is Sort.STRING and (value := string_value(token.text)) in renamed
        ),
    )
