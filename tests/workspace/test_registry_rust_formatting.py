"""Expressions laid out as rustfmt does it, and edits in any order that leave what they should."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mig_assist.workspace.registry.rust.formatting import Style, expression, laid_out
from mig_assist.workspace.registry.rust.pieces import place_of
from mig_assist.workspace.registry.rust.syntax import RustSource
from mig_assist.workspace.registry.rust.text import RustText
from tests.workspace.rust_sources import entry, listed, manifest, rustfmt, text_of


class Writer:
    """Writes expressions by chance, each on one line."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def list(self) -> str:
        """An array: of structs, of short texts, or of anything."""
        count = self._random.choice([0, 1, 1, 2, 3, 6, 12])
        make = self._random.choice([self._struct, self._struct, self._short, self._expression])
        return f"[{', '.join(make() for _ in range(count))}]"

    def _word(self, longest: int) -> str:
        # Letters of which no keyword is made.
        letters = self._random.choices("bcdghjk", k=self._random.randint(1, longest))
        return "".join(letters)

    def _short(self) -> str:
        return f'"{self._word(12)}"'

    def _literal(self) -> str:
        if self._random.random() < 0.3:
            return str(self._random.randrange(10 ** self._random.randint(1, 9)))
        widths = [1, 3, 7, 8, 9, 10, 20, 30, 55, 58, 60, 62, 70, 74]
        return f'"{"x" * self._random.choice(widths)}"'

    def _include(self) -> str:
        path = self._literal()
        kinds = [
            f"include_str!({path})",
            f"include_str!({path},)",
            f'include_str!(concat!(env!("CARGO_MANIFEST_DIR"), {path}))',
            f"concat!({path}, {self._literal()})",
        ]
        return self._random.choice(kinds)

    def _expression(self, depth: int = 0) -> str:
        kind = "literal" if depth > 3 else self._random.choice(_KINDS)
        if kind == "literal":
            return self._literal()
        if kind == "include":
            return self._include()
        if kind == "reference":
            return "&" + self._expression(depth + 1)
        if kind == "struct":
            return self._struct(depth + 1)
        least, most = (2, 4) if kind == "tuple" else (0, 3)
        parts = [self._expression(depth + 1) for _ in range(self._random.randint(least, most))]
        opening, closing = "[]" if kind == "array" else "()"
        called = self._word(11) if kind == "call" else ""
        return f"{called}{opening}{', '.join(parts)}{closing}"

    def _struct(self, depth: int = 0) -> str:
        fields = [
            f"{self._random.choice(_ATTRIBUTES)}{self._word(9)}: {self._expression(depth + 1)}"
            for _ in range(self._random.randint(0, 4))
        ]
        if fields and self._random.random() < 0.1:
            fields.append("..Default::default()")
        return f"{self._word(8).title()} {{ {', '.join(fields)} }}"


_KINDS = "literal literal include include reference tuple call array struct".split()
_ATTRIBUTES = [*[""] * 15, "#[cfg(x)] "]

STYLES = {
    "": Style(),
    "max_width=120": Style(120, call_width=72, struct_width=22, array_width=72),
    "max_width=80": Style(80),
    "hard_tabs=true": Style(hard_tabs=True),
    "tab_spaces=2": Style(tab_spaces=2),
    "use_small_heuristics=Max": Style(call_width=100, struct_width=100, array_width=100),
    "use_small_heuristics=Off": Style(call_width=10_000, struct_width=0, array_width=10_000),
}


@pytest.mark.parametrize("configuration", STYLES)
def test_expressions_are_laid_out_as_rustfmt_does_it(configuration: str) -> None:
    style, writer = STYLES[configuration], Writer(seed=len(configuration))
    items = [f"const N{number}: &[T] = &{writer.list()};" for number in range(150)]
    options = ("--config", configuration) if configuration else ()
    source = RustSource(rustfmt("\n".join(items), *options).encode())
    for item in source.tree.root_node.named_children:
        value = item.child_by_field_name("value")
        assert value is not None
        text = source.text(item)
        if any(style.columns(line) > style.max_width for line in text.split("\n")):
            continue  # rustfmt gave it up
        if text.partition("\n")[0].endswith("="):
            continue  # one that fits whole on the next line, which only constants of texts do
        found = expression(source, value, {})
        assert found is not None
        assert laid_out(found, style, *place_of(source, value, style)) == source.text(value)


