"""Rust expressions laid out as rustfmt lays them out, as far as lists of migrations need it.

Literals, paths, structs, tuples, calls, macro calls and arrays are known; whatever else an
expression holds is kept as it is written, and one that spans lines or holds a comment has no
layout here. The rules are rustfmt's own defaults (https://rust-lang.github.io/rustfmt/).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mig_assist.errors import MigAssistError
from mig_assist.file_changes import resolve_inside
from mig_assist.source_text import read_source
from mig_assist.workspace.registry.rust.syntax import COMMENTS, DEEPEST, RustSource

if TYPE_CHECKING:
    from tree_sitter import Node

_CONFIGURATION = ("rustfmt.toml", ".rustfmt.toml")
_WIDEST = 10_000


class Style(NamedTuple):
    """The widths that rustfmt works with, in columns."""

    max_width: int = 100
    tab_spaces: int = 4
    hard_tabs: bool = False
    call_width: int = 60
    struct_width: int = 18
    array_width: int = 60
    short_element: int = 10

    def indentation(self, columns: int) -> str:
        """The blanks that lead to a column."""
        if not self.hard_tabs:
            return " " * columns
        return "\t" * (columns // self.tab_spaces) + " " * (columns % self.tab_spaces)

    def columns(self, blanks: str) -> int:
        """How wide the text before something is."""
        return len(blanks.expandtabs(self.tab_spaces))


class Atom(NamedTuple):
    """Something that is never broken."""

    text: str


class Prefixed(NamedTuple):
    """A reference: ``&`` before a value."""

    prefix: str
    value: Expression


class Items(NamedTuple):
    """Values in brackets; ``comma`` keeps a macro's trailing comma, which is never added."""

    opening: str
    values: tuple[Expression, ...]
    closing: str
    comma: bool = False


class Field(NamedTuple):
    """A struct's field; without a value it is shorthand, or the rest (``..base``)."""

    attributes: tuple[str, ...]
    name: str
    value: Expression | None


class Struct(NamedTuple):
    """A struct expression."""

    name: str
    fields: tuple[Field, ...]


Expression = Atom | Prefixed | Items | Struct
Span = tuple[int, int]


def expression(
    source: RustSource, node: Node, replaced: Mapping[Span, Expression], depth: int = 0
) -> Expression | None:
    """A node as something that can be laid out; None where it cannot.

    Args:
        replaced: what stands in place of some of the nodes inside it, by their spans.
        depth: how deep the node lies in what is laid out.
    """
    new = replaced.get((node.start_byte, node.end_byte))
    if new is not None:
        return new
    kind = node.type
    depth += 1
    if depth > DEEPEST:
        return None
    if kind == "struct_expression":
        return _struct(source, node, replaced, depth)
    if kind == "reference_expression":
        value = expression(source, node.children[-1], replaced, depth)
        prefix = source.content[node.start_byte : node.children[-1].start_byte].decode()
        return Prefixed(prefix, value) if value and "\n" not in prefix else None
    if kind in ("tuple_expression", "array_expression"):
        return _items(source, "", node, replaced, depth)
    if kind == "call_expression" and node.children[0].type in ("identifier", "scoped_identifier"):
        return _items(source, source.text(node.children[0]), node.children[-1], replaced, depth)
    if kind == "macro_invocation":
        name = f"{source.text(node.children[0])}!"
        return _macro_items(source, name, node.children[-1], replaced, depth)
    text = _replaced_text(source, node, replaced)
    return Atom(text) if "\n" not in text and not _has_comment(node) else None


def _replaced_text(source: RustSource, node: Node, replaced: Mapping[Span, Expression]) -> str:
    pieces, place = [], node.start_byte
    for (start, end), new in sorted(replaced.items(), key=lambda item: item[0]):
        if place <= start and end <= node.end_byte and isinstance(new, Atom):
            pieces += [source.content[place:start].decode(), new.text]
            place = end
    return "".join([*pieces, source.content[place : node.end_byte].decode()])


def _struct(
    source: RustSource, node: Node, replaced: Mapping[Span, Expression], depth: int
) -> Expression | None:
    fields: list[Field] = []
    for child in node.children[-1].named_children:
        if child.type in COMMENTS:
            return None
        parts = child.named_children
        attributes = tuple(source.text(p) for p in parts if p.type == "attribute_item")
        if any(part.type in COMMENTS for part in parts) or any("\n" in a for a in attributes):
            return None
        if child.type == "field_initializer":
            value = expression(source, parts[-1], replaced, depth)
            if value is None:
                return None
            fields.append(Field(attributes, source.text(parts[-2]), value))
        elif "\n" in source.text(child):
            return None
        else:
            fields.append(Field(attributes, source.text(child).rpartition("]")[2].strip(), None))
    return Struct(source.text(node.children[0]), tuple(fields))


