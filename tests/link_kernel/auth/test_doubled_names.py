"""Names that stand twice in a signed text: every verifier refuses them, however they are placed.

Of two members parsers take the first or the last, so that two services would read two tokens. The
signature of each is genuine.
"""

import json
from pathlib import Path
from typing import Final

import pytest

from link_kernel.auth.access_token import AccessTokenError
from link_kernel.auth.authenticator import AuthorizationHeader, UnverifiedCredentials
from link_kernel.errors import InvalidDpopProof, TokenInvalid
from link_kernel.ids import from_base64url
from tests.link_kernel.auth import test_access_token, test_dpop, test_remote_authenticator
from tests.support.frame_key import FrameKey

VECTORS: Final = json.loads(
    (Path(__file__).parents[2] / "vectors" / "doubled-names.json").read_text("utf-8")
)
PLACES: Final = ("first", "last")


def vectors_of(kind: str) -> list[object]:
    """Return the part and the member of each vector of this kind, at each place."""
    return [
        pytest.param(each["part"], each["member"], place, id=f"{each['member']} {place}")
        for each in VECTORS
        if each["of"] in {kind, "both"}
        for place in PLACES
    ]


def resigned(jws: str, key: FrameKey, part: str = "", member: str = "", place: str = "") -> str:
    """Return a JWS with one member more in one part, signed again."""
    texts = dict(
        zip(
            ("header", "claims"),
            (from_base64url(one).decode() for one in jws.split(".")[:2]),
            strict=True,
        )
    )
    if part:
        inner = texts[part].strip()[1:-1]
        texts[part] = f"{{{member},{inner}}}" if place == "first" else f"{{{inner},{member}}}"
    return key.signed(texts["header"], texts["claims"])


@pytest.mark.parametrize(("part", "member", "place"), vectors_of("token"))
def test_an_access_token_is_invalid(part: str, member: str, place: str) -> None:
    key = FrameKey(test_access_token.KEYRING.signing_key.private_key)
    token = test_access_token.signed(test_access_token.good_claims())

    test_access_token.VERIFIER.verify(resigned(token, key))
    with pytest.raises(AccessTokenError) as refused:
        test_access_token.VERIFIER.verify(resigned(token, key, part, member, place))
    assert refused.value.fault == "invalid"


@pytest.mark.parametrize(("part", "member", "place"), vectors_of("token"))
async def test_a_resource_server_refuses_it_by_published_keys(
    part: str, member: str, place: str
) -> None:
    server = test_remote_authenticator.ResourceServer()
    key = FrameKey(test_remote_authenticator.OLD.signing_key.private_key)
    token = test_remote_authenticator.token_of(test_remote_authenticator.OLD)

    await server.authenticate(resigned(token, key))
    with pytest.raises(TokenInvalid):
        await server.authenticate(resigned(token, key, part, member, place))


@pytest.mark.parametrize(("part", "member", "place"), vectors_of("proof"))
async def test_a_proof_is_invalid(part: str, member: str, place: str) -> None:
    """Also where a resource server verifies it."""
    key = test_dpop.KEY
    proof = key.proof(test_dpop.URL, token=test_dpop.TOKEN)
    test_dpop.verify(resigned(proof, key))
    with pytest.raises(InvalidDpopProof):
        test_dpop.verify(resigned(proof, key, part, member, place))

    server, url = test_remote_authenticator.ResourceServer(), test_remote_authenticator.URL
    token = test_remote_authenticator.token_of(test_remote_authenticator.OLD, jkt=key.jkt)
    proof = key.proof(url, method="GET", token=token)
    with pytest.raises(InvalidDpopProof):
        await server.authenticator.authenticate(
            UnverifiedCredentials(
                AuthorizationHeader("dpop", token),
                resigned(proof, key, part, member, place),
                "GET",
                frozenset({url}),
            )
        )
