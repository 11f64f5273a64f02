"""Rate limit of invalid credentials for each client network, counted in this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from link_kernel.auth.refresh_errors import RefreshTokenInvalid
from link_kernel.errors import TokenInvalid, Unauthenticated
from link_kernel.limits.limit import Limit
from link_kernel.limits.networks import Address, counted_network
from link_kernel.limits.rate_limiter import RateLimiter


@dataclass(frozen=True, slots=True)
class InvalidCredentialLimit:
    """Tells a network that sends many invalid credentials to stop: 429 takes the place of 401.

    A credential is verified before the limit is asked, so whoever holds a genuine one is never
    refused for what others send from the same address, which is often a whole mobile network.
    """

    rate_limiter: RateLimiter
    limit: Limit

    @contextmanager
    def counting(self, address: Address | None) -> Iterator[None]:
        """Watch the verification of a credential, which is the body of the `with` statement.

        `Unauthenticated`, `TokenInvalid` and `RefreshTokenInvalid` count, and `RateLimited` takes
        their place once the limit is used up. Any other refusal is of a genuine credential, and
        does not count.
        """
        try:
            yield
        except (Unauthenticated, TokenInvalid, RefreshTokenInvalid):
            self.rate_limiter.admit_here(self.limit, counted_network(address))
            raise
