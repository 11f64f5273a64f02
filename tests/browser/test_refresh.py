"""Tokens are refreshed in time and once, although answers, networks and pages fail."""

import asyncio
from dataclasses import dataclass
from typing import cast

import pytest
from playwright.async_api import Route, expect
from redis.asyncio import Redis

from tests.support.browser.recorded_calls import RecordedCalls
from tests.support.browser.shop import Json, ShopPage
from tests.support.browser.sign_in import link_token
from tests.support.browser.visitor import Visitor
from tests.support.clients.bridge_client import API, new_key

pytestmark = pytest.mark.asyncio(loop_scope="session")

REFRESH = f"{API}/refresh"
REFRESHED = {"expires_in": 300}
DUE_MS = 240_000
NO_PAUSES = "Math.random = () => 0;"  # between tries: their jitter is a factor of the pause


async def sessions(redis: Redis) -> list[dict[str, str]]:
    """Return the elements sessions as the store holds them."""
    keys = [key async for key in redis.scan_iter("*:elements:*")]
    return [cast("dict[str, str]", await redis.hgetall(key)) for key in keys]


async def test_the_token_is_refreshed_when_due(visitor: Visitor) -> None:
    """A token is refreshed at 80 % of its lifetime, not earlier, and again after the same time."""
    await visitor.take_clock()
    shop = await visitor.shop("payment")
    await shop.hear("initialized")

    await visitor.forward(DUE_MS - 20_000)
    assert [] == visitor.asked("refresh")
    await visitor.forward(20_000)
    await shop.hear("token_refreshed")
    await visitor.forward(DUE_MS)

    assert [REFRESHED] * 2 == [event.payload for event in await shop.hear("token_refreshed", 2)]
    calls = await visitor.servers.called("refresh", 2)
    assert ["rotated"] * 2 == [call["outcome"] for call in calls]


BACK_AFTER_FIVE_MINUTES = """
const RealDate = Date;
let awayMs = 0;
Date.now = () => new RealDate().getTime() + awayMs;
addEventListener('pageshow', ({ persisted }) => { if (persisted) awayMs = 300_000; });
"""


@pytest.mark.whole_browser
async def test_check_23_bfcache(visitor: Visitor) -> None:
    """Leave, come back after the token's end: no call meanwhile, one refresh, same session."""
    await visitor.context.add_init_script(BACK_AFTER_FIVE_MINUTES)
    shop = await visitor.shop("payment")
    await shop.hear("initialized")

    await shop.page.goto(f"{shop.origin}/embed?mount=0")
    assert [] == visitor.servers.calls("refresh")
    visitor.clock.ahead_ms += 300_000
    await shop.page.go_back(wait_until="commit")

    await shop.hear("token_refreshed")
    assert 1 == len(await shop.challenges())
    assert 1 == len(visitor.servers.calls("init"))
    [refresh] = await visitor.servers.called("refresh")
    assert "rotated" == refresh["outcome"]


async def test_check_24_offline_refresh_then_online(visitor: Visitor) -> None:
    """Offline: the refresh fails with `offline`, the session lives; online: refreshed."""
    visitor.expect_error("ERR_INTERNET_DISCONNECTED")
    await visitor.take_clock()
    await visitor.context.add_init_script(NO_PAUSES)
    shop = await visitor.shop("payment")
    await shop.hear("initialized")
    await visitor.context.set_offline(offline=True)

    assert {"code": "offline"} == await shop.command("refresh")
    assert ("offline", True) == code_of(await shop.failure())
    assert "guest" == await shop.state()
    frame = await shop.frame()
    began = await frame.evaluate("Date.now()")
    await visitor.context.set_offline(offline=False)
    await visitor.forward(10_000)  # no refresh comes sooner after another

    await shop.hear("token_refreshed")
    assert await frame.evaluate("Date.now()") - began < 20_000  # 22 s had nobody told the frame
    [call] = visitor.servers.calls("refresh")
    assert "rotated" == call["outcome"]


def code_of(failure: Json) -> tuple[str, bool]:
    """Return code and whether to try again."""
    return failure["code"], failure["retryable"]


async def test_check_25_refresh_answer_lost(visitor: Visitor, redis: Redis) -> None:
    """The server rotates, the answer is lost: the retry is one generation on, and not revoked."""
    visitor.expect_error("Failed to load resource: net::")
    shop = await visitor.shop("payment")
    await shop.hear("initialized")
    visitor.servers.stack.faults.add(REFRESH, "lose")

    assert REFRESHED == await shop.command("refresh")

    outcomes = [call["outcome"] for call in await visitor.servers.called("refresh", 2)]
    assert "rotated" == outcomes[0]
    assert {"replayed"} == set(outcomes[1:])
    [session] = await sessions(redis)
    assert ("1", "live") == (session["generation"], session["status"])


async def test_check_26_two_tabs(visitor: Visitor, redis: Redis) -> None:
    """The same customer in two tabs, both refresh at once: two sessions, neither revoked."""
    handed_over = await link_token(visitor.servers, "asantewaa@example.com")
    tabs = [await visitor.shop("payment", link_token=handed_over) for _ in range(2)]
    for tab in tabs:
        await tab.hear("authenticated")

    answers = await asyncio.gather(*(tab.command("refresh") for tab in tabs))

    assert [REFRESHED] * 2 == answers
    stored = await sessions(redis)
    assert [("1", "live")] * 2 == [(one["generation"], one["status"]) for one in stored]
    assert 1 == len({one["customer_id"] for one in stored})
    assert ["authenticated"] * 2 == [await tab.state() for tab in tabs]


