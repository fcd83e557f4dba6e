"""Habits that a CREATE TABLE shows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from mig_assist.backend import Backend
from mig_assist.draft.derive.tokens import Token
from mig_assist.draft.house.names import KINDS, NameVotes
from mig_assist.draft.house.told import Told, after_modifiers, items, name_at
from mig_assist.draft.house.votes import Votes

_SERIAL = frozenset("SERIAL BIGSERIAL SMALLSERIAL SERIAL4 SERIAL8 SERIAL2".split())


def vote(votes: Votes, names: NameVotes, told: Told, backend: Backend) -> None:
    """Count what a CREATE TABLE shows."""
    tokens = told.tokens
    k = name_at(tokens, after_modifiers(tokens) + 1)
    if k + 1 >= len(tokens) or tokens[k + 1].key != "(":
        return
    table = tokens[k].name
    parts = [item for item in items(tokens, k + 2) if item]
    if parts and "\n" in parts[0][0].before and "--" not in parts[0][0].before:
        votes.add(f"{backend}.indent", parts[0][0].before.rpartition("\n")[2], told.place)
    for item in parts:
        of_table = item[0].key in KINDS or item[0].key in ("CONSTRAINT", "EXCLUDE")
        names.constraint(votes, item, table, "" if of_table else item[0].name, told.place)
        _vote_reference(votes, item, told, backend)
    if backend is Backend.LIBSQL:
        _vote_keys(votes, parts, told)
    else:
        _vote_numbering(votes, parts, told)


def _vote_reference(votes: Votes, item: Sequence[Token], told: Told, backend: Backend) -> None:
    keys = [token.key for token in item]
    if "REFERENCES" not in keys:
        return
    rest = " ".join(keys[keys.index("REFERENCES") :])
    if "ON DELETE" not in rest or "ON DELETE NO ACTION" in rest:
        votes.add(f"{backend}.on_delete", "ON DELETE" in rest, told.place)


def _vote_keys(votes: Votes, parts: Sequence[Sequence[Token]], told: Told) -> None:
    """Of libsql's primary keys."""
    listed = {
        each[0].folded
        for item in parts
        for k, token in enumerate(item)
        if token.key == "PRIMARY" and (k == 0 or item[0].key == "CONSTRAINT")
        for each in items(item, k + 3)
        if each
    }
    for item in parts:
        keys = [token.key for token in item]
        own = "PRIMARY" in keys[1:] and keys[0] != "CONSTRAINT"
        if not own and item[0].folded not in listed:
            continue
        if keys[1:2] == ["INTEGER"] and (own or len(listed) == 1):
            votes.add("autoincrement", "AUTOINCREMENT" in keys, told.place)
        else:
            said = any(pair == ("NOT", "NULL") for pair in pairwise(keys))
            votes.add("keys_not_null", said, told.place)


def _vote_numbering(votes: Votes, parts: Sequence[Sequence[Token]], told: Told) -> None:
    """Of PostgreSQL's numbered keys."""
    for item in parts:
        keys = [token.key for token in item]
        if keys[1:2] and keys[1] in _SERIAL:
            votes.add("numbering", "serial", told.place)
        elif "IDENTITY" in keys:
            always = "ALWAYS" in keys
            votes.add("numbering", "identity always" if always else "identity", told.place)
