"""Renumbering at every stop of a rebase or a cherry-pick, and what is left to do after it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from mig_assist.draft.renumber import Renumbering, plan_renumbering
from mig_assist.errors import WrongUse
from mig_assist.file_changes import write_all
from mig_assist.verify.numbers import check_number
from mig_assist.verify.registry import check_registry
from mig_assist.verify.report import Subject
from mig_assist.workspace import open_workspace
from mig_assist.workspace.git import situation
from mig_assist.workspace.numbers import holdings
from mig_assist.workspace.registry import open_registry
from tests.verify.conftest import codes
from tests.workspace.layouts import entry_text, pair_paths, small_workspace, write_pair
from tests.workspace.repositories import Repository

CONFIG = """\
baseline = 17
[registry]
kind = "toml"
path = "migrations/registry.toml"
[tests]
paths = ["tests/store"]
[docs]
data = ["docs/data.md"]
"""
NAMES = ("team_members", "team_invites", "team_quotas")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A workspace with a V17 baseline on ``main``."""
    made = Repository(tmp_path / "repository")
    small_workspace(made.root, (17, "baseline"), config=CONFIG)
    made.write("docs/data.md", "# Data\n\nV17 is the baseline.\n")
    made.commit()
    return made


def add(repository: Repository, version: int, name: str) -> str:
    """Commit a pair and its entry; the commit's id."""
    write_pair(repository.root, version, name)
    registry = repository.root / "migrations/registry.toml"
    text = registry.read_text().rstrip("\n")
    registry.write_text(f"{text}\n\n{entry_text(repository.root, version, name)}")
    return repository.commit(f"Add {name}")


def stack(repository: Repository, *names: str, theirs: int = 2) -> None:
    """``feat/x`` with a commit for each name, from V18 on; ``main`` took as many meanwhile."""
    repository.branch("feat/x")
    for version, name in enumerate(names, 18):
        add(repository, version, name)
    repository.git("checkout", "--quiet", "main")
    for version in range(18, 18 + theirs):
        add(repository, version, f"theirs_{version}")
    repository.git("checkout", "--quiet", "feat/x")


def renumber(repository: Repository) -> Renumbering:
    workspace = open_workspace(repository.root)
    held = holdings(workspace)
    planned = plan_renumbering(workspace, held.own or (), held)
    write_all(repository.root, planned.changes)
    return planned


def through(repository: Repository, *command: str) -> list[list[tuple[str, int, int]]]:
    """Run git, renumber at each of its stops and go on; what moved at each."""
    stops = []
    while True:
        try:
            repository.git("-c", "core.editor=true", *command)
        except subprocess.CalledProcessError:
            assert situation(repository.root).unfinished, command
            planned = renumber(repository)
            stops.append([(move.name, move.old, move.new) for move in planned.moves])
            assert planned.in_conflict == ()
            repository.git("add", "--all")
            command = (situation(repository.root).unfinished, "--continue")
        else:
            return stops


def listed(repository: Repository) -> list[tuple[int, str]]:
    entries = open_registry(open_workspace(repository.root)).entries()
    assert codes(check_registry(open_workspace(repository.root))) == []
    return [(entry.version, entry.name) for entry in entries if entry.version > 17]


def theirs(count: int) -> list[tuple[int, str]]:
    return [(version, f"theirs_{version}") for version in range(18, 18 + count)]


@pytest.mark.parametrize("backend", ["merge", "apply"])
@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("taken", [1, 2, 3])
def test_a_stack_keeps_its_order_through_all_stops(
    repository: Repository, count: int, taken: int, backend: str
) -> None:
    names = NAMES[:count]
    stack(repository, *names, theirs=taken)
    through(repository, "rebase", f"--{backend}", "main")
    after = [(18 + taken + place, name) for place, name in enumerate(names)]
    assert renumber(repository).moves == ()
    assert listed(repository) == [*theirs(taken), *after]
    for version, name in after:
        assert repository.git("log", "--format=%s", "-1", "--", pair_paths(version, name)[0]) == (
            f"Add {name}"
        )


GAP = "# So that git can merge what follows.\n" * 6


def own_test(version: int, name: str) -> str:
    return f"""\
def test_v{version}_{name}_keeps_rows() -> None:
    migrate(to={version})
    assert newest_version() == {version}
{GAP}"""


