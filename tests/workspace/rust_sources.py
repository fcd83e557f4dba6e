"""Registries in Rust for tests, and the rustfmt that judges them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from mig_assist.backend import Backend
from mig_assist.workspace import Workspace, open_workspace
from mig_assist.workspace.layout import Layout, Side
from mig_assist.workspace.registry import RegistryEntry
from mig_assist.workspace.registry.places import locator
from mig_assist.workspace.registry.rust import RustRegistry
from mig_assist.workspace.registry.rust.formatting import Style
from mig_assist.workspace.registry.rust.reading import Surroundings
from mig_assist.workspace.registry.rust.text import Manner, RustText
from tests.require import require

CRATE = "crates/store"
SOURCE = f"{CRATE}/src/migrations.rs"
LAYOUT = Layout(Side(f"{CRATE}/migrations"), Side(f"{CRATE}/migrations/postgres"))
LONG = "remember_which_provider_answered_each_attempt"
"""Long enough for an include to be broken, short enough for its path to fit on a line."""

CONFIGURATION = f"""\
baseline = 17

[migrations]
libsql = "{LAYOUT.libsql.folder}"
postgres = "{LAYOUT.postgres.folder}"

[registry]
kind = "rust"
path = "{SOURCE}"
"""


def manifest(version: int, name: str, kind: str = "Manifest") -> str:
    """An entry as most registries write it, on one line."""
    return (
        f'{kind} {{ version: {version}, name: "{name}", checksum: "V{version}__{name}.sql",'
        f' libsql_sql: include_str!("../migrations/V{version}__{name}.sql"),'
        f' postgres_sql: include_str!("../migrations/postgres/V{version}__{name}.sql") }}'
    )


def entry(version: int, name: str, checksums: dict[Backend, str] | None = None) -> RegistryEntry:
    """The registry's entry for a migration whose files lie where they belong."""
    paths = {backend: LAYOUT.of(backend).path(version, name) for backend in Backend}
    return RegistryEntry(version, name, checksums or {}, paths)


def text_of(
    source: str | bytes,
    *,
    name: str = "",
    style: Style | None = None,
    files: dict[str, bytes] | None = None,
    baseline: int = 17,
) -> RustText:
    """A source as a registry; ``files`` are the workspace's other files."""
    around = Surroundings(SOURCE, CRATE, LAYOUT, baseline, locator(LAYOUT), (files or {}).get)
    content = source.encode() if isinstance(source, str) else source
    return RustText(content, Manner(around, style or Style(), name))


def listed(text: RustText) -> list[tuple[int, str]]:
    """Version and name of each entry."""
    return [(each.version, each.name) for each in text.entries]


