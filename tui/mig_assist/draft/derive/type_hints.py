"""What a table's rules, defaults and keys say of its columns besides their names and types."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from mig_assist.engines.schema import Table


@dataclass(frozen=True, slots=True)
class TypeHint:
    """What is known of a column besides its name and type.

    Attributes:
        flag: whether a rule or its default says that it is 0 or 1.
        json: whether a rule says that it is JSON.
        json_default: whether its default is an empty object or list.
        moment: whether its default is a number of seconds since 1970.
        wide: whether its default has no room in 32 bits.
        number: whether its default is a number that no flag has.
        key: whether it is the primary key, or part of it, or refers to another table.
        numbered: whether the engine supplies the number of a new row.
    """

    flag: bool = False
    json: bool = False
    json_default: bool = False
    moment: bool = False
    wide: bool = False
    number: bool = False
    key: bool = False
    numbered: bool = False

    def __or__(self, other: TypeHint) -> TypeHint:
        """What either of them says."""
        return TypeHint(
            *(getattr(self, name) or getattr(other, name) for name in TypeHint.__dataclass_fields__)
        )


NO_HINT = TypeHint()

_FLAG = re.compile(
    r"""\s*\(?\s*["`\[]?(\w+)["`\]]?\s+in\s*\(\s*(?:0\s*,\s*1|1\s*,\s*0|false\s*,\s*true|true\s*,\s*false)\s*\)\s*\)?\s*""",
    re.IGNORECASE,
)
_FLAG_EQUALS = re.compile(
    r"""\s*["`\[]?(\w+)["`\]]?\s*==?\s*[01]\s+or\s+["`\[]?(\w+)["`\]]?\s*==?\s*[01]\s*""",
    re.IGNORECASE,
)
_JSON = re.compile(
    r"""\s*(?:["`\[]?\w+["`\]]?\s+is\s+null\s+or\s+)?json_valid\s*\(\s*["`\[]?(\w+)["`\]]?\s*\)\s*(?:=\s*1\s*)?""",
    re.IGNORECASE,
)
_EMPTY_JSON = re.compile(
    r"""(?:jsonb?\s*\(\s*)?(?:'\s*(?:\{\s*\}|\[\s*\])\s*'|x'(?:7b7d|5b5d)')\s*\)?(?:::\w+)?""",
    re.IGNORECASE,
)
_SECONDS = re.compile(r"""\bunixepoch\s*\(|\bstrftime\s*\(\s*'%s'""", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?\d+")
_ROOM = 2**31


def hint_of(expression: str) -> tuple[str, TypeHint] | None:
    """The column that a CHECK says to be a flag or JSON."""
    if len(expression) > 300:
        return None
    if match := _FLAG.fullmatch(expression):
        return match[1], TypeHint(flag=True)
    match = _FLAG_EQUALS.fullmatch(expression)
    if match and match[1].lower() == match[2].lower():
        return match[1], TypeHint(flag=True)
    if match := _JSON.fullmatch(expression):
        return match[1], TypeHint(json=True)
    return None


def hint_of_default(expression: str | None) -> TypeHint:
    """What a DEFAULT says of its column on libsql."""
    text = (expression or "").strip()
    while text.startswith("(") and text.endswith(")"):
        text = text[1:-1].strip()
    if text.lower() in ("true", "false"):
        return TypeHint(flag=True)
    if _EMPTY_JSON.fullmatch(text):
        return TypeHint(json_default=True)
    if _NUMBER.fullmatch(text):
        value = abs(int(text))
        return TypeHint(number=value > 1, wide=value >= _ROOM)
    if _SECONDS.search(text):
        return TypeHint(moment=True, wide="*" in text, number=True)
    return TypeHint()


def hints_of(table: Table) -> Mapping[str, TypeHint]:
    """What a libsql table says of its columns, by their folded names."""
    found = {
        column.name.lower(): replace(hint_of_default(column.default), numbered=column.numbered)
        for column in table.columns
    }
    keys = {*(table.primary_key.columns if table.primary_key else ())}
    keys.update(name for foreign in table.foreign_keys for name in foreign.columns)
    told = [(name, TypeHint(key=True)) for name in keys]
    told += filter(None, (hint_of(check.expression) for check in table.checks))
    for name, hint in told:
        found[name.lower()] = found.get(name.lower(), TypeHint()) | hint
    return found
