"""Removal of secrets from text before it is stored or shown."""

from __future__ import annotations

import re

MASK = "•••"

_URL_PASSWORD = re.compile(r"(?P<head>\b[a-zA-Z][a-zA-Z0-9+.-]*://[^\s:/@'\"]*):[^\s/@'\"]+@")
_ASSIGNMENT = re.compile(
    r"""(?P<key>\b[\w.-]*(?:password|passwd|secret|token|api[_-]?key)["']?)
        (?P<sep>\s*[=:]\s*)
        (?P<value>"[^"\n]*"|'[^'\n]*'|[^\s,;&)}\]]+)""",
    re.IGNORECASE | re.VERBOSE,
)


def redact(text: str, secrets: tuple[str, ...] = ()) -> str:
    """Mask URL passwords, ``password=…``-like assignments and the given ``secrets``."""
    for secret in secrets:
        if len(secret) >= 4:
            text = text.replace(secret, MASK)
    if "://" in text:
        text = _URL_PASSWORD.sub(rf"\g<head>:{MASK}@", text)
    return _ASSIGNMENT.sub(rf"\g<key>\g<sep>{MASK}", text)
