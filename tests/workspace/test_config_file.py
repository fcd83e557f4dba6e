"""mig-assist.toml is edited in place: new lines are explained, old ones stay as they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig_assist.workspace.config import ConfigurationError
from mig_assist.workspace.config_file import Setting, merged, with_settings
from mig_assist.workspace.toml_text import parse_toml

BASELINE = Setting("", "baseline", 4, "The first active version.")
LIBSQL = Setting("migrations", "libsql", "db/sqlite", "One side.")
USER = Setting("docs", "user", ("docs/admin.md",), "What administrators read.")
BASE = Setting("git", "base", "main", "The branch.")


def edited(root: Path, text: str | None, *settings: Setting) -> str:
    if text is not None:
        (root / "mig-assist.toml").write_text(text)
    change = with_settings(root, settings)
    assert change is not None
    assert change.path == "mig-assist.toml"
    return (change.content or b"").decode()


def test_a_new_file_explains_every_line(tmp_path: Path) -> None:
    text = edited(tmp_path, None, BASELINE, LIBSQL, USER)
    head, _, rest = text.partition("\n\n")
    assert all(line.startswith("# ") for line in head.splitlines())
    assert rest == (
        "# The first active version.\nbaseline = 4\n"
        "\n[migrations]\n# One side.\nlibsql = \"db/sqlite\"\n"
        "\n[docs]\n# What administrators read.\nuser = [\"docs/admin.md\"]\n"
    )  # fmt: skip


def test_everything_around_a_new_line_stays(tmp_path: Path) -> None:
    text = (
        "# Ours.\n\n# About git\n[git]  # why\nbase   = \"develop\" # trailing\n\n"
        "[docs]\n# the data model\ndata = [\n  \"a.md\", # one\n]\n\n# the end\n"
    )  # fmt: skip
    assert edited(tmp_path, text, BASELINE, USER) == (
        "# Ours.\n\n# The first active version.\nbaseline = 4\n\n"
        "# About git\n[git]  # why\nbase   = \"develop\" # trailing\n\n"
        "[docs]\n# the data model\ndata = [\n  \"a.md\", # one\n]\n"
        "# What administrators read.\nuser = [\"docs/admin.md\"]\n\n# the end\n"
    )  # fmt: skip


def test_a_changed_value_keeps_its_comments(tmp_path: Path) -> None:
    text = '# Head\n[git]\n# above\nbase = "develop" # beside\n'
    assert edited(tmp_path, text, BASE) == '# Head\n[git]\n# above\nbase = "main" # beside\n'


@pytest.mark.parametrize(
    "text",
    [
        'git = { base = "x" }\n',
        'git.base = "x"\ndocs.data = ["a"]\n',
        "[commands]\nlint = [\n[\"a\"],\n[\"b\"]\n]\n",
        "[docs]\n[git]\n",
        "baseline = 3\n[ docs ]\ndata = []",
        '[tasks]\nlint = """\n[docs]\nuser = 1\n"""\n',
        "\n\n",
        "",
    ],
)  # fmt: skip
def test_whatever_way_it_is_written_it_says_what_it_should(tmp_path: Path, text: str) -> None:
    try:
        new = edited(tmp_path, text, BASELINE, LIBSQL, USER, BASE)
    except ConfigurationError as error:
        # Where a dotted key leaves no room, the lines are told instead.
        assert "cannot be edited" in error.title  # noqa: PT017
        return
    assert parse_toml(new) == merged(parse_toml(text), [BASELINE, LIBSQL, USER, BASE])


@given(st.text(min_size=1).filter(lambda text: "\0" not in text))
def test_a_value_can_be_any_text(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    root = tmp_path_factory.mktemp("workspace")
    new = edited(root, None, Setting("git", "base", text, "The branch."))
    assert parse_toml(new)["git"]["base"] == text


def test_line_ends_and_byte_order_mark_stay(tmp_path: Path) -> None:
    (tmp_path / "mig-assist.toml").write_bytes(b"\xef\xbb\xbf# Head\r\nbaseline = 3\r\n")
    change = with_settings(tmp_path, [BASELINE])
    assert change is not None
    assert change.content == b"\xef\xbb\xbf# Head\r\nbaseline = 4\r\n"


def test_nothing_is_written_that_it_says_already(tmp_path: Path) -> None:
    (tmp_path / "mig-assist.toml").write_text("baseline = 4\n")
    assert with_settings(tmp_path, [BASELINE]) is None


@pytest.mark.parametrize(
    ("text", "setting"),
    [
        ("baseline = [", BASELINE),
        ("nonsense = 1", BASELINE),
        ("docs = 3", USER),
        ("", Setting("migrations", "pattern", "x", "")),
        ("", Setting("migrations", "libsql", "../elsewhere", "")),
        ("", Setting("", "baseline", -1, "")),
    ],
)
def test_what_would_be_no_configuration_is_refused(
    tmp_path: Path, text: str, setting: Setting
) -> None:
    (tmp_path / "mig-assist.toml").write_text(text)
    with pytest.raises(ConfigurationError):
        with_settings(tmp_path, [setting])
    assert (tmp_path / "mig-assist.toml").read_text() == text
