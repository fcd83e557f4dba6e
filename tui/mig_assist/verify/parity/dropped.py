"""Rows that libsql deletes or empties as it drops a table that others refer to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from mig_assist.engines.schema import Action
from mig_assist.findings import Severity
from mig_assist.verify.parity.divergence import Divergence
from mig_assist.verify.parity.names import folded
from mig_assist.verify.parity.probes.paired import PairedSchema

_COMMENT = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)
_DROPPED = re.compile(r"\bdrop\s+table\s+(?:if\s+exists\s+)?[\"`\[]?(\w+)[\"`\]]?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Drop:
    """A DROP TABLE of libsql's file that takes rows of other tables along, or their references."""

    table: str
    statement: str
    action: Action


def drop_behind(before: PairedSchema, libsql: str, found: Divergence) -> Drop | None:
    """The dropped table whose rows took others along on libsql, where that is behind a finding.

    SQLite deletes all rows before it drops a table, with what foreign keys say of that; and
    PRAGMA foreign_keys does nothing inside a transaction (https://www.sqlite.org/foreignkeys.html,
    sections 2 and 5).
    """
    if found.postgres is None or found.libsql not in (None, "NULL"):
        return None
    return _dropped_parent(before, libsql, folded(found.table))


def one_per_drop(
    found: Iterable[tuple[Divergence, Drop | None]],
) -> Iterator[Divergence]:
    """One finding for each dropped table that took rows along, and all others as they are."""
    by_drop: dict[str, list[tuple[Divergence, Drop]]] = {}
    for divergence, drop in found:
        if drop is None:
            yield divergence
        else:
            by_drop.setdefault(drop.table, []).append((divergence, drop))
    for name, several in by_drop.items():
        gone = [d for d, drop in several if drop.action is Action.CASCADE]
        changed = [d for d, drop in several if drop.action is not Action.CASCADE]
        told = [f"Rows of {_all(d.table for d in gone)} are gone"] if gone else []
        told += [f"{_all(d.object for d in changed)} {_are(changed)} changed"] if changed else []
        actions = _all(dict.fromkeys(str(drop.action) for _, drop in several))
        first, drop = several[0]
        message = f"{' and '.join(told)} on libsql: dropping {name} under foreign keys that are on"
        yield replace(
            first,
            severity=min((d.severity for d, _ in several), key=list(Severity).index),
            object=name,
            table=name,
            libsql=drop.statement,
            postgres=None,
            message=f"{message} does that (ON DELETE {actions}).",
            fix=f"Rebuild {name} without dropping the table that others refer to, or keep their"
            " rows aside and put them back; PRAGMA foreign_keys does nothing inside a transaction."
            " Where the application migrates without foreign keys, say so in mig-assist.toml:"
            ' foreign_keys = "off" under [libsql].',
        )


def _all(names: Iterable[str]) -> str:
    """Some names as a sentence lists them."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _are(things: Sequence[object]) -> str:
    return "is" if len(things) == 1 else "are"


def _dropped_parent(schema: PairedSchema, script: str, table: str) -> Drop | None:
    """The drop of a table that takes the rows of another with it, or their references to it."""
    drops = _DROPPED.finditer(without_comments(script))
    dropped = {folded(drop[1]): " ".join(drop[0].split()) for drop in drops}
    seen = {table}
    waiting: list[tuple[str, Action | None]] = [(table, None)]
    while waiting:
        child, action = waiting.pop(0)
        keys = schema.tables[child].libsql.foreign_keys if child in schema.tables else ()
        for key in keys:
            target = folded(key.target)
            last = action or key.on_delete
            if target in seen or key.on_delete in (Action.NO_ACTION, Action.RESTRICT):
                continue
            if target in dropped:
                return Drop(key.target, dropped[target], last)
            if key.on_delete is Action.CASCADE:
                seen.add(target)
                waiting.append((target, last))
    return None


def without_comments(sql: str) -> str:
    """A script with blanks instead of its comments."""
    return _COMMENT.sub(lambda found: found[0] if found[0].startswith("'") else " ", sql)
