"""The DPoP proof of a request that spends a token (RFC 9449).

The HTTP layer reads it and verifies nothing; the service verifies it after the cheaper checks and
before anything is stored.
"""

from dataclasses import dataclass, field

from link_kernel.auth.dpop import ProofVerifier
from link_kernel.errors import InvalidDpopProof
from link_kernel.sessions.outcomes import NO_PROOF, ProofUse


@dataclass(frozen=True, slots=True)
class UnverifiedProof:
    """The `DPoP` headers of a request, and the method and URLs that its proof must name."""

    headers: tuple[str, ...] = field(repr=False)
    method: str
    urls: frozenset[str]


def verify_spending_proof(
    verifier: ProofVerifier, proof: UnverifiedProof, *, token: str, key_hash: str
) -> ProofUse:
    """Return the proof of a request that spends `token`; without a header it is `NO_PROOF`.

    `ath` must name the spent token, so that a captured proof is useless with any other token,
    wherever that token's session is stored. `key_hash` is the hash of the `Idempotency-Key`: the
    proof serves that request alone. Raises `InvalidDpopProof`, for two headers too (RFC 9449
    section 4.3), and `UseDpopNonce`.
    """
    if not proof.headers:
        return NO_PROOF
    if len(proof.headers) > 1:
        raise InvalidDpopProof("two proofs")
    verified = verifier.verify(proof.headers[0], method=proof.method, urls=proof.urls, token=token)
    return verified.bind_to(key_hash)
