"""Names of tasks in configuration and documents that no task has any more."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from mig_assist.findings import Finding, Severity
from mig_assist.verify.task_names import task_mentions, task_name_findings
from mig_assist.workspace.config import load_config
from mig_assist.workspace.model import Workspace
from tests.require import require


def mentioned(markdown: str) -> list[tuple[str, int]]:
    return [(mention.name, mention.line) for mention in task_mentions(markdown)]


class TestWhatADocumentTellsItsReaderToRun:
    @pytest.mark.parametrize(
        ("command", "names"),
        [
            ("mise run lint", ["lint"]),
            ("mise r lint", ["lint"]),
            ("mise tasks run lint", ["lint"]),
            ("mise t r lint", ["lint"]),
            ("$ mise run lint  # or the tests: mise run test", ["lint"]),
            ("mise run test -- -k upgrade", ["test"]),
            ("mise run test -k mise run", ["test"]),
            ("mise run //crates/store:test", ["//crates/store:test"]),
            ("mise run :lint", [":lint"]),
            ("mise run lint ::: test:pg --slow ::: smoke", ["lint", "test:pg", "smoke"]),
            ("mise run lint && mise run test; mise run smoke", ["lint", "test", "smoke"]),
            ("cd crates/store && RUST_LOG=debug mise run test | tee log", ["test"]),
            ("(mise run lint)", ["lint"]),
            (
                "with-pg -- bash -lc 'mise run db:migrate:inner && mise exec -- uv run x'",
                ["db:migrate:inner"],
            ),
            ("mise run run", ["run"]),
            ("mise -C crates/store run test", ["test"]),
            ("mise run -C crates/store --force test", ["test"]),
            ("mise run --jobs=4 'test:pg'", ["test:pg"]),
            ('time mise run "db:migrate" > out.txt', ["db:migrate"]),
        ],
    )
    def test_in_a_shells_fence(self, command: str, names: list[str]) -> None:
        assert mentioned(f"Text.\n\n```bash\n{command}\n```\n") == [(name, 4) for name in names]

    def test_in_every_kind_of_fence_that_is_a_shells(self) -> None:
        fences = "```\nmise run a1\n```\n~~~~console\n$ mise run a2\n~~~\nmise run a3\n~~~~\n"
        listed = "- First:\n  ```sh title=x\n  mise run a4\n  ```\n> ```zsh\n> mise run a5\n> ```\n"
        assert mentioned(fences + listed) == [
            ("a1", 2),
            ("a2", 5),
            ("a3", 7),
            ("a4", 11),
            ("a5", 14),
        ]

    def test_in_code_spans_tables_and_boxes_to_tick(self) -> None:
        text = (
            "- [ ] `mise run lint` and ``mise run test`` pass.\n"
            "| `mise run db:migrate`, then `mise run smoke.` | x |\n"
            "- [ ] mise run test:postgres passes\n"
            "    mise run indented\n"
        )
        assert mentioned(text) == [
            ("lint", 1),
            ("test", 1),
            ("db:migrate", 2),
            ("smoke", 2),
            ("test:postgres", 3),
            ("indented", 4),
        ]

    @pytest.mark.parametrize(
        "text",
        [
            "```bash\nmise run <task>\nmise run {{ task }}\nmise run $TASK\nmise run [TASK]\n```",
            "```bash\nmise run TASK_NAME\nmise run my-task\nmise run task\nmise run ...\n```",
            "```bash\nmise run 'test:*'\nmise run //...:lint\nmise run //crates/...:lint\n```",
            "```bash\nmise run ./scripts/go.sh\nmise run git::https://example.org/x\n```",
            "```bash\nmise run\nmise run --help\nmise running late\npromise run late\n```",
            "```bash\nmise install gone\nmise x -- run gone\nmise tasks ls gone\n```",
            "```bash\n# mise run gone was its name\n```",
            '```rust\nCommand::new("mise run gone");\n```',
            "```yaml\nrun: mise run gone\n```",
            "```python\nmise run gone\n~~~\nmise run gone\n````\nmise run gone",
            "Never let mise run over night, nor mise run times out.",
            "<!-- `mise run gone` -->\n<!--\n`mise run gone`\n-->",
            "Use `mise run` for that; gone it is.",
        ],
    )
    def test_other_words_are_no_names(self, text: str) -> None:
        assert mentioned(text) == []


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with tasks, under the real mise with settings of its own."""
    program = require(
        shutil.which("mise") or os.environ.get("MIG_ASSIST_MISE"),
        "mise (on PATH, or its place in MIG_ASSIST_MISE; npm: @jdxcode/mise-linux-x64)",
    )
    for name in list(os.environ):
        if name == "CI" or name.startswith(("MISE_", "XDG_")):
            monkeypatch.delenv(name)
    home, workspace = tmp_path / "home", tmp_path / "workspace"
    home.mkdir()
    monkeypatch.setenv("PATH", f"{Path(program).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("MISE_OFFLINE", "1")
    monkeypatch.setenv("MISE_TRUSTED_CONFIG_PATHS", str(tmp_path))
    write(
        workspace,
        "mise.toml",
        "[tasks.lint]\nrun = 'true'\n[tasks.'test:postgres']\nalias = 'tpg'\nrun = 'true'\n"
        "[tasks.hidden-one]\nhide = true\nrun = 'true'\n",
    )
    return workspace


def write(root: Path, path: str, text: str) -> Path:
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return target


def found(root: Path) -> list[Finding]:
    return list(task_name_findings(Workspace(root, load_config(root))))


def dead(root: Path) -> list[tuple[str, str | None]]:
    findings = found(root)
    assert {finding.code for finding in findings} <= {"docs/dead-task"}
    return [(finding.place, finding.object) for finding in findings]


class TestDocuments:
    def test_a_dead_name_is_found_with_its_place_and_the_nearest_one(self, root: Path) -> None:
        write(root, "docs/guide.md", "# Guide\n\n```bash\nmise run test:postgre\n```\n")
        (finding,) = found(root)
        assert (finding.code, finding.severity) == ("docs/dead-task", Severity.WARNING)
        assert (finding.place, finding.object) == ("docs/guide.md:4", "test:postgre")
        assert "mise run test:postgres" in finding.fix

    @pytest.mark.parametrize(
        "path",
        [
            "README.md",
            "CONTRIBUTING.md",
            "docs/deep/er/page.md",
            ".github/pull_request_template.md",
            ".github/PULL_REQUEST_TEMPLATE.md",
            ".github/PULL_REQUEST_TEMPLATE/schema.md",
            "PULL_REQUEST_TEMPLATE.md",
            ".gitlab/merge_request_templates/default.md",
        ],
    )
    def test_everywhere_that_people_are_told_what_to_run(self, root: Path, path: str) -> None:
        write(root, path, "- [ ] `mise run gone`\n")
        assert dead(root) == [(f"{path}:1", "gone")]

    def test_names_that_are_there_are_fine(self, root: Path) -> None:
        write(
            root,
            "README.md",
            "`mise run lint ::: test:postgres`, `mise run tpg`, `mise r hidden-one`",
        )
        assert dead(root) == []

    def test_what_was_true_when_it_was_written_is_a_note(self, root: Path) -> None:
        write(root, "mig-assist.toml", '[docs]\nadr = ["docs/adr"]\n')
        write(root, "docs/adr/0001-tasks.md", "`mise run gone`\n")
        write(root, "docs/CHANGELOG.md", "`mise run gone`\n")
        assert {finding.severity for finding in found(root)} == {Severity.NOTE}

    def test_a_folder_with_tasks_of_its_own(self, root: Path) -> None:
        write(root, "apps/web/mise.toml", "[tasks.bundle]\nrun = 'true'\n")
        write(root, "README.md", "```\ncd apps/web\nmise run bundle\nmise run bundel\n```\n")
        assert dead(root) == [("README.md:4", "bundel")]

    def test_a_monorepo(self, root: Path) -> None:
        write(root, "mise.toml", "monorepo_root = true\n[monorepo]\nconfig_roots = ['crates/*']\n")
        write(root, "crates/store/mise.toml", "[tasks.'test:pg']\nrun = 'true'\n")
        write(
            root,
            "README.md",
            "`mise run //crates/store:test:pg`\n`mise run test:pg` there\n"
            "`mise run //crates/old:test:pg`",
        )
        (finding,) = found(root)
        assert (finding.place, finding.object) == ("README.md:3", "//crates/old:test:pg")
        assert "//crates/store:test:pg" in finding.fix

    def test_a_link_that_leaves_the_workspace_is_not_followed(self, root: Path) -> None:
        outside = write(root.parent, "outside/x.md", "`mise run gone`")
        (root / "docs").symlink_to(outside.parent)
        (root / "README.md").symlink_to(outside)
        (root / "CONTRIBUTING.md").symlink_to("CONTRIBUTING.md")
        assert dead(root) == []

    def test_without_any_task_nothing_is_said_of_documents(self, root: Path) -> None:
        write(root, "mise.toml", "")
        write(root, "README.md", "`mise run gone`")
        assert dead(root) == []


class TestConfiguration:
    def test_a_dead_name_is_an_error_with_its_line(self, root: Path) -> None:
        write(
            root,
            "mig-assist.toml",
            'baseline = 1\n[postgres]\nstart_task = "pg:up"\n\n[tasks]\nlint = "lint"\n'
            'test-rust-postgres = "tests:postgres"\n',
        )
        first, second = found(root)
        assert {first.code, second.code} == {"tests/task-missing"}
        assert {first.severity, second.severity} == {Severity.ERROR}
        assert (first.place, first.object) == ("mig-assist.toml:7", "tests:postgres")
        assert 'test-rust-postgres = "test:postgres"' in first.fix
        assert (second.place, second.object) == ("mig-assist.toml:3", "pg:up")

    def test_a_plain_command_of_that_name_will_do(self, root: Path) -> None:
        write(
            root,
            "mig-assist.toml",
            '[postgres]\nstart_task = "pg:up"\n[tasks]\nlint = "own-lint"\n'
            '[commands]\n"pg:up" = ["true"]\nown-lint = ["true"]\n',
        )
        assert found(root) == []

    def test_the_start_task_may_be_named_under_tasks(self, root: Path) -> None:
        write(root, "mig-assist.toml", '[postgres]\nstart_task = "db"\n[tasks]\ndb = "tpg"\n')
        assert found(root) == []


def test_a_configuration_that_mise_refuses_is_a_note(root: Path) -> None:
    write(root, "mise.toml", "[tasks\n")
    (finding,) = found(root)
    assert (finding.code, finding.severity) == ("tests/tasks-unknown", Severity.NOTE)


def test_without_mise_nobody_knows(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, "README.md", "`mise run gone`")
    monkeypatch.setenv("PATH", "/nowhere")
    assert found(root) == []
