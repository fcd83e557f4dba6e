"""An error tells a user what happened and what to do, and a script its class."""

from __future__ import annotations

import pickle
import re

import pytest

from mig_assist.errors import Cancelled, EnvironmentLacks, MigAssistError, WrongUse
from mig_assist.state_folder import NAME, state_folder
from tests.shared_ground.unprivileged import Unprivileged


@pytest.mark.parametrize(
    ("error", "exit_code"),
    [(MigAssistError, 1), (WrongUse, 2), (EnvironmentLacks, 3), (Cancelled, 130)],
)
def test_each_class_has_its_exit_code(error: type[MigAssistError], exit_code: int) -> None:
    assert error("title").exit_code == exit_code


def test_an_error_reads_as_title_message_and_fix() -> None:
    assert str(MigAssistError("Title", "It happened.", "Do this.")) == (
        "Title\nIt happened.\nDo this."
    )
    assert str(MigAssistError("Title", fix="Do this.")) == "Title\nDo this."


def test_an_error_travels_between_processes() -> None:
    error = pickle.loads(pickle.dumps(WrongUse("Title", "It happened.", "Do this.")))

    assert isinstance(error, WrongUse)
    assert (error.title, error.message, error.fix) == ("Title", "It happened.", "Do this.")


def test_a_workspace_that_cannot_be_written_is_named(unprivileged: Unprivileged) -> None:
    root = unprivileged.folder
    root.chmod(0o500)

    with unprivileged.user(), pytest.raises(EnvironmentLacks, match=re.escape(str(root))):
        state_folder(root)


def test_git_sees_nothing_of_the_state_folder(unprivileged: Unprivileged) -> None:
    folder = state_folder(unprivileged.folder)

    assert folder == unprivileged.folder / NAME == state_folder(unprivileged.folder)
    assert (folder / ".gitignore").read_text() == "*\n"


def test_a_file_in_the_state_folders_place_is_named(unprivileged: Unprivileged) -> None:
    (unprivileged.folder / NAME).touch()

    with pytest.raises(EnvironmentLacks, match="File exists"):
        state_folder(unprivileged.folder)
