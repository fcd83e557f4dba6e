"""Both schemas as a tree: tables that open, each row with what happened to it and what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from mig_assist.app.text import MUTED, one_line
from mig_assist.app.widgets.finding_list import SEVERITY_MARKS, SEVERITY_STYLES
from mig_assist.app.widgets.plain_list import PlainList
from mig_assist.findings import Severity
from mig_assist.verify.parity.outline import Entry, Outline, Sign, worst

SIGNS = {Sign.SAME: " ", Sign.ADDED: "+", Sign.CHANGED: "~", Sign.REMOVED: "-"}
"""One character for each sign; the word stands beside the name."""

SIGN_STYLES = {
    Sign.SAME: "",
    Sign.ADDED: "$text-success",
    Sign.CHANGED: "$text-warning",
    Sign.REMOVED: "$text-error",
}
_MOST_OPENED = 3
"""How many tables are opened by themselves where a version touches no more."""

Key = tuple[str, ...]


class Row(NamedTuple):
    """A line of the tree; ``root`` is None where it is itself one."""

    entry: Entry
    root: Entry | None


class SchemaTree(PlainList):
    """The rows; what is inside a table is asked for when it is opened."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "unfold", "open", show=False, id="tree.unfold",
                tooltip="Open the table, or go into it"),
        Binding("left", "fold", "close", show=False, id="tree.fold",
                tooltip="Close the table, or go back to it"),
        Binding("space", "select", "open or close", show=False, id="tree.toggle",
                tooltip="Open or close the table"),
    ]  # fmt: skip

    @dataclass
    class Looked(Message):
        """Another row is in view."""

        row: Row | None

    def __init__(self) -> None:
        super().__init__(id="schema-tree")
        self._outline: Outline | None = None
        self._rows: list[Row] = []
        self._open: set[Key] = set()
        self._chosen: bool | None = None

    @property
    def narrowed(self) -> bool:
        """Whether only what the version touches is shown: by default where it touches anything."""
        if self._chosen is not None or self._outline is None:
            return self._chosen or False
        return any(map(self._outline.touches, self._outline.roots))

    @property
    def outline(self) -> Outline | None:
        """What is shown."""
        return self._outline

    @property
    def row(self) -> Row | None:
        """The highlighted row."""
        at = self.highlighted
        return self._rows[at] if at is not None and at < len(self._rows) else None

    def show(self, outline: Outline) -> None:
        """Show an outline; what was open stays open, and the highlight where it was."""
        first = self._outline is None
        self._outline = outline
        if first:
            touched = [root for root in outline.roots if outline.touches(root)]
            if len(touched) <= _MOST_OPENED:
                self._open.update(root.key for root in touched)
        self._refill()
        if first and (outline.problems or self.narrowed):
            with suppress(StopIteration):
                self.go_to(*next(self._stops()))

    def narrow(self, narrowed: bool) -> None:
        """Show only what the version touches, or everything."""
        self._chosen = narrowed
        self._refill()

    def step(self, by: int) -> bool:
        """Go to the next or previous divergence, around the ends; false where there is none."""
        stops = list(self._stops())
        if not stops:
            return False
        here = self.row
        place = self._order(here.entry.key if here else (), here.root if here else None)
        places = [self._order(key, root) for root, key in stops]
        if by > 0:
            at = next((n for n, other in enumerate(places) if other > place), 0)
        else:
            at = next((n for n in reversed(range(len(places))) if places[n] < place), -1)
        root, key = stops[at]
        self.go_to(root, key)
        return True

    def go_to(self, root: Entry, key: Key) -> None:
        """Bring something into view, though it may not be what the version touches."""
        if root.kind != "problem" and not self._is_shown(root):
            self._chosen = False
        if root.key != key:
            self._open.add(root.key)
        self._refill(key, root.key)

    def action_unfold(self) -> None:
        """Open the table; where it is open, go to its first part."""
        if self.row is None or self.row.root is not None:
            return
        if self.row.entry.key not in self._open:
            self._toggle(self.row.entry)
        else:
            self.action_cursor_down()

    def action_fold(self) -> None:
        """Close the table, or go to the one that this is a part of."""
        if self.row is None:
            return
        if self.row.root is not None:
            self._refill(self.row.root.key)
        elif self.row.entry.key in self._open:
            self._toggle(self.row.entry)

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if self.row is not None and self.row.root is None:
            self._toggle(self.row.entry)

    @on(OptionList.OptionHighlighted)
    def _moved(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self.post_message(self.Looked(self.row))

    def _toggle(self, root: Entry) -> None:
        self._open ^= {root.key}
        self._refill()

    def _is_shown(self, root: Entry) -> bool:
        return self._outline is not None and (not self.narrowed or self._outline.touches(root))

    def _refill(self, key: Key | None = None, otherwise: Key = ()) -> None:
        """Make the rows anew and highlight the one of a key, by default the one that is now."""
        if key is None and self.row is not None:
            key = self.row.entry.key
            otherwise = self.row.root.key if self.row.root else ()
        at = self.highlighted or 0
        self._rows = list(self._listed())
        prompts = [row_text(row, row.entry.key in self._open) for row in self._rows]
        with self.prevent(OptionList.OptionHighlighted):
            self.set_options([Option(prompt) for prompt in prompts])
            places = {row.entry.key: place for place, row in enumerate(self._rows)}
            found = places.get(key or (), places.get(otherwise, min(at, len(self._rows) - 1)))
            self.highlighted = found if self._rows else None
        self.call_after_refresh(self.scroll_to_highlight)
        self.post_message(self.Looked(self.row))

    def _listed(self) -> Iterator[Row]:
        outline, narrowed = self._outline, self.narrowed
        if outline is None:
            return
        for problem in outline.problems:
            yield Row(problem, None)
        for root in outline.roots:
            if narrowed and not outline.touches(root):
                continue
            yield Row(root, None)
            if root.key in self._open:
                for part in outline.parts(root):
                    if not narrowed or outline.touches(part):
                        yield Row(part, root)

    def _stops(self) -> Iterator[tuple[Entry, Key]]:
        """Where the sides part, in order: errors and warnings, where there are none the notes."""
        if self._outline is None:
            return
        narrowed, touches = self.narrowed, self._outline.touches
        shown = [root for root in self._outline.roots if not narrowed or touches(root)]
        entries = [*self._outline.problems, *shown]
        grave = [entry for entry in entries if worst(entry.findings) not in (None, Severity.NOTE)]
        for root in grave or [entry for entry in entries if entry.findings]:
            parts = [
                part.key
                for part in self._outline.parts(root)
                if worst(part.findings) not in (None, Severity.NOTE)
                or (not grave and part.findings)
            ]
            for key in parts or [root.key]:
                yield root, key

    def _order(self, key: Key, root: Entry | None) -> tuple[int, int]:
        """Where something stands in the whole tree, whether it is open or not."""
        outline = self._outline
        if outline is None or not key:
            return -1, -1
        roots = [entry.key for entry in (*outline.problems, *outline.roots)]
        top = root.key if root is not None else key
        if top not in roots:
            return -1, -1
        if top == key:
            return roots.index(top), -1
        parts = [part.key for part in outline.parts(root)] if root is not None else []
        return roots.index(top), parts.index(key) if key in parts else -1


def row_text(row: Row, is_open: bool) -> Content:
    """A row: whether it opens, the gravest mark, the sign, the name, and the same in words."""
    entry = row.entry
    gravest = worst(entry.findings)
    arrow = "     " if row.root else " ▾ " if is_open else " ▸ "
    if entry.kind in ("problem", "enum", "domain"):
        arrow = "   "
    mark = Content(" ")
    if gravest is not None:
        mark = Content.styled(SEVERITY_MARKS[gravest], SEVERITY_STYLES[gravest])
    elif entry.findings:
        mark = Content.styled("–", MUTED)
    kind = "" if row.root or entry.kind in ("table", "problem") else f"{entry.kind.upper()} "
    # In a table that is new as a whole the signs are enough.
    telling = entry.sign and (row.root is None or row.root.sign is not entry.sign)
    word = Content.styled(f" {entry.sign}", SIGN_STYLES[entry.sign]) if telling else Content("")
    return Content.assemble(
        arrow,
        mark,
        (SIGNS[entry.sign], SIGN_STYLES[entry.sign]),
        f" {kind}{one_line(entry.label)}",
        tally(entry) if row.root is None and entry.kind != "problem" else "",
        word,
    )


def tally(entry: Entry) -> Content:
    """How many findings of each weight there are in a table: `` ✘2 !1``."""
    counts: list[Content] = []
    for severity in Severity:
        count = sum(f.severity is severity and f.waived is None for f in entry.findings)
        if count:
            style = SEVERITY_STYLES[severity]
            counts.append(Content.styled(f" {SEVERITY_MARKS[severity]}{count}", style))
    waived = sum(finding.waived is not None for finding in entry.findings)
    if waived:
        counts.append(Content.styled(f" –{waived} waived", MUTED))
    return Content("").join(counts)
