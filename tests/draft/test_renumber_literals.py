"""Which numbers mean a version, in lines as they stand in real files: V5 ``teams`` becomes V6."""

from __future__ import annotations

import pytest

from mig_assist.draft.renumber_text import Kind, Rules, renumbered

RULES = Rules(
    numbers={5: 6},
    names={5: "teams"},
    others={5: frozenset({"zzz"})},
    texts={"V5__teams": "V6__teams"},
)

VERSIONS = [
    # Rust
    ("store_test.rs", 'Manifest { version: 5, name: "teams" },'),
    ("store_test.rs", "    version: 5,"),
    ("store_test.rs", "fn v5_teams() {"),
    ("store_test.rs", "    // V5 creates teams"),
    ("store_test.rs", "let latest_version = 5;"),
    ("store_test.rs", "const LATEST_VERSION: u32 = 5;"),
    ("store_test.rs", "const SCHEMA_VERSION: i64 = 5;"),
    ("store_test.rs", "assert_eq!(row.version, 5);"),
    ("store_test.rs", "assert_eq!(latest_version(&db), 5);"),
    ("store_test.rs", "assert_eq!(5, row.version);"),
    ("store_test.rs", "assert_eq!(store.schema_version().await?, 5);"),
    ("store_test.rs", "assert!(rows.iter().any(|row| row.version == 5));"),
    ("store_test.rs", "runner.set_target(Target::Version(5));"),
    ("store_test.rs", "let store = store_before(5).await;"),
    ("store_test.rs", "migrate_to(5).await?;"),
    ("store_test.rs", "db.run_migrations_until(5)?;"),
    ("store_test.rs", 'include_str!("../migrations/V5__teams.sql")'),
    ("store_test.rs", '(5, "teams"),'),
    ("store_test.rs", '5 => "teams",'),
    ("store_test.rs", "const TEAMS_VERSION: i64 = 5;"),
    ("store_test.rs", "migrate_to_version(&db, 5);"),
    ("store_test.rs", "migrate_to_version(&db.pool(), 5).await?;"),
    ("store_test.rs", "let store = store_at(&server, 5).await;"),
    ("store_test.rs", "assert_version(&db, 5);"),
    ("store_test.rs", "assert_eq!(db.versions().last(), Some(&5));"),
    ("store_test.rs", "assert!(db.applied_versions().iter().max() == Some(&5));"),
    # Python
    ("test_store.py", "assert versions[-1] == 5"),
    ("test_store.py", 'assert recorded[5] == "teams"'),
    ("test_store.py", "assert max(applied_versions(db)) == 5"),
    ("test_store.py", "with store_before(5) as store:"),
    ("test_store.py", "assert row.version == 5"),
    ("test_store.py", "assert 5 == row.version"),
    ("test_store.py", "expected_version = 5"),
    ("test_store.py", "self.assertEqual(row.version, 5)"),
    ("test_store.py", "def test_v5_keeps_rows() -> None:"),
    ("test_store.py", "migrate(to=5)"),
    ("test_store.py", "migrate(connection, target=5)"),
    ("test_store.py", "    # after migration 5 every team has an owner"),
    ("test_store.py", '{"version": 5, "name": "teams"}'),
    # SQL, in tests and in comments
    ("test_store.sql", "SELECT name FROM refinery_schema_history WHERE version = 5;"),
    ("test_store.sql", "DELETE FROM refinery_schema_history WHERE version >= 5;"),
    ("test_store.sql", "INSERT INTO refinery_schema_history VALUES (5, 'teams');"),
    ("migrations/V5__teams.sql", "-- V5: teams"),
    ("migrations/V5__teams.sql", "-- migration 5 keeps the rows"),
    ("migrations/V5__teams.sql", "CREATE TABLE teams_v5_new (id TEXT);"),
    # TypeScript
    ("store.test.ts", "expect(row.version).toBe(5);"),
    ("store.test.ts", "expect(await latestVersion(db)).toEqual(5);"),
    ("store.test.ts", "const schemaVersion = 5;"),
    ("store.test.ts", "await migrateTo(5);"),
    ("store.test.ts", "if (row.version === 5) {"),
    ("store.test.ts", "expect(versions.at(-1)).toBe(5);"),
    # Markdown
    ("data.md", "V5 adds teams. See migrations/V5__teams.sql."),
    ("data.md", "Since version 5 every team has an owner."),
    ("data.md", "The schema version 5 adds teams."),
    ("data.md", "Migration 5 adds teams."),
    ("data.md", "In version 5 of the schema, teams came."),
    ("data.md", "| teams | 5 columns | V5 |"),
    # TOML
    ("fixture_test.toml", "version = 5"),
    ("fixture_test.toml", "schema_version = 5"),
]

