"""A list in Rust source with an element more, fewer or other; all around it stays as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from mig_assist.workspace.registry.rust.formatting import (
    Atom,
    Expression,
    Items,
    Style,
    expression,
    laid_out,
)
from mig_assist.workspace.registry.rust.pieces import (
    Edit,
    Literals,
    Place,
    applied,
    constant_edit,
    formatted,
    line_end,
    line_start,
    place_of,
    rewritten,
    span,
    starts_line,
)
from mig_assist.workspace.registry.rust.syntax import (
    COMMENTS,
    Element,
    RustList,
    RustSource,
    declared_length,
    integer_source,
    integer_value,
)

if TYPE_CHECKING:
    from tree_sitter import Node

_CONSTANTS = ("const_item", "static_item")


class Unwritable(Exception):
    """A list is written in a way in which the change cannot be made."""


class NewElement:
    """What is to be added: some element's source with other literals.

    Args:
        source: the source that holds it; comments are no part of it.
    """

    def __init__(self, source: RustSource, element: Element, literals: Literals) -> None:
        self.source = source
        self.node = element.node
        self.literals = literals

    def text(self, style: Style, place: Place) -> str:
        """Its source at a place."""
        old = place_of(self.source, self.node, style)
        return rewritten(self.source, self.node, self.literals, style, old, place)

    def expression(self) -> Expression | None:
        """It as an expression, where it can be laid out."""
        atoms: dict[tuple[int, int], Expression] = {
            key: Atom(text) for key, text in self.literals.items()
        }
        return expression(self.source, self.node, atoms)

    def on_one_line(self) -> str:
        """Its source without line breaks, for a list that has none."""
        place = Place(0, 0, 0)
        return re.sub(r"\s*\n\s*", " ", self.text(Style(max_width=10_000), place))


class ListEditor:
    """Makes the edits of one list."""

    def __init__(self, source: RustSource, rust_list: RustList, style: Style) -> None:
        self._source = source
        self._content = source.content
        self._list = rust_list
        self._style = style
        self._array = rust_list.node
        self._comments = [node for node in rust_list.node.children if node.type in COMMENTS]

    def insertion(self, index: int, new: NewElement) -> list[Edit]:
        """The edits that put an element before the one with an index, or at the end."""
        length = self._length(len(self._list.elements) + 1)
        if not self._list.elements:
            return [self._first(new), *length]
        if self._is_vertical():
            return [self._inserted_lines(index, new), *length]
        values = self._values()
        added = new.expression()
        if values is not None and added is not None:
            values.insert(index, added)
            return [self._laid_out(values), *length]
        elements = self._list.elements
        if len(elements) == 1 and self._hugs(elements[0]):
            return [self._unhugged(index, new), *length]
        return [*self._inserted_inline(index, new), *length]

    def insertion_of(self, index: int, other: ListEditor, place: int) -> list[Edit]:
        """The edits that put another list's element, with its comments, before an index."""
        element = other._list.elements[place]
        if not (self._is_vertical() and other._is_vertical()):
            return self.insertion(index, NewElement(other._source, element, {}))
        start, end = other._block(place)
        block = other._content[start:end].decode().replace("\r\n", "\n")
        if not other._comma_after(element):
            cut = len(other._content[start : element.node.end_byte].decode().replace("\r\n", "\n"))
            block = f"{block[:cut]},{block[cut:]}"
        length = self._length(len(self._list.elements) + 1)
        return [self._inserted_block(index, block), *length]

    def removal(self, index: int) -> list[Edit]:
        """The edits that remove an element, the comments that belong to it, and its constants."""
        elements = self._list.elements
        edits = [*self._length(len(elements) - 1), *self._orphans(elements[index])]
        rest = [element for place, element in enumerate(elements) if place != index]
        # Few or short elements may fit on one line again.
        values = self._values() if len(rest) < 2 or all(map(_is_one_line, rest)) else None
        if values is not None:
            del values[index]
            return [self._laid_out(values), *edits]
        if not self._is_vertical():
            return [self._removed_inline(index), *edits]
        start, end = self._block(index)
        if not self._has_comments_outside(start, end):
            if not rest:
                return [Edit(*span(self._array), "[]"), *edits]
            hugged = self._hugged(rest[0]) if len(rest) == 1 else None
            if hugged:
                return [hugged, *edits]
        if index == len(elements) - 1 and index and not self._comma_after(elements[index]):
            comma = self._comma_after(elements[index - 1])
            edits += [Edit(*comma, "")] if comma else []
        return [self._without_gap(start, end), *edits]

    def replacement(self, index: int, literals: Literals) -> list[Edit]:
        """The edits that give an element, and the constants it is made of, other literals."""
        element = self._list.elements[index]
        edits: list[Edit] = []
        inside: dict[tuple[int, int], str] = {}
        by_constant: dict[int, tuple[Node, Node, dict[tuple[int, int], str]]] = {}
        for literal, text in literals.items():
            if element.node.start_byte <= literal[0] and literal[1] <= element.node.end_byte:
                inside[literal] = text
            else:
                item, value = self._constant_at(literal)
                by_constant.setdefault(item.start_byte, (item, value, {}))[2][literal] = text
        edits += [
            constant_edit(self._source, item, value, changed, self._style)
            for item, value, changed in by_constant.values()
        ]
        return [*self._changed(element, inside), *edits] if inside else edits

    def _changed(self, element: Element, literals: Literals) -> list[Edit]:
        """The edits that give what stands in the list other literals."""
        if not self._is_vertical():
            values = self._values(literals)
            if values is not None:
                return [self._laid_out(values)]
        place = place_of(self._source, element.node, self._style)
        text = rewritten(self._source, element.node, literals, self._style, place, place)
        return [Edit(*span(element.node), text)]

    def move(self, index: int, before: int) -> list[Edit]:
        """The edits that move an element with its comments before another one, or to the end."""
        elements = self._list.elements
        if not self._is_vertical():
            values = self._values()
            if values is None:
                raise Unwritable("the entries do not stand on lines of their own")
            moved = values.pop(index)
            values.insert(before - (before > index), moved)
            return [self._laid_out(values)]
        if not all(map(self._comma_after, (elements[index], elements[-1]))):
            raise Unwritable("the last entry has no comma")
        start, end = self._block(index)
        block = self._content[start:end].decode().replace("\r\n", "\n")
        gap = "\n" if self._has_gaps() else ""
        if before == 0:
            target, block = self._block(0)[0], block + gap
        else:
            target, block = self._block(before - 1)[1], gap + block
        return [self._without_gap(start, end), Edit(target, target, block)]

    def _is_vertical(self) -> bool:
        """Whether each element begins a line, and so does the closing bracket."""
        return starts_line(self._content, self._array.end_byte - 1) and all(
            starts_line(self._content, element.start) for element in self._list.elements
        )

    def _hugs(self, element: Element) -> bool:
        """Whether the brackets stand on the first and the last line of the only element."""
        opening = self._content[self._array.start_byte + 1 : element.node.start_byte]
        closing = self._content[element.node.end_byte : self._array.end_byte - 1]
        return not opening and not closing and not element.attributes

    def _values(self, literals: Literals | None = None) -> list[Expression] | None:
        """The elements as expressions, if the whole list is laid out as rustfmt does it."""
        place = place_of(self._source, self._array, self._style)
        if formatted(self._source, self._array, self._style, place) is None:
            return None
        atoms: dict[tuple[int, int], Expression] = {
            key: Atom(text) for key, text in (literals or {}).items()
        }
        changed = expression(self._source, self._array, atoms)
        return list(changed.values) if isinstance(changed, Items) else None

    def _laid_out(self, values: Sequence[Expression]) -> Edit:
        place = place_of(self._source, self._array, self._style)
        text = laid_out(Items("[", tuple(values), "]"), self._style, *place)
        return Edit(*span(self._array), text)

    def _indent(self) -> int:
        """The column in which elements begin."""
        return place_of(self._source, self._list.elements[0].node, self._style).indent

    def _first(self, new: NewElement) -> Edit:
        start, end = span(self._array)
        added = new.expression()
        if added is None or self._content[start + 1 : end - 1].strip():
            raise Unwritable("it is empty but for comments")
        return self._laid_out([added])

    def _inserted_lines(self, index: int, new: NewElement) -> Edit:
        indent = self._indent()
        text = self._style.indentation(indent) + new.text(self._style, Place(indent, indent, 1))
        return self._inserted_block(index, f"{text},\n")

    def _inserted_block(self, index: int, block: str) -> Edit:
        """The edit that adds lines, which end with a comma, as an element of a vertical list."""
        elements = self._list.elements
        gap = "\n" if self._has_gaps() else ""
        if index == 0 and elements:
            place = self._block(0)[0]
            return Edit(place, place, f"{block}{gap}")
        before = elements[index - 1]
        place = self._block(index - 1)[1]
        if self._comma_after(before):
            return Edit(place, place, f"{gap}{block}")
        # The last element had no comma: now it has one, and the new last one has none.
        end = before.node.end_byte
        rest = self._content[end:place].decode().replace("\r\n", "\n")
        last = block.removesuffix(",\n")
        return Edit(end, place, f",{rest}{gap}{last}\n")

    def _has_gaps(self) -> bool:
        """Whether a blank line, and nothing else, stands between any two elements."""
        blocks = [self._block(index) for index in range(len(self._list.elements))]
        gaps = [self._content[end:start] for (_, end), (start, _) in pairwise(blocks)]
        return bool(gaps) and all(gap and not gap.strip() for gap in gaps)

    def _line_before(self, start: int) -> bytes:
        return self._content[line_start(self._content, start - 1) : start]

    def _block(self, index: int) -> tuple[int, int]:
        """An element's lines, with the comments right above it and the one behind it."""
        element = self._list.elements[index]
        start = line_start(self._content, element.start)
        while True:
            previous = line_start(self._content, start - 1)
            comment = self._comments_by_line.get(previous)
            if comment is None or not starts_line(self._content, comment.start_byte):
                break
            start = line_start(self._content, comment.start_byte)
        comma = self._comma_after(element)
        end = comma[1] if comma else element.node.end_byte
        return start, line_end(self._content, end)

    @cached_property
    def _comments_by_line(self) -> dict[int, Node]:
        """The comments, by the beginning of the line in which each ends."""
        return {self._line_of_end(node): node for node in self._comments}

    def _line_of_end(self, comment: Node) -> int:
        # A doc comment's node ends with its line ending.
        text = self._content[comment.start_byte : comment.end_byte].rstrip()
        return line_start(self._content, comment.start_byte + len(text))

    def _comma_after(self, element: Element) -> tuple[int, int] | None:
        return self._commas.get(element.node.end_byte)

    @cached_property
    def _commas(self) -> dict[int, tuple[int, int]]:
        """Where an element ends → the span of the comma behind it."""
        commas: dict[int, tuple[int, int]] = {}
        end = 0
        for node in self._array.children:
            if node.type == ",":
                commas[end] = span(node)
            elif node.type not in COMMENTS:
                end = node.end_byte
        return commas

    def _without_gap(self, start: int, end: int) -> Edit:
        """A removal that leaves no double blank line, and none beside a bracket."""
        before = self._line_before(start)
        after = self._content[end : line_end(self._content, end)]
        if not before.strip() and (not after.strip() or after.strip().startswith(b"]")):
            start -= len(before)
        elif not after.strip() and before.rstrip().endswith(b"["):
            end += len(after)
        return Edit(start, end, "")

    def _has_comments_outside(self, start: int, end: int) -> bool:
        """Whether the list has comments apart from those in a span and inside its elements."""
        return any(not start <= node.start_byte < end for node in self._comments)

    def _hugged(self, element: Element) -> Edit | None:
        """The list with one element, whose first line rustfmt puts behind the bracket."""
        plain = element.node.type not in _OVERFLOWING or element.attributes
        if plain or not self._comma_after(element):
            return None
        old = place_of(self._source, element.node, self._style)
        around = place_of(self._source, self._array, self._style)
        new = Place(around.indent, around.column + 1, around.tail + 1)
        text = rewritten(self._source, element.node, {}, self._style, old, new)
        return Edit(*span(self._array), f"[{text}]")

    def _unhugged(self, index: int, new: NewElement) -> Edit:
        element = self._list.elements[0]
        around = place_of(self._source, self._array, self._style)
        old = place_of(self._source, element.node, self._style)
        indent = around.indent + self._style.tab_spaces
        place = Place(indent, indent, 1)
        texts = [rewritten(self._source, element.node, {}, self._style, old, place)]
        texts.insert(index, new.text(self._style, place))
        margin = self._style.indentation(indent)
        lines = "".join(f"{margin}{text},\n" for text in texts)
        return Edit(*span(self._array), f"[\n{lines}{self._style.indentation(around.indent)}]")

    def _inserted_inline(self, index: int, new: NewElement) -> list[Edit]:
        elements = self._list.elements
        one_line = self._array.start_point.row == self._array.end_point.row
        neighbour = elements[index - 1] if index else elements[0]
        if one_line:
            separator, text = ", ", new.on_one_line()
        else:
            place = place_of(self._source, neighbour.node, self._style)
            separator = ",\n" + self._style.indentation(place.indent)
            text = new.text(self._style, Place(place.indent, place.indent, 1))
        if index:
            end = neighbour.node.end_byte
            return [Edit(end, end, f"{separator}{text}")]
        return [Edit(neighbour.start, neighbour.start, f"{text}{separator}")]

    def _removed_inline(self, index: int) -> Edit:
        elements = self._list.elements
        if index + 1 < len(elements):
            return Edit(elements[index].start, elements[index + 1].start, "")
        if index:
            return Edit(elements[index - 1].node.end_byte, elements[index].node.end_byte, "")
        return Edit(self._array.start_byte + 1, self._array.end_byte - 1, "")

    def _length(self, count: int) -> list[Edit]:
        """The edit of the length in ``[T; N]``, if there is one."""
        node = declared_length(self._array)
        if node is None or self._source.text(node) == "_":
            return []
        if node.type == "identifier":
            value = self._source.constant(self._source.text(node))
            node = value if value is not None else node
        text = self._source.text(node)
        if node.type != "integer_literal" or integer_value(text) is None:
            raise Unwritable(f"its length is written as {text}, which has to be changed by hand")
        return [Edit(*span(node), integer_source(count, text))]

    def _constant_at(self, place: tuple[int, int]) -> tuple[Node, Node]:
        """The constant that a literal outside the list belongs to, and its value."""
        node = self._source.tree.root_node.descendant_for_byte_range(*place)
        while node is not None and node.type not in _CONSTANTS:
            node = node.parent
        value = node.child_by_field_name("value") if node is not None else None
        if node is None or value is None:
            raise Unwritable("a value stands outside the list")
        return node, value

    def _orphans(self, element: Element) -> list[Edit]:
        """The removal of constants that nothing but this element uses."""
        nodes = [element.node] if element.node != element.origin else []
        nodes += [leaf.node for leaf in element.leaves.values() if leaf.node != leaf.origin]
        edits: dict[int, Edit] = {}
        for node in nodes:
            name = self._source.text(node).rpartition("::")[2]
            if len(re.findall(rb"\b%b\b" % re.escape(name.encode()), self._content)) != 2:
                continue
            value = self._source.constant(name)
            if value is not None:
                item, _ = self._constant_at(span(value))
                edits[item.start_byte] = self._item_removal(item)
        return list(edits.values())

    def _item_removal(self, item: Node) -> Edit:
        end = line_end(self._content, item.end_byte)
        alone = not self._content[item.end_byte : end].strip()
        if not alone or not starts_line(self._content, item.start_byte):
            return Edit(*span(item), "")
        start = line_start(self._content, item.start_byte)
        above = item.prev_sibling
        while above is not None and above.type in ("attribute_item", *COMMENTS):
            text = self._content[above.start_byte : start]
            if not starts_line(self._content, above.start_byte) or b"\n\n" in text.replace(
                b"\r", b""
            ):
                break
            start = line_start(self._content, above.start_byte)
            above = above.prev_sibling
        return self._without_gap(start, end)


