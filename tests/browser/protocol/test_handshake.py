"""The handshake in a real browser: from mounting to a session, with lost and late answers."""

from typing import Any

import pytest
from playwright.async_api import Response, Route
from redis.asyncio import Redis

from tests.support.browser.recorded_calls import RecordedCalls
from tests.support.browser.sign_in import link_token
from tests.support.browser.visitor import READY_DEADLINE_MS, Visitor
from tests.support.clients.bridge_client import API, new_key
from tests.support.frame_key import FrameKey
from tests.support.time_machine import MovableClock

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_check_01_happy_guest(visitor: Visitor) -> None:
    """Mount on shop: `ready`, `initialized`; 1 bootstrap by the shop, 1 init by the frame."""
    shop = await visitor.shop("auth")

    assert [{"state": "guest"}] == [event.payload for event in await shop.hear("initialized")]
    assert 1 == len(await shop.challenges())
    [bootstrap] = visitor.servers.calls("bootstrap")
    assert (200, visitor.origin("shop")) == (bootstrap["status"], bootstrap["origin"])
    assert ("cross-site", "empty") == (bootstrap["sec_fetch_site"], bootstrap["sec_fetch_dest"])
    [init] = await visitor.servers.called("init")
    assert (200, visitor.origin("link")) == (init["status"], init["origin"])
    assert "same-origin" == init["sec_fetch_site"]
    assert "guest" == init["session"]["state"]
    assert "guest" == await shop.state()


async def test_check_31_three_elements(visitor: Visitor) -> None:
    """Three mounts: each is initialized once, each with a session of its own."""
    shop = await visitor.shop("auth", "address", "payment")

    initialized = await shop.hear("initialized", 3)

    assert [0, 1, 2] == sorted(event.index for event in initialized)
    assert 3 == len(await shop.challenges())
    inits = await visitor.servers.called("init", 3)
    assert {"auth", "address", "payment"} == {init["session"]["element"] for init in inits}
    assert 3 == len({init["session"]["id"] for init in inits})
    assert 3 == len(visitor.servers.calls("bootstrap"))


async def test_check_31_three_elements_authenticated(visitor: Visitor) -> None:
    """Mount 3 with the shop's `lnk_`: each is authenticated once, of one link session."""
    handed_over = await link_token(visitor.servers, "adzo@example.com")

    shop = await visitor.shop("auth", "address", "payment", link_token=handed_over)

    assert [0, 1, 2] == sorted(event.index for event in await shop.hear("authenticated", 3))
    inits = await visitor.servers.called("init", 3)
    assert 3 == len({init["claims"]["sid"] for init in inits})
    assert 1 == len({init["claims"]["lsid"] for init in inits})
    assert ["authenticated"] * 3 == [await shop.state(index) for index in range(3)]


async def test_check_11_replayed_bootstrap_token(visitor: Visitor) -> None:
    """The frame's `init` call is replayed: with its key the answer repeats, anything else fails."""
    calls = RecordedCalls.of(visitor.context)
    shop = await visitor.shop("payment")
    await shop.hear("initialized")
    original = await calls.exchange("init")
    key, proof = original.headers["idempotency-key"], original.headers["dpop"]
    other_verifier = original.sent | {"code_verifier": "w" * 43}
    url = f"{visitor.origin('link')}{API}/init"
    foreign = [FrameKey().proof(url, token=original.sent["bootstrap_token"]) for _ in range(2)]

    status, again = await replay_init(visitor, original.sent, key, proof)
    assert (200, original.data["refresh_token"]) == (status, again["data"]["refresh_token"])
    for body, used_key, used_proof, code in (
        (other_verifier, key, proof, "BOOTSTRAP_INVALID"),
        (original.sent, new_key(), proof, "INVALID_DPOP_PROOF"),
        (
            original.sent,
            new_key(),
            foreign[0],
            "BOOTSTRAP_USED",
        ),
        (
            original.sent,
            key,
            foreign[1],
            "BOOTSTRAP_USED",
        ),
        (original.sent, key, None, "BOOTSTRAP_USED"),
        (original.sent | {"element": "auth"}, key, proof, "BOOTSTRAP_INVALID"),
        (original.sent | {"business_id": "bus_other"}, key, proof, "BOOTSTRAP_INVALID"),
    ):
        status, refusal = await replay_init(visitor, body, used_key, used_proof)
        assert (401, code) == (status, refusal["error"]["code"])

    assert {"expires_in": 300} == await shop.command("refresh")