@pytest.mark.parametrize("taken", [1, 2])
@pytest.mark.parametrize("files", [1, 2])
def test_what_follows_at_one_stop_is_let_alone_at_the_next(
    repository: Repository, files: int, taken: int
) -> None:
    """The new number of the first is the old one of the second."""
    stack(repository, theirs=taken)
    paths = ["tests/store/test_members.py", "tests/store/test_invites.py"]
    texts = dict.fromkeys(paths[:files], "")
    for place, name in enumerate(NAMES[:2]):
        path = paths[place % files]
        texts[path] += own_test(18 + place, name)
        repository.write(path, texts[path])
        add(repository, 18 + place, name)
    through(repository, "rebase", "main")
    assert renumber(repository).changes == ()
    found = "".join((repository.root / path).read_text() for path in texts)
    assert found == "".join(
        own_test(18 + taken + place, name) for place, name in enumerate(NAMES[:2])
    )


def test_what_was_replayed_between_two_stops_comes_behind_what_moved(
    repository: Repository,
) -> None:
    """Only documents are in conflict, so that git passes over a commit that keeps its number."""
    repository.write("mig-assist.toml", CONFIG.replace("toml", "none").replace("path = ", "#"))
    repository.commit()
    repository.branch("feat/x")
    write_pair(repository.root, 18, NAMES[0])
    repository.write("docs/data.md", "# Data\n\nV18 adds members.\n")
    repository.commit()
    write_pair(repository.root, 19, NAMES[1])
    repository.commit()
    repository.write("docs/data.md", "# Data\n\nV18 adds members, V19 invites.\n")
    repository.commit()
    repository.git("checkout", "--quiet", "main")
    for version in (18, 19, 20):
        write_pair(repository.root, version, f"theirs_{version}")
    repository.write("docs/data.md", "# Data\n\nTheirs are V18 to V20.\n")
    repository.commit()
    repository.git("checkout", "--quiet", "feat/x")
    moves = []
    command = ["rebase", "main"]
    for text in ("V18 adds members", "V18 adds members, V19 invites"):
        with pytest.raises(subprocess.CalledProcessError):
            repository.git("-c", "core.editor=true", *command)
        repository.write("docs/data.md", f"# Data\n\nTheirs are V18 to V20.\n{text}.\n")
        moves += [(move.name, move.old, move.new) for move in renumber(repository).moves]
        repository.git("add", "--all")
        command = ["rebase", "--continue"]
    repository.git("-c", "core.editor=true", *command)
    assert moves == [(NAMES[0], 18, 21), (NAMES[1], 19, 22)]
    assert renumber(repository).moves == ()


def test_what_the_rebase_has_placed_keeps_its_number(repository: Repository) -> None:
    stack(repository, *NAMES[:2])
    assert through(repository, "rebase", "main") == [
        [("team_members", 18, 20)],
        [("team_invites", 19, 21)],
    ]


def test_where_only_the_first_commit_stopped_the_order_is_kept_too(repository: Repository) -> None:
    repository.write("mig-assist.toml", CONFIG.split("[registry]")[0])
    (repository.root / "migrations/registry.toml").unlink()
    repository.commit()
    repository.branch("feat/x")
    for version, name in enumerate(NAMES, 18):
        write_pair(repository.root, version, name)
        repository.write("docs/data.md", f"# Data\n\n{NAMES[0]} was begun.\n")
        repository.commit(f"Add {name}")
    repository.git("checkout", "--quiet", "main")
    for version in (18, 19):
        write_pair(repository.root, version, f"theirs_{version}")
    repository.write("docs/data.md", "# Data\n\ntheirs.\n")
    repository.commit()
    repository.git("checkout", "--quiet", "feat/x")
    stops = _by_hand(repository)
    assert stops == [("team_members", 18, 20)]
    planned = renumber(repository)
    assert [(m.name, m.old, m.new) for m in planned.moves] == [
        ("team_invites", 19, 21),
        ("team_quotas", 20, 22),
    ]


