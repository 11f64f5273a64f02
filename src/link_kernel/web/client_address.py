"""The client's IP address; `X-Forwarded-For` is believed only from trusted proxies."""

import re
from collections.abc import Collection
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Final

from aiohttp import web

from link_kernel.limits.networks import Address, Network

FORWARDED_FOR: Final = "X-Forwarded-For"
_LONGEST_ADDRESS: Final = 64  # IPv6 with an embedded IPv4 address and a zone
_MAX_CACHED: Final = 4096
_WITH_PORT: Final = re.compile(
    r"\[(?P<v6>[0-9A-Fa-f:.]+)\](?::[0-9]{1,5})?|(?P<v4>[0-9.]+):[0-9]{1,5}"
)


def client_address(request: web.Request, trusted_proxies: Collection[Network]) -> Address | None:
    """Return the nearest address that is no trusted proxy's; `None` on a Unix socket."""
    address = _address(request.remote or "")
    claims = request.headers.getall(FORWARDED_FOR, ())
    hops = ",".join(claims).split(",") if claims else []
    while address is not None and hops and _is_trusted(address, trusted_proxies):
        claimed = _address(_without_port(hops.pop().strip()))
        if claimed is None:
            break
        address = claimed
    return address


def _without_port(hop: str) -> str:
    """Return the address of a hop without the port that some load balancers append."""
    matched = _WITH_PORT.fullmatch(hop)
    return hop if matched is None else matched["v6"] or matched["v4"]


def _is_trusted(address: Address, proxies: Collection[Network]) -> bool:
    return any(address in network for network in proxies)


def _address(text: str) -> Address | None:
    return _parsed(text) if len(text) <= _LONGEST_ADDRESS else None


@lru_cache(_MAX_CACHED)
def _parsed(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
