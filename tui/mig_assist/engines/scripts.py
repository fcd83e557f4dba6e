"""The scripts that a backend's runner applies: what the registry lists, and nothing else."""

from __future__ import annotations

from dataclasses import replace

from mig_assist.backend import Backend
from mig_assist.engines.database import MigrationScript
from mig_assist.engines.manner import manner_of
from mig_assist.engines.sections import up_part
from mig_assist.file_changes import resolve_inside
from mig_assist.source_text import read_source
from mig_assist.workspace.files import MigrationFile
from mig_assist.workspace.git import base_of, content_at
from mig_assist.workspace.model import Workspace
from mig_assist.workspace.registry import RegistryEntry, RegistryError, open_registry


def migration_scripts(workspace: Workspace, backend: Backend) -> tuple[MigrationScript, ...]:
    """Every registered migration of a backend, in the registry's order.

    Raises:
        RegistryError: the registry cannot be read, or lists a version twice, out of order, or
            without a file for this backend while it is not merged.
        UnreadableSource: a listed file is missing or is not text.
    """
    registry = open_registry(workspace)
    scripts: list[MigrationScript] = []
    for entry in registry.entries():
        path = entry.paths.get(backend)
        if path is None:
            if entry.version < workspace.config.baseline or _is_merged(workspace, entry):
                continue  # one side's alone, and databases have run it so
            raise RegistryError(
                f"V{entry.version} has no {backend.label} file",
                "Both backends need one.",
                "Add the missing file, or run `mig-assist run pair`.",
            )
        last = scripts[-1] if scripts else None
        part = last.part + 1 if last and last.version == entry.version and not registry.path else 0
        if last and not part and entry.version <= last.version:
            raise RegistryError(
                "The registry is out of order",
                f"V{entry.version} is listed after V{last.version}.",
                "List each version once, lowest first.",
            )
        source = read_source(resolve_inside(workspace.root, path), path)
        file = MigrationFile(entry.version, entry.name, backend, path)
        checksum = registry.checksum(file, source.encode(source.text))
        if checksum != entry.checksums.get(backend, checksum):
            raise RegistryError(
                f"{path} is not what the registry recorded",
                f"Its content differs from the checksum of V{entry.version}.",
                "Where the change is meant and not yet merged, run item 4 first:"
                " `mig-assist run registry`; otherwise restore the file.",
            )
        scripts.append(
            MigrationScript(entry.version, entry.name, checksum, up_part(source.text), path, part)
        )
    manner = manner_of(workspace, backend, [(script.path, script.sql) for script in scripts])
    return tuple(replace(script, manner=manner) for script in scripts)


def _is_merged(workspace: Workspace, entry: RegistryEntry) -> bool:
    """Whether the base branch has the version, so that no file of it can be added any more."""
    base = base_of(workspace)
    return base is not None and any(
        content_at(workspace.root, base.revision, path) is not None for path in entry.paths.values()
    )
