"""The client's IP address; `X-Forwarded-For` is believed only from trusted proxies."""

import logging
import re
from collections.abc import Collection
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Final, Literal

from aiohttp import web

from link_kernel.clock import Clock
from link_kernel.limits.networks import Address, Network
from link_kernel.observability.metrics import Metrics

FORWARDED_FOR: Final = "X-Forwarded-For"
_LOGGED_EVERY_S: Final = 60.0
_NAMED_FOR_S: Final = 600.0  # longer than any probe of `/readyz` waits between two calls
_LONGEST_ADDRESS: Final = 64  # IPv6 with an embedded IPv4 address and a zone
_MAX_CACHED: Final = 4096
_WITH_PORT: Final = re.compile(
    r"\[(?P<v6>[0-9A-Fa-f:.]+)\](?::[0-9]{1,5})?|(?P<v4>[0-9.]+):[0-9]{1,5}"
)

_log: Final = logging.getLogger(__name__)


class ClientAddresses:
    """Finds the clients' addresses, and notices a proxy that should be trusted but is not.

    Such a proxy makes all customers one address, so they share one limit. It is recognised by a
    loopback or private address: no client of a public service has one.
    """

    def __init__(
        self, trusted_proxies: Collection[Network], setting: str, clock: Clock, metrics: Metrics
    ) -> None:
        """Take the trusted proxies, the name of their setting, the clock and the metrics."""
        self._trusted = trusted_proxies
        self._setting = setting
        self._clock = clock
        self._metrics = metrics
        self._noticed_at: float | None = None
        self._logged_at: float | None = None

    @property
    def forwarded_for(self) -> Literal["ok", "not_believed"]:
        """Whether in the last 10 min a proxy called that is not trusted, for `/readyz`."""
        noticed_at = self._noticed_at
        if noticed_at is None or self._clock.monotonic_s() - noticed_at >= _NAMED_FOR_S:
            return "ok"
        return "not_believed"

    def of(self, request: web.Request) -> Address | None:
        """Return the nearest address that is no trusted proxy's; `None` on a Unix socket."""
        address = _address(request.remote or "")
        claims = request.headers.getall(FORWARDED_FOR, ())
        hops = ",".join(claims).split(",") if claims else []
        while address is not None and hops:
            if not _is_trusted(address, self._trusted):
                if not address.is_global:
                    self._notice()
                break
            claimed = _address(_without_port(hops.pop().strip()))
            if claimed is None:
                break
            address = claimed
        return address

    def _notice(self) -> None:
        """Count the call, and log the setting once a minute."""
        self._metrics.forwarded_for_not_believed.inc()
        now = self._noticed_at = self._clock.monotonic_s()
        if self._logged_at is None or now - self._logged_at >= _LOGGED_EVERY_S:
            self._logged_at = now
            _log.warning("forwarded_for_not_believed", extra={"setting": self._setting})


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
