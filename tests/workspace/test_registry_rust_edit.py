"""Editing a registry in Rust source: the entry as rustfmt leaves it, all else byte for byte."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from mig_assist.backend import Backend
from mig_assist.file_changes import write_all
from mig_assist.workspace.registry import RegistryEntry, RegistryError
from mig_assist.workspace.registry.rust.formatting import Style
from mig_assist.workspace.registry.rust.text import RustText
from tests.workspace.rust_sources import (
    BASELINE,
    BOTH,
    LONG,
    PG,
    PG_18,
    ROUTES,
    SHAPES,
    SOURCE,
    SQL,
    SQL_18,
    entry,
    listed,
    manifest,
    registry_of,
    rust_workspace,
    rustfmt,
    text_of,
    write,
)

USUAL = f"""\
//! The store's migrations.

pub struct Manifest {{
    pub version: u32,
}}

// Append only.
pub const MIGRATIONS: &[Manifest] = &[
    Manifest {{
        version: 17,
        name: "baseline",
        checksum: "V17__baseline.sql",
        libsql_sql: include_str!("../migrations/V17__baseline.sql"),
        postgres_sql: include_str!("../migrations/postgres/V17__baseline.sql"),
    }}, // the first
    // Why V18 is as it is.
    #[cfg(feature = "routes")]
    Manifest {{
        version: 18,
        // A comment inside.
        name: "route_profiles",
        checksum: "V18__route_profiles.sql",
        libsql_sql: include_str!("../migrations/V18__route_profiles.sql"),
        postgres_sql: include_str!("../migrations/postgres/V18__route_profiles.sql"),
    }},
    // Add new ones above this line.
];

#[cfg(test)]
mod tests {{
    const SAMPLE: &[Manifest] = &[{manifest(1, "sample")}];
}}
"""

ADDED = f"""\
    Manifest {{
        version: 19,
        name: "{LONG}",
        checksum: "V19__{LONG}.sql",
        libsql_sql: include_str!(
            "../migrations/V19__{LONG}.sql"
        ),
        postgres_sql: include_str!(
            "../migrations/postgres/V19__{LONG}.sql"
        ),
    }},
