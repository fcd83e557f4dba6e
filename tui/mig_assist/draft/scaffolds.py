"""The templates under ``scaffolds/``: ours, and a workspace's own in their place."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mig_assist.draft.embedded import embedded_root
from mig_assist.errors import MigAssistError, WrongUse
from mig_assist.file_changes import resolve_inside
from mig_assist.workspace.model import Workspace

_COMMENT = re.compile(r"\{#(?P<text>.*?)#\}", re.DOTALL)
_SOURCE = "libsql.sql.j2"


def scaffold_folder() -> Path:
    """The folder of all templates of ours."""
    return embedded_root() / "scaffolds"


def template_names(workspace: Workspace | None = None) -> tuple[str, ...]:
    """Names of the migration templates, for ``mig-assist new --template``."""
    found: set[str] = set()
    for folder in _folders(workspace):
        if (folder / "migration").is_dir():
            paths = (folder / "migration").iterdir()
            found |= {path.name for path in paths if (path / _SOURCE).is_file()}
    return tuple(sorted(found))


def template_folder(template: str, workspace: Workspace | None = None) -> str:
    """The path below ``scaffolds/`` of a migration template.

    Raises:
        WrongUse: there is no such template.
    """
    names = template_names(workspace)
    if template not in names:
        raise WrongUse(f"No template {template!r}", f"There are: {', '.join(names)}.", "Name one.")
    return f"migration/{template}"


def template_description(template: str, workspace: Workspace | None = None) -> str:
    """What a migration template is for: the comment at the top of its libsql side."""
    return " ".join(_comments(template, workspace)[0].split())


def template_questions(template: str, workspace: Workspace | None = None) -> tuple[str, ...]:
    """What a template asks: the second comment of its libsql side, ``asks: table column type?``."""
    for text in _comments(template, workspace)[1:]:
        asked, colon, keys = text.strip().partition(":")
        if colon and asked == "asks":
            return tuple(keys.split())
    return ()


def own_file(template: str, name: str, workspace: Workspace | None) -> str | None:
    """The path below ``scaffolds/`` of one of a template's files; None where it has none.

    A workspace's template replaces ours whole: its files and ours are never mixed.
    """
    for folder in _folders(workspace):
        if (folder / "migration" / template / _SOURCE).is_file():
            path = f"migration/{template}/{name}"
            return path if (folder / path).is_file() else None
    return None


def _comments(template: str, workspace: Workspace | None) -> tuple[str, ...]:
    path = f"{template_folder(template, workspace)}/{_SOURCE}"
    for folder in _folders(workspace):
        if (folder / path).is_file():
            text = (folder / path).read_text("utf-8", errors="replace")
            return tuple(match["text"] for match in _COMMENT.finditer(text)) or ("",)
    return ("",)


def _folders(workspace: Workspace | None) -> tuple[Path, ...]:
    """Where templates are looked for; a workspace's own folder comes first."""
    ours = scaffold_folder()
    if workspace is None:
        return (ours,)
    try:
        return resolve_inside(workspace.root, "scaffolds"), ours
    except MigAssistError:  # a link out of the workspace is nobody's template
        return (ours,)


@dataclass(frozen=True, slots=True)
class Later:
    """A template's variable that takes long to make."""

    make: Callable[[], object]


def render(template: str, values: Mapping[str, object], workspace: Workspace | None = None) -> str:
    """A scaffold's text.

    Args:
        template: path below ``scaffolds/``.
        values: the template's variables; one that is missing is an error, and a :class:`Later`
            is made only where the template asks for it. The filter ``identifier`` quotes a name
            where a backend reserves it.
        workspace: whose own templates come first.

    Raises:
        WrongUse: there is no such template, or it cannot be rendered.
    """
    from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, TemplateNotFound
    from jinja2.runtime import Context
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    from mig_assist.draft.spelling import identifier

    class Unhurried(Context):
        def resolve_or_missing(self, key: str) -> object:
            found = super().resolve_or_missing(key)
            return found.make() if isinstance(found, Later) else found

    # The result is SQL, Python or Markdown, never HTML. A workspace's templates are as foreign
    # as its SQL: they see the values and nothing else.
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(_folders(workspace)),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.context_class = Unhurried
    environment.filters["identifier"] = identifier
    try:
        return environment.get_template(template).render(values)
    except TemplateNotFound:
        raise WrongUse(
            "No such scaffold", f"scaffolds/{template} does not exist.", "Name an existing one."
        ) from None
    except (TemplateError, UnicodeDecodeError, TypeError, ArithmeticError) as error:
        raise WrongUse(
            "A scaffold cannot be rendered", f"scaffolds/{template}: {error}", "Correct it."
        ) from None
