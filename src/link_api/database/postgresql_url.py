"""The address of a PostgreSQL: URLs as providers print them, with libpq's parameters."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from link_kernel.errors import InvalidSetting

SCHEMES: Final = ("postgresql", "postgres", "postgresql+asyncpg")
SHAPE: Final = (
    "must be postgresql://user:password@host/database or sqlite:///file.db; write @ : / ? # % in a"
    " password as %40 %3A %2F %3F %23 %25"
)
_PORT: Final = 5432
_LAST_PORT: Final = 65535
_LONGEST_CONNECT_S: Final = 8  # a page waits no longer for an answer
_SYSTEM: Final = "system"  # the authorities that this machine trusts
_FULL: Final = "verify-full"
_MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", _FULL)
_NAME: Final = "link-api"

# What a parameter may be; of those that are only named here, this is what the driver does anyway.
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "sslmode": _MODES,
    "channel_binding": ("disable", "prefer", "require"),
    "target_session_attrs": ("any", "read-write", "primary"),
    "pgbouncer": ("true", "false"),
    "gssencmode": ("disable", "prefer"),
    "client_encoding": ("utf8", "UTF8", "auto"),
    "keepalives": ("1",),
    "load_balance_hosts": ("disable",),
    "sslcompression": ("0",),
    "sslsni": ("1",),
}
_TLS: Final = (
    *("sslmode", "sslrootcert", "sslcert", "sslkey", "sslpassword", "sslcrl", "sslnegotiation"),
    *("ssl_min_protocol_version", "ssl_max_protocol_version"),
)
_FILES: Final = ("sslrootcert", "sslcert", "sslkey", "sslcrl")
_LOCATION: Final = ("user", "password", "host", "port", "dbname")
_OTHERS: Final = ("application_name", "connect_timeout", "options")
_KNOWN: Final = frozenset((*_LOCATION, *_TLS, *_OTHERS, *_CHOICES))


@dataclass(frozen=True, slots=True)
class PostgresqlServer:
    """Where a database is, and how to connect to it; a host that begins with `/` is a socket's."""

    hosts: tuple[tuple[str, int], ...]
    database: str
    user: str | None
    password: str | None = field(repr=False)
    tls: Mapping[str, str] = field(repr=False)
    """libpq's parameters of TLS."""
    settings: Mapping[str, str]
    """The session's settings at its start, which poolers accept."""
    target: str = "any"
    """libpq's `target_session_attrs`."""
    reads_anywhere: bool = False
    """Whether another server of the list may be read while none is such a target."""
    connect_s: float | None = None
    is_pooled: bool | None = None
    """Whether a pooler lends the server's connections by transaction; `None` is not known."""

    @property
    def trusts_system(self) -> bool:
        """Whether the server's certificate is checked against this machine's authorities."""
        return self.tls.get("sslrootcert") == _SYSTEM

    @property
    def missing(self) -> list[str]:
        """The parameters of TLS that name a file which cannot be read."""
        named = ((name, self.tls.get(name)) for name in _FILES)
        return [name for name, file in named if file and file != _SYSTEM and not _is_readable(file)]

    @property
    def tls_url(self) -> str:
        """A URL of these parameters alone, for the driver, which takes them in no other way."""
        return f"postgresql:///?{urlencode(self.tls)}" if self.tls else "postgresql://"


def parse_postgresql_url(text: str) -> PostgresqlServer:
    """Return the server of a URL; raises `ValueError`, whose text holds nothing of the URL."""
    try:
        parts = urlsplit(text)
        # libpq reads a plus as such, as it stands in passwords.
        pairs = parse_qsl(
            parts.query.replace("+", "%2B"),
            keep_blank_values=True,
            strict_parsing=bool(parts.query),
        )
    except ValueError:
        raise InvalidSetting(SHAPE) from None
    if parts.fragment or "/" in parts.path[1:] or parts.scheme not in SCHEMES:
        raise InvalidSetting(SHAPE)
    login, _, hosts = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    location = {"user": user, "password": password, "host": hosts, "dbname": parts.path[1:]}
    given = _checked([*((name, unquote(part)) for name, part in location.items() if part), *pairs])
    is_list = "," in given.get("host", "")
    return PostgresqlServer(
        hosts=_hosts(hosts, given),
        database=_database(given),
        user=given.get("user"),
        password=given.get("password"),
        tls=_tls(given),
        settings={
            name: given.get(name, default)
            for name, default in (("application_name", _NAME), ("options", ""))
            if given.get(name, default)
        },
        target=given.get("target_session_attrs", "read-write" if is_list else "any"),
        reads_anywhere=is_list and "target_session_attrs" not in given,
        connect_s=_connect_s(given),
        is_pooled={"true": True, "false": False}.get(given.get("pgbouncer", "")),
    )


