"""Which registry a workspace has that names none: searched for, and remembered.

`mig-assist status` asks for it too, and searches only where nothing is remembered of the commit
that is checked out.
"""

from __future__ import annotations

import json

from mig_assist.digest_cache import last_remembered, remembered_digest
from mig_assist.workspace.config import RegistryConfig
from mig_assist.workspace.git import head_position
from mig_assist.workspace.model import Workspace

_NONE = RegistryConfig("none")
_SEVERAL = "several"


def find_registry(workspace: Workspace) -> RegistryConfig:
    """The registry that the files of a workspace speak of; kind ``none`` where they do not.

    It is ``none`` with a path where a list is kept in a form that is not edited here.

    Raises:
        RegistryError: more than one file lists the migrations.
    """
    from mig_assist.workspace.registry.detect import SeveralRegistries

    kind, *rest = _search(workspace)
    if kind == _SEVERAL:
        raise SeveralRegistries(rest)
    return RegistryConfig(kind, *rest)


def conflicted_registry(workspace: Workspace) -> str | None:
    """The registry's path, where git's conflict markers stand in it; it costs `status` nothing."""
    from mig_assist.file_changes import ChangeRefused, resolve_inside

    known = known_registry(workspace)
    path = "" if known.kind == "none" else known.path
    try:
        content = resolve_inside(workspace.root, path).read_bytes() if path else b""
    except (OSError, ChangeRefused):
        return None
    return path if b"\n<<<<<<< " in b"\n" + content else None


def known_registry(workspace: Workspace) -> RegistryConfig:
    """The registry that is stated, or was found at the commit that is checked out.

    Where more than one file lists the migrations, none is known.
    """
    stated = workspace.config.registry
    if stated.kind:
        return stated
    remembered = last_remembered(workspace.root, _key(workspace))
    commit, *found = json.loads(remembered) if remembered else ("",)
    if not found or commit != head_position(workspace.root):
        found = _search(workspace)
    return _NONE if found[0] == _SEVERAL else RegistryConfig(*found)


def _key(workspace: Workspace) -> str:
    return f"registry, or one by hand, of {workspace.layout} from V{workspace.config.baseline}"


def _search(workspace: Workspace) -> list[str]:
    """The parts of a registry's configuration; or ``several``, and their paths."""
    from mig_assist.workspace.registry.detect import (
        SeveralRegistries,
        detect_registry,
        registry_sources,
    )

    root, head = workspace.root, head_position(workspace.root)

    def search() -> str:
        try:
            found = detect_registry(root, workspace.layout, workspace.config.baseline)
        except SeveralRegistries as error:
            return json.dumps([head, _SEVERAL, *error.paths])
        return json.dumps([head, *(found.config if found else _NONE)])

    sources = registry_sources(root)
    answer: list[str] = json.loads(remembered_digest(root, _key(workspace), sources, search))
    return answer[1:]
