"""What is talked over with the user: questions first, then one action, errors as a panel.

Each conversation is a coroutine that runs in a worker of the app. The dialogs are imported when
they are needed, so that the first paint does not wait for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from mig_assist.backend import Backend
from mig_assist.checklist.items import Item
from mig_assist.checklist.overview import ItemView
from mig_assist.checklist.recreate import recreatable, recreate
from mig_assist.errors import MigAssistError, WrongUse
from mig_assist.workspace.files import migration_path

if TYPE_CHECKING:
    from mig_assist.app.app import WizardApp
    from mig_assist.app.editing import Target
    from mig_assist.app.screens.confirm import ConfirmDialog
    from mig_assist.file_changes import FileChange
    from mig_assist.findings import Finding


async def skip(app: WizardApp, item: Item) -> None:
    """Set an item aside, with a reason."""
    if not item.decidable:
        app.session.skip(item, "")  # says why that cannot be
    reason = await _ask_reason(
        app,
        f"Skip {_named(item)}",
        "Say why this migration needs no work here. The reason stands in the evidence and in the"
        " hand-off; the item comes back when the SQL changes.",
        "Skip",
    )
    if reason is not None:
        await asyncio.to_thread(app.session.skip, item, reason)
        app.lookout.reload()


async def attest(app: WizardApp, item: Item) -> None:
    """Give one's word for an item, with a reason."""
    if not item.decidable:
        app.session.attest(item, "")  # says why that cannot be
    reason = await _ask_reason(
        app,
        f"Attest {_named(item)}",
        "Say what you have done, where no check can see it. Your word stands in the evidence and"
        " in the hand-off; it lapses when the SQL changes.",
        "Attest",
    )
    if reason is not None:
        await asyncio.to_thread(app.session.attest, item, reason)
        app.lookout.reload()


async def _ask_reason(app: WizardApp, title: str, text: str, verb: str) -> str | None:
    from mig_assist.app.screens.reason import ReasonDialog

    return await app.push_screen_wait(ReasonDialog(title, text, verb))


async def explain(app: WizardApp, view: ItemView) -> None:
    """The whole text about an item."""
    from mig_assist.app.screens.page import PageDialog, about_item

    await app.push_screen_wait(PageDialog(f"Why: {_named(view.item)}", about_item(view)))


async def recreate_database(app: WizardApp, view: ItemView) -> None:
    """Recreate the local database that has run an older edition, then run the item again."""
    backend = recreatable(view)
    if backend is None:
        raise WrongUse(
            "Nothing has to be recreated",
            "No task of this item was refused with “database reset required”.",
        )
    question = _recreating(
        backend, "It ran another edition of this history.", "the item runs again on a new one"
    )
    if await app.push_screen_wait(question):
        said = await asyncio.to_thread(recreate, app.session.workspace, backend, _ignore)
        app.notify(said, markup=False)
        app.runs.begin((view.item,))


def _recreating(backend: Backend, why: str, then: str) -> ConfirmDialog:
    from mig_assist.app.screens.confirm import ConfirmDialog

    if backend is Backend.LIBSQL:
        return ConfirmDialog(
            "Move the local libsql database aside?",
            f"{why} The file is kept under another name, and {then}.",
            "Move it",
        )
    return ConfirmDialog(
        "Delete everything in this PostgreSQL?",
        f"{why} Every database in the server that mig-assist itself made is deleted, and {then}."
        " A server of your own is refused.",
        "Delete it",
    )


def _ignore(_event: str) -> None:
    pass


async def show_help(app: WizardApp) -> None:
    """All keys that work here, and what the marks mean."""
    from mig_assist.app.screens.page import PageDialog, keys_and_marks

    keys = keys_and_marks(app, app.screen.active_bindings.values())
    await app.push_screen_wait(PageDialog("Keys and marks", keys))


async def read_log(app: WizardApp, path: str | None) -> None:
    """A log from its beginning, as far as memory allows."""
    if path is None:
        raise WrongUse(
            "No log yet", "No check of this item has written one.", "Run the item first."
        )
    from mig_assist.app.background import log_lines
    from mig_assist.app.screens.text_view import LONGEST_LOG, TextView

    lines = await asyncio.to_thread(log_lines, app.session.workspace.root, path, LONGEST_LOG)
    await app.push_screen_wait(TextView(path, "\n".join(lines), at_end=True))


async def compare(app: WizardApp) -> None:
    """The two SQL files, side by side."""
    from mig_assist.app.screens.compare import CompareScreen, read_sides

    sides = await asyncio.to_thread(read_sides, app.session)
    if await app.push_screen_wait(CompareScreen(*sides)):
        await write_pair(app)


async def write_pair(app: WizardApp, derive: Backend | None = None) -> None:
    """Both files in the editor; ``derive`` is the side to derive the other one from at once."""
    app.session.require_migration()
    # With all that compares, it takes long enough to be noticed.
    await asyncio.to_thread(import_module, "mig_assist.app.screens.editor")
    from mig_assist.app.screens.editor import EditorScreen, open_pair

    pair = await asyncio.to_thread(open_pair, app.session)
    await app.push_screen(EditorScreen(pair, derive))


