"""What a PostgreSQL URL says, and whether it leads away from this machine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict

from mig_assist.local_postgres.urls import (
    MalformedUrl,
    RemoteUrl,
    build_url,
    is_local,
    parse_url,
    redact_url,
    require_usable,
)

_PLAIN = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1)


@pytest.fixture(autouse=True)
def no_libpq_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PGHOST", "PGHOSTADDR", "PGSERVICE"):
        monkeypatch.delenv(name, raising=False)


@given(user=_PLAIN, password=_PLAIN, database=_PLAIN, port=st.integers(1, 65535))
def test_a_built_url_says_what_it_was_built_from(
    user: str, password: str, database: str, port: int
) -> None:
    url = build_url("127.0.0.1", port, user, password, database)

    parts = parse_url(url)
    assert (parts.user, parts.password, parts.database) == (user, password, database)
    assert parts.addresses == (("127.0.0.1", port),)
    assert conninfo_to_dict(url) == {
        "host": "127.0.0.1",
        "port": str(port),
        "user": user,
        "password": password,
        "dbname": database,
    }


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://",
        "postgresql:///",
        "postgres://me@localhost",
        "postgresql://localhost:5433/db",
        "postgresql://me:secret@[::1]:5433/db?sslmode=disable",
        "postgresql://me:se%40c%3Aret@localhost/db?application_name=a%20b&connect_timeout=3",
        "postgresql://%2Fvar%2Frun/db",
        "postgresql:///db?host=/var/run&port=5433",
        "postgresql://one:1,two:2,three/db",
        "postgresql://localhost?dbname=x",
        "postgresql://me:a?b#c@localhost/db",
    ],
)
def test_a_url_is_read_as_libpq_reads_it(url: str) -> None:
    parts = parse_url(url)

    expected = {
        "user": parts.user,
        "password": parts.password,
        "host": ",".join(host for host, _ in parts.addresses),
        "port": ",".join(str(port or "") for _, port in parts.addresses).strip(","),
        "dbname": parts.database,
        **dict(parts.parameters),
    }
    libpq = {key: str(value).strip(",") for key, value in conninfo_to_dict(url).items()}
    assert libpq == {key: value for key, value in expected.items() if value}


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("", "begin with postgresql://"),
        ("mysql://localhost/db", "begin with postgresql://"),
        ("host=localhost dbname=x", "begin with postgresql://"),
        ("postgresql://localhost:port/db", "port"),
        ("postgresql://localhost:0/db", "port"),
        ("postgresql://localhost:70000/db", "port"),
        ("postgresql://me:secret/more@localhost/db", "port"),
        ("postgresql://me:secret@more@localhost/db", "second @"),
        ("postgresql://[::1/db", "]"),
        ("postgresql://me:100%@localhost/db", "%"),
        ("postgresql://localhost/d%00b", "%"),
        ("postgresql://localhost/db\nexport X=1", "control character"),
        ("postgresql://localhost/db?sslmode", "key=value"),
    ],
)
def test_a_malformed_url_is_wrong_use_and_keeps_its_secret(url: str, told: str) -> None:
    with pytest.raises(MalformedUrl) as raised:
        parse_url(url)

    assert raised.value.exit_code == 2
    assert told in raised.value.message
    assert "secret" not in str(raised.value)
    assert "secret" not in redact_url(url)


def test_passwords_are_masked_wherever_a_url_holds_them() -> None:
    url = "postgresql://me:s%40cret@localhost:5433/db?sslpassword=s3cret&password=secret4&a=b"

    shown = redact_url(url)

    assert "cret" not in shown
    assert shown.startswith("postgresql://me:•••@localhost:5433/db?")
    assert shown.endswith("&a=b")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql:///db",
        "postgresql://localhost/db",
        "postgresql://LOCALHOST:5433/db",
        "postgresql://localhost./db",
        "postgresql://127.0.0.1/db",
        "postgresql://127.8.9.10/db",
        "postgresql://127.1/db",
        "postgresql://2130706433/db",
        "postgresql://0x7f.0.0.1/db",
        "postgresql://0177.0.0.1/db",
        "postgresql://0.0.0.0/db",
        "postgresql://[::1]/db",
        "postgresql://[0:0:0:0:0:0:0:1]/db",
        "postgresql://[::ffff:127.0.0.1]/db",
        "postgresql://%2Fvar%2Frun%2Fpostgresql/db",
        "postgresql:///db?host=/tmp",
        "postgresql://localhost,127.0.0.1/db",
        "postgresql://localhost/db?hostaddr=127.0.0.1",
    ],
)
def test_loopback_in_every_spelling_and_sockets_are_local(url: str) -> None:
    assert is_local(url)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://db.example.com/db",
        "postgresql://10.0.0.5/db",
        "postgresql://169.254.1.1/db",
        "postgresql://[fe80::1]/db",
        "postgresql://[::ffff:10.0.0.5]/db",
        "postgresql://localhost.example.com/db",
        "postgresql://127.0.0.1.example.com/db",
        "postgresql://localhost@example.com/db",
        "postgresql://localhost:5432@example.com/db",
        "postgresql://localhost,example.com/db",
        "postgresql://localhost/db?host=example.com",
        "postgresql:///db?host=/tmp,example.com",
        "postgresql://localhost/db?hostaddr=10.0.0.5",
        "postgresql://localhost/db?service=production",
    ],
)
def test_whatever_may_lead_elsewhere_is_not_local(url: str) -> None:
    assert not is_local(url)


@pytest.mark.parametrize(
    ("url", "environ"),
    [
        ("postgresql:///db", {"PGHOST": "example.com"}),
        ("postgresql://localhost/db", {"PGHOSTADDR": "10.0.0.5"}),
        ("postgresql://localhost/db", {"PGSERVICE": "production"}),
    ],
)
def test_what_libpq_adds_from_its_environment_counts(url: str, environ: dict[str, str]) -> None:
    assert is_local(url, {})
    assert not is_local(url, environ)


def test_a_remote_url_is_refused_unless_that_is_allowed() -> None:
    url = "postgresql://me:secret@example.com/db"

    with pytest.raises(RemoteUrl) as raised:
        require_usable(url, allow_remote=False)

    assert raised.value.exit_code == 2
    assert "--allow-remote" in raised.value.fix
    assert "secret" not in str(raised.value)
    assert require_usable(url, allow_remote=True).addresses == (("example.com", None),)
