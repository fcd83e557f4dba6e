"""What both dialects take out of a JSON document as text or as a plain value, by its path.

json_extract(x, '$.a.b') and x -> '$.a' ->> 'b' (https://www.sqlite.org/json1.html, 4.9 and 4.10),
x -> 'a' ->> 'b', x #>> '{a,b}' and jsonb_extract_path_text(x, 'a', 'b') (the manual, 9.16).
"""

from __future__ import annotations

import re

_TEXT = r"'((?:[^']|'')*)'(?:::[\w \[\]]+)?"
_ARROW = re.compile(
    rf"(?P<of>.+)\s*(?P<sign>->>|->)\s*(?:{_TEXT}|\(?(?P<place>-?\d+)\)?(?:::\w+)?)\s*"
)
_PATH = re.compile(rf"(?P<of>.+)\s*(?P<sign>#>>|#>)\s*{_TEXT}\s*")
_EXTRACT = re.compile(rf"json_extract\s*\(\s*(?P<of>.+)\s*,\s*{_TEXT}\s*\)", re.IGNORECASE)
_CALL = re.compile(
    rf"jsonb?_extract_path_text\s*\((?P<of>.+?)(?P<steps>(?:\s*,\s*{_TEXT})+)\s*\)", re.IGNORECASE
)
_CAST = re.compile(r"CAST\s*\(\s*(.+)\s+AS\s+\w+\s*\)|(.+)::\w+", re.IGNORECASE)
_STEP = re.compile(r'\.(?:"([^"]+)"|([^.\["]+))|\[(\d+)\]')
_COLUMN = re.compile(r'"[^"]+"|[A-Za-z_]\w*')


def json_path(expression: str) -> str | None:
    """A column and the path of what is taken out of it; None where that is not all there is."""
    text = _bare(expression)
    taken = _taken(text)
    return None if taken is None or not taken[1] else f"{taken[0]} ->> {', '.join(taken[1])}"


def _taken(text: str, *, whole: bool = True) -> tuple[str, tuple[str, ...]] | None:
    """The column and the path; ``whole`` where the value itself is wanted and no document."""
    if found := _EXTRACT.fullmatch(text):
        of, steps = found["of"], _steps(found[2])
    elif found := _CALL.fullmatch(text):
        of, steps = found["of"], tuple(re.findall(_TEXT, found["steps"]))
    elif found := _last(_PATH, text):
        of, steps = (
            found["of"],
            tuple(p.strip().strip('"') for p in found[3].strip("{}").split(",")),
        )
    elif found := _last(_ARROW, text):
        key = found["place"] or found[3]
        of, steps = found["of"], _steps(key) if key.startswith("$") else (key,)
    else:
        column = _CAST.fullmatch(text)
        inner = _bare((column[1] or column[2]) if column else text)
        if column:
            return _taken(inner, whole=False)
        return (inner.strip('"').lower(), ()) if _COLUMN.fullmatch(inner) else None
    if steps is None or (
        whole and "sign" in found.groupdict() and not found["sign"].endswith(">>")
    ):
        return None
    below = _taken(_bare(of), whole=False)
    return None if below is None else (below[0], (*below[1], *steps))


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The match of a text whose last operator outside of parentheses a pattern is about."""
    found = pattern.fullmatch(text)
    balanced = found is not None and found["of"].count("(") == found["of"].count(")")
    return found if balanced else None


def _steps(path: str) -> tuple[str, ...] | None:
    """The steps of a path of SQLite; None where it is none."""
    rest = path.removeprefix("$")
    steps = tuple(next(filter(None, found.groups())) for found in _STEP.finditer(rest))
    return steps if "".join(found[0] for found in _STEP.finditer(rest)) == rest else None


def _bare(text: str) -> str:
    """A text without the parentheses around all of it."""
    text = text.strip()
    while text.startswith("(") and text.endswith(")") and _closes_last(text):
        text = text[1:-1].strip()
    return text


def _closes_last(text: str) -> bool:
    depth = 0
    for place, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            return place == len(text) - 1
    return False
