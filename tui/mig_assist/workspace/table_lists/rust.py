"""A list of tables in Rust source: an array of texts, tuples or structs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from mig_assist.workspace.registry.rust.editing import (
    ListEditor,
    NewElement,
    Unwritable,
    alone,
)
from mig_assist.workspace.registry.rust.formatting import Style
from mig_assist.workspace.registry.rust.pieces import Edit, applied, span
from mig_assist.workspace.registry.rust.syntax import (
    Element,
    Kind,
    Leaf,
    RustList,
    RustSource,
    declared_name,
    string_source,
)
from mig_assist.workspace.table_lists import ListedTable, NoTableList


class RustTables:
    """The array that a constant, variable or function of a name holds."""

    def __init__(self, content: bytes, name: str, style: Style) -> None:
        self.content = content
        self._source = RustSource(content)
        self._style = style
        self._list = self._found(name)
        self._leaves = [_table_leaf(element) for element in self._list.elements]
        error = self._source.first_error(self._list.node)
        if error is not None or None in self._leaves:
            place = error or self._list.elements[self._leaves.index(None)].node
            line = self._source.line_of(place)
            raise NoTableList(f"Line {line} of {name} is no name of a table", line)
        self.line = self._source.line_of(self._list.node)
        self.tables = tuple(
            ListedTable(str(leaf.value), self._source.line_of(leaf.node))
            for leaf in self._leaves
            if leaf
        )

    def with_table(self, name: str, index: int) -> bytes:
        """The file's bytes with a table added before the one with an index, or at the end."""
        return self._edited(partial(self._editor().insertion, index, self._new(name, index)))

    def without_table(self, index: int) -> bytes:
        """The file's bytes without a table."""
        return self._edited(partial(self._editor().removal, index))

    def _found(self, name: str) -> RustList:
        if not name:
            raise NoTableList("Name the list behind a colon, such as reset.rs:TABLES")
        wanted = name.rpartition("::")[2]
        arrays = [a for a in self._source.arrays() if declared_name(self._source, a) == wanted]
        outer = [a for a in arrays if not any(_holds(span(b), span(a)) for b in arrays)]
        if len(outer) != 1:
            found = "several lists are" if outer else "nothing that holds a list is"
            raise NoTableList(f"{found.capitalize()} called {name}")
        return self._source.list_of(outer[0])

    def _editor(self) -> ListEditor:
        return ListEditor(self._source, self._list, self._style)

    def _edited(self, make: Callable[[], list[Edit]]) -> bytes:
        newline = "\r\n" if b"\r\n" in self._source.content else "\n"
        try:
            return applied(self._source.content, make(), newline)
        except Unwritable as problem:
            raise NoTableList(f"It cannot be edited: {problem}") from None

    def _new(self, name: str, index: int) -> NewElement:
        if not self._list.elements:
            quoted = string_source(name, '"').encode()
            source = RustSource(b"const T: T = [" + quoted + b"];")
            (element,) = source.list_of(next(source.arrays())).elements
            return NewElement(source, element, {})
        template = self._list.elements[max(index - 1, 0)]
        self._require_alike()
        source = alone(self._source, template)
        (element,) = source.list_of(next(source.arrays())).elements
        leaf = _table_leaf(element)
        if leaf is None or leaf.literal is None:
            raise NoTableList("A table is not written as a text")
        literals = {span(leaf.literal): string_source(name, source.text(leaf.literal))}
        return NewElement(source, element, literals)

    def _require_alike(self) -> None:
        """Refuse to guess what stands beside a table where that differs."""
        first, *others = (self._beside(element) for element in self._list.elements)
        for element, other in zip(self._list.elements[1:], others, strict=True):
            if other != first:
                line = self._source.line_of(element.node)
                raise NoTableList(
                    f"What stands beside each table differs, as in line {line}: add it by hand",
                    line,
                )

    def _beside(self, element: Element) -> Mapping[str, str]:
        table = _table_leaf(element)
        return {
            key: self._source.text(leaf.origin)
            for key, leaf in element.leaves.items()
            if table is None or key != table.key
        }


def _table_leaf(element: Element) -> Leaf | None:
    """The first text of an element."""
    return next((leaf for leaf in element.leaves.values() if leaf.kind is Kind.TEXT), None)


def _holds(outer: tuple[int, int], inner: tuple[int, int]) -> bool:
    return outer[0] < inner[0] and inner[1] < outer[1]
