"""How often the bridge may be called (docs/protocol.md#limits)."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from elements_bridge.businesses.business import Business
from elements_bridge.businesses.directory import Directory
from link_kernel.errors import UnknownBusiness
from link_kernel.keys.secret_ring import SecretRing
from link_kernel.limits.limit import Limit
from link_kernel.limits.networks import Address, counted_network
from link_kernel.limits.rate_limiter import RateLimiter

_NETWORK_LABEL: Final = "elements/network/1"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CallBounds:
    """The limits, each on one minute."""

    bootstrap: Limit
    init: Limit
    diagnose: Limit
    documents: Limit
    calls: Limit
    refused_calls: Limit
    logouts: Limit
    refresh: Limit
    rotations: Limit  # counted by the script that rotates


@dataclass(frozen=True, slots=True)
class CallLimits:
    """Limits of callers; a caller is an IPv4 address or an IPv6 /64.

    An address reaches the store as a MAC under the active secret, since a plain hash of an IPv4
    address can be reversed. A change of that secret starts the windows anew.
    """

    rate_limiter: RateLimiter
    bounds: CallBounds
    directory: Directory
    secrets: SecretRing

    async def bootstrap(self, address: Address | None, business_id: str) -> None:
        """Count a bootstrap call of this caller for this business, or raise `RateLimited`."""
        await self._admit_handshake(self.bounds.bootstrap, address, business_id)

    async def init(self, address: Address | None, business_id: str) -> None:
        """Count an init call of this caller for this business, or raise `RateLimited`."""
        await self._admit_handshake(self.bounds.init, address, business_id)

    async def diagnose(self, address: Address | None, business_id: str) -> None:
        """Count a diagnosis of this caller for this business, or raise `RateLimited`."""
        await self._admit_handshake(self.bounds.diagnose, address, business_id)

    async def document(self, address: Address | None, business_id: str) -> None:
        """Count a frame document of an unknown business, or raise `RateLimited`.

        Those of known businesses do not count: one shop behind one address may open many.
        """
        network = self._network_mac(address)
        if await self._find(self.bounds.documents, network, business_id) is None:
            await self.rate_limiter.admit(self.bounds.documents, network)

    async def calls(self, address: Address | None) -> None:
        """Count a call with a genuine access token of this caller, or raise `RateLimited`."""
        await self.rate_limiter.admit(self.bounds.calls, self._network_mac(address))

    def refused_call(self, address: Address | None) -> None:
        """Count a call whose access token is none of ours, or raise `RateLimited`.

        In this process alone, and in a window of its own: whoever sends what is no token, behind an
        address that many share, takes nothing from those whose tokens are good.
        """
        self.rate_limiter.admit_here(self.bounds.refused_calls, self._network_mac(address))

    def logout(self, session_id: str) -> None:
        """Count a logout of this session in this process alone, or raise `RateLimited`.

        Each notes its proof in the store. Nobody but who holds the session's token can use it up.
        """
        self.rate_limiter.admit_here(self.bounds.logouts, session_id)

    def refuse_known_refresh(self, address: Address | None) -> None:
        """Raise `RateLimited` if this caller is known to be over the limit of refreshes still."""
        self.rate_limiter.refuse_known(self.bounds.refresh, self._network_mac(address))

    def forged_refresh(self, address: Address | None) -> None:
        """Count a refresh token that is none of ours, or raise `RateLimited`.

        In this process alone, since a forged token never touches the store
        (docs/protocol.md#refresh-token). A caller over the limit is then refused whatever it
        presents.
        """
        self.rate_limiter.admit_here(self.bounds.refresh, self._network_mac(address))

    async def refresh(self, address: Address | None, spend: Callable[[], Awaitable[T]]) -> T:
        """Return what `spend` gives, or raise `RateLimited` if the caller is over the limit.

        Both are asked at once, so that a refresh takes the time of one round trip. The token may
        then have been rotated although the answer is 429: the same `Idempotency-Key` gives the
        successor later, so nothing is lost. What `spend` itself refuses stands, with its security
        event. A caller known to be over the limit spends nothing.
        """
        network = self._network_mac(address)
        limit = self.bounds.refresh
        self.rate_limiter.refuse_known(limit, network)
        spent, admitted = await asyncio.gather(
            spend(), self.rate_limiter.admit(limit, network), return_exceptions=True
        )
        if isinstance(spent, BaseException):
            raise spent
        if admitted is not None:
            raise admitted
        return spent

    async def _admit_handshake(
        self, limit: Limit, address: Address | None, business_id: str
    ) -> None:
        """Count per caller and business; unknown businesses are one, or each would be a key."""
        network = self._network_mac(address)
        business = await self._find(limit, network, business_id)
        subject = () if business is None else (business.id,)
        await self.rate_limiter.admit(limit, network, *subject)

    async def _find(self, limit: Limit, network: str, business_id: str) -> Business | None:
        """Return a business, `None` for an unknown one.

        Raises `RateLimited` for a caller known to ask for too many unknown ones, without asking the
        store: it is served only those that this process has met.
        """
        if not self.directory.businesses.holds(business_id):
            self.rate_limiter.refuse_known(limit, network)
        try:
            return await self.directory.find(business_id)
        except UnknownBusiness:
            return None

    def _network_mac(self, address: Address | None) -> str:
        network = counted_network(address)
        return self.secrets.mac(self.secrets.active, _NETWORK_LABEL, network).hex()
