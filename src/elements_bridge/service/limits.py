"""Rate limits of the bridge's callers (docs/protocol.md#limits)."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Self

from elements_bridge.businesses.business import Business
from elements_bridge.businesses.directory import BusinessLookup, Directory
from link_kernel.errors import OtpAttemptsExceeded, OtpExpired, OtpInvalid
from link_kernel.keys.secret_ring import SecretRing
from link_kernel.limits.batched_counts import BatchedCounts
from link_kernel.limits.limit import Limit
from link_kernel.limits.networks import Address, counted_network, counted_site

_NETWORK_LABEL: Final = "elements/network/1"
_SITE_LABEL: Final = "elements/site/1"
_SITE_CALLS: Final = 4  # times those of one network: a /48 is a large site, or one attacker's
_MACS_CACHED: Final = 4096
_SAID_OF_CODES: Final = (OtpInvalid, OtpExpired, OtpAttemptsExceeded)


@dataclass(frozen=True, slots=True)
class NetworkBound:
    """The limit of a network, and that of an IPv6 /48, which holds 65,536 networks."""

    network: Limit
    site: Limit

    @classmethod
    def of(cls, name: str, calls: int) -> Self:
        """Return the bound with this name and so many calls a minute of one network."""
        return cls(Limit(name, calls), Limit(f"{name}_48", _SITE_CALLS * calls))


@dataclass(frozen=True, slots=True)
class CallBounds:
    """The limits, each on one minute."""

    bootstrap: NetworkBound
    init: NetworkBound
    diagnose: NetworkBound
    documents: NetworkBound
    reports: NetworkBound
    guests: Limit
    guests_network: Limit  # where the business's guests are a crowd
    calls: Limit
    session_calls: Limit
    refused_calls: Limit
    logouts: Limit
    refresh: Limit
    rotations: Limit  # counted by the script that rotates


@dataclass(frozen=True, slots=True)
class CallLimits:
    """Counts the calls of callers; a caller is an IPv4 address or an IPv6 /64.

    A call that one bound refuses is counted by none.

    An address reaches the store as a MAC under the active secret, since a plain hash of an IPv4
    address can be reversed. A change of that secret starts all windows anew.
    """

    batched: BatchedCounts
    bounds: CallBounds
    directory: Directory
    secrets: SecretRing

    def caller_mac(self, address: Address | None) -> str:
        """Return the MAC of a caller's network for Redis keys; all without an address are one."""
        return _caller_mac(self.secrets, address)

    @contextlib.asynccontextmanager
    async def handshake(
        self,
        bound: NetworkBound,
        address: Address | None,
        business_id: str,
        *,
        is_guest: bool = False,
    ) -> AsyncIterator[BusinessLookup]:
        """Count a call for this caller and business, or raise `RateLimited`; yield the business.

        A call that is refused inside does not count, so that no page outside the allow-list and no
        made-up token keeps others behind the address out. All unknown businesses share one window,
        or each made-up id would be a Redis key. A guest is also refused where the business has no
        room for it, which `count_guest` counts.
        """
        callers = self._callers(bound, address)
        business = await self._look_up(callers, business_id)
        if not isinstance(business, Business):
            self.batched.admit_all([(limit, (caller,)) for limit, caller in callers])
            yield business
            return
        if is_guest:
            self._require_room_for_guest(callers[0][1], business.id)
        with self.batched.holding([(limit, (caller, business.id)) for limit, caller in callers]):
            yield business

    async def count_document(self, address: Address | None, business_id: str) -> BusinessLookup:
        """Count a frame document of an unknown business, or raise `RateLimited`.

        Documents of known businesses do not count: one shop behind one address may open many.
        Returns the business.
        """
        callers = self._callers(self.bounds.documents, address)
        business = await self._look_up(callers, business_id)
        if not isinstance(business, Business):
            self.batched.admit_all([(limit, (caller,)) for limit, caller in callers])
        return business

    def count_report(self, address: Address | None) -> None:
        """Count a report for its network alone, or raise `RateLimited`.

        Whoever knows many businesses may not report for each of them.
        """
        callers = self._callers(self.bounds.reports, address)
        self.batched.admit_all([(limit, (caller,)) for limit, caller in callers])

    def count_guest(self, address: Address | None, business_id: str) -> None:
        """Count a guest's bootstrap, which `handshake` found room for at this very turn."""
        self.batched.count(self.bounds.guests, business_id)
        caller = self.caller_mac(address)
        self.batched.count_unbound(self.bounds.guests_network, caller, business_id)

    @contextlib.contextmanager
    def otp_call(self, address: Address | None, session_id: str) -> Iterator[None]:
        """Count a genuine call that asks for or tries a code, or raise `RateLimited`.

        One that is refused inside does not count; but a session's tries at codes do, whatever is
        said of them, and a wrong code counts for its network too: messages bound how many are.
        """
        session = (self.bounds.session_calls, (session_id,))
        network = (self.bounds.calls, (self.caller_mac(address),))
        with (
            self.batched.holding([session], done=_SAID_OF_CODES),
            self.batched.holding([network], done=(OtpInvalid,)),
        ):
            yield

    def count_invalid_token(self, address: Address | None) -> None:
        """Count an invalid access token of this caller in process memory, or raise `RateLimited`.

        Invalid tokens have their own counter, so they cannot use up the limit of valid clients
        behind the same NAT.
        """
        self.batched.limiter.admit_here(self.bounds.refused_calls, self.caller_mac(address))

    def count_logout(self, session_id: str) -> None:
        """Count a logout of this session in process memory, or raise `RateLimited`.

        Each logout records its DPoP proof in the store. Only the holder of the session's token can
        use up this limit.
        """
        self.batched.limiter.admit_here(self.bounds.logouts, session_id)

    def count_refresh(self, caller: str) -> None:
        """Count a refresh, or raise `RateLimited`; forged tokens count too, in this process alone.

        So a caller over the limit is refused with genuine tokens too, before a MAC is computed.
        """
        self.batched.limiter.admit_here(self.bounds.refresh, caller)

    def share_refresh(self, caller: str) -> None:
        """Count a refresh with a genuine token in all processes.

        A forged one never touches the store (docs/protocol.md#refresh-token).
        """
        self.batched.tell(self.bounds.refresh, caller)

    def _callers(self, bound: NetworkBound, address: Address | None) -> list[tuple[Limit, str]]:
        """Return the limits that an address counts for, each with the MAC it counts by."""
        callers = [(bound.network, self.caller_mac(address))]
        site = counted_site(address)
        if site is not None:
            callers.append((bound.site, _site_mac(self.secrets, site)))
        return callers

    def _require_room_for_guest(self, caller: str, business_id: str) -> None:
        """Raise `RateLimited` where a business has too many guests.

        In a crowd only networks with many of its guests are refused, so a flood from a few networks
        keeps nobody else out.
        """
        limiter, guests = self.batched.limiter, self.bounds.guests
        limiter.require_room(guests, business_id)
        if limiter.is_crowded(guests, business_id):
            limiter.require_room(self.bounds.guests_network, caller, business_id)

    async def _look_up(self, callers: list[tuple[Limit, str]], business_id: str) -> BusinessLookup:
        """Return the business of an id.

        Raises `RateLimited` for a caller known to be over the limit of unknown businesses, without
        asking the store: that caller is served only the businesses that are cached here.
        """
        if not self.directory.businesses.holds(business_id):
            for limit, caller in callers:
                self.batched.limiter.refuse_known(limit, caller)
        return await self.directory.look_up(business_id)


@lru_cache(_MACS_CACHED)
def _caller_mac(secrets: SecretRing, address: Address | None) -> str:
    return secrets.mac(secrets.active, _NETWORK_LABEL, counted_network(address)).hex()


@lru_cache(_MACS_CACHED)
def _site_mac(secrets: SecretRing, site: str) -> str:
    return secrets.mac(secrets.active, _SITE_LABEL, site).hex()
