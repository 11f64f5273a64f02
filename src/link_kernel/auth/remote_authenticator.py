"""Authenticates requests at a resource server that holds only the issuer's published keys.

Offline verification: a call costs one signature check at most, and a request to the issuer only
when `keys.jwks_cache` needs one.
"""

from dataclasses import replace

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
from link_kernel.keys.jwks_cache import JwksCache


class RemoteAuthenticator:
    """Authenticates by token and proof; `session_check` asks whether the session is active."""

    def __init__(
        self,
        issuer_keys: JwksCache,
        verifier: AccessTokenVerifier,
        proofs: ProofVerifier,
    ) -> None:
        """Take the issuer's keys, the verifier to use them with, and the verifier of proofs."""
        self._issuer_keys = issuer_keys
        self._verifier = verifier
        self._proofs = proofs
        self._keys: PublicKeys | None = None
        self._authenticator = self._new_authenticator({})

    async def authenticate(self, call: UnverifiedCredentials, /) -> VerifiedCredentials:
        """Return who calls.

        Raises what `RequestAuthenticator.authenticate` does, and `UpstreamUnavailable` where the
        issuer's keys cannot be had: it says nothing of the token, and logs nobody out.
        """
        try:
            kid = unverified_kid(call.credential.text)
        except AccessTokenError as error:
            raise TokenInvalid(str(error)) from error
        return self._authenticator_for(await self._issuer_keys.keys_for(kid)).authenticate(call)

    def _authenticator_for(self, keys: PublicKeys) -> RequestAuthenticator:
        """Return the authenticator for these keys; new keys empty the cache of verified tokens."""
        if keys is not self._keys:
            self._keys, self._authenticator = keys, self._new_authenticator(keys)
        return self._authenticator

    def _new_authenticator(self, keys: PublicKeys) -> RequestAuthenticator:
        verifier = replace(self._verifier, keys=keys)
        return RequestAuthenticator(CachingTokenVerifier(verifier), self._proofs)
