"""One dialect's migration from the other's: statement by statement, word by word.

A statement keeps its place, its comments and its layout; only what has to differ is written anew.
Whatever is not carried with certainty stands there as a comment that asks (``mig-assist: todo``).
"""

from __future__ import annotations

import re

from mig_assist.backend import Backend
from mig_assist.draft.derive.model import Context, Derived, Mark
from mig_assist.draft.derive.script import derive_script
from mig_assist.engines.sections import sections

__all__ = ["Context", "Derived", "Mark", "derive"]

# The line that the scaffolds put first, which names the backend: -- V18 add_region (libsql): …
_HEADER = re.compile(r"\A(?P<lead>\s*-- V\d+ [^\s()]+ )\((?P<label>[A-Za-z]+)\)(?=:)")


def derive(sql: str, source: Backend, context: Context) -> Derived:
    """A script in the dialect of the other backend.

    Never refuses: a passage that no parser accepts, or that has no certain counterpart, is marked
    in place, and the rest is carried. What undoes the version in the same file is not carried.
    """
    if (header := _HEADER.match(sql)) and header["label"] == source.label:
        sql = f"{header['lead']}({source.other.label}){sql[header.end() :]}"
    up, down = sections(sql)
    if not down.strip():
        return derive_script(sql, source, context)
    derived = derive_script(up.rstrip() + "\n", source, context)
    marker = down.lstrip().partition("\n")[0]
    return Derived(
        f"{derived.sql.rstrip()}\n\n{marker}\n-- Not derived: write here what undoes it.\n",
        derived.marks,
    )