async def test_check_21_stolen_bootstrap_token(visitor: Visitor) -> None:
    """A script of the shop redeems the token before the frame can: refused, and no harm done."""
    held = await visitor.hold("init")
    shop = await visitor.shop("payment")
    stolen = (await held.request()).post_data_json
    assert stolen is not None

    status, refusal = await replay_init(visitor, stolen | {"code_verifier": "w" * 43}, new_key())
    assert (401, "BOOTSTRAP_INVALID") == (status, refusal["error"]["code"])
    await held.release()

    await shop.hear("initialized")


async def replay_init(
    visitor: Visitor, body: object, key: str, proof: str | None = None
) -> tuple[int, dict[str, Any]]:
    """Call init as no browser would."""
    headers = {"Idempotency-Key": key} | ({"DPoP": proof} if proof else {})
    return await visitor.servers.post("init", body, origin=visitor.origin("link"), headers=headers)


async def test_check_22_expired_bootstrap_token(visitor: Visitor, clock: MovableClock) -> None:
    """The token is a minute old when the frame redeems it: one fresh start, a new challenge.

    So is the first proof, which a nonce mends for this call and the next.
    """
    visitor.expect_error("status of 401")
    held = await visitor.hold("init")
    shop = await visitor.shop("payment")
    await held.request()
    clock.ahead_ms += 61_000
    await held.release()

    await shop.hear("initialized")

    calls = await visitor.servers.called("init", 3)
    assert ["USE_DPOP_NONCE", "BOOTSTRAP_EXPIRED", None] == [call["error"] for call in calls]
    assert 2 == len(await shop.challenges())
    assert [] == await shop.told("error")


async def test_check_22_token_that_always_expires(visitor: Visitor, clock: MovableClock) -> None:
    """Every token is too old when it arrives: after two fresh starts, `bootstrap_expired`."""
    visitor.expect_error("status of 401")
    late: set[str] = set()

    async def arrive_late(route: Route) -> None:
        body = route.request.post_data or ""  # the same at each try with one token
        clock.ahead_ms += 0 if body in late else 61_000
        late.add(body)
        await route.continue_()

    await visitor.context.route(f"**{API}/init", arrive_late)
    shop = await visitor.shop("payment")

    failure = await shop.failure()

    assert ("bootstrap_expired", True) == (failure["code"], failure["retryable"])
    assert 3 == len(late)
    assert 3 == len(await shop.challenges())


async def test_check_36_init_answer_lost(visitor: Visitor, redis: Redis) -> None:
    """The server creates the session, the answer is lost: after the retry there is one session."""
    visitor.expect_error("Failed to load resource: net::")
    visitor.servers.stack.faults.add(f"{API}/init", "lose")
    shop = await visitor.shop("payment")

    await shop.hear("initialized")

    assert 2 <= len(await visitor.servers.called("init", 2))
    assert 1 == len(visitor.servers.calls("bootstrap"))
    assert 1 == len([key async for key in redis.scan_iter("*:elements:*")])
    assert {"expires_in": 300} == await shop.command("refresh")


async def test_bootstrap_answer_lost(visitor: Visitor) -> None:
    """The bootstrap's answer is lost: the SDK retries, and the frame does not notice."""
    visitor.expect_error("Failed to load resource: net::|blocked by CORS policy")
    visitor.servers.stack.faults.add(f"{API}/bootstrap", "lose")
    shop = await visitor.shop("payment")

    await shop.hear("initialized")

    assert 1 == len(await shop.challenges())
    assert [] == await shop.told("error")


