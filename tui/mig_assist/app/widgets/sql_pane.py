"""One backend's file in the editor: its text, what is wrong with it, and whether it is saved."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer
from textual.widgets import Static, TextArea
from textual.widgets.text_area import LanguageDoesNotExist

from mig_assist.app.sql_files import Problem, SqlFile, problems_in
from mig_assist.app.text import MUTED, one_line
from mig_assist.app.widgets.finding_list import SEVERITY_MARKS, SEVERITY_STYLES
from mig_assist.app.widgets.long_text import LongTextArea
from mig_assist.app.widgets.split_line import SplitLine
from mig_assist.backend import Backend
from mig_assist.findings import Severity

_DEBOUNCE_SECONDS = 0.15
_INDENT = 4
_MOST_COLOURED = 12_000
"""Characters; each key colours all of them anew, and more would be felt."""

_STRIP_STYLES = {
    Severity.ERROR: Style(color="red", bold=True),
    Severity.WARNING: Style(color="yellow", bold=True),
    Severity.NOTE: Style(color="blue", bold=True),
}
_GRAVEST = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


class SqlArea(LongTextArea):
    """SQL that can be written; highlighted where textual[syntax] is there."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "indent", "indent", show=False, id="sql.indent", tooltip="Indent"),
    ]

    def __init__(self, text: str, read_only: bool) -> None:
        super().__init__(
            text, soft_wrap=False, show_line_numbers=True, compact=True, read_only=read_only
        )
        self.indent_width = _INDENT
        self._marked: dict[int, Severity] = {}
        self._can_colour = not read_only
        self.colour()

    def colour(self) -> None:
        """Highlight the text unless it is too long or the grammar is absent."""
        wanted = "sql" if self._can_colour and len(self.text) <= _MOST_COLOURED else None
        if self.language != wanted:
            try:
                self.language = wanted
            except LanguageDoesNotExist:
                self._can_colour = False
                self.language = None

    def on_mount(self) -> None:
        """The usual colours of code are made for dark screens."""
        if not self.app.current_theme.dark:
            self.theme = "github_light"

    def mark_lines(self, problems: Sequence[Problem]) -> None:
        """Show which lines have a problem."""
        marked: dict[int, Severity] = {}
        for problem in sorted(problems, key=lambda each: -_GRAVEST.index(each.severity)):
            marked[problem.line] = problem.severity
        if marked != self._marked:
            self._marked = marked
            self.refresh()

    def get_line(self, line_index: int) -> Text:
        """A line as it is drawn: what could act on the terminal stands as a dot."""
        line = self.document.get_line(line_index)
        if not line.isprintable():
            line = "".join(map(_harmless, line))
        return Text(line, end="", no_wrap=True)

    def render_line(self, y: int) -> Strip:
        """A line with the mark of its problem between number and text."""
        strip = super().render_line(y)
        severity = self._marked.get(y + self.scroll_offset.y + 1)
        gutter = self.gutter_width
        if severity is None or gutter < 2 or y + self.scroll_offset.y >= self.document.line_count:
            return strip
        style = _STRIP_STYLES[severity]
        number, text = strip.crop(0, gutter - 2), strip.crop(gutter)
        mark = Strip([Segment(f"{SEVERITY_MARKS[severity]} ", style)], 2)
        return Strip.join([number.apply_style(style), mark, text])

    def action_indent(self) -> None:
        """Go to the next stop, with blanks."""
        if self.read_only:
            return
        _row, column = self.selection.start
        result = self.replace(
            " " * (_INDENT - column % _INDENT), *self.selection, maintain_selection_offset=False
        )
        self.move_cursor(result.end_location)


def _harmless(character: str) -> str:
    if character == "\t" or unicodedata.category(character) not in ("Cc", "Cf"):
        return character
    return "·"


