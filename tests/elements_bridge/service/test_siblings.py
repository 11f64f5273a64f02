"""A signed-in frame requests a token for a sibling frame (docs/protocol.md#siblings)."""

from dataclasses import replace

from aiohttp import ClientResponse
from redis.asyncio import Redis

from elements_bridge.businesses.store import RedisBusinesses
from tests.support.clients.bridge_client import (
    BUSINESS,
    SHOP,
    BridgeClient,
    Json,
    Verifier,
    claims_of,
    configure,
    granted,
    new_key,
    refusal,
)
from tests.support.frame_key import FrameKey
from tests.support.link_login import LinkLogin
from tests.support.time_machine import TimeMachine

OTHER = "bus_fedcba9876543210"


async def ask(
    frame: BridgeClient, token: str | None, verifier: Verifier, *, business_id: str = BUSINESS
) -> ClientResponse:
    """Ask a bootstrap token for a sibling."""
    return await frame.post(
        f"bootstrap?business_id={business_id}",
        {"element": "address", "code_challenge": verifier.challenge},
        token=token,
    )


async def redeem(frame: BridgeClient, bootstrap_token: str, verifier: Verifier) -> Json:
    """Turn it into the sibling's session."""
    body = {
        "bootstrap_token": bootstrap_token,
        "code_verifier": verifier.text,
        "business_id": BUSINESS,
        "element": "address",
        "parent_origin": SHOP,
        "via": "sibling",
    }
    return await granted(await frame.post("init", body, key=new_key()))


async def test_a_sibling_gets_a_session_of_its_own_for_the_same_customer_and_login(
    bridge: BridgeClient, login: LinkLogin
) -> None:
    first = replace(bridge, frame_key=FrameKey())
    grant = await first.init(token=login.token)
    verifier = Verifier.new()

    handed = await granted(await ask(first, grant["access_token"], verifier))

    other = replace(bridge, frame_key=FrameKey())
    sibling = await redeem(other, handed["bootstrap_token"], verifier)
    mine, theirs = claims_of(grant), claims_of(sibling)
    for claim in ("sub", "lsid", "client_id", "parent_origin", "amr", "auth_time"):
        assert mine[claim] == theirs[claim]
    for claim in ("sid", "jti", "element", "cnf"):
        assert mine[claim] != theirs[claim]
    assert sibling["refresh_token"] != grant["refresh_token"]


async def test_only_a_signed_in_frame_may_ask(bridge: BridgeClient, login: LinkLogin) -> None:
    guest = await bridge.init()
    verifier = Verifier.new()
    refused = {
        guest["access_token"]: (403, "INSUFFICIENT_SCOPE"),
        None: (401, "UNAUTHENTICATED"),
        login.token: (401, "TOKEN_INVALID"),
        guest["refresh_token"]: (401, "TOKEN_INVALID"),
    }
    for token, expected in refused.items():
        assert expected == await refusal(await ask(bridge, token, verifier))


async def test_a_frame_asks_for_its_own_business_alone(
    bridge: BridgeClient, login: LinkLogin, redis: Redis
) -> None:
    await configure(RedisBusinesses(redis), business_id=OTHER)
    token = (await bridge.init(token=login.token))["access_token"]
    response = await ask(bridge, token, Verifier.new(), business_id=OTHER)
    assert (400, "VALIDATION_ERROR") == await refusal(response)


async def test_a_session_that_ended_hands_nothing_on(
    bridge: BridgeClient, login: LinkLogin, redis: Redis
) -> None:
    ended = await bridge.init(token=login.token)
    await granted(await bridge.post("logout", {"scope": "element"}, token=ended["access_token"]))
    orphaned = await bridge.init(token=login.token)
    await redis.delete(login.key)

    for grant in (ended, orphaned):
        response = await ask(bridge, grant["access_token"], Verifier.new())
        assert (401, "SESSION_REVOKED") == await refusal(response)


async def test_an_origin_that_was_taken_off_the_list_gets_no_sibling(
    bridge: BridgeClient, login: LinkLogin, redis: Redis, time_machine: TimeMachine
) -> None:
    token = (await bridge.init(token=login.token))["access_token"]
    await configure(RedisBusinesses(redis), "https://elsewhere.example")
    await time_machine.forward(5_000)
    response = await ask(bridge, token, Verifier.new())
    assert (403, "ORIGIN_NOT_ALLOWED") == await refusal(response)


async def test_a_merchant_page_cannot_play_a_frame(bridge: BridgeClient, login: LinkLogin) -> None:
    token = (await bridge.init(token=login.token))["access_token"]
    body = {"element": "address", "code_challenge": Verifier.new().challenge}
    stolen = await bridge.post(f"bootstrap?business_id={BUSINESS}", body, origin=SHOP, token=token)
    assert (401, "UNAUTHENTICATED") == await refusal(stolen)


async def test_attack_07_a_siblings_token_is_none_of_a_pages_and_the_other_way_round(
    bridge: BridgeClient, login: LinkLogin
) -> None:
    """A page that hands over what another session minted signs nobody in as that session."""
    attacker, verifier = await bridge.init(token=login.token), Verifier.new()
    handed = await granted(await ask(bridge, attacker["access_token"], verifier))
    by_sibling = {
        "bootstrap_token": handed["bootstrap_token"],
        "code_verifier": verifier.text,
        "business_id": BUSINESS,
        "element": "address",
        "parent_origin": SHOP,
    }
    by_page = {**await bridge.init_body(), "via": "sibling"}

    for body in (by_sibling, {**by_sibling, "via": "page"}, by_page):
        refused = await bridge.post("init", body, key=new_key())
        assert (401, "BOOTSTRAP_INVALID") == await refusal(refused)
    wrong = await bridge.post("init", {**by_sibling, "via": "both"}, key=new_key())
    assert (400, "VALIDATION_ERROR") == await refusal(wrong)
    assert (await redeem(bridge, handed["bootstrap_token"], verifier))["session"]["customer_id"]
