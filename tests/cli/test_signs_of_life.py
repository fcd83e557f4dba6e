"""Long work says on standard error what it is doing; short work says nothing."""

from __future__ import annotations

import threading

import pytest

from mig_assist.cli import progress


def test_long_work_tells_its_step(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    heard = threading.Event()

    def say(text: str) -> None:
        told.append(text)
        heard.set()

    monkeypatch.setattr(progress, "say", say)
    with progress.signs_of_life(silence=0.001) as on_step:
        on_step("applying all versions")
        assert heard.wait(30)
    assert told[0].startswith("… applying all versions (")


def test_short_work_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.signs_of_life() as on_step:
        on_step("reading V18")
    assert capsys.readouterr() == ("", "")
