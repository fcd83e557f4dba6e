"""What deriving uses of the comparison of both dialects, in one place."""

from mig_assist.verify.parity.expressions import canonical_check
from mig_assist.verify.parity.logical_types import (
    LogicalType,
    logical_type,
    postgres_name,
    split_modifier,
)

__all__ = ["LogicalType", "canonical_check", "logical_type", "postgres_name", "split_modifier"]
