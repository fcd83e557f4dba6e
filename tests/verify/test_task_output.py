"""A test task counts only if its output shows that tests ran, and none for want of a database."""

from __future__ import annotations

import pytest

from mig_assist.verify.task_output import output_findings


def codes(output: str) -> list[str]:
    return [finding.code for finding in output_findings("test-rust-postgres", output.splitlines())]


TESTED = {
    "pytest": """
        ........................................................................ [ 98%]
        .                                                                        [100%]
        73 passed in 4.21s
    """,
    "pytest, with ornament and unrelated skips": """
        ============================= test session starts ==============================
        collected 24 items
        tests/store/test_store_routes.py ..........s...........ss                  [100%]
        =========================== short test summary info ============================
        SKIPPED [3] tests/store/test_store_routes.py:40: slow; run with --slow
        ================== 21 passed, 3 skipped, 1 warning in 12.02s ===================
    """,
    "cargo test with several binaries": """
             Running unittests src/lib.rs (target/debug/deps/store-7d0c1b2a)
        running 0 tests
        test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out
             Running tests/postgres.rs (target/debug/deps/postgres-1f2e3d4c)
        running 2 tests
        test postgres_inserts_a_route ... ok
        test postgres_refuses_a_duplicate ... ok
        test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 4 filtered out; 0.3s
           Doc-tests store
        running 0 tests
        test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out
    """,
    "cargo nextest": """
            Starting 5 tests across 2 binaries (12 tests skipped)
                PASS [   0.013s] store::postgres inserts_a_route
        ------------
             Summary [   0.211s] 5 tests run: 5 passed (1 slow), 12 skipped
    """,
    "node, TAP": """
        TAP version 13
        # Subtest: inserts a route
        ok 1 - inserts a route
        1..1
        # tests 1
        # pass 1
        # fail 0
        # skipped 0
    """,
    "node, spec": """
        ✔ inserts a route (1.2ms)
        ℹ tests 1
        ℹ pass 1
        ℹ fail 0
    """,
    "go": "ok  \texample.org/gateway/store\t0.412s\n?   \texample.org/gateway\t[no test files]\n",
    "go, from its cache": "ok  \texample.org/gateway/store\t(cached)\n",
    "go with coverage": "ok  \texample.org/store\t0.4s\tcoverage: 61.0% of statements\n",
    "gotestsum": "DONE 12 tests, 1 skipped in 0.413s\n",
    "vitest": """
         ✓ src/store.test.ts (5 tests) 12ms

         Test Files  1 passed (1)
              Tests  5 passed (5)
           Start at  10:00:00
    """,
    "Jest": """
        PASS src/store.test.js
        Test Suites: 1 passed, 1 total
        Tests:       2 skipped, 3 passed, 5 total
        Snapshots:   0 total
    """,
    "Mocha": "  5 passing (23ms)\n  1 pending\n",
    "Bun": " 5 pass\n 0 fail\n",
    "Deno": "ok | 5 passed | 0 failed (31ms)\n",
    "unittest": "Ran 5 tests in 0.001s\n\nOK (skipped=2)\n",
    "bats": "1..2\nok 1 inserts a route\nok 2 refuses a duplicate\n",
    "RSpec": "5 examples, 0 failures, 1 pending\n",
    "Gradle and Maven": "[INFO] Tests run: 5, Failures: 0, Errors: 0, Skipped: 1\n",
    "PHPUnit": "OK (5 tests, 12 assertions)\n",
}

UNTESTED = {
    "nothing at all": "",
    "a script that left early": "Nothing to do.\n",
    "pytest, all deselected": "==== 12 deselected in 0.10s ====\n",
    "pytest, all skipped": "==== 12 skipped in 0.10s ====\n",
    "pytest, expected failures only": "==== 1 xfailed, 1 xpassed in 0.10s ====\n",
    "cargo test, all filtered out": """
        test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 7 filtered out
        test result: ok. 0 passed; 0 failed; 3 ignored; 0 measured; 0 filtered out
    """,
    "cargo nextest": "Summary [   0.000s] 0 tests run: 0 passed, 12 skipped\n",
    "node, TAP": "ok 1 - inserts a route # SKIP\n# tests 1\n# pass 0\n# skipped 1\n",
    "node, spec": "ℹ tests 0\nℹ pass 0\n",
    "go without tests": "?   \texample.org/gateway\t[no test files]\n",
    "go with a filter": "testing: warning: no tests to run\nPASS\n"
    "ok  \texample.org/gateway/store\t0.002s [no tests to run]\n",
    "gotestsum": "DONE 3 tests, 3 skipped in 0.01s\n",
    "vitest": " Test Files  1 passed (1)\n      Tests  3 skipped (3)\n",
    "Jest": "Test Suites: 1 passed, 1 total\nTests:       3 todo, 3 total\nSnapshots: 1 passed\n",
    "Jest without tests": "No tests found, exiting with code 0\n",
    "Mocha": "  0 passing (1ms)\n  3 pending\n",
    "unittest": "Ran 3 tests in 0.001s\n\nOK (skipped=3)\n",
    "RSpec": "3 examples, 0 failures, 3 pending\n",
    "Maven": "Tests run: 3, Failures: 0, Errors: 0, Skipped: 3\n",
}

