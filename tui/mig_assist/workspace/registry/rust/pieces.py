"""Pieces of Rust source rewritten with other literals, each in the form it had.

What was laid out as rustfmt does it is laid out so again: a whole expression if possible, else
field by field. Everything else keeps its form, with the literals replaced in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from mig_assist.workspace.registry.rust.formatting import (
    Atom,
    Expression,
    Field,
    Span,
    Style,
    expression,
    field_lines,
    laid_out,
    one_line,
)
from mig_assist.workspace.registry.rust.syntax import COMMENTS, DEEPEST, STRINGS, RustSource

if TYPE_CHECKING:
    from tree_sitter import Node

Literals = Mapping[Span, str]
"""The span of a literal → the source that takes its place."""


class Place(NamedTuple):
    """Where an expression stands.

    Attributes:
        indent: the column in which its closing bracket stands, where it is broken.
        column: where its first line begins.
        tail: how many characters follow its last line.
    """

    indent: int
    column: int
    tail: int


class Edit(NamedTuple):
    """Other text in place of a span of bytes."""

    start: int
    end: int
    text: str


def span(node: Node) -> Span:
    """A node's place in the bytes."""
    return node.start_byte, node.end_byte


def applied(content: bytes, edits: list[Edit], newline: str) -> bytes:
    """The content with all edits made; their texts get the file's own line ending."""
    for edit in sorted(edits, reverse=True):
        text = edit.text.replace("\n", newline).encode()
        content = content[: edit.start] + text + content[edit.end :]
    return content


def line_start(content: bytes, place: int) -> int:
    """Where the line of a place begins."""
    return content.rfind(b"\n", 0, place) + 1


def line_end(content: bytes, place: int) -> int:
    """Where the line of a place ends, its line ending included."""
    end = content.find(b"\n", place)
    return len(content) if end < 0 else end + 1


def starts_line(content: bytes, place: int) -> bool:
    """Whether only blanks stand before a place in its line."""
    return not content[line_start(content, place) : place].strip()


def place_of(source: RustSource, node: Node, style: Style) -> Place:
    """Where a node stands in its file."""
    content = source.content
    before = content[line_start(content, node.start_byte) : node.start_byte].decode()
    after = content[node.end_byte : line_end(content, node.end_byte)].decode()
    indent = before[: len(before) - len(before.lstrip())]
    return Place(
        style.columns(indent), style.columns(before), len(after.partition("//")[0].rstrip())
    )


def text_of(source: RustSource, node: Node) -> str:
    """A node's source with plain line endings."""
    return source.text(node).replace("\r\n", "\n")


def formatted(source: RustSource, node: Node, style: Style, place: Place) -> Expression | None:
    """A node as an expression, if it is laid out as rustfmt does it; None where it is not."""
    found = expression(source, node, {})
    if found is None or laid_out(found, style, *place) != text_of(source, node):
        return None
    return found


def rewritten(
    source: RustSource,
    node: Node,
    literals: Literals,
    style: Style,
    old: Place,
    new: Place,
    depth: int = 0,
) -> str:
    """A node's source with other literals, moved from one place to another."""
    if formatted(source, node, style, old) is not None:
        atoms: dict[Span, Expression] = {key: Atom(text) for key, text in literals.items()}
        changed = expression(source, node, atoms)
        if changed is not None:
            return laid_out(changed, style, *new)
    shift = new.indent - old.indent
    if node.type != "struct_expression" or depth > DEEPEST:
        return substituted(source, node, literals, style, shift)
    edits: list[Edit] = []
    for field in node.children[-1].named_children:
        if field.type == "field_initializer":
            text = _field(source, field, literals, style, old.indent, shift, depth + 1)
            if text is not None:
                edits.append(Edit(*span(field), text))
    return substituted(source, node, literals, style, shift, edits)