async def test_check_34_recommended_sandbox(visitor: Visitor) -> None:
    """The SDK's sandbox: all works in it, and the frame cannot navigate the shop away."""
    visitor.expect_error("Unsafe attempt to initiate navigation")
    shop = await visitor.shop("payment")
    await shop.hear("initialized")
    sandbox = await shop.iframe().get_attribute("sandbox")
    assert sandbox is not None
    assert {
        *("allow-scripts", "allow-same-origin", "allow-forms"),
        *("allow-popups", "allow-popups-to-escape-sandbox"),
        "allow-downloads",  # a customer's own data is saved as a file
    } == set(sandbox.split())

    refused = await (await shop.frame()).evaluate(
        """(url) => new Promise((resolve) => setTimeout(() => {
          try { window.top.location = url; resolve('done'); } catch (e) { resolve(e.name); }
        }))""",
        visitor.origin("evil"),
    )

    assert "SecurityError" == refused
    assert shop.page.url.startswith(shop.origin)


async def test_an_element_that_cannot_load_comes_with_the_network(visitor: Visitor) -> None:
    """Nothing answers: `network`, not `embed_blocked`; when the network is back it starts over."""
    visitor.expect_error("ERR_CONNECTION_FAILED")
    await visitor.take_clock()
    await visitor.count_loads()
    shop = await visitor.shop()
    await visitor.context.route("**/elements/**", unreachable)
    await shop.mount("payment")
    await shop.until("window.loadedFrames === 1")  # the browser's own error page
    async with visitor.context.expect_event("requestfailed"):
        await visitor.wait(READY_DEADLINE_MS // 2)
    await shop.page.evaluate("() => new Promise((resolve) => setTimeout(resolve))")
    await visitor.wait(READY_DEADLINE_MS // 2)
    failure = await shop.failure()
    assert ("network", True) == (failure["code"], failure["retryable"])

    await visitor.context.unroute("**/elements/**")
    await shop.page.evaluate("() => void window.dispatchEvent(new Event('online'))")

    await shop.hear("initialized")
    assert "guest" == await shop.state()


async def unreachable(route: Route) -> None:
    """Fail a call as a dead network does."""
    await route.abort("connectionfailed")


@pytest.mark.parametrize("status", [502, 503])
async def test_the_error_page_of_a_gateway_is_no_blocked_frame(
    visitor: Visitor, status: int
) -> None:
    """It fires `load` as a blocked frame does: `network` is told, and then the element comes."""
    visitor.expect_error(f"status of {status}")
    visitor.expect_error("ERR_FAILED")
    visitor.expect_error("CORS")
    await visitor.take_clock()
    await visitor.count_loads()
    shop = await visitor.shop()

    async def gateway(route: Route) -> None:
        await route.fulfill(status=status, content_type="text/html", body="<h1>Bad gateway</h1>")

    await visitor.context.route("**/elements/payment?*", gateway)
    await shop.mount("payment")
    await shop.until("window.loadedFrames === 1")
    async with visitor.context.expect_event("response", is_answer_for_document):
        await visitor.wait(READY_DEADLINE_MS // 2)
    await shop.page.evaluate("() => new Promise((resolve) => setTimeout(resolve))")
    await visitor.wait(READY_DEADLINE_MS // 2)
    failure = await shop.failure()
    assert ("network", True) == (failure["code"], failure["retryable"])

    await visitor.context.unroute("**/elements/payment?*")
    await shop.page.evaluate("() => void document.dispatchEvent(new Event('visibilitychange'))")

    await shop.hear("initialized")
    assert "guest" == await shop.state()


def is_answer_for_document(response: Response) -> bool:
    """Tell whether this answers the SDK's question after the iframe's document."""
    return response.request.method == "HEAD" and "/elements/payment?" in response.url
