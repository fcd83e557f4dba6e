"""An open session on a copy of the embedded workspace."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mig_assist.checklist.session import Session, open_session
from tests.conftest import WorkspaceCopy


@pytest.fixture
def session(workspace_copy: WorkspaceCopy) -> Iterator[Session]:
    """A session on a git workspace in which nothing has been begun."""
    opened = open_session(workspace_copy(git=True))
    yield opened
    opened.close()
