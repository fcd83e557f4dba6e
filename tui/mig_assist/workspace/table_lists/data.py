"""A list of tables in a TOML or JSON file: an array of texts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from mig_assist.source_text import SourceText
from mig_assist.workspace.table_lists import ListedTable, NoTableList
from mig_assist.workspace.toml_text import NotToml, parse_toml

_TOKEN = re.compile(
    r"""(?P<text> "{3}(?s:.*?)"{3} | '{3}(?s:.*?)'{3} | "(?:[^"\\\n]|\\.)*+" | '[^'\n]*+' )
      | (?P<comment> \#[^\n]*+ )
      | (?P<open> [\[{] ) | (?P<close> [\]}] ) | (?P<comma> , ) | (?P<blank> \s++ )
      | (?P<other> [^\s"'\[\]{},#]++ | . )""",
    re.VERBOSE,
)


class _Array(NamedTuple):
    """An array of texts: where its brackets stand, and its items with the commas behind them."""

    start: int
    end: int
    items: tuple[tuple[int, int], ...]
    commas: tuple[int | None, ...]


class DataTables:
    """The array under a key, such as ``reset.tables``, or the whole of a JSON file.

    Args:
        source: the same text, decoded.
        suffix: ``.toml`` or ``.json``.
    """

    def __init__(self, text: str, name: str, source: SourceText, suffix: str) -> None:
        self.content = text.encode()
        self._text = text
        names = _names(source.text, name, suffix)
        alike = [each for each in _arrays(text) if self._values(each, suffix) == names]
        if len(alike) != 1:
            reason = "Several lists in it are alike" if alike else f"{name} cannot be found in it"
            raise NoTableList(reason)
        self._array = alike[0]
        self.line = self._line(self._array.start)
        self.tables = tuple(
            ListedTable(table, self._line(start))
            for table, (start, _) in zip(names, self._array.items, strict=True)
        )

    def with_table(self, name: str, index: int) -> bytes:
        """The file's bytes with a table added before the one with an index, or at the end."""
        array, text = self._array, self._text
        quoted = json.dumps(name)
        if not array.items:
            return f"{text[: array.start + 1]}{quoted}{text[array.end - 1 :]}".encode()
        neighbour = array.items[max(index - 1, 0)]
        if text[neighbour[0]] == "'" and "'" not in name:
            quoted = f"'{name}'"
        margin = self._margin(neighbour[0])
        separator = ", " if margin is None else f",{margin}"
        if index == 0:
            return f"{text[: neighbour[0]]}{quoted}{separator}{text[neighbour[0] :]}".encode()
        end = neighbour[1]
        comma = array.commas[index - 1]
        if comma is None:
            return f"{text[:end]}{separator}{quoted}{text[end:]}".encode()
        if margin is None:
            return f"{text[: comma + 1]} {quoted},{text[comma + 1 :]}".encode()
        # Behind the comment that may follow the comma.
        rest = text.find("\n", comma)
        rest = rest - 1 if text[rest - 1] == "\r" else rest
        return f"{text[:rest]}{margin}{quoted},{text[rest:]}".encode()

    def without_table(self, index: int) -> bytes:
        """The file's bytes without a table."""
        array, text = self._array, self._text
        start, end = array.items[index]
        comma = array.commas[index]
        begin = text.rfind("\n", 0, start) + 1
        stop = text.find("\n", end) + 1
        if stop and not text[begin:start].strip() and self._is_alone(index, stop):
            if comma is None and index:
                last = array.commas[index - 1]
                if last is not None:
                    return f"{text[:last]}{text[last + 1 : begin]}{text[stop:]}".encode()
            return f"{text[:begin]}{text[stop:]}".encode()
        if index + 1 < len(array.items):
            return f"{text[:start]}{text[array.items[index + 1][0] :]}".encode()
        if index:
            return f"{text[: array.items[index - 1][1]]}{text[end:]}".encode()
        return f"{text[: array.start + 1]}{text[array.end - 1 :]}".encode()

    def _is_alone(self, index: int, stop: int) -> bool:
        items = self._array.items
        after = items[index + 1][0] if index + 1 < len(items) else self._array.end - 1
        return stop <= after

    def _margin(self, place: int) -> str | None:
        """The line ending and the blanks before an item that begins a line; None for others."""
        begin = self._text.rfind("\n", 0, place) + 1
        blanks = self._text[begin:place]
        if blanks.strip() or not begin:
            return None
        return ("\r\n" if self._text[begin - 2 : begin] == "\r\n" else "\n") + blanks

    def _line(self, place: int) -> int:
        return self._text.count("\n", 0, place) + 1

    def _values(self, array: _Array, suffix: str) -> list[str] | None:
        written = f"[{','.join(self._text[start:end] for start, end in array.items)}]"
        try:
            value = json.loads(written) if suffix == ".json" else parse_toml(f"x={written}")["x"]
        except (ValueError, NotToml):
            return None
        return value if isinstance(value, list) else None


def _names(text: str, name: str, suffix: str) -> list[str]:
    """The texts under a key, as the format's own parser reads them."""
    try:
        value: Any = json.loads(text) if suffix == ".json" else parse_toml(text)
    except NotToml as error:
        raise NoTableList(f"It is not TOML: {error}", error.line) from None
    except (ValueError, RecursionError) as error:
        raise NoTableList(f"It is not JSON: {error}") from None
    for key in filter(None, name.split(".")):
        value = value.get(key) if isinstance(value, dict) else None
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise NoTableList(f"{name or 'Its whole'} is no list of texts")
    return value


def _arrays(text: str) -> Iterator[_Array]:
    """The arrays that hold texts and nothing else."""
    start: int | None = None
    items: list[tuple[int, int]] = []
    commas: list[int | None] = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "open":
            start = match.start() if match[0] == "[" else None
            items, commas = [], []
        elif kind == "text" and start is not None:
            items.append(match.span())
            commas.append(None)
        elif kind == "comma" and commas:
            commas[-1] = match.start()
        elif kind == "close":
            if start is not None and match[0] == "]":
                yield _Array(start, match.end(), tuple(items), tuple(commas))
            start = None
        elif kind == "other":
            start = None
