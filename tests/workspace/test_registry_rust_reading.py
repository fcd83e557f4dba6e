"""Reading a registry in Rust source: whatever its structs and fields are called."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mig_assist.backend import Backend
from mig_assist.workspace.files import MigrationFile
from mig_assist.workspace.registry import RegistryError, open_registry
from mig_assist.workspace.registry.rust.rules import refinery_checksum
from tests.require import require
from tests.workspace.rust_sources import (
    BASELINE,
    CRATE,
    LAYOUT,
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
    rust_workspace,
    text_of,
)


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_read(shape: str) -> None:
    text = text_of(SHAPES[shape])
    assert listed(text) == [BASELINE, ROUTES]
    assert [each.paths for each in text.entries] == [
        entry(*BASELINE).paths,
        entry(*ROUTES).paths,
    ]


def test_lines_are_those_of_the_file() -> None:
    first, second = text_of(
        f"// head\nconst M: &[Manifest] = &[\n{manifest(*BASELINE)},\n"
        + manifest(*ROUTES).replace(", ", ",\n")
        + "];"
    ).entries
    assert (first.line, first.path_lines) == (3, {Backend.LIBSQL: 3, Backend.POSTGRES: 3})
    assert (second.line, second.path_lines) == (4, {Backend.LIBSQL: 7, Backend.POSTGRES: 8})


class TestWhatValuesMean:
    def test_a_checksum_that_is_the_files_name_is_recorded_for_both_sides(self) -> None:
        first, _ = text_of(SHAPES["const slice"]).entries
        assert first.checksums == dict.fromkeys(Backend, "V17__baseline.sql")
        assert {(text.field, text.value, text.expected) for text in first.texts} == {
            ("name", "baseline", "baseline"),
            ("checksum", "V17__baseline.sql", "V17__baseline.sql"),
        }

    def test_a_text_that_deviates_is_told_with_what_it_should_be(self) -> None:
        source = SHAPES["const slice"].replace('name: "route_profiles"', 'name: "routes"')
        _, second = text_of(source).entries
        assert second.name == "routes"
        (wrong,) = (text for text in second.texts if text.value != text.expected)
        assert (wrong.field, wrong.expected, wrong.is_checksum) == ("name", "route_profiles", False)

    def test_titles_in_words_are_free(self) -> None:
        names = ["baseline", "route_profiles", "teams", "budgets"]
        titles = ["the baseline", "route profiles", "teams of users, and more", "budgets"]
        entries = ", ".join(
            manifest(17 + n, name).replace(f'name: "{name}"', f'about: "{title}"')
            for n, (name, title) in enumerate(zip(names, titles, strict=True))
        )
        text = text_of(f"const M: &[Manifest] = &[{entries}];")
        assert listed(text) == [(17 + n, name) for n, name in enumerate(names)]
        assert all(t.value == t.expected for each in text.entries for t in each.texts)

    @pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256", "sha384", "sha512"])
    @pytest.mark.parametrize("side", Backend)
    def test_a_digest_is_known_by_computing_it(self, algorithm: str, side: Backend) -> None:
        paths = {
            version: LAYOUT.of(side).path(version, name) for version, name in (BASELINE, ROUTES)
        }
        files = {path: f"-- V{version}\n".encode() for version, path in paths.items()}
        digests = {v: hashlib.new(algorithm, files[path]).hexdigest() for v, path in paths.items()}
        source = SHAPES["const slice"]
        for version, name in (BASELINE, ROUTES):
            source = source.replace(f'"V{version}__{name}.sql"', f'"{digests[version]}"')
        text = text_of(source, files=files)
        assert [each.checksums for each in text.entries] == [
            {side: digests[17]},
            {side: digests[18]},
        ]
        file = MigrationFile(19, "teams", side, "x.sql")
        assert text.checksum(file, b"a") == hashlib.new(algorithm, b"a").hexdigest()

    @pytest.mark.parametrize("quote", ['"', ""])
    def test_refinerys_checksum_is_known_as_text_and_as_number(self, quote: str) -> None:
        path = LAYOUT.libsql.path(*BASELINE)
        checksum = refinery_checksum("baseline", 17, b"SELECT 1;")
        source = f"const M: &[Manifest] = &[{manifest(*BASELINE)}];".replace(
            '"V17__baseline.sql"', f"{quote}{checksum}{quote}"
        )
        text = text_of(source, files={path: b"SELECT 1;"})
        assert text.entries[0].checksums == {Backend.LIBSQL: str(checksum)}

    def test_a_digest_that_nobody_can_recompute_is_left_alone(self) -> None:
        source = SHAPES["const slice"].replace('"V17__baseline.sql"', '"aa11"')
        source = source.replace('"V18__route_profiles.sql"', '"bb22"')
        assert [each.checksums for each in text_of(source).entries] == [{}, {}]

    def test_without_a_checksum_the_contents_digest_stands_in(self) -> None:
        text = text_of(SHAPES["tuples"])
        assert text.entries[0].checksums == {}
        file = MigrationFile(17, "baseline", Backend.LIBSQL, "x.sql")
        assert text.checksum(file, b"a\r\n") == hashlib.sha256(b"a\n").hexdigest()

    def test_the_fields_name_tells_a_side_where_the_paths_are_swapped(self) -> None:
        source = f"const M: &[X] = &[X {{ sqlite: include_str!({PG}), pg: include_str!({SQL}) }}];"
        (only,) = text_of(source).entries
        assert only.paths == {
            Backend.LIBSQL: LAYOUT.postgres.path(*BASELINE),
            Backend.POSTGRES: LAYOUT.libsql.path(*BASELINE),
        }

    def test_without_such_names_most_paths_tell_the_side(self) -> None:
        rows = [(SQL, PG), (PG_18, SQL_18), (SQL.replace("17", "19"), PG.replace("17", "19"))]
        source = ", ".join(f"(include_str!({one}), include_str!({two}))" for one, two in rows)
        entries = text_of(f"const M: &[(&str, &str)] = &[{source}];").entries
        assert entries[1].paths[Backend.LIBSQL] == LAYOUT.postgres.path(*ROUTES)
        assert entries[2].paths[Backend.LIBSQL] == LAYOUT.libsql.path(19, "baseline")


class TestRefinerysChecksum:
    @pytest.mark.parametrize("sql", [b"", b"SELECT 1;", b"SELECT 1;\n" * 99, b"\xff" * 13])
    def test_it_is_the_siphash_that_python_has(self, sql: bytes) -> None:
        require(sys.hash_info.algorithm == "siphash13", "a Python that hashes with siphash13")
        hashed = b"baseline\xff" + (17).to_bytes(4, "little") + sql + b"\xff"
        printed = subprocess.run(
            [sys.executable, "-c", f"print(hash({hashed!r}))"],
            env={"PYTHONHASHSEED": "0"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert refinery_checksum("baseline", 17, sql) == int(printed) % 2**64

    def test_it_is_what_rust_computes(self, tmp_path: Path) -> None:
        compiler = require(shutil.which("rustc"), "rustc (apt-get install rustc)")
        source = tmp_path / "checksum.rs"
        source.write_text(
            "use std::collections::hash_map::DefaultHasher;\nuse std::hash::{Hash, Hasher};\n"
            "fn main() {\n    let mut hasher = DefaultHasher::new();\n"
            '    "baseline".hash(&mut hasher);\n    17i32.hash(&mut hasher);\n'
            '    "CREATE TABLE teams (id TEXT);\\n".hash(&mut hasher);\n'
            '    println!("{}", hasher.finish());\n}\n'
        )
        program = tmp_path / "checksum"
        subprocess.run([compiler, "-o", program, source], check=True)
        printed = subprocess.run([program], capture_output=True, text=True, check=True).stdout
        sql = b"CREATE TABLE teams (id TEXT);\n"
        assert refinery_checksum("baseline", 17, sql) == int(printed)


class TestWhichListIsMeant:
    def test_lists_of_tests_are_not(self) -> None:
        tests = ", ".join(manifest(version, "sample") for version in range(17, 30))
        for head in ("#[cfg(test)]\nmod checks", "mod tests", "#[cfg(all(test, unix))] mod a"):
            text = text_of(
                f"{SHAPES['const slice']}\n{head} {{ const M: &[Manifest] = &[{tests}]; }}\n"
                f"#[test]\nfn t() {{ let m = vec![{tests}]; }}"
            )
            assert listed(text) == [BASELINE, ROUTES]

    def test_code_that_is_not_for_tests_only_is(self) -> None:
        source = SHAPES["const slice"]
        assert listed(text_of(f"#[cfg(not(test))]\nmod a {{ {source} }}")) == [BASELINE, ROUTES]

    def test_the_one_with_the_most_active_versions_is(self) -> None:
        old = ", ".join(manifest(version, "old") for version in range(1, 17))
        text = text_of(
            f"const LEGACY: &[Manifest] = &[{old}];\n"
            f"const BASELINE: &[Manifest] = &[{manifest(*BASELINE)}];\n{SHAPES['const slice']}\n"
            'const OTHERS: &[(&str, &str)] = &[("a", include_str!("a.sql")), ("b", "c")];'
        )
        assert listed(text) == [BASELINE, ROUTES]

    def test_the_configured_one_is(self) -> None:
        source = (
            f"{SHAPES['const slice']}\nmod a {{ const SMALL: &[Manifest] ="
            f" &[{manifest(*BASELINE)}]; }}"
        )
        assert listed(text_of(source, name="SMALL")) == [BASELINE]
        assert listed(text_of(source, name="a::SMALL")) == [BASELINE]

    def test_two_equals_are_told_apart_by_configuration(self) -> None:
        source = f"{SHAPES['const slice']}\n{SHAPES['const slice'].replace('M:', 'N:')}"
        with pytest.raises(RegistryError) as caught:
            _ = text_of(source).entries
        assert "M in line 1 and N in line 2" in caught.value.message
        assert 'name = "…"' in caught.value.fix
        assert listed(text_of(source, name="N")) == [BASELINE, ROUTES]

    @pytest.mark.parametrize(
        "source",
        [
            "",
            "fn main() {}",
            "const M: &[Manifest] = &[];",
            'const M: &[&str] = &["a"];',
            f"const M: &[&str] = &[include_str!({SQL})];",
            'const M: &[&str] = &[include_str!("../sql/V17__a.sql"), include_str!("x.sql")];',
            f"const M: &[Manifest] = &[migration!(17, {SQL})];",
        ],
    )
    def test_a_file_without_one_is_refused(self, source: str) -> None:
        with pytest.raises(RegistryError) as caught:
            _ = text_of(source).entries
        assert caught.value.title == f"{SOURCE} lists no migrations"
        assert f"{CRATE}/migrations/postgres/" in caught.value.message

    def test_a_name_that_nothing_has_is_refused(self) -> None:
        with pytest.raises(RegistryError) as caught:
            _ = text_of(SHAPES["const slice"], name="OTHER").entries
        assert "Nothing called OTHER" in caught.value.message


class TestOpening:
    def test_the_configuration_leads_to_it(self, tmp_path: Path) -> None:
        registry = open_registry(rust_workspace(tmp_path, SHAPES["const slice"]))
        assert registry.path == SOURCE
        assert [each.version for each in registry.entries()] == [17, 18]

    def test_paths_begin_at_the_nearest_crate(self, tmp_path: Path) -> None:
        source = (
            'const M: &[X] = &[X { l: include_str!(concat!(env!("CARGO_MANIFEST_DIR"),'
            ' "/migrations/V17__baseline.sql")), p: include_str!(concat!('
            'env!("CARGO_MANIFEST_DIR"), "/migrations/postgres/V17__baseline.sql")) }];'
        )
        (only,) = open_registry(rust_workspace(tmp_path, source)).entries()
        assert only.paths == entry(*BASELINE).paths
