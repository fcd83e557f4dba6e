"""The arms of a ``match`` as a list: `(Backend::Sqlite, 18) => include_str!("…"),`.

The entries of a map macro, such as `phf_map!`, are read as such arms too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mig_assist.workspace.registry.rust.editing import ListEditor, NewElement, Unwritable
from mig_assist.workspace.registry.rust.formatting import Atom, Expression, expression, laid_out
from mig_assist.workspace.registry.rust.pieces import (
    Edit,
    Literals,
    Place,
    formatted,
    place_of,
    substituted,
)
from mig_assist.workspace.registry.rust.syntax import Element, RustSource

if TYPE_CHECKING:
    from tree_sitter import Node


class ArmsEditor(ListEditor):
    """Makes the edits of a list that is written as arms, each on lines of its own."""

    def insertion(self, index: int, new: NewElement) -> list[Edit]:
        """The edits that put an arm before the one with an index, or behind the last entry."""
        self._require_lines()
        return [self._inserted_lines(index, new)]

    def insertion_of(self, index: int, other: ListEditor, place: int) -> list[Edit]:
        """The edits that put another list's arm, with its comments, before an index."""
        self._require_lines()
        return super().insertion_of(index, other, place)

    def removal(self, index: int) -> list[Edit]:
        """The edits that remove an arm, with its comments and the constants it alone uses."""
        self._require_lines()
        element = self._list.elements[index]
        return [self._without_gap(*self._block(index)), *self._orphans(element)]

    def move(self, index: int, before: int) -> list[Edit]:
        """The edits that move an arm with its comments before another one, or to the end."""
        self._require_lines()
        return super().move(index, before)

    def _inserted_lines(self, index: int, new: NewElement) -> Edit:
        indent = self._indent()
        text = self._arm(new.source, new.node, new.literals, indent)
        return self._inserted_block(index, f"{self._style.indentation(indent)}{text}\n")

    def _changed(self, element: Element, literals: Literals) -> list[Edit]:
        arm = element.node
        text = self._arm(self._source, arm, literals, self._indent())
        if not self._source.text(arm).endswith((",", "}")):
            text = text.removesuffix(",")
        head = arm.child_by_field_name("pattern")
        return [Edit(head.start_byte if head else arm.start_byte, arm.end_byte, text)]

    def _require_lines(self) -> None:
        if not self._is_vertical():
            raise Unwritable("the arms do not stand on lines of their own")

    def _comma_after(self, element: Element) -> tuple[int, int] | None:
        end = element.node.end_byte
        if self._content[end - 1 : end] in (b",", b"}"):
            return end, end
        return None

    def _is_macro(self) -> bool:
        """Whether the arms are a macro's, which rustfmt leaves as they are."""
        around = self._array.parent
        return around is None or not self._content.startswith(b"match", around.start_byte)

    def _arm(self, source: RustSource, arm: Node, literals: Literals, indent: int) -> str:
        """An arm with other literals, without its attributes, and the comma that follows it.

        One that is too long for its line gets a block, as rustfmt has it.
        """
        pattern, value = (arm.child_by_field_name(name) for name in ("pattern", "value"))
        if pattern is None or value is None:
            raise Unwritable("an arm has no value")
        style = self._style
        head = substituted(source, pattern, literals, style, 0) + " => "
        is_block = value.type == "block" and len(value.named_children) == 1
        bare = value.named_children[0] if is_block else value
        atoms: dict[tuple[int, int], Expression] = {k: Atom(text) for k, text in literals.items()}
        found = expression(source, bare, atoms)
        old = place_of(source, bare, style)
        is_broken = "\n" in source.text(bare) and formatted(source, bare, style, old) is None
        if self._is_macro() or found is None or is_broken:
            text = head + substituted(source, value, literals, style, 0)
            return text if text.endswith("}") and not self._is_macro() else f"{text},"
        inline = Place(indent, indent + style.columns(head), 1)
        text = laid_out(found, style, *inline)
        if "\n" in text:
            below = indent + style.tab_spaces
            alone = laid_out(found, style, below, below, 0)
            if "\n" not in alone:
                margins = style.indentation(below), style.indentation(indent)
                return f"{head}{{\n{margins[0]}{alone}\n{margins[1]}}}"
        return f"{head}{text},"


def alone_arm(source: RustSource, element: Element) -> RustSource:
    """An entry as the only arm of a `match`."""
    pattern = element.node.child_by_field_name("pattern") or element.node
    start, end = pattern.start_byte, element.node.end_byte
    margin = source.content[source.content.rfind(b"\n", 0, start) + 1 : start]
    indent = margin if not margin.strip() else b""
    return RustSource(b"const T: T = match a {\n" + indent + source.content[start:end] + b"\n};\n")
