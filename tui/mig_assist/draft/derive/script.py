"""A whole script: its pieces carried one by one and put together again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from mig_assist.backend import Backend
from mig_assist.draft.derive.habits import habits_of, nothing_text
from mig_assist.draft.derive.known import Known
from mig_assist.draft.derive.model import Context, Derived, Mark
from mig_assist.draft.derive.outcome import MARK, Outcome, nothing, one_line
from mig_assist.draft.derive.passages import Passages
from mig_assist.draft.derive.pieces import Piece, pieces
from mig_assist.draft.derive.remarks import without_steps
from mig_assist.draft.derive.tokens import Token, tokenize
from mig_assist.engines.own_transactions import course_of
from mig_assist.engines.statements import Statement, check_syntax

Carry = Callable[[tuple[Token, ...], Known], Outcome]


def derive_script(sql: str, source: Backend, context: Context) -> Derived:
    """See :func:`mig_assist.draft.derive.derive`."""
    if context.types is None:
        context = replace(context, types=habits_of(context))
    known = Known(context)
    found = list(pieces(sql, source))
    statements = [piece for piece in found if piece.text]
    if source is Backend.LIBSQL:
        known.coming |= {name for piece in statements if (name := _made(piece, known))}
    refused = _refused(sql, statements, source)
    passages = _passages(statements, refused, source, context)
    needless_here = _own_transactions(statements, source, context)
    carried: list[tuple[Piece, Outcome]] = []
    for number, piece in enumerate(statements):
        if number in refused:
            outcome = Outcome(None, [f"{source.label} does not accept this: {refused[number]}"])
        elif number in needless_here:
            outcome = nothing()
        elif number in passages.outcomes:
            outcome = passages.outcomes[number]
        else:
            text = passages.reworded.get(number)
            tokens = piece.tokens if text is None else tuple(tokenize(text, source)[0])
            outcome = _carry(tokens, source, known)
            if number in passages.doubts:
                outcome.doubts.append(passages.doubts[number])
            outcome.after = outcome.after or passages.after.get(number, "")
        if number in passages.tables:
            known.put(passages.tables[number], Backend.LIBSQL)
        for rebuild in passages.rebuilds:
            if rebuild.place == number:
                known.rebuilt(rebuild.after)
        if number in passages.tables:
            known.rebuilt(passages.tables[number])
        carried.append((piece, outcome))
    _follow_up([outcome for _, outcome in carried])
    _check_results(carried, source.other)
    shown = {
        id(piece): (_without_steps(piece, passages.steps.get(number)), outcome)
        for number, (piece, outcome) in enumerate(carried)
    }
    text = _joined(shown.get(id(piece), (piece, None)) for piece in found)
    if carried and all(outcome.text is None for _, outcome in carried):
        idle = nothing_text(source.other, context)
        text = f"{text.rstrip()}\n\n{idle};\n" if text.strip() else f"{idle};\n"
    return Derived(text, tuple(_marks(text)))


def _made(piece: Piece, known: Known) -> str:
    """The folded name of a table that a statement makes, and that was not there before."""
    words = [token.key for token in piece.tokens[:5]]
    if words[:2] != ["CREATE", "TABLE"]:
        return ""
    place = 5 if words[2:] == ["IF", "NOT", "EXISTS"] else 2
    name = piece.tokens[place].folded if place < len(piece.tokens) else ""
    return "" if known.table(name) is not None else name


def _without_steps(piece: Piece, names: frozenset[str] | None) -> Piece:
    """A piece without the comments that only narrate a rebuild of tables of these names."""
    settings = piece.tokens[0].key == "PRAGMA"
    if names is None and not settings:
        return piece
    return replace(piece, before=without_steps(piece.before, names or (), settings=settings))


def _own_transactions(statements: list[Piece], source: Backend, context: Context) -> frozenset[int]:
    """The statements that begin and end the file's transactions, where the other side has none."""
    if source.other in context.own_transactions:
        return frozenset()
    every = [Statement(piece.text, number) for number, piece in enumerate(statements)]
    course = course_of(every, source)
    if course is None:
        return frozenset()
    kept = {statement.line for statement in (*course.before, *course.inside)}
    return frozenset(range(len(statements))) - kept


def _follow_up(outcomes: list[Outcome]) -> None:
    """Put what has to follow a statement behind the last of its neighbours that ask for it."""
    for outcome, following in zip(outcomes, [*outcomes[1:], None], strict=False):
        if outcome.after and outcome.text and (not following or following.after != outcome.after):
            outcome.text += f";\n{outcome.after}"


def _passages(
    statements: list[Piece], refused: dict[int, str], source: Backend, context: Context
) -> Passages:
    """What becomes of statements that only together mean something."""
    texts = ["" if number in refused else piece.text for number, piece in enumerate(statements)]
    words = [tuple(token.key for token in piece.tokens[:4]) for piece in statements]
    found = Passages()
    triggers = any("TRIGGER" in each or "FUNCTION" in each for each in words)
    if source is Backend.POSTGRES:
        if triggers or any(each[:1] == ("ALTER",) for each in words):
            from mig_assist.draft.derive.stages import postgres_passages

            found = postgres_passages(texts, context)
        return found
    if any(each[:2] == ("DROP", "TABLE") for each in words):
        from mig_assist.draft.derive.passages import dropping_passages

        found = dropping_passages(texts, context)
    if triggers:
        from mig_assist.draft.derive.triggers_to_postgres import (
            idle_functions,
            triggers_to_postgres,
        )

        others = triggers_to_postgres(texts, context)
        idle = idle_functions(texts, context)
        found = replace(found, outcomes={**others, **found.outcomes}, after=idle)
    return found


