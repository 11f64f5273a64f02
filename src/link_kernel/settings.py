"""Settings from environment variables: read once, all errors reported together, no value printed.

The error messages name variables and never quote a value, because a value may be a secret.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_address
from typing import Annotated, Final, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from link_kernel.errors import ApiError
from link_kernel.limits.networks import Network, parse_networks
from link_kernel.logs import masked
from link_kernel.origin import Origin
from link_kernel.redis.address import RedisAddress
from link_kernel.redis.connection import time_outs_of
from link_kernel.redis.pools import TimeOuts
from link_kernel.secret_files import SUFFIX, read_secret_files, secret_names

M = TypeVar("M", bound=BaseModel)

# Kubernetes puts variables into every container for each Service, whose name may start with our
# prefix: ELEMENTS_PORT=tcp://10.0.0.1:80 is not our port.
_SERVICE_ADDRESS: Final = ("tcp://", "udp://", "sctp://")
_SERVICE_NAME: Final = re.compile(r".*_SERVICE_HOST|.*_SERVICE_PORT(_.+)?|.*_PORT_[0-9]+_.+")
_URL_LOGIN: Final = re.compile(r"://([^/\s]*)@")
_MASK: Final = "***"
# A value this short, such as `live` or `4242`, is no secret and occurs in ordinary sentences.
_SHORT: Final = 6


class SettingsError(Exception):
    """The environment holds no valid settings; `faults` has one line for each variable."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults: Final = tuple(faults)


def read_environment(prefix: str, model: type[M], environ: Mapping[str, str]) -> M:
    """Return `model` built from the variables `<prefix>_<FIELD>`, as in `ELEMENTS_REDIS_URL`.

    A secret may stand in the file that `<prefix>_<FIELD>_FILE` names. A variable that holds the
    empty string counts as not set. Raise `SettingsError` with every fault: a name that is no field
    (unless Kubernetes set it), a missing variable, a file that cannot be read, a value that the
    model rejects. The faults name variables and never quote a value.
    """
    set_here = dict(_own_variables(f"{prefix}_", environ))
    own, unread = read_secret_files(set_here, secret_names(prefix, model))
    named = {f"{prefix}_{field}".upper(): field for field in model.model_fields}
    unknown = [name for name in own if name not in named and not _SERVICE_NAME.fullmatch(name)]
    faults = [_unknown(name, named) for name in unknown]
    faults += [f"{name}: {fault}" for name, fault in unread.items()]
    given = {named[name]: value for name, value in own.items() if name in named and value}
    try:
        settings = model.model_validate(given)
    except ValidationError as invalid:
        faults += [
            _fault_of(error, prefix, given)
            for error in invalid.errors(include_url=False)
            if not _is_unread(error, prefix, unread)
        ]
    else:
        if not faults:
            return settings
    raise SettingsError(sorted(faults)) from None  # the cause would print the values


def variable_names(prefix: str, model: type[BaseModel]) -> frozenset[str]:
    """Return every variable that `read_environment` reads for `model`."""
    names = {f"{prefix}_{field}".upper() for field in model.model_fields}
    return frozenset(names | {name + SUFFIX for name in secret_names(prefix, model)})


