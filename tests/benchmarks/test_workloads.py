"""What each row asks, and that a wrong answer is noticed."""

import json
from typing import Any

import pytest
from benchmarks.measuring.messages import Answer
from benchmarks.rows.frames import Authorizations, Bootstraps, Frame, Refreshes
from benchmarks.rows.link_api import Reads, Writes
from benchmarks.rows.peers import PeerRefreshes, form_request, json_request
from benchmarks.rows.plain import BARE_CALLS, Same

from link_kernel.ids import to_base64url
from tests.support.frame_key import FrameKey


def answered(data: object, status: int = 200) -> Answer:
    """Return a success in the envelope."""
    return Answer(status, json.dumps({"success": True, "data": data}).encode())


def tokens(number: int) -> dict[str, Any]:
    """Return a grant."""
    return {"refresh_token": f"elr_{number}", "access_token": f"access-{number}"}


def fields(sent: bytes, name: str) -> list[str]:
    """Return the values of a header."""
    lines = sent.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    return [line.partition(": ")[2] for line in lines if line.startswith(f"{name}: ")]


def body(sent: bytes) -> Any:  # noqa: ANN401  # JSON
    """Return the JSON that is sent."""
    return json.loads(sent.partition(b"\r\n\r\n")[2])


async def test_a_refresh_spends_the_token_it_was_last_given() -> None:
    frames = [Frame(tokens(1)), Frame(tokens(2))]
    refreshes = Refreshes(frames)
    refreshes.take([answered(tokens(3)), answered(tokens(4))])

    sent = await refreshes.prepare(2)
    assert [body(one) for one in sent] == [{"refresh_token": "elr_3"}, {"refresh_token": "elr_4"}]
    assert len({fields(one, "Idempotency-Key")[0] for one in sent}) == 2
    assert fields(sent[0], "DPoP") == []


async def test_each_frame_proves_its_own_key_for_its_own_token() -> None:
    frames = [Frame(tokens(number), FrameKey()) for number in range(2)]
    proofs = [fields(one, "DPoP")[0] for one in await Refreshes(frames).prepare(2)]

    assert len({proof.split(".")[0] for proof in proofs}) == 2


def test_a_token_that_was_not_rotated_is_noticed() -> None:
    with pytest.raises(AssertionError):
        Refreshes([Frame(tokens(1))]).take([answered(tokens(1))])


async def test_a_gateway_asks_about_the_newest_token_of_each_frame() -> None:
    frames = [Frame(tokens(1)), Frame(tokens(2), FrameKey())]
    sent = await Authorizations(frames).prepare(3)

    asked = [fields(one, "Authorization")[0] for one in sent]
    assert asked == ["Bearer access-1", "DPoP access-2", "Bearer access-1"]
    assert [len(fields(one, "DPoP")) for one in sent] == [0, 1, 0]


def test_the_same_bootstrap_token_twice_is_noticed() -> None:
    same = answered({"bootstrap_token": "elb_1"})
    with pytest.raises(AssertionError):
        Bootstraps().take([same, same])


def test_another_status_or_body_is_noticed() -> None:
    Same(b"", status=404).take([Answer(404, b"{}")])
    for wrong in (Answer(200, b"other"), Answer(500, b"x" * 300)):
        with pytest.raises(AssertionError):
            BARE_CALLS.take([wrong])


async def test_each_write_has_a_customer_and_a_key_of_its_own() -> None:
    sent = await Writes(["lnk_a", "lnk_b"]).prepare(2)

    assert [fields(one, "Authorization")[0] for one in sent] == ["Bearer lnk_a", "Bearer lnk_b"]
    assert len({fields(one, "Idempotency-Key")[0] for one in sent}) == 2


def test_missing_data_is_noticed() -> None:
    Reads([]).take([answered({"addresses": [0] * 5, "mobile_money": [0] * 3})])
    with pytest.raises(AssertionError):
        Reads([]).take([answered({"addresses": [], "mobile_money": []})])


def test_a_write_that_was_not_done_is_noticed() -> None:
    with pytest.raises(AssertionError):
        Writes([]).take([answered({"id": "addr_1"})])


@pytest.mark.parametrize("algorithm", ["HS256", "none"])
def test_a_peer_must_sign_with_es256(algorithm: str) -> None:
    token = f"{_header(algorithm)}.e30.c2ln"
    answer = {"refresh_token": "next", "access_token": token}
    with pytest.raises(AssertionError):
        PeerRefreshes(json_request, ["first"]).take([Answer(200, json.dumps(answer).encode())])


async def test_a_peer_is_asked_with_the_token_it_gave() -> None:
    peer = PeerRefreshes(form_request, ["first"])
    answer = {"refresh_token": "n&xt", "access_token": f"{_header('ES256')}.e30.c2ln"}
    peer.take([Answer(200, json.dumps(answer).encode())])

    (sent,) = await peer.prepare(1)
    assert sent.endswith(b"grant_type=refresh_token&refresh_token=n%26xt&client_id=shop")


def _header(algorithm: str) -> str:
    return to_base64url(json.dumps({"alg": algorithm, "typ": "JWT"}).encode())
