"""What PostgreSQL refuses in an index and in a generated column: whatever is not IMMUTABLE.

See https://www.postgresql.org/docs/current/xfunc-volatility.html.
"""

from __future__ import annotations

import re

from mig_assist.draft.derive.rewrite import Writer

_OTHERWISE = re.compile(
    r"\b(to_char|now|concat|concat_ws|format|random|gen_random_uuid|to_jsonb|jsonb_build_object"
    r"|jsonb_build_array|make_interval)\s*\(|\b(current_timestamp|current_date|interval)\b"
    r"|\b(extract)\s*\(\s*epoch\s+from(?!.*AT TIME ZONE)",
    re.IGNORECASE | re.DOTALL,
)
_TEXT = re.compile(r"'(?:[^']|'')*'")


def check_immutable(writer: Writer, printed: str, place: str) -> None:
    """Doubt an expression that PostgreSQL refuses where its value must never change.

    Args:
        printed: the expression as it was printed for PostgreSQL.
        place: what it stands in, with its article.
    """
    match = _OTHERWISE.search(_TEXT.sub("''", printed))
    if match is not None:
        name = next(filter(None, match.groups())).lower()
        writer.doubt(f"PostgreSQL refuses {name} in {place}, as it is not IMMUTABLE.")
