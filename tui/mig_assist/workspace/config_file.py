"""Writing mig-assist.toml: settings are added with an explanation, all else stays as it is."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mig_assist.digests import content_digest
from mig_assist.file_changes import FileChange
from mig_assist.source_text import SourceText
from mig_assist.workspace.config import CONFIG_NAME, ConfigurationError, parse_config, read_config
from mig_assist.workspace.files import read_inside
from mig_assist.workspace.toml_text import NotToml, parse_toml

_HEADER = """\
# What mig-assist would not find by itself here. Everything else is taken from
# the files; `mig-assist doctor` shows what was found.
"""
_LONGEST_LINE = 100
_TABLE_HEADER = re.compile(r"\s*\[")


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of mig-assist.toml.

    Attributes:
        section: the table it belongs to; empty for the top.
        comment: what it means; stands above it where the key is new.
    """

    section: str
    key: str
    value: int | str | tuple[str, ...]
    comment: str

    @property
    def name(self) -> str:
        """Section and key."""
        return f"{self.section}.{self.key}" if self.section else self.key

    @property
    def plain(self) -> int | str | list[str]:
        """The value as TOML knows it."""
        return list(self.value) if isinstance(self.value, tuple) else self.value


def merged(stated: Mapping[str, Any], settings: Sequence[Setting]) -> dict[str, Any]:
    """What the file would state with these settings."""
    result = deepcopy(dict(stated))
    for setting in settings:
        table = result.setdefault(setting.section, {}) if setting.section else result
        if not isinstance(table, dict):
            raise ConfigurationError(f"{CONFIG_NAME}: {setting.section} must be a table")
        table[setting.key] = setting.plain
    return result


def with_settings(
    root: Path, settings: Sequence[Setting], proposals: Sequence[str] = ()
) -> FileChange | None:
    """The edit that makes mig-assist.toml say these settings; None where it does already.

    Args:
        proposals: lines that go along as a comment at the end, as far as they are not there yet.

    Raises:
        ConfigurationError: the file is no configuration, or would be none with the settings.
    """
    stated = read_config(root)
    wanted = merged(stated, settings)
    parse_config(wanted)
    source, before = SourceText(_HEADER), None
    if os.path.lexists(root / CONFIG_NAME):
        source = read_inside(root, CONFIG_NAME)
        before = content_digest((root / CONFIG_NAME).read_bytes())
        if wanted == stated:
            return None
    text = source.text
    for setting in settings:
        text = _with_setting(text, setting)
    there = text.splitlines()
    new = [line for line in (f"# {proposal}" for proposal in proposals) if line not in there]
    if new:
        text = "\n".join([text.rstrip(), "", *new, ""])
    if _parsed(text) != wanted:
        raise ConfigurationError(
            f"{CONFIG_NAME} cannot be edited",
            "It is written in a way that would not survive an edit.",
            "Add by hand: " + "; ".join(_line(setting, whole=True) for setting in settings),
        )
    return FileChange(CONFIG_NAME, source.encode(text), before)


def _with_setting(text: str, setting: Setting) -> str:
    stated = _parsed(text)
    table = stated.get(setting.section) if setting.section else stated
    if table is None:
        return f"{text.rstrip()}\n\n[{setting.section}]\n{_explained(setting)}\n".lstrip()
    if setting.key not in table:
        added = _inserted(text, setting)
        if _parsed(added) == merged(stated, [setting]):
            return added
    import tomlkit

    try:
        document = tomlkit.parse(text)
    except tomlkit.exceptions.TOMLKitError:  # stricter here and there than the standard library
        return text
    place: Any = document[setting.section] if setting.section else document
    place[setting.key] = setting.plain
    return tomlkit.dumps(document)


def _inserted(text: str, setting: Setting) -> str:
    """The text with a new line after the last one of its table, as far as lines tell."""
    lines = text.splitlines()
    headers = [number for number, line in enumerate(lines) if _TABLE_HEADER.match(line)]
    begin = 0
    if setting.section:
        own = re.compile(rf"\s*\[\s*{re.escape(setting.section)}\s*\]")
        begin = next((number for number in headers if own.match(lines[number])), len(lines))
    end = next((number for number in headers if number > begin or not setting.section), len(lines))
    said = [
        n for n in range(begin, end) if lines[n].strip() and not lines[n].lstrip().startswith("#")
    ]
    new = _explained(setting).split("\n")
    if said:
        # At the top a blank line separates a setting from the one before it.
        lines[said[-1] + 1 : said[-1] + 1] = new if setting.section else ["", *new]
    else:
        # A comment right above the first table belongs to that one.
        while end > 0 and end < len(lines) and lines[end - 1].startswith("#"):
            end -= 1
        lines[end:end] = [*new, ""] if end < len(lines) else ["", *new]
    return "\n".join(lines) + "\n"


def _explained(setting: Setting) -> str:
    return f"# {setting.comment}\n{_line(setting)}"


def _line(setting: Setting, whole: bool = False) -> str:
    import tomlkit

    name = setting.name if whole else setting.key
    value = tomlkit.item(setting.plain)
    line = f"{name} = {value.as_string()}"
    if isinstance(value, tomlkit.items.Array) and len(line) > _LONGEST_LINE and not whole:
        return f"{name} = {value.multiline(True).as_string()}"
    return line


def _parsed(text: str) -> dict[str, Any]:
    try:
        return parse_toml(text)
    except NotToml:
        return {}
