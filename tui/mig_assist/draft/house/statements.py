"""Habits that the texts of migrations show, statement by statement."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from mig_assist.backend import Backend
from mig_assist.draft.derive.pieces import pieces
from mig_assist.draft.derive.tokens import Sort, Token
from mig_assist.draft.house import changes, tables
from mig_assist.draft.house.names import NameVotes
from mig_assist.draft.house.rebuilds import Rebuilds
from mig_assist.draft.house.told import Told, after_modifiers, name_at
from mig_assist.draft.house.votes import Votes

if TYPE_CHECKING:
    from mig_assist.draft.house.learning import Script

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_KINDS = frozenset("TABLE INDEX TRIGGER VIEW TYPE SEQUENCE EXTENSION SCHEMA".split())


def vote(votes: Votes, pairs: Sequence[tuple[Script | None, Script | None]]) -> None:
    """Count what scripts show."""
    names = {backend: NameVotes(backend) for backend in Backend}
    validated, rebuilt = changes.Validations(), Rebuilds()
    for pair in pairs:
        told = {}
        for backend, script in zip((Backend.LIBSQL, Backend.POSTGRES), pair, strict=True):
            if script is None:
                continue
            told[backend] = _told(votes, script, backend)
            if backend is Backend.LIBSQL:
                names[backend].called = rebuilt.take(told[backend], script.version, script.path)
                changes.vote_libsql(votes, told[backend])
            else:
                changes.vote(votes, names[backend], told[backend])
                validated.take(told[backend])
            for statement in told[backend]:
                _vote_statement(votes, statement, backend)
                names[backend].take(statement)
                if statement.kind == "CREATE TABLE":
                    tables.vote(votes, names[backend], statement, backend)
        if len(told) == len(Backend):
            _vote_no_op(votes, told, pair)
    validated.vote(votes)
    rebuilt.vote(votes)
    for found in names.values():
        found.vote(votes)


def _told(votes: Votes, script: Script, backend: Backend) -> list[Told]:
    """The statements of a file; what its beginning and its end show is counted."""
    found: list[Told] = []
    line, end = 1, ""
    for number, piece in enumerate(pieces(script.sql, backend)):
        line += piece.before.count("\n")
        if number == 0 and piece.text:
            starts = piece.before.lstrip("\ufeff \t\r\n").startswith(("--", "/*"))
            votes.add(f"{backend}.header", starts, f"{script.path}:1")
        if piece.tokens:
            found.append(Told(piece.tokens, f"{script.path}:{line}"))
            end = piece.end
        line += piece.text.count("\n") + piece.end.count("\n")
    if found:
        votes.add(f"{backend}.semicolon", end.endswith(";"), found[-1].place)
    return found


def _vote_statement(votes: Votes, told: Told, backend: Backend) -> None:
    tokens, kind = told.tokens, told.kind
    first = tokens[0]
    if first.sort is Sort.WORD and (first.text.isupper() or first.text.islower()):
        votes.add(f"{backend}.keywords", "upper" if first.text.isupper() else "lower", told.place)
    verb, _, what = kind.partition(" ")
    named = after_modifiers(tokens) + 1
    if verb in ("CREATE", "DROP", "ALTER") and named >= len(tokens):
        return
    if verb in ("CREATE", "DROP") and what in _KINDS:
        if told.is_plain:
            votes.add(f"{backend}.guards.{kind}", tokens[named].key == "IF", told.place)
        _vote_quotes(votes, tokens[name_at(tokens, named)], told, backend)
    elif kind == "ALTER TABLE":
        votes.add(f"{backend}.guards.ALTER TABLE", tokens[named].key == "IF", told.place)
        _vote_quotes(votes, tokens[name_at(tokens, named)], told, backend)
    elif kind in ("INSERT", "WITH"):
        _vote_ignore(votes, told, backend)


def _vote_quotes(votes: Votes, name: Token, told: Told, backend: Backend) -> None:
    if name.sort is Sort.WORD:
        votes.add(f"{backend}.quotes", "", told.place)
    elif name.sort is Sort.NAME and _PLAIN.fullmatch(name.name):
        votes.add(f"{backend}.quotes", name.text[0], told.place)


def _vote_ignore(votes: Votes, told: Told, backend: Backend) -> None:
    keys = [token.key for token in told.tokens]
    if keys[1:3] == ["OR", "IGNORE"]:
        votes.add(f"{backend}.ignore", "OR IGNORE", told.place)
    for k, (one, other) in enumerate(pairwise(keys)):
        if (one, other) == ("DO", "NOTHING"):
            target = keys[k - 1] == ")"
            votes.add(
                f"{backend}.ignore", "ON CONFLICT (…)" if target else "ON CONFLICT", told.place
            )


def _vote_no_op(
    votes: Votes,
    told: dict[Backend, list[Told]],
    pair: tuple[Script | None, Script | None],
) -> None:
    """A file that does nothing beside one that does something."""
    for backend, script in zip((Backend.LIBSQL, Backend.POSTGRES), pair, strict=True):
        own, other = told[backend], told[backend.other]
        if script is None or not any(_acts(one) for one in other) or any(_acts(o) for o in own):
            continue
        votes.add(f"{backend}.no_op", own[0].text if own else "", f"{script.path}:1")


def _acts(told: Told) -> bool:
    """Whether a statement changes anything."""
    if told.tokens[0].key != "SELECT":
        return told.tokens[0].key != "PRAGMA"
    return len(told.tokens) > 4
