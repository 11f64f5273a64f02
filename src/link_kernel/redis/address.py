"""Addresses of Redis as its users run it: one server, servers behind Sentinel, or a Cluster."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from redis.asyncio.connection import SSLConnection

from link_kernel.errors import InvalidSetting

Topology = Literal["single", "sentinel", "cluster"]

_SCHEME: Final = re.compile(r"(?:redis|valkey)(s?)(?:\+(sentinel|cluster))?", re.ASCII)
_OTHER_FORM: Final = re.compile(r"[^@]*,\s*(?:password|ssl|user)=[^@]*", re.IGNORECASE)
_HOST: Final = re.compile(
    r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<name>[^\s:\[\]]+))(?::(?P<port>\d{1,5}))?", re.ASCII
)
_PORTS: Final[Mapping[Topology, int]] = {"single": 6379, "sentinel": 26379, "cluster": 6379}
_LAST_PORT: Final = 65535
_SERVICE: Final = re.compile(r"/(?P<service>[A-Za-z0-9._-]+)(?:/(?P<db>\d{1,4}))?", re.ASCII)
_DATABASE: Final = re.compile(r"/?(?P<db>\d{0,4})", re.ASCII)
_FILES: Final = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
_SENTINEL_LOGIN: Final = {"sentinel_username": "username", "sentinel_password": "password"}
_CERT_REQS: Final = ("none", "optional", "required")
_BOOLEANS: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}

_SHAPE: Final = (
    "must be redis://, redis+sentinel://host,host/service or redis+cluster://host,host, or rediss"
    " for TLS, each with a host; write % # / ? @ , in a password as %25 %23 %2F %3F %40 %2C"
)
_AS_URL: Final = (
    "must be a URL: write host:6380,password=PASSWORD,ssl=True as rediss://:PASSWORD@host:6380, and"
    " % # / ? @ , in the password as %25 %23 %2F %3F %40 %2C"
)
_NO_PEM: Final = "ssl_ca_certs and ssl_certfile need PEM, and ssl_keyfile the key of ssl_certfile"
_PARAMETERS: Final = (
    "the parameters are ssl_ca_certs, ssl_certfile, ssl_keyfile, ssl_cert_reqs, ssl_check_hostname,"
    " and for Sentinel sentinel_username and sentinel_password"
)


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """Where the Redis is, and how to log in to it.

    `hosts` are names or IP addresses, each with its port: of the server, of the Sentinels, or of
    some servers of the Cluster. `service` is the name that the Sentinels have for the primary.
    """

    topology: Topology
    hosts: tuple[tuple[str, int], ...]
    options: Mapping[str, Any] = field(repr=False)
    """Arguments of redis-py's connections to the store."""
    is_tls: bool = False
    service: str = ""
    sentinel_options: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Arguments of redis-py's connections to the Sentinels, whose login is another."""

    @property
    def place(self) -> str:
        """The hosts, the service and the database, without the login."""
        named = [(f"[{host}]" if ":" in host else host, port) for host, port in self.hosts]
        hosts = ",".join(f"{host}:{port}" for host, port in named)
        return "/".join(filter(None, [hosts, self.service, str(self.options["db"])]))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the address in a URL; raises `ValueError`, whose text quotes no value.

        The login before the `@` is the store's. Sentinels have none unless the parameters
        `sentinel_username` and `sentinel_password` give one. TLS is to both or to none.
        """
        if _OTHER_FORM.fullmatch(text):
            raise InvalidSetting(_AS_URL)
        try:
            parts = urlsplit(text)
        except ValueError:
            raise InvalidSetting(_SHAPE) from None
        scheme = _SCHEME.fullmatch(parts.scheme)
        if scheme is None or parts.fragment:
            raise InvalidSetting(_SHAPE)
        topology: Topology = scheme[2] or "single"  # type: ignore[assignment]  # the pattern's words
        login, _, places = parts.netloc.rpartition("@")
        hosts = tuple(_hosts(places, _PORTS[topology]))
        if topology == "single" and len(hosts) > 1:
            raise InvalidSetting("several hosts need redis+sentinel:// or redis+cluster://")
        service, database = _path(topology, parts.path)
        parameters = _parameters(parts.query, topology)
        tls = _tls(parameters) if scheme[1] else {}
        if not tls and any(name.startswith("ssl_") for name in parameters):
            raise InvalidSetting("the parameters ssl_… need rediss://")
        given = _SENTINEL_LOGIN.keys() & parameters.keys()
        sentinel_login = {_SENTINEL_LOGIN[name]: parameters[name] for name in given}
        return cls(
            topology=topology,
            hosts=hosts,
            options={**_login(login), **tls, "db": database},
            is_tls=bool(tls),
            service=service,
            sentinel_options={**sentinel_login, **tls},
        )


def _hosts(places: str, default_port: int) -> Iterator[tuple[str, int]]:
    for place in places.split(","):
        found = _HOST.fullmatch(place)
        if found is None:
            raise InvalidSetting(_SHAPE)
        port = int(found["port"] or default_port)
        if not 0 < port <= _LAST_PORT:
            raise InvalidSetting("a port is a number from 1 to 65535")
        yield found["v6"] or unquote(found["name"]), port


def _path(topology: Topology, path: str) -> tuple[str, int]:
    """Return the name of the service, empty without Sentinel, and the number of the database."""
    found = (_SERVICE if topology == "sentinel" else _DATABASE).fullmatch(path)
    if found is None and topology == "sentinel":
        raise InvalidSetting(
            "redis+sentinel:// needs a service after its hosts: //host,host/service"
        )
    if found is None:
        raise InvalidSetting("after the hosts comes the number of a database or nothing")
    database = int(found["db"] or 0)
    if topology == "cluster" and database:
        raise InvalidSetting("a Cluster has the database 0 alone")
    return (found["service"] if topology == "sentinel" else ""), database


def _login(text: str) -> dict[str, str]:
    """Return the user's name and the password; `:password` and `user:password` are both common."""
    username, _, password = text.partition(":")
    given = {"username": unquote(username), "password": unquote(password)}
    return {name: value for name, value in given.items() if value}


