"""Authenticates a request: verifies its access token and, if the token is bound, the DPoP proof.

Both services and the forward-auth authenticate requests here (RFC 6750, RFC 9449 section 7).
"""

import secrets
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

from link_kernel.auth.access_token import AccessTokenError, VerifiedAccessToken
from link_kernel.auth.dpop import ProofVerifier, VerifiedProof
from link_kernel.errors import InvalidDpopProof, TokenExpired, TokenInvalid
from link_kernel.observability.security_events import SecurityEvent
from link_kernel.sessions.outcomes import NO_PROOF, ProofUse

# RFC 9110 section 9.2.1: a safe request may be repeated, so its proof is not single-use.
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


@dataclass(frozen=True, slots=True)
class AuthorizationHeader:
    """The unverified content of `Authorization`: the scheme and the token after it."""

    scheme: Literal["bearer", "dpop"]
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class UnverifiedCredentials:
    """The unverified credentials of a request. `urls` are the accepted values of a proof's `htu`.

    `unverified_proof` is the `DPoP` header, `None` where there is none.
    """

    credential: AuthorizationHeader
    unverified_proof: str | None = field(repr=False)
    method: str
    urls: frozenset[str]


def random_request_hash() -> str:
    """Return a random hash for a request that nothing identifies: its proof cannot be reused."""
    return secrets.token_hex()


@dataclass(frozen=True, slots=True)
class VerifiedCredentials:
    """The verified token of a request; `proof` is `None` exactly if the token is not bound."""

    access: VerifiedAccessToken
    proof: VerifiedProof | None

    def bind_to(self, request_hash: str) -> "ProvedAccess":
        """Return the access together with the use of its proof for the request of this hash."""
        proof_use = NO_PROOF if self.proof is None else self.proof.bind_to(request_hash)
        return ProvedAccess(self.access, proof_use)


@dataclass(frozen=True, slots=True)
class ProvedAccess:
    """The verified token and the use of its proof, to be recorded in the store.

    `proof_use` is `NO_PROOF` for a bearer token.
    """

    access: VerifiedAccessToken
    proof_use: ProofUse


class TokenVerifier(Protocol):
    """Verifies access tokens; `access_token` has a verifier and a caching one."""

    def verify(self, unverified_token: str, *, expired_up_to_s: int = 0) -> VerifiedAccessToken:
        """Return the claims, or raise `AccessTokenError`."""
        ...


@dataclass(frozen=True, slots=True)
class RequestAuthenticator:
    """Authenticates requests by token and proof; `session_check` tells if the session is active."""

    tokens: TokenVerifier
    proofs: ProofVerifier

    def authenticate(
        self, call: UnverifiedCredentials, *, expired_up_to_s: int = 0
    ) -> VerifiedCredentials:
        """Return the verified credentials of a request.

        `expired_up_to_s` is how many seconds past its expiry a token is accepted. Raises
        `TokenExpired`, `TokenInvalid`, `InvalidDpopProof` and `UseDpopNonce`. A bound token is
        never accepted as a bearer token, nor a token that is not bound with a proof.
        """
        try:
            access = self.tokens.verify(call.credential.text, expired_up_to_s=expired_up_to_s)
        except AccessTokenError as error:
            if error.fault == "expired":
                raise TokenExpired(str(error)) from error
            raise TokenInvalid(str(error)) from error
        return VerifiedCredentials(access, self.prove(call, access))

    def prove(
        self, call: UnverifiedCredentials, access: VerifiedAccessToken
    ) -> VerifiedProof | None:
        """Verify the proof of a bound token's key; return `None` for a token that is not bound.

        Raises `InvalidDpopProof`, `UseDpopNonce` and `TokenInvalid`.
        """
        if access.jkt is None:
            if call.credential.scheme == "dpop":
                raise TokenInvalid("not a bound token")
            return None
        if call.credential.scheme != "dpop":
            raise InvalidDpopProof("bound token as bearer", event=SecurityEvent.DPOP_DOWNGRADE)
        if call.unverified_proof is None:
            raise InvalidDpopProof("no proof")
        proof = self.proofs.verify(
            call.unverified_proof,
            method=call.method,
            urls=call.urls,
            token=call.credential.text,
        )
        if proof.jkt != access.jkt:
            raise InvalidDpopProof("another key", event=SecurityEvent.DPOP_KEY_MISMATCH)
        return proof
