"""A list of tables in a text file: one on each line."""

from __future__ import annotations

import re

from mig_assist.workspace.table_lists import ListedTable

_LINE = re.compile(r"(?P<before>[ \t]*(?:[-*][ \t]+)?)(?P<name>[^\s#,;]+)(?P<after>[,;]?)")
_COMMENT = re.compile(r"[ \t]*(?:#|--|//)")


class LineTables:
    """A text whose lines each begin with a table; blank ones and comments do not count."""

    line = 1

    def __init__(self, text: str) -> None:
        self.content = text.encode()
        self._lines = text.split("\n")
        found = [
            (number, match["name"])
            for number, line in enumerate(self._lines)
            if not _COMMENT.match(line) and (match := _LINE.match(line.removeprefix("\ufeff")))
        ]
        self._numbers = [number for number, _ in found]
        self.tables = tuple(ListedTable(name, number + 1) for number, name in found)

    def with_table(self, name: str, index: int) -> bytes:
        """The file's bytes with a table added before the one with an index, or at the end."""
        lines = list(self._lines)
        ending = "\r" if any(line.endswith("\r") for line in lines) else ""
        if not self._numbers:
            lines.insert(len(lines) - (lines[-1] == ""), name + ending)
            return self._joined(lines)
        neighbour = self._numbers[max(index - 1, 0)]
        match = _LINE.match(lines[neighbour].removeprefix("\ufeff"))
        before, after = (match["before"], match["after"]) if match else ("", "")
        place = self._numbers[index] if index == 0 else neighbour + 1
        if place == len(lines):  # the last line has no ending: it gets one, the new one does not
            lines[-1] += ending
            ending = ""
        lines.insert(place, f"{before}{name}{after}{ending}")
        return self._joined(lines)

    def without_table(self, index: int) -> bytes:
        """The file's bytes without a table."""
        lines = list(self._lines)
        del lines[self._numbers[index]]
        return self._joined(lines)

    def _joined(self, lines: list[str]) -> bytes:
        return "\n".join(lines).encode()
