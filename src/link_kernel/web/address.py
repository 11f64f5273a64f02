"""The client's address, taken from `X-Forwarded-For` only where a trusted proxy wrote it."""

from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from aiohttp import web

Network = IPv4Network | IPv6Network
FORWARDED_FOR: Final = "X-Forwarded-For"


def parse_networks(text: str) -> tuple[Network, ...]:
    """Return the networks in a comma- or space-separated list; `ValueError` for anything else."""
    return tuple(ip_network(part) for part in text.replace(",", " ").split())


def client_address(
    request: web.Request, trusted_proxies: Collection[Network]
) -> IPv4Address | IPv6Address | None:
    """Return the address nearest to us that no trusted proxy has; `None` on a Unix socket."""
    address = _address(request.remote or "")
    hops = ",".join(request.headers.getall(FORWARDED_FOR, [])).split(",")
    while address is not None and hops and _is_trusted(address, trusted_proxies):
        claimed = _address(hops.pop().strip())
        if claimed is None:
            break
        address = claimed
    return address


def _is_trusted(address: IPv4Address | IPv6Address, proxies: Collection[Network]) -> bool:
    return any(address in network for network in proxies)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