def _field(
    source: RustSource,
    field: Node,
    literals: Literals,
    style: Style,
    indent: int,
    shift: int,
    depth: int,
) -> str | None:
    """A struct's field rewritten by itself; None where it is not laid out as rustfmt does it."""
    parts = field.named_children
    if any(part.type in COMMENTS for part in parts):
        return None
    value, name = parts[-1], source.text(parts[-2])
    column = indent + style.tab_spaces
    lead = len(name) + 2
    found = expression(source, value, {})
    first = source.content[parts[-2].start_byte : field.end_byte].decode().replace("\r\n", "\n")
    if found is None or field_lines(Field((), name, found), style, column) != [f"{first},"]:
        if value.type != "struct_expression":
            return None
        old = Place(column, column + lead, 1)
        new = Place(column + shift, column + shift + lead, 1)
        text = rewritten(source, value, literals, style, old, new, depth)
        head = source.content[field.start_byte : value.start_byte].decode()
        return _shifted_lines(head.replace("\r\n", "\n"), style, shift) + text
    atoms: dict[Span, Expression] = {key: Atom(text) for key, text in literals.items()}
    changed = expression(source, value, atoms)
    if changed is None:
        return None
    (text,) = field_lines(Field((), name, changed), style, column + shift)
    head = source.content[field.start_byte : parts[-2].start_byte].decode()
    return _shifted_lines(head.replace("\r\n", "\n"), style, shift) + text.removesuffix(",")


def substituted(
    source: RustSource,
    node: Node,
    literals: Literals,
    style: Style,
    shift: int,
    edits: list[Edit] | None = None,
) -> str:
    """A node's source with literals replaced and lines shifted, apart from what is edited."""
    edits = list(edits or ())
    for (start, end), text in literals.items():
        inside = node.start_byte <= start and end <= node.end_byte
        if inside and not any(edit.start <= start and end <= edit.end for edit in edits):
            edits.append(Edit(start, end, text))
    fixed = [*edits, *(Edit(*span(each), text_of(source, each)) for each in _broken_texts(node))]
    pieces: list[str] = []
    place = node.start_byte
    for edit in sorted(fixed):
        if edit.start >= place:
            gap = source.content[place : edit.start].decode().replace("\r\n", "\n")
            pieces += [_shifted_lines(gap, style, shift), edit.text]
            place = edit.end
    gap = source.content[place : node.end_byte].decode().replace("\r\n", "\n")
    return "".join([*pieces, _shifted_lines(gap, style, shift)])


def _broken_texts(node: Node) -> list[Node]:
    """The texts inside a node that span lines, whose lines are not indentation."""
    found: list[Node] = []
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if each.start_point.row == each.end_point.row:
            continue
        if each.type in STRINGS or each.type == "block_comment":
            found.append(each)
        else:
            waiting += each.children
    return found


def _shifted_lines(text: str, style: Style, shift: int) -> str:
    """The lines after the first moved by some columns."""
    if not shift:
        return text
    first, *rest = text.split("\n")
    lines = [first]
    for line in rest:
        body = line.lstrip(" \t")
        columns = style.columns(line[: len(line) - len(body)]) + shift
        # The last piece may be the indentation of what follows it.
        is_blank = not body and line is not rest[-1]
        lines.append("" if is_blank else style.indentation(max(columns, 0)) + body)
    return "\n".join(lines)


def constant_edit(
    source: RustSource, item: Node, value: Node, literals: Literals, style: Style
) -> Edit:
    """The edit that gives a constant other literals, with its line broken where rustfmt would."""
    place = place_of(source, value, style)
    atoms: dict[Span, Expression] = {key: Atom(text) for key, text in literals.items()}
    old, new = expression(source, value, {}), expression(source, value, atoms)
    lead_start = value.start_byte - len(_blanks_before(source.content, value.start_byte))
    written = source.content[lead_start : value.end_byte].decode().replace("\r\n", "\n")
    if old is not None and new is not None:
        begin = line_start(source.content, lead_start)
        column = style.columns(source.content[begin:lead_start].decode())
        indent = place_of(source, item, style).indent
        if _assigned(old, style, indent, column) == written:
            return Edit(lead_start, value.end_byte, _assigned(new, style, indent, column))
    return Edit(*span(value), rewritten(source, value, literals, style, place, place))


def _assigned(value: Expression, style: Style, indent: int, column: int) -> str:
    """What follows ``=``: on its line, else whole on the next one, else broken."""
    flat = one_line(value, style)
    below = indent + style.tab_spaces
    if (
        flat is not None
        and column + len(flat) + 2 > style.max_width
        and below + len(flat) + 1 <= style.max_width
    ):
        return "\n" + style.indentation(below) + flat
    return " " + laid_out(value, style, indent, column + 1, 1)


def _blanks_before(content: bytes, place: int) -> bytes:
    before = content[:place]
    return before[len(before.rstrip()) :]
