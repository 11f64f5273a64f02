"""What a frame presents at a call: its access token and the proof of its key, verified."""

from dataclasses import dataclass

from aiohttp import web

from link_kernel.auth.authenticator import (
    RequestAuthenticator,
    UnverifiedCredentials,
    VerifiedCredentials,
)
from link_kernel.errors import Unauthenticated
from link_kernel.ids import sha256_hex
from link_kernel.sessions.outcomes import NO_PROOF, ProofUse
from link_kernel.web.credentials import read_credential, read_dpop_header


@dataclass(frozen=True, slots=True)
class Presented:
    """Reads credentials; `own_origins` are the configured ones that a proof's `htu` may name.

    Never `Host`: whoever sends a call chooses that.
    """

    guard: RequestAuthenticator
    own_origins: tuple[str, ...]

    def admitted(self, request: web.Request, *, expired_up_to_s: int = 0) -> VerifiedCredentials:
        """Return who calls.

        Raises `Unauthenticated`, `TokenExpired`, `TokenInvalid`, `InvalidDpopProof` and
        `UseDpopNonce`.
        """
        credential = read_credential(request)
        if credential is None:
            raise Unauthenticated("no access token")
        proof = read_dpop_header(request)
        call = UnverifiedCredentials(credential, proof, request.method, self._urls(request))
        return self.guard.admit(call, expired_up_to_s=expired_up_to_s)

    def proof(self, request: web.Request, *, token: str, key: str) -> ProofUse:
        """Return the proof of a call that spends `token`, serving the request of this key.

        `ath` names that token: a proof that was seen is of no use with another one, wherever its
        session lies. Raises `InvalidDpopProof` and `UseDpopNonce`; no proof is `NO_PROOF`.
        """
        unverified_proof = read_dpop_header(request)
        if unverified_proof is None:
            return NO_PROOF
        proof = self.guard.proofs.verify(
            unverified_proof,
            method=request.method,
            urls=self._urls(request),
            token=token,
        )
        return proof.bind_to(sha256_hex(key))

    def urls_of(self, raw_path: str) -> frozenset[str]:
        """Return what `htu` may be for a path, in the spelling it came in."""
        return frozenset(f"{origin}{raw_path}" for origin in self.own_origins)

    def _urls(self, request: web.Request) -> frozenset[str]:
        return self.urls_of(request.rel_url.raw_path)


def named_by(*parts: str) -> str:
    """Return the hash of a request that what it asks for names: sent again, it is the same one."""
    return sha256_hex("\n".join(parts))