def _by_hand(repository: Repository) -> list[tuple[str, int, int]]:
    """Rebase, with a document's conflict that a person resolves at the only stop."""
    with pytest.raises(subprocess.CalledProcessError):
        repository.git("rebase", "main")
    planned = renumber(repository)
    assert planned.in_conflict == ("docs/data.md",)
    repository.write("docs/data.md", f"# Data\n\n{NAMES[0]} was begun.\n")
    repository.git("add", "--all")
    repository.git("-c", "core.editor=true", "rebase", "--continue")
    return [(m.name, m.old, m.new) for m in planned.moves]


def test_fixups_of_an_earlier_commit_find_it_under_its_new_number(repository: Repository) -> None:
    stack(repository, *NAMES[:2])
    path = repository.root / pair_paths(18, NAMES[0])[0]
    path.write_text(path.read_text() + "CREATE INDEX by_name ON team_members (id);\n")
    registry = repository.root / "migrations/registry.toml"
    entries = [
        entry_text(repository.root, v, n) for v, n in enumerate(("baseline", *NAMES[:2]), 17)
    ]
    registry.write_text("\n".join(entries))
    repository.git("add", "--all")
    repository.git("commit", "--quiet", "--message=fixup! Add team_members")
    stops = through(
        repository, "-c", "sequence.editor=true", "rebase", "--interactive", "--autosquash", "main"
    )
    assert [move for stop in stops for move in stop] == [
        ("team_members", 18, 20),
        ("team_invites", 19, 21),
    ]
    assert "CREATE INDEX" in (repository.root / pair_paths(20, NAMES[0])[0]).read_text()


def test_a_cherry_picked_range_goes_behind_what_is_there(repository: Repository) -> None:
    stack(repository, *NAMES[:2])
    repository.git("checkout", "--quiet", "-b", "feat/y", "main")
    add(repository, 20, "own_things")
    stops = through(repository, "cherry-pick", "feat/x~2..feat/x")
    assert stops == [[("team_members", 18, 21)], [("team_invites", 19, 22)]]
    assert listed(repository) == [
        *theirs(2), (20, "own_things"), (21, "team_members"), (22, "team_invites"),
    ]  # fmt: skip


def test_a_merge_moves_the_whole_stack_at_once(repository: Repository) -> None:
    stack(repository, *NAMES)
    assert through(repository, "merge", "main") == [
        [("team_members", 18, 20), ("team_invites", 19, 21), ("team_quotas", 20, 22)]
    ]


def test_old_files_that_a_later_commit_brings_back_are_named(repository: Repository) -> None:
    stack(repository, *NAMES[:2])
    with pytest.raises(subprocess.CalledProcessError):
        repository.git("rebase", "main")
    renumber(repository)
    repository.git("add", "--all")
    with pytest.raises(subprocess.CalledProcessError):
        repository.git("-c", "core.editor=true", "rebase", "--continue")
    write_pair(repository.root, 18, NAMES[0])
    with pytest.raises(WrongUse, match="V18 team_members has moved to V20 already"):
        renumber(repository)


@pytest.mark.parametrize("taken", [1, 2])
def test_later_commits_that_say_the_old_number_are_finished(
    repository: Repository, taken: int
) -> None:
    stack(repository, *NAMES[:2], theirs=taken)
    said = (
        "# Data\n\nV17 is the baseline.\n\nV18 has members.\n| V18 |\n| V19 |\nV19 has invites.\n"
    )
    repository.write("docs/data.md", said)
    repository.write(
        "tests/store/test_v18_members.py", "def test_v18() -> None:\n    migrate_to(18)\n"
    )
    repository.commit("Document and test it")
    through(repository, "rebase", "main")
    assert (repository.root / "docs/data.md").read_text() == said
    first, second = 18 + taken, 19 + taken
    report = check_number(Subject(open_workspace(repository.root), first, NAMES[0]))
    assert codes(report) == ["history/old-number-left"]
    assert "docs/data.md" in report.findings[0].message
    planned = renumber(repository)
    assert planned.moves == ()
    assert {(m.name, m.old, m.new) for m in planned.finished} == {
        (NAMES[0], 18, first), (NAMES[1], 19, second),
    }  # fmt: skip
    assert (repository.root / "docs/data.md").read_text() == (
        "# Data\n\nV17 is the baseline.\n\n"
        f"V{first} has members.\n| V{first} |\n| V{second} |\nV{second} has invites.\n"
    )
    assert (repository.root / f"tests/store/test_v{first}_members.py").read_text() == (
        f"def test_v{first}() -> None:\n    migrate_to({first})\n"
    )
    again = renumber(repository)
    assert (again.changes, again.finished) == ((), ())
    subject = Subject(open_workspace(repository.root), first, NAMES[0])
    assert codes(check_number(subject)) == []