def _items(
    source: RustSource, called: str, node: Node, replaced: Mapping[Span, Expression], depth: int
) -> Items | None:
    values: list[Expression] = []
    for child in node.named_children:
        if child.type in _ALIEN:
            return None
        value = expression(source, child, replaced, depth)
        if value is None:
            return None
        values.append(value)
    opening, closing = (source.text(node.children[place]) for place in (0, -1))
    if "\n" in called or any(child.type == ";" for child in node.children):
        return None
    return Items(called + opening, tuple(values), closing)


_ALIEN = COMMENTS | {"attribute_item", "ERROR"}


def _macro_items(
    source: RustSource, called: str, tokens: Node, replaced: Mapping[Span, Expression], depth: int
) -> Items | None:
    """A macro's arguments, where each is a literal or another macro."""
    opening = source.content[tokens.start_byte : tokens.start_byte + 1]
    if opening != b"(" or depth > DEEPEST:
        return None
    values: list[Expression] = []
    comma = True
    children = tokens.children[1:-1]
    while children:
        child = children.pop(0)
        if child.type == ",":
            if comma:
                return None
            comma = True
            continue
        if not comma or child.type in COMMENTS:
            return None
        comma = False
        new = replaced.get((child.start_byte, child.end_byte))
        if new is not None:
            values.append(new)
        elif child.type == "identifier" and len(children) > 1 and children[0].type == "!":
            name = f"{source.text(child)}!"
            inner = _macro_items(source, name, children[1], replaced, depth + 1)
            if inner is None:
                return None
            values.append(inner)
            del children[:2]
        elif child.type.endswith("_literal") and "\n" not in source.text(child):
            values.append(Atom(source.text(child)))
        else:
            return None
    return Items(f"{called}(", tuple(values), ")", comma=comma and bool(values))


def _has_comment(node: Node) -> bool:
    waiting = [node]
    while waiting:
        children = waiting.pop().children
        if any(child.type in COMMENTS for child in children):
            return True
        waiting += children
    return False


def one_line(value: Expression, style: Style) -> str | None:
    """The value on one line; None where rustfmt would break it whatever the room."""
    match value:
        case Atom(text):
            return text
        case Prefixed(prefix, inner):
            flat = one_line(inner, style)
            return None if flat is None else prefix + flat
        case Struct(name, fields):
            if not fields:
                return f"{name} {{}}"
            parts = [_flat_field(field, style) for field in fields]
            return _joined(parts, f"{name} {{ ", " }", style.struct_width)
        case Items(opening, values, closing, comma):
            parts = [one_line(inner, style) for inner in values]
            ending = "," if comma or (opening == "(" and len(values) == 1) else ""
            narrow = len(values) > 1 or any(_is_call(inner) for inner in values)
            limit = _width_of(value, style) if narrow else _WIDEST
            return _joined(parts, opening, ending + closing, limit)


def _flat_field(field: Field, style: Style) -> str | None:
    if field.attributes:
        return None
    if field.value is None:
        return field.name
    value = one_line(field.value, style)
    return None if value is None else f"{field.name}: {value}"


def _joined(
    parts: list[str | None], opening: str, closing: str, limit: int = _WIDEST
) -> str | None:
    flat = [part for part in parts if part is not None]
    inner = ", ".join(flat)
    return opening + inner + closing if len(flat) == len(parts) and len(inner) <= limit else None


def laid_out(value: Expression, style: Style, indent: int, column: int, tail: int) -> str:
    """The value as rustfmt writes it; lines after the first are indented from column 0.

    Args:
        indent: the column in which its closing bracket stands, where it is broken.
        column: where its first line begins.
        tail: how many characters follow its last line.
    """
    return _laid_out(value, style, indent, column, style.max_width - tail)