def _checked(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Return the parameters by name; each is known, given once, and of the values it may have."""
    pairs = [_as_libpq(name, value) for name, value in pairs]
    given = dict(pairs)
    if set(given) - _KNOWN:
        raise InvalidSetting(f"takes no other parameters than {', '.join(sorted(_KNOWN))}; {SHAPE}")
    if any("\0" in value for value in given.values()):
        raise InvalidSetting(SHAPE)
    if len(given) != len(pairs):
        raise InvalidSetting("takes each part and parameter once")
    for name, choices in _CHOICES.items():
        if given.get(name, choices[0]) not in choices:
            raise InvalidSetting(f"{name} must be {', '.join(choices)}")
    return given


def _as_libpq(name: str, value: str) -> tuple[str, str]:
    """Return a parameter as libpq spells it; `ssl` is SQLAlchemy's name, and node's."""
    return ("sslmode", "require" if value == "true" else value) if name == "ssl" else (name, value)


def _database(given: Mapping[str, str]) -> str:
    if not given.get("dbname"):
        raise InvalidSetting("PostgreSQL needs a database: postgresql://host/database")
    return given["dbname"]


def _hosts(written: str, given: Mapping[str, str]) -> tuple[tuple[str, int], ...]:
    """Return hosts and ports: `h1:5432,h2:5433` before the path, or `host` and `port` after it."""
    hosts = [unquote(one) for one in written.split(",")] if written else _split(given, "host")
    found = [_host_and_port(host) for host in hosts]
    ports = [_port(port) for port in _split(given, "port")]
    if not all(_is_host(host) for host, _ in found) or len(ports) not in {0, 1, len(found)}:
        raise InvalidSetting(
            "PostgreSQL needs a host, or the folder of a socket as in"
            " postgresql:///database?host=/var/run/postgresql, and one port for all or for each"
        )
    if ports and any(port for _, port in found):
        raise InvalidSetting("takes each part and parameter once")
    later = ports * len(found) if len(ports) == 1 else ports or [_PORT] * len(found)
    return tuple((host, port or other) for (host, port), other in zip(found, later, strict=True))


def _split(given: Mapping[str, str], name: str) -> list[str]:
    return given.get(name, "").split(",") if given.get(name) or name == "host" else []


def _host_and_port(text: str) -> tuple[str, int | None]:
    """Return a host and its port, if there is one; IPv6 stands in brackets, a folder has none."""
    if text.startswith("/"):
        return text, None
    if text.startswith("["):
        host, _, port = text[1:].partition("]")
        if port and not port.startswith(":"):
            raise InvalidSetting(SHAPE)
        return host, _port(port[1:]) if port else None
    host, colon, port = text.partition(":")
    return host, _port(port) if colon else None


def _is_host(text: str) -> bool:
    """Tell whether this is a name that can be looked up, an address, or a socket's folder."""
    try:
        return bool(text.encode("ascii" if text.startswith("/") else "idna"))
    except UnicodeError:
        return False


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < int(text) <= _LAST_PORT):
        raise InvalidSetting("a port must be a number up to 65535")
    return int(text)


def _connect_s(given: Mapping[str, str]) -> float | None:
    text = given.get("connect_timeout")
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and int(text)):
        raise InvalidSetting("connect_timeout must be a number of seconds, from 1 on")
    return float(min(int(text), _LONGEST_CONNECT_S))


def _tls(given: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters of TLS as the driver can keep them.

    It binds no login to its channel, which would keep out whoever stands between: so will checking
    the server's certificate.
    """
    tls = dict(_named(given, _TLS))
    if given.get("channel_binding") == "require":
        if tls.get("sslmode") == "disable":
            raise InvalidSetting("channel_binding=require needs TLS, which sslmode=disable forbids")
        tls = {"sslrootcert": _SYSTEM, **tls, "sslmode": _FULL}
    if tls.get("sslrootcert") == _SYSTEM:
        if tls.setdefault("sslmode", _FULL) != _FULL:
            raise InvalidSetting(f"sslrootcert={_SYSTEM} needs sslmode={_FULL}")
        if set(tls) - {"sslmode", "sslrootcert", "sslcert", "sslkey"}:
            raise InvalidSetting(f"sslrootcert={_SYSTEM} goes with sslcert and sslkey alone")
    return tls


def _is_readable(file: str) -> bool:
    return os.path.isfile(file) and os.access(file, os.R_OK)  # noqa: PTH113  # it may be no path


def _named(given: Mapping[str, str], names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    return ((name, given[name]) for name in names if given.get(name))
