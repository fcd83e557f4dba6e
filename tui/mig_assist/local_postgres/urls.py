"""PostgreSQL URLs: taken apart, put together, and judged by where they lead.

The grammar is libpq's (PostgreSQL manual, 32.1.1.2 "Connection URIs"), read as libpq reads it,
so that what is judged here is what will be connected to.
"""

from __future__ import annotations

import ipaddress
import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

from mig_assist.errors import WrongUse
from mig_assist.redaction import MASK

_SCHEMES = ("postgresql://", "postgres://")
_EXAMPLE = "It looks like postgresql://user:password@127.0.0.1:5432/database."
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})|%00")
_SECRET_PARAMETERS = ("password", "sslpassword")


class MalformedUrl(WrongUse):
    """Not a PostgreSQL URL."""


class RemoteUrl(WrongUse):
    """A PostgreSQL URL that leads, or may lead, to another machine."""


@dataclass(frozen=True, slots=True)
class PostgresUrl:
    """The parts of a PostgreSQL URL, decoded.

    Attributes:
        addresses: host and port of each server; a host may be a name, an address, the folder
            of a unix socket, or empty for libpq's default.
        parameters: the query's keys and values in their order.
    """

    user: str = ""
    password: str = ""
    addresses: tuple[tuple[str, int | None], ...] = ()
    database: str = ""
    parameters: tuple[tuple[str, str], ...] = ()

    def parameter_values(self, name: str) -> tuple[str, ...]:
        """Every value that the query gives for ``name``; libpq takes the last."""
        return tuple(value for key, value in self.parameters if key == name)


def parse_url(url: str) -> PostgresUrl:
    """Take a URL apart.

    Raises:
        MalformedUrl: with what is wrong; the message holds no password.
    """
    scheme = next((scheme for scheme in _SCHEMES if url.startswith(scheme)), None)
    if scheme is None:
        raise _malformed("it does not begin with postgresql://")
    if any(not character.isprintable() for character in url):
        raise _malformed("it has a control character")
    if _BAD_ESCAPE.search(url):
        raise _malformed("a % in it is not followed by two hexadecimal digits")
    rest = url.removeprefix(scheme)
    user = password = ""
    if (credentials := re.match(r"[^@/]*@", rest)) is not None:
        user, _, password = credentials[0][:-1].partition(":")
        rest = rest[credentials.end() :]
    authority, slash, tail = _partition(rest, "/?")
    path, question, query = _partition(tail, "?") if slash == "/" else ("", slash, tail)
    return PostgresUrl(
        user=unquote(user),
        password=unquote(password),
        addresses=tuple(_address(part) for part in authority.split(",")) if authority else (),
        database=unquote(path),
        parameters=_parameters(query) if question else (),
    )


def build_url(host: str, port: int, user: str, password: str, database: str) -> str:
    """A URL from plain values."""
    return _render(PostgresUrl(user, password, ((host, port),), database), quote_password=True)


def with_database(url: str, database: str) -> str:
    """``url`` with another database on the same server.

    Raises:
        MalformedUrl: it is not a PostgreSQL URL.
    """
    parts = parse_url(url)
    kept = tuple((key, value) for key, value in parts.parameters if key != "dbname")
    return _render(replace(parts, database=database, parameters=kept), quote_password=True)


def redact_url(url: str) -> str:
    """``url`` with its passwords masked; nothing but the scheme where it is malformed."""
    try:
        parts = parse_url(url)
    except MalformedUrl:
        return f"{_SCHEMES[0]}{MASK}"
    shown = PostgresUrl(
        parts.user,
        MASK if parts.password else "",
        parts.addresses,
        parts.database,
        tuple(
            (key, MASK if key in _SECRET_PARAMETERS else value) for key, value in parts.parameters
        ),
    )
    return _render(shown, quote_password=False)