def test_what_others_say_about_the_number_is_not_ours_to_finish(repository: Repository) -> None:
    stack(repository, NAMES[0], theirs=1)
    through(repository, "rebase", "main")
    repository.write("docs/data.md", "# Data\n\nV17 is the baseline.\n\nV18 is theirs, V19 ours.\n")
    repository.commit()
    assert renumber(repository).changes == ()


def test_a_registry_in_conflict_is_resolved_where_nothing_moves(repository: Repository) -> None:
    repository.branch("feat/x")
    add(repository, 19, "team_members")
    repository.git("checkout", "--quiet", "main")
    add(repository, 18, "theirs_18")
    repository.git("checkout", "--quiet", "feat/x")
    with pytest.raises(subprocess.CalledProcessError):
        repository.git("merge", "main")
    planned = renumber(repository)
    assert planned.moves == ()
    assert planned.resolved == "migrations/registry.toml"
    assert listed(repository) == [(18, "theirs_18"), (19, "team_members")]


def test_conflicts_in_documents_are_left_to_people(repository: Repository) -> None:
    stack(repository, NAMES[0], theirs=1)
    repository.write("docs/data.md", "# Data\n\nV18 has members.\n\nEnd.\n\n\nV18 again.\n")
    repository.commit()
    repository.git("checkout", "--quiet", "main")
    repository.write("docs/data.md", "# Data\n\nV18 is theirs.\n\nEnd.\n\n\n")
    repository.commit()
    repository.git("checkout", "--quiet", "feat/x")
    with pytest.raises(subprocess.CalledProcessError):
        repository.git("merge", "main")
    before = (repository.root / "docs/data.md").read_text()
    assert "<<<<<<<" in before
    planned = renumber(repository)
    assert planned.in_conflict == ("docs/data.md",)
    now = (repository.root / "docs/data.md").read_text()
    assert now.split(">>>>>>>")[0] == before.split(">>>>>>>")[0]


def clone_of(repository: Repository, place: Path) -> Repository:
    clone = Repository(place)
    clone.git("remote", "add", "origin", str(repository.root))
    clone.git("fetch", "--quiet", "origin")
    clone.git("checkout", "--quiet", "-B", "main", "origin/main")
    clone.git("remote", "set-head", "origin", "main")
    return clone


def test_what_the_local_default_branch_has_is_not_ours(
    repository: Repository, tmp_path: Path
) -> None:
    clone = clone_of(repository, tmp_path / "clone")
    stack(clone, NAMES[0], theirs=1)
    assert through(clone, "merge", "main") == [[(NAMES[0], 18, 19)]]
    assert listed(clone) == [(18, "theirs_18"), (19, NAMES[0])]


def test_what_is_merged_into_an_unpushed_default_branch_moves(
    repository: Repository, tmp_path: Path
) -> None:
    clone = clone_of(repository, tmp_path / "clone")
    stack(clone, NAMES[0], theirs=1)
    clone.git("checkout", "--quiet", "main")
    assert through(clone, "merge", "feat/x") == [[(NAMES[0], 18, 19)]]


def test_unpushed_work_on_the_default_branch_moves_behind_what_is_pulled(
    repository: Repository, tmp_path: Path
) -> None:
    clone = clone_of(repository, tmp_path / "clone")
    add(repository, 18, "theirs_18")
    add(clone, 18, NAMES[0])
    clone.git("fetch", "--quiet", "origin")
    assert through(clone, "merge", "origin/main") == [[(NAMES[0], 18, 19)]]


def test_two_default_branches_that_parted_both_count(
    repository: Repository, tmp_path: Path
) -> None:
    clone = clone_of(repository, tmp_path / "clone")
    stack(clone, NAMES[0], theirs=1)
    add(repository, 18, "pushed")
    clone.git("fetch", "--quiet", "origin")
    held = holdings(open_workspace(clone.root))
    assert {h.name for h in held.of(18)} == {"theirs_18", "pushed"}
    assert held.own == ((18, NAMES[0]),)
