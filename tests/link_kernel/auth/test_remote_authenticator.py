"""Authentication by the issuer's keys: when keys are fetched, and cached tokens dropped."""

import pytest

from elements_bridge.keyring import Keyring
from elements_bridge.tokens.access import AccessTokenSigner
from link_kernel.auth.access_token import AccessTokenVerifier
from link_kernel.auth.authenticator import (
    AuthorizationHeader,
    UnverifiedCredentials,
    VerifiedCredentials,
)
from link_kernel.auth.dpop import DpopNonces, ProofVerifier
from link_kernel.auth.remote_authenticator import RemoteAuthenticator
from link_kernel.errors import InvalidDpopProof, TokenExpired, TokenInvalid, UpstreamUnavailable
from link_kernel.keys.jwks_cache import COOLDOWN_S, JwksCache
from link_kernel.keys.secret_ring import SecretRing
from tests.link_kernel.auth.test_access_token import AUDIENCE, ISSUER, now_s, session
from tests.support.frame_key import FrameKey
from tests.support.issuer import Issuer, jwks_of, new_keyring
from tests.support.key_files import StoppedClock

OLD, NEW = new_keyring(), new_keyring()
URL = "https://link.cimplify.io/v1/link/addresses"


class ResourceServer:
    """A resource server whose issuer publishes the old key."""

    def __init__(self) -> None:
        self.issuer = Issuer(jwks_of(OLD))
        self.clock = StoppedClock(now_s() * 1000)
        nonces = DpopNonces(SecretRing({1: b"s" * 32}, active=1), self.clock)
        self.authenticator = RemoteAuthenticator(
            JwksCache(self.issuer, self.clock),
            AccessTokenVerifier({}, ISSUER, AUDIENCE, "live", self.clock),
            ProofVerifier(nonces, self.clock),
        )

    async def authenticate(self, token: str, *, key: FrameKey | None = None) -> VerifiedCredentials:
        """Authenticate a request with a token and, if a key is given, a DPoP proof of it."""
        credential = AuthorizationHeader("bearer" if key is None else "dpop", token)
        proof = None if key is None else key.proof(URL, method="GET", token=token)
        return await self.authenticator.authenticate(
            UnverifiedCredentials(credential, proof, "GET", frozenset({URL}))
        )


def token_of(keyring: Keyring, **changes: object) -> str:
    """Return a token that a keyring signed."""
    signer = AccessTokenSigner(keyring.signing_key, ISSUER, AUDIENCE, "live", 300)
    return signer.sign(session(**changes), now_ms=now_s() * 1000).text


@pytest.fixture
async def server() -> ResourceServer:
    """A resource server that has not authenticated a request yet."""
    return ResourceServer()


async def test_a_token_is_admitted_by_a_published_key_and_a_bound_one_by_its_proof_too(
    server: ResourceServer,
) -> None:
    assert (await server.authenticate(token_of(OLD))).proof is None
    key = FrameKey()
    bound = token_of(OLD, jkt=key.jkt)
    admitted = await server.authenticate(bound, key=key)
    assert admitted.proof is not None
    assert admitted.proof.jkt == key.jkt
    with pytest.raises(InvalidDpopProof):
        await server.authenticate(bound)
    assert server.issuer.asked == 1


@pytest.mark.parametrize(
    "token",
    [
        *("", "x", "a.b.c", "é.é.é", "\ud800", "lnk_" + "x" * 32, "x" * 5000),
        *("e30.e30.x", "bnVsbA.e30.x", "W10.e30.x"),
        "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0Iiwia2lkIjoieCJ9.e30.",  # alg none
        "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6IngifQ.e30.x",  # typ JWT
        "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30.x",  # no kid
        "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6MX0.e30.x",  # a numeric kid
        "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6ImEiLCJraWQiOiJiIn0.e30.x",  # two kids
    ],
)
async def test_what_is_no_access_token_is_refused_without_asking_the_issuer(
    server: ResourceServer, token: str
) -> None:
    with pytest.raises(TokenInvalid):
        await server.authenticate(token)
    assert server.issuer.asked == 0


async def test_attack_41_a_published_kid_over_a_foreign_signature_is_invalid(
    server: ResourceServer,
) -> None:
    header = token_of(OLD).partition(".")[0]
    rest = token_of(NEW).partition(".")[2]
    with pytest.raises(TokenInvalid):
        await server.authenticate(f"{header}.{rest}")


async def test_an_unknown_key_is_invalid_and_an_issuer_that_is_away_is_no_verdict(
    server: ResourceServer,
) -> None:
    with pytest.raises(TokenInvalid):
        await server.authenticate(token_of(NEW))
    server.issuer.body = None
    server.clock.now += COOLDOWN_S * 1000
    with pytest.raises(UpstreamUnavailable):
        await server.authenticate(token_of(NEW))
    await server.authenticate(token_of(OLD))


async def test_a_remembered_token_of_a_withdrawn_key_is_forgotten(server: ResourceServer) -> None:
    withdrawn = token_of(OLD)
    await server.authenticate(withdrawn)
    server.issuer.body = jwks_of(NEW)
    server.clock.now += COOLDOWN_S * 1000
    await server.authenticate(token_of(NEW))
    with pytest.raises(TokenInvalid):
        await server.authenticate(withdrawn)


async def test_the_same_keys_again_forget_nothing_and_an_expired_token_says_so(
    server: ResourceServer,
) -> None:
    token = token_of(OLD)
    first = await server.authenticate(token)
    server.clock.now += COOLDOWN_S * 1000
    with pytest.raises(TokenInvalid):
        await server.authenticate(token_of(NEW))
    assert server.issuer.asked == 2
    assert (await server.authenticate(token)).access is first.access
    server.clock.now += 300_000
    with pytest.raises(TokenExpired):
        await server.authenticate(token)