def _own_variables(prefix: str, environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the variables with this prefix, except the addresses Kubernetes writes as `…_PORT`."""
    for name, value in environ.items():
        is_address = name.endswith("_PORT") and value.startswith(_SERVICE_ADDRESS)
        if name.startswith(prefix) and not is_address:
            yield name, value


def _is_unread(error: ErrorDetails, prefix: str, unread: Mapping[str, str]) -> bool:
    """Tell whether a setting is missing because its file could not be read, a fault by itself."""
    name = f"{prefix}_{error['loc'][0]}".upper() if error["loc"] else ""
    return error["type"] == "missing" and name + SUFFIX in unread


def _unknown(name: str, named: Iterable[str]) -> str:
    """Return the fault for a variable that is no setting, with the closest name that is one."""
    near = difflib.get_close_matches(name.upper(), named, n=1, cutoff=0.8)
    return f"{name}: is not a setting" + (f"; did you mean {near[0]}?" if near else "")


def _fault_of(error: ErrorDetails, prefix: str, given: Mapping[str, str]) -> str:
    """Return a validation error as one line; an error of the whole model names the prefix."""
    field = str(error["loc"][0]) if error["loc"] else ""
    name = f"{prefix}_{field.upper()}" if field else f"{prefix}_*"
    if error["type"] == "missing":
        return f"{name}: is required"
    words = error["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    if error["type"] in {"value_error", "assertion_error"}:  # pydantic's own messages hold no value
        quoted = (
            [given[field]] if field in given else [v for v in given.values() if len(v) > _SHORT]
        )
        words = _without(quoted, words)
    return f"{name}: {masked(' '.join(words.split()))}"


def _without(values: Iterable[str], words: str) -> str:
    """Return `words` with the values masked, and the credentials of values that are URLs."""
    hidden = {part for value in values for part in (value, *_logins(value))}
    for part in sorted(hidden, key=len, reverse=True):
        words = re.sub(rf"(?<!\w){re.escape(part)}(?!\w)", _MASK, words)
    return words


def _logins(value: str) -> Iterator[str]:
    """Yield the user name, the password and `user:password` of every URL in `value`."""
    for login in _URL_LOGIN.findall(value):
        yield from filter(None, {login, *login.split(":", 1)})


_LAST_PORT: Final = 65535
_HOST_NAME: Final = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")


def _canonical_origin(value: object) -> object:
    try:
        return Origin.parse_header(str(value)).text
    except ApiError:
        raise ValueError("must be an origin such as https://shop.example, no path") from None


def _redis_url(value: object) -> object:
    RedisAddress.parse(str(value))
    return value


def _networks(value: object) -> object:
    return parse_networks(value) if isinstance(value, str) else value


def _host_names(value: object) -> object:
    if not isinstance(value, str):
        return value
    names = [name.lower().removesuffix(".") for name in value.replace(",", " ").split()]
    if not all(map(_HOST_NAME.fullmatch, names)):
        raise ValueError(
            "must be host names such as bridge.shop.svc, without port and wildcard, with commas"
            " between"
        )
    return frozenset(names)


OriginText = Annotated[str, BeforeValidator(_canonical_origin)]
RedisUrl = Annotated[SecretStr, BeforeValidator(_redis_url)]
Networks = Annotated[tuple[Network, ...], BeforeValidator(_networks)]
HostNames = Annotated[frozenset[str], BeforeValidator(_host_names)]
Port = Annotated[int, Field(ge=0, le=_LAST_PORT)]
PerMinute = Annotated[int, Field(ge=1, le=1_000_000)]
DrainSeconds = Annotated[int, Field(ge=0, le=600)]  # served on after SIGTERM
InternalSecret = Annotated[SecretStr, Field(min_length=22)]
Milliseconds = Annotated[int, Field(ge=50, le=30_000)]


class RedisSettings(BaseModel):
    """Where the Redis is, and how long its connections and its replies may take."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    redis_url: RedisUrl
    redis_connect_timeout: Milliseconds | None = None  # TCP, TLS and login; 500 if not set
    redis_read_timeout: Milliseconds | None = None  # all replies of a round trip; 1000 if not set

    @property
    def redis_time_outs(self) -> TimeOuts:
        """The time-outs, in seconds."""
        return time_outs_of(self.redis_connect_timeout, self.redis_read_timeout)


def is_loopback(url: str) -> bool:
    """Tell whether the host of a URL or a canonical origin is this machine's loopback."""
    host = urlsplit(url).hostname or ""
    return host.endswith(".localhost") or is_loopback_host(host)


def is_loopback_host(host: str) -> bool:
    """Tell whether a server that listens on this name or address is reachable on loopback only."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