def _parameters(query: str, topology: Topology) -> dict[str, str]:
    known = {*_FILES, "ssl_cert_reqs", "ssl_check_hostname"}
    if topology == "sentinel":
        known |= set(_SENTINEL_LOGIN)
    try:
        # A plus sign stands for itself, as in the rest of the address.
        query = query.replace("+", "%2B")
        given = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError:
        raise InvalidSetting(_PARAMETERS) from None
    if len(dict(given)) != len(given) or set(dict(given)) - known:
        raise InvalidSetting(_PARAMETERS)
    return dict(given)


def _tls(parameters: Mapping[str, str]) -> dict[str, Any]:
    """Return what TLS needs; the server's certificate is checked unless the URL says otherwise."""
    found: dict[str, Any] = {name: parameters[name] for name in _FILES if name in parameters}
    for name in _FILES:
        if name in found and not (os.access(found[name], os.R_OK) and Path(found[name]).is_file()):
            raise InvalidSetting(f"{name} names no file that can be read")
    requirement = parameters.get("ssl_cert_reqs", "required")
    if requirement not in _CERT_REQS:
        raise InvalidSetting(f"ssl_cert_reqs is one of {', '.join(_CERT_REQS)}")
    checks_name = _BOOLEANS.get(parameters.get("ssl_check_hostname", "true").lower())
    if checks_name is None:
        raise InvalidSetting("ssl_check_hostname is true or false")
    found["ssl_cert_reqs"] = requirement
    found["ssl_check_hostname"] = checks_name and requirement != "none"
    try:
        SSLConnection(**found).ssl_context.get()
    except (OSError, ValueError):
        raise InvalidSetting(_NO_PEM) from None
    return found
