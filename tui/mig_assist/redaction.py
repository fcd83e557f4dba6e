"""Removal of secrets from text before it is stored or shown."""

from __future__ import annotations

import re

MASK = "•••"

# Neither pattern begins with an open repetition: a log line of any length takes linear time.
_URL_PASSWORD = re.compile(r"""(?P<head>://[^\s:/@'"]*):[^\s/'"]+@""")
_ASSIGNMENT = re.compile(
    r"""(?P<key>(?:password|passwd|secret|token|api[_-]?key)["']?)
        (?P<sep>[^\S\n]*[=:][^\S\n]*|[^\S\n]+(?=["']))
        (?:"(?:\\.|[^"\\\n])*"?|'(?:\\.|''|[^'\\\n])*'?|[^\s,;&)}\]]*[^\s,;&)}\]"'])""",
    re.IGNORECASE | re.VERBOSE,
)


def redact(text: str, secrets: tuple[str, ...] = ()) -> str:
    """Mask URL passwords, ``password=…``-like assignments and the given ``secrets``.

    A secret shorter than four characters is left alone: it would mask ordinary text.
    """
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= 4:
            text = text.replace(secret, MASK)
    text = _URL_PASSWORD.sub(rf"\g<head>:{MASK}@", text)
    return _ASSIGNMENT.sub(rf"\g<key>\g<sep>{MASK}", text)
