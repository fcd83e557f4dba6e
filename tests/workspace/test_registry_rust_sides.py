"""Registries in Rust whose entries are of one backend each, in one list, a match or a map."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from mig_assist.backend import Backend
from mig_assist.workspace.registry import RegistryError
from tests.workspace.rust_sources import LAYOUT, LONG, entry, listed, rustfmt, text_of

Migration = tuple[int, str]
Make = Callable[[Sequence[Migration]], str]

FIRST, SECOND, NEW = (17, "baseline"), (18, "route_profiles"), (19, "keys")
LONGEST = (20, LONG)


def include(backend: Backend, version: int, name: str) -> str:
    side = LAYOUT.of(backend)
    below = side.path(version, name).removeprefix("crates/store/")
    return f'include_str!("../{below}")'


def grouped(row: Callable[[Backend, int, str], str]) -> Make:
    """All of one side's entries before the other's."""
    return lambda rows: ",\n".join(row(side, *each) for side in Backend for each in rows)


def side_by_side(row: Callable[[Backend, int, str], str]) -> Make:
    return lambda rows: ",\n".join(row(side, *each) for each in rows for side in Backend)


def stated(backend: Backend, version: int, name: str) -> str:
    return f'("{backend}", "V{version}__{name}.sql", {include(backend, version, name)})'


def keyed(backend: Backend, version: int, name: str) -> str:
    return f"((Backend::{backend.title()}, {version}), {include(backend, version, name)})"


def arm(backend: Backend, version: int, name: str) -> str:
    return f"(Backend::{backend.title()}, {version}) => {include(backend, version, name)}"


def some_arm(backend: Backend, version: int, name: str) -> str:
    return f'({version}, "{backend}") => Some({include(backend, version, name)})'


def struct(backend: Backend, version: int, name: str) -> str:
    sql = include(backend, version, name)
    return f'X {{ side: Side::{backend.title()}, v: {version}, name: "{name}", sql: {sql} }}'


def struct_arm(backend: Backend, version: int, name: str) -> str:
    return f"(Backend::{backend.title()}, {version}) => Ok({struct(backend, version, name)})"


def both(version: int, name: str) -> str:
    sides = (include(side, version, name) for side in Backend)
    return f"{version} => ({', '.join(sides)})"


def in_match(rows: str, otherwise: str = "_ => unreachable!()") -> str:
    return (
        "fn sql(b: Backend, v: i64) -> X {\n"
        f"    match (b, v) {{\n{rows},\n// newer ones above\n{otherwise},\n}}\n}}\n"
    )


def per_side(rows: Sequence[Migration]) -> str:
    arms = (
        f"Backend::{side.title()} => match version {{"
        + ", ".join(f"{v} => {include(side, v, name)}" for v, name in rows)
        + ", _ => return None }"
        for side in Backend
    )
    return f"fn sql(b: Backend, version: i64) -> X {{ match b {{ {', '.join(arms)} }} }}"


SHAPES: dict[str, Make] = {
    "tuples, one side after the other": lambda rows: (
        f"pub static M: &[(&str, &str, &str)] = &[{grouped(stated)(rows)}];"
    ),
    "tuples, side by side": lambda rows: (
        f"pub static M: &[(&str, &str, &str)] = &[{side_by_side(stated)(rows)}];"
    ),
    "tuples in an array with a length": lambda rows: (
        f"const M: [(&str, &str, &str); {2 * len(rows)}] = [{grouped(stated)(rows)}];"
    ),
    "a vec": lambda rows: f"fn all() -> Vec<M> {{ vec![{side_by_side(stated)(rows)}] }}",
    "a map from an array": lambda rows: (
        f"fn all() -> M {{ BTreeMap::from([{grouped(keyed)(rows)}]) }}"
    ),
    "a map for each side": lambda rows: "\n".join(
        f"fn {side}() -> M {{ HashMap::from(["
        + ", ".join(f"({v}, {include(side, v, name)})" for v, name in rows)
        + "]) }"
        for side in Backend
    ),
    "a match, one side after the other": lambda rows: in_match(grouped(arm)(rows)),
    "a match, side by side": lambda rows: in_match(side_by_side(arm)(rows), "_ => return None"),
    "a match that gives options": lambda rows: in_match(grouped(some_arm)(rows), "_ => None"),
    "a match that gives both": lambda rows: (
        f"fn sql(v: i64) -> X {{ match v {{ {', '.join(both(*each) for each in rows)},"
        " _ => todo!() } }"
    ),
    "a match for each side": per_side,
    "structs": lambda rows: f"const M: &[X] = &[{side_by_side(struct)(rows)}];",
    "a match that gives structs": lambda rows: in_match(grouped(struct_arm)(rows)),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_new_version_gets_an_entry_for_each_side_as_rustfmt_leaves_it(shape: str) -> None:
    make = SHAPES[shape]
    text = text_of(rustfmt(make([FIRST, SECOND, LONGEST])))
    assert listed(text) == [FIRST, SECOND, LONGEST]
    assert all(each.paths == entry(each.version, each.name).paths for each in text.entries)
    added = text.with_entry(entry(*NEW))
    assert added.content.decode() == rustfmt(make([FIRST, SECOND, NEW, LONGEST]))
    assert added.without_entry(NEW[0]).content == text.content
    behind = text.with_entry(entry(21, LONG))
    assert behind.content.decode() == rustfmt(make([FIRST, SECOND, LONGEST, (21, LONG)]))
    first = text.with_entry(entry(16, "before"))
    assert first.content.decode() == rustfmt(make([(16, "before"), FIRST, SECOND, LONGEST]))


@pytest.mark.parametrize("shape", SHAPES)
def test_an_entry_that_is_renumbered_takes_both_sides_along(shape: str) -> None:
    make = SHAPES[shape]
    text = text_of(rustfmt(make([FIRST, SECOND, NEW, LONGEST])))
    moved = text.renamed(18, entry(23, SECOND[1]))
    assert moved.content.decode() == rustfmt(make([FIRST, NEW, LONGEST, (23, SECOND[1])]))
    back = moved.renamed(23, entry(18, SECOND[1]))
    assert back.content == text.content
    assert text.renamed(20, entry(20, "short")).content.decode() == rustfmt(
        make([FIRST, SECOND, NEW, (20, "short")])
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_an_entry_of_the_other_side_of_a_conflict_is_taken_over(shape: str) -> None:
    make = SHAPES[shape]
    ours, theirs = (text_of(rustfmt(make([FIRST, each, LONGEST]))) for each in (SECOND, NEW))
    both_sides = ours.with_entry_of(theirs, theirs.entries[1])
    assert both_sides.content.decode() == rustfmt(make([FIRST, SECOND, NEW, LONGEST]))
    assert ours.frame() == theirs.frame() == both_sides.frame()


def test_the_entries_of_a_map_macro_are_lines_of_their_own() -> None:
    rows = ",\n    ".join(
        f'"{side}/{version}" => {include(side, version, name)}'
        for version, name in (FIRST, SECOND)
        for side in Backend
    )
    text = text_of(f"static M: Map<&str, &str> = phf::phf_map! {{\n    {rows},\n}};\n")
    assert listed(text) == [FIRST, SECOND]
    added = text.with_entry(entry(19, LONG))
    new = "".join(f'    "{side}/19" => {include(side, 19, LONG)},\n' for side in Backend)
    assert added.content.decode() == text.content.decode().removesuffix("};\n") + new + "};\n"
    assert added.renamed(19, entry(19, "x")).renamed(19, entry(19, LONG)).content == added.content


def test_a_lazy_static_holds_a_list_like_any_other() -> None:
    def lazy(rows: Sequence[Migration]) -> str:
        lines = "".join(
            f"        ({version}, {include(side, version, name)}),\n"
            for version, name in rows
            for side in Backend
        )
        head = "lazy_static! {\n    /// All.\n    pub static ref M: Vec<X> = vec![\n"
        return f"use a::b;\n\n{head}{lines}    ];\n}}\n"

    text = text_of(lazy([FIRST, SECOND]))
    assert listed(text) == [FIRST, SECOND]
    added = text.with_entry(entry(*NEW)).content.decode()
    assert added == lazy([FIRST, SECOND, NEW]) == rustfmt(added)


def test_arms_on_one_line_are_left_to_a_person() -> None:
    rows = ", ".join(arm(side, *FIRST) for side in Backend)
    text = text_of(f"fn sql() -> X {{ match (b, v) {{ {rows}, _ => todo!() }} }}\n")
    with pytest.raises(RegistryError, match="cannot be edited"):
        text.with_entry(entry(*SECOND))


def test_an_entry_whose_other_side_is_missing_is_told() -> None:
    rows = [arm(Backend.LIBSQL, *FIRST), arm(Backend.POSTGRES, *FIRST)]
    text = text_of(in_match(",\n".join([*rows, arm(Backend.LIBSQL, *SECOND)])))
    assert [sorted(each.paths) for each in text.entries] == [
        [Backend.LIBSQL, Backend.POSTGRES],
        [Backend.LIBSQL],
    ]
