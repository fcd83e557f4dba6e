"""The findings of one item, each in full."""

from __future__ import annotations

from collections.abc import Iterator

from textual import events
from textual.content import Content
from textual.widgets.option_list import Option

from mig_assist.app.text import MUTED, STATE_STYLES, fitted, one_line
from mig_assist.app.widgets.plain_list import PlainList
from mig_assist.checklist.state import State
from mig_assist.findings import Finding, Severity

SEVERITY_MARKS = {Severity.ERROR: "✘", Severity.WARNING: "!", Severity.NOTE: "i"}
SEVERITY_STYLES = {
    Severity.ERROR: STATE_STYLES[State.FAILED],
    Severity.WARNING: STATE_STYLES[State.STALE],
    Severity.NOTE: "$text-primary",
}
_INDENT = "   "
_GUESSED_WIDTH = 60


class FindingList(PlainList):
    """One row of several lines for each finding; choosing one opens its place."""

    def __init__(self) -> None:
        super().__init__(id="findings")
        self.findings: tuple[Finding, ...] = ()

    def show(self, findings: tuple[Finding, ...]) -> None:
        """Show the findings, plain."""
        if findings == self.findings:
            return
        self.findings = findings
        self.display = bool(findings)
        self._render_findings()

    def on_resize(self, event: events.Resize) -> None:
        """Wrap to the new width."""
        if event.size.width:
            self._render_findings()

    def _render_findings(self) -> None:
        # Without rows it has no height, and without height it never hears of its width.
        width = self.scrollable_content_region.width or _GUESSED_WIDTH
        rows = [Content("\n").join(finding_lines(f, width)) for f in self.findings]
        self.set_options([Option(row) for row in rows])


def finding_lines(finding: Finding, width: int) -> Iterator[Content]:
    """A finding in lines of at most ``width`` cells: code and place, message, fix."""
    said = f"{SEVERITY_MARKS[finding.severity]} {finding.severity}"
    style = SEVERITY_STYLES[finding.severity]
    if finding.waived is not None:
        said, style = f"– waived {finding.severity}", MUTED
    head = Content.assemble(
        " ",
        (said, style),
        (f" {one_line(finding.code)}", "bold"),
    )
    place = Content.styled(one_line(finding.place), MUTED)
    if head.cell_length + 2 + place.cell_length <= width:
        yield Content.assemble(head, "  ", place)
    else:
        yield fitted(head, width)
        yield from _indented(place, width)
    yield from _indented(Content(one_line(finding.message)), width)
    if finding.fix:
        yield from _indented(Content.styled(f"→ {one_line(finding.fix)}", "$text-primary"), width)
    if finding.waived is not None:
        yield from _indented(Content.styled(f"reason: {one_line(finding.waived)}", "italic"), width)


def _indented(content: Content, width: int) -> Iterator[Content]:
    for line in content.wrap(max(10, width - len(_INDENT) - 1)):
        yield Content.assemble(_INDENT, line)
