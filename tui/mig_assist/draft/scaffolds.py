"""Rendering the templates under ``scaffolds/``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mig_assist.backend import Backend
from mig_assist.draft.embedded import embedded_root
from mig_assist.engines.statements import check_syntax
from mig_assist.errors import WrongUse


def scaffold_folder() -> Path:
    """The folder of all templates."""
    return embedded_root() / "scaffolds"


def template_names() -> tuple[str, ...]:
    """Names of the migration templates, for ``mig-assist new --template``."""
    folder = scaffold_folder() / "migration"
    return tuple(sorted(path.name for path in folder.iterdir() if path.is_dir()))


def template_description(template: str) -> str:
    """What a migration template is for: the comment at the top of its libsql side."""
    text = (scaffold_folder() / "migration" / template / "libsql.sql.j2").read_text("utf-8")
    return text.partition("{#")[2].partition("#}")[0].strip()


def render(template: str, values: Mapping[str, object]) -> str:
    """A scaffold's text.

    Args:
        template: path below ``scaffolds/``.
        values: the template's variables; one that is missing is an error. The filter
            ``identifier`` quotes a name where a backend reserves it.

    Raises:
        WrongUse: there is no such template.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateNotFound

    # The result is SQL, Python or Markdown, never HTML.
    environment = Environment(  # noqa: S701
        loader=FileSystemLoader(scaffold_folder()),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["identifier"] = _identifier
    try:
        return environment.get_template(template).render(values)
    except TemplateNotFound:
        raise WrongUse(
            "No such scaffold", f"scaffolds/{template} does not exist.", "Name an existing one."
        ) from None


def _identifier(name: str) -> str:
    probe = f"CREATE TABLE {name} ({name} TEXT)"
    reserved = any(check_syntax(probe, backend) for backend in Backend)
    return f'"{name}"' if reserved else name