def _laid_out(value: Expression, style: Style, indent: int, column: int, right: int) -> str:
    """As :func:`laid_out`; on one line only where that ends before the column ``right``."""
    flat = one_line(value, style)
    if flat is not None and column + len(flat) <= right:
        return flat
    inner = indent + style.tab_spaces
    match value:
        case Atom(text):
            return text
        case Prefixed(prefix, within):
            return prefix + _laid_out(within, style, indent, column + len(prefix), right)
        case Struct(name, fields):
            lines = [line for field in fields for line in field_lines(field, style, inner)]
            return _block(f"{name} {{", lines, "}", style, indent)
        case Items(opening, values, closing, comma):
            if not values:
                return opening + closing
            if len(values) == 1 and _overflows(values[0]):
                place = column + len(opening)
                limit = place + (_width_of(value, style) if _is_call(values[0]) else _WIDEST)
                text = _laid_out(values[0], style, indent, place, min(right - 1, limit))
                return opening + text + ("," if comma else "") + closing
            if opening == "[" and len(values) > 1:
                filled = _filled(values, style, inner)
                if filled:
                    return _block("[", filled, "]", style, indent)
            is_macro = opening.endswith("!(")
            lines = []
            for number, each in enumerate(values, 1):
                separator = "" if number == len(values) and is_macro and not comma else ","
                text = laid_out(each, style, inner, inner, len(separator))
                lines.append(text + separator)
            return _block(opening, lines, closing, style, indent)


def _width_of(value: Items, style: Style) -> int:
    return style.array_width if value.opening == "[" else style.call_width


def _is_call(value: Expression) -> bool:
    """Whether a lone argument is itself a call, which rustfmt keeps narrow."""
    if isinstance(value, Prefixed):
        return _is_call(value.value)
    return isinstance(value, Items) and len(value.opening) > 1


def _block(opening: str, lines: list[str], closing: str, style: Style, indent: int) -> str:
    margin = "\n" + style.indentation(indent + style.tab_spaces)
    return (
        opening
        + "".join(margin + line for line in lines)
        + "\n"
        + (style.indentation(indent) + closing)
    )


def field_lines(field: Field, style: Style, indent: int) -> list[str]:
    """A struct's field as rustfmt writes it: its attributes, and the value with a comma."""
    lines = list(field.attributes)
    if field.value is None:
        comma = "" if field.name.startswith("..") else ","
        return [*lines, field.name + comma]
    lead = f"{field.name}: "
    text = laid_out(field.value, style, indent, indent + len(lead), 1)
    if indent + len(lead) + len(text.partition("\n")[0]) + 1 > style.max_width:
        below = indent + style.tab_spaces
        moved = laid_out(field.value, style, below, below, 1)
        if below + len(moved) + 1 <= style.max_width:
            return [*lines, f"{field.name}:\n{style.indentation(below)}{moved},"]
    return [*lines, f"{lead}{text},"]


def _overflows(value: Expression) -> bool:
    """Whether a lone value stays on its bracket's line when it is broken."""
    if isinstance(value, Prefixed):
        return _overflows(value.value)
    return not isinstance(value, Atom)


def _filled(values: tuple[Expression, ...], style: Style, indent: int) -> list[str]:
    """Short elements as many to a line as fit; empty where one of them is not short."""
    parts = [one_line(value, style) for value in values]
    short = [part for part in parts if part is not None and len(part) <= style.short_element]
    if len(short) != len(values):
        return []
    lines = [""]
    for part in short:
        lead = f"{lines[-1]} " if lines[-1] else ""
        if lead and indent + len(lead) + len(part) + 1 > style.max_width:
            lines.append(f"{part},")
        else:
            lines[-1] = f"{lead}{part},"
    return lines


def style_of(root: Path, path: str) -> Style:
    """The style of a Rust file, from the nearest rustfmt.toml inside the workspace."""
    folder = Path(path).parent
    for place in (folder, *folder.parents):
        for name in _CONFIGURATION:
            relative = (place / name).as_posix()
            if (root / relative).is_file():
                return _configured(root, relative)
    return Style()


def _configured(root: Path, path: str) -> Style:
    """What a rustfmt.toml says; rustfmt's defaults where it cannot be read."""
    import tomllib

    try:
        told = tomllib.loads(read_source(resolve_inside(root, path), path).text)
    except (MigAssistError, ValueError):
        return Style()

    def number(key: str, default: int) -> int:
        value: Any = told.get(key, default)
        return value if isinstance(value, int) and 0 <= value <= _WIDEST else default

    width = number("max_width", 100)
    # Wider lines widen the other limits in proportion, narrower ones leave them.
    ratio = round(width / 10) / 10 if width > 100 else 1.0
    call, struct, array = (min(round(each * ratio), width) for each in (60, 18, 60))
    heuristics = told.get("use_small_heuristics", "Default")
    if heuristics == "Max":
        call = struct = array = width
    elif heuristics == "Off":
        call, struct, array = _WIDEST, 0, _WIDEST
    return Style(
        width,
        number("tab_spaces", 4) or 4,
        told.get("hard_tabs") is True,
        number("fn_call_width", call),
        number("struct_lit_width", struct),
        number("array_width", array),
        number("short_array_element_width_threshold", 10),
    )