class SqlPane(Vertical):
    """A heading, and below it the text.

    The text is examined in a thread a moment after it changed; one examination at a time, and the
    newest text counts.

    Args:
        opens: whether the application's runner opens a transaction for each file.
    """

    class Examined(Message):
        """What is known of the text has changed."""

    def __init__(self, backend: Backend, file: SqlFile, *, opens: bool = True) -> None:
        super().__init__(classes="sql-pane")
        self.backend = backend
        self._opens = opens
        self.file = file
        self.on_disk = file
        self.problems: tuple[Problem, ...] = ()
        self.examined = False
        self.area = SqlArea(file.text if not file.refused else "", bool(file.refused))
        self.area.display = not file.refused
        self._reason = Static(one_line(file.refused), classes="sql-refused", markup=False)
        self._reason.display = bool(file.refused)
        self._heading = SplitLine()
        self._elsewhere: tuple[Problem, ...] = ()
        self._timer: Timer | None = None
        self._again = False
        self._busy = False

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield self._heading
        yield self._reason
        yield self.area

    def on_mount(self) -> None:
        """Examine what was opened."""
        self._show_heading()
        self._begin_examining()

    @property
    def text(self) -> str:
        """What stands in the pane."""
        return self.area.text

    @property
    def refused(self) -> bool:
        """Whether the file cannot be edited here."""
        return bool(self.file.refused)

    @property
    def changed(self) -> bool:
        """Whether there is something to save."""
        return not self.refused and self.text != self.file.text

    @property
    def overtaken(self) -> bool:
        """Whether somebody else has written the file since it was opened or saved."""
        return self.on_disk.digest != self.file.digest or self.on_disk.refused != self.file.refused

    @property
    def shown(self) -> tuple[Problem, ...]:
        """All problems by line; what was found in the saved file only as long as it is the text."""
        found = self.problems
        if not self.changed:
            told = {problem.line for problem in found if problem.severity is Severity.ERROR}
            found = (*found, *(each for each in self._elsewhere if each.line not in told))
        return tuple(sorted(found, key=lambda problem: problem.line))

    def saved(self, file: SqlFile) -> None:
        """The file is this now."""
        self.file = self.on_disk = file
        self._show()

    def seen(self, file: SqlFile) -> None:
        """The file on disk is this now."""
        self.on_disk = file
        if file.text == self.text and not file.refused and not self.refused:
            self.file = file  # somebody wrote the very same
        self._show()

    def found_elsewhere(self, problems: tuple[Problem, ...]) -> None:
        """Comparing the saved pair has found these in it."""
        if problems != self._elsewhere:
            self._elsewhere = problems
            self._show()

    def replace_all(self, text: str) -> None:
        """Put another text in, as one step that can be undone."""
        self.area.history.checkpoint()
        self.area.replace(text, (0, 0), self.area.document.end, maintain_selection_offset=False)
        self.area.history.checkpoint()
        self.area.move_cursor((0, 0))

    def step(self) -> bool:
        """Go to the next problem after the cursor, or to the first; false where there is none."""
        lines = [problem.line for problem in self.shown]
        if not lines:
            return False
        here = self.area.cursor_location[0] + 1
        self.area.move_cursor((next((line for line in lines if line > here), lines[0]) - 1, 0))
        return True

    @property
    def problem_here(self) -> Problem | None:
        """The gravest problem of the cursor's line; where it has none, of the whole text."""
        here = self.area.cursor_location[0] + 1
        by_weight = sorted(self.shown, key=lambda problem: _GRAVEST.index(problem.severity))
        return next((p for p in by_weight if p.line == here), next(iter(by_weight), None))

    @on(TextArea.Changed)
    def _text_changed(self) -> None:
        self._show_heading()
        self.area.colour()
        self.area.mark_lines(self.shown)
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_DEBOUNCE_SECONDS, self._begin_examining)

    def _begin_examining(self) -> None:
        if self.refused:
            return
        self._again = True
        if not self._busy:
            self._busy = True
            self.run_worker(self._examine_until_settled(), exit_on_error=False)

    async def _examine_until_settled(self) -> None:
        try:
            while self._again:
                self._again = False
                text = self.text
                problems = await asyncio.to_thread(
                    problems_in, text, self.backend, opens=self._opens
                )
                if text == self.text:
                    self.problems, self.examined = problems, True
                    self._show()
        finally:
            self._busy = False

    def _show(self) -> None:
        self.area.mark_lines(self.shown)
        self._show_heading()
        self.post_message(self.Examined())

    def _show_heading(self) -> None:
        self._heading.left = Content.assemble(
            " ", (self.backend.label, "bold"), (f"  {one_line(self.file.path)}", MUTED)
        )
        words, style = self._state()
        self._heading.right = Content.assemble((words, style), " ")

    def _state(self) -> tuple[str, str]:
        if self.refused:
            return "not here", SEVERITY_STYLES[Severity.WARNING]
        if self.overtaken:
            return "! changed on disk", SEVERITY_STYLES[Severity.WARNING]
        if self.changed:
            return "● not saved", SEVERITY_STYLES[Severity.WARNING]
        return ("saved" if self.file.digest else "no file yet"), MUTED