SHAPES: dict[str, Callable[[int, str], str]] = {
    "structs": manifest,
    "tuples": lambda version, name: (
        f'({version}, "{name}", include_str!("../migrations/V{version}__{name}.sql"),'
        f' include_str!("../migrations/postgres/V{version}__{name}.sql"))'
    ),
    "calls of crate paths": lambda version, name: (
        f'Manifest::new({version}, include_str!(concat!(env!("CARGO_MANIFEST_DIR"),'
        f' "/migrations/V{version}__{name}.sql")), include_str!(concat!('
        f'env!("CARGO_MANIFEST_DIR"), "/migrations/postgres/V{version}__{name}.sql")))'
    ),
    "nested": lambda version, name: (
        f'X {{ name: "{name}", sql: Sql {{ libsql: include_str!("../migrations/V{version}__'
        f'{name}.sql"), postgres: include_str!("../migrations/postgres/V{version}__{name}.sql")'
        f" }} }}"
    ),
}

# Longer paths would not fit on a line of their own, and rustfmt would give the list up.
MIGRATION_NAMES = st.builds(
    lambda word, times: "_".join([word] * times), st.from_regex("[a-z]{1,5}", fullmatch=True),
    st.integers(1, 7),
)  # fmt: skip
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(18, 30), MIGRATION_NAMES),
        st.tuples(st.just("rename"), st.integers(0, 30), MIGRATION_NAMES),
        st.tuples(st.just("move"), st.integers(0, 30), st.integers(18, 30).map(str)),
        st.tuples(st.just("remove"), st.integers(0, 30), st.just("")),
    ),
    max_size=8,
)


def _stepped(text: RustText, model: dict[int, str], step: tuple[str, int, str]) -> RustText:
    """The text after a step, which is made in the model too."""
    kind, number, word = step
    held = sorted(model)
    chosen = held[number % len(held)]
    if kind == "add":
        model[number] = word
        return text.with_entry(entry(number, word))
    if kind == "rename":
        model[chosen] = word
        return text.renamed(chosen, entry(chosen, word))
    if kind == "move":
        target = int(word)
        if target in model:
            return text
        model[target] = model.pop(chosen)
        return text.renamed(chosen, entry(target, model[target]))
    if len(model) == 1:
        return text
    del model[chosen]
    return text.without_entry(chosen)


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(steps=STEPS, names=st.lists(MIGRATION_NAMES, min_size=1, max_size=4))
def test_edits_leave_what_was_put_in_and_nothing_else(
    shape: str, steps: list[tuple[str, int, str]], names: list[str]
) -> None:
    make = SHAPES[shape]
    model = dict(enumerate(names, 17))
    rows = ", ".join(make(*pair) for pair in model.items())
    head = f"// {shape}\nuse a::b;\n\npub const M: [Manifest; "
    tail = ";\n\n#[cfg(test)]\nmod tests {\n    fn none() {}\n}\n"
    text = text_of(rustfmt(f"{head}{len(model)}] = [{rows}]{tail}"))
    for step in steps:
        text = _stepped(text, model, step)
        assert listed(text) == sorted(model.items())
    content = text.content.decode()
    assert content.startswith(f"{head}{len(model)}] = [")
    assert content.endswith(f"]{tail}")
    assert content == rustfmt(content)
    rows = ", ".join(make(*pair) for pair in sorted(model.items()))
    assert content == rustfmt(f"{head}{len(model)}] = [{rows}]{tail}")


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(
    names=st.lists(MIGRATION_NAMES, min_size=3, max_size=5),
    comments=st.lists(st.sampled_from(["", "// One.", "/* Two. */", "#[cfg(a)]"]), min_size=5),
    name=MIGRATION_NAMES,
    newline=st.sampled_from(["\n", "\r\n"]),
    gap=st.sampled_from(["", "\n"]),
)
def test_what_was_added_goes_without_a_trace(
    shape: str, names: list[str], comments: list[str], name: str, newline: str, gap: str
) -> None:
    make = SHAPES[shape]
    rows = [
        f"    {comment}\n  {make(version, each)}, // {version}\n".replace("    \n", "")
        for version, (each, comment) in enumerate(zip(names, comments, strict=False), 18)
    ]
    source = f"const M: &[X] = &[\n{gap.join(rows)}];\n".replace("\n", newline).encode()
    text = text_of(source)
    for version in (17, 18 + len(rows)):
        more = text.with_entry(entry(version, name))
        assert more.without_entry(version).content == source
    for before, after in pairwise(sorted(version for version, _ in listed(text))):
        if after - before > 1:
            assert text.with_entry(entry(before + 1, name)).content != source
