"""JSON for PostgreSQL, which libsql keeps as a text or bytes, and tests that say nothing there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mig_assist.draft.derive.json_paths import is_json
from mig_assist.draft.derive.operands import Operand
from mig_assist.draft.derive.rules import NUMBERS
from mig_assist.draft.derive.times_to_postgres import MOMENTS
from mig_assist.draft.derive.tokens import Sort
from mig_assist.draft.derive.words import within
from mig_assist.engines.logical_types import LogicalType

if TYPE_CHECKING:
    from mig_assist.draft.derive.rules_to_postgres import PostgresRules

_READ = frozenset(
    "JSON_VALID JSON_EXTRACT JSON_TYPE JSON_ARRAY_LENGTH JSON_SET JSON_REMOVE JSON_INSERT"
    " JSON_REPLACE JSON JSON_EACH JSON_TREE".split()
)


_NEVER_EMPTY = (
    MOMENTS
    | NUMBERS
    | frozenset((LogicalType.JSON, LogicalType.UUID, LogicalType.BOOLEAN, LogicalType.ENUM))
)
_EQUALS = frozenset(("=", "==", "<>", "!=", "IS"))


class Documents:
    """Has values be JSON where the other side's column is, and tests say what they can there."""

    def __init__(self, rules: PostgresRules) -> None:
        self.rules = rules
        self.writer = rules.writer

    def as_json(self, operand: Operand) -> None:
        """Have a value be one of a column of JSON."""
        text = self.rules.text_of(operand)
        if operand.branches and not operand.row:
            for branch in operand.branches:
                self.as_json(branch)
        elif text is not None:
            if not is_json(text):
                self.rules.doubt(f"{text!r} is no JSON, and PostgreSQL refuses it.")
        elif operand.operator == "CAST" and operand.kind in (LogicalType.BYTES, LogicalType.TEXT):
            inner = operand.parts[0]
            self.as_json(inner)
            self.writer.replace(
                operand.span, lambda: self.writer.value(inner.span, LogicalType.JSON)
            )
        elif self.writer.sort(operand.span.start) is Sort.BLOB:
            self.writer.replace(
                operand.span, lambda: self.writer.value(operand.span, LogicalType.JSON)
            )
        elif operand.kind is LogicalType.JSON:
            plain = self.writer.column(operand.span) is not None
            if not plain and not self.writer.is_replaced(operand.span):
                self.writer.replace(
                    operand.span, lambda: self.writer.value(operand.span, LogicalType.JSON)
                )
        elif operand.kind is LogicalType.TEXT and not operand.extracted:
            self.writer.wrap(operand.span, lambda text: f"CAST({within(text)} AS JSONB)")

    def is_read(self, whole: Operand) -> bool:
        """Whether a cast of JSON to a text is only read as JSON again."""
        start, stop = whole.span
        if self.writer.key(start - 1) == "(":
            called = self.writer.key(start - 2) in _READ
            return called and self.writer.key(stop) in (",", ")")
        return self.writer.key(stop) in ("->", "->>")

    # Tests that say nothing here

    def test_of_text(self, operator: str, one: Operand, other: Operand, whole: Operand) -> Operand:
        """A comparison with a text that is no JSON, which no value of the column is."""
        text = self.rules.text_of(other)
        if text is None or one.extracted:
            return whole
        if self.is_empty(operator, one, other):
            return self._empty(operator, one, text, whole)
        if one.kind is LogicalType.JSON and not is_json(text):
            self.rules.doubt(f"{text!r} is no JSON, and PostgreSQL refuses it.")
        return whole

    def is_empty(self, operator: str, one: Operand, other: Operand) -> bool:
        """Whether something is compared with an empty text, which is none of its values."""
        text = self.rules.text_of(other)
        blank = text is not None and not text.strip() and operator in _EQUALS
        return blank and one.kind in _NEVER_EMPTY and not one.extracted

    def _empty(self, operator: str, one: Operand, text: str, whole: Operand) -> Operand:
        if not one.branches:
            return self.dead(whole, one, operator in ("<>", "!="))
        # coalesce(doc, '') = '' asks whether there is a document.
        first, *others = one.branches
        if [self.rules.text_of(other) for other in others] != [text]:
            self.rules.doubt(f"{text!r} stands where PostgreSQL wants {one.kind}.")
            return whole
        word = "IS NOT NULL" if operator in ("<>", "!=") else "IS NULL"
        self.writer.replace(whole.span, lambda: f"{self.writer.render(first.span)} {word}")
        return Operand(whole.span, LogicalType.BOOLEAN, "IS")

    def dead(self, whole: Operand, tested: Operand, truth: bool) -> Operand:
        """A test that is true, or false, of whatever is no NULL."""
        made = Operand(
            whole.span,
            LogicalType.BOOLEAN,
            "IS",
            nullable=tested.nullable,
            parts=(tested,),
            truth=truth,
        )

        def exact() -> str:
            if not tested.nullable:
                return "TRUE" if truth else "FALSE"
            text = self.writer.render(tested.span)
            return f"({text} IS NOT NULL OR NULL)" if truth else f"({text} IS NULL AND NULL)"

        self.writer.replace(whole.span, exact)
        return made

    def folded(self, operand: Operand, *, checks: bool) -> bool | None:
        """A condition without the tests that say nothing; what it always is, if it is that.

        Args:
            checks: whether NULL is as good as true, as in a CHECK; else it is as good as false.
        """
        return self._folded(operand, checks, ())

    def _folded(self, operand: Operand, checks: bool, beside: tuple[Operand, ...]) -> bool | None:
        """What a condition always is, where others have to be true, too."""
        if operand.truth is not None:
            return self._folded_test(operand, checks, beside)
        if operand.operator not in ("AND", "OR"):
            return None
        one, other = operand.parts
        decides = operand.operator == "OR"
        if decides and not checks and any(map(self._is_complete, (one, other), (other, one))):
            return True
        left = self._folded(one, checks, () if decides else (*beside, other))
        right = self._folded(other, checks, () if decides else (*beside, one))
        if decides in (left, right):
            return decides
        if left is not None and right is not None:
            return not decides
        if left is not None or right is not None:
            kept = operand.parts[left is not None].span
            self.writer.replace(operand.span, lambda: self.writer.render(kept))
        return None

    def _folded_test(
        self, operand: Operand, checks: bool, beside: tuple[Operand, ...]
    ) -> bool | None:
        if not operand.nullable or operand.truth is checks:
            return operand.truth
        word = "IS NULL" if checks else "IS NOT NULL"
        tested = operand.parts[0]
        said = f"{self.writer.source_text(tested.span)} {word}".upper()
        if any(self._says(each, said) for each in beside):
            return not checks
        self.writer.replace(operand.span, lambda: f"{self.writer.render(tested.span)} {word}")
        return None

    def _is_complete(self, one: Operand, other: Operand) -> bool:
        """Whether a test is true of whatever is no NULL, and NULL is asked for beside it."""
        if one.truth is not True:
            return False
        text = f"{self.writer.source_text(one.parts[0].span)} IS NULL".upper()
        return any(self._says(each, text) for each in self._alternatives(other))

    def _alternatives(self, operand: Operand) -> list[Operand]:
        if operand.operator != "OR":
            return [operand]
        return [each for part in operand.parts for each in self._alternatives(part)]

    def _says(self, operand: Operand, text: str) -> bool:
        if operand.operator == "AND":
            return any(self._says(part, text) for part in operand.parts)
        said = self.writer.source_text(self.writer.bare(operand.span))
        return " ".join(said.upper().split()) == text
