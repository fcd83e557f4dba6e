"""How the application's own runner runs one side's files, as the merged ones show."""

from __future__ import annotations

from collections.abc import Sequence

from mig_assist.backend import Backend
from mig_assist.engines.database import Manner
from mig_assist.engines.own_transactions import brings_transactions
from mig_assist.source_text import UnreadableSource, decode_source
from mig_assist.workspace.git import base_of, content_at
from mig_assist.workspace.model import Workspace


def manner_of(workspace: Workspace, backend: Backend, files: Sequence[tuple[str, str]]) -> Manner:
    """How files of a side are run.

    What has been merged has been run, so a merged file with a transaction of its own shows that
    the runner opens none. Where git does not tell what is merged, all but the last file are.

    Args:
        files: path and content of each, lowest version first.
    """
    keys = backend is not Backend.LIBSQL or workspace.config.libsql.foreign_keys != "off"
    own = next((path for path, sql in files if brings_transactions(sql, backend)), None)
    return Manner(own is None or not _is_merged(workspace, backend, own, files[-1][0]), keys)


def _is_merged(workspace: Workspace, backend: Backend, path: str, last: str) -> bool:
    base = base_of(workspace)
    if base is None:
        return path != last
    content = content_at(workspace.root, base.revision, path)
    try:
        return content is not None and brings_transactions(
            decode_source(content, path).text, backend
        )
    except UnreadableSource:
        return False
