"""Rust source as a syntax tree: the lists in it, their entries, and the values of those.

What a list holds is read from the tree alone; nothing is compiled. `vec![…]` is read as the
array that it builds, `phf_map! { … => … }` as the arms of a `match`, `lazy_static! { … }` as the
statics in it, and constants of the same file are followed to their values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import Enum, auto
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tree_sitter import Language, Node, Query, Tree

COMMENTS = frozenset(("line_comment", "block_comment"))
STRINGS = frozenset(("string_literal", "raw_string_literal"))

DEEPEST = 40
"""Deeper values than people write are not looked into, so that no file exhausts the stack."""

_INTEGER = re.compile(
    r"(?P<digits>0x[0-9a-f_]+?|0o[0-7_]+|0b[01_]+|[0-9][0-9_]*?)"
    r"(?P<suffix>_?[iu](?:8|16|32|64|128|size))?",
    re.IGNORECASE,
)
_ESCAPE = re.compile(
    r"\\(?:x([0-7][0-9a-fA-F])|u\{([0-9a-fA-F_]{1,8})\}|(\r?\n\s*)|(.))", re.DOTALL
)
_PLAIN_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}
_TEST_ATTRIBUTE = re.compile(rb"#\[\s*(?:cfg\s*\(\s*(?:all\s*\(\s*)?test\b|(?:\w+::)*test\b)")
_INCLUDES = frozenset((b"include_str", b"include_bytes"))


class Kind(Enum):
    """What a value is, as far as it can be told from the source."""

    INTEGER = auto()
    TEXT = auto()
    PATH = auto()
    """The file that an ``include_str!`` names."""
    OTHER = auto()


class Leaf(NamedTuple):
    """One value of an entry.

    Attributes:
        key: where in the entry it stands, such as ``.sql.libsql`` or ``(2)``.
        value: an integer's or a text's value; a path as it is written.
        node: the expression inside the entry.
        origin: the expression that gives the value; another one than ``node`` for a constant.
        literal: the literal to edit; None where there is no single one.
        from_manifest: for a path: whether it begins at ``CARGO_MANIFEST_DIR``.
    """

    key: str
    kind: Kind
    value: int | str | None
    node: Node
    origin: Node
    literal: Node | None = None
    from_manifest: bool = False


class Element(NamedTuple):
    """One entry of a list, with its attributes.

    Attributes:
        node: what stands in the list.
        origin: its value; another one than ``node`` where a constant stands in the list.
    """

    node: Node
    origin: Node
    attributes: tuple[Node, ...]
    leaves: Mapping[str, Leaf]

    @property
    def start(self) -> int:
        """Where it begins, attributes included."""
        return self.attributes[0].start_byte if self.attributes else self.node.start_byte


class RustList(NamedTuple):
    """An array expression, or the block of a ``match``, and its entries."""

    node: Node
    elements: tuple[Element, ...]


class RustSource:
    """A file's bytes and their syntax tree; the places of both agree."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.tree = _parse_with_macros(content)

    def text(self, node: Node) -> str:
        """The source of a node."""
        return self.content[node.start_byte : node.end_byte].decode()

    def line(self, place: int) -> int:
        """The 1-based line of a place."""
        return self.content.count(b"\n", 0, place) + 1

    def line_of(self, node: Node) -> int:
        """The 1-based line in which a node begins."""
        return node.start_point.row + 1

    def arrays(self) -> Iterator[Node]:
        """Every array and every block of a ``match``, the outer ones before those inside them."""
        nodes = _captured(_queries().arrays, self.tree.root_node, "array")
        return iter(sorted(nodes, key=lambda node: node.start_byte))

    def first_error(self, node: Node) -> Node | None:
        """The first place within a node that is no Rust; None where all of it is."""
        while node.has_error:
            if node.is_error or node.is_missing:
                return node
            node = next(child for child in node.children if child.has_error)
        return None

    def list_of(self, array: Node) -> RustList:
        """An array's entries; of the arms of a ``match`` those that include a file."""
        elements = self._arms(array) if array.type == "match_block" else self._elements(array)
        return RustList(array, tuple(elements))

    def constant(self, name: str) -> Node | None:
        """The value of the file's only constant or static of that name."""
        values = self._constants.get(name, ())
        return values[0] if len(values) == 1 else None

    @cached_property
    def _constants(self) -> dict[str, list[Node]]:
        found: dict[str, list[Node]] = {}
        for item in _captured(_queries().constants, self.tree.root_node, "item"):
            name, value = item.child_by_field_name("name"), item.child_by_field_name("value")
            if name is not None and value is not None:
                found.setdefault(self.text(name), []).append(value)
        return found

    def _elements(self, array: Node) -> Iterator[Element]:
        attributes: list[Node] = []
        for child in array.named_children:
            kind = child.type
            if kind == "attribute_item":
                attributes.append(child)
            elif kind not in COMMENTS and kind != "ERROR":
                origin = self._resolved(child)
                leaves: dict[str, Leaf] = {}
                self._collect(origin, "", 0, leaves)
                yield Element(child, origin, tuple(attributes), leaves)
                attributes = []

    def _arms(self, block: Node) -> Iterator[Element]:
        for arm in block.named_children:
            pattern, value = (arm.child_by_field_name(name) for name in ("pattern", "value"))
            if arm.type != "match_arm" or pattern is None or value is None:
                continue
            leaves: dict[str, Leaf] = {}
            self._collect(pattern.children[0], "(0)", 0, leaves)
            self._collect(value, "(1)", 0, leaves)
            if any(leaf.kind is Kind.PATH for leaf in leaves.values()):
                attributes = [node for node in arm.children if node.type == "attribute_item"]
                yield Element(arm, arm, tuple(attributes), leaves)

    def _resolved(self, node: Node) -> Node:
        """A constant's value for its name; anything else as it is."""
        if node.type not in ("identifier", "scoped_identifier"):
            return node
        value = self.constant(self.text(node).rpartition("::")[2])
        return node if value is None else value

    def _collect(self, node: Node, key: str, depth: int, leaves: dict[str, Leaf]) -> None:
        """Add the values inside an expression, by their keys.

        In a part that is no Rust there may be nothing to find.
        """
        kind = node.type
        if kind == "block" and len(node.named_children) == 1:
            node = node.named_children[0]
            kind = node.type
        if kind not in _COMPOUND or depth > DEEPEST:
            leaves[key] = self._leaf(node, self._resolved(node), key)
            return
        values = _values(node)
        depth += 1
        if kind == "struct_expression" and values:
            for field in _values(values[-1]):
                parts = _values(field)
                if parts and field.type in ("field_initializer", "shorthand_field_initializer"):
                    name = parts[-2] if field.type == "field_initializer" else parts[-1]
                    self._collect(parts[-1], f"{key}.{self.text(name)}", depth, leaves)
        elif kind in ("tuple_expression", "tuple_pattern", "array_expression", "arguments"):
            for place, value in enumerate(values):
                self._collect(value, f"{key}({place})", depth, leaves)
        elif kind == "call_expression" and len(values) > 1:
            called = values[0]
            parts = _values(called)
            if called.type == "field_expression" and len(parts) > 1:
                self._collect(parts[0], f"{key}<", depth, leaves)
                key = f"{key}.{self.text(parts[-1])}"
            self._collect(values[-1], key, depth, leaves)
        elif values:
            place = 0 if kind == "type_cast_expression" else -1
            self._collect(values[place], key, depth, leaves)

    def _leaf(self, node: Node, origin: Node, key: str) -> Leaf:
        kind = origin.type
        if kind in STRINGS:
            text = string_value(self.text(origin))
            if text is not None:
                return Leaf(key, Kind.TEXT, text, node, origin, origin)
        elif kind == "integer_literal":
            number = integer_value(self.text(origin))
            if number is not None:
                return Leaf(key, Kind.INTEGER, number, node, origin, origin)
        elif kind == "macro_invocation":
            name, *_, tokens = origin.children
            if self.content[name.start_byte : name.end_byte] in _INCLUDES:
                pieces = self._pieces(tokens)
                if pieces is not None:
                    return Leaf(
                        key, Kind.PATH, pieces.text, node, origin, pieces.last, pieces.rooted
                    )
        return Leaf(key, Kind.OTHER, None, node, origin)

    def _pieces(self, tokens: Node, depth: int = 0) -> _Pieces | None:
        """The text that a macro's arguments make, concat! and CARGO_MANIFEST_DIR understood."""
        text, rooted, last = "", False, None
        children = [child for child in tokens.children[1:-1] if child.type not in COMMENTS]
        while children:
            child = children.pop(0)
            if child.type in STRINGS:
                value = string_value(self.text(child))
                if value is None:
                    return None
                text, last = text + value, child
            elif child.type == "integer_literal":
                text, last = text + self.text(child), None
            elif child.type == "identifier" and len(children) > 1 and depth < DEEPEST:
                inner = self._macro(self.text(child), children[1], depth)
                if inner is None or (inner.rooted and text):
                    return None
                text, last, rooted = text + inner.text, inner.last, rooted or inner.rooted
                del children[:2]
            elif child.type != ",":
                return None
        return _Pieces(text, rooted, last)

    def _macro(self, name: str, tokens: Node, depth: int) -> _Pieces | None:
        if tokens.type != "token_tree":
            return None
        inner = self._pieces(tokens, depth + 1)
        if name == "env" and inner is not None:
            return _Pieces("", True, None) if inner.text == "CARGO_MANIFEST_DIR" else None
        return inner if name == "concat" else None


