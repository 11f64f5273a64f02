"""Calls with made-up business ids cost Redis little and use up no other caller's limit."""

from aiohttp import ClientResponse
from redis.asyncio import Redis

from elements_bridge.keyring import KeyringFile
from link_kernel.ids import new_id
from tests.support.clients.bridge_client import (
    BUSINESS,
    SECOND_MS,
    SHOP,
    BridgeClient,
    refusal,
    settings_for,
)
from tests.support.clients.internal_client import running_both_listeners
from tests.support.clients.limited_calls import (
    LIMITED,
    OTHER,
    Serve,
    bootstrap,
    init,
    keys_of_limits,
)
from tests.support.time_machine import MovableClock, TimeMachine

FLOODER, HONEST = "198.51.100.1", "198.51.100.2"


async def document(
    bridge: BridgeClient, address: str = FLOODER, *, business_id: str = BUSINESS
) -> ClientResponse:
    """Open a frame's document from an address."""
    params = {"business_id": business_id, "parent_origin": SHOP, "v": "1"}
    headers = {"X-Forwarded-For": address}
    return await bridge.http.get("/elements/auth", params=params, headers=headers)


async def asked_of(redis: Redis) -> int:
    """Return how often Redis was asked for a business; limits are reported in the background."""
    stats = await redis.info("commandstats")
    return int(stats.get("cmdstat_hgetall", {}).get("calls", 0))


async def test_a_caller_over_the_limit_costs_redis_nothing_whatever_ids_it_makes_up(
    serve: Serve, redis: Redis
) -> None:
    async with serve(limit_bootstrap=3, limit_init=3) as bridge:
        body = await bridge.init_body()

        async def ask_all() -> list[int]:
            made_up = new_id("bus")
            answers = (
                await bootstrap(bridge, FLOODER, business_id=made_up),
                await init(bridge, {**body, "business_id": made_up}, FLOODER),
                await document(bridge, FLOODER, business_id=made_up),
            )
            return [answer.status for answer in answers]

        for _ in range(4):
            last = await ask_all()
        assert last == [429, 429, 429]
        await redis.config_resetstat()
        for _ in range(20):
            assert await ask_all() == [429, 429, 429]
        assert await asked_of(redis) == 0


async def test_somebody_elses_flood_refuses_no_honest_call(serve: Serve) -> None:
    """Not even of a business that this process has not met."""
    async with serve(limit_bootstrap=2, limit_init=2) as bridge:
        for _ in range(10):
            await bootstrap(bridge, FLOODER, business_id=new_id("bus"))
            await document(bridge, FLOODER, business_id=new_id("bus"))
        assert await refusal(await bootstrap(bridge, FLOODER, business_id=new_id("bus"))) == LIMITED

        assert (await bootstrap(bridge, HONEST)).status == 200
        assert (await document(bridge, HONEST)).status == 200
        assert (await document(bridge, HONEST, business_id=OTHER)).status == 200


async def test_behind_the_floods_own_address_a_business_that_was_met_is_served(
    serve: Serve, time_machine: TimeMachine
) -> None:
    """Whether its entry is fresh or has to be asked for again; one not met waits for the window."""
    async with serve(limit_bootstrap=2) as bridge:
        assert (await bootstrap(bridge, HONEST)).status == 200
        for _ in range(3):
            await bootstrap(bridge, FLOODER, business_id=new_id("bus"))
            await document(bridge, FLOODER, business_id=new_id("bus"))

        await time_machine.forward(6 * SECOND_MS)
        assert (await bootstrap(bridge, FLOODER)).status == 200
        assert (await document(bridge, FLOODER)).status == 200
        assert await refusal(await bootstrap(bridge, FLOODER, business_id=OTHER)) == LIMITED
        await time_machine.forward(60 * SECOND_MS)
        assert (await bootstrap(bridge, FLOODER, business_id=OTHER)).status == 200


async def test_documents_of_unknown_businesses_are_limited_and_a_page_says_so(
    serve: Serve, time_machine: TimeMachine
) -> None:
    async with serve(limit_bootstrap=2) as bridge:
        made_up = [new_id("bus") for _ in range(3)]
        answers = [await document(bridge, business_id=business_id) for business_id in made_up]
        assert [answer.status for answer in answers] == [404, 404, 429]

        limited = answers[2]
        assert limited.content_type == "text/html"
        assert "Too many requests" in await limited.text()
        wait_s = int(limited.headers["Retry-After"])
        assert 55 <= wait_s <= 60
        assert limited.headers["RateLimit-Policy"] == '"documents";q=2;w=60'
        assert limited.headers["Cache-Control"] == "no-store"
        assert limited.headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")

        await time_machine.forward(wait_s * SECOND_MS)
        assert (await document(bridge, business_id=new_id("bus"))).status == 404


async def test_a_limited_document_is_counted_and_reported_as_any_refusal(
    redis_url: str, keyring: KeyringFile, clock: MovableClock
) -> None:
    settings = settings_for(redis_url, keyring, limit_bootstrap=1)
    async with running_both_listeners(settings, clock) as both_listeners:
        for _ in range(3):
            await document(both_listeners.public, business_id=new_id("bus"))
        figures = both_listeners.bridge.metrics.text()
    assert b'link_limited_total{limit="documents"} 2.0' in figures
    assert b'link_refusals_total{code="RATE_LIMITED"} 2.0' in figures
    assert b'link_security_events_total{event="rate_limited"} 2.0' in figures


async def test_documents_of_known_businesses_do_not_count(serve: Serve, redis: Redis) -> None:
    """Honest customers behind one address are many."""
    async with serve(limit_bootstrap=1) as bridge:
        for _ in range(20):
            assert (await document(bridge)).status == 200
    assert await keys_of_limits(redis) == []
