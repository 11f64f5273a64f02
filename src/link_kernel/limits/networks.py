"""Networks of client addresses: the one that rate limits count by, and the one that is stored."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Final

_UNKNOWN: Final = "unknown"

Address = IPv4Address | IPv6Address


def counted_network(address: Address | None) -> str:
    """Return the network that rate limits count by: an IPv4 address or an IPv6 /64.

    A household has one /64. All clients without an address count as one network.
    """
    return _UNKNOWN if address is None else _network(address, 32, 64)


def counted_site(address: Address | None) -> str | None:
    """Return the IPv6 /48 around an address, which one customer may hold whole; else `None`."""
    if isinstance(address, IPv6Address):
        return _network(address, 32, 48)
    return None


def kept_network(address: Address | None) -> str:
    """Return the part of an address that may be stored: its /24 or /48, empty if it is unknown."""
    return "" if address is None else _network(address, 24, 48)


def _network(address: Address, ipv4_bits: int, ipv6_bits: int) -> str:
    bits = ipv4_bits if address.version == 4 else ipv6_bits  # noqa: PLR2004  # IP's own
    # A zone (`fe80::1%eth0`) names our interface, not the client's network.
    return str(ip_network((address.packed, bits), strict=False))


Network = IPv4Network | IPv6Network


def parse_networks(text: str) -> tuple[Network, ...]:
    """Return the networks in a comma- or space-separated list; `ValueError` for anything else."""
    return tuple(ip_network(part) for part in text.replace(",", " ").split())
