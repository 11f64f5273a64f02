"""One-time codes through the bridge: wrong, expired, too frequent, of another shop."""

from dataclasses import replace

import pytest
from aiohttp.test_utils import TestServer
from redis.asyncio import Redis

from elements_bridge.businesses.store import RedisBusinesses
from link_kernel.redis import keys as redis_keys
from tests.support.clients.bridge_client import (
    SHOP,
    BridgeClient,
    configure,
    granted,
    new_key,
    refusal,
)
from tests.support.clients.bridge_sign_in import EMAIL, MINUTE, PHONE, ask, sign_in
from tests.support.clients.limited_calls import OTHER
from tests.support.clients.link_client import Outbox
from tests.support.link_login import log_in
from tests.support.time_machine import TimeMachine

OTHER_PAGE = "https://other.example"


@pytest.fixture
def bridge(signing_bridge: BridgeClient) -> BridgeClient:
    """The bridge of these tests has an auth service."""
    return signing_bridge


async def test_a_wrong_code_is_422_and_five_of_them_burn_the_code(
    bridge: BridgeClient, outbox: Outbox
) -> None:
    guest = await bridge.init()
    await ask(bridge, guest)
    wrong = "000000" if outbox.code != "000000" else "111111"

    async def attempt(code: str) -> tuple[int, str]:
        body = {**PHONE, "otp_code": code}
        return await refusal(
            await bridge.post("verify-otp", body, token=guest["access_token"], key=new_key())
        )

    for _ in range(5):
        assert (422, "OTP_INVALID") == await attempt(wrong)
    assert (422, "OTP_ATTEMPTS_EXCEEDED") == await attempt(outbox.code)
    await granted(await bridge.refresh(guest["refresh_token"]))


async def test_any_session_of_the_shops_page_may_spend_the_code(
    bridge: BridgeClient, outbox: Outbox
) -> None:
    """The page was reloaded while the customer read the message: its frame has a new session."""
    await ask(bridge, await bridge.init())
    reloaded = await bridge.init()

    body = {**PHONE, "otp_code": outbox.code}
    answer = await bridge.post("verify-otp", body, token=reloaded["access_token"], key=new_key())

    assert (await granted(answer))["session"]["state"] == "authenticated"


async def test_a_code_is_for_one_contact_and_one_page(
    bridge: BridgeClient, outbox: Outbox, redis: Redis
) -> None:
    """Neither another page of the business nor the same page for another business takes it."""
    await configure(RedisBusinesses(redis), SHOP, OTHER_PAGE)
    await configure(RedisBusinesses(redis), SHOP, business_id=OTHER)
    guest = await bridge.init()
    await ask(bridge, guest)
    elsewhere = (
        await replace(bridge, page=OTHER_PAGE).init(),
        await replace(bridge, business_id=OTHER).init(),
    )

    for grant, contact in ((guest, EMAIL), *((other, PHONE) for other in elsewhere)):
        body = {**contact, "otp_code": outbox.code}
        answer = await bridge.post("verify-otp", body, token=grant["access_token"], key=new_key())
        assert (422, "OTP_EXPIRED") == await refusal(answer)


async def test_asking_again_too_soon_is_429_with_the_wait(
    bridge: BridgeClient, outbox: Outbox
) -> None:
    guest = await bridge.init()
    await ask(bridge, guest)

    answer = await bridge.post("request-otp", PHONE, token=guest["access_token"])

    assert (429, "RATE_LIMITED") == await refusal(answer)
    wait_s = int(answer.headers["Retry-After"])
    assert 1 <= wait_s <= 30
    assert answer.headers["RateLimit-Policy"] == '"otp_wait";q=1;w=30'
    assert answer.headers["RateLimit"] == f'"otp_wait";r=0;t={wait_s}'
    assert len(outbox.sent) == 1


async def test_a_contact_that_is_none_names_the_field(bridge: BridgeClient) -> None:
    guest = await bridge.init()
    for body in ({**PHONE, "contact": "12"}, {**PHONE, "contact": "not a number"}):
        answer = await bridge.post("request-otp", body, token=guest["access_token"])
        assert (400, "VALIDATION_ERROR") == await refusal(answer)
        assert (await answer.json())["error"]["details"]["fields"] == ["contact"]


