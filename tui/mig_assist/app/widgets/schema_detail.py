"""One thing of the schemas on both sides, and below it what sets the sides apart."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

from textual.app import ComposeResult
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from mig_assist.app.text import MUTED, many_lines, one_line
from mig_assist.app.widgets.finding_list import FindingList
from mig_assist.app.widgets.schema_tree import SIGN_STYLES, SIGNS, Row
from mig_assist.backend import Backend
from mig_assist.findings import Finding, Severity
from mig_assist.verify.parity.outline import Entry, Sign


class SchemaDetail(Vertical):
    """The right half of the schema view; what is said stays in view however long the sides are."""

    def __init__(self) -> None:
        super().__init__(id="schema-detail")
        self._heading = Static(id="schema-heading", markup=False)
        self._sides = [Static(classes="schema-side", markup=False) for _ in Backend]
        self._said = Static(id="schema-said", markup=False)
        self.findings = FindingList()

    def compose(self) -> ComposeResult:
        """Heading, both sides, what is said of them."""
        yield self._heading
        with VerticalScroll(id="schema-sides"), Container():
            yield from self._sides
        yield self._said
        yield self.findings

    def on_mount(self) -> None:
        """Nothing to show yet."""
        self.findings.display = False
        self.show(None, 0, static=True)

    def show(
        self,
        row: Row | None,
        version: int,
        *,
        static: bool,
        unseen: bool = False,
        as_of: str = "",
    ) -> None:
        """Show a row of the tree.

        Args:
            version: the one in work; findings of others say where they come from.
            static: whether no engine has been asked.
            unseen: whether only this version was looked at.
            as_of: which files are shown, where that is not the newest ones.
        """
        sides = self.get_child_by_id("schema-sides")
        sides.display = row is not None and row.entry.kind != "problem"
        if row is None:
            self._heading.update("")
            self._said.update("")
            self.findings.show(())
            self.findings.display = False
            return
        entry = row.entry
        self._heading.update(_heading(row))
        for side, backend, now, before in zip(
            self._sides, Backend, entry.now, entry.before, strict=True
        ):
            side.update(Content("\n").join(side_lines(backend, now, before)))
        said = _said(entry, version, static, unseen, as_of)
        self._said.update(said)
        self._said.display = bool(said)
        self.findings.show(entry.findings)
        self.findings.display = bool(entry.findings)
        self.set_class(not entry.findings, "-alike")
        sides.scroll_home(animate=False)


def _heading(row: Row) -> Content:
    entry = row.entry
    if entry.kind == "problem":
        return Content.styled(one_line(entry.label), "bold")
    where = f"{one_line(row.root.label)}: " if row.root else ""
    kind = f"  {entry.kind}" if not entry.label.lower().startswith(entry.kind) else ""
    said = f"  {SIGNS[entry.sign]} {entry.sign} in this version" if entry.sign else ""
    return Content.assemble(
        (f"{where}{one_line(entry.label)}", "bold"),
        (kind, MUTED),
        (said, SIGN_STYLES[entry.sign]),
    )


def side_lines(backend: Backend, now: str | None, before: str | None) -> Iterator[Content]:
    """What one side has, line by line; where it had something before, with what changed."""
    yield Content.styled(f"── {backend.label} ──", "$text-primary")
    if now is None and before is None:
        yield Content.styled("nothing", MUTED)
        return
    new, old = many_lines(now or ""), many_lines(before or "")
    if before is None or now == before:
        yield from map(Content, new)
        return
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for what, i, j, k, m in matcher.get_opcodes():
        if what == "equal":
            yield from (Content(f"  {line}") for line in old[i:j])
        else:
            yield from (Content.styled(f"- {line}", SIGN_STYLES[Sign.REMOVED]) for line in old[i:j])
            yield from (Content.styled(f"+ {line}", SIGN_STYLES[Sign.ADDED]) for line in new[k:m])


def _said(entry: Entry, version: int, static: bool, unseen: bool, as_of: str) -> Content:
    """A word about where the findings come from; where there are none, that all is well."""
    if as_of and entry.kind != "problem":
        told = Content.styled(f"{as_of[0].upper()}{as_of[1:]}.", "$text-warning")
        return Content("\n").join([told, *_origins(entry.findings, version)])
    if not entry.findings:
        if unseen and entry.sign is Sign.SAME:
            alike = "This version does not change it; earlier ones were not looked at."
            return Content.styled(alike, MUTED)
        if unseen and entry.sign is Sign.CHANGED:
            alike = "What this version changes is the same on both sides."
            return Content.styled(f"✔ {alike}", "$text-success")
        if entry.sign is Sign.REMOVED:
            return Content.styled("✔ Removed on both sides.", "$text-success")
        alike = "The files say the same." if static else "The same on both sides."
        return Content.styled(f"✔ {alike}", "$text-success")
    return Content("\n").join(_origins(entry.findings, version))


def _origins(findings: tuple[Finding, ...], version: int) -> Iterator[Content]:
    grave = (finding for finding in findings if finding.severity is not Severity.NOTE)
    earlier = sorted({f.version for f in grave if f.version not in (None, version)} - {None})
    if earlier:
        numbers = ", ".join(f"V{number}" for number in earlier)
        yield Content.styled(f"The sides parted in {numbers}, before this version.", MUTED)
