"""Content digests that do not depend on line endings."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path


def content_digest(content: bytes) -> str:
    """SHA-256 of ``content`` with CRLF and CR line endings read as LF, in hexadecimal."""
    normalised = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return hashlib.sha256(normalised).hexdigest()


def file_digest(path: Path) -> str | None:
    """Digest of a file's content, or None where there is no readable file."""
    if not os.path.isfile(path):  # noqa: PTH113 - Path.is_file raises where permission lacks
        return None  # a folder, or a pipe or device, whose reading might never end
    try:
        return content_digest(path.read_bytes())
    except (OSError, ValueError):  # ValueError: a path with a NUL byte
        return None


def combined_digest(parts: Iterable[str]) -> str:
    """One digest for a sequence of strings; the order counts."""
    digest = hashlib.sha256()
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(b"%d:" % len(encoded) + encoded)
    return digest.hexdigest()