def _carry(tokens: tuple[Token, ...], source: Backend, known: Known) -> Outcome:
    from mig_assist.draft.derive import statements_to_libsql, statements_to_postgres

    carry: Carry = (
        statements_to_postgres.carry if source is Backend.LIBSQL else statements_to_libsql.carry
    )
    try:
        return carry(tokens, known)
    except RecursionError:
        return Outcome(None, ["This statement is nested too deeply to be carried."])


def _refused(sql: str, statements: list[Piece], source: Backend) -> dict[int, str]:
    """The statements that the source's own grammar does not accept, with what it says."""
    if not check_syntax(sql, source):
        return {}
    refused: dict[int, str] = {}
    for number, piece in enumerate(statements):
        if errors := check_syntax(piece.text, source):
            refused[number] = one_line(errors[0].message)
    return refused


def _check_results(carried: list[tuple[Piece, Outcome]], target: Backend) -> None:
    """Mark what the other side's grammar does not accept."""
    texts = [outcome.text for _, outcome in carried if outcome.text]
    if not check_syntax(";\n".join(texts) + ";", target):
        return
    for _, outcome in carried:
        if outcome.text and (errors := check_syntax(outcome.text + ";", target)):
            # Where there are doubts already, they are why.
            outcome.doubts = outcome.doubts or [
                f"{target.label} does not accept what came of this: {one_line(errors[0].message)}"
            ]
            outcome.text = None


def _joined(printed: Iterable[tuple[Piece, Outcome | None]]) -> str:
    """The script; where statements go without a trace, their blank lines count but once."""
    text = ""
    gap: str | None = None  # the space before what has gone since the last statement
    told = wide = False
    for piece, outcome in printed:
        before = piece.before
        if outcome is not None and outcome.text is None and not outcome.shown:
            kept = before.rstrip()
            if kept:
                text += _spaced(gap if text else "", kept, text)
                gap = before[len(kept) :]
                told = piece.tokens[0].key != "PRAGMA"
            elif not told:
                gap = max(gap or "", before, key=_blank_lines)
            continue
        if told and not before.strip() and piece.text:
            before = "\n"  # what was said of a rebuild is said of what stands in its place
        if gap is not None and not (before.strip() or piece.text):
            return text.rstrip() + "\n"
        whole = bool(outcome and outcome.text and ";\n\n" in outcome.text)
        if (whole or wide) and before == "\n" and piece.text and not told:
            before = "\n\n"  # between what takes several statements
        wide = whole
        text += _printed(replace(piece, before=_spaced(gap, before, text)), outcome)
        gap, told = None, False
    return text if gap is None else text.rstrip() + "\n"


def _spaced(gap: str | None, before: str, text: str) -> str:
    """What stands before a statement, with the space that was before those that are gone."""
    space = before[: len(before) - len(before.lstrip())]
    rest = before[len(space) :]
    if gap is not None:
        space = max(gap, space, key=_blank_lines)
        if _blank_lines(space) > 2:
            space = "\n\n" + space.rpartition("\n")[2]
        if not text:
            space = space.lstrip("\n")
    if text.endswith("\n") and space.startswith("\n"):
        space = space[1:]
    return space + rest


def _blank_lines(space: str) -> int:
    return space.count("\n")


def _printed(piece: Piece, outcome: Outcome | None) -> str:
    if outcome is None:
        return piece.before + piece.text + piece.end
    before, indent = piece.before, ""
    if before and "\n" in before:
        indent = before.rpartition("\n")[2]
    if outcome.text is not None and not outcome.doubts and not outcome.note:
        return before + outcome.text + piece.end
    lines = [f"-- {MARK} {' '.join(doubt.split())}" for doubt in outcome.doubts]
    if outcome.note:
        lines.append(f"-- {' '.join(outcome.note.split())}")
    if outcome.text is not None:
        return (
            _own_line(before)
            + "".join(f"{line}\n{indent}" for line in lines)
            + (outcome.text + piece.end)
        )
    shown = (piece.text + piece.end.rstrip()).splitlines() or [""]
    lines += [f"-- {line}".rstrip() for line in shown]
    return _own_line(before) + f"\n{indent}".join(lines) + "\n"


def _own_line(before: str) -> str:
    """What stands before a comment that needs a line of its own."""
    last = before.rpartition("\n")[2]
    return (
        before if not last.strip() and ("\n" in before or not before) else before.rstrip(" ") + "\n"
    )


def _marks(text: str) -> Iterable[Mark]:
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.lstrip()
        if stripped.startswith(f"-- {MARK} "):
            yield Mark(number, stripped[len(f"-- {MARK} ") :])
