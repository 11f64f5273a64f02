"""Reads the credentials of a request, `Authorization` and `DPoP`, without verifying them."""

import re
from typing import Final

from aiohttp import hdrs, web

from link_kernel.auth.authenticator import AuthorizationHeader
from link_kernel.errors import InvalidDpopProof, Unauthenticated
from link_kernel.web.request import single_header

PROOF_HEADER: Final = "DPoP"
_BEARER: Final = "bearer"
_CREDENTIAL: Final = re.compile(
    r"(?P<scheme>Bearer|DPoP) (?P<text>[\x21-\x7e]{1,4096})", re.IGNORECASE
)


def read_credential(request: web.Request) -> AuthorizationHeader | None:
    """Return the unverified credential of `Authorization`, `None` if there is no header.

    Raises `Unauthenticated` for any other scheme or shape, so that a malformed header never makes
    the request a guest's.
    """
    header = single_header(request, hdrs.AUTHORIZATION)
    if header is None:
        return None
    found = _CREDENTIAL.fullmatch(header)
    if found is None:
        raise Unauthenticated("authorization header")
    return AuthorizationHeader(
        "bearer" if found["scheme"].lower() == _BEARER else "dpop", found["text"]
    )


def read_bearer(request: web.Request) -> str | None:
    """Return the unverified bearer token, `None` if there is no header.

    Raises `Unauthenticated` for any other scheme or shape.
    """
    credential = read_credential(request)
    if credential is None:
        return None
    if credential.scheme != _BEARER:
        raise Unauthenticated("not a bearer")
    return credential.text


def read_dpop_header(request: web.Request) -> str | None:
    """Return the unverified DPoP proof, `None` if there is none.

    Raises `InvalidDpopProof` for two proofs (RFC 9449 section 4.3).
    """
    proofs = request.headers.getall(PROOF_HEADER, [])
    if len(proofs) > 1:
        raise InvalidDpopProof("two proofs")
    return proofs[0] if proofs else None
