"""`request-otp` and `verify-otp`: a code turns the frame's session into the customer's.

The auth service is the real one, over HTTP, on the same Redis.
"""

import asyncio

import pytest
from redis.asyncio import Redis

from link_kernel.errors import StoreUnavailable
from link_kernel.sessions.store import SessionStore
from tests.support.clients.bridge_client import BridgeClient, claims_of, granted, new_key, refusal
from tests.support.clients.bridge_sign_in import PHONE, ask, sign_in
from tests.support.clients.link_client import Outbox


@pytest.fixture
def bridge(signing_bridge: BridgeClient) -> BridgeClient:
    """The bridge of these tests has an auth service."""
    return signing_bridge


async def test_a_guest_signs_in_and_gets_another_session(
    bridge: BridgeClient, outbox: Outbox
) -> None:
    guest = await bridge.init(element="payment")
    signed_in = await sign_in(bridge, outbox, guest)

    claims = claims_of(signed_in)
    assert signed_in["session"]["state"] == "authenticated"
    assert signed_in["session"]["id"] != guest["session"]["id"]
    assert signed_in["session"]["amr"] == claims["amr"] == ["otp"]
    assert signed_in["session"]["customer_id"] == claims["sub"]
    assert claims["scope"] == "profile wallets"
    assert claims["lsid"].startswith("lses_")
    await granted(await bridge.refresh(signed_in["refresh_token"]))


async def test_the_guest_session_is_over_no_session_fixation(
    bridge: BridgeClient, outbox: Outbox
) -> None:
    guest = await bridge.init()
    await sign_in(bridge, outbox, guest)

    assert (401, "SESSION_REVOKED") == await refusal(await bridge.refresh(guest["refresh_token"]))
    again = await bridge.post("request-otp", PHONE, token=guest["access_token"])
    assert (401, "SESSION_REVOKED") == await refusal(again)


async def test_nothing_of_the_link_session_reaches_the_browser(
    bridge: BridgeClient, outbox: Outbox
) -> None:
    guest = await bridge.init()
    await ask(bridge, guest)
    answer = await bridge.post(
        "verify-otp", {**PHONE, "otp_code": outbox.code}, token=guest["access_token"], key=new_key()
    )
    text = await answer.text() + str(answer.headers)
    assert answer.status == 200
    assert "lnk_" not in text
    assert "rfr_" not in text
    assert "Set-Cookie" not in answer.headers


async def test_a_lost_answer_is_given_again(bridge: BridgeClient, outbox: Outbox) -> None:
    guest = await bridge.init()
    await ask(bridge, guest)
    body, key = {**PHONE, "otp_code": outbox.code}, new_key()
    grants = [
        await granted(await bridge.post("verify-otp", body, token=guest["access_token"], key=key))
        for _ in range(3)
    ]
    assert len({grant["refresh_token"] for grant in grants}) == 1
    assert len({grant["session"]["id"] for grant in grants}) == 1


async def test_the_same_request_many_times_at_once_gives_one_session(
    bridge: BridgeClient, outbox: Outbox, redis: Redis
) -> None:
    guest = await bridge.init()
    await ask(bridge, guest)
    body, key = {**PHONE, "otp_code": outbox.code}, new_key()

    answers = await asyncio.gather(
        *(bridge.post("verify-otp", body, token=guest["access_token"], key=key) for _ in range(10))
    )

    assert len({(await granted(answer))["refresh_token"] for answer in answers}) == 1
    live = [
        str(key)
        async for key in redis.scan_iter("link:v1:*:elements:*")
        if await redis.hget(str(key), "status") == "live"
    ]
    assert len(live) == 1


@pytest.mark.parametrize("what", ["key", "code"])
async def test_anything_else_from_an_upgraded_session_is_revoked(
    bridge: BridgeClient, outbox: Outbox, what: str
) -> None:
    guest = await bridge.init()
    await ask(bridge, guest)
    body, key = {**PHONE, "otp_code": outbox.code}, new_key()
    await granted(await bridge.post("verify-otp", body, token=guest["access_token"], key=key))

    if what == "key":
        key = new_key()
    else:
        body["otp_code"] = "000000" if outbox.code != "000000" else "111111"
    answer = await bridge.post("verify-otp", body, token=guest["access_token"], key=key)

    assert (401, "SESSION_REVOKED") == await refusal(answer)


async def test_the_repeat_ends_when_the_new_session_moves_on(
    bridge: BridgeClient, outbox: Outbox
) -> None:
    guest = await bridge.init()
    await ask(bridge, guest)
    body, key = {**PHONE, "otp_code": outbox.code}, new_key()
    new = await granted(await bridge.post("verify-otp", body, token=guest["access_token"], key=key))
    await granted(await bridge.refresh(new["refresh_token"]))

    answer = await bridge.post("verify-otp", body, token=guest["access_token"], key=key)

    assert (401, "SESSION_REVOKED") == await refusal(answer)


@pytest.mark.parametrize("step", ["find_link_session", "create", "upgrade"])
async def test_a_crash_between_two_steps_leaves_one_identity_and_a_repeat_mends_it(
    bridge: BridgeClient, outbox: Outbox, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    guest = await bridge.init()
    await ask(bridge, guest)
    body, key = {**PHONE, "otp_code": outbox.code}, new_key()

    async def fail(*_args: object, **_kwargs: object) -> None:
        raise StoreUnavailable("crash")

    with monkeypatch.context() as crashing:
        crashing.setattr(SessionStore, step, fail)
        broken = await bridge.post("verify-otp", body, token=guest["access_token"], key=key)
        assert (503, "STORE_UNAVAILABLE") == await refusal(broken)

    # The old session lives until the repeat.
    await granted(await bridge.refresh(guest["refresh_token"]))
    mended = await bridge.post("verify-otp", body, token=guest["access_token"], key=key)
    assert (await granted(mended))["session"]["state"] == "authenticated"


async def test_a_logout_during_sign_in_wins(
    bridge: BridgeClient, outbox: Outbox, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = await bridge.init()
    await ask(bridge, guest)
    body, key = {**PHONE, "otp_code": outbox.code}, new_key()
    create = SessionStore.create

    async def create_then_logout(store: SessionStore, *args: object, **kwargs: object) -> object:
        found = await create(store, *args, **kwargs)  # type: ignore[arg-type]  # passed on as it came
        await bridge.post("logout", {"scope": "element"}, token=guest["access_token"])
        return found

    monkeypatch.setattr(SessionStore, "create", create_then_logout)
    answer = await bridge.post("verify-otp", body, token=guest["access_token"], key=key)

    assert (401, "SESSION_REVOKED") == await refusal(answer)
    async for found in redis.scan_iter("link:v1:*:elements:*"):
        assert await redis.hget(str(found), "status") == "revoked"
