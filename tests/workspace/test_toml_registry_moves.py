"""Removing and renumbering entries of a registry in TOML; all around them stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mig_assist.backend import Backend
from mig_assist.file_changes import write_all
from mig_assist.workspace.registry import RegistryEntry, RegistryError
from mig_assist.workspace.registry.toml import TomlRegistry
from tests.workspace.rust_sources import write


def entry(version: int, name: str) -> RegistryEntry:
    return RegistryEntry(
        version,
        name,
        {side: f"{side}-{name}" for side in Backend},
        {side: f"{side}/V{version}__{name}.sql" for side in Backend},
    )


def written(version: int, name: str, *, above: str = "", inside: str = "") -> str:
    return (
        f'{above}[[migration]]\nversion = {version}\n{inside}name = "{name}"\n'
        f'checksum = {{ libsql = "libsql-{name}", postgres = "postgres-{name}" }}\n'
        f'libsql = "libsql/V{version}__{name}.sql"\npostgres = "postgres/V{version}__{name}.sql"\n'
    )


HEAD = "# The registry.\ntitle = 'x'\n\n"
FIRST = written(17, "baseline", above="# Where it begins.\n")
SECOND = written(18, "routes", above="# Why V18.\n", inside="# A note.\n")
THIRD = written(19, "teams")
TAIL = "# Other things.\n[other]\nkey = [1]\n"
WHOLE = "\n".join((HEAD.removesuffix("\n"), FIRST, SECOND, THIRD, TAIL))


def registry(root: Path, content: str = WHOLE) -> TomlRegistry:
    write(root, "registry.toml", content)
    return TomlRegistry(root, "registry.toml")


def listed(subject: TomlRegistry) -> list[tuple[int, str]]:
    return [(each.version, each.name) for each in subject.entries()]


def text_after(root: Path, change: object) -> str:
    write_all(root, [change])  # type: ignore[list-item] # it is told by what is written
    return (root / "registry.toml").read_text()


def test_lines_are_those_of_the_headers(tmp_path: Path) -> None:
    lines = WHOLE.split("\n")
    for each in registry(tmp_path).entries():
        assert each.line is not None
        assert lines[each.line - 1 : each.line + 1] == [
            "[[migration]]",
            f"version = {each.version}",
        ]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_an_entry_goes_with_the_comment_above_it(tmp_path: Path, newline: str) -> None:
    subject = registry(tmp_path, WHOLE.replace("\n", newline))
    change = subject.without_entry(18)
    assert change is not None
    assert change.content is not None
    wanted = WHOLE.replace(f"{SECOND}\n", "").replace("\n", newline)
    assert change.content.decode() == wanted


def test_the_last_entry_leaves_what_follows(tmp_path: Path) -> None:
    subject = registry(tmp_path)
    assert text_after(tmp_path, subject.without_entry(19)) == WHOLE.replace(f"{THIRD}\n", "")
    assert subject.without_entry(99) is None


def test_a_number_is_changed_in_place(tmp_path: Path) -> None:
    subject = registry(tmp_path)
    text = text_after(tmp_path, subject.renamed(19, entry(20, "teams")))
    assert text == WHOLE.replace("19", "20")
    assert text_after(tmp_path, subject.renamed(20, entry(19, "teams"))) == WHOLE
    assert subject.renamed(99, entry(100, "teams")) is None


def test_an_entry_moves_to_its_place_with_its_comments(tmp_path: Path) -> None:
    subject = registry(tmp_path)
    text = text_after(tmp_path, subject.renamed(18, entry(20, "routes")))
    assert listed(subject) == [(17, "baseline"), (19, "teams"), (20, "routes")]
    assert "# Why V18.\n[[migration]]\nversion = 20\n# A note.\n" in text
    assert text.startswith(HEAD)
    assert text.endswith(TAIL)
    assert text_after(tmp_path, subject.renamed(20, entry(18, "routes"))) == WHOLE


def test_of_two_with_one_number_the_one_with_the_name_is_meant(tmp_path: Path) -> None:
    subject = registry(tmp_path, FIRST + "\n" + SECOND + "\n" + THIRD.replace("19", "18"))
    text_after(tmp_path, subject.renamed(18, entry(19, "teams")))
    assert listed(subject) == [(17, "baseline"), (18, "routes"), (19, "teams")]
    subject = registry(tmp_path, SECOND + "\n" + SECOND)
    with pytest.raises(RegistryError, match="V18 is listed twice"):
        subject.renamed(18, entry(19, "routes"))
    with pytest.raises(RegistryError, match="V18 is listed twice"):
        subject.without_entry(18)


@pytest.mark.parametrize(
    "content", ["migration = [{version = 17}]", FIRST + "[migration.more]\na = 1\n[[migration]]"]
)
def test_what_is_written_otherwise_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(RegistryError):
        registry(tmp_path, content).without_entry(17)


@settings(max_examples=40)
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["add", "move", "remove"]), st.integers(0, 9), st.integers(1, 40)
        ),
        max_size=10,
    )
)
def test_any_steps_leave_what_was_put_in(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int]]
) -> None:
    root = tmp_path_factory.mktemp("registry")
    subject = registry(root)
    model = {17: "baseline", 18: "routes", 19: "teams"}
    for kind, place, number in steps:
        chosen = sorted(model)[place % len(model)]
        change = None
        if kind == "add" and number not in model:
            model[number] = f"name_{number}"
            change = subject.with_entry(entry(number, model[number]))
        elif kind == "move" and number not in model:
            model[number] = model.pop(chosen)
            change = subject.renamed(chosen, entry(number, model[number]))
        elif kind == "remove" and len(model) > 1:
            del model[chosen]
            change = subject.without_entry(chosen)
        if change is not None:
            write_all(root, [change])
        assert listed(subject) == sorted(model.items())
    text = (root / "registry.toml").read_text()
    assert text.startswith(HEAD.rstrip("\n"))
    assert TAIL in text
