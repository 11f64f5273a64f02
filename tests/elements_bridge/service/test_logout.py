"""`POST /logout`: one element, or the customer everywhere on this login."""

import itertools
from collections.abc import Collection

import pytest
from aiohttp import ClientResponse
from redis.asyncio import Redis

from link_kernel.errors import StoreUnavailable
from link_kernel.redis import keys as redis_keys
from link_kernel.sessions.outcomes import Lifetimes
from link_kernel.sessions.records import Identity, NewElementsSession
from link_kernel.sessions.revocation_publisher import RevocationPublisher
from link_kernel.sessions.store import SessionStore
from tests.support.clients.bridge_client import BridgeClient, Json, claims_of, granted, refusal
from tests.support.clients.bridge_sign_in import MINUTE, sign_in
from tests.support.clients.link_client import Outbox
from tests.support.link_login import log_in
from tests.support.time_machine import TimeMachine

HOUR = 3_600_000
CUSTOMER, ELEMENT = {"scope": "customer"}, {"scope": "element"}


async def leave(bridge: BridgeClient, grant: Json) -> ClientResponse:
    """Log the customer out with a session's token."""
    return await bridge.post("logout", CUSTOMER, token=grant["access_token"])


async def test_logging_out_one_element_leaves_its_sibling(bridge: BridgeClient) -> None:
    one, two = await bridge.init(element="auth"), await bridge.init(element="payment")

    for revoked in (1, 0):
        answer = await bridge.post("logout", {"scope": "element"}, token=one["access_token"])
        assert await granted(answer) == {"revoked": revoked}

    assert (401, "SESSION_REVOKED") == await refusal(await bridge.refresh(one["refresh_token"]))
    await granted(await bridge.refresh(two["refresh_token"]))


@pytest.mark.parametrize(("hours", "status"), [(11, 200), (13, 401)])
async def test_logout_works_up_to_12_hours_past_expiry(
    bridge: BridgeClient, time_machine: TimeMachine, hours: int, status: int
) -> None:
    grant = await bridge.init()
    await time_machine.forward(hours * HOUR)
    answer = await bridge.post("logout", {"scope": "element"}, token=grant["access_token"])
    assert answer.status == status


async def test_a_handed_over_login_may_not_end_the_customers_other_sessions(
    bridge: BridgeClient, redis: Redis
) -> None:
    login = await log_in(redis)
    for token in (None, login.token):
        grant = await bridge.init(token=token)
        answer = await bridge.post("logout", {"scope": "customer"}, token=grant["access_token"])
        assert (403, "INSUFFICIENT_SCOPE") == await refusal(answer)
        assert (await answer.json())["error"]["action"] == "reauth"
    assert await redis.exists(login.key)


async def test_ending_a_customers_sessions_misses_none_and_may_be_repeated(redis: Redis) -> None:
    login, store = await log_in(redis), SessionStore(redis)
    who = Identity(login.customer_id, "acc_x", login.link_session_id, ("otp",), 1)
    for number in range(5):
        new = NewElementsSession(
            f"els_{number:016}", who, "bus_demo", "auth", "https://a.example", 1
        )
        await store.create(new, lifetimes=Lifetimes(60_000, 60_000), key_hash="k", may_create=True)

    assert await store.end_link_session(login.customer_id, login.link_session_id) == 1
    ended = await store.end_customer_sessions(login.customer_id, "elements", reason="logout")
    assert (ended.count, len(ended.ids)) == (5, 5)
    assert await store.end_link_session(login.customer_id, login.link_session_id) == 0
    again = await store.end_customer_sessions(login.customer_id, "elements", reason="logout")
    assert (again.count, again.ids) == (0, ended.ids), "kept until they were announced"
    await store.forget_ended(login.customer_id, ended.ids)
    assert not await redis.exists(redis_keys.session_index(login.customer_id))


async def test_without_an_access_token_nobody_is_logged_out(bridge: BridgeClient) -> None:
    answer = await bridge.post("logout", {"scope": "element"})
    assert (401, "UNAUTHENTICATED") == await refusal(answer)


