"""What a template asks, one line for each question, with what the live schema offers below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.suggester import SuggestFromList
from textual.widgets import Button, Input, OptionList, Static

from mig_assist.app.screens.dialog import Dialog
from mig_assist.app.text import one_line
from mig_assist.app.widgets.noted_list import NotedList
from mig_assist.draft.questions import Kind, Question, applies, options, present

if TYPE_CHECKING:
    from mig_assist.draft.derive import Context

Choices = tuple[tuple[str, str], ...]

_ANSWERS: Choices = (("yes", ""), ("no", ""))


class QuestionsDialog(Dialog[dict[str, str]]):
    """What is left open becomes a mark in the files.

    Args:
        asked: the template's questions.
        given: the answers that stand in the form at first.
        context: the live schema, of which tables and columns are offered.
        problem: what is wrong with the answers given.
        at: the question to begin with; the first by default.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "choose", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]
    DEFAULT_CLASSES = "-filled"

    def __init__(
        self,
        title: str,
        asked: Sequence[Question],
        given: Mapping[str, str],
        context: Context,
        problem: str = "",
        at: str = "",
    ) -> None:
        super().__init__(title)
        self._asked = {question.key: question for question in asked}
        self._around = context
        self._at = at or asked[0].key
        self._inputs = {
            question.key: Input(
                given.get(question.key, ""),
                compact=True,
            )
            for question in asked
        }
        self._rows = {key: Horizontal(classes="question") for key in self._asked}
        self._problem = Static(one_line(problem), classes="problem", markup=False)
        self._problem.display = bool(problem)
        self._heading = Static(id="choices-heading", classes="note", markup=False)
        self._choices = NotedList((), id="choices")

    def body(self) -> ComposeResult:
        """A line for each question, then what can be chosen for the one at hand."""
        yield Static(
            "Enter shows the files, tab goes on; what is left open is marked in them.",
            classes="note",
            markup=False,
        )
        yield self._problem
        with VerticalScroll(id="questions", can_focus=False):
            for key, row in self._rows.items():
                with row:
                    yield Static(self._asked[key].text, classes="asked", markup=False)
                    yield self._inputs[key]
        yield self._heading
        yield self._choices

    def buttons(self) -> ComposeResult:
        """On to the files, or back."""
        yield Button("Show the files  enter", id="submit", variant="primary", compact=True)
        yield Button("Back  esc", id="close", compact=True)

    def on_mount(self) -> None:
        """Begin where an answer is wanted."""
        self._inputs[self._at].focus()
        self._offer()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Offer what the question at hand can be answered with."""
        for key, field in self._inputs.items():
            if event.widget is field:
                self._at = key
                self._offer()

    @on(Input.Changed)
    def _offer(self) -> None:
        """Show the questions that apply now, and the choices for the one at hand."""
        answers = self._answers()
        for key, question in self._asked.items():
            self._rows[key].display = applies(question, answers)
            self._inputs[key].placeholder = self._left_open(question, answers)
        offered = self._offered()
        field = self._inputs[self._at]
        field.suggester = SuggestFromList([name for name, _ in offered], case_sensitive=False)
        typed = self._last_word().lower()
        fitting = tuple(row for row in offered if typed in row[0].lower())
        shown = offered if self._last_word() in dict(offered) else fitting or offered
        text = self._asked[self._at].text
        self._heading.update(f"{text}: ↓ goes to the {len(shown)} below" if shown else "")
        self._choices.show(shown)

    def _left_open(self, question: Question, answers: Mapping[str, str]) -> str:
        """What it means to leave a question open, where that is an answer."""
        if question.needed:
            return ""
        kept = one_line(present(question, answers, self._around))
        return f"keeps {kept}" if kept else "may stay empty"

    def _offered(self) -> Choices:
        question = self._asked[self._at]
        if question.kind is Kind.YES:
            return _ANSWERS
        return options(question, self._answers(), self._around)

    def _last_word(self) -> str:
        """What is typed of the name at hand; of several columns, the last one."""
        value = self._inputs[self._at].value
        return (value.rpartition(",")[2] if self._takes_many else value).strip()

    @property
    def _takes_many(self) -> bool:
        return self._asked[self._at].kind is Kind.COLUMNS

    def action_choose(self) -> None:
        """From a question to its choices, or to the next one where it has none."""
        if self._choices.option_count:
            self._choices.focus()
            self._choices.highlighted = 0
        else:
            self.focus_next()

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        field = self._inputs[self._at]
        before = field.value.rpartition(",") if self._takes_many else ("", "", "")
        name = self._choices.rows[event.option_index][0]
        field.value = f"{before[0]}{before[1]}{' ' * bool(before[1])}{name}"
        field.cursor_position = len(field.value)
        field.focus()

    @on(Input.Submitted)
    @on(Button.Pressed, "#submit")
    def _submit(self) -> None:
        answers = self._answers()
        self.answer(
            {
                key: answers[key]
                for key, question in self._asked.items()
                if answers[key] and applies(question, answers)
            }
        )

    def _answers(self) -> dict[str, str]:
        return {key: field.value.strip() for key, field in self._inputs.items()}
