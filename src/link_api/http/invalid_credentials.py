"""Rate limit of invalid credentials for each client network, counted in this process."""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from link_kernel.auth.refresh_errors import RefreshTokenInvalid
from link_kernel.errors import TokenInvalid, Unauthenticated
from link_kernel.ids import sha256_hex
from link_kernel.limits.limit import Limit
from link_kernel.limits.networks import Address, counted_network
from link_kernel.limits.rate_limiter import RateLimiter

_CREDENTIALS_CACHED: Final = 10_000


class InvalidCredentialLimit:
    """Refuses credentials from a network that has sent too many invalid ones.

    One that only Redis can tell is refused unread; an LRU cache of valid ones is exempt. One that
    this process verifies by itself is verified first: an attacker behind a NAT cannot use up the
    limit of the bridge, or of customers who share the address.
    """

    def __init__(self, rate_limiter: RateLimiter, calls: int) -> None:
        """Take the rate limiter and how many invalid credentials a network has in a minute."""
        self._rate_limiter = rate_limiter
        self._limit = Limit("refused_calls", calls)
        self._valid: OrderedDict[str, None] = OrderedDict()  # SHA-256, the latest used at the end

    @contextmanager
    def counting(
        self, address: Address | None, unverified: str, *, is_verified_here: bool = False
    ) -> Iterator[None]:
        """Watch the verification of a credential, which is the body of the `with` statement.

        `Unauthenticated`, `TokenInvalid` and `RefreshTokenInvalid` count, and `RateLimited` takes
        their place once the limit is used up. Any other refusal is of a genuine credential, and
        does not count.
        """
        credential_hash = sha256_hex(unverified)
        was_valid = credential_hash in self._valid
        if not was_valid and not is_verified_here:
            self._rate_limiter.refuse_known(self._limit, counted_network(address))
        try:
            yield
        except (Unauthenticated, TokenInvalid, RefreshTokenInvalid):
            network = counted_network(address)
            if was_valid:
                self._valid.pop(credential_hash, None)
                self._rate_limiter.refuse_known(self._limit, network)
            self._rate_limiter.count_here(self._limit, network)
            raise
        self._remember(credential_hash)

    def _remember(self, credential_hash: str) -> None:
        self._valid[credential_hash] = None
        self._valid.move_to_end(credential_hash)
        if len(self._valid) > _CREDENTIALS_CACHED:
            self._valid.popitem(last=False)