async def test_attack_54_a_customer_logout_ends_every_elements_session_and_this_login(
    signing_bridge: BridgeClient, outbox: Outbox, time_machine: TimeMachine
) -> None:
    one = await sign_in(signing_bridge, outbox, await signing_bridge.init())
    await time_machine.forward(31_000)
    two = await sign_in(signing_bridge, outbox, await signing_bridge.init())
    assert one["session"]["customer_id"] == two["session"]["customer_id"]

    answer = await signing_bridge.post("logout", {"scope": "customer"}, token=one["access_token"])

    assert await granted(answer) == {"revoked": 3}
    for grant in (one, two):
        late = await signing_bridge.refresh(grant["refresh_token"])
        assert (401, "SESSION_REVOKED") == await refusal(late)


@pytest.mark.parametrize("minutes", [31, 50])
async def test_a_customer_logout_of_an_idle_or_forgotten_session_still_ends_the_login(
    signing_bridge: BridgeClient, outbox: Outbox, time_machine: TimeMachine, minutes: int
) -> None:
    one = await sign_in(signing_bridge, outbox, await signing_bridge.init())
    await time_machine.forward(minutes * MINUTE)

    assert (await granted(await leave(signing_bridge, one)))["revoked"] >= 1
    assert (await granted(await leave(signing_bridge, one)))["revoked"] == 0


async def test_a_customer_logout_of_a_forgotten_session_leaves_another_login_alone(
    signing_bridge: BridgeClient, outbox: Outbox, time_machine: TimeMachine, redis: Redis
) -> None:
    forgotten = await sign_in(signing_bridge, outbox, await signing_bridge.init())
    await time_machine.forward(31_000)
    living = await sign_in(signing_bridge, outbox, await signing_bridge.init())
    gone = claims_of(forgotten)
    assert await redis.delete(redis_keys.elements_session(gone["sub"], gone["sid"])) == 1

    assert await granted(await leave(signing_bridge, forgotten)) == {"revoked": 1}  # its login

    assert claims_of(living)["sub"] == gone["sub"]
    await granted(await signing_bridge.refresh(living["refresh_token"]))


async def test_a_customer_logout_whose_login_ended_elsewhere_leaves_another_login_alone(
    signing_bridge: BridgeClient, outbox: Outbox, time_machine: TimeMachine, redis: Redis
) -> None:
    """But an elements session that hung on it is ended, as the rest of a cut-off call is."""
    one = await sign_in(signing_bridge, outbox, await signing_bridge.init())
    await time_machine.forward(31_000)
    living = await sign_in(signing_bridge, outbox, await signing_bridge.init())
    ended = claims_of(one)
    assert await SessionStore(redis).end_link_session(ended["sub"], ended["lsid"]) == 1

    assert await granted(await leave(signing_bridge, one)) == {"revoked": 1}

    await granted(await signing_bridge.refresh(living["refresh_token"]))


async def test_a_customer_logout_from_an_idle_session_of_an_ended_login_leaves_another_login_alone(
    signing_bridge: BridgeClient, outbox: Outbox, time_machine: TimeMachine, redis: Redis
) -> None:
    idle = await sign_in(signing_bridge, outbox, await signing_bridge.init())
    await time_machine.forward(31_000)
    living = await sign_in(signing_bridge, outbox, await signing_bridge.init())
    ended = claims_of(idle)
    assert await SessionStore(redis).end_link_session(ended["sub"], ended["lsid"]) == 1
    await time_machine.forward(16 * MINUTE)
    living = await granted(await signing_bridge.refresh(living["refresh_token"]))
    await time_machine.forward(15 * MINUTE)

    await granted(await leave(signing_bridge, idle))

    await granted(await signing_bridge.refresh(living["refresh_token"]))


