"""Lists of tables kept by hand: read, and edited in their own style and order."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mig_assist.workspace import Workspace, open_workspace
from mig_assist.workspace.table_lists import TableList, TableListError, table_lists
from tests.workspace.rust_sources import CONFIGURATION, rustfmt, write, write_pair


def workspace_with(root: Path, path: str, content: str | bytes, name: str = "") -> Workspace:
    """A workspace in which one list is configured."""
    stated = f"{path}:{name}" if name else path
    write(root, "mig-assist.toml", f'{CONFIGURATION}\n[lists]\ntables = ["{stated}"]\n')
    write_pair(root, 17, "baseline")
    write(root, path, content)
    return open_workspace(root)


def only_list(workspace: Workspace) -> TableList:
    (found,) = table_lists(workspace)
    return found


def edited(
    root: Path,
    path: str,
    content: str,
    *,
    name: str = "",
    add: tuple[str, ...] = (),
    remove: tuple[str, ...] = (),
) -> str:
    """The file after tables were added and removed."""
    subject = only_list(workspace_with(root, path, content, name))
    change = subject.changed(add, remove)
    assert change is not None
    assert change.content is not None
    assert change.path == path
    write(root, path, change.content)
    assert subject.changed(add, remove) is None
    return change.content.decode()


def names(found: TableList) -> list[str]:
    return [table.name for table in found.read().tables]


def test_none_is_configured_by_default(tmp_path: Path) -> None:
    write(tmp_path, "mig-assist.toml", CONFIGURATION)
    assert table_lists(open_workspace(tmp_path)) == ()


class TestRust:
    @pytest.mark.parametrize(
        "declared",
        [
            'const TABLES: &[&str] = &["teams", "users"];',
            'static TABLES: [&str; 2] = ["teams", "users"];',
            'fn tables() -> Vec<&\'static str> { vec!["teams", "users"] }',
            'const TABLES: &[(&str, bool)] = &[("teams", true), ("users", true)];',
            'const TABLES: &[T] = &[T { name: "teams" }, T { name: "users" }];',
            'static TABLES: LazyLock<HashSet<&str>> = LazyLock::new(|| HashSet::from(["teams",'
            ' "users"]));',
            'mod a { impl B { const TABLES: &[&str] = &[/* one */ "teams", // two\n "users"]; } }',
            'const OTHER: &[&str] = &["a"]; const TABLES: &[&str] = &[r"teams", r#"users"#];',
        ],
    )
    def test_it_is_found_by_its_name(self, tmp_path: Path, declared: str) -> None:
        name = "tables" if declared.startswith("fn") else "TABLES"
        found = only_list(workspace_with(tmp_path, "src/reset.rs", declared, name))
        assert names(found) == ["teams", "users"]

    def test_lines_are_those_of_the_file(self, tmp_path: Path) -> None:
        source = '// Head.\nconst T: &[&str] = &[\n    "teams",\n\n    "users",\n];\n'
        text = only_list(workspace_with(tmp_path, "a.rs", source, "T")).read()
        assert text.line == 2
        assert [table.line for table in text.tables] == [3, 5]

    @pytest.mark.parametrize(
        "held",
        [
            [],
            ["teams"],
            ["budgets", "teams"],
            ["teams", "budgets"],
            [f"table_{letter}" for letter in "bdfhjlnprt"],
            ["a", "c", "e", "g", "i", "k", "m", "o", "q", "s", "u", "w", "y"],
            [f"t{number:02}" for number in range(40)],
        ],
    )
    def test_it_stays_as_rustfmt_leaves_it(self, tmp_path: Path, held: list[str]) -> None:
        quoted = ", ".join(f'"{name}"' for name in held)
        source = rustfmt(f"pub const T: [&str; {len(held)}] = [{quoted}];\n// Tail.\n")
        new = ("request_labels", "keys")
        changed = edited(tmp_path, "src/a.rs", source, name="T", add=new)
        assert rustfmt(changed) == changed
        found = only_list(open_workspace(tmp_path))
        wanted = [*held, *new]
        assert names(found) == (sorted(wanted) if held == sorted(held) else wanted)
        assert f"[&str; {len(wanted)}]" in changed
        back = edited(tmp_path, "src/a.rs", changed, name="T", remove=new)
        assert back == source

    def test_tuples_take_what_all_others_have(self, tmp_path: Path) -> None:
        source = 'const T: &[(&str, bool)] = &[\n    ("teams", true),\n    ("users", true),\n];\n'
        changed = edited(tmp_path, "a.rs", source, name="T", add=("keys",))
        assert changed == source.replace('    ("teams"', '    ("keys", true),\n    ("teams"')

    def test_where_it_differs_nothing_is_guessed(self, tmp_path: Path) -> None:
        source = 'const T: &[(&str, bool)] = &[("teams", true), ("users", false)];\n'
        subject = only_list(workspace_with(tmp_path, "a.rs", source, "T"))
        assert names(subject) == ["teams", "users"]
        with pytest.raises(TableListError, match="line 1"):
            subject.changed(("keys",), ())
        assert subject.changed((), ("users",)) is not None

    def test_comments_stay_with_their_tables(self, tmp_path: Path) -> None:
        source = (
            "const T: &[&str] = &[\n    // Who.\n    \"teams\",\n    \"users\", // people\n"
            "    // What.\n    \"budgets\",\n];\n"
        )  # fmt: skip
        changed = edited(tmp_path, "a.rs", source, name="T", add=("keys",), remove=("budgets",))
        assert changed == source.replace('    // What.\n    "budgets"', '    "keys"')

    @pytest.mark.parametrize(
        ("source", "name", "told"),
        [
            ('const T: &[&str] = &["a"];', "", "Name the list behind a colon"),
            ('const T: &[&str] = &["a"];', "U", "othing that holds a list is called U"),
            ("const T: &[u8] = &[1];", "T", "Line 1 of T is no name"),
            ('const T: &[&str] = &["a", b];', "T", "Line 1 of T is no name"),
            ('const T: &[&str] = &["a" "b"];', "T", "Line 1"),
            ('mod a { const T: A = ["a"]; } mod b { const T: A = ["b"]; }', "T", "Several lists"),
            ("", "T", "othing"),
        ],
    )
    def test_anything_else_is_refused(
        self, tmp_path: Path, source: str, name: str, told: str
    ) -> None:
        with pytest.raises(TableListError, match=told):
            only_list(workspace_with(tmp_path, "a.rs", source, name)).read()


class TestLines:
    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ("teams\nusers\n", "keys\nteams\nusers\n"),
            ("users\nteams\n", "users\nteams\nkeys\n"),
            ("# Keep in order.\n\na\nteams", "# Keep in order.\n\na\nkeys\nteams"),
            ("a\nb", "a\nb\nkeys"),
            ("a\r\nb\r\n", "a\r\nb\r\nkeys\r\n"),
            ("a\r\nb", "a\r\nb\r\nkeys"),
            ("  - a,\n  - teams,  # why\n", "  - a,\n  - keys,\n  - teams,  # why\n"),
            ("", "keys\n"),
            ("# None yet.\n", "# None yet.\nkeys\n"),
            ("a\n# Tail.\n", "a\nkeys\n# Tail.\n"),
            ("-- a comment\n// another\nteams\n", "-- a comment\n// another\nkeys\nteams\n"),
        ],
    )
    def test_a_table_is_added_on_a_line_of_its_own(
        self, tmp_path: Path, source: str, expected: str
    ) -> None:
        assert edited(tmp_path, "tables.txt", source, add=("keys",)) == expected
        # A text without an ending at its last line keeps that.
        if source and not source.endswith("\r\nb"):
            back = edited(tmp_path, "tables.txt", expected, remove=("keys",))
            assert back.rstrip("\r\n") == source.rstrip("\r\n")

    def test_a_name_is_for_files_that_hold_several(self, tmp_path: Path) -> None:
        with pytest.raises(TableListError, match="no list called T"):
            only_list(workspace_with(tmp_path, "tables.txt", "a\n", "T")).read()


class TestToml:
    SOURCE = '# Head.\n[reset]\ntables = [{}]\nother = ["x"]\n'

    @pytest.mark.parametrize(
        ("items", "expected"),
        [
            ("", '"keys"'),
            ('"teams"', '"keys", "teams"'),
            ('"a", "teams",', '"a", "keys", "teams",'),
            ("'a', 'teams'", "'a', 'keys', 'teams'"),
            ('"z", "b"', '"z", "b", "keys"'),
            ('\n  "a",\n  "teams", # people\n', '\n  "a",\n  "keys",\n  "teams", # people\n'),
            ('\n  "a", # one\n  "b"\n', '\n  "a", # one\n  "b",\n  "keys"\n'),
            ('\n  "a", # one\n', '\n  "a", # one\n  "keys",\n'),
        ],
    )
    @pytest.mark.parametrize("newline", ["\n", "\r\n"])
    def test_a_table_is_added_in_the_lists_style(
        self, tmp_path: Path, items: str, expected: str, newline: str
    ) -> None:
        source, wanted = (
            self.SOURCE.format(each).replace("\n", newline) for each in (items, expected)
        )
        changed = edited(tmp_path, "a.toml", source, name="reset.tables", add=("keys",))
        assert changed == wanted
        assert edited(tmp_path, "a.toml", changed, name="reset.tables", remove=("keys",)) == source

    @pytest.mark.parametrize(
        ("source", "name"),
        [("a = [", "a"), ("a = 1", "a"), ("a = [1]", "a"), ("a = ['x']", "b"), ("a = ['x']", "")],
    )
    def test_anything_else_is_refused(self, tmp_path: Path, source: str, name: str) -> None:
        with pytest.raises(TableListError):
            only_list(workspace_with(tmp_path, "a.toml", source, name)).read()


class TestJson:
    @pytest.mark.parametrize(
        ("source", "name", "expected"),
        [
            ('["a", "z"]\n', "", '["a", "keys", "z"]\n'),
            ("[]", "", '["keys"]'),
            (
                '{\n  "t": [\n    "a",\n    "z"\n  ],\n  "o": ["x"]\n}\n',
                "t",
                '{\n  "t": [\n    "a",\n    "keys",\n    "z"\n  ],\n  "o": ["x"]\n}\n',
            ),
            (
                '{"r": {"t": [\n\t"z",\n\t"a"\n]}}',
                "r.t",
                '{"r": {"t": [\n\t"z",\n\t"a",\n\t"keys"\n]}}',
            ),
        ],
    )
    def test_a_table_is_added_in_the_lists_style(
        self, tmp_path: Path, source: str, name: str, expected: str
    ) -> None:
        assert edited(tmp_path, "a.json", source, name=name, add=("keys",)) == expected
        assert edited(tmp_path, "a.json", expected, name=name, remove=("keys",)) == source

    @pytest.mark.parametrize("source", ["", "[", '{"a": 1}', "[1]", "[" * 100_000, '["a"] x'])
    def test_anything_else_is_refused(self, tmp_path: Path, source: str) -> None:
        with pytest.raises(TableListError):
            only_list(workspace_with(tmp_path, "a.json", source)).read()


class TestFiles:
    @pytest.mark.parametrize("path", ["../outside.txt", "missing.txt", "crates"])
    def test_what_cannot_be_read_is_refused(self, tmp_path: Path, path: str) -> None:
        root = tmp_path / "workspace"
        write(tmp_path, "outside.txt", "a\n")
        write(root, "mig-assist.toml", f'{CONFIGURATION}\n[lists]\ntables = ["{path}"]\n')
        write_pair(root, 17, "baseline")
        with pytest.raises(TableListError):
            only_list(open_workspace(root)).read()

    @pytest.mark.parametrize("content", [b"\xff", b"a\0b"])
    def test_what_is_no_text_is_refused(self, tmp_path: Path, content: bytes) -> None:
        for path in ("a.txt", "a.rs", "a.toml", "a.json"):
            with pytest.raises(TableListError):
                only_list(workspace_with(tmp_path, path, content, "T"[: path == "a.rs"])).read()

    def test_names_are_compared_in_any_case(self, tmp_path: Path) -> None:
        subject = only_list(workspace_with(tmp_path, "a.txt", "Teams\n"))
        assert subject.changed(("teams",), ()) is None
        assert subject.changed((), ("TEAMS",)) is not None


TABLES = st.lists(st.from_regex("[a-z]{1,12}", fullmatch=True), unique=True, max_size=12)


@settings(max_examples=60)
@given(held=TABLES, added=TABLES, kind=st.sampled_from(["rs", "txt", "toml", "json"]))
def test_what_was_added_goes_without_a_trace(
    tmp_path_factory: pytest.TempPathFactory, held: list[str], added: list[str], kind: str
) -> None:
    new = tuple(name for name in added if name not in held)
    quoted = "".join(f'\n    "{name}",' for name in held)
    sources = {
        "rs": f"const T: &[&str] = &[{quoted}\n];\n",
        "txt": "".join(f"{name}\n" for name in held),
        "toml": f"T = [{quoted}\n]\n",
        "json": f'{{"T": [{quoted.removesuffix(",")}\n]}}\n',
    }
    source = sources[kind] if held else sources[kind].replace("\n]", "]")
    name = "" if kind == "txt" else "T"
    root = tmp_path_factory.mktemp("lists")
    subject = only_list(workspace_with(root, f"a.{kind}", source, name))
    change = subject.changed(new, ())
    assert (change is None) == (not new)
    if change is not None:
        assert change.content is not None
        write(root, f"a.{kind}", change.content)
        wanted = [*held, *new]
        assert names(subject) == (sorted(wanted) if held == sorted(held) else wanted)
        back = subject.changed((), new)
        assert back is not None
        assert back.content is not None
        if kind != "rs" and held:
            assert back.content.decode() == source
