"""Rate limits of the bridge's callers (docs/protocol.md#limits)."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from elements_bridge.businesses.business import Business
from elements_bridge.businesses.directory import BusinessLookup, Directory
from link_kernel.keys.secret_ring import SecretRing
from link_kernel.limits.batched_counts import BatchedCounts
from link_kernel.limits.limit import Limit
from link_kernel.limits.networks import Address, counted_network
from link_kernel.limits.rate_limiter import RateLimiter

_NETWORK_LABEL: Final = "elements/network/1"
_MACS_CACHED: Final = 4096


@dataclass(frozen=True, slots=True)
class CallBounds:
    """The limits, each on one minute."""

    bootstrap: Limit
    init: Limit
    diagnose: Limit
    documents: Limit
    guests: Limit
    calls: Limit
    refused_calls: Limit
    logouts: Limit
    refresh: Limit
    rotations: Limit  # counted by the script that rotates


@dataclass(frozen=True, slots=True)
class CallLimits:
    """Counts the calls of callers; a caller is an IPv4 address or an IPv6 /64.

    An address reaches the store as a MAC under the active secret, since a plain hash of an IPv4
    address can be reversed. A change of that secret starts all windows anew.
    """

    rate_limiter: RateLimiter
    batched: BatchedCounts
    bounds: CallBounds
    directory: Directory
    secrets: SecretRing

    def caller_mac(self, address: Address | None) -> str:
        """Return the MAC of a caller's network for Redis keys; all without an address are one."""
        return _caller_mac(self.secrets, address)

    async def count_handshake(
        self, limit: Limit, address: Address | None, business_id: str
    ) -> BusinessLookup:
        """Count a call for this caller and business, or raise `RateLimited`; return the business.

        All unknown businesses share one window, or each made-up id would be a Redis key.
        """
        caller = self.caller_mac(address)
        business = await self._look_up(limit, caller, business_id)
        if isinstance(business, Business):
            self.batched.admit(limit, caller, business.id)
        else:
            self.batched.count(limit, caller)
        return business

    async def count_document(self, address: Address | None, business_id: str) -> BusinessLookup:
        """Count a frame document of an unknown business, or raise `RateLimited`.

        Documents of known businesses do not count: one shop behind one address may open many.
        Returns the business.
        """
        caller = self.caller_mac(address)
        business = await self._look_up(self.bounds.documents, caller, business_id)
        if not isinstance(business, Business):
            self.batched.count(self.bounds.documents, caller)
        return business

    def count_guest(self, business_id: str) -> None:
        """Count a guest's bootstrap for a business, or raise `RateLimited`."""
        self.batched.admit(self.bounds.guests, business_id)

    async def count_otp_call(self, address: Address | None) -> None:
        """Count a call of this caller that asks for or tries a code, or raise `RateLimited`."""
        await self.rate_limiter.admit(self.bounds.calls, self.caller_mac(address))

    def count_invalid_token(self, address: Address | None) -> None:
        """Count an invalid access token of this caller in process memory, or raise `RateLimited`.

        Invalid tokens have their own counter, so they cannot use up the limit of valid clients
        behind the same NAT.
        """
        self.rate_limiter.admit_here(self.bounds.refused_calls, self.caller_mac(address))

    def count_logout(self, session_id: str) -> None:
        """Count a logout of this session in process memory, or raise `RateLimited`.

        Each logout records its DPoP proof in the store. Only the holder of the session's token can
        use up this limit.
        """
        self.rate_limiter.admit_here(self.bounds.logouts, session_id)

    def count_refresh(self, caller: str) -> None:
        """Count a refresh, or raise `RateLimited`; forged tokens count too, in this process alone.

        So a caller over the limit is refused with genuine tokens too, before a MAC is computed.
        """
        self.rate_limiter.admit_here(self.bounds.refresh, caller)

    def share_refresh(self, caller: str) -> None:
        """Count a refresh with a genuine token in all processes.

        A forged one never touches the store (docs/protocol.md#refresh-token).
        """
        self.batched.tell(self.bounds.refresh, caller)

    async def _look_up(self, limit: Limit, caller: str, business_id: str) -> BusinessLookup:
        """Return the business of an id.

        Raises `RateLimited` for a caller known to be over the limit of unknown businesses, without
        asking the store: that caller is served only the businesses that are cached here.
        """
        if not self.directory.businesses.holds(business_id):
            self.rate_limiter.refuse_known(limit, caller)
        return await self.directory.look_up(business_id)


@lru_cache(_MACS_CACHED)
def _caller_mac(secrets: SecretRing, address: Address | None) -> str:
    return secrets.mac(secrets.active, _NETWORK_LABEL, counted_network(address)).hex()
