"""JSON documents that are kept as texts."""

from __future__ import annotations

import json
from contextlib import suppress

from mig_assist.verify.parity.made_values import Same


def is_document(value: object) -> bool:
    """Whether a text is a JSON object or array."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return False
    with suppress(ValueError):
        json.loads(value)
        return True
    return False


def same_document(left: object, right: object, *, same: Same | None = None) -> bool:
    """Whether two texts are one JSON document, however it is laid out.

    Args:
        same: when two of the values in it are the same, where they need not be equal; it judges
            texts that are no documents, too.
    """
    if is_document(left) and is_document(right):
        return _same(json.loads(str(left)), json.loads(str(right)), same)
    return _same(left, right, same)


def _same(left: object, right: object, same: Same | None) -> bool:
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(left[k], right[k], same) for k in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(
            _same(one, other, same) for one, other in zip(left, right, strict=True)
        )
    return left == right or (same is not None and same(left, right))
