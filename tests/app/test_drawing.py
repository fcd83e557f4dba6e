"""What the parts of the screen make of what they are given; no app, no terminal."""

from __future__ import annotations

import pytest
from textual.content import Content

from mig_assist.app.observer import LogBuffer
from mig_assist.app.status import PostgresStatus
from mig_assist.app.text import clock, duration, many_lines, one_line, split_line
from mig_assist.app.widgets.finding_list import finding_lines
from mig_assist.app.widgets.key_bar import KeyLabel, fitting
from mig_assist.app.widgets.live_log import wrapped
from mig_assist.app.widgets.noted_list import noted_row
from mig_assist.app.widgets.title_bar import Head, title_line
from mig_assist.findings import Finding, Severity

SERVER = PostgresStatus(True, "18.4", "embedded")
KEYS = [KeyLabel(key, key, word, "", word, shown) for key, word, shown in
        [("r", "run", True), ("e", "edit", True), ("t", "attest", False),
         ("?", "help", True)]]  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0 ms"), (0.0123, "12 ms"), (0.9994, "999 ms"), (0.9996, "00:01"), (7.4, "00:07"),
     (125, "02:05"), (3725, "1:02:05")],
)  # fmt: skip
def test_a_finished_span(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


def test_a_clock_never_runs_backwards() -> None:
    assert clock(-3) == "00:00"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[/red]", "[/red]"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("a\nb\r\nc", "a b c"),
        ("\x1b]0;title\x07x\x07", "x"),
        ("right\u202eleft", "rightleft"),
        ("caf\udce9", "caf\\udce9"),
        ("a\tb", "a   b"),
    ],
)
def test_text_from_outside_becomes_harmless(text: str, shown: str) -> None:
    assert one_line(text) == shown


def test_lines_stay_lines() -> None:
    assert many_lines("a\n\n\x1b[1mb\n") == ["a", "", "b"]


def test_the_right_part_stays_where_a_line_is_narrow() -> None:
    assert split_line(Content("left"), Content("12 ms"), 20).plain == "left           12 ms"
    assert split_line(Content("a long left"), Content("12 ms"), 12).plain == "a lon… 12 ms"


@pytest.mark.parametrize("width", range(20, 140, 7))
def test_the_title_fills_its_line_exactly(width: int) -> None:
    head = Head("V18 route_compatibility_profiles", "feat/routes", SERVER)
    assert title_line(head, width).cell_length == width


def test_the_title_at_a_hundred_columns_says_everything() -> None:
    line = title_line(Head("V18 route_compatibility_profiles", "feat/routes", SERVER), 100).plain
    assert line == (
        "─ mig-assist ── V18 route_compatibility_profiles ── feat/routes "
        "───────── postgres 18.4 ● embedded ─"
    )


def test_the_title_at_eighty_columns_tells_postgres_in_short() -> None:
    line = title_line(Head("V18 route_compatibility_profiles", "feat/routes", SERVER), 80).plain
    assert "feat/routes" in line
    assert line.endswith("pg 18.4 ● ─")


def test_the_key_bar_takes_what_fits_and_keeps_its_right_end() -> None:
    def shown(width: int) -> tuple[str, str, int]:
        left, right, gap = fitting(KEYS, ["help"], width)
        return "".join(k.key for k in left), "".join(k.key for k in right), gap

    assert shown(40) == ("ret", "?", 2)
    assert shown(24) == ("re", "?", 2)
    assert shown(20) == ("re", "?", 1)
    assert shown(14) == ("r", "?", 1)


def test_a_finding_is_wrapped_with_its_lines_under_each_other() -> None:
    finding = Finding(
        "pair/[b]",
        Severity.ERROR,
        "a message of several words",
        "do this",
        path="m/V18.sql",
        line=7,
    )
    assert [line.plain for line in finding_lines(finding, 30)] == [
        " ✘ error pair/[b]  m/V18.sql:7",
        "   a message of several words",
        "   → do this",
    ]
    narrow = [line.plain for line in finding_lines(finding, 24)]
    assert narrow[:2] == [" ✘ error pair/[b]", "   m/V18.sql:7"]
    assert max(map(len, narrow)) <= 24


def test_a_long_log_line_breaks_between_words_or_else_anywhere() -> None:
    assert list(wrapped("one two three", 8)) == ["one two ", "three"]
    assert list(wrapped("x" * 10, 4)) == ["xxxx", "xxxx", "xx"]
    assert list(wrapped("日本語日本語", 5)) == ["日本", "語日", "本語"]


def test_a_note_stands_beside_its_name_or_below_it() -> None:
    assert noted_row("blank", "write it yourself", 8, 60).plain == " blank  write it yourself"
    assert noted_row("blank", "write it yourself", 8, 25).plain == " blank\n   write it yourself"
    assert noted_row("blank", "edit", 8, 20).plain == " blank  edit"


def test_the_log_buffer_speaks_up_once_and_counts_what_it_drops() -> None:
    buffer = LogBuffer(most=3)
    assert [buffer.add(("lint", str(n))) for n in range(5)] == [True, False, False, False, False]
    assert [line for _, line in buffer.take()] == [
        "… 2 lines not shown; the log file has them", "2", "3", "4",
    ]  # fmt: skip
    assert buffer.take() == []
    assert buffer.add(("lint", "again"))
