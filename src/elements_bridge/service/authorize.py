"""Forward-auth: may this call pass the gateway (docs/protocol.md#internal-listener)."""

from dataclasses import dataclass

from link_kernel.auth.access_token import AccessTokenError, VerifiedAccessToken
from link_kernel.auth.authenticator import (
    SAFE_METHODS,
    RequestAuthenticator,
    TokenVerifier,
    UnverifiedCredentials,
)
from link_kernel.auth.requirements import Requirements
from link_kernel.auth.session_check import SessionCheck
from link_kernel.clock import Clock
from link_kernel.errors import SessionExpired, SessionRevoked
from link_kernel.sessions.outcomes import NO_PROOF


@dataclass(frozen=True, slots=True)
class Authorize:
    """Decides for a gateway; nothing it says is older than the revocation feed or Redis."""

    guard: RequestAuthenticator
    liveness: SessionCheck
    clock: Clock

    async def decide(
        self, call: UnverifiedCredentials, demand: Requirements, *, request_hash: str
    ) -> VerifiedAccessToken:
        """Return who calls, if the call may go through.

        `request_hash` names the request that a proof serves. Raises the refusals of the guard
        (401), of the session (401), `InsufficientScope` (403) and `StoreUnavailable` (503).
        """
        admitted = self.guard.admit(call)
        demand.require(admitted.access, now_s=self.clock.now_ms() // 1000)
        is_safe = call.method in SAFE_METHODS
        claim = NO_PROOF if is_safe else admitted.bind_to(request_hash).claim
        await self.liveness.require(admitted.access, claim)
        return admitted.access


@dataclass(frozen=True, slots=True)
class Introspect:
    """Says what an access token stands for."""

    tokens: TokenVerifier
    liveness: SessionCheck

    async def active(self, unverified_token: str) -> VerifiedAccessToken | None:
        """Return the claims of a token whose session lives, `None` for anything else.

        Redis is asked each time: who ends a login by deleting its key has ended its tokens here
        (docs/protocol.md#revocation). Raises `StoreUnavailable`.
        """
        try:
            access = self.tokens.verify(unverified_token)
            await self.liveness.require_by_redis(access)
        except (AccessTokenError, SessionExpired, SessionRevoked):
            return None
        return access
