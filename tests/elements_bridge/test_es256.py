"""What the prepared ES256 key signs, compared with PyJWT, which is the reference."""

import jwt
from hypothesis import given, settings
from hypothesis import strategies as st

from elements_bridge.keyring import Keyring, new_keyring_file
from elements_bridge.tokens.es256 import Es256Signer
from link_kernel.ids import from_base64url

KEY = Keyring.of(new_keyring_file()).signing_key
SIGNER = Es256Signer(KEY, "at+jwt")

claims = st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8).filter(
        lambda name: name not in {"exp", "iat", "nbf", "aud", "iss", "sub", "jti"}
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    | st.integers(0, 2**53)
    | st.lists(st.text("abc", max_size=3), max_size=3),
    max_size=6,
)


@settings(max_examples=100, deadline=None)
@given(claims)
def test_pyjwt_reads_what_was_signed(content: dict[str, object]) -> None:
    """A hundred signatures: about one in 128 has an R or an S that begins with a zero byte."""
    token = SIGNER.sign(content)

    public_key = KEY.private_key.public_key()
    assert jwt.decode(token, public_key, algorithms=["ES256"]) == content
    reference = jwt.encode(
        content, KEY.private_key, algorithm="ES256", headers={"typ": "at+jwt", "kid": KEY.kid}
    )
    assert jwt.get_unverified_header(token) == jwt.get_unverified_header(reference)
    assert len(from_base64url(token.rsplit(".", 1)[1])) == 64


def test_a_short_r_or_s_keeps_its_leading_zeros() -> None:
    """Signed until one comes: RFC 7518 wants 32 bytes each, whatever the number is."""
    public_key = KEY.private_key.public_key()
    for number in range(5_000):
        token = SIGNER.sign({"n": number})
        signature = from_base64url(token.rsplit(".", 1)[1])
        if 0 in {signature[0], signature[32]}:
            assert jwt.decode(token, public_key, algorithms=["ES256"]) == {"n": number}
            return
    raise AssertionError("5,000 signatures without a leading zero")