"""

# What no edit of the list alone can keep as rustfmt wants it: chains of calls, a list inside an
# entry of another one, and what rustfmt does not format at all.
UNFORMATTED = {"builders", "vec inside a vec", "a file with an error elsewhere"}
FORMATTED = sorted(SHAPES.keys() - UNFORMATTED)

# Where an entry is made of constants, comments or pieces, a removed one comes back in plain form.
REVERSIBLE = sorted(
    SHAPES.keys()
    - UNFORMATTED
    - {
        "constants for values",
        "constants for entries",
        "comments and attributes everywhere",
        "integers in every spelling",
        "paths of pieces",
        "shorthand",
    }
)


def numbered(text: RustText) -> list[int]:
    return [version for version, _ in listed(text)]


def is_formatted(text: RustText) -> bool:
    return rustfmt(text.content) == text.content.decode()


class TestAdding:
    def test_the_entry_follows_the_last_one_as_rustfmt_would_write_it(self) -> None:
        text = text_of(USUAL).with_entry(entry(19, LONG))
        mark = "    // Add new ones"
        assert text.content.decode() == USUAL.replace(mark, ADDED + mark)

    @pytest.mark.parametrize("shape", SHAPES)
    def test_every_shape_takes_entries(self, shape: str) -> None:
        text = text_of(SHAPES[shape]).with_entry(entry(20, "teams")).with_entry(entry(19, LONG))
        assert listed(text) == [BASELINE, ROUTES, (19, LONG), (20, "teams")]
        assert [each.paths for each in text.entries][2:] == [
            entry(19, LONG).paths,
            entry(20, "teams").paths,
        ]
        assert all(t.value == t.expected for each in text.entries for t in each.texts)

    @pytest.mark.parametrize("shape", FORMATTED)
    def test_what_rustfmt_had_formatted_stays_so(self, shape: str) -> None:
        text = text_of(rustfmt(SHAPES[shape]))
        for name in ("teams", "short_enough_for_one_line", LONG):
            text = text.with_entry(entry(numbered(text)[-1] + 1, name))
            assert is_formatted(text)

    def test_one_entry_on_the_brackets_line_moves_to_lines_of_its_own(self) -> None:
        text = text_of(rustfmt(f"const M: &[Manifest] = &[{manifest(*BASELINE)}];"))
        assert text.content.startswith(b"const M: &[Manifest] = &[Manifest {\n    version: 17,")
        more = text.with_entry(entry(18, LONG))
        assert is_formatted(more)
        assert more.content.startswith(b"const M: &[Manifest] = &[\n    Manifest {\n")
        assert more.without_entry(18).content == text.content

    def test_a_comment_in_the_only_entry_moves_with_it(self) -> None:
        source = f"const M: &[Manifest] = &[{manifest(17, LONG)}];"
        source = rustfmt(source).replace("    name:", "    // Why.\n    name:")
        assert is_formatted(text_of(source))
        more = text_of(source).with_entry(entry(18, "teams"))
        assert is_formatted(more)
        assert b"\n        // Why.\n        name:" in more.content
        assert more.without_entry(18).content.decode() == source

    def test_the_length_of_an_array_grows(self) -> None:
        for length, grown in (("2", "3"), ("2usize", "3usize"), ("0x2", "0x3")):
            source = SHAPES["array with a length"].replace("; 2]", f"; {length}]")
            text = text_of(source).with_entry(entry(19, "teams"))
            assert f"[Manifest; {grown}]" in text.content.decode()
            assert f"[Manifest; {length}]" in text.without_entry(19).content.decode()

    def test_the_length_of_an_array_that_is_returned_or_constant_grows(self) -> None:
        text = text_of(f"fn all() -> [Manifest; 2] {{ [{BOTH}] }}").with_entry(entry(19, "teams"))
        assert b"[Manifest; 3]" in text.content
        source = f"const N: usize = 2; const M: [Manifest; N] = [{BOTH}];"
        assert b"const N: usize = 3;" in text_of(source).with_entry(entry(19, "teams")).content

    def test_a_length_that_is_computed_is_left_to_the_user(self) -> None:
        source = f"const M: [Manifest; 1 + 1] = [{BOTH}];"
        with pytest.raises(RegistryError, match=r"1 \+ 1.*by hand"):
            text_of(source).with_entry(entry(19, "teams"))

    def test_a_lower_version_goes_before_higher_ones(self) -> None:
        source = USUAL.replace("18", "28")
        text = text_of(source).with_entry(entry(19, "teams"))
        assert numbered(text) == [17, 19, 28]
        assert b"    },\n    // Why V28" in text.content
        first = text.with_entry(entry(16, "older"))
        assert numbered(first) == [16, 17, 19, 28]

    def test_blank_lines_between_entries_are_kept_up(self) -> None:
        spaced = rustfmt(SHAPES["const slice"]).replace("},\n    M", "},\n\n    M")
        text = text_of(spaced)
        more = text.with_entry(entry(19, "teams"))
        assert more.content.count(b"\n\n    Manifest") == 2
        assert more.without_entry(19).content == text.content
        assert text.without_entry(18).with_entry(entry(*ROUTES)).content != b""

    def test_a_list_without_its_last_comma_stays_so(self) -> None:
        source = rustfmt(SHAPES["const slice"]).replace("    },\n];", "    } // last\n];")
        text = text_of(source)
        more = text.with_entry(entry(19, "teams"))
        assert b"}, // last\n" in more.content
        assert more.content.endswith(b"    }\n];\n")
        back = more.without_entry(19)
        assert back.content == text.content

    def test_a_list_on_one_line_stays_on_it(self) -> None:
        source = f"#[rustfmt::skip]\nconst M: &[Manifest] = &[ {BOTH} ];\n"
        text = text_of(source).with_entry(entry(19, "teams"))
        assert text.content.count(b"\n") == source.count("\n")
        assert f"{manifest(*ROUTES)}, {manifest(19, 'teams')} ];".encode() in text.content
        assert text.without_entry(19).content.decode() == source

    def test_entries_of_one_line_each_stay_so(self) -> None:
        rows = "".join(f"  {manifest(v, n)},\n" for v, n in (BASELINE, ROUTES))
        source = f"#[rustfmt::skip]\nconst M: &[Manifest] = &[\n{rows}];\n"
        text = text_of(source).with_entry(entry(19, "teams"))
        assert text.content.decode() == source.replace("];", f"  {manifest(19, 'teams')},\n];")

    @pytest.mark.parametrize(
        ("configuration", "style"),
        [
            ("max_width = 80", Style(max_width=80)),
            ("max_width = 140", Style(140, call_width=84, struct_width=25, array_width=84)),
            ("hard_tabs = true", Style(hard_tabs=True)),
            ("tab_spaces = 2", Style(tab_spaces=2)),
        ],
    )
    def test_the_style_of_the_repository_is_kept(self, configuration: str, style: Style) -> None:
        options = ("--config", configuration.replace(" ", ""))
        for shape in ("const slice", "tuples", "nested structs, any order"):
            text = text_of(rustfmt(SHAPES[shape], *options), style=style)
            for name in ("teams", LONG):
                text = text.with_entry(entry(numbered(text)[-1] + 1, name))
                assert rustfmt(text.content, *options) == text.content.decode()

    def test_literals_keep_their_spelling(self) -> None:
        source = (
            'const M: &[X] = &[X { v: 0x11_u32, n: r#"baseline"#, w: 2_0,'
            f" l: include_str!(r{SQL}), p: include_str!({PG}) }}];"
        )
        text = text_of(source).with_entry(entry(26, "teams"))
        assert b'X { v: 0x1a_u32, n: r#"teams"#, w: 2_0,' in text.content
        assert b'include_str!(r"../migrations/V26__teams.sql")' in text.content

    def test_grouped_digits_stay_grouped(self) -> None:
        rows = f"{manifest(20260101, 'a_table')}, {manifest(20260202, 'b_table')}"
        rows = rows.replace(": 20260101", ": 20_260_101").replace(": 20260202", ": 20_260_202")
        text = text_of(f"const M: &[Manifest] = &[{rows}];")
        more = text.with_entry(entry(20260303, "c_table"))
        assert b"version: 20_260_303," in more.content

    def test_a_new_path_begins_as_its_neighbours_do(self) -> None:
        text = text_of(SHAPES["paths of pieces"]).with_entry(entry(19, "teams"))
        added = text.content.decode().partition("v: 19")[2]
        assert 'concat!("../", "migrations/V19__teams.sql")' in added
        assert '"/src/../migrations/postgres/", "V19__teams.sql"' in added.replace("\n", "")

    def test_what_all_entries_share_is_copied_and_the_rest_is_not(self) -> None:
        source = (
            "const M: &[X] = &[\n"
            f"    #[cfg(a)] X {{ v: 17, safe: true, kind: Kind::A, l: include_str!({SQL}),"
            f" #[cfg(pg)] p: include_str!({PG}), ..X::D }},\n"
            f"    X {{ v: 18, safe: true, kind: Kind::A, l: include_str!({SQL_18}), /* why */"
            f" #[cfg(pg)] p: include_str!({PG_18}), ..X::D }}, // this\n];"
        )
        text = text_of(source).with_entry(entry(19, "teams"))
        added = text.content.decode().partition("// this\n")[2]
        assert added == (
            '    X { v: 19, safe: true, kind: Kind::A, l: include_str!("../migrations/V19__teams'
            '.sql"), #[cfg(pg)] p: include_str!("../migrations/postgres/V19__teams.sql"),'
            " ..X::D },\n];"
        )

    def test_the_usual_entry_is_copied_rather_than_a_special_one(self) -> None:
        special = manifest(*ROUTES).replace(" }", ", safe: false }")
        plain = [manifest(v, n).replace(" }", ", safe: true }") for v, n in (BASELINE, (16, "a"))]
        text = text_of(f"const M: &[Manifest] = &[{plain[1]}, {plain[0]}, {special}];")
        assert b"safe: true" in text.with_entry(entry(19, "teams")).content.partition(b"19")[2]

    def test_a_title_in_words_is_made_from_the_name(self) -> None:
        source = SHAPES["const slice"].replace('"route_profiles"', '"route profiles"')
        text = text_of(source).with_entry(entry(19, "team_quotas"))
        assert b'name: "team quotas"' in text.content

    def test_down_files_are_named_as_their_neighbours_are(self) -> None:
        rows = ", ".join(
            f"X {{ v: {v}, l: include_str!({one}), p: include_str!({two}),"
            f" undo: include_str!({one.replace('migrations/', 'undo/')}) }}"
            for v, one, two in ((17, SQL, PG), (18, SQL_18, PG_18))
        )
        text = text_of(f"const M: &[X] = &[{rows}];").with_entry(entry(19, "teams"))
        assert b'undo: include_str!("../undo/V19__teams.sql")' in text.content

    def test_a_value_that_nobody_can_tell_is_left_to_the_user(self) -> None:
        source = SHAPES["const slice"].replace("version: 17,", "version: 17, cost: 5,")
        source = source.replace("version: 18,", "version: 18, cost: 7,")
        with pytest.raises(RegistryError, match="`cost` of V19") as caught:
            text_of(source).with_entry(entry(19, "teams"))
        assert caught.value.line == 1

    def test_digests_are_those_of_the_entry(self) -> None:
        digests = {Backend.LIBSQL: "1" * 64, Backend.POSTGRES: "2" * 64}
        source = f"const M: &[Manifest] = &[{manifest(*BASELINE)}];".replace(
            '"V17__baseline.sql"', f'"{"sha256:" + HELLO}"'
        )
        text = text_of(source, files={entry(*BASELINE).paths[Backend.LIBSQL]: b"hello"})
        more = text.with_entry(entry(18, "teams", {k: f"sha256:{v}" for k, v in digests.items()}))
        assert f'checksum: "sha256:{"1" * 64}"' in more.content.decode()

    def test_an_empty_list_has_no_form_to_copy(self) -> None:
        with pytest.raises(RegistryError, match="lists no migrations"):
            text_of("const M: &[Manifest] = &[];", name="M").with_entry(entry(17, "a"))


HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"


class TestReplacing:
    def test_an_equal_entry_changes_nothing(self) -> None:
        text = text_of(USUAL)
        assert text.with_entry(entry(*ROUTES)).content == text.content

    def test_only_name_paths_and_checksum_change(self) -> None:
        text = text_of(USUAL).with_entry(entry(18, "routes"))
        assert text.content.decode() == USUAL.replace("route_profiles", "routes")

    def test_lines_that_become_too_long_or_short_are_broken_and_joined(self) -> None:
        text = text_of(USUAL).with_entry(entry(18, LONG))
        assert is_formatted(text_of(rustfmt(USUAL)).with_entry(entry(18, LONG)))
        assert (
            f'(\n            "../migrations/V18__{LONG}.sql"\n        ),' in text.content.decode()
        )
        assert text.with_entry(entry(*ROUTES)).content.decode() == USUAL

    def test_words_of_a_persons_own_stay(self) -> None:
        titles = {17: "baseline", 18: "route profiles", 19: "All about teams", 20: "team quotas"}
        names = {17: "baseline", 18: "route_profiles", 19: "teams", 20: "team_quotas"}
        rows = ", ".join(
            manifest(v, names[v]).replace(f'name: "{names[v]}"', f'title: "{titles[v]}"')
            for v in titles
        )
        text = text_of(f"const M: &[Manifest] = &[{rows}];")
        changed = text.with_entry(entry(19, "groups")).with_entry(entry(20, "group_quotas"))
        assert b'title: "All about teams"' in changed.content
        assert b'title: "group quotas"' in changed.content

    @pytest.mark.parametrize("shape", SHAPES)
    def test_every_shape_is_renamed(self, shape: str) -> None:
        text = text_of(SHAPES[shape]).renamed(18, entry(21, LONG))
        assert listed(text) == [BASELINE, (21, LONG)]
        assert text.entries[1].paths == entry(21, LONG).paths
        if shape not in ("paths of pieces", "integers in every spelling"):
            assert text.renamed(21, entry(*ROUTES)).content.decode() == SHAPES[shape]

    @pytest.mark.parametrize("shape", FORMATTED)
    def test_what_rustfmt_had_formatted_stays_so_when_renamed(self, shape: str) -> None:
        text = text_of(rustfmt(SHAPES[shape]))
        for old, new in pairwise([ROUTES, (21, LONG), (22, "x"), ROUTES]):
            changed = text.renamed(old[0], entry(*new))
            assert is_formatted(changed)
            text = changed
        if shape != "integers in every spelling":
            assert text.content.decode() == rustfmt(SHAPES[shape])

    def test_an_unknown_version_changes_nothing(self) -> None:
        assert text_of(USUAL).renamed(99, entry(100, "a")).content.decode() == USUAL
        assert text_of(USUAL).without_entry(99).content.decode() == USUAL


class TestMoving:
    def source(self) -> str:
        return USUAL.replace("    // Add new", ADDED.replace(LONG, "teams") + "    // Add new")

    def test_a_new_number_takes_the_entry_to_its_place_with_its_comments(self) -> None:
        text = text_of(rustfmt(self.source())).renamed(18, entry(20, "route_profiles"))
        assert listed(text) == [BASELINE, (19, "teams"), (20, "route_profiles")]
        lines = text.content.decode()
        assert "    },\n    // Why V18" in lines
        assert lines.index("// Why V18") > lines.index("version: 19")
        assert is_formatted(text)
        assert text.renamed(20, entry(*ROUTES)).content.decode() == rustfmt(self.source())

    @pytest.mark.parametrize("shape", REVERSIBLE)
    def test_every_shape_moves(self, shape: str) -> None:
        text = text_of(rustfmt(SHAPES[shape])).with_entry(entry(19, "teams"))
        moved = text.renamed(18, entry(20, "route_profiles"))
        assert numbered(moved) == [17, 19, 20]
        assert is_formatted(moved)
        assert moved.renamed(20, entry(*ROUTES)).content == text.content

    def test_of_two_with_one_number_the_one_with_the_name_moves(self) -> None:
        twice = text_of(self.source().replace("19", "18"))
        assert numbered(twice) == [17, 18, 18]
        moved = twice.renamed(18, entry(19, "route_profiles"))
        assert listed(moved) == [BASELINE, (18, "teams"), (19, "route_profiles")]
        with pytest.raises(RegistryError, match="V18 is listed twice, in lines 18 and 26"):
            twice.renamed(18, entry(19, "other"))
        with pytest.raises(RegistryError, match="twice"):
            twice.without_entry(18)


class TestRemoving:
    def test_an_entry_goes_with_its_comments_and_attributes(self) -> None:
        start, end = USUAL.index("    // Why V18"), USUAL.index("    // Add new")
        removed = text_of(USUAL).without_entry(18)
        assert removed.content.decode() == USUAL[:start] + USUAL[end:]

    @pytest.mark.parametrize("shape", REVERSIBLE)
    def test_what_was_removed_comes_back_as_it_was(self, shape: str) -> None:
        text = text_of(rustfmt(SHAPES[shape]))
        shorter = text.without_entry(18)
        assert listed(shorter) == [BASELINE]
        assert is_formatted(shorter)
        assert shorter.with_entry(entry(*ROUTES)).content == text.content

    def test_constants_go_with_the_only_entry_that_uses_them(self) -> None:
        for shape in ("constants for values", "constants for entries"):
            text = text_of(rustfmt(SHAPES[shape]))
            if shape == "constants for values":
                assert b"const A" not in text.without_entry(17).content
            else:
                assert b"const B" not in text.without_entry(18).content
        shared = SHAPES["constants for values"] + ' fn a() { println!("{A}"); }'
        assert b"const A" in text_of(shared).without_entry(17).content

    def test_comments_of_sections_stay(self) -> None:
        source = USUAL.replace("    // Why", "\n    // ==== routes ====\n\n    // Why")
        removed = text_of(source).without_entry(18).content.decode()
        assert "    // ==== routes ====\n\n    // Add new ones" in removed
        assert "Why" not in removed

    def test_the_first_one_leaves_no_gap(self) -> None:
        source = rustfmt(SHAPES["const slice"]).replace("},\n    M", "},\n\n    M")
        source = source.replace("];", f"\n    {manifest(19, 'teams')},\n];")
        removed = text_of(source).without_entry(17).content
        assert removed.startswith(b"const M: &[Manifest] = &[\n    Manifest {\n        version: 18")

    def test_the_last_one_leaves_an_empty_list(self) -> None:
        text = text_of(USUAL).without_entry(18)
        with pytest.raises(RegistryError):
            text.without_entry(17).without_entry(17)


class TestFiles:
    def test_line_endings_stay_as_they_are(self) -> None:
        for source in (USUAL, rustfmt(f"const M: &[Manifest] = &[{manifest(*BASELINE)}];")):
            crlf = source.replace("\n", "\r\n").encode()
            text, windows = text_of(source), text_of(crlf)
            for version, name in ((16, LONG), (17, "x"), (20, LONG)):
                plain, changed = (
                    each.with_entry(entry(19, LONG)).renamed(17, entry(version, name)).content
                    for each in (text, windows)
                )
                assert changed == plain.replace(b"\n", b"\r\n")

    def test_mixed_line_endings_stay_where_they_are(self) -> None:
        mixed = USUAL.replace("\n", "\r\n", 9).encode()
        changed = text_of(mixed).with_entry(entry(19, "teams")).content
        assert changed.startswith(mixed[: mixed.index(b"    // Add new")])
        assert changed.endswith(mixed[mixed.index(b"    // Add new") :])

    def test_a_byte_order_mark_and_other_scripts_stay(self) -> None:
        source = f"\ufeff// Überschrift ☃\n{USUAL}"
        changed = text_of(source).with_entry(entry(19, "teams")).content.decode()
        assert changed.startswith("\ufeff// Überschrift ☃\n//! The store")

    def test_the_registry_writes_what_the_text_says(self, tmp_path: Path) -> None:
        workspace = rust_workspace(tmp_path, USUAL, BASELINE, ROUTES)
        registry = registry_of(workspace)
        steps = [
            registry.with_entry(entry(19, "teams")),
            lambda: registry.renamed(19, entry(20, "teams")),
            lambda: registry.without_entry(20),
        ]
        for step in steps:
            change = step() if callable(step) else step
            assert change is not None
            assert change.path == SOURCE
            write_all(workspace.root, [change])
        assert (workspace.root / SOURCE).read_text() == USUAL
        assert registry.without_entry(20) is None
        assert registry.with_entry(entry(*ROUTES)) is None

    def test_the_style_comes_from_the_nearest_rustfmt_toml(self, tmp_path: Path) -> None:
        write(tmp_path, "rustfmt.toml", "max_width = 70\n")
        write(tmp_path, "crates/.rustfmt.toml", "max_width = 200\n")
        workspace = rust_workspace(tmp_path, USUAL, BASELINE, ROUTES)
        change = registry_of(workspace).with_entry(entry(19, LONG))
        assert change is not None
        assert change.content is not None
        assert f'include_str!("../migrations/V19__{LONG}.sql"),'.encode() in change.content

    @pytest.mark.parametrize("broken", ["max_width = 'x'", "max_width = -1", "[", "\0"])
    def test_a_rustfmt_toml_that_says_nothing_counts_for_nothing(
        self, tmp_path: Path, broken: str
    ) -> None:
        write(tmp_path, "rustfmt.toml", broken)
        workspace = rust_workspace(tmp_path, USUAL, BASELINE, ROUTES)
        change = registry_of(workspace).with_entry(entry(19, LONG))
        assert change is not None
        assert change.content == text_of(USUAL).with_entry(entry(19, LONG)).content


def test_an_entry_needs_both_paths() -> None:
    half = RegistryEntry(
        19, "teams", {}, {Backend.LIBSQL: entry(19, "teams").paths[Backend.LIBSQL]}
    )
    with pytest.raises(RegistryError, match="postgres_sql"):
        text_of(USUAL).with_entry(half)
