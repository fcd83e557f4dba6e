"""A registry in TOML: read strictly, edited without touching what stands around the entry."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mig_assist.backend import Backend
from mig_assist.file_changes import write_all
from mig_assist.workspace import open_workspace
from mig_assist.workspace.registry import RegistryEntry, RegistryError, open_registry
from mig_assist.workspace.registry.toml import TomlRegistry
from tests.conftest import WorkspaceCopy
from tests.workspace.layouts import pair_paths, write

ENTRY_17 = """[[migration]]
version = 17
name = "baseline"
checksum = { libsql = "aa", postgres = "bb" }
libsql = "migrations/V17__baseline.sql"
postgres = "migrations/postgres/V17__baseline.sql"
"""
ENTRY_19 = ENTRY_17.replace("17", "19").replace("baseline", "teams")


def entry(version: int, name: str, checksum: str = "cc") -> RegistryEntry:
    libsql, postgres = pair_paths(version, name)
    return RegistryEntry(
        version,
        name,
        {Backend.LIBSQL: checksum, Backend.POSTGRES: f"{checksum}-postgres"},
        {Backend.LIBSQL: libsql, Backend.POSTGRES: postgres},
    )


def registry(root: Path, content: str | bytes) -> TomlRegistry:
    write(root, "registry.toml", content)
    return TomlRegistry(root, "registry.toml")


def edited(root: Path, content: str | bytes, *entries: RegistryEntry) -> str:
    """The file after the entries were added or replaced one by one."""
    subject = registry(root, content)
    for each in entries:
        change = subject.with_entry(each)
        assert change is not None
        write_all(root, [change])
    assert all(each in subject.entries() for each in entries)
    return (root / "registry.toml").read_bytes().decode()


def refusal(root: Path, content: str | bytes) -> RegistryError:
    with pytest.raises(RegistryError) as caught:
        registry(root, content).entries()
    return caught.value


class TestReading:
    def test_the_embedded_workspace_lists_its_baseline(self, workspace_copy: WorkspaceCopy) -> None:
        (only,) = open_registry(open_workspace(workspace_copy())).entries()
        assert (only.version, only.name) == (17, "baseline")
        assert set(only.checksums) == set(only.paths) == set(Backend)

    def test_entries_come_in_the_order_of_the_file(self, tmp_path: Path) -> None:
        found = registry(tmp_path, ENTRY_19 + ENTRY_17).entries()
        assert [(each.version, each.name) for each in found] == [(19, "teams"), (17, "baseline")]

    def test_an_empty_file_lists_nothing(self, tmp_path: Path) -> None:
        for content in ("", "# Nothing yet.\n", "migration = []\n"):
            assert registry(tmp_path, content).entries() == ()

    @pytest.mark.parametrize(
        ("content", "line"),
        [
            (ENTRY_17 + "version = 18\n", 7),
            (ENTRY_17 + "\n<<<<<<< HEAD\n" + ENTRY_19 + "=======\n>>>>>>> theirs\n", 8),
            ("name = 'one'\nname = 'two'\n", 2),
            ("\n\n[[migration\n", 3),
        ],
    )
    def test_what_is_not_toml_is_refused_with_its_line(
        self, tmp_path: Path, content: str, line: int
    ) -> None:
        error = refusal(tmp_path, content)
        assert error.line == line
        if "<<<<<<<" in content:
            assert error.title == "registry.toml is in conflict"
            assert "mig-assist renumber" in error.fix
        else:
            assert error.title == "registry.toml cannot be read as a registry"
            assert f"line {line}" in error.message

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            ("migration = 3", "[[migration]]"),
            ("[migration]\nversion = 17", "[[migration]]"),
            ("migration = [3]", "Entry 1 is not a table"),
            ("[[migration]]", "`checksum`|`version`"),
            (ENTRY_17.replace("version = 17", ""), "`version`"),
            (ENTRY_17.replace("version = 17", "version = '17'"), "`version`"),
            (ENTRY_17.replace("version = 17", "version = true"), "`version`"),
            (ENTRY_17.replace("version = 17", "version = 0"), "a version that is not one"),
            (ENTRY_17.replace("version = 17", "version = -1"), "a version that is not one"),
            (ENTRY_17.replace("version = 17", f"version = {10**30}"), "a version that is not one"),
            (ENTRY_17.replace('"baseline"', "[]"), "`name`"),
            (ENTRY_17.replace('{ libsql = "aa", postgres = "bb" }', '"aa"'), "`checksum`"),
            (ENTRY_17.replace(', postgres = "bb"', ""), "`postgres`"),
            (ENTRY_17.replace("libsql = \"migrations", "sqlite = \"migrations"), "`libsql`"),
            (ENTRY_17 + ENTRY_19.replace('name = "teams"', ""), "Entry 2 lacks a valid `name`"),
            ("a = " + "[" * 50_000, "nested too deeply"),
            ("a = " + "9" * 5_000, "digits"),
        ],
    )  # fmt: skip
    def test_what_is_no_list_of_migrations_is_refused(
        self, tmp_path: Path, content: str, told: str
    ) -> None:
        assert any(part in refusal(tmp_path, content).message for part in told.split("|"))

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            (b"\xff", "registry.toml is not UTF-8"),
            (b"\0", "registry.toml is not a text file"),
            (b"#" * 9_000_000, "registry.toml is too large"),
        ],
        ids=["not-utf-8", "binary", "huge"],
    )
    def test_what_is_no_text_is_refused(self, tmp_path: Path, content: bytes, told: str) -> None:
        assert refusal(tmp_path, content).title == told

    def test_a_missing_file_is_named(self, tmp_path: Path) -> None:
        for use in ("entries", "with_entry"):
            subject = TomlRegistry(tmp_path, "migrations/registry.toml")
            with pytest.raises(RegistryError, match=r"migrations/registry\.toml does not exist"):
                subject.entries() if use == "entries" else subject.with_entry(entry(18, "x"))

    def test_a_link_out_of_the_workspace_is_not_followed(self, tmp_path: Path) -> None:
        write(tmp_path, "outside.toml", ENTRY_17)
        root = tmp_path / "workspace"
        root.mkdir()
        (root / "registry.toml").symlink_to("../outside.toml")
        with pytest.raises(RegistryError, match="outside the workspace"):
            TomlRegistry(root, "registry.toml").entries()


class TestEditing:
    def test_an_entry_is_added_at_the_end(self, tmp_path: Path) -> None:
        assert edited(tmp_path, ENTRY_17, entry(18, "routes")) == (
            ENTRY_17
            + """
