"""mig-assist.toml is read strictly: what is not understood is named, never ignored."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from mig_assist.workspace.config import Config, ConfigurationError, load_config, parse_config
from mig_assist.workspace.toml_text import parse_toml
from tests.workspace.layouts import write

EVERYTHING = """
baseline = 40

[migrations]
libsql = "db/sqlite"
postgres = "db/pg"

[registry]
kind = "toml"
path = "db/registry.toml"

[tests]
paths = ["tests/store", "tests/api"]

[docs]
data = ["docs/data.md"]
user = ["docs/admin.md", "docs/user.md"]
adr = ["docs/adr"]

[git]
base = "develop"

[postgres]
url = "postgresql://localhost/dev"
start_task = "db:start"
source = "docker"
port = 55432
image = "postgres:17"

[tasks]
gateway-migrate = "db:migrate"

[commands]
lint = ["make", "lint"]
test = [["make", "build"], ["make", "test"]]
"""


def config_of(text: str) -> Config:
    return parse_config(parse_toml(text))


def refusal(text: str) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        config_of(text)
    return caught.value


def test_every_key_is_read() -> None:
    config = config_of(EVERYTHING)
    assert config.baseline == 40
    assert config.migrations[:2] == ("db/sqlite", "db/pg")
    assert config.registry[:2] == ("toml", "db/registry.toml")
    assert config.tests.paths == ("tests/store", "tests/api")
    assert config.docs == (("docs/data.md",), ("docs/admin.md", "docs/user.md"), ("docs/adr",))
    assert config.git.base == "develop"
    assert config.postgres.url == "postgresql://localhost/dev"
    assert config.postgres.start_task == "db:start"
    assert config.postgres.source == "docker"
    assert config.postgres.port == 55432
    assert config.postgres.image == "postgres:17"
    assert config.tasks == {"gateway-migrate": "db:migrate"}


def test_a_command_is_one_list_or_several_that_follow_one_another() -> None:
    commands = config_of(EVERYTHING).commands
    assert commands["lint"] == (("make", "lint"),)
    assert commands["test"] == (("make", "build"), ("make", "test"))


def test_the_embedded_workspace_is_configured_correctly(repository: Path) -> None:
    config = load_config(repository)
    assert config.baseline == 17
    for command in config.commands.values():
        assert all(shlex.join(vector) for vector in command)


class TestWhatIsAbsent:
    def test_a_task_of_the_page_is_absent_for_a_reason(self) -> None:
        text = '[absent]\ngateway-migrate-prod = "the service migrates\n itself"'
        config = config_of(text.replace("migrates\n", "migrates  "))
        assert config.absent == {"gateway-migrate-prod": "the service migrates itself"}

    @pytest.mark.parametrize(
        ("text", "key"),
        [
            ("absent = true", "absent"),
            ("[absent]\nlint = ''", "absent.lint"),
            ("[absent]\nlint = 'n/a    '", "absent.lint"),
            ("[absent]\nlint = true", "absent.lint"),
            ("[absent]\nlint = 'nobody lints here'\n[tasks]\nlint = 'check'", "absent.lint"),
            ("[absent]\nlint = 'nobody lints here'\n[commands]\nlint = ['x']", "absent.lint"),
            ("[absent]\nclippy = 'nobody lints here'", "unknown key absent.clippy"),
        ],
    )
    def test_without_a_reason_or_beside_a_task_it_is_refused(self, text: str, key: str) -> None:
        error = refusal(text)
        assert key in error.title
        assert error.exit_code == 2


def test_what_is_not_said_has_a_default(tmp_path: Path) -> None:
    assert load_config(tmp_path) == Config()
    assert config_of("") == Config()
    assert config_of("[lists]") == Config()


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("basline = 17", "basline"),
        ("[migration]\nlibsql = 'x'", "migration"),
        ("[migrations]\nmysql = 'x'", "migrations.mysql"),
        ("[registry]\nfile = 'x'", "registry.file"),
        ("[tests]\npath = ['x']", "tests.path"),
        ("[docs]\nother = ['x']", "docs.other"),
        ("[git]\nbranch = 'x'", "git.branch"),
        ("[postgres]\npassword = 'x'", "postgres.password"),
        ("[style]\nstrictness = true", "style.strictness"),
    ],
)
def test_an_unknown_key_is_named_with_those_that_are_known(text: str, key: str) -> None:
    error = refusal(text)
    assert error.title == f"mig-assist.toml: unknown key {key}"
    assert error.message.startswith("Known here: ")
    assert error.exit_code == 2


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("baseline = '17'", "baseline"),
        ("baseline = true", "baseline"),
        ("baseline = 17.0", "baseline"),
        ("baseline = -1", "baseline"),
        ("baseline = 17000000000", "baseline"),
        ("migrations = 'here'", "migrations"),
        ("migrations = ['here']", "migrations"),
        ("[[registry]]\nkind = 'toml'", "registry"),
        ("[migrations]\nlibsql = 1", "migrations.libsql"),
        ("[migrations]\nlibsql = 'same'\npostgres = 'same/'", "migrations.postgres"),
        ("[registry]", "registry.kind"),
        ("[registry]\npath = 'x'", "registry.kind"),
        ("[registry]\nkind = 'perl'", "registry.kind"),
        ("[registry]\nkind = 'toml'", "registry.path"),
        ("[registry]\npath = false", "registry.path"),
        ("[tests]\npaths = 'tests'", "tests.paths"),
        ("[tests]\npaths = [1]", "tests.paths"),
        ("[docs]\nadr = [['docs']]", "docs.adr"),
        ("[git]\nbase = 1979-05-27", "git.base"),
        ("[postgres]\nsource = 'mysql'", "postgres.source"),
        ("[libsql]\nforeign_keys = 'none'", "libsql.foreign_keys"),
        ("[postgres]\nport = 'any'", "postgres.port"),
        ("[postgres]\nport = 65536", "postgres.port"),
        ("[postgres]\nport = -1", "postgres.port"),
        ("style = 'ours'", "style"),
        ("[style]\nstrict = 1", "style.strict"),
        ("[style]\nkeywords = 'loud'", "style.keywords"),
        ("[style]\nnumbering = ['serial']", "style.numbering"),
        ("[style]\nindent = true", "style.indent"),
        ("[style]\nindent = 17", "style.indent"),
        ("[style]\nindex_name = 'idx'", "style.index_name"),
        ("[style]\nindex_name = '{table}_{version}'", "style.index_name"),
        ("[style]\nrebuild_name = '{table}_{columns}'", "style.rebuild_name"),
        ("tasks = 'all'", "tasks"),
        ("[tasks]\nlint = ['lint']", "tasks.lint"),
        ("commands = []", "commands"),
        ("[commands]\nlint = 'make lint'", "commands.lint"),
        ("[commands]\nlint = []", "commands.lint"),
        ("[commands]\nlint = [[]]", "commands.lint"),
        ("[commands]\nlint = ['']", "commands.lint"),
        ("[commands]\nlint = [['make'], 'test']", "commands.lint"),
        ("[commands]\nlint = ['make', 3]", "commands.lint"),
        ("[commands]\nlint = ['make', \"a\\u0000b\"]", "commands.lint"),
        ('[tasks]\nlint = "a\\u0000b"', "tasks.lint"),
    ],
)
def test_a_wrong_value_is_refused_by_its_key(text: str, key: str) -> None:
    assert refusal(text).title.startswith(f"mig-assist.toml: {key} must be ")


@pytest.mark.parametrize("path", ["/etc", "..", "../other", "a/../../b", ""])
@pytest.mark.parametrize("key", ["migrations.libsql", "migrations.postgres", "registry.path"])
def test_a_path_stays_inside_the_workspace(path: str, key: str) -> None:
    section, _, name = key.partition(".")
    assert refusal(f"[{section}]\n{name} = '{path}'").title.startswith(f"mig-assist.toml: {key}")


@pytest.mark.parametrize("key", ["tests.paths", "docs.data", "docs.user", "docs.adr"])
def test_each_path_of_a_list_stays_inside_the_workspace(key: str) -> None:
    section, _, name = key.partition(".")
    text = f"[{section}]\n{name} = ['fine', '../elsewhere']"
    assert refusal(text).title.startswith(f"mig-assist.toml: {key}")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("./migrations/", "migrations"),
        ("db//sqlite", "db/sqlite"),
        ("a/../migrations", "migrations"),
        (".", "."),
    ],
)
def test_a_path_is_kept_in_the_form_in_which_git_lists_it(written: str, meant: str) -> None:
    assert config_of(f"[migrations]\nlibsql = '{written}'").migrations.libsql == meant


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"baseline = \n", "line 1"),
        (b"[migrations\n", "not valid TOML"),
        (b"a = " + b"[" * 100_000, "not valid TOML"),
        (b"baseline = " + b"9" * 5_000, "not valid TOML"),
        (b"\xff\xfe", "not UTF-8"),
        (b"baseline = 17\0", "not a text file"),
        (b"# " + b"x" * 9_000_000, "too large"),
    ],
    ids=["no-value", "no-bracket", "nesting", "digits", "not-utf-8", "binary", "huge"],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, content: bytes, told: str) -> None:
    write(tmp_path, "mig-assist.toml", content)
    with pytest.raises(ConfigurationError) as caught:
        load_config(tmp_path)
    assert told in str(caught.value)
    assert "mig-assist.toml" in caught.value.title


def test_windows_line_ends_and_a_byte_order_mark_are_fine(tmp_path: Path) -> None:
    write(tmp_path, "mig-assist.toml", b"\xef\xbb\xbfbaseline = 20\r\n[git]\r\nbase = 'main'\r\n")
    config = load_config(tmp_path)
    assert (config.baseline, config.git.base) == (20, "main")


def test_something_else_in_the_place_of_the_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "mig-assist.toml").mkdir()
    (tmp_path / "dangling").mkdir()
    (tmp_path / "dangling" / "mig-assist.toml").symlink_to("nowhere")
    for name, told in (("folder", "is a folder"), ("dangling", "does not exist")):
        with pytest.raises(ConfigurationError, match=told):
            load_config(tmp_path / name)
