"""Limits of a session's rotations and of a customer's sessions (docs/protocol.md#limits)."""

from redis.asyncio import Redis

from elements_bridge.businesses.store import RedisBusinesses
from link_kernel.ids import new_id
from link_kernel.redis import keys as redis_keys
from link_kernel.sessions.outcomes import Lifetimes
from link_kernel.sessions.records import Identity, NewElementsSession
from link_kernel.sessions.store import SessionBounds, SessionStore
from tests.support.clients.bridge_client import (
    SECOND_MS,
    SHOP,
    BridgeClient,
    Json,
    Verifier,
    configure,
    granted,
    new_key,
    outcome_of,
    refusal,
)
from tests.support.link_login import LinkLogin, log_in
from tests.support.time_machine import TimeMachine

OTHER, THIRD = "bus_fedcba9876543210", "bus_aaaaaaaaaaaaaaaa"


async def rotate(bridge: BridgeClient, grant: Json, times: int) -> Json:
    """Rotate a session's refresh token so often."""
    for _ in range(times):
        grant = await granted(await bridge.refresh(grant["refresh_token"]))
    return grant


async def test_an_11th_rotation_in_a_minute_waits_and_is_not_lost(
    bridge: BridgeClient, time_machine: TimeMachine
) -> None:
    grant = await rotate(bridge, await bridge.init(), 5)
    await time_machine.forward(30 * SECOND_MS)
    grant = await rotate(bridge, grant, 5)
    key = new_key()

    limited = await bridge.refresh(grant["refresh_token"], key)

    assert (429, "RATE_LIMITED") == await refusal(limited)
    assert 25 <= int(limited.headers["Retry-After"]) <= 30
    await time_machine.forward(30 * SECOND_MS)
    assert "rotated" in await outcome_of(await bridge.refresh(grant["refresh_token"], key))


async def test_the_minute_moves_with_the_rotations(
    bridge: BridgeClient, time_machine: TimeMachine
) -> None:
    grant = await rotate(bridge, await bridge.init(), 5)
    await time_machine.forward(30 * SECOND_MS)
    grant = await rotate(bridge, grant, 5)
    await time_machine.forward(30 * SECOND_MS)
    grant = await rotate(bridge, grant, 5)
    assert (429, "RATE_LIMITED") == await refusal(await bridge.refresh(grant["refresh_token"]))


async def test_repeats_are_not_counted(bridge: BridgeClient) -> None:
    first, key = await bridge.init(), new_key()
    for _ in range(30):
        response = await bridge.refresh(first["refresh_token"], key)
        second = await granted(response)
    await rotate(bridge, second, 9)


async def test_a_51st_session_of_a_customer_ends_the_one_idle_for_longest(
    bridge: BridgeClient, login: LinkLogin, redis: Redis, time_machine: TimeMachine
) -> None:
    oldest = await bridge.init(token=login.token)
    await time_machine.forward(1 * SECOND_MS)
    idle = await bridge.init(token=login.token)
    await time_machine.forward(1 * SECOND_MS)
    oldest = await rotate(bridge, oldest, 1)
    stranger = await bridge.init(token=(await log_in(redis)).token)
    others = [await bridge.init(token=login.token) for _ in range(48)]

    newest = await bridge.init(token=login.token)

    assert (401, "SESSION_REVOKED") == await refusal(await bridge.refresh(idle["refresh_token"]))
    for grant in (oldest, newest, others[0], others[-1], stranger):
        assert "rotated" in await outcome_of(await bridge.refresh(grant["refresh_token"]))
    index = redis_keys.session_index(login.customer_id)
    listed = [str(name) for name in await redis.zrange(index, 0, -1)]
    assert len([name for name in listed if name.startswith("els_")]) == 50


async def test_sessions_that_ended_take_no_room(bridge: BridgeClient, login: LinkLogin) -> None:
    first = await bridge.init(token=login.token)
    for _ in range(60):
        grant = await bridge.init(token=login.token)
        await granted(
            await bridge.post("logout", {"scope": "element"}, token=grant["access_token"])
        )
    assert "rotated" in await outcome_of(await bridge.refresh(first["refresh_token"]))


async def test_no_shop_pushes_out_the_sessions_of_another(
    bridge: BridgeClient, login: LinkLogin, redis: Redis
) -> None:
    """However many frames a page mounts, its own idlest session makes room first."""
    await configure(RedisBusinesses(redis), business_id=OTHER)
    elsewhere = await init_at(bridge, OTHER, login)
    here = [await bridge.init(token=login.token) for _ in range(55)]

    elsewhere = await rotate(bridge, elsewhere, 1)
    assert (401, "SESSION_REVOKED") == await refusal(await bridge.refresh(here[0]["refresh_token"]))
    await configure(RedisBusinesses(redis), business_id=THIRD)
    for grant in here[-40:]:  # so that the one elsewhere is idle for longest
        await granted(await bridge.refresh(grant["refresh_token"]))
    newcomer = await init_at(bridge, THIRD, login)
    assert "rotated" in await outcome_of(await bridge.refresh(newcomer["refresh_token"]))
    assert "rotated" in await outcome_of(await bridge.refresh(elsewhere["refresh_token"]))


async def test_the_crowd_of_one_shop_leaves_room_for_the_elements_of_another(
    bridge: BridgeClient, login: LinkLogin, redis: Redis
) -> None:
    """The page of another shop mounts three: none of them makes room for the next."""
    await configure(RedisBusinesses(redis), business_id=OTHER)
    for _ in range(50):
        await bridge.init(token=login.token)

    grants = [await init_at(bridge, OTHER, login) for _ in range(3)]

    for grant in grants:
        assert "rotated" in await outcome_of(await bridge.refresh(grant["refresh_token"]))


async def test_of_equal_crowds_the_idlest_session_makes_room(redis: Redis) -> None:
    login, store = await log_in(redis), SessionStore(redis, SessionBounds(sessions=8))
    who = Identity(login.customer_id, "acc_x", login.link_session_id, ("otp",), 1)
    ids = [new_id("els") for _ in range(9)]
    evicted = ""
    for number, session_id in enumerate(ids):
        new = NewElementsSession(
            session_id, who, new_id("bus"), "auth", "https://a.example", secret_version=1
        )
        lifetimes = Lifetimes(600_000 + number * 1000, 6_000_000)
        found = await store.create(new, lifetimes=lifetimes, key_hash="k", may_create=True)
        assert found.session is not None
        evicted = found.session.evicted
    assert evicted == ids[0]


async def init_at(bridge: BridgeClient, business_id: str, login: LinkLogin) -> Json:
    """Run the handshake for another business of the same shop."""
    verifier = Verifier.new()
    handed = await granted(
        await bridge.post(
            f"bootstrap?business_id={business_id}",
            {"element": "auth", "code_challenge": verifier.challenge},
            origin=SHOP,
            token=login.token,
        )
    )
    body = {
        "bootstrap_token": handed["bootstrap_token"],
        "code_verifier": verifier.text,
        "business_id": business_id,
        "element": "auth",
        "parent_origin": SHOP,
    }
    return await granted(await bridge.post("init", body, key=new_key()))