WITHOUT_DATABASE = {
    "pytest's summary": "SKIPPED [4] tests/store/conftest.py:31: TEST_POSTGRES_URL is not set",
    "pytest, a server that is wanted": "SKIPPED [4] conftest.py:31: needs a running PostgreSQL",
    "pytest, verbose": "tests/test_routes.py::test_insert[postgres] SKIPPED (no database)",
    "pytest's reason": "SKIPPED [1] tests/test_routes.py:9: set DATABASE_URL to run this",
    "Rust": "skipping postgres test: POSTGRES_URL not set",
    "Rust, the other way round": "POSTGRES_URL is unset; skipping",
    "Rust, in few words": "Skipping PostgreSQL tests",
    "a script": "DATABASE_URL is not set, skipping store tests.",
    "a server that is down": "skipped: postgres is not reachable on 127.0.0.1:5432",
    "go": "--- SKIP: TestStore (0.00s)\n    store_test.go:12: TEST_DATABASE_DSN missing",
    "go, other words": "--- SKIP: TestStore (0.00s)\n    store_test.go:12: no database configured",
    "go's own variable": "    store_test.go:12: TEST_POSTGRES_URL not set",
    "TAP": "ok 3 - inserts a route # SKIP no postgres",
    "bats": "ok 3 inserts a route # skip database not available",
    "vitest": " ↓ postgres store > inserts a route",
    "Jest": "  ○ skipped postgres inserts a route",
}

NO_CONCERN = {
    "unrelated skips": "20 passed, 3 skipped in 1.20s",
    "an unrelated reason": "SKIPPED [3] tests/store/test_routes.py:4: flaky on Windows",
    "a place that names a database": "SKIPPED [1] postgres/test_database.py:4: flaky",
    "one backend's own rule": "SKIPPED [1] tests/test_rules.py:4: BRIN is PostgreSQL's alone",
    "a test's name in pytest": "tests/test_url.py::test_skips_when_database_is_unset PASSED [ 5%]",
    "a test's name in pytest, spoken": "tests/test_url.py::test_x[skip: no database] PASSED",
    "a test's name in Rust": "test store::skips_when_database_url_is_not_set ... ok",
    "a test's module in Rust": "test postgres::skips_locked_rows ... ok",
    "a test's name in nextest": "PASS [   0.013s] store skips_when_no_database",
    "a test's name in go": "--- PASS: TestSkipsWithoutDatabase (0.00s)",
    "a test's title in vitest": "   ✓ store > skips the write when no database is set 3ms",
    "a test's title in node": "✔ skips postgres tests when POSTGRES_URL is not set (1ms)",
    "a test's title in TAP": "ok 7 - skips the write when no database is set",
    "a log line": "database query: SELECT id FROM jobs FOR UPDATE SKIP LOCKED",
    "a step that was not necessary": "postgres is running already, skipping start",
    "a filter": "$ cargo test -p store -- --skip postgres_stress --skip database_unset",
    "another variable": "warning: CARGO_TARGET_DIR is not set",
    "a fallback": "DATABASE_URL is not set, using sqlite::memory:",
    "a path": "wrote /tmp/skip/no database/postgres.log",
}


@pytest.mark.parametrize("output", TESTED.values(), ids=TESTED)
def test_tests_that_ran_are_recognised(output: str) -> None:
    assert codes("\n".join(line.removeprefix("        ") for line in output.splitlines())) == []


@pytest.mark.parametrize("output", UNTESTED.values(), ids=UNTESTED)
def test_a_run_without_tests_is_no_proof(output: str) -> None:
    assert codes(output) == ["tests/none-ran"]


@pytest.mark.parametrize("output", WITHOUT_DATABASE.values(), ids=WITHOUT_DATABASE)
def test_a_skip_for_want_of_a_database_is_no_proof(output: str) -> None:
    assert codes(f"{output}\n12 passed in 1.0s") == ["tests/skipped"]


@pytest.mark.parametrize("output", NO_CONCERN.values(), ids=NO_CONCERN)
def test_it_does_not_cry_wolf(output: str) -> None:
    assert codes(f"{output}\n12 passed in 1.0s") == []


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("[test] # pass 3\n[test] # fail 0", []),
        ("[//crates/store:test] ok  \texample.org/store\t0.4s", []),
        (
            "[test] ok 1 - a\n[test]     --- SKIP: TestX\n[test]     x.go:3: no database",
            ["tests/skipped"],
        ),
        ("[setup] done\n[test] 0 passed", ["tests/none-ran"]),
    ],
)
def test_the_prefix_that_mise_adds_is_no_obstacle(output: str, expected: list[str]) -> None:
    assert codes(output) == expected


def test_the_finding_quotes_the_line_and_names_the_task() -> None:
    (finding,) = output_findings("test-store", ["  skipped: no database  ", "3 passed"])
    assert finding.message == (
        "test-store skipped tests for want of a database: skipped: no database"
    )
    assert "mig-assist postgres start" in finding.fix


def test_long_and_odd_lines_are_no_burden() -> None:
    lines = ["." * 8_192, "a." * 4_096, "skip " * 1_600, "database " * 900, "1" * 8_192, "\x00"]
    assert codes("\n".join(lines * 20 + ["5 passed"])) == []
