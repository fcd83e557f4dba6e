"""Pairs are found without configuration, from what the files themselves say."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from mig_assist.backend import Backend
from mig_assist.workspace import NotAWorkspace, Workspace, open_workspace
from mig_assist.workspace.detection import Detection, detect
from mig_assist.workspace.discovery import SeveralLayouts
from mig_assist.workspace.files import pairs, scan
from mig_assist.workspace.twins import twins_in
from tests.repositories.builder import LAYOUTS, Repository, build_repository
from tests.shared_ground.unprivileged import Unprivileged

SQL = "CREATE TABLE t (id TEXT PRIMARY KEY);\n"


def write(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(SQL)


def folders(workspace: Workspace) -> tuple[str, str]:
    libsql, postgres = workspace.layout
    return libsql.folder, postgres.folder


def versions(workspace: Workspace) -> set[int]:
    return {file.version for file in scan(workspace)}


def reasons(root: Path) -> dict[str, str]:
    rejections = detect(root, root).ranking.rejections
    return {rejection.what: rejection.reason for rejection in rejections}


@pytest.mark.parametrize("git", [False, True], ids=["plain folder", "git repository"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_is_found(tmp_path: Path, layout: str, git: bool) -> None:
    repository = build_repository(tmp_path, layout, git=git)

    workspace = open_workspace(tmp_path)

    assert workspace.root == tmp_path
    assert workspace.config.baseline == min(repository.names)
    assert {file.path for file in scan(workspace)} == {
        repository.path(side, version) for side in Backend for version in repository.names
    }


@pytest.mark.parametrize("layout", ["nested", "siblings-crate", "diesel"])
def test_it_is_found_from_everywhere_inside_the_repository(tmp_path: Path, layout: str) -> None:
    repository = build_repository(tmp_path, layout)
    (tmp_path / "web/src").mkdir(parents=True)
    top = open_workspace(tmp_path)
    deepest = (tmp_path / repository.path(Backend.POSTGRES, min(repository.names))).parent
    for start in (tmp_path / "web/src", deepest):
        assert open_workspace(start) == top


def test_a_work_tree_is_a_repository_of_its_own(tmp_path: Path) -> None:
    repository = build_repository(tmp_path / "main", "siblings-deep")
    repository.git("worktree", "add", "--quiet", "-b", "other", str(tmp_path / "other"))
    workspace = open_workspace(tmp_path / "other" / "db")
    assert workspace.root == tmp_path / "other"
    assert versions(workspace) == {17, 18, 19}


def test_without_git_the_project_is_where_its_build_file_lies(tmp_path: Path) -> None:
    build_repository(tmp_path, "siblings-deep", git=False)
    write(tmp_path, "Cargo.toml", "src/main.rs")
    assert open_workspace(tmp_path / "src").root == tmp_path


class TestWhatIsTaken:
    def test_other_databases_and_lone_files_are_left_out(self, tmp_path: Path) -> None:
        build_repository(tmp_path, "up-down", git=False)
        folder = "storage/migrations"
        write(tmp_path, f"{folder}/mysql/V0001.baseline.up.sql", f"{folder}/README.md")
        write(tmp_path, f"{folder}/sqlite/seed.sql", f"{folder}/postgres/V0001.baseline.txt")
        assert folders(open_workspace(tmp_path)) == (f"{folder}/sqlite", f"{folder}/postgres")
        assert reasons(tmp_path) == {
            f"{folder}/mysql/V{{version:04}}.{{name}}.up.sql": "it belongs to another database"
        }

    def test_the_newest_files_show_how_the_next_is_named(self, tmp_path: Path) -> None:
        for side in ("sqlite", "postgres"):
            write(tmp_path, *(f"{side}/{version:02}_change_{version}.sql" for version in (97, 98)))
            write(tmp_path, *(f"{side}/{version:04}_change_{version}.sql" for version in (99, 100)))
        workspace = open_workspace(tmp_path)
        assert workspace.layout.libsql.pattern == "{version:04}_{name}.sql"
        assert versions(workspace) == {97, 98, 99, 100}

    def test_numbers_that_outgrew_their_padding_stay_together(self, tmp_path: Path) -> None:
        for side in ("sqlite", "postgres"):
            write(tmp_path, *(f"{side}/{version:02}_change.sql" for version in range(1, 121)))
        workspace = open_workspace(tmp_path)
        assert versions(workspace) == set(range(1, 121))
        assert workspace.layout.libsql.path(121, "x") == "sqlite/121_x.sql"

    def test_a_new_way_of_naming_wins_over_the_old(self, tmp_path: Path) -> None:
        for side in ("sqlite", "postgres"):
            write(tmp_path, *(f"{side}/{version}-old_{version}.sql" for version in range(1, 30)))
            write(tmp_path, *(f"{side}/V{version}__new_{version}.sql" for version in (30, 31)))
        assert open_workspace(tmp_path).layout.libsql.pattern == "V{version}__{name}.sql"
        assert any("older way" in reason for reason in reasons(tmp_path).values())

    def test_two_separators_of_one_suffix_are_one_sequence(self, tmp_path: Path) -> None:
        for side in ("sqlite", "postgres"):
            for version in range(1, 9):
                dot = "_" if version in (3, 5) else "."
                write(tmp_path, f"{side}/{version:04}_change{dot}up.sql")
                write(tmp_path, f"{side}/{version:04}_change{'_' if version == 3 else '.'}down.sql")
        libsql = open_workspace(tmp_path).layout.libsql
        assert versions(open_workspace(tmp_path)) == set(range(1, 9))
        assert libsql.parse("0003_change_up.sql") == (3, "change")
        assert libsql.path(9, "x") == "sqlite/0009_x.up.sql"
        assert libsql.down_path(9, "x") == "sqlite/0009_x.down.sql"
        assert not reasons(tmp_path)

    def test_not_so_where_a_version_is_in_both(self, tmp_path: Path) -> None:
        for side in ("sqlite", "postgres"):
            write(tmp_path, f"{side}/0001_a_up.sql", f"{side}/0001_a_down.sql")
            write(tmp_path, f"{side}/0001_a.up.sql", f"{side}/0002_b.up.sql")
        assert open_workspace(tmp_path).layout.libsql.pattern == "{version:04}_{name}.up.sql"

    def test_numbers_stand_before_the_times_that_followed_them(self, tmp_path: Path) -> None:
        for side in ("sqlite", "postgres"):
            write(tmp_path, f"{side}/1_initial.sql", f"{side}/2_keys.sql")
            write(tmp_path, f"{side}/20250103145821_pkce.sql", f"{side}/20250117164229_ldap.sql")
        workspace = open_workspace(tmp_path)
        assert versions(workspace) == {1, 2, 20250103145821, 20250117164229}
        assert workspace.config.baseline == 1
        assert workspace.layout.libsql.path(2, "keys") == "sqlite/2_keys.sql"

    @pytest.mark.parametrize(
        ("libsql", "postgres"),
        [
            ("sqlite", "postgres"),
            ("sqlite3", "postgresql"),
            ("SQLite", "PostgreSQL"),
            ("libsql", "psql"),
            ("turso", "pg"),
            ("rqlite", "pgsql"),
            ("sqlite-migrations", "postgres-migrations"),
            ("migrations_sqlite", "migrations_pg"),
            ("sqlite", "postgres16"),
        ],
    )
    def test_backends_are_spelled_variously(
        self, tmp_path: Path, libsql: str, postgres: str
    ) -> None:
        write(tmp_path, f"db/{libsql}/0001_init.sql", f"db/{postgres}/0001_init.sql")
        assert folders(open_workspace(tmp_path)) == (f"db/{libsql}", f"db/{postgres}")

    def test_a_backends_name_inside_a_name_is_no_suffix(self, tmp_path: Path) -> None:
        for side in ("sqlite", "postgres"):
            write(tmp_path, f"{side}/0001_init.sql", f"{side}/0002_move_to_postgres.sql")
            write(tmp_path, f"{side}/0003_scale_up.sql", f"{side}/0004_shut_down.sql")
        workspace = open_workspace(tmp_path)
        assert [file.name for file in scan(workspace)][::2] == [
            "init", "move_to_postgres", "scale_up", "shut_down",
        ]  # fmt: skip

    def test_names_that_all_end_in_their_backend_have_a_suffix(self, tmp_path: Path) -> None:
        for side in ("sqlite", "postgres"):
            write(tmp_path, f"{side}/1_init_{side}.sql", f"{side}/2_teams_{side}.sql")
        workspace = open_workspace(tmp_path)
        assert {file.name for file in scan(workspace)} == {"init", "teams"}

    def test_an_irregular_time_is_still_one(self, tmp_path: Path) -> None:
        build_repository(tmp_path, "diesel", git=False)
        for side in ("sqlite", "postgres"):
            write(tmp_path, f"migrations/{side}/2024-03-13_170000_sso/up.sql")
        assert 20240313170000 in versions(open_workspace(tmp_path))

    def test_the_baseline_is_the_first_version_of_both_sides(self, tmp_path: Path) -> None:
        write(tmp_path, *(f"sqlite/{n}_change_{n}.sql" for n in range(1, 40)))
        write(tmp_path, *(f"postgres/{n}_change_{n}.sql" for n in range(30, 40)))
        assert open_workspace(tmp_path).config.baseline == 30

    def test_what_somebody_is_writing_does_not_count_against_it(self, tmp_path: Path) -> None:
        build_repository(tmp_path, "siblings", versions=[17], git=False)
        write(tmp_path, "sqlite/V18__half.sql", "sqlite/V19__stacked.sql")
        candidate = detect(tmp_path, tmp_path).choice
        assert candidate is not None
        assert candidate.half == ((18, Backend.LIBSQL), (19, Backend.LIBSQL))

    def test_sides_far_apart_belong_together_when_their_names_agree(self, tmp_path: Path) -> None:
        for number, name in enumerate(("init", "teams", "routes"), 1):
            write(tmp_path, f"embedded/db/{number}_{name}.sql")
            write(tmp_path, f"server/storage/postgres/{number}_{name}.sql")
        assert folders(open_workspace(tmp_path)) == ("embedded/db", "server/storage/postgres")


class TestWhatIsNotTaken:
    def test_one_side_alone(self, tmp_path: Path) -> None:
        write(tmp_path, "db/postgres/V1__init.sql", "db/postgres/V2__teams.sql")
        with pytest.raises(NotAWorkspace, match="nothing for libsql belongs to it"):
            open_workspace(tmp_path)

    def test_two_services_that_happen_to_begin_alike(self, tmp_path: Path) -> None:
        write(tmp_path, "billing/postgres/0001_init.sql", "search/sqlite/0001_init.sql")
        with pytest.raises(NotAWorkspace):
            open_workspace(tmp_path)

    def test_fewer_than_two_thirds_in_pairs(self, tmp_path: Path) -> None:
        write(tmp_path, *(f"db/sqlite/{n}_change_{n}.sql" for n in range(1, 21)))
        write(tmp_path, *(f"db/postgres/{n}_change_{n}.sql" for n in (1, 5, 9, 20)))
        with pytest.raises(NotAWorkspace, match="only 4 of 20 versions since V1 have both files"):
            open_workspace(tmp_path)

    def test_a_side_that_came_later_begins_with_all_of_it(self, tmp_path: Path) -> None:
        names = ("initialize_schema", "versions", "indexes", "conditions", "collation")
        for number, name in enumerate(names, 1):
            write(tmp_path, f"db/postgres/{number:03}_{name}.sql")
        write(tmp_path, "db/sqlite/004_initialize_schema.sql", "db/sqlite/005_ulid.sql")
        workspace = open_workspace(tmp_path)
        assert folders(workspace) == ("db/sqlite", "db/postgres")
        assert workspace.config.baseline == 4
        assert not twins_in(workspace)

    def test_sides_that_count_each_for_itself(self, tmp_path: Path) -> None:
        names = [f"change_{chr(97 + n)}" for n in range(12)]
        write(tmp_path, *(f"hiqlite/{n}_{name}.sql" for n, name in enumerate(["a", *names], 1)))
        write(tmp_path, *(f"postgres/V{n}__{name}.sql" for n, name in enumerate(names, 1)))
        with pytest.raises(NotAWorkspace, match="'change_l' is V13 in hiqlite and V12 in postgres"):
            open_workspace(tmp_path)

    def test_folders_in_which_versions_repeat(self, tmp_path: Path) -> None:
        for side in ("sqlite", "postgres"):
            write(tmp_path, *(f"cases/{side}/1_{name}.sql" for name in ("a", "b", "c")))
        with pytest.raises(NotAWorkspace, match="several files share a version"):
            open_workspace(tmp_path)

    def test_what_git_ignores(self, tmp_path: Path) -> None:
        repository = build_repository(tmp_path, "siblings", versions={})
        repository.write(".gitignore", "build/\n")
        write(tmp_path, "build/sqlite/V1__init.sql", "build/postgres/V1__init.sql")
        with pytest.raises(NotAWorkspace):
            open_workspace(tmp_path)

    @pytest.mark.parametrize("git", [False, True])
    @pytest.mark.parametrize("folder", ["node_modules", "target", "vendor", ".venv", ".cache"])
    def test_what_was_fetched_or_made(self, tmp_path: Path, folder: str, git: bool) -> None:
        build_repository(tmp_path, "siblings", versions={}, git=git)
        write(tmp_path, f"{folder}/x/sqlite/V1__init.sql", f"{folder}/x/postgres/V1__init.sql")
        with pytest.raises(NotAWorkspace):
            open_workspace(tmp_path)

    @pytest.mark.parametrize("git", [False, True])
    def test_what_belongs_to_a_repository_inside(self, tmp_path: Path, git: bool) -> None:
        build_repository(tmp_path, "siblings", versions={}, git=git)
        build_repository(tmp_path / "other", "siblings")
        with pytest.raises(NotAWorkspace):
            open_workspace(tmp_path)


class TestGit:
    def test_files_that_are_not_yet_tracked_count(self, tmp_path: Path) -> None:
        build_repository(tmp_path, "siblings-deep", versions={})
        write(tmp_path, "db/migrations/sqlite/V1__init.sql", "db/migrations/pg/V1__init.sql")
        assert versions(open_workspace(tmp_path)) == {1}

    def test_files_that_are_gone_do_not(self, tmp_path: Path) -> None:
        repository = build_repository(tmp_path, "siblings")
        for side in Backend:
            for version, name in repository.names.items():
                old = tmp_path / repository.path(side, version)
                new = tmp_path / "db" / repository.path(side, version, name)
                new.parent.mkdir(parents=True, exist_ok=True)
                old.rename(new)
        assert folders(open_workspace(tmp_path)) == ("db/sqlite", "db/postgres")

    def test_a_conflict_does_not_count_twice(self, tmp_path: Path) -> None:
        repository = build_repository(tmp_path, "siblings-deep")
        repository.checkout("other", create=True)
        path = repository.path(Backend.LIBSQL, 19)
        for branch in ("other", "main"):
            repository.checkout(branch)
            repository.write(path, f"-- {branch}\n")
            repository.commit(f"Edit on {branch}")
        with pytest.raises(Exception, match="merge"):
            repository.git("merge", "other")
        assert "U" in repository.git("status", "--porcelain")
        assert versions(open_workspace(tmp_path)) == {17, 18, 19}

    def test_a_monitor_named_by_the_repository_is_not_run(self, tmp_path: Path) -> None:
        repository = build_repository(tmp_path, "siblings-deep")
        monitor = repository.write("monitor.sh", f"#!/bin/sh\ntouch {tmp_path}/was-run\n")
        monitor.chmod(0o755)
        repository.git("config", "core.fsmonitor", str(monitor))
        open_workspace(tmp_path)
        assert not (tmp_path / "was-run").exists()


def two_services(root: Path, first: int, second: int) -> None:
    for service, count in (("billing", first), ("search", second)):
        for side in ("sqlite", "postgres"):
            write(root, *(f"{service}/{side}/{n}_{service}_{n}.sql" for n in range(1, count + 1)))


class TestSeveralCandidates:
    def test_where_none_stands_out_the_flags_are_named(self, tmp_path: Path) -> None:
        two_services(tmp_path, 3, 4)
        with pytest.raises(SeveralLayouts) as caught:
            open_workspace(tmp_path)
        assert caught.value.exit_code == 2
        assert "billing/sqlite" in caught.value.message
        assert "--libsql search/sqlite --postgres search/postgres" in caught.value.fix

    def test_one_with_three_times_the_pairs_stands_out(self, tmp_path: Path) -> None:
        two_services(tmp_path, 9, 3)
        assert folders(open_workspace(tmp_path)) == ("billing/sqlite", "billing/postgres")

    def test_not_so_for_somebody_who_works_beside_the_other(self, tmp_path: Path) -> None:
        build_repository(tmp_path, "siblings", versions={})
        two_services(tmp_path, 9, 3)
        with pytest.raises(SeveralLayouts):
            open_workspace(tmp_path / "search")
        assert folders(open_workspace(tmp_path / "billing"))[0] == "billing/sqlite"

    def test_those_among_tests_and_examples_are_only_offered(self, tmp_path: Path) -> None:
        repository = build_repository(tmp_path, "siblings", versions=[1], git=False)
        for number in range(2, 30):
            write(tmp_path, *(f"examples/{s}/{number}_x.sql" for s in ("sqlite", "postgres")))
        assert folders(open_workspace(tmp_path)) == ("sqlite", "postgres")
        for side in Backend:
            (tmp_path / repository.path(side, 1)).unlink()
        with pytest.raises(SeveralLayouts, match="tests or examples"):
            open_workspace(tmp_path)

    def test_two_that_share_a_side_are_both_offered(self, tmp_path: Path) -> None:
        for side in ("sqlite", "libsql", "postgres"):
            write(tmp_path, f"db/{side}/1_init.sql", f"db/{side}/2_teams.sql")
        with pytest.raises(SeveralLayouts):
            open_workspace(tmp_path)

    def test_a_side_that_is_named_goes_before_one_that_is_not(self, tmp_path: Path) -> None:
        for folder in ("migrations", "migrations/sqlite", "migrations/postgres"):
            write(tmp_path, f"{folder}/0001_init.sql", f"{folder}/0002_teams.sql")
        assert folders(open_workspace(tmp_path)) == ("migrations/sqlite", "migrations/postgres")


class TestConfiguration:
    def configured(self, root: Path, layout: str, config: str) -> tuple[Repository, Workspace]:
        repository = build_repository(root, layout, git=False)
        repository.write("mig-assist.toml", config)
        return repository, open_workspace(root)

    @pytest.mark.parametrize("layout", LAYOUTS)
    def test_what_it_leaves_out_is_found(self, tmp_path: Path, layout: str) -> None:
        repository, workspace = self.configured(tmp_path, layout, "[git]\nbase = 'main'\n")
        assert len(scan(workspace)) == 6
        assert workspace.config.baseline == min(repository.names)

    def test_folders_alone_are_enough(self, tmp_path: Path) -> None:
        folders = "libsql = 'storage/migrations/sqlite'\npostgres = 'storage/migrations/postgres'"
        _, workspace = self.configured(tmp_path, "up-down", f"[migrations]\n{folders}\n")
        assert workspace.layout.libsql.pattern == "V{version:04}.{name}.up.sql"
        assert workspace.layout.libsql.down == "V{version:04}.{name}.down.sql"
        assert workspace.config.baseline == 1

    def test_a_side_without_files_is_named_like_the_other(self, tmp_path: Path) -> None:
        write(tmp_path, "a/0001_init.up.sql")
        write(tmp_path, "mig-assist.toml")
        (tmp_path / "mig-assist.toml").write_text("[migrations]\nlibsql = 'a'\npostgres = 'b'\n")
        layout = open_workspace(tmp_path).layout
        assert layout.postgres.path(2, "x") == "b/0002_x.up.sql"

    def test_what_it_states_goes_before_what_is_found(self, tmp_path: Path) -> None:
        _, workspace = self.configured(
            tmp_path, "siblings",
            "baseline = 18\n[migrations]\nlibsql = 'sqlite'\npostgres = 'postgres'\n"
            "pattern = '{version:04}_{name}.sql'\n",
        )  # fmt: skip
        assert workspace.config.baseline == 18
        assert workspace.layout.libsql.pattern == "{version:04}_{name}.sql"

    def test_in_an_empty_repository_the_usual_layout_is_meant(self, tmp_path: Path) -> None:
        (tmp_path / "mig-assist.toml").write_text("")
        workspace = open_workspace(tmp_path)
        assert folders(workspace) == ("migrations", "migrations/postgres")
        assert workspace.config.baseline == 17

    def test_a_choice_is_asked_for_until_it_is_stated(self, tmp_path: Path) -> None:
        two_services(tmp_path, 3, 3)
        config = tmp_path / "mig-assist.toml"
        config.write_text("")
        with pytest.raises(SeveralLayouts):
            open_workspace(tmp_path)
        config.write_text("[migrations]\nlibsql = 'search/sqlite'\npostgres = 'search/postgres'\n")
        assert versions(open_workspace(tmp_path)) == {1, 2, 3}

    @pytest.mark.parametrize("git", [False, True])
    def test_a_workspace_below_is_found_and_its_files_are_its_own(
        self, tmp_path: Path, git: bool
    ) -> None:
        build_repository(tmp_path, "siblings", versions={}, git=git)
        service = build_repository(tmp_path / "services/store", "siblings", git=False)
        service.write("mig-assist.toml", "baseline = 18\n")
        assert open_workspace(tmp_path).root == service.root
        other = build_repository(tmp_path / "services/other", "siblings", git=False)
        assert folders(open_workspace(tmp_path))[0] == "services/other/sqlite"
        other.write("mig-assist.toml", "")
        with pytest.raises(SeveralLayouts, match="services/other, services/store"):
            open_workspace(tmp_path)


class TestHostileRepositories:
    def detection(self, root: Path, paths: Iterable[str]) -> Detection:
        write(root, *paths)
        return detect(root, root)

    def test_fifty_thousand_files(self, tmp_path: Path) -> None:
        repository = build_repository(tmp_path, "siblings", git=False)
        for folder in range(50):
            (tmp_path / f"data/{folder}").mkdir(parents=True)
            for number in range(1000):
                (tmp_path / f"data/{folder}/{number}_row.sql").touch()
        assert folders(open_workspace(tmp_path)) == ("sqlite", "postgres")
        repository.git("init", "--quiet")
        assert folders(open_workspace(tmp_path)) == ("sqlite", "postgres")

    def test_names_that_are_not_utf8_or_not_printable(self, tmp_path: Path) -> None:
        build_repository(tmp_path, "siblings-deep")
        for name in (b"caf\xe9", b"\x1b[2Jred", b"a\nb", b"\xe2\x80\xae"):
            folder = os.fsencode(tmp_path) + b"/" + name + b"/sqlite"
            os.makedirs(folder)  # noqa: PTH103 - a path of bytes
            with open(folder + b"/V17__baseline.sql", "wb"):  # noqa: PTH123
                pass
        assert folders(open_workspace(tmp_path))[0] == "db/migrations/sqlite"
        assert reasons(tmp_path) == {}

    @pytest.mark.parametrize("git", [False, True])
    def test_links_to_folders_are_not_followed(self, tmp_path: Path, git: bool) -> None:
        build_repository(tmp_path / "outside", "siblings", git=False)
        build_repository(tmp_path / "inside", "siblings", versions={}, git=git)
        for side in ("sqlite", "postgres"):
            (tmp_path / "inside" / side).symlink_to(tmp_path / "outside" / side)
        (tmp_path / "inside/loop").symlink_to(".")
        with pytest.raises(NotAWorkspace):
            open_workspace(tmp_path / "inside")

    def test_a_folder_that_cannot_be_listed_is_named(self, unprivileged: Unprivileged) -> None:
        closed = build_repository(unprivileged.folder, "siblings-deep", git=False).root / "db"
        closed.chmod(0)
        with unprivileged.user(), pytest.raises(NotAWorkspace, match="db/ cannot be listed"):
            open_workspace(unprivileged.folder)

    def test_folders_beyond_counting_end(self, tmp_path: Path) -> None:
        deep = tmp_path.joinpath(*"abcdefghijklmnopqrstuvwxyz")
        deep.mkdir(parents=True)
        write(deep, "sqlite/V1__init.sql", "postgres/V1__init.sql")
        with pytest.raises(NotAWorkspace):
            open_workspace(tmp_path)

    def test_many_groups_that_all_look_like_sides(self, tmp_path: Path) -> None:
        paths = [f"s{n}/{side}/1_init.sql" for n in range(300) for side in ("sqlite", "postgres")]
        detection = self.detection(tmp_path, paths)
        assert detection.choice is None
        assert len(detection.ranking.candidates) == 300

    @pytest.mark.parametrize(
        "name",
        ["V18__{0}.sql", "V18__{name}.sql", "V18__%s.sql", "{version}_1_x.sql", "V18__$(x).sql"],
    )
    def test_names_that_look_like_patterns_are_only_names(self, tmp_path: Path, name: str) -> None:
        write(tmp_path, f"sqlite/{name}", f"postgres/{name}", "sqlite/V17__a.sql")
        write(tmp_path, "postgres/V17__a.sql")
        assert 17 in versions(open_workspace(tmp_path))

    def test_files_for_both_sides_where_a_side_has_none_of_its_own(self, tmp_path: Path) -> None:
        def entry(number: int, ending: str) -> str:
            return f"sql/20190100000{number:03}000001_step_{number}{ending}.sql"

        for number in range(1, 6):
            write(tmp_path, entry(number, ".sqlite.up"), entry(number, ".up"))
            write(tmp_path, entry(number, ".postgres.up"), entry(number, ".mysql.up"))
        write(tmp_path, entry(6, ".up"), entry(6, ".mysql.up"), entry(6, ".down"))
        write(tmp_path, entry(7, ".sqlite.up"), entry(7, ".up"), entry(7, ".postgres.down"))
        write(tmp_path, entry(8, ".postgres.autocommit.up"), entry(8, ".autocommit.up"))
        write(tmp_path, entry(9, ".mysql.up"))
        write(tmp_path, entry(10, "_sqlite.up"), entry(10, "_sqlite.sqlite.up"))
        workspace = open_workspace(tmp_path)
        found = pairs(scan(workspace))
        assert [len(pair.files) for pair in found] == [2] * 9
        assert {file.name for file in found[-1].files} == {"step_10_sqlite"}
        assert [file.path for pair in found[4:8] for file in pair.files] == [
            entry(5, ".sqlite.up"), entry(5, ".postgres.up"), entry(6, ".up"), entry(6, ".up"),
            entry(7, ".sqlite.up"), entry(7, ".up"),
            entry(8, ".autocommit.up"), entry(8, ".postgres.autocommit.up"),
        ]  # fmt: skip
        libsql = workspace.layout.libsql
        assert libsql.path(found[5].version, "x") == entry(6, ".sqlite.up").replace("step_6", "x")
        assert found[0].version == 190100000001000001
        assert len(str(workspace.layout.next_version(0))) == 18

    def test_a_version_is_no_part_of_a_pattern(self, tmp_path: Path) -> None:
        for side in ("sqlite", "postgres"):
            name = f"20220513000001000000_lists.{side}.up.sql"
            write(tmp_path, f"src/20220513000001_lists/{name}")
        libsql = open_workspace(tmp_path).layout.libsql
        assert libsql.folder == "src/20220513000001_lists"
        assert libsql.pattern == "{version:%Y%m%d%H%M%S%f}_{name}.sqlite.up.sql"

    def test_a_folders_name_may_look_like_a_pattern(self, tmp_path: Path) -> None:
        write(tmp_path, *(f"{{name}}/{side}/V1__{{x}}/up.sql" for side in ("sqlite", "pg")))
        assert [file.name for file in scan(open_workspace(tmp_path))] == ["{x}", "{x}"]


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("1700000000000_{}.sql", "milliseconds"),
        ("12345678901_{}.sql", "more than 9 digits"),
        ("20240102T030405_{}.sql", "letters in them"),
        ("000{}.sql", "no names"),
    ],
)
def test_numbers_that_have_no_pattern_are_told_of(tmp_path: Path, number: str, reason: str) -> None:
    for side in ("sqlite", "postgres"):
        write(tmp_path, *(f"db/{side}/{number.format(name)}" for name in "12"))
    with pytest.raises(NotAWorkspace) as refused:
        open_workspace(tmp_path)
    assert "db/postgres/*.sql: its" in refused.value.message
    assert reason in refused.value.message