async def test_check_28_unavailable_twice(visitor: Visitor) -> None:
    """503 twice: the third try succeeds with the same key."""
    visitor.expect_error("status of 503")
    shop = await visitor.shop("payment")
    await shop.hear("initialized")
    visitor.servers.stack.faults.add(REFRESH, "unavailable", times=2)

    assert REFRESHED == await shop.command("refresh")

    calls = await visitor.servers.called("refresh", 3)
    assert [503, 503, 200] == [call["status"] for call in calls]
    keys = {request.headers["idempotency-key"] for request in visitor.asked("refresh")}
    assert 1 == len(keys)
    assert [] == await shop.told("error")


async def test_check_29_reuse(visitor: Visitor, redis: Redis) -> None:
    """A spent token is presented with another key and a valid proof: the session ends."""
    visitor.expect_error("status of 401|Failed to load resource: net::")
    calls = RecordedCalls.of(visitor.context)
    shop = await visitor.shop("payment")
    await shop.hear("initialized")
    await visitor.context.route(f"**{REFRESH}", KeyForger(visitor).forward)

    assert {"code": "session_expired"} == await shop.command("refresh")

    assert ("session_expired", False) == code_of(await shop.failure())
    assert "REFRESH_TOKEN_REUSED" == visitor.servers.calls("refresh")[-1]["error"]
    assert "ended" == await shop.state()
    assert "access_token" not in (await calls.exchange("refresh")).answer
    [session] = await sessions(redis)
    assert "revoked" == session["status"]


@dataclass
class KeyForger:
    """Loses the first answer and gives the tries after it a key of their own, as no frame does."""

    visitor: Visitor
    tries: int = 0

    async def forward(self, route: Route) -> None:
        """Let a call of the frame go on."""
        self.tries += 1
        headers = await route.request.all_headers()
        if self.tries == 1:
            sent = {name: headers[name] for name in ("dpop", "idempotency-key")}
            body, origin = route.request.post_data_json, self.visitor.origin("link")
            status, _ = await self.visitor.servers.post(
                "refresh", body, origin=origin, headers=sent
            )
            assert 200 == status
            await route.abort()
            return
        await route.continue_(headers=headers | {"idempotency-key": new_key()})


async def test_check_30_destroy(visitor: Visitor) -> None:
    """destroy(), and time passes the timer: no requests, no events, no iframe."""
    await visitor.take_clock()
    shop = await visitor.shop("payment", "auth")
    await shop.hear("initialized", 2)
    await quiet(shop)
    heard = len(await shop.told())

    await shop.page.evaluate("window.handles[0].destroy()")
    assert {"code": "destroyed"} == await shop.command("refresh")
    assert "destroyed" == await shop.state()
    await visitor.forward(DUE_MS + 20_000)

    refreshed = await shop.hear("token_refreshed")  # the other element's, for comparison
    assert [1] == [event.index for event in refreshed]
    assert heard + 1 == len(await shop.told())
    assert 1 == len(visitor.asked("refresh"))
    await expect(shop.page.locator("iframe")).to_have_count(1)


async def quiet(shop: ShopPage) -> None:
    """Wait until each element has told its height, the last thing it says by itself."""
    await shop.hear("height_change", len(await shop.told("initialized")))


async def test_a_second_refresh_command_comes_too_soon(visitor: Visitor) -> None:
    """A shop that asks again within 30 s is refused; nothing is sent."""
    await visitor.take_clock()
    shop = await visitor.shop("payment")
    await shop.hear("initialized")

    assert REFRESHED == await shop.command("refresh")
    await visitor.forward(15_000)
    assert {"code": "rate_limited"} == await shop.command("refresh")
    assert 1 == len(visitor.asked("refresh"))
    await visitor.forward(15_000)
    assert REFRESHED == await shop.command("refresh")


@pytest.mark.parametrize("skew_h", [-1, 1])
async def test_check_40_and_attack_46_clock_skew(visitor: Visitor, skew_h: int) -> None:
    """A device an hour off the servers' time: handshake and refresh as ever, none too early.

    The first proof is refused for its time; by the nonce that comes with the refusal all others
    are taken, without a trip more.
    """
    visitor.expect_error("status of 401")
    skew = f"const real = Date.now; Date.now = () => real.call(Date) + {skew_h * 3_600_000};"
    await visitor.context.add_init_script(skew)
    shop = await visitor.shop("payment")
    await shop.hear("initialized")
    await quiet(shop)

    assert [] == visitor.asked("refresh")
    assert REFRESHED == await shop.command("refresh")
    assert [] == await shop.told("error")
    assert ["USE_DPOP_NONCE", None] == [init["error"] for init in visitor.servers.calls("init")]
    assert [None] == [refresh["error"] for refresh in visitor.servers.calls("refresh")]
    keys = {init.headers["idempotency-key"] for init in visitor.asked("init")}
    assert 1 == len(keys)


async def test_check_41_logout_while_a_refresh_is_under_way(visitor: Visitor) -> None:
    """Logout wins: the refresh is aborted, the session is over on both sides."""
    shop = await visitor.shop("payment")
    await shop.hear("initialized")
    held = await visitor.hold("refresh")
    await shop.page.evaluate("() => void window.handles[0].refresh()")
    await held.request()

    async with visitor.context.expect_event("requestfailed") as aborted:
        assert {} == await shop.command("logout")

    assert visitor.asked("refresh") == [await aborted.value]
    assert "ended" == await shop.state()
    assert [] == await shop.told("token_refreshed")
    [logout] = await visitor.servers.called("logout")
    assert 1 == logout["revoked"]