async def schema(app: WizardApp, finding: Finding | None = None) -> None:
    """Both schemas of the migration in work, at a finding where one is meant."""
    app.session.require_migration()
    # With all that compares, it takes long enough to be noticed.
    await asyncio.to_thread(import_module, "mig_assist.app.screens.schema")
    from mig_assist.app.screens.schema import SchemaScreen

    await app.push_screen(SchemaScreen(finding))


async def edit_schema(app: WizardApp, findings: Sequence[Finding]) -> None:
    """Open the place of one of several findings, or one of the two files where there is none."""
    from mig_assist.app.editing import Target

    choices = {
        (finding.path, finding.line): Target(finding.path, finding.line, finding.message)
        for finding in findings
        if finding.path is not None
    }
    migration, workspace = app.session.require_migration(), app.session.workspace
    files = (
        Target(migration_path(workspace, backend, migration.version, migration.name))
        for backend in Backend
    )
    await _edit_one_of(app, list(choices.values()) or list(files))


async def edit(app: WizardApp, view: ItemView) -> None:
    """Open one of the item's files in the user's editor."""
    from mig_assist.app.editing import targets

    await _edit_one_of(app, await asyncio.to_thread(targets, app.session, view))


async def edit_place(app: WizardApp, finding: Finding) -> None:
    """Open the place of a finding in the user's editor."""
    from mig_assist.app.editing import Target

    if finding.path is not None:
        await _edit_one_of(app, [Target(finding.path, finding.line)])


async def edit_line(app: WizardApp, path: str, line: int) -> None:
    """Open a file of the workspace at a line in the user's editor."""
    from mig_assist.app.editing import Target

    await _edit_one_of(app, [Target(path, line)])


async def _edit_one_of(app: WizardApp, choices: Sequence[Target]) -> None:
    from mig_assist.app.editing import open_editor

    if not choices:
        raise WrongUse("Nothing to edit", "No file belongs to this item.")
    chosen: int | None = 0
    if len(choices) > 1:
        from mig_assist.app.screens.choice import ChoiceDialog

        rows = [(target.place, target.note) for target in choices]
        chosen = await app.push_screen_wait(ChoiceDialog("Which file?", rows))
    if chosen is not None:
        said = open_editor(app, app.session.workspace.root, choices[chosen])
        if said:
            app.notify(said, markup=False, timeout=10)
        app.lookout.reload()


async def begin_migration(app: WizardApp) -> None:
    """A name, a template, its questions, a look at what would be written, a yes: the files."""
    from mig_assist.app.background import look_ahead
    from mig_assist.app.screens.new_migration import NewMigrationDialog, Wish
    from mig_assist.app.screens.questions import QuestionsDialog
    from mig_assist.draft.begin import plan_beginning
    from mig_assist.draft.derive.surroundings import context_before
    from mig_assist.draft.questions import questions
    from mig_assist.draft.scaffolds import template_description, template_names
    from mig_assist.workspace.names import house_style

    session = app.session
    workspace = session.workspace
    ahead = await asyncio.to_thread(look_ahead, session)
    templates = [
        (name, template_description(name, workspace)) for name in template_names(workspace)
    ]
    version = ahead.next_version or 0
    wish = Wish(*ahead.unfinished, "", True) if ahead.unfinished else Wish(version, "", "")
    style = await asyncio.to_thread(house_style, workspace, wish.version)
    given: dict[str, dict[str, str]] = {}
    problem, at, asking = "", "", False
    while True:
        if not asking:
            dialog = NewMigrationDialog(session, wish, version, templates, style, ahead.skipped)
            answer = await app.push_screen_wait(dialog)
            if answer is None:
                return
            wish = answer
        asked = questions(wish.template, workspace)
        answers: dict[str, str] | None = {}
        if asked:
            around = await asyncio.to_thread(context_before, workspace, wish.version)
            title = f"V{wish.version} {wish.name}: {wish.template}"
            form = QuestionsDialog(title, asked, given.get(wish.template, {}), around, problem, at)
            answers = await app.push_screen_wait(form)
        problem, at, asking = "", "", False
        if answers is None:
            continue
        given[wish.template] = answers
        try:
            beginning = await asyncio.to_thread(
                plan_beginning, workspace, wish.version, wish.name, wish.template, answers
            )
        except WrongUse as error:
            if not answers:
                raise
            # An error about one answer begins with its flag, which a form does not have.
            flag = error.title.partition(" ")[0].rstrip(":")
            wrong = next((question for question in asked if question.flag == flag), None)
            title = error.title.replace(flag, wrong.text, 1) if wrong else error.title
            at = wrong.key if wrong else ""
            problem, asking = f"{title}. {error.message}", True
            continue
        title = f"Begin V{wish.version} {wish.name}"
        if not beginning.changes or await _write(app, title, beginning.changes):
            break
        asking = bool(asked)
    await app.lookout.change(lambda session: session.open_migration(wish.version, wish.name))
    app.notify(f"V{wish.version} {wish.name} is in work. e opens its files.", markup=False)


