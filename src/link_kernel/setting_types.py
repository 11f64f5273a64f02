"""Settings that both services read alike; each refuses with words that hold no value."""

from ipaddress import ip_address
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr

from link_kernel.errors import ApiError
from link_kernel.origin import Origin
from link_kernel.redis_connection import is_redis_url
from link_kernel.web.address import Network, parse_networks

_LAST_PORT: Final = 65535
_NO_REDIS_URL: Final = (
    "must be redis:// or rediss:// with a host; write # and / in a password as %23 and %2F"
)


def _canonical_origin(value: object) -> object:
    try:
        return Origin.parse_presented(str(value)).text
    except ApiError:
        raise ValueError("must be an origin such as https://shop.example, no path") from None


def _redis_url(value: object) -> object:
    if not is_redis_url(str(value)):
        raise ValueError(_NO_REDIS_URL)
    return value


def _networks(value: object) -> object:
    return parse_networks(value) if isinstance(value, str) else value


OriginText = Annotated[str, BeforeValidator(_canonical_origin)]
RedisUrl = Annotated[SecretStr, BeforeValidator(_redis_url)]
Networks = Annotated[tuple[Network, ...], BeforeValidator(_networks)]
Port = Annotated[int, Field(ge=0, le=_LAST_PORT)]
PerMinute = Annotated[int, Field(ge=1, le=1_000_000)]
InternalSecret = Annotated[SecretStr, Field(min_length=22)]


def is_loopback(url: str) -> bool:
    """Tell whether a URL, or a canonical origin, is on this very machine."""
    host = urlsplit(url).hostname or ""
    return host.endswith(".localhost") or is_loopback_host(host)


def is_loopback_host(host: str) -> bool:
    """Tell whether to listen at a host, a name or an address, is to be heard here alone."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