async def test_a_handed_over_login_steps_up_by_a_code(
    bridge: BridgeClient, outbox: Outbox, redis: Redis
) -> None:
    login = await log_in(redis)
    handed_over = await bridge.init(element="payment", token=login.token)
    assert handed_over["session"]["amr"] == ["bootstrap"]

    stepped_up = await sign_in(bridge, outbox, handed_over)

    assert stepped_up["session"]["amr"] == ["otp"]
    assert stepped_up["session"]["customer_id"] != login.customer_id  # another customer's contact
    old = await bridge.refresh(handed_over["refresh_token"])
    assert (401, "SESSION_REVOKED") == await refusal(old)


async def test_customer_logout_ends_every_session_of_the_login(
    bridge: BridgeClient, outbox: Outbox, redis: Redis
) -> None:
    one = await sign_in(bridge, outbox, await bridge.init())

    answer = await bridge.post("logout", {"scope": "customer"}, token=one["access_token"])
    assert await granted(answer) == {"revoked": 2}
    again = await bridge.post("logout", {"scope": "customer"}, token=one["access_token"])
    assert await granted(again) == {"revoked": 0}

    assert (401, "SESSION_REVOKED") == await refusal(await bridge.refresh(one["refresh_token"]))
    assert not await redis.exists(redis_keys.session_index(one["session"]["customer_id"]))


async def test_an_access_token_is_needed_and_an_expired_one_says_refresh(
    bridge: BridgeClient, time_machine: TimeMachine
) -> None:
    guest = await bridge.init()
    assert (401, "UNAUTHENTICATED") == await refusal(await bridge.post("request-otp", PHONE))
    for credential in (guest["refresh_token"], "lnk_x", "eyJhbGciOiJub25lIn0.e30."):
        answer = await bridge.post("request-otp", PHONE, token=credential)
        assert (401, "TOKEN_INVALID") == await refusal(answer)

    await time_machine.forward(5 * MINUTE + 11_000)
    answer = await bridge.post("request-otp", PHONE, token=guest["access_token"])
    assert (401, "TOKEN_EXPIRED") == await refusal(answer)
    assert (await answer.json())["error"]["action"] == "refresh"


async def test_a_dead_auth_service_is_502_and_the_session_lives(
    bridge: BridgeClient, auth_service: TestServer
) -> None:
    guest = await bridge.init()
    await auth_service.close()

    answer = await bridge.post("request-otp", PHONE, token=guest["access_token"])

    assert (502, "UPSTREAM_UNAVAILABLE") == await refusal(answer)
    assert (await answer.json())["error"]["retryable"] is True
    assert answer.headers["Retry-After"]
    await granted(await bridge.refresh(guest["refresh_token"]))


async def test_no_code_and_no_new_session_for_a_disabled_business(
    bridge: BridgeClient, outbox: Outbox, redis: Redis, time_machine: TimeMachine
) -> None:
    guest = await bridge.init()
    await ask(bridge, guest)
    await configure(RedisBusinesses(redis), state="disabled")
    await time_machine.forward(5_000)

    body = {**PHONE, "otp_code": outbox.code}
    verify = await bridge.post("verify-otp", body, token=guest["access_token"], key=new_key())
    assert (403, "BUSINESS_DISABLED") == await refusal(verify)
    request = await bridge.post("request-otp", PHONE, token=guest["access_token"])
    assert (403, "BUSINESS_DISABLED") == await refusal(request)
    logout = await bridge.post("logout", {"scope": "element"}, token=guest["access_token"])
    assert await granted(logout) == {"revoked": 1}


async def test_a_code_goes_out_another_way_and_an_unknown_way_names_the_field(
    bridge: BridgeClient, outbox: Outbox
) -> None:
    guest = await bridge.init()
    unknown = {**PHONE, "channel": "voice"}
    refused = await bridge.post("request-otp", unknown, token=guest["access_token"])
    other = {**PHONE, "channel": "whatsapp"}
    told = await granted(await bridge.post("request-otp", other, token=guest["access_token"]))

    assert (400, "VALIDATION_ERROR") == await refusal(refused)
    assert (await refused.json())["error"]["details"] == {"fields": ["channel"]}
    assert told == {"expires_in": 600, "ask_again_in": 30, "channels": ["whatsapp", "sms"]}
    assert [sent.channel for _, sent in outbox.sent] == ["whatsapp"]
