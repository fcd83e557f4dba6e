"""A test that lacks something says what to install; where skips are forbidden it fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.no_skips import NO_SKIPS


@pytest.fixture
def project(
    pytester: pytest.Pytester, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> pytest.Pytester:
    """A project that follows the policy and lacks what its tests need."""
    monkeypatch.setenv("PYTHONPATH", str(repository))
    pytester.makeini(
        "[pytest]\naddopts = -ra -p tests.no_skips\nasyncio_default_fixture_loop_scope = function"
    )
    pytester.makepyfile(
        test_needs="""
        import pytest
        from tests.require import require

        def test_lacks():
            require(None, "frobnicate (apt-get install frobnicate)")

        def test_has():
            assert require("/bin/sh", "a shell") == "/bin/sh"

        @pytest.fixture
        def server():
            require(False, "a server (apt-get install server)")

        def test_whose_fixture_lacks(server):
            pass

        @pytest.mark.xfail(strict=True)
        def test_known_to_fail():
            assert False
        """,
        test_module="""
        import pytest
        pytest.importorskip("no_such_module_anywhere")
        """,
    )
    return pytester


def test_a_developer_is_told_what_to_install(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(NO_SKIPS, raising=False)

    result = project.runpytest_subprocess()

    result.assert_outcomes(passed=1, skipped=3, xfailed=1)
    result.stdout.fnmatch_lines_random(
        [
            "SKIPPED*test_needs.py*needs frobnicate (apt-get install frobnicate)",
            "SKIPPED*test_needs.py*needs a server (apt-get install server)",
        ]
    )
    assert result.ret == pytest.ExitCode.OK


def test_every_skip_is_a_failure_where_skips_are_forbidden(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NO_SKIPS, "1")

    tests = project.runpytest_subprocess("test_needs.py")
    module = project.runpytest_subprocess("test_module.py")

    tests.assert_outcomes(passed=1, failed=1, errors=1, xfailed=1)
    tests.stdout.fnmatch_lines(["*needs frobnicate (apt-get install frobnicate)"])
    module.assert_outcomes(errors=1)
    assert tests.ret == pytest.ExitCode.TESTS_FAILED
    assert module.ret == pytest.ExitCode.INTERRUPTED


def test_the_policy_holds_in_parallel_runs_too(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NO_SKIPS, "1")

    result = project.runpytest_subprocess("-n", "2", "test_needs.py")

    result.assert_outcomes(passed=1, failed=1, errors=1, xfailed=1)