def _is_one_line(element: Element) -> bool:
    return element.node.start_point.row == element.node.end_point.row


_OVERFLOWING = frozenset(
    (
        "struct_expression",
        "tuple_expression",
        "call_expression",
        "array_expression",
        "macro_invocation",
        "reference_expression",
    )
)


def alone(source: RustSource, element: Element) -> RustSource:
    """An entry as the only one of a list, with its constants' values and without its comments."""
    content = source.content
    start, end = span(element.origin)
    edits = [
        Edit(*span(leaf.node), source.text(leaf.origin))
        for leaf in element.leaves.values()
        if leaf.node != leaf.origin and start <= leaf.node.start_byte < end
    ]
    edits += [Edit(*place, "") for place in _comment_spans(content, element)]
    text = content[:end]
    margin = text[line_start(text, start) : start]
    indent = margin[: len(margin) - len(margin.lstrip())]
    moved = [Edit(edit.start - start, edit.end - start, edit.text) for edit in edits]
    body = applied(text[start:], moved, "\n").replace(b"\r\n", b"\n")
    return RustSource(b"const T: T = [\n" + indent + body + b",\n];\n")


def _comment_spans(content: bytes, element: Element) -> Iterator[tuple[int, int]]:
    """The comments inside an entry, with the lines or the blanks that go with them."""
    waiting = [element.origin]
    while waiting:
        for child in waiting.pop().children:
            if child.type not in COMMENTS:
                waiting.append(child)
                continue
            start, end = span(child)
            end = start + len(content[start:end].rstrip())
            line, stop = line_start(content, start), line_end(content, end)
            if not content[line:start].strip() and not content[end:stop].strip():
                yield line, stop
            else:
                blanks = content[line:start]
                yield start - (len(blanks) - len(blanks.rstrip())), end