async def test_a_customer_logout_ends_its_login_though_another_one_ended_its_session(
    signing_bridge: BridgeClient, outbox: Outbox, time_machine: TimeMachine, redis: Redis
) -> None:
    """The customer who leaves on both devices is signed in on neither, `lnk_` included."""
    one = await sign_in(signing_bridge, outbox, await signing_bridge.init())
    await time_machine.forward(31_000)
    two = await sign_in(signing_bridge, outbox, await signing_bridge.init())

    assert await granted(await leave(signing_bridge, two)) == {"revoked": 3}
    assert await granted(await leave(signing_bridge, one)) == {"revoked": 1}

    for claims in (claims_of(one), claims_of(two)):
        assert not await redis.exists(redis_keys.link_session(claims["sub"], claims["lsid"]))


@pytest.mark.parametrize("cut_at", [1, 2])
async def test_a_customer_logout_that_was_cut_off_is_finished_by_its_repeat(
    signing_bridge: BridgeClient,
    outbox: Outbox,
    time_machine: TimeMachine,
    redis: Redis,
    monkeypatch: pytest.MonkeyPatch,
    cut_at: int,
) -> None:
    """Nobody is told that all has ended while another device goes on."""
    one = await sign_in(signing_bridge, outbox, await signing_bridge.init())
    await time_machine.forward(31_000)
    two = await sign_in(signing_bridge, outbox, await signing_bridge.init())
    publish, tries = RevocationPublisher.publish, itertools.count(1)

    async def cut_off(log: RevocationPublisher, ids: Collection[str]) -> None:
        if next(tries) == cut_at:
            raise StoreUnavailable("cut off")
        await publish(log, ids)

    monkeypatch.setattr(RevocationPublisher, "publish", cut_off)
    assert (503, "STORE_UNAVAILABLE") == await refusal(await leave(signing_bridge, one))

    await granted(await leave(signing_bridge, one))

    late = await signing_bridge.refresh(two["refresh_token"])
    assert (401, "SESSION_REVOKED") == await refusal(late)
    claims = claims_of(one)
    assert not await redis.exists(redis_keys.link_session(claims["sub"], claims["lsid"]))


async def test_a_token_from_before_a_sign_in_ends_nothing_of_the_customer(
    signing_bridge: BridgeClient, outbox: Outbox, time_machine: TimeMachine
) -> None:
    """Its session became another, whose token alone speaks for the customer now."""
    before = await sign_in(signing_bridge, outbox, await signing_bridge.init())
    await time_machine.forward(31_000)
    after = await sign_in(signing_bridge, outbox, before)

    answer = await leave(signing_bridge, before)

    assert (401, "SESSION_REVOKED") == await refusal(answer)
    await granted(await signing_bridge.refresh(after["refresh_token"]))


@pytest.mark.parametrize("refreshed", [False, True])
async def test_a_logout_after_a_sign_in_whose_answer_was_lost_ends_what_it_made(
    signing_bridge: BridgeClient, outbox: Outbox, *, refreshed: bool
) -> None:
    """Unless it has been refreshed: then its own token is the one that ends it."""
    guest = await signing_bridge.init()
    lost = await sign_in(signing_bridge, outbox, guest)
    if refreshed:
        lost = await granted(await signing_bridge.refresh(lost["refresh_token"]))

    for revoked in (int(not refreshed), 0):
        answer = await signing_bridge.post("logout", ELEMENT, token=guest["access_token"])
        assert await granted(answer) == {"revoked": revoked}

    late = await signing_bridge.refresh(lost["refresh_token"])
    assert late.status == (200 if refreshed else 401)


async def test_a_repeated_logout_leaves_the_next_login_alone(
    signing_bridge: BridgeClient, outbox: Outbox, time_machine: TimeMachine
) -> None:
    one = await sign_in(signing_bridge, outbox, await signing_bridge.init())
    await signing_bridge.post("logout", {"scope": "customer"}, token=one["access_token"])
    await time_machine.forward(31_000)
    two = await sign_in(signing_bridge, outbox, await signing_bridge.init())

    again = await signing_bridge.post("logout", {"scope": "customer"}, token=one["access_token"])

    assert await granted(again) == {"revoked": 0}
    await granted(await signing_bridge.refresh(two["refresh_token"]))
