"""What ``init`` and ``doctor`` say of a workspace's migrations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from mig_assist.backend import Backend
from mig_assist.errors import MigAssistError
from mig_assist.workspace.detection import Ranking
from mig_assist.workspace.files import Pair, left_out, read_inside
from mig_assist.workspace.layout import EPOCH_FORM, Layout
from mig_assist.workspace.model import Workspace

HALF_PAIRS = "half pairs"
LEFT_OUT = "left out"
_MOST_SHOWN = 6


def layout_lines(layout: Layout) -> Iterator[tuple[str, str]]:
    """A word and its explanation for each side, and for the numbers."""
    for backend in Backend:
        side = layout.of(backend)
        undone = f", undone by {side.down}" if side.down else ""
        yield f"{backend.label} in", f"{side.below_root(side.pattern)}{undone}"
    yield "numbers", _numbers(layout)


def pair_lines(pairs: Iterable[Pair], baseline: int) -> Iterator[tuple[str, str]]:
    """How many versions since the baseline are whole, and which are not."""
    active = [pair for pair in pairs if pair.version >= baseline]
    half = [pair for pair in active if not all(map(pair.of, Backend))]
    versions = {pair.version for pair in active}
    whole = len(versions - {pair.version for pair in half})
    several = f", as {len(active)} pairs" if len(active) > len(versions) else ""
    yield "pairs", f"{whole} of {len(versions)} versions since V{baseline} have both files{several}"
    if half:
        shown = [f"V{pair.version} (only {pair.files[0].backend.label})" for pair in half]
        yield HALF_PAIRS, shortened(shown)


def tool_lines(workspace: Workspace, pairs: Sequence[Pair]) -> Iterator[tuple[str, str]]:
    """The tool whose comments part the newest file, where one keeps both directions in a file."""
    from mig_assist.engines.sections import tool_of

    if not pairs:
        return
    with suppress(MigAssistError):  # whoever checks the file says what is wrong with it
        if tool := tool_of(read_inside(workspace.root, pairs[-1].files[0].path).text):
            yield "tool", f"{tool}: of each file only the part that goes up is the version"


def left_out_lines(workspace: Workspace) -> Iterator[tuple[str, str]]:
    """The numbered files that lie among the migrations and are not taken for any."""
    if paths := left_out(workspace):
        plural = "files are" if len(paths) > 1 else "file is"
        yield LEFT_OUT, f"{len(paths)} numbered {plural} not looked at: {shortened(paths)}"


def lines_not_taken(ranking: Ranking, layout: Layout | None = None) -> Iterator[str]:
    """What was looked at beside ``layout`` and not taken, the first few."""
    if layout is not None:
        layout = layout._replace(libsql=layout.libsql._replace(aliases=()))
    lines = [
        f"{candidate.shown}: {candidate.evidence}"
        + (", but it lies among tests or examples" if candidate.set_aside else "")
        for candidate in ranking.candidates
        if candidate.layout != layout
    ]
    lines += [f"{rejection.what}: {rejection.reason}" for rejection in ranking.rejections]
    yield from lines[:_MOST_SHOWN]
    if len(lines) > _MOST_SHOWN:
        yield f"and {len(lines) - _MOST_SHOWN} more"


def shortened(words: Sequence[str]) -> str:
    """The first few of many words."""
    more = len(words) - _MOST_SHOWN
    return ", ".join(words[:_MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _numbers(layout: Layout) -> str:
    if layout.libsql.time_form == EPOCH_FORM:
        return "seconds since 1970 (UTC); the next version is the present time"
    if not layout.consecutive:
        return "points in time (UTC); the next version is the present time"
    written = layout.libsql.path(18, "x").rpartition("/")[2].partition("18")[0]
    padded = f", with zeros before them as in {written}18" if written.endswith("0") else ""
    return f"counted{padded}; the next version is one more"