def is_local(url: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether every server that ``url`` may lead to is on this machine.

    Loopback addresses in any spelling, ``localhost``, unix sockets and no host at all are. What
    libpq would add from its own environment variables counts, as does what the query overrides;
    a service file may name any host, so it counts as elsewhere.

    Raises:
        MalformedUrl: it is not a PostgreSQL URL.
    """
    parts = parse_url(url)
    if parts.parameter_values("service") or environ.get("PGSERVICE"):
        return False
    hosts = [host for host, _ in parts.addresses]
    hosts += _listed(parts.parameter_values("host"))
    if not any(hosts):
        hosts += _listed((environ.get("PGHOST", ""),))
    hosts += _listed(parts.parameter_values("hostaddr") or (environ.get("PGHOSTADDR", ""),))
    return all(is_local_host(host) for host in hosts)


def require_usable(url: str, *, allow_remote: bool) -> PostgresUrl:
    """Refuse a URL that is malformed, or that is not on this machine unless that is allowed.

    Raises:
        MalformedUrl: it is not a PostgreSQL URL.
        RemoteUrl: it leads elsewhere.
    """
    parts = parse_url(url)
    if not allow_remote and not is_local(url):
        raise RemoteUrl(
            "This PostgreSQL is not on this machine",
            f"{redact_url(url)} leads elsewhere, and mig-assist works on local servers.",
            "Use a local server, or add --allow-remote if you mean it.",
        )
    return parts


def _address(part: str) -> tuple[str, int | None]:
    if part.startswith("["):
        host, bracket, after = part[1:].partition("]")
        if not bracket or not host or (after and not after.startswith(":")):
            raise _malformed("its IPv6 address is not closed by ]")
        port = after[1:]
    else:
        host, _, port = part.partition(":")
    if "@" in part:
        raise _malformed("it has a second @; write @ in a user or password as %40")
    return unquote(host), _port(unquote(port))


def _port(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= 65535):
        raise _malformed(
            "its port is not a number from 1 to 65535; write : / @ in a password as %3A %2F %40"
        )
    return int(text)


def _parameters(query: str) -> tuple[tuple[str, str], ...]:
    found = []
    for part in query.split("&") if query else ():
        key, equals, value = part.partition("=")
        if not equals or "=" in value:
            raise _malformed("its query is not a list of key=value")
        found.append((unquote(key), unquote(value)))
    return tuple(found)


def _partition(text: str, separators: str) -> tuple[str, str, str]:
    found = re.search(f"[{re.escape(separators)}]", text)
    return (text[: found.start()], found[0], text[found.end() :]) if found else (text, "", "")


def _render(parts: PostgresUrl, *, quote_password: bool) -> str:
    password = quote(parts.password, safe="") if quote_password else parts.password
    credentials = quote(parts.user, safe="") + (f":{password}" if password else "")
    addresses = ",".join(
        (f"[{host}]" if ":" in host else quote(host, safe="")) + (f":{port}" if port else "")
        for host, port in parts.addresses
    )
    query = "&".join(
        f"{quote(key, safe='')}={value if value == MASK else quote(value, safe='/')}"
        for key, value in parts.parameters
    )
    return "".join(
        (
            _SCHEMES[0],
            f"{credentials}@" if credentials else "",
            addresses,
            f"/{quote(parts.database, safe='')}",
            f"?{query}" if query else "",
        )
    )


def _listed(values: tuple[str, ...]) -> list[str]:
    return [host for value in values for host in value.split(",") if host]


def is_local_host(host: str) -> bool:
    """Whether a host is this machine: loopback in any spelling, a unix socket, or none."""
    if not host or host.startswith(("/", "@")):
        return True
    name = host.rstrip(".").lower()
    if name in ("localhost", "localhost.localdomain"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return _is_local_ipv4_spelling(host)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.is_loopback or address.is_unspecified


def _is_local_ipv4_spelling(host: str) -> bool:
    """Whether it is 127.0.0.0/8 as inet_aton(3) reads it: ``127.1``, ``0x7f000001``."""
    if not re.fullmatch(r"[0-9a-fA-FxX.]+", host):
        return False
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host)).is_loopback
    except OSError:
        return False


def _malformed(what: str) -> MalformedUrl:
    return MalformedUrl("Not a PostgreSQL URL", f"The given URL cannot be read: {what}.", _EXAMPLE)
