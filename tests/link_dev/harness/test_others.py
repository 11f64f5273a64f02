"""Other people whom the harness plays: real calls from addresses of their own."""

from tests.link_dev.visitor import EMAIL, Visitor

ORDER = {"customers": 3, "codes": 2, "flood": 1}


async def test_a_crowd_says_what_each_call_got(visitor: Visitor) -> None:
    """A flood of wrong codes is refused, and whoever comes afterwards is served."""
    response = await visitor.call("shop", "/dev/crowd", ORDER)
    found = await response.json()
    assert found["address"].startswith(("198.18.", "198.19."))
    assert [found[name] for name in ("handshakes", "codes", "afterwards")] == [
        {"200": 4},  # the flooder's too
        {"200": 2},
        {"200": 1},
    ]
    assert sum(found["flood"].values()) == 1
    assert "200" not in found["flood"]
    assert len(visitor.stack.outbox.sent) == 2


async def test_each_crowd_has_an_address_of_its_own(visitor: Visitor) -> None:
    """So that a second run does not meet the limits of the first."""
    crowds = [await visitor.call("shop", "/dev/crowd", ORDER) for _ in range(2)]
    assert len({(await crowd.json())["address"] for crowd in crowds}) == 2


async def test_an_order_out_of_bounds_is_refused(visitor: Visitor) -> None:
    """A developer's machine plays it, in seconds."""
    response = await visitor.call("shop", "/dev/crowd", {**ORDER, "customers": 1_000_000})
    assert response.status == 400


async def test_strangers_never_try_the_right_code(visitor: Visitor) -> None:
    """None of theirs is taken, and whoever asked gets in afterwards."""
    await visitor.call("api", "/v1/link/auth/request-otp", EMAIL)
    order = {"contact": EMAIL["contact"], "tries": 30}
    response = await visitor.call("shop", "/dev/strangers", order)
    found = await response.json()
    assert sum(found.values()) == 30
    assert "200" not in found

    code = {**EMAIL, "otp_code": visitor.stack.outbox.sent[0].code}
    assert (await visitor.call("api", "/v1/link/auth/verify-otp", code)).status == 200