OTHERS = [
    # Rust
    ("store_test.rs", 'const ALL_TABLES: [&str; 5] = ["init", "users", "teams"];'),
    ("store_test.rs", "assert_eq!(ALL_TABLES.len(), 5);"),
    ("store_test.rs", "std::thread::sleep(std::time::Duration::from_secs(5));"),
    ("store_test.rs", "let retries = 5;"),
    ("store_test.rs", "let buf = [0u8; 5];"),
    ("store_test.rs", "assert_eq!(count_tables(), 5); // all five tables"),
    ("store_test.rs", 'assert_eq!(rows("teams").await, 5);'),
    ("store_test.rs", 'let counts = [("teams", 5), ("users", 2)];'),
    ("store_test.rs", "assert_eq!(MIGRATIONS.len(), 5);"),
    ("store_test.rs", "let migrations = 5;"),
    ("store_test.rs", "assert_eq!(versions.len(), 5);"),
    ("store_test.rs", "let version_count = 5;"),
    ("store_test.rs", "let tls_version = 5;"),
    ("store_test.rs", "assert_eq!(response.version, 5);"),
    ("store_test.rs", "assert_eq!(client.api.version, 5);"),
    ("store_test.rs", "let document_version = 5;"),
    ("store_test.rs", 'let id = Uuid::new_v5(&ns, b"teams");'),
    ("store_test.rs", "for row in store.before(5) {"),
    ("store_test.rs", "let next = row.version + 5;"),
    ("store_test.rs", "let row = versions[5];"),
    ("store_test.rs", "migrate_with_retries(5);"),
    ("store_test.rs", "let timeout = since(5);"),
    ("store_test.rs", 'insert("teams", 5);'),
    ("store_test.rs", "const TLS_VERSION: i64 = 5;"),
    ("store_test.rs", "const DOCUMENT_VERSION: i64 = 5;"),
    ("store_test.rs", "let teams_version = 5;"),
    ("store_test.rs", "get_version(&document, 5);"),
    ("store_test.rs", "insert_at(&rows, 5);"),
    ("store_test.rs", "migrate_with_retries(&db, 5);"),
    ("store_test.rs", "migrate_to_version(&db, 5, true);"),
    ("store_test.rs", "assert_eq!(rows.last(), Some(&5));"),
    ("store_test.rs", "assert_eq!(newest(), 5);"),
    ("store_test.rs", "assert_eq!(db.versions().len(), 5);"),
    ("store_test.rs", 'assert_eq!(db.count("teams"), 5);'),
    # Python
    ("test_store.py", "for row in range(5):"),
    ("test_store.py", "assert len(rows) == 5"),
    ("test_store.py", "assert cursor.rowcount == 5"),
    ("test_store.py", "migrate(retries=5)"),
    ("test_store.py", "time.sleep(5)"),
    ("test_store.py", "timeout = 5  # seconds"),
    ("test_store.py", "app_version = 5"),
    ("test_store.py", "last = 5"),
    ("test_store.py", "versions = 5"),
    # SQL
    ("test_store.sql", "SELECT * FROM teams LIMIT 5;"),
    ("test_store.sql", "UPDATE documents SET version = 5 WHERE id = 1;"),
    ("migrations/V5__teams.sql", "CHECK (version <= 5)"),
    ("migrations/V5__teams.sql", "INSERT INTO teams VALUES (5, 'a');"),
    ("migrations/V5__teams.sql", "-- at most 5 teams for each user"),
    # TypeScript
    ("store.test.ts", "expect(rows).toHaveLength(5);"),
    ("store.test.ts", "await page.waitForTimeout(5);"),
    ("store.test.ts", "expect(response.version).toBe(5);"),
    ("store.test.ts", 'fetch("https://example.org/v5/teams");'),
    ("store.test.ts", "const pageSize = 5;"),
    # Markdown
    ("data.md", "We keep 5 migrations per page. Teams has 5 columns; RFC 5; 5 tables."),
    ("data.md", "It needs version 5 of TLS."),
    ("data.md", "It speaks TLS version 5."),
    ("data.md", "The protocol version 5 is spoken."),
    ("data.md", "Uses actions/checkout@v5 in CI."),
    ("data.md", "1. Step 5"),
    ("data.md", "issue #5, v5.2.0 and $5"),
    # TOML
    ("fixture_test.toml", "retries = 5"),
    ("fixture_test.toml", 'version = "5"'),
    ("fixture_test.toml", "api_version = 5"),
    ("fixture_test.toml", "max_migrations = 5"),
]


def under(path: str, line: str) -> str:
    """The line in a file that is about migrations."""
    kind = Kind.TESTS if "test" in path else Kind.DOCS if path.endswith(".md") else Kind.SQL
    return renumbered(f"migrations/{path}", line, RULES, kind, lambda _line: True)[0]


@pytest.mark.parametrize(("path", "line"), VERSIONS)
def test_what_means_the_version_moves(path: str, line: str) -> None:
    expected = line.replace("5", "6")
    if "columns" in line:
        expected = line.replace("V5", "V6")
    assert under(path, line) == expected


@pytest.mark.parametrize(("path", "line"), OTHERS)
def test_what_counts_or_measures_stays(path: str, line: str) -> None:
    assert under(path, line) == line


@pytest.mark.parametrize("line", ["version: 5,", "latest_version = 5", "Since version 5."])
def test_in_a_file_about_something_else_the_word_says_nothing(line: str) -> None:
    assert renumbered("tests/protocol.rs", line, RULES, Kind.TESTS, lambda _line: True)[0] == line


def under_tests(text: str) -> str:
    return renumbered("tests/migrations.rs", text, RULES, Kind.TESTS, lambda _line: True)[0]


def test_a_test_that_is_called_after_the_version_means_it_by_the_newest() -> None:
    text = """\
#[test]
fn v5_teams_keep_their_rows() {
    assert_eq!(super::newest(), 5);
    assert_eq!(db.count("teams"), 5);
}
#[test]
fn others() {
    assert_eq!(super::newest(), 5);
}
"""
    assert under_tests(text) == text.replace("v5", "v6").replace("newest(), 5", "newest(), 6", 1)


def test_a_constant_that_is_used_as_a_version_is_one() -> None:
    used = "const MY_VERSION: i64 = 5;\nmigrate_to(MY_VERSION);\n"
    assert under_tests(used) == used.replace("5", "6")
    other = "const MY_VERSION: i64 = 5;\nmigrate_to(4);\nspeak(MY_VERSION);\n"
    assert under_tests(other) == other


def test_the_table_is_long() -> None:
    assert len(VERSIONS) + len(OTHERS) >= 60