def rustfmt(source: str | bytes, *options: str) -> str:
    """The source as rustfmt leaves it."""
    program = require(shutil.which("rustfmt"), "rustfmt (apt-get install rustfmt)")
    done = subprocess.run(
        [program, "--edition", "2021", *options],
        input=source.encode() if isinstance(source, str) else source,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def write(root: Path, path: str, content: str | bytes) -> Path:
    """Write a file and the folders that lead to it."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def write_pair(root: Path, version: int, name: str, sql: str = "SELECT 1;\n") -> None:
    """Write both files of a migration."""
    for backend in Backend:
        write(root, LAYOUT.of(backend).path(version, name), sql)


def rust_workspace(root: Path, source: str | bytes, *pairs: tuple[int, str]) -> Workspace:
    """A workspace with a Rust registry and the files of some versions."""
    write(root, "mig-assist.toml", CONFIGURATION)
    write(root, f"{CRATE}/Cargo.toml", '[package]\nname = "store"\n')
    write(root, SOURCE, source)
    for version, name in pairs:
        write_pair(root, version, name)
    return open_workspace(root)


def registry_of(workspace: Workspace) -> RustRegistry:
    """The workspace's registry."""
    return RustRegistry(workspace)


BASELINE = (17, "baseline")
ROUTES = (18, "route_profiles")
SQL = '"../migrations/V17__baseline.sql"'
PG = '"../migrations/postgres/V17__baseline.sql"'
SQL_18, PG_18 = (each.replace("V17__baseline", "V18__route_profiles") for each in (SQL, PG))
BOTH = f"{manifest(*BASELINE)}, {manifest(*ROUTES)}"

SHAPES = {
    "const slice": f"const M: &[Manifest] = &[{BOTH}];",
    "static slice": f"pub(crate) static M: &[Manifest] = &[{BOTH},];",
    "array with a length": f"const M: [Manifest; 2] = [{BOTH}];",
    "vec in a function": f"fn all() -> Vec<Manifest> {{ vec![{BOTH}] }}",
    "vec in a variable": f"fn all() {{ let all: Vec<_> = std::hint::black_box(vec![{BOTH}]); }}",
    "in a module and an impl block": (
        f"mod a {{ impl S {{ pub const M: &'static [Manifest] = &[{BOTH}]; }} }}"
    ),
    "lazy": f"static M: LazyLock<Vec<Manifest>> = LazyLock::new(|| vec![{BOTH}]);",
    "vec inside a vec": f"fn all() -> X {{ vec![Group {{ all: vec![{BOTH}] }}].into() }}",
    "wrapped entries": (
        f"const M: &[Option<Manifest>] = &[Some({manifest(*BASELINE)}),"
        f" Some({manifest(*ROUTES)})];"
    ),
    "references": f"const M: &[&Manifest] = &[&{manifest(*BASELINE)}, &{manifest(*ROUTES)}];",
    "tuples": (
        f"const M: &[(u32, &str, &str, &str)] = &[(17, \"baseline\", include_str!({SQL}),"
        f" include_str!({PG})), (18, \"route_profiles\", include_str!({SQL_18}),"
        f" include_str!({PG_18}))];"
    ),
    "constructor calls": (
        f"const M: &[Manifest] = &[Manifest::new(17, \"baseline\", include_str!({SQL}),"
        f" include_str!({PG})), Manifest::new(18, \"route_profiles\", include_str!({SQL_18}),"
        f" include_str!({PG_18}))];"
    ),
    "builders": (
        f"fn all() -> Vec<M> {{ vec![M::new(17).sqlite(include_str!({SQL}))"
        f".pg(include_str!({PG})), M::new(18).sqlite(include_str!({SQL_18}))"
        f".pg(include_str!({PG_18}))] }}"
    ),
    "nested structs, any order": (
        f"const M: &[X] = &[X {{ sql: Sql {{ postgres: include_str!({PG}), libsql:"
        f" include_str!({SQL}) }}, id: 17, title: r#\"baseline\"# }}, X {{ sql: Sql {{ postgres:"
        f" include_str!({PG_18}), libsql: include_str!({SQL_18}) }}, id: 18,"
        f" title: r#\"route_profiles\"# }}];"
    ),
    "integers in every spelling": (
        f"const M: &[X] = &[X {{ v: 0x11_u32, l: include_str!({SQL}), p: include_str!({PG}) }},"
        f" X {{ v: 1_8i64, l: include_str!({SQL_18}), p: include_str!({PG_18}) }}];"
    ),
    "casts": (
        f"const M: &[X] = &[X {{ v: 17 as i64, l: include_str!({SQL}), p: include_str!({PG}) }},"
        f" X {{ v: 18 as i64, l: include_str!({SQL_18}), p: include_str!({PG_18}) }}];"
    ),
    "raw strings": (
        'const M: &[X] = &[X { v: 17, l: include_str!(r"../migrations/V17__baseline.sql"), p:'
        ' include_str!(r#"../migrations/postgres/V17__baseline.sql"#) },'
        ' X { v: 18, l: include_str!(r"../migrations/V18__route_profiles.sql"), p:'
        ' include_str!(r#"../migrations/postgres/V18__route_profiles.sql"#) }];'
    ),
    "paths of pieces": (
        'const M: &[X] = &[X { v: 17, l: include_str!(concat!(env!("CARGO_MANIFEST_DIR"),'
        ' "/migrations/V", 17, "__baseline.sql")), p: include_str!(concat!('
        'env!("CARGO_MANIFEST_DIR"), "/migrations/postgres/V17__baseline.sql",),) },'
        ' X { v: 18, l: include_str!(concat!("../", "migrations/V18__route_profiles.sql")), p:'
        ' include_str!(concat!(env!("CARGO_MANIFEST_DIR",), "/src/../migrations/postgres/"'
        ', "V18__route_profiles.sql")) }];'
    ),
    "constants for values": (
        f"const A: &str = include_str!({SQL}); const B: &str = include_str!({PG}); const V: u32 ="
        f" 18; const M: &[X] = &[X {{ v: 17, l: A, p: self::B }}, X {{ v: V, l:"
        f" include_str!({SQL_18}), p: include_str!({PG_18}) }}];"
    ),
    "constants for entries": (
        f"const A: Manifest = {manifest(*BASELINE)}; const B: Manifest = {manifest(*ROUTES)};"
        " const M: &[Manifest] = &[A, B];"
    ),
    "shorthand": (
        f"fn all() -> Vec<X> {{ const v: u32 = 17; vec![X {{ v, l: include_str!({SQL}), p:"
        f" include_str!({PG}) }}, X {{ v: 18, l: include_str!({SQL_18}), p:"
        f" include_str!({PG_18}) }}] }}"
    ),
    "no version and no name": (
        f"const M: &[(&str, &str)] = &[(include_str!({SQL}), include_str!({PG})),"
        f" (include_str!({SQL_18}), include_str!({PG_18}))];"
    ),
    "one list for each side": (
        f"const SQLITE: &[(u32, &str)] = &[(17, include_str!({SQL})),"
        f" (18, include_str!({SQL_18}))];"
        f" const PG: &[(u32, &str)] = &[(17, include_str!({PG})), (18, include_str!({PG_18}))];"
    ),
    "comments and attributes everywhere": (
        f"const M: &[Manifest] = &[ // first\n /* a */ {manifest(*BASELINE)}, // end\n"
        f' #[cfg(feature = "x")]\n /// doc\n {manifest(*ROUTES)} /* no comma */ ];'
    ),
    "bytes": f"const M: &[Manifest] = &[{BOTH}];".replace("include_str!", "include_bytes!"),
    "the rest from a default": (
        f"const M: &[Manifest] = &[{BOTH}];".replace(" }", ", ..Manifest::EMPTY }")
    ),
    "a file with an error elsewhere": f"fn broken( {{ }}\nconst M: &[Manifest] = &[{BOTH}];",
}  # fmt: skip