async def renumber(app: WizardApp) -> None:
    """The whole plan, a yes, the files; then what a moved number asks of local databases."""
    from mig_assist.app.screens.page import PageDialog, after_renumbering
    from mig_assist.app.screens.preview import PreviewDialog
    from mig_assist.checklist.recreate import have_run
    from mig_assist.checklist.renumbering import carry_out, propose
    from mig_assist.draft.previews import previews

    workspace = app.session.workspace
    proposal = await asyncio.to_thread(propose, app.session)
    plan = proposal.plan
    if not plan.changes:
        app.notify(proposal.nothing, markup=False)
        return
    shown = await asyncio.to_thread(previews, workspace.root, plan.changes, plan.renames)
    preview = PreviewDialog(proposal.title, shown, tuple(proposal.left_alone()))
    if not await app.push_screen_wait(preview):
        return
    await app.lookout.change(lambda session: carry_out(session, plan))
    said = []
    for backend in await asyncio.to_thread(have_run, workspace, proposal.old):
        why = f"It ran the old {proposal.old_numbers} and will be refused from now on."
        if await app.push_screen_wait(
            _recreating(backend, why, "the next run begins on a new one")
        ):
            said.append(await _recreated(app, backend))
    await app.push_screen_wait(PageDialog("Renumbered", after_renumbering(proposal, said)))


async def _recreated(app: WizardApp, backend: Backend) -> str:
    if backend is Backend.POSTGRES:
        app.notify("Recreating the local PostgreSQL …")
    try:
        return await asyncio.to_thread(recreate, app.session.workspace, backend, _ignore)
    except MigAssistError as error:
        return f"{error.title}: {error.message} {error.fix}"


async def switch_migration(app: WizardApp) -> None:
    """All migrations that were begun; the chosen one is opened."""
    from mig_assist.app.screens.migrations import MigrationsDialog, listed

    rows = await asyncio.to_thread(listed, app.session)
    if not rows:
        app.notify("No migration has been begun here. n begins one.")
        return
    record = await app.push_screen_wait(MigrationsDialog(rows))
    if record is not None:
        await app.lookout.change(lambda session: session.switch(record))


async def draft_document(app: WizardApp, item: Item) -> None:
    """Begin the document of an item from a scaffold."""
    from mig_assist.draft.documents import plan_document

    session = app.session
    migration = session.require_migration()
    change = await asyncio.to_thread(
        plan_document, session.workspace, item.key, migration.version, migration.name
    )
    if await _write(app, f"Draft for {_named(item)}", [change]):
        app.lookout.reload()
        app.notify(f"{change.path} written. e opens it.", markup=False)


async def _write(app: WizardApp, title: str, changes: Sequence[FileChange]) -> bool:
    """Show what would be written; write all of it after a yes."""
    from mig_assist.app.screens.preview import PreviewDialog
    from mig_assist.draft.previews import previews
    from mig_assist.file_changes import write_all

    root = app.session.workspace.root
    shown = await asyncio.to_thread(previews, root, changes)
    agreed = await app.push_screen_wait(PreviewDialog(title, shown))
    if agreed:
        await asyncio.to_thread(write_all, root, changes)
    return bool(agreed)


async def postgres_panel(app: WizardApp) -> None:
    """The local PostgreSQL."""
    from mig_assist.app.screens.postgres import PostgresDialog

    await app.push_screen_wait(PostgresDialog(app.session))
    app.lookout.look_at_postgres()


def ask_quit(app: WizardApp) -> None:
    """Whether to leave although something runs, or was typed and not saved."""
    from mig_assist.app.screens.confirm import ConfirmDialog

    lost = f"What was typed is lost: {', '.join(app.unsaved)}." if app.unsaved else ""
    if not app.running:
        question = ConfirmDialog("Quit with unsaved text?", lost, "Quit without saving")
        app.push_screen(question, lambda yes: app.exit() if yes else None)
        return
    question = ConfirmDialog(
        "Quit while something runs?",
        "What is running is stopped, with all of its processes. Its item shows as interrupted or"
        f" to do; everything that has finished is kept. {lost}",
        "Stop it and quit",
    )
    app.push_screen(question, lambda yes: app.runs.leave(0) if yes else None)


def show_problem(app: WizardApp, error: BaseException) -> None:
    """An error as a panel: title, what happened, what to do."""
    from mig_assist.app.screens.problem import ProblemDialog
    from mig_assist.redaction import redact

    if isinstance(error, MigAssistError):
        parts = (error.title, error.message, error.fix)
    else:
        parts = (
            "Something unforeseen happened",
            f"{type(error).__name__}: {error}",
            "Nothing was half written. Do it again with `mig-assist --debug run …` to see where,"
            " and report it.",
        )
    app.push_screen(ProblemDialog(*map(redact, parts)))


def _named(item: Item) -> str:
    return f"{item.number} {item.title}" if item.number else item.title
