"""Reads the credentials of a request: access token and DPoP proof, both unverified.

A proof's `htu` may name the configured origins only, never `Host`: the sender chooses that header.
"""

from functools import lru_cache
from typing import Final

from aiohttp import web

from elements_bridge.service.proofs import UnverifiedProof
from link_kernel.auth.authenticator import UnverifiedCredentials
from link_kernel.errors import Unauthenticated
from link_kernel.ids import sha256_hex
from link_kernel.web.credentials import PROOF_HEADER, read_credential, read_dpop_header

_PATHS_CACHED: Final = 256
_LONGEST_PATH_CACHED: Final = 256


def read_access_request(
    request: web.Request, own_origins: tuple[str, ...]
) -> UnverifiedCredentials:
    """Return the access token and the proof of a request.

    Raises `Unauthenticated` without a readable `Authorization`, and `InvalidDpopProof` for two
    proofs.
    """
    credential = read_credential(request)
    if credential is None:
        raise Unauthenticated("no access token")
    proof = read_dpop_header(request)
    urls = proof_urls(own_origins, request.rel_url.raw_path)
    return UnverifiedCredentials(credential, proof, request.method, urls)


def read_spending_proof(request: web.Request, own_origins: tuple[str, ...]) -> UnverifiedProof:
    """Return the proof of a request that spends a token of its body, if it has a proof."""
    headers = tuple(request.headers.getall(PROOF_HEADER, []))
    urls = proof_urls(own_origins, request.rel_url.raw_path)
    return UnverifiedProof(headers, request.method, urls)


def proof_urls(own_origins: tuple[str, ...], raw_path: str) -> frozenset[str]:
    """Return the URLs that `htu` may be for a path, spelt as the path was sent."""
    if len(raw_path) > _LONGEST_PATH_CACHED:
        return _urls(own_origins, raw_path)
    return _cached_urls(own_origins, raw_path)


def _urls(own_origins: tuple[str, ...], raw_path: str) -> frozenset[str]:
    return frozenset(f"{origin}{raw_path}" for origin in own_origins)


_cached_urls: Final = lru_cache(_PATHS_CACHED)(_urls)


def request_hash(*parts: str) -> str:
    """Return the hash that identifies a request without `Idempotency-Key` by its content.

    The same request sent again has the same hash, so a retry may reuse its DPoP proof.
    """
    return sha256_hex("\n".join(parts))
