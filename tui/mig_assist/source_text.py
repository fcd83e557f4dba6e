"""Reading text files that people wrote, with an error that helps where that fails."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from mig_assist.errors import MigAssistError

MAX_SOURCE_BYTES = 8 * 1024 * 1024
"""Larger than any migration that a person wrote; a limit keeps every check bounded."""

_BOM = "\ufeff"


class UnreadableSource(MigAssistError):
    """A file cannot be used as text: missing, too large, binary, not UTF-8, no permission."""


@dataclass(frozen=True, slots=True)
class SourceText:
    """A text file's content with LF line endings and without a byte order mark.

    Attributes:
        text: the normalised content.
        newline: the line ending the file uses, ``"\\n"`` or ``"\\r\\n"``.
        has_bom: whether the file starts with a UTF-8 byte order mark.
    """

    text: str
    newline: str = "\n"
    has_bom: bool = False

    def encode(self, text: str) -> bytes:
        """``text`` as bytes in this file's own line ending and byte order mark."""
        body = text.replace("\n", self.newline) if self.newline != "\n" else text
        return ((_BOM if self.has_bom else "") + body).encode()


def decode_source(content: bytes, name: str) -> SourceText:
    """Decode a file's bytes; ``name`` is how errors call it.

    Raises:
        UnreadableSource: the content is binary, not UTF-8, or over the size limit.
    """
    _refuse_large(len(content), name)
    if b"\0" in content:
        raise UnreadableSource(
            f"{name} is not a text file",
            f"It has a NUL byte at offset {content.index(bytes(1))}.",
            "Save it as UTF-8 text.",
        )
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableSource(
            f"{name} is not UTF-8",
            f"Line {line} has the byte 0x{content[error.start]:02x}, which UTF-8 does not allow.",
            "Save it again as UTF-8.",
        ) from None
    has_bom = text.startswith(_BOM)
    newline = "\r\n" if "\r\n" in text else "\n"
    text = text.removeprefix(_BOM).replace("\r\n", "\n").replace("\r", "\n")
    return SourceText(text, newline, has_bom)


def _refuse_large(size: int, name: str) -> None:
    if size > MAX_SOURCE_BYTES:
        raise UnreadableSource(
            f"{name} is too large",
            f"It has {size:,} bytes; the limit is {MAX_SOURCE_BYTES:,}.",
            "Keep bulk data out of migrations: load it with a seed script.",
        )


def read_source(path: Path, name: str | None = None) -> SourceText:
    """Read a text file; see :func:`decode_source`.

    Raises:
        UnreadableSource: with the reason and what to do.
    """
    shown = name or path.name
    try:
        mode = path.stat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise UnreadableSource(f"{shown} is not a file", "It is a pipe, a socket or a device.")
        with path.open("rb") as file:
            _refuse_large(os.fstat(file.fileno()).st_size, shown)
            content = file.read(MAX_SOURCE_BYTES + 1)
    except FileNotFoundError:
        raise UnreadableSource(
            f"{shown} does not exist", f"No file at {path}.", "Create it, or restore it from git."
        ) from None
    except IsADirectoryError:
        raise UnreadableSource(f"{shown} is a folder", "A file was expected here.") from None
    except PermissionError:
        raise UnreadableSource(
            f"{shown} cannot be read", "Permission was denied.", f"Run: chmod u+r '{path}'"
        ) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL byte in the path
        raise UnreadableSource(f"{shown} cannot be read", str(error)) from None
    return decode_source(content, shown)
