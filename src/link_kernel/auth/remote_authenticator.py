"""Authenticates requests at a resource server that holds only the issuer's published keys.

Offline: what a call costs is a signature at most, and a request to the issuer only by the rules of
`remote_keys`.
"""

from collections.abc import Callable
from typing import Protocol

from link_kernel.auth.access_token import (
    AccessTokenError,
    AccessTokenVerifier,
    CachingTokenVerifier,
    unverified_kid,
)
from link_kernel.auth.authenticator import (
    RequestAuthenticator,
    UnverifiedCredentials,
    VerifiedCredentials,
)
from link_kernel.auth.dpop import ProofVerifier
from link_kernel.errors import TokenInvalid
from link_kernel.keys.jwks import PublicKeys


class IssuerKeys(Protocol):
    """The issuer's keys; see `remote_keys`."""

    async def keys_for(self, unverified_kid: str) -> PublicKeys:
        """Return the keys to judge a token by; raises `UpstreamUnavailable`."""
        ...


class RemoteAuthenticator:
    """Admits calls by their credential alone; whether the session lives on is asked elsewhere."""

    def __init__(
        self,
        issuer_keys: IssuerKeys,
        verifier_of: Callable[[PublicKeys], AccessTokenVerifier],
        proofs: ProofVerifier,
    ) -> None:
        """Take the keys, what makes a verifier of a set of them, and the verifier of proofs."""
        self._issuer_keys = issuer_keys
        self._verifier_of = verifier_of
        self._proofs = proofs
        self._made_of: PublicKeys | None = None
        self._guard = self._new_guard({})

    async def admit(self, call: UnverifiedCredentials, /) -> VerifiedCredentials:
        """Return who calls.

        Raises what `RequestAuthenticator.admit` does, and `UpstreamUnavailable` where the
        issuer's keys cannot be had: it says nothing of the token, and logs nobody out.
        """
        try:
            kid = unverified_kid(call.credential.text)
        except AccessTokenError as error:
            raise TokenInvalid(str(error)) from error
        return self._guard_by(await self._issuer_keys.keys_for(kid)).admit(call)

    def _guard_by(self, keys: PublicKeys) -> RequestAuthenticator:
        """Return the guard of these keys; with others, the tokens read by them are forgotten."""
        if keys is not self._made_of:
            self._made_of, self._guard = keys, self._new_guard(keys)
        return self._guard

    def _new_guard(self, keys: PublicKeys) -> RequestAuthenticator:
        return RequestAuthenticator(CachingTokenVerifier(self._verifier_of(keys)), self._proofs)
