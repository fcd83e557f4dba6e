"""Several files change together or not at all, whatever happens to the process or the disk."""

from __future__ import annotations

import os
import resource
import shutil
import stat
import string
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mig_assist.digests import content_digest
from mig_assist.errors import EnvironmentLacks
from mig_assist.file_changes import ChangeRefused, FileChange, recover, resolve_inside, write_all
from mig_assist.state_folder import JOURNAL, NAME
from tests.require import require
from tests.shared_ground.faults import Fault, faults
from tests.shared_ground.unprivileged import Unprivileged

BEFORE = {"registry.toml": b"one\n", "migrations/V17.sql": b"old\n", "obsolete.md": b"bye\n"}
AFTER = {
    "registry.toml": b"one\ntwo\n",
    "migrations/V17.sql": b"old\n",
    "migrations/V18.sql": b"libsql\n",
    "migrations/postgres/V18.sql": b"postgres\n",
}


def lay_out(root: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)


def files(root: Path) -> dict[str, bytes]:
    """Every file of a workspace but those of mig-assist's own."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and NAME not in path.parts
    }


def changes_between(before: dict[str, bytes], after: dict[str, bytes]) -> list[FileChange]:
    return [
        FileChange(
            name,
            after.get(name),
            content_digest(before[name]) if name in before else None,
        )
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]


def journals(root: Path) -> list[Path]:
    return list((root / JOURNAL).iterdir())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    lay_out(tmp_path, BEFORE)
    return tmp_path


# What is written


def test_every_change_is_made_and_nothing_else(root: Path) -> None:
    write_all(root, changes_between(BEFORE, AFTER))

    assert files(root) == AFTER
    assert journals(root) == []
    assert recover(root) == ()


names = st.text(string.ascii_lowercase, min_size=1, max_size=2)
trees = st.dictionaries(
    st.lists(names, min_size=1, max_size=3).map(lambda parts: "/".join([*parts, "file.sql"])),
    st.binary(max_size=20),
    max_size=6,
)


@given(before=trees, after=trees)
@settings(max_examples=60)
def test_any_tree_becomes_any_other(before: dict[str, bytes], after: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        lay_out(root, before)

        write_all(root, changes_between(before, after))

        assert files(root) == after


def test_no_change_leaves_no_trace(tmp_path: Path) -> None:
    write_all(tmp_path, [])

    assert list(tmp_path.iterdir()) == []
    assert recover(tmp_path) == ()


def test_a_files_mode_is_kept(root: Path) -> None:
    (root / "registry.toml").chmod(0o750)

    write_all(root, [FileChange("registry.toml", b"new\n", content_digest(b"one\n"))])

    assert stat.S_IMODE((root / "registry.toml").stat().st_mode) == 0o750


def test_a_link_inside_the_workspace_is_written_through(root: Path) -> None:
    (root / "link.toml").symlink_to("registry.toml")

    write_all(root, [FileChange("link.toml", b"new\n", content_digest(b"one\n"))])

    assert (root / "link.toml").is_symlink()
    assert (root / "registry.toml").read_bytes() == b"new\n"


# What is refused


@pytest.mark.parametrize(
    "path", ["../x.sql", "a/../../x.sql", "/etc/passwd", "leaving/x.sql", "leaving", "n\0ul", ".."]
)
def test_nothing_is_written_outside_the_workspace(root: Path, path: str) -> None:
    outside = root.parent / f"{root.name}-outside"
    outside.mkdir()
    (root / "leaving").symlink_to(outside)

    with pytest.raises(ChangeRefused):
        write_all(root, [FileChange("fine.sql", b"x"), FileChange(path, b"x")])

    assert files(root) == BEFORE
    assert list(outside.iterdir()) == []
    assert not (root.parent / "x.sql").exists()


@given(st.text())
def test_a_path_is_inside_or_refused(path: str) -> None:
    root = Path(tempfile.gettempdir()) / "no" / "such" / "workspace"
    try:
        place = resolve_inside(root, path)
    except ChangeRefused:
        return
    assert os.path.normpath(place).startswith(str(root))


def test_a_loop_of_links_is_no_way_out(root: Path) -> None:
    (root / "loop").symlink_to("loop")

    assert resolve_inside(root, "loop/x.sql") == root / "loop/x.sql"
    with pytest.raises(EnvironmentLacks):
        write_all(root, [FileChange("loop/x.sql", b"x")])
    assert files(root) == BEFORE


@pytest.mark.parametrize(
    ("change", "title"),
    [
        (FileChange("registry.toml", b"mine"), "registry.toml appeared meanwhile"),
        (
            FileChange("registry.toml", b"mine", content_digest(b"what I read")),
            "registry.toml changed meanwhile",
        ),
        (
            FileChange("gone.toml", b"mine", content_digest(b"what I read")),
            "gone.toml changed meanwhile",
        ),
    ],
)
def test_a_file_that_is_not_as_planned_is_not_overwritten(
    root: Path, change: FileChange, title: str
) -> None:
    with pytest.raises(ChangeRefused) as refused:
        write_all(root, [FileChange("new.sql", b"x"), change])

    assert refused.value.title == title
    assert files(root) == BEFORE


def test_line_endings_alone_do_not_count_as_a_change(root: Path) -> None:
    (root / "registry.toml").write_bytes(b"one\r\n")

    write_all(root, [FileChange("registry.toml", b"new\n", content_digest(b"one\n"))])

    assert (root / "registry.toml").read_bytes() == b"new\n"


@pytest.mark.parametrize(
    ("path", "reason"),
    [("migrations", "Is a directory"), ("registry.toml/x.sql", "Not a folder: ")],
)
def test_folders_and_files_are_not_mistaken_for_each_other(
    root: Path, path: str, reason: str
) -> None:
    with pytest.raises(EnvironmentLacks, match=reason):
        write_all(root, [FileChange("new.sql", b"x"), FileChange(path, b"x")])

    assert files(root) == BEFORE
    assert journals(root) == []


# What fails


def test_without_permission_nothing_is_written(unprivileged: Unprivileged) -> None:
    root = unprivileged.folder
    with unprivileged.user():
        lay_out(root, BEFORE)
        (root / "migrations").chmod(0o500)

        with pytest.raises(EnvironmentLacks, match=r"Permission denied.*migrations") as lacks:
            write_all(root, changes_between(BEFORE, AFTER))

        assert lacks.value.exit_code == 3
        assert files(root) == BEFORE
        assert journals(root) == []


def test_a_folder_that_refuses_only_when_it_comes_to_it(unprivileged: Unprivileged) -> None:
    """A sticky folder lets everybody add files, and only their owners replace them."""
    root = unprivileged.folder
    with unprivileged.user():
        lay_out(root, BEFORE)
    _make_sticky(root / "migrations")
    after = {**AFTER, "migrations/V17.sql": b"not mine\n", "registry.toml": b"one\n"}

    with unprivileged.user():
        with pytest.raises(EnvironmentLacks, match=r"not permitted.*Nothing was changed"):
            write_all(root, [*changes_between(BEFORE, after), FileChange("a/last.sql", b"x")])

        assert files(root) == BEFORE
        assert journals(root) == []


def _make_sticky(folder: Path) -> None:
    require(os.getuid() == 0, "root, to give files to somebody else (sudo)")
    folder.chmod(0o1777)
    os.chown(folder, 0, 0)
    os.chown(folder / "V17.sql", 0, 0)


def test_a_file_over_the_limit_of_the_disk(root: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(EnvironmentLacks, match="File too large"):
            write_all(root, [*changes_between(BEFORE, AFTER), FileChange("z", b"z" * 20_000)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert files(root) == BEFORE
    assert journals(root) == []


def _write(folder: Path, after: dict[str, bytes]) -> Callable[[int], Callable[[], None]]:
    def prepare(number: int) -> Callable[[], None]:
        root = folder / str(number)
        lay_out(root, BEFORE)
        return lambda: write_all(root, changes_between(BEFORE, after))

    return prepare


@pytest.mark.parametrize("fault", [Fault.KILLED, Fault.INTERRUPTED])
def test_a_process_that_ends_anywhere_leaves_all_or_nothing(fault: Fault, tmp_path: Path) -> None:
    outcomes = set()
    for number in faults(fault, _write(tmp_path, AFTER)):
        root = tmp_path / str(number)

        completed = recover(root)

        now = files(root)
        assert now in (BEFORE, AFTER), f"half written after operation {number}"
        assert now == AFTER or not completed
        assert not (root / JOURNAL).exists() or journals(root) == []
        outcomes.add(now == AFTER)
    assert outcomes == {True, False}


def test_a_process_that_ends_while_it_completes_is_completed_by_the_next(tmp_path: Path) -> None:
    killed = next(
        tmp_path / str(number)
        for number in faults(Fault.KILLED, _write(tmp_path, AFTER))
        if files(tmp_path / str(number)) not in (BEFORE, AFTER)
    )

    def recovery(number: int) -> Callable[[], None]:
        shutil.copytree(killed, tmp_path / f"again-{number}")
        return lambda: print(recover(tmp_path / f"again-{number}"))

    for number in faults(Fault.KILLED, recovery):
        recover(tmp_path / f"again-{number}")

        assert files(tmp_path / f"again-{number}") == AFTER


def test_a_disk_that_is_full_at_any_point_leaves_all_or_nothing(tmp_path: Path) -> None:
    for number in faults(Fault.NO_SPACE, _write(tmp_path, AFTER)):
        root = tmp_path / str(number)
        recover(root)

        assert files(root) in (BEFORE, AFTER), f"half written after operation {number}"
        assert not (root / JOURNAL).exists() or journals(root) == []


def test_a_process_that_ends_while_it_takes_back_leaves_all_or_nothing(
    unprivileged: Unprivileged,
) -> None:
    after = {**AFTER, "migrations/V17.sql": b"not mine\n"}
    write = _write(unprivileged.folder, after)

    def work(number: int) -> Callable[[], None]:
        with unprivileged.user():
            attempt = write(number)
        _make_sticky(unprivileged.folder / str(number) / "migrations")

        def attempt_as_user() -> None:
            with unprivileged.user():
                attempt()

        return attempt_as_user

    for number in faults(Fault.KILLED, work):
        root = unprivileged.folder / str(number)
        with unprivileged.user(), suppress(EnvironmentLacks):
            recover(root)
        recover(root)

        assert files(root) in (BEFORE, after), f"half written after operation {number}"


# Several at once


def test_what_a_killed_process_committed_comes_before_the_next_write(tmp_path: Path) -> None:
    killed = next(
        tmp_path / str(number)
        for number in faults(Fault.KILLED, _write(tmp_path, AFTER))
        if files(tmp_path / str(number)) not in (BEFORE, AFTER)
    )

    write_all(killed, [FileChange("registry.toml", b"three\n", content_digest(b"one\ntwo\n"))])

    assert files(killed) == {**AFTER, "registry.toml": b"three\n"}


def test_a_writer_at_work_is_left_alone(root: Path) -> None:
    write_all(root, changes_between(BEFORE, AFTER))
    (root / JOURNAL / "unfinished").mkdir()
    with _writing_elsewhere(root):
        assert recover(root) == ()
        assert journals(root) == [root / JOURNAL / "unfinished"]
    recover(root)
    assert journals(root) == []


APPEND = """
import sys
from pathlib import Path
from mig_assist.digests import content_digest
from mig_assist.file_changes import ChangeRefused, FileChange, write_all
root, name = Path(sys.argv[1]), sys.argv[2]
for number in range(20):
    while True:
        before = (root / "registry.toml").read_bytes()
        line = f"{name} {number}\\n".encode()
        try:
            write_all(root, [
                FileChange(f"{name}-{number}.sql", line),
                FileChange("registry.toml", before + line, content_digest(before)),
            ])
        except ChangeRefused:
            continue
        break
"""


def test_two_processes_lose_none_of_each_others_changes(root: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", APPEND, str(root), name]) for name in ("a", "b")
    ]

    assert [writer.wait() for writer in writers] == [0, 0]
    lines = (root / "registry.toml").read_text().splitlines()
    expected = [f"{name} {number}" for name in "ab" for number in range(20)]
    assert sorted(lines) == sorted(["one", *expected])
    assert len(list(root.glob("[ab]-*.sql"))) == 40


@contextmanager
def _writing_elsewhere(root: Path) -> Iterator[None]:
    hold = (
        "import fcntl, os, sys; lock = os.open(sys.argv[1], os.O_RDONLY);"
        "fcntl.flock(lock, fcntl.LOCK_EX); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(root / JOURNAL)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        yield
        holder.communicate()
