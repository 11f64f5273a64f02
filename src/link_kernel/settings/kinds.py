"""The kinds of settings that both services have, each with its bounds and its words."""

import re
from ipaddress import ip_address
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from link_kernel.errors import ApiError, InvalidSetting
from link_kernel.limits.networks import Network, parse_networks
from link_kernel.origin import Origin
from link_kernel.redis.address import RedisAddress
from link_kernel.redis.connection import time_outs_of
from link_kernel.redis.pools import TimeOuts

_LAST_PORT: Final = 65535
_ORIGIN_SHAPE: Final = (
    "must be an origin such as https://shop.example: in small letters, no path, no slash at its end"
)
_HOST_NAME: Final = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*", re.ASCII)
_EVERY_ADDRESS: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104  # compared, not bound
_VISIBLE: Final = re.compile(r"[\x21-\x7e]{22,}")


def _canonical_origin(value: object) -> object:
    try:
        return Origin.parse_header(str(value)).text
    except ApiError:
        raise InvalidSetting(_ORIGIN_SHAPE) from None


def _redis_url(value: object) -> object:
    RedisAddress.parse(str(value))
    return value


def _networks(value: object) -> object:
    try:
        return parse_networks(value) if isinstance(value, str) else value
    except ValueError:
        raise InvalidSetting(
            "must be addresses and networks such as 10.0.0.0/8, whose address ends where the prefix"
            " does, with commas between"
        ) from None


def _host(value: str) -> str:
    if not is_address(value) and not _HOST_NAME.fullmatch(value.lower()):
        raise InvalidSetting(
            "must be an address or a host name, without scheme, port and brackets; 0.0.0.0 is every"
            " IPv4 address of this machine, and :: every address"
        )
    return value


def _host_names(value: object) -> object:
    if not isinstance(value, str):
        return value
    names = [name.lower().removesuffix(".") for name in value.replace(",", " ").split()]
    if not all(map(_HOST_NAME.fullmatch, names)):
        raise InvalidSetting(
            "must be host names such as bridge.shop.svc, without port and wildcard, with commas"
            " between"
        )
    return frozenset(names)


def _visible_secret(secret: SecretStr) -> SecretStr:
    if not _VISIBLE.fullmatch(secret.get_secret_value()):
        raise InvalidSetting(
            "must be 22 visible ASCII characters or more, made at random: openssl rand -hex 16"
        )
    return secret


OriginText = Annotated[str, BeforeValidator(_canonical_origin)]
RedisUrl = Annotated[SecretStr, BeforeValidator(_redis_url)]
Networks = Annotated[tuple[Network, ...], BeforeValidator(_networks)]
HostText = Annotated[str, AfterValidator(_host)]
HostNames = Annotated[frozenset[str], BeforeValidator(_host_names)]
Port = Annotated[int, Field(ge=0, le=_LAST_PORT)]
PerMinute = Annotated[int, Field(ge=1, le=1_000_000)]
DrainSeconds = Annotated[int, Field(ge=0, le=600, description="seconds")]  # after SIGTERM
InternalSecret = Annotated[SecretStr, AfterValidator(_visible_secret)]
Milliseconds = Annotated[int, Field(ge=50, le=30_000, description="milliseconds")]


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


def check_ports(prefix: str, public: tuple[str, int], internal: tuple[str, int]) -> None:
    """Raise `InvalidSetting` where both listeners would have one port of one address.

    Processes that share their ports would listen all the same, and each call reach either listener.
    """
    (host, port), (internal_host, internal_port) = public, internal
    meet = host == internal_host or {host, internal_host} & _EVERY_ADDRESS
    if port and port == internal_port and meet:
        raise InvalidSetting(
            f"{prefix}_PORT: is that of {prefix}_INTERNAL_PORT too; give each a port of its own"
        )


def is_address(text: str) -> bool:
    """Tell whether a text is an IP address."""
    try:
        return bool(ip_address(text).version)
    except ValueError:
        return False
