"""Introspection (RFC 7662) for resource servers that do not verify access tokens themselves."""

from dataclasses import dataclass

from link_kernel.access_token import AccessTokenRefused, VerifiedAccessToken
from link_kernel.errors import SessionExpired, SessionRevoked
from link_kernel.liveness import Liveness
from link_kernel.resource_guard import TokenVerifier


@dataclass(frozen=True, slots=True)
class Introspect:
    """Says what an access token stands for."""

    tokens: TokenVerifier
    liveness: Liveness

    async def active(self, unverified_token: str) -> VerifiedAccessToken | None:
        """Return the claims of a token whose session lives, `None` for anything else.

        Redis is asked each time: who ends a login by deleting its key has ended its tokens here
        (design section 6). Raises `StoreUnavailable`.
        """
        try:
            access = self.tokens.verify(unverified_token)
            await self.liveness.require_by_redis(access)
        except (AccessTokenRefused, SessionExpired, SessionRevoked):
            return None
        return access
