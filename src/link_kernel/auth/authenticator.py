"""Who may make a protected call: an access token and, where it is bound, proof of its key.

The one way both services and the forward-auth read a credential (RFC 6750, RFC 9449 section 7).
"""

import secrets
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

from link_kernel.auth.access_token import AccessTokenError, VerifiedAccessToken
from link_kernel.auth.dpop import ProofVerifier, VerifiedProof
from link_kernel.errors import InvalidDpopProof, TokenExpired, TokenInvalid
from link_kernel.security_events import SecurityEvent
from link_kernel.sessions.outcomes import NO_PROOF, ProofUse

# RFC 9110 section 9.2.1: what changes nothing may be sent again, so its proof is not used up.
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


@dataclass(frozen=True, slots=True)
class AuthorizationHeader:
    """What `Authorization` held."""

    scheme: Literal["bearer", "dpop"]
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class UnverifiedCredentials:
    """A call with a credential, unverified. `urls` are what a proof's `htu` may be."""

    credential: AuthorizationHeader
    unverified_proof: str | None = field(repr=False)
    method: str
    urls: frozenset[str]


def random_request_hash() -> str:
    """Return what stands for a request that nothing names: its proof serves it once."""
    return secrets.token_hex()


@dataclass(frozen=True, slots=True)
class VerifiedCredentials:
    """Who called; `proof` is there exactly where the token is bound to a key."""

    access: VerifiedAccessToken
    proof: VerifiedProof | None

    def bind_to(self, request_hash: str) -> "ProvedAccess":
        """Return the access with the claim that its proof serves the request of this hash alone."""
        claim = NO_PROOF if self.proof is None else self.proof.bind_to(request_hash)
        return ProvedAccess(self.access, claim)


@dataclass(frozen=True, slots=True)
class ProvedAccess:
    """Who called, and the claim of its proof for the store; `NO_PROOF` for a plain bearer."""

    access: VerifiedAccessToken
    claim: ProofUse


class TokenVerifier(Protocol):
    """Verifies access tokens; see `access_token` and `remembered_tokens`."""

    def verify(self, unverified_token: str, *, expired_up_to_s: int = 0) -> VerifiedAccessToken:
        """Return the claims, or raise `AccessTokenError`."""
        ...


@dataclass(frozen=True, slots=True)
class RequestAuthenticator:
    """Admits calls by their credential alone; whether the session lives on is asked elsewhere."""

    tokens: TokenVerifier
    proofs: ProofVerifier

    def admit(
        self, call: UnverifiedCredentials, *, expired_up_to_s: int = 0
    ) -> VerifiedCredentials:
        """Return who calls.

        Raises `TokenExpired`, `TokenInvalid`, `InvalidDpopProof` and `UseDpopNonce`; a bound token
        is never taken as a plain bearer's, nor a plain one as bound.
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
        """Return the proof of a bound token's key, `None` for a token that is not bound.

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
