"""What makes the bridge ready; the rest of its internal listener is `link_kernel.web.internal`."""

from dataclasses import dataclass
from typing import Literal

from aiohttp import web

from elements_bridge.storage import RedisBusinesses
from link_kernel.metrics import Metrics
from link_kernel.revocation_feed import RevocationFeed
from link_kernel.web.internal import OK, InternalListener, Readiness


class BridgeReadiness(Readiness):
    """Answer of the bridge's `/readyz`."""

    redis: str
    keyring: str = OK
    revocations: Literal["ok", "stale"]


@dataclass(frozen=True, slots=True)
class Internal:
    """Answers the platform's own questions."""

    businesses: RedisBusinesses
    host: str
    metrics: Metrics
    feed: RevocationFeed

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        InternalListener(self.host, self.metrics, self.readiness).add_to(app)

    async def readiness(self) -> BridgeReadiness:
        """Return whether Redis answers, evicts nothing and is followed."""
        # The keyring signed and verified before this listener opened; see `Keyring.of`.
        return BridgeReadiness(
            redis=", ".join(await self.businesses.faults()) or OK,
            revocations="ok" if self.feed.is_fresh else "stale",
        )