_COMPOUND = frozenset(
    (
        "struct_expression",
        "tuple_expression",
        "tuple_pattern",
        "array_expression",
        "arguments",
        "call_expression",
        "reference_expression",
        "parenthesized_expression",
        "type_cast_expression",
    )
)


def _values(node: Node) -> list[Node]:
    """The named parts of a node, without comments."""
    return [part for part in node.named_children if part.type not in COMMENTS]


class _Pieces(NamedTuple):
    text: str
    rooted: bool
    last: Node | None


def string_value(source: str) -> str | None:
    """The value of a string literal; None for one of bytes or for C.

    https://doc.rust-lang.org/reference/tokens.html#string-literals
    """
    if source.startswith('"'):
        body = source[1:-1]
        return _ESCAPE.sub(_unescaped, body) if "\\" in body else body
    if source.startswith("r"):
        hashes = source.index('"') - 1
        return source[hashes + 2 : len(source) - hashes - 1]
    return None


def _unescaped(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    if code:
        number = int(code.replace("_", "") or "0", 16)
        return chr(number) if number < 0x110000 else match[0]
    return "" if match[3] else _PLAIN_ESCAPES.get(match[4], match[4])


def string_source(value: str, like: str) -> str:
    """A value as a string literal: raw where ``like`` is raw and the value allows it."""
    if like.startswith("r"):
        quotes = '"' + "#" * (like.index('"') - 1)
        if quotes not in value:
            return f"r{quotes[::-1]}{value}{quotes}"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def integer_value(source: str) -> int | None:
    """The value of an integer literal; None for one that no version can be.

    https://doc.rust-lang.org/reference/tokens.html#integer-literals
    """
    match = _INTEGER.fullmatch(source) if len(source) < 64 else None
    digits = match["digits"].replace("_", "") if match else ""
    try:
        return int(digits, 0) if digits.startswith(("0x", "0o", "0b")) else int(digits)
    except ValueError:
        return None


def integer_source(value: int, like: str) -> str:
    """A value as an integer literal in the base, grouping and type of ``like``."""
    match = _INTEGER.fullmatch(like)
    if match is None:
        return str(value)
    digits, suffix = match["digits"], match["suffix"] or ""
    base = {"0x": "x", "0o": "o", "0b": "b"}.get(digits[:2].lower())
    if base:
        upper = base == "x" and any(character in "ABCDEF" for character in digits[2:])
        width = len(digits) - 2 if digits[2:3] == "0" else 0
        return f"{digits[:2]}{format(value, base.upper() if upper else base):0>{width}}{suffix}"
    grouped = re.fullmatch(r"[0-9]{1,3}(?:_[0-9]{3})+", digits) is not None
    return f"{value:_}{suffix}" if grouped else f"{value}{suffix}"


def in_tests(source: RustSource, node: Node) -> bool:
    """Whether a node belongs to a test: below ``#[cfg(test)]``, ``#[test]`` or ``mod tests``."""
    current: Node | None = node
    while current is not None:
        if current.type in _TESTABLE:
            name = current.child_by_field_name("name")
            if current.type == "mod_item" and name and source.text(name) in ("test", "tests"):
                return True
            before = current.prev_named_sibling
            while before is not None and before.type in ("attribute_item", *COMMENTS):
                if _TEST_ATTRIBUTE.match(source.content, before.start_byte):
                    return True
                before = before.prev_named_sibling
        current = current.parent
    return False


def test_lines(text: str) -> frozenset[int]:
    """The lines of Rust source, counted from 1, that belong to its tests."""
    if "test" not in text:
        return frozenset()
    source = RustSource(text.encode())
    found: set[int] = set()
    waiting = [source.tree.root_node]
    while waiting:
        for item in waiting.pop().named_children:
            if item.type in _TESTABLE and in_tests(source, item):
                found.update(range(item.start_point.row + 1, item.end_point.row + 2))
            elif item.type in ("mod_item", "impl_item", "declaration_list"):
                waiting.append(item)
    return frozenset(found)


_TESTABLE = frozenset(("mod_item", "function_item", "const_item", "static_item", "impl_item"))


def declaration(node: Node) -> Node | None:
    """The constant, static, variable or function that an array stands in."""
    current = node.parent
    while current is not None:
        if current.type in ("const_item", "static_item", "let_declaration", "function_item"):
            return current
        current = current.parent
    return None


def declared_name(source: RustSource, node: Node) -> str:
    """What the declaration around an array is called; empty where there is none."""
    found = declaration(node)
    name = found and (found.child_by_field_name("name") or found.child_by_field_name("pattern"))
    return source.text(name) if name else ""


def declared_length(node: Node) -> Node | None:
    """The length in ``[T; N]``, where an array is declared with one."""
    found = declaration(node)
    if found is None:
        return None
    kind = found.child_by_field_name("type")
    if found.type == "function_item":
        body = found.child_by_field_name("body")
        if body is None or not body.named_children or body.named_children[-1] != node:
            return None
        kind = found.child_by_field_name("return_type")
    elif not _is_value(node, found):
        return None
    while kind is not None and kind.type == "reference_type":
        kind = kind.child_by_field_name("type")
    return kind.child_by_field_name("length") if kind and kind.type == "array_type" else None


def _is_value(node: Node, declared: Node) -> bool:
    value = declared.child_by_field_name("value")
    while value is not None and value != node and value.type == "reference_expression":
        value = value.child_by_field_name("value")
    return value == node


class _Queries(NamedTuple):
    language: Language
    arrays: Query
    constants: Query
    macros: Query


_loaded: list[_Queries] = []


def _queries() -> _Queries:
    """The grammar, loaded when it is first needed."""
    if not _loaded:
        import tree_sitter_rust
        from tree_sitter import Language, Query

        language = Language(tree_sitter_rust.language())
        _loaded.append(
            _Queries(
                language,
                Query(language, "[(array_expression) (match_block)] @array"),
                Query(language, "[(const_item) (static_item)] @item"),
                Query(language, "(macro_invocation) @macro"),
            )
        )
    return _loaded[0]


def _captured(query: Query, node: Node, name: str) -> list[Node]:
    from tree_sitter import QueryCursor

    return QueryCursor(query).captures(node).get(name, [])


def _parse(content: bytes) -> Tree:
    from tree_sitter import Parser

    return Parser(_queries().language).parse(content)


def _parse_with_macros(content: bytes) -> Tree:
    """The tree of a source whose macros that hold lists are what they stand for.

    A macro's arguments are tokens to the grammar. With blanks in place of ``vec!`` they are an
    array in the same place; inner ones come to light when the outer ones are gone.
    """
    tree = _parse(content)
    if not _MACROS.search(content):
        return tree
    for _ in range(4):
        masked = bytearray(content)
        for node in _captured(_queries().macros, tree.root_node, "macro"):
            _mask(masked, node)
        if masked == content:
            break
        content = bytes(masked)
        tree = _parse(content)
    return tree


_MACROS = re.compile(rb"\bvec!|\blazy_static!|=>\s*include_(?:str|bytes)!")
_LAZY = re.compile(rb"(?<=\bstatic )ref\b")


def _mask(masked: bytearray, macro: Node) -> None:
    """Write something of the same length that the grammar understands in place of a macro."""
    tokens = macro.children[-1]
    start, end = macro.start_byte, tokens.start_byte
    name = bytes(masked[start:end]).rstrip()
    if name == b"vec!":
        if masked[end : end + 1] == b"[":
            masked[start:end] = b" " * (end - start)
    elif name.endswith(b"lazy_static!"):
        stop = tokens.end_byte
        masked[start : end + 1], masked[stop - 1 : stop] = b" " * (end + 1 - start), b" "
        masked[end:stop] = _LAZY.sub(b"   ", bytes(masked[end:stop]))
    elif any(token.type == "=>" for token in tokens.children) and _MACROS.search(
        masked, end, tokens.end_byte
    ):
        subject = b"match a"
        if end - start >= len(subject):
            masked[start:end] = subject.ljust(end - start)
            masked[end : end + 1], masked[tokens.end_byte - 1 : tokens.end_byte] = b"{", b"}"
