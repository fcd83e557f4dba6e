"""Texts that libsql makes of random bytes: the recipes for a UUID, and plain hexadecimal digits."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mig_assist.draft.derive.rewrite import Span, Writer
from mig_assist.draft.derive.tokens import Sort
from mig_assist.draft.derive.words import string_value

_UUID = re.compile(r"x{8}-x{4}-[4x]x{3}-[89abvx]x{3}-x{12}")
_MOST = 512


@dataclass(frozen=True, slots=True)
class Recipe:
    """The shape of a random text: ``x`` a digit, ``v`` one of 8, 9, a and b, others themselves."""

    shape: str
    lower: bool | None = None

    def __add__(self, other: Recipe) -> Recipe:
        lower = self.lower if other.lower is None else other.lower
        return Recipe(self.shape + other.shape, lower)


def random_uuid(writer: Writer, span: Span) -> Recipe | None:
    """The recipe of a UUID, with its hyphens or without; None for anything else."""
    if not any(writer.key(k) == "RANDOMBLOB" for k in range(*span)):
        return None
    recipe = _recipe(writer, span)
    if recipe is None:
        return None
    plain = recipe.shape.lower()
    bare = re.sub(r"^(.{8})(.{4})(.{4})(.{4})(.{12})$", r"\1-\2-\3-\4-\5", plain)
    return recipe if _UUID.fullmatch(bare) and plain != "x" * 32 else None


def _recipe(writer: Writer, span: Span) -> Recipe | None:
    span = writer.bare(span)
    operands = writer.split(*span, separator="||")
    if len(operands) > 1:
        whole = Recipe("")
        for operand in operands:
            recipe = _recipe(writer, operand)
            if recipe is None:
                return None
            whole += recipe
        return whole
    if span.stop - span.start == 1 and writer.sort(span.start) is Sort.STRING:
        return Recipe(string_value(writer.tokens[span.start].text))
    arguments = writer.arguments(span.start + 1)
    match writer.called(span), len(arguments):
        case ("LOWER" | "UPPER") as name, 1:
            inner = _recipe(writer, arguments[0])
            return Recipe(inner.shape.lower(), name == "LOWER") if inner else None
        case "HEX", 1:
            return _digits(writer, arguments[0])
        case "SUBSTR" | "SUBSTRING", 2 | 3:
            return _part(writer, arguments)
    return None


def _digits(writer: Writer, span: Span) -> Recipe | None:
    bare = writer.bare(span)
    if writer.called(bare) != "RANDOMBLOB":
        return None
    number = writer.source_text(writer.arguments(bare.start + 1)[0])
    if not number.isdecimal() or not 1 <= int(number) <= _MOST:
        return None
    return Recipe("x" * 2 * int(number), lower=False)


def _part(writer: Writer, arguments: list[Span]) -> Recipe | None:
    text, *places = (writer.source_text(argument) for argument in arguments)
    if text.lower().strip("'") in ("89ab", "ab89") and places[1:] == ["1"]:
        return Recipe("v") if "random" in places[0].lower() else None
    inner = _recipe(writer, arguments[0])
    if inner is None or not all(place.isdecimal() for place in places) or places[0] == "0":
        return None
    start = int(places[0]) - 1
    stop = start + int(places[1]) if len(places) > 1 else len(inner.shape)
    return Recipe(inner.shape[start:stop], inner.lower)


def random_digits(writer: Writer, span: Span) -> str | None:
    """``hex(randomblob(n))`` on PostgreSQL, in small letters; None for anything else."""
    digits = _digits(writer, span)
    if digits is None:
        return None
    count = len(digits.shape)
    uuids = -(-count // 32)
    whole = " || ".join(["CAST(gen_random_uuid() AS TEXT)"] * uuids)
    text = f"replace({whole}, '-', '')"
    return text if count == uuids * 32 else f"left({text}, {count})"
