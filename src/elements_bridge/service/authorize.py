"""Forward-auth and introspection of access tokens (docs/protocol.md#internal-listener)."""

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
    """Decides whether a gateway lets a request through.

    The decision is as fresh as the revocation feed, or as Redis while the feed is stale.
    """

    authenticator: RequestAuthenticator
    session_check: SessionCheck
    clock: Clock

    async def decide(
        self, unverified: UnverifiedCredentials, requirements: Requirements, *, request_hash: str
    ) -> VerifiedAccessToken:
        """Return the access token's claims if the request may pass.

        `request_hash` identifies the request that a proof serves, if it has one. Raises the errors
        of the authenticator (401), of the session (401), `InsufficientScope` (403) and
        `StoreUnavailable` (503).
        """
        verified = self.authenticator.authenticate(unverified)
        requirements.check(verified.access, now_s=self.clock.now_ms() // 1000)
        is_safe = unverified.method in SAFE_METHODS
        proof_use = NO_PROOF if is_safe else verified.bind_to(request_hash).proof_use
        await self.session_check.require_active(verified.access, proof_use)
        return verified.access


@dataclass(frozen=True, slots=True)
class Introspect:
    """Introspection (RFC 7662): the claims of an active access token."""

    tokens: TokenVerifier
    session_check: SessionCheck

    async def active(self, unverified_token: str) -> VerifiedAccessToken | None:
        """Return the claims of a token whose session is active, `None` for anything else.

        Redis is asked each time: deleting the key of a login makes its tokens inactive at once
        (docs/protocol.md#revocation). Raises `StoreUnavailable`.
        """
        try:
            access = self.tokens.verify(unverified_token)
            await self.session_check.require_active(access, always_ask_redis=True)
        except (AccessTokenError, SessionExpired, SessionRevoked):
            return None
        return access
