"""A real Docker engine for the tests, and an image of PostgreSQL that needs no registry.

The image is made from the distribution's own packages and follows the conventions of the
official one. Its root file system is kept in a cache, so that only the first run waits for it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import docker
import platformdirs
from docker.errors import DockerException

from tests.require import require

CACHE_VARIABLE = "MIG_ASSIST_TEST_CACHE"
IMAGE = "mig-assist-tests/postgres:1"

_PATIENCE_SECONDS = 60.0
_POLL_SECONDS = 0.1
_PACKAGES = "postgresql"
_LEFT_OUT = (
    "./dev",
    "./proc/*",
    "./sys/*",
    "./usr/lib/*/libLLVM*",
    "./usr/share/doc",
    "./usr/share/info",
    "./usr/share/locale",
    "./usr/share/man",
    "./var/cache/apt",
    "./var/lib/apt/lists",
)
_ENTRYPOINT = """\
#!/bin/sh
# As the official image does: a data folder on the first start, the password from
# POSTGRES_PASSWORD, passwords for everybody who comes by TCP, and then the server itself.
set -eu
version=$(ls /usr/lib/postgresql)
programs=/usr/lib/postgresql/$version/bin
export PGDATA=/var/lib/postgresql/$version/docker
if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA"
    chown -R postgres:postgres /var/lib/postgresql
    chmod 700 "$PGDATA"
    exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    : "${POSTGRES_PASSWORD:?is not set}"
    printf %s "$POSTGRES_PASSWORD" >/tmp/password
    "$programs/initdb" --username=postgres --pwfile=/tmp/password --auth-local=trust \\
        --auth-host=scram-sha-256 --encoding=UTF8 --no-locale
    rm /tmp/password
    echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
fi
exec "$programs/postgres" -c "listen_addresses=*" "$@"
"""
_CHANGES = [
    'ENTRYPOINT ["/entrypoint"]',
    "VOLUME /var/lib/postgresql",
    "EXPOSE 5432",
    "STOPSIGNAL SIGINT",
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
    tarball = _root_file_system()
    with (
        tempfile.TemporaryDirectory(prefix="mig-assist-docker-") as folder,
        _bridge() as bridge,
        _daemon(program, Path(folder), bridge) as host,
    ):
        engine = TestEngine(host, IMAGE)
        with engine.client() as client:
            name, _, tag = IMAGE.partition(":")
            client.api.import_image(src=str(tarball), repository=name, tag=tag, changes=_CHANGES)
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


def _root_file_system() -> Path:
    """A tar file with the distribution's PostgreSQL, made once for each recipe."""
    recipe = hashlib.sha256(repr((_PACKAGES, _LEFT_OUT, _ENTRYPOINT)).encode()).hexdigest()[:12]
    cache = Path(os.environ.get(CACHE_VARIABLE) or platformdirs.user_cache_path("mig-assist-tests"))
    cache.mkdir(parents=True, exist_ok=True)
    suite, mirror = _distribution()
    tarball = cache / f"postgres-{suite}-{recipe}.tar"
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not tarball.exists():
            _make_root_file_system(suite, mirror, tarball)
    return tarball


def _make_root_file_system(suite: str, mirror: str, tarball: Path) -> None:
    program = require(shutil.which("debootstrap"), "debootstrap (apt-get install debootstrap)")
    with tempfile.TemporaryDirectory(prefix="mig-assist-image-") as folder:
        root = Path(folder) / "root"
        subprocess.run(
            [program, "--variant=minbase", f"--include={_PACKAGES}", suite, str(root), mirror],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        entrypoint = root / "entrypoint"
        entrypoint.write_text(_ENTRYPOINT)
        entrypoint.chmod(0o755)
        beside = tarball.with_suffix(f".{os.getpid()}")
        left_out = [f"--exclude={pattern}" for pattern in _LEFT_OUT]
        subprocess.run(
            ["tar", f"--directory={root}", *left_out, "--create", f"--file={beside}", "."],
            check=True,
        )
        beside.replace(tarball)


def _distribution() -> tuple[str, str]:
    """The code name and the mirror from which this machine's own packages come."""
    program = require(shutil.which("apt-get"), "a distribution of the Debian family")
    release = Path("/etc/os-release").read_text(encoding="utf-8")
    values = dict(line.partition("=")[::2] for line in release.splitlines())
    suite = values.get("VERSION_CODENAME", "").strip('"')
    listed = subprocess.run(
        [program, "indextargets", "--format", "$(CODENAME) $(SITE)", "Created-By: Packages"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    sites = [
        site
        for name, _, site in (line.partition(" ") for line in listed.splitlines())
        if name == suite
    ]
    return suite, require(sites[:1], "package lists (apt-get update)")[0]
