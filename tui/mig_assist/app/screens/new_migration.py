"""Beginning a migration: its name and its template; the version is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Button, Input, OptionList, Static

from mig_assist.app.screens.dialog import Dialog
from mig_assist.app.text import MUTED, one_line
from mig_assist.app.widgets.noted_list import NotedList
from mig_assist.backend import Backend
from mig_assist.draft.naming import suggest_template
from mig_assist.verify.name import name_findings
from mig_assist.workspace.files import migration_path
from mig_assist.workspace.names import NameStyle

if TYPE_CHECKING:
    from mig_assist.checklist.session import Session


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to begin.

    Attributes:
        taken_up: whether its files, or one of them, lie in the folders already.
    """

    version: int
    name: str
    template: str
    taken_up: bool = False


class NewMigrationDialog(Dialog[Wish]):
    """Name and template; the answer is what is to begin.

    Args:
        wish: what stands in the form at first.
        next_version: the version that another name would get.
        templates: name and description of each.
        style: how the house writes its names.
        skipped: why numbers were passed over, in a sentence; empty where none was.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.focus_next", show=False),  # from the name into the list
    ]
    DEFAULT_CLASSES = "-filled"

    def __init__(
        self,
        session: Session,
        wish: Wish,
        next_version: int,
        templates: Sequence[tuple[str, str]],
        style: NameStyle,
        skipped: str = "",
    ) -> None:
        super().__init__("Begin a migration")
        self._session = session
        self._first = wish
        self._next_version = next_version
        self._templates = templates
        self._style = style
        self._skipped = skipped
        self._chosen_by_hand = bool(wish.template)
        example = style.write("route_compatibility_profiles")
        self._input = Input(wish.name, placeholder=example, compact=True)
        self._said = Static("", id="said", markup=False)
        self._list = NotedList(templates, id="templates")

    def body(self) -> ComposeResult:
        """Version, name, template."""
        migration = self._session.migration
        if migration is not None:
            yield Static(
                f"V{migration.version} {one_line(migration.name)} stays as it is, with its"
                " evidence; the new one comes into view.",
                classes="note",
                markup=False,
            )
        if self._skipped:
            yield Static(one_line(self._skipped), classes="note", markup=False)
        yield Static(f"Name: what changes, in {self._style}", classes="label", markup=False)
        yield self._input
        yield self._said
        yield Static("Template for both files", classes="label", markup=False)
        self._list.highlighted = self._position(self._first.template)
        yield self._list

    def buttons(self) -> ComposeResult:
        """On to the files, or not."""
        yield Button("Show the files  enter", id="submit", variant="primary", compact=True)
        yield Button("Cancel  esc", id="close", compact=True)

    def on_mount(self) -> None:
        """Say what the name in the form means."""
        self._say()

    @on(Input.Changed)
    def _name_changed(self) -> None:
        if not self._chosen_by_hand:
            self._list.highlighted = self._position(suggest_template(self._input.value.strip()))
        self._say()

    @on(OptionList.OptionHighlighted)
    def _template_moved(self) -> None:
        self._chosen_by_hand = self._chosen_by_hand or self._list.has_focus

    @on(Input.Submitted)
    @on(OptionList.OptionSelected)
    @on(Button.Pressed, "#submit")
    def _submit(self) -> None:
        wish = self._wish()
        if any(name_findings(wish.name, style=self._style)):
            self._say(insist=True)
            self._input.focus()
        else:
            self.answer(wish)

    def _wish(self) -> Wish:
        name = self._input.value.strip()
        template = self._templates[self._list.highlighted or 0][0]
        if self._first.taken_up and name == self._first.name:
            return Wish(self._first.version, name, template, taken_up=True)
        return Wish(self._next_version, name, template)

    def _say(self, insist: bool = False) -> None:
        wish = self._wish()
        finding = next(iter(name_findings(wish.name, style=self._style)), None)
        if finding is None:
            paths = [
                migration_path(self._session.workspace, side, wish.version, wish.name)
                for side in Backend
            ]
            lead = "✔ takes up " if wish.taken_up else "✔ writes "
            said = Content.styled(f"{lead}{paths[0]}\n  and {paths[1]}", "$text-success")
        elif wish.name or insist:
            said = Content.styled(
                f"✘ {one_line(finding.message)}\n  {one_line(finding.fix)}", "$text-error"
            )
        else:
            said = Content.styled(
                f"It becomes {self._number()}.\n"
                "  It is what people read in the history table during an incident.",
                MUTED,
            )
        self._said.update(said)

    def _number(self) -> str:
        """The number that it gets; a time as the files write it."""
        workspace, version = self._session.workspace, self._next_version
        if workspace.layout.consecutive:
            return f"V{version}, the next number of both folders"
        path = migration_path(workspace, Backend.LIBSQL, version, "…")
        return f"{path}, by the present time (UTC)"

    def _position(self, template: str) -> int:
        names = [name for name, _ in self._templates]
        return names.index(template) if template in names else 0
