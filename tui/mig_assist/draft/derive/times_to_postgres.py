"""Values of time for PostgreSQL: what is a number of seconds on libsql may be a time there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mig_assist.draft.derive.operands import Operand
from mig_assist.draft.derive.rewrite import Span
from mig_assist.draft.derive.words import within
from mig_assist.engines.logical_types import LogicalType

if TYPE_CHECKING:
    from mig_assist.draft.derive.rules_to_postgres import PostgresRules

MOMENTS = frozenset((LogicalType.TIMESTAMP, LogicalType.DATE, LogicalType.TIME))
_NUMBERS = frozenset((LogicalType.INTEGER, LogicalType.REAL, LogicalType.DECIMAL))
_TYPES = {
    LogicalType.TIMESTAMP: "TIMESTAMPTZ",
    LogicalType.DATE: "DATE",
    LogicalType.TIME: "TIME",
}
_THOUSAND = frozenset(("1000", "1000.0"))


class Times:
    """Has values of time be what the other side takes them for."""

    def __init__(self, rules: PostgresRules) -> None:
        self.rules = rules
        self.writer = rules.writer

    def is_stored(self, operand: Operand) -> bool:
        """Whether it is a time on PostgreSQL, and may be a number of seconds on libsql."""
        if operand.kind is not LogicalType.TIMESTAMP or operand.clock:
            return False
        source = self.writer.source_kind(operand.span)
        return source is not LogicalType.TEXT

    def is_time(self, operand: Operand) -> bool:
        """Whether it says a moment, be it by a time or by a number of seconds."""
        if operand.clock or self.is_stored(operand):
            return True
        if operand.branches and not operand.row:
            return any(map(self.is_time, operand.branches))
        return operand.operator in ("CAST", "+", "-") and self.is_time(operand.parts[0])

    def counted(self, operator: str, left: Operand, right: Operand) -> Operand | None:
        """A time that is reckoned with; None where neither operand is one."""
        if not (self.is_stored(left) or self.is_stored(right)):
            return None
        whole = Span(left.span.start, right.span.stop)
        nullable = left.nullable or right.nullable
        if operator == "/" and self.rules.number_of(right) in _THOUSAND:
            self.writer.replace(whole, lambda: self.writer.render(left.span))
        elif operator in ("+", "-") and right.kind in _NUMBERS:
            self._later(right)
        else:
            for operand in (left, right):
                if self.is_stored(operand):
                    self.as_seconds(operand)
            return Operand(whole, LogicalType.INTEGER, operator, nullable=nullable)
        parts = (left, right)
        return Operand(whole, LogicalType.TIMESTAMP, operator, nullable=nullable, parts=parts)

    def _later(self, seconds: Operand) -> None:
        number = self.rules.number_of(seconds)
        if number is not None:
            self.writer.wrap(seconds.span, lambda _: f"INTERVAL '{number} seconds'")
        else:
            self.writer.wrap(seconds.span, lambda text: f"make_interval(secs => {within(text)})")

    def as_seconds(self, operand: Operand) -> None:
        """Have a time be the number of seconds that it is on libsql."""
        self.writer.wrap(
            operand.span,
            lambda text: f"CAST(floor(extract(epoch FROM {within(text)})) AS BIGINT)",
        )

    def as_time(self, operand: Operand, wanted: LogicalType) -> None:
        """Have a value be of a type of time."""
        if operand.branches and not operand.row:
            for branch in operand.branches:
                self.as_time(branch, wanted)
        elif operand.clock or self.rules.number_of(operand) is not None:
            self.writer.replace(operand.span, lambda: self.writer.value(operand.span, wanted))
        elif operand.kind in MOMENTS or self.rules.text_of(operand) is not None:
            return
        elif self._says_time(operand):
            self._instead(operand, wanted)
        elif operand.operator in ("+", "-") and self.is_time(operand.parts[0]):
            self.as_time(operand.parts[0], wanted)
            self._later(operand.parts[1])
        elif operand.kind in _NUMBERS and wanted is LogicalType.TIMESTAMP:
            self.writer.wrap(operand.span, lambda text: f"to_timestamp({within(text)})")
        elif operand.kind is LogicalType.TEXT:
            kind = _TYPES[wanted]
            self.writer.wrap(operand.span, lambda text: f"CAST({within(text)} AS {kind})")

    def _says_time(self, operand: Operand) -> bool:
        """Whether it is a time in a cast, or its milliseconds."""
        if operand.operator == "CAST":
            return self._says_time(operand.parts[0]) or self.is_time(operand.parts[0])
        thousandfold = (
            operand.operator == "*" and self.rules.number_of(operand.parts[1]) in _THOUSAND
        )
        return thousandfold and self.is_time(operand.parts[0])

    def _instead(self, operand: Operand, wanted: LogicalType) -> None:
        inner = operand.parts[0]
        self.as_time(inner, wanted)
        self.writer.replace(operand.span, lambda: self.writer.value(inner.span, wanted))