[[migration]]
version = 18
name = "routes"
checksum = { libsql = "cc", postgres = "cc-postgres" }
libsql = "migrations/V18__routes.sql"
postgres = "migrations/postgres/V18__routes.sql"
"""
        )

    def test_it_takes_its_place_between_the_others(self, tmp_path: Path) -> None:
        text = edited(tmp_path, f"{ENTRY_17}\n{ENTRY_19}", entry(18, "routes"))
        before, written, after = text.split("\n\n")
        assert (before + "\n", after) == (ENTRY_17, ENTRY_19)
        assert 'name = "routes"' in written

    def test_comments_stay_with_what_they_speak_of(self, tmp_path: Path) -> None:
        content = (
            f"# The registry.\n\n# All began here.\n{ENTRY_17}\n# Teams.\n# At last.\n{ENTRY_19}"
        )
        text = edited(tmp_path, content, entry(18, "routes"), entry(16, "older"))
        assert f"# All began here.\n{ENTRY_17}\n[[migration]]\nversion = 18\n" in text
        assert text.endswith(f"\n\n# Teams.\n# At last.\n{ENTRY_19}")
        assert text.startswith("# The registry.\n\n[[migration]]\nversion = 16\n")

    def test_an_entry_is_replaced_where_it_stands(self, tmp_path: Path) -> None:
        content = (
            f"{ENTRY_17}\n[[migration]]  # in work\nversion = 18 # ours\n"
            'name = "old"   # to be renamed\n'
            "checksum = {libsql='x',postgres='y'}\nlibsql='migrations/V18__old.sql'\n"
            f"postgres = 'migrations/postgres/V18__old.sql'\nreviewer = 'Ada'\n\n{ENTRY_19}"
        )
        text = edited(tmp_path, content, entry(18, "routes"))
        assert text.startswith(ENTRY_17)
        assert text.endswith(ENTRY_19)
        assert "[[migration]]  # in work\nversion = 18 # ours\n" in text
        assert 'name = "routes"   # to be renamed\n' in text
        assert "reviewer = 'Ada'\n" in text
        assert "old" not in text

    @pytest.mark.parametrize(
        "checksum",
        ["[migration.checksum]\nlibsql = 'x'\npostgres = 'y'", "checksum.libsql = 'x'\n"
         "checksum.postgres = 'y'"],
        ids=["table", "dotted"],
    )  # fmt: skip
    def test_checksums_are_replaced_in_the_form_they_have(
        self, tmp_path: Path, checksum: str
    ) -> None:
        lines = ENTRY_17.splitlines()
        content = "\n".join([*lines[:3], *lines[4:], checksum, ""])
        text = edited(tmp_path, content, entry(17, "baseline"))
        assert checksum.partition("libsql")[0] in text
        assert text.count("\n") == content.count("\n")

    def test_an_entry_that_is_there_already_changes_nothing(self, tmp_path: Path) -> None:
        subject = registry(tmp_path, ENTRY_17)
        assert subject.with_entry(subject.entries()[0]) is None

    @pytest.mark.parametrize("content", ["", "# Nothing yet.\n", "# Nothing yet.", "\n\n"])
    def test_the_first_entry_of_an_empty_registry(self, tmp_path: Path, content: str) -> None:
        text = edited(tmp_path, content, entry(18, "routes"))
        head = f"{content.strip()}\n\n" if content.strip() else ""
        assert text.startswith(f"{head}[[migration]]\nversion = 18\n")

    def test_other_tables_stay_where_they_are(self, tmp_path: Path) -> None:
        tail = "\n[runner]\nlock = 3\n"
        text = edited(tmp_path, ENTRY_17 + tail, entry(18, "routes"), entry(17, "baseline"))
        assert tail in text

    def test_line_ends_and_byte_order_mark_stay(self, tmp_path: Path) -> None:
        content = b"\xef\xbb\xbf" + ENTRY_17.replace("\n", "\r\n").encode()
        text = edited(tmp_path, content, entry(18, "routes"))
        assert text.startswith("\ufeff[[migration]]\r\n")
        assert text.count("\n") == text.count("\r\n") == 13

    def test_a_missing_line_end_is_supplied(self, tmp_path: Path) -> None:
        text = edited(tmp_path, ENTRY_17.rstrip("\n"), entry(18, "routes"))
        assert text.startswith(f"{ENTRY_17}\n[[migration]]\n")
        assert text.endswith('V18__routes.sql"\n')

    @pytest.mark.parametrize(
        "content",
        [
            "migration = []\n",
            "migration = [{ version = 17, name = 'baseline', libsql = 'a', postgres = 'b',"
            " checksum = { libsql = 'x', postgres = 'y' } }]\n",
            f"note = '''\n[[migration]]\n'''\n{ENTRY_17}",
        ],
        ids=["empty-array", "inline-tables", "header-in-a-string"],
    )
    def test_a_form_that_cannot_be_edited_is_named_and_left_alone(
        self, tmp_path: Path, content: str
    ) -> None:
        subject = registry(tmp_path, content)
        for each in (entry(17, "other"), entry(18, "routes")):
            if each.version == 18 and "'''" in content:
                continue
            with pytest.raises(RegistryError, match="cannot be edited"):
                subject.with_entry(each)
        assert (tmp_path / "registry.toml").read_text() == content

    def test_a_broken_registry_is_not_edited(self, tmp_path: Path) -> None:
        with pytest.raises(RegistryError, match="line 2"):
            registry(tmp_path, "[[migration]]\nx\n").with_entry(entry(18, "routes"))

    def test_two_megabytes_are_edited_like_two_lines(self, tmp_path: Path) -> None:
        names = [(version, f"step_{version}") for version in range(1, 11_001)]
        content = "# All of it.\n" * 2_000 + "\n".join(
            ENTRY_17.replace("17", str(version)).replace("baseline", name)
            for version, name in names
        )
        assert len(content) > 2_000_000
        change = registry(tmp_path, content).with_entry(entry(5, "renamed"))
        assert change is not None
        assert change.content is not None
        assert b'"renamed"' in change.content

    @settings(max_examples=60, deadline=None)
    @given(
        st.lists(
            st.tuples(st.integers(1, 999_999_999), st.text(min_size=1, max_size=20), st.booleans()),
            max_size=8,
            unique_by=lambda each: each[0],
        ),
        st.sampled_from(["", "# head\n", f"{ENTRY_17}\n# between\n{ENTRY_19}"]),
    )
    def test_whatever_is_added_is_read_back_in_order(
        self,
        tmp_path_factory: pytest.TempPathFactory,
        added: Sequence[tuple[int, str, bool]],
        content: str,
    ) -> None:
        root = tmp_path_factory.mktemp("registry")
        subject = registry(root, content)
        expected = {each.version: each for each in subject.entries()}
        for version, name, twice in added:
            for checksum in ("first", "second") if twice else ("first",):
                expected[version] = entry(version, name, checksum)
                change = subject.with_entry(expected[version])
                assert change is not None
                assert change.content is not None
                write(root, change.path, change.content)
                assert subject.with_entry(expected[version]) is None
        assert list(subject.entries()) == [expected[version] for version in sorted(expected)]
        comments = [line for line in content.split("\n") if line.startswith("#")]
        assert all(line in (root / "registry.toml").read_text() for line in comments)
